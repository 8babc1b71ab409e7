import logging
from threading import Barrier, Event
from time import monotonic, sleep

import pytest

from service.chat.later import Later


def waits(one: Barrier | Event) -> None:
    one.wait(10)


def test_work_is_done_after_the_call_and_beside_it() -> None:
    later, together = Later(threads=2, most=2), Barrier(3, timeout=10)

    assert later.do(lambda: waits(together), lambda: None)
    assert later.do(lambda: waits(together), lambda: None)
    together.wait()
    later.stop()


def test_over_the_bound_it_is_refused_until_there_is_room_and_notes_are_still_taken() -> None:
    later, go, done, noted = Later(threads=1, most=2), Event(), Event(), Event()
    later.do(lambda: waits(go), lambda: None)
    later.do(done.set, lambda: None)

    assert not later.do(lambda: None, lambda: None)
    assert later.note(noted.set)
    assert noted.wait(10)
    go.set()
    assert done.wait(10)
    later.stop()


def test_at_the_end_what_was_begun_is_finished_and_who_still_waits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.chat.later.FINISHING_SECONDS", 0.3)
    later, said = Later(threads=1), list[str]()

    def slow() -> None:
        sleep(0.6)
        said.append("first")

    later.do(slow, lambda: said.append("not first"))
    later.do(lambda: said.append("second"), lambda: said.append("not second"))

    began = monotonic()
    later.stop()

    assert said == ["first", "not second"]
    assert monotonic() - began < 1.3
    assert not later.do(lambda: None, lambda: None)
    assert not later.note(lambda: None)


def test_what_fails_is_logged_and_does_not_take_its_room_along(caplog: pytest.LogCaptureFixture) -> None:
    later, done = Later(threads=1, most=1), Event()

    def fail() -> None:
        raise ValueError("nobody saw this coming")

    later.do(fail, lambda: None)
    began = monotonic()
    while not later.do(done.set, lambda: None):
        assert monotonic() - began < 10
    assert done.wait(10)
    later.stop()

    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info
    assert str(record.exc_info[1]) == "nobody saw this coming"


def test_what_comes_at_once_is_all_taken_before_the_first_begins_but_only_for_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.chat.later.LONGEST_BURST_SECONDS", 0.3)
    later, begun, taken = Later(threads=4), list[float](), list[float]()
    began = monotonic()
    with later.arriving():
        while len(taken) < 60:
            later.do(lambda: begun.append(monotonic()), lambda: None)
            taken.append(monotonic())
            sleep(0.01)
    later.stop()

    assert len(begun) == 60
    assert begun[0] - began >= 0.3
    assert begun[0] < taken[-1]

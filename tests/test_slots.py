"""Who works at once, and in which order the others follow."""

from threading import Event, Thread, current_thread
from time import sleep

import pytest

from index.slots import THINKING, Slots, Working


def test_no_more_are_inside_than_there_are_slots_and_the_others_follow_in_their_order() -> None:
    slots, came, go = Slots(2), list[int](), [Event() for _ in range(6)]

    def work(number: int) -> None:
        with slots:
            came.append(number)
            go[number].wait(10)

    threads = [Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
        sleep(0.05)
    assert came == [0, 1]
    for number in (1, 0, 2, 3, 4, 5):
        go[number].set()
        sleep(0.05)
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3, 4, 5]


def test_a_slot_is_free_again_after_a_fault() -> None:
    slots = Slots(1)
    with pytest.raises(ValueError, match="a fault"), slots:
        raise ValueError("a fault")
    entered = Thread(target=slots.__enter__)
    entered.start()
    entered.join(10)
    assert not entered.is_alive()


def test_who_reads_does_not_keep_others_from_thinking() -> None:
    working, began, go, told = Working(), [Event() for _ in range(THINKING)], Event(), list[str]()

    def read(number: int) -> None:
        with working.thinking:
            with working.reading():
                began[number].set()
                go.wait(10)
            told.append("read")

    threads = [Thread(target=read, args=(number,)) for number in range(THINKING)]
    for thread in threads:
        thread.start()
    assert all(one.wait(10) for one in began)
    with working.thinking:
        told.append("thought")
    go.set()
    for thread in threads:
        thread.join()
    assert told == ["thought", *["read"] * THINKING]


def test_what_is_done_beside_runs_in_another_thread_and_gives_or_raises_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.slots.cores", lambda: 2)
    working = Working()
    with working.thinking:
        asked = working.beside(lambda: current_thread().name)
        failed = working.beside(lambda: 1 // 0)
        assert asked() != current_thread().name
        with pytest.raises(ZeroDivisionError):
            failed()
    working.close()


def test_nothing_is_done_beside_where_others_think_or_it_is_closed() -> None:
    working = Working()
    with working.thinking, working.thinking:
        assert working.beside(lambda: current_thread().name)() == current_thread().name
    working.close()
    with working.thinking:
        assert working.beside(lambda: current_thread().name)() == current_thread().name

"""Who asks goes first, here and in other processes, and nobody waits for ever."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from index.turns import LONGEST_WAIT, Turns

ASKING = """
import sys, time
from pathlib import Path
from index.turns import Turns
with Turns(Path(sys.argv[1])).asking():
    print("asking", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.turns.LONGEST_WAIT", 20.0)


def seconds(step: Callable[[], None]) -> float:
    began = monotonic()
    step()
    return monotonic() - began


@pytest.mark.usefixtures("patient")
def test_who_gives_way_to_nobody_goes_on_at_once(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "asking")
    with turns.asking(), turns.asking():
        pass
    assert seconds(turns.give_way) < 10


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("same", [True, False])
def test_who_gives_way_waits_until_the_last_has_its_answer(tmp_path: Path, same: bool) -> None:
    asked = Turns(tmp_path / "asking")
    ingest = asked if same else Turns(tmp_path / "asking")
    gone_on = Event()

    def go_on() -> None:
        ingest.give_way()
        gone_on.set()

    with asked.asking():
        with asked.asking():
            thread = Thread(target=go_on)
            thread.start()
            assert not gone_on.wait(0.1)
        assert not gone_on.wait(0.1)
    assert gone_on.wait(10)
    thread.join()


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "asking")
    with turns.asking():
        assert seconds(turns.give_way) >= LONGEST_WAIT


@pytest.mark.usefixtures("patient")
def test_a_process_that_asks_is_seen_until_it_is_killed(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "asking")
    with subprocess.Popen([sys.executable, "-c", ASKING, tmp_path / "asking"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"asking\n"
        assert turns._looked.is_shared()
        process.kill()
    assert not turns._looked.is_shared()
    assert seconds(turns.give_way) < 10


def test_questions_go_first_within_a_process_where_no_file_can_be_locked(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "missing" / "asking")
    assert seconds(turns.give_way) < LONGEST_WAIT
    with turns.asking():
        assert seconds(turns.give_way) >= LONGEST_WAIT


@pytest.mark.usefixtures("patient")
def test_who_is_closed_keeps_nobody(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "asking")
    asked = turns.asking()
    asked.__enter__()
    turns.close()
    assert seconds(Turns(tmp_path / "asking").give_way) < 10
    asked.__exit__(None, None, None)

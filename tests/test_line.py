"""Who wants to write waits in line: nobody comes before who came earlier, and nobody waits for who is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from index.errors import FolderHeld
from index.store import Connections
from index.store.line import Line

SOON = 10.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only threads of one process stand in line")
STANDING = """
import sys, time
from pathlib import Path
from index.store.line import Line
with Line(Path(sys.argv[1])).turn(float(sys.argv[2])) as left:
    print(left > 0, flush=True)
    time.sleep(60)
"""
GREEDY = """
import sys, time
from pathlib import Path
from index.store import Connections
connections = Connections(Path(sys.argv[1]), 30)
print("begun", flush=True)
while True:
    with connections.writing() as connection:
        connection.execute("INSERT INTO told VALUES ('greedy')")
        time.sleep(0.02)
"""


@contextmanager
def process(script: str, *given: object) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", script, *map(str, given)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as one:
        try:
            yield one
        finally:
            one.kill()


def said(one: "subprocess.Popen[str]") -> str:
    assert one.stdout is not None
    return one.stdout.readline().strip()


@linux
def test_turns_come_in_the_order_of_coming_whoever_holds_the_file_open(tmp_path: Path) -> None:
    order: list[int] = []
    lines = [Line(tmp_path / "line") for _ in range(3)]

    def stand(number: int) -> None:
        with lines[number % 3].turn(SOON):
            order.append(number)

    with ExitStack() as first:
        first.enter_context(lines[0].turn(SOON))
        threads = [Thread(target=stand, args=(number,)) for number in range(9)]
        for thread in threads:
            thread.start()
            sleep(0.03)
    for thread in threads:
        thread.join()

    assert order == [*range(9)]


def test_where_files_can_not_be_locked_threads_wait_for_each_other(tmp_path: Path) -> None:
    line = Line(tmp_path / "missing" / "line")
    with line.turn(SOON) as left:
        assert left > SOON / 2
        begun = Event()

        def stand() -> None:
            with line.turn(0.05) as left:
                assert left == 0
                begun.set()

        Thread(target=stand).start()
        assert begun.wait(SOON)


@linux
def test_who_waits_for_one_that_does_not_move_goes_past_after_half_of_the_time(tmp_path: Path) -> None:
    with Line(tmp_path / "line").turn(SOON), Line(tmp_path / "line").turn(0.2) as left:
        assert 0 <= left <= 0.1


@linux
def test_nobody_waits_for_a_process_that_was_killed_nor_for_ever_for_one_that_was_stopped(tmp_path: Path) -> None:
    with process(STANDING, tmp_path / "line", SOON) as first, process(STANDING, tmp_path / "line", SOON) as second:
        assert said(first) == "True"
        sleep(0.3)
        os.kill(second.pid, signal.SIGSTOP)
        first.kill()
        first.wait()
        began = monotonic()
        with Line(tmp_path / "line").turn(1.0) as left:
            assert left > 0
        waited = monotonic() - began
        second.kill()
        second.wait()
        with Line(tmp_path / "line").turn(SOON) as left:
            assert left > SOON / 2

    assert waited < 1.0


@linux
def test_a_child_that_was_forked_in_line_keeps_nobody_waiting(tmp_path: Path) -> None:
    line = Line(tmp_path / "line")
    with line.turn(SOON):
        child = os.fork()
        if child == 0:
            sleep(SOON)
            os._exit(0)
    try:
        with line.turn(SOON) as left:
            assert left > SOON / 2
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@linux
def test_a_writer_who_never_pauses_starves_nobody(tmp_path: Path) -> None:
    with closing(Connections(tmp_path / "a.sqlite", 2.0)) as connections:
        with connections.writing() as connection:
            connection.execute("CREATE TABLE told (who)")
        with ExitStack() as stack:
            for _ in range(3):
                assert said(stack.enter_context(process(GREEDY, tmp_path / "a.sqlite"))) == "begun"
            longest = 0.0
            for _ in range(20):
                began = monotonic()
                with connections.writing() as connection:
                    connection.execute("INSERT INTO told VALUES ('us')")
                longest = max(longest, monotonic() - began)
        with connections.reading() as connection:
            rows = connection.execute("SELECT who FROM told ORDER BY rowid").fetchall()

    ours = [n for n, row in enumerate(rows) if row[0] == "us"]
    # Each of the three may have come before, once; one more while ours was let go and came back.
    assert max(b - a for a, b in pairwise(ours)) <= 8
    assert longest < 2.0


def test_readers_never_wait(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "a.sqlite", 0.2)
    with connections.writing() as connection:
        connection.execute("CREATE TABLE told (who)")
        with connections.reading() as reader:
            assert reader.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
        with pytest.raises(FolderHeld, match=r"waited 0\.2 s"), connections.writing():
            pass
    connections.close()

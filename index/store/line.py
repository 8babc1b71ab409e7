"""Who wants to write waits in line, in the order of coming, be it threads or processes.

SQLite lets who waits look again now and then, so that another who came later may be first, over and over. Here each
locks a byte of an empty file behind the last that is locked, and its turn is when none before it is. The system lets
go of the byte of who was killed. It is a courtesy: that one alone writes is for SQLite to see to.
"""

import os
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

if sys.platform == "linux":
    import fcntl

# A look costs some microseconds; who stands further back looks less often.
LOOK_EVERY, LOOK_AT_LEAST = 0.001, 0.02  # seconds
# Who was stopped, or hangs, never moves up: who is behind goes past after such a part of the time that it has.
PATIENCE = 0.5
# What is locked (struct flock of Linux): how, from where it counts, the first byte, how many, whose. Locks of opened
# files: POSIX's own are a process's, so that its threads would not wait, and any that closed the file would let go.
FLOCK = struct.Struct("hhqqi4x")
TO_THE_END = 0


class Line:
    """The line at one file, made if it is not there; where files can't be locked so, only threads wait in it.

    Safe to use from many threads, and beside other processes.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._threads = path, threading.Lock()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[float]:
        """Begins when it is one's turn, and ends it; gives how many of the ``seconds`` are left.

        Who has waited for all of them goes on with none left.
        """
        until = monotonic() + seconds
        place = _taken(self._path)
        with _held(self._threads, seconds) if place is None else closing(place):
            if place is not None:
                place.wait(seconds)
            yield max(until - monotonic(), 0.0)


@contextmanager
def _held(lock: threading.Lock, seconds: float) -> Iterator[None]:
    is_mine = lock.acquire(timeout=seconds)
    try:
        yield
    finally:
        if is_mine:
            lock.release()


def _taken(path: Path) -> "_Place | None":
    """The last place in line; None where this system, or this file system, has none."""
    if sys.platform != "linux":
        return None
    try:
        return _Place(path)
    except OSError:
        return None


class _Place:
    """A byte of a file, locked until it is closed."""

    def __init__(self, path: Path) -> None:
        """:raises OSError: it can't be had."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._byte = self._lock_last()
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        # A process that was forked meanwhile has the file open as well.
        with suppress(OSError):
            self._call(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, 0, 0)
        os.close(self._file)

    def wait(self, seconds: float) -> None:
        """Until nobody stands before, for so many ``seconds`` at most."""
        now = moved = monotonic()
        until, seen = now + seconds, 0
        while (before := self._found(0, self._byte)) is not None and now < until:
            if before != seen:
                seen, moved = before, now
            elif now - moved > PATIENCE * seconds:
                return
            sleep(min(LOOK_EVERY * (self._byte - before), LOOK_AT_LEAST))
            now = monotonic()

    def _lock_last(self) -> int:
        byte = 1
        while True:
            while (other := self._found(byte, TO_THE_END)) is not None:
                byte = other + 1
            # Who came at the same moment may have been faster.
            with suppress(BlockingIOError):
                self._call(fcntl.F_OFD_SETLK, fcntl.F_WRLCK, byte, 1)
                return byte

    def _found(self, first: int, count: int) -> int | None:
        """One of these bytes that somebody else has locked."""
        kind, _, byte, *_ = self._call(fcntl.F_OFD_GETLK, fcntl.F_WRLCK, first, count)
        return None if kind == fcntl.F_UNLCK else byte

    def _call(self, what: int, kind: int, first: int, count: int) -> tuple[int, ...]:
        return FLOCK.unpack(fcntl.fcntl(self._file, what, FLOCK.pack(kind, os.SEEK_SET, first, count, 0)))

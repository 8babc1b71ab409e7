"""Files read in a process of its own, ended by a bound of time or of memory: a hostile file takes only that along.

A `Reading` keeps one process, started with the first file that a parsing library reads, and another after each that
had to be ended. Text is read here: nothing in it can hang. Files that are `expected` are read while whoever reads does
other things, as far as the pipe between the two holds what comes of them.
"""

import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError
from types import TracebackType

from index import readers
from index.readers import Limits
from index.records import Article, RawFile, Rejection

# It finds what this process finds, and nothing of the folder in which it happens to be started.
_MAIN = "import sys; sys.path[:] = {path!r}; from index.readers.confined import main; main()"
PARSED = (".html", ".htm", ".xhtml", ".pdf", ".docx", ".zip", ".tar", ".tar.gz", ".tgz", ".json")
"""Suffixes of what is read apart."""
# Of articles that wait in the pipe, where the system lets it be so wide.
PIPE_BYTES = 2**20
# Of files that wait to be read: less than any pipe holds, so that telling of them never waits.
AHEAD_BYTES = 8_192


@dataclass(frozen=True)
class Bounds:
    """How long the next article of a file may take, in seconds, and how much memory its reader may have, in bytes."""

    seconds: float = 60
    memory: int = 4 * 2**30


class Reading:
    """Reads files within bounds; a context manager, which ends its process."""

    def __init__(self, limits: Limits, bounds: Bounds | None = None) -> None:
        self.limits = limits
        self.bounds = bounds or Bounds()
        self._apart: _Apart | None = None
        self._expected: deque[RawFile] = deque()

    def __enter__(self) -> "Reading":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def expect(self, file: RawFile) -> None:
        """Say what is read after all that is expected already; a parsing library begins with it as soon as it can."""
        if _is_apart(file):
            self._expected.append(file)
            self._tell()

    def read(self, file: RawFile) -> Iterator[Article | Rejection]:
        """As `readers.read`; where a bound ends the reading, what came before stands, and a rejection says so."""
        if not _is_apart(file):
            yield from readers.read(file, self.limits)
            return
        self._turn_to(file)
        done = False
        try:
            yield from self._running().read(file)
            done = True
        except _Ended as fault:
            yield Rejection(file.name, str(fault))
        finally:
            # One that still reads what nobody waits for would answer the next file with it.
            if not done:
                self._end()
            self._expected.popleft()
        self._tell()

    def _turn_to(self, file: RawFile) -> None:
        if not self._expected or self._expected[0] is not file:
            if self._expected:
                self._end()  # it answers with another file
            self._expected.appendleft(file)

    def _tell(self) -> None:
        apart = self._running()
        for file in list(self._expected)[apart.ahead :]:
            if not apart.tell(file):
                return

    def _running(self) -> "_Apart":
        self._apart = self._apart or _Apart(self.limits, self.bounds)
        return self._apart

    def _end(self) -> None:
        if self._apart is not None:
            self._apart.end()
            self._apart = None


def _is_apart(file: RawFile) -> bool:
    """Whether a parsing library reads it and another process can open it: not what only this one knows how to."""
    return (file.suffix or file.name).lower().endswith(PARSED) and _pickled(file) is not None


def _pickled(file: RawFile) -> bytes | None:
    try:
        return bytes(ForkingPickler.dumps(file))
    except (PicklingError, AttributeError, TypeError):
        return None


class _Ended(Exception):
    """The process had to be ended, or ended by itself."""


class _Apart:
    """The process and the two ends that we hold of its pipes."""

    def __init__(self, limits: Limits, bounds: Bounds) -> None:
        self.bounds = bounds
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _MAIN.format(path=sys.path), str(theirs_in), str(theirs_out)],
            env={name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")},
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.to, self.of = Connection(ours_out, readable=False), Connection(ours_in, writable=False)
        _widen(ours_in)
        self.to.send((limits, bounds))
        self._told: deque[tuple[RawFile, int]] = deque()

    @property
    def ahead(self) -> int:
        """How many files were told of and are not read to their end."""
        return len(self._told)

    def tell(self, file: RawFile) -> bool:
        """Tell of a file to be read after the others; False where there is no room for it yet, or nobody to tell."""
        pickled = _pickled(file) or b""
        if self._told and sum(size for _, size in self._told) + len(pickled) > AHEAD_BYTES:
            return False
        try:
            self.to.send_bytes(pickled)
        except OSError:
            return False
        self._told.append((file, len(pickled)))
        return True

    def read(self, file: RawFile) -> Iterator[Article | Rejection]:
        """The articles of the first file told of, which is this one if any was.

        :raises _Ended: a bound was reached.
        """
        if not self._told and not self.tell(file):
            raise _Ended("ended its reader before it began")
        while (item := self._next()) is not None:
            yield item
        self._told.popleft()

    def _next(self) -> Article | Rejection | None:
        try:
            if not self.of.poll(self.bounds.seconds):
                raise _Ended(f"took longer than {self.bounds.seconds:g} seconds to read")
            item: Article | Rejection | None = self.of.recv()
        except (EOFError, OSError) as fault:
            raise _Ended("ended its reader: it takes too much memory, or is made to do harm") from fault
        return item

    def end(self) -> None:
        self.to.close()
        self.of.close()
        self.process.kill()
        self.process.wait()


def _widen(pipe: int) -> None:
    with contextlib.suppress(ImportError, AttributeError, OSError):  # not every system's pipes have a width
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _serve(asked: Connection, told: Connection) -> None:
    limits, bounds = asked.recv()
    with contextlib.suppress(ImportError, OSError, ValueError):  # a bound that the system does not know
        _confine(bounds.memory)
    while True:
        try:
            file = asked.recv()
        except EOFError:
            return
        for item in readers.read(file, limits):
            told.send(item)
        told.send(None)


def _confine(memory: int) -> None:
    import resource  # which not every system has

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (bound, most))


def main() -> None:
    """What the process does: it reads the files that it is sent until there are no more."""
    asked, told = (int(number) for number in sys.argv[1:])
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        _serve(Connection(asked, writable=False), Connection(told, readable=False))

"""Several processes that serve one socket and one data folder: a process answers with one core, whatever it has."""

import logging
import os
import signal
import time
from dataclasses import dataclass
from threading import Thread
from types import FrameType

from index.errors import Invalid

logger = logging.getLogger(__name__)

STOPPING = (signal.SIGTERM, signal.SIGINT)
# One that dies as soon as it is started would die again and again.
PAUSE_SECONDS = 1.0


def refuse_unable(count: int) -> None:
    """:raises Invalid: this system can't start several."""
    if count > 1 and not hasattr(os, "fork"):
        raise Invalid(f"FOOTNOTE_WORKERS={count}: this system can start only 1")


@dataclass(frozen=True)
class Place:
    """Which of the processes this is: the first listens at once, the others when it and they can answer."""

    is_first: bool
    pipe: int

    def wait(self) -> None:
        """Until the first can answer, or has ended."""
        os.read(self.pipe, 1)

    def tell(self) -> None:
        """The first can answer."""
        os.close(self.pipe)


def started(count: int) -> Place:
    """Returns in each of ``count`` processes that are started here; this one never gets beyond.

    It passes on what tells it to stop, starts anew what was killed, and ends with them: as well where one ends by
    itself, for whatever it could not open no other could.
    """
    workers = Workers()
    for number in range(count):
        if place := workers.start(is_first=number == 0):
            return place
    return workers.watch()


class Workers:
    """The processes that were started from this one."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._told: int | None = None
        # Nothing is written: it is closed when the first can answer.
        self._reading, self._writing = os.pipe()
        # Nor here: it is closed by the end of this process, however that comes.
        self._watching, self._living = os.pipe()
        self._before = {number: signal.signal(number, self._stop) for number in STOPPING}

    def start(self, *, is_first: bool) -> Place | None:
        """Start one more: its place in it, None here."""
        pid = os.fork()
        if pid:
            self._running.add(pid)
            if is_first:
                os.close(self._writing)
            return None
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._living)
        Thread(target=_end_with_parent, args=(self._watching,), name="parent", daemon=True).start()
        return Place(is_first, self._writing if is_first else self._reading)

    def watch(self) -> Place:
        """Until all have ended, which ends this process; returns in one that was started anew."""
        status = 0
        while self._running:
            pid, ended = os.wait()
            self._running.discard(pid)
            code = os.waitstatus_to_exitcode(ended)
            if not self._is_told() and code < 0:
                logger.warning("worker %d was ended by signal %d: another is started", pid, -code)
                time.sleep(PAUSE_SECONDS)
                if not self._is_told() and (place := self.start(is_first=False)):
                    return place
            elif not self._is_told():
                status = code
                self._stop(signal.SIGTERM, None)
        os._exit(130 if self._told == signal.SIGINT else status)

    def _is_told(self) -> bool:
        return self._told is not None

    def _stop(self, number: int, _: FrameType | None) -> None:
        self._told = number
        for pid in self._running:
            os.kill(pid, number)


def _end_with_parent(pipe: int) -> None:
    """One that was killed can tell nobody to stop, and nobody else may listen while its workers do."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)

"""Work after an acknowledgement: chat tools wait three seconds and no longer, an answer may take some."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep

logger = logging.getLogger(__name__)

# More than answers are computed at once by: they wait for the network too.
THREADS = 8
# So much work may wait; at some 40 ms an answer it is done within half a minute.
MOST = 1000
# After so long, who still waits at the end of the service is told so instead, and so much longer that may take.
FINISHING_SECONDS, TELLING_SECONDS = 1.5, 2.0
# Answers that are computed hold acknowledgements up: where many come at once, all are acknowledged first.
QUIET_SECONDS, LONGEST_BURST_SECONDS = 0.03, 1.0

Work = Callable[[], None]


class Lane:
    """Threads with a bounded queue before them."""

    def __init__(self, name: str, threads: int, most: int) -> None:
        self._threads = ThreadPoolExecutor(threads, name)
        self._room, self._lock = BoundedSemaphore(most), Lock()
        self._outstanding: set[Future[None]] = set()

    @property
    def is_idle(self) -> bool:
        return not self._outstanding

    def take(self, work: Work) -> bool:
        """Does it by and by; False where too much waits already, or the service ends."""
        if not self._room.acquire(blocking=False):
            return False
        try:
            done = self._threads.submit(work)
        except RuntimeError:
            self._room.release()
            return False
        with self._lock:
            self._outstanding.add(done)
        done.add_done_callback(self._ended)
        return True

    def stop(self, seconds: float) -> None:
        """Waits so long for what was taken."""
        self._threads.shutdown(wait=False)
        with self._lock:
            outstanding = set(self._outstanding)
        wait(outstanding, seconds)

    def _ended(self, done: Future[None]) -> None:
        with self._lock:
            self._outstanding.discard(done)
        self._room.release()
        if fault := done.exception():
            logger.error("work after an acknowledgement failed", exc_info=fault)


class Later:
    """What is done after an acknowledgement, or said where that is too much."""

    def __init__(self, threads: int = THREADS, most: int = MOST) -> None:
        self._work, self._notes = Lane("answering", threads, most), Lane("noting", 1, most)
        self._late = float("inf")
        self._burst = self._latest = 0.0

    def do(self, work: Work, instead: Work) -> bool:
        """Does ``work`` soon, or, where the service ends before its turn comes, ``instead``, which has to be quick.

        False where there is too much to do already: then neither is.
        """
        self._latest = monotonic()
        if self._work.is_idle:
            self._burst = self._latest
        return self._work.take(lambda: self._do(work, instead))

    def note(self, work: Work) -> bool:
        """Does what is quick, beside all else; False where even of that there is too much."""
        return self._notes.take(work)

    def stop(self) -> None:
        self._late = monotonic() + FINISHING_SECONDS
        self._work.stop(FINISHING_SECONDS + TELLING_SECONDS)
        self._notes.stop(max(self._late + TELLING_SECONDS - monotonic(), 0))

    def _do(self, work: Work, instead: Work) -> None:
        while self._is_burst(monotonic()):
            sleep(QUIET_SECONDS)
        (work if monotonic() < self._late else instead)()

    def _is_burst(self, now: float) -> bool:
        return now - self._latest < QUIET_SECONDS and now - self._burst < LONGEST_BURST_SECONDS

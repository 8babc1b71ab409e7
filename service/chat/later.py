"""Work after an acknowledgement: chat tools wait three seconds and no longer, an answer may take some."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from threading import Barrier, BoundedSemaphore, Lock
from time import monotonic, sleep

logger = logging.getLogger(__name__)

# More than answers are computed at once by: they wait for the network too.
THREADS = 8
# So much work may wait; at some 40 ms an answer it is done within half a minute.
MOST = 1000
# After so long, who still waits at the end of the service is told so instead, and so much longer that may take.
FINISHING_SECONDS, TELLING_SECONDS = 1.5, 2.0
# Answers that are computed hold acknowledgements up, which need the interpreter many times each, and get it after all
# threads that compute: where many come at once, all are acknowledged before another answer is begun.
QUIET_SECONDS, LONGEST_BURST_SECONDS = 0.03, 2.0

BEGUN_WITHIN_SECONDS = 5.0

Work = Callable[[], None]


class Lane:
    """Threads with a bounded queue before them."""

    def __init__(self, name: str, threads: int, most: int) -> None:
        self._threads, self._number = ThreadPoolExecutor(threads, name), threads
        self._room, self._lock = BoundedSemaphore(most), Lock()
        self._outstanding: set[Future[None]] = set()

    def begin(self) -> None:
        """Starts all threads: on a busy machine each takes its time, for which the first to ask would wait."""
        together = Barrier(self._number, timeout=BEGUN_WITHIN_SECONDS)
        with suppress(RuntimeError):
            wait([self._threads.submit(together.wait) for _ in range(self._number)])

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
        self._arriving, self._lock = 0, Lock()

    def begin(self) -> None:
        self._work.begin()

    def do(self, work: Work, instead: Work) -> bool:
        """Does ``work`` soon, or, where the service ends before its turn comes, ``instead``, which has to be quick.

        False where there is too much to do already: then neither is.
        """
        with self.arriving():
            return self._work.take(lambda: self._do(work, instead))

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """While something is acknowledged."""
        self._arrives(1)
        try:
            yield
        finally:
            self._arrives(-1)

    def note(self, work: Work) -> bool:
        """Does what is quick, beside all else; False where even of that there is too much."""
        return self._notes.take(work)

    def stop(self) -> None:
        self._late = monotonic() + FINISHING_SECONDS
        self._work.stop(FINISHING_SECONDS + TELLING_SECONDS)
        self._notes.stop(max(self._late + TELLING_SECONDS - monotonic(), 0))

    def _do(self, work: Work, instead: Work) -> None:
        while self._is_busy(now := monotonic()) and now - self._burst < LONGEST_BURST_SECONDS:
            sleep(QUIET_SECONDS)
        (work if monotonic() < self._late else instead)()

    def _arrives(self, one: int) -> None:
        with self._lock:
            now = monotonic()
            if not self._is_busy(now):
                self._burst = now
            self._arriving, self._latest = self._arriving + one, now

    def _is_busy(self, now: float) -> bool:
        return self._arriving > 0 or now - self._latest < QUIET_SECONDS

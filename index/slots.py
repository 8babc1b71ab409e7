"""How many questions are worked at at once in one process: what more there are would only keep each other from it.

The interpreter runs one thread at a time, and a question gives it away dozens of times: sixteen that compute beside
each other are slower than one after another. The reader does without it for a while, and has slots of its own, so that
who only finds does not wait for who reads, and nobody's reading time is spent on waiting.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

from index.machine import cores

T = TypeVar("T")

# One computes while another waits for the model, the words or the vectors, which do without the interpreter.
THINKING = 2


class Slots:
    """So many are inside at once; the others follow in the order in which they came."""

    def __init__(self, count: int) -> None:
        self._count, self._free, self._changing = count, count, Lock()
        self._waiting = deque[Lock]()

    @property
    def is_shared(self) -> bool:
        """Whether more than one are inside."""
        return self._free < self._count - 1

    def take(self) -> None:
        turn = Lock()
        with self._changing:
            if self._free:
                self._free -= 1
                return
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def give_back(self) -> None:
        with self._changing:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.give_back()


class Working:
    """The slots of one index. Safe to use from many threads."""

    def __init__(self) -> None:
        self.thinking, self._reading = Slots(THINKING), Slots(max(THINKING, cores() // 2))
        self._beside = ThreadPoolExecutor(THINKING, "beside") if cores() > 1 else None

    def close(self) -> None:
        if self._beside:
            self._beside.shutdown(wait=False)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Leaves the thread's slot to others, and goes back to the end of the row for it."""
        self.thinking.give_back()
        try:
            yield
        finally:
            self.thinking.take()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Leaves the thread's slot for one to read in."""
        with self.waiting(), self._reading:
            yield

    def beside(self, work: Callable[[], T]) -> Callable[[], T]:
        """Has ``work`` done by another thread meanwhile, if a core may be free for that; else when it is asked for.

        What is given back is to be called once: it waits, and gives or raises what ``work`` does.
        """
        if self._beside is None or self.thinking.is_shared:
            return work
        try:
            return self._beside.submit(work).result
        except RuntimeError:  # it is being closed
            return work

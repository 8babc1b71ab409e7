"""How many questions are worked at at once in one process: what more there are would only keep each other from it.

The interpreter runs one thread at a time, and a question gives it away dozens of times: sixteen that compute beside
each other are slower than one after another. The reader does without it for a while, and has slots of its own, so that
who only finds does not wait for who reads, and nobody's reading time is spent on waiting.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from index.machine import cores

# One computes while another waits for the model, the words or the vectors, which do without the interpreter.
THINKING = 2


class Slots:
    """So many are inside at once; the others follow in the order in which they came."""

    def __init__(self, count: int) -> None:
        self._free, self._changing = count, Lock()
        self._waiting = deque[Lock]()

    def __enter__(self) -> None:
        turn = Lock()
        with self._changing:
            if self._free:
                self._free -= 1
                return
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._changing:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Working:
    """The slots of one index. Safe to use from many threads."""

    def __init__(self) -> None:
        self.thinking, self._reading = Slots(THINKING), Slots(max(THINKING, cores() // 2))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Leaves the thread's slot for one to read in, and goes back to the end of the row for the former."""
        self.thinking.__exit__()
        try:
            with self._reading:
                yield
        finally:
            self.thinking.__enter__()

"""Work beside the questions, in a thread of its own: from when the index is open until the service is stopped."""

from abc import ABC, abstractmethod
from concurrent.futures import Future
from threading import Event, Thread

from index.folder import Index

# How long who stops the service waits for what is under way.
STOP_SECONDS = 1.5


class Background(ABC):
    """A thread that ends soon once it is stopped; what it was at goes on at the next start."""

    def __init__(self, name: str) -> None:
        self._name, self._stopping = name, Event()
        self._thread: Thread | None = None

    def start(self, opened: "Future[Index]") -> None:
        """Begin once the index is open, if it ever is."""
        opened.add_done_callback(self._begin)

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _begin(self, opened: "Future[Index]") -> None:
        if not opened.cancelled() and opened.exception() is None and not self._stopping.is_set():
            self._thread = Thread(target=self._work, args=(opened.result(),), name=self._name, daemon=True)
            self._thread.start()

    @abstractmethod
    def _work(self, index: Index) -> None:
        """Until ``_stopping`` is set."""

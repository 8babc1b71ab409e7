"""Sources watched inside the service: in a thread of its own, giving way to questions as any ingest does."""

import logging
from concurrent.futures import Future
from threading import Event, Thread

from index.errors import FootnoteError
from index.folder import Index
from service.database import Database
from service.settings import Settings

logger = logging.getLogger(__name__)

# How long who stops the service waits for what is under way.
STOP_SECONDS = 1.5
AGAIN_SECONDS = 30.0


class Attending:
    """Watches from when the index is open until it is stopped; one process of several on a data folder does."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self, opened: "Future[Index]") -> None:
        if self._settings.sources is not None:
            opened.add_done_callback(self._begin)

    def stop(self) -> None:
        """Ends it soon; what was under way goes on when the service is started again."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _begin(self, opened: "Future[Index]") -> None:
        if not opened.cancelled() and opened.exception() is None and not self._stopping.is_set():
            self._thread = Thread(target=self._attend, args=(opened.result(),), name="watching", daemon=True)
            self._thread.start()

    def _attend(self, index: Index) -> None:
        # What fetches takes a while to load, and nobody who watches nothing should wait for it.
        from service.feeds.setup import watch

        while not self._stopping.is_set():
            try:
                watch(index, self._settings, self._database, self._stopping).run(self._settings.data)
            except FootnoteError as fault:
                logger.error("sources are not watched: %s; it is tried again", fault)
            self._stopping.wait(AGAIN_SECONDS)

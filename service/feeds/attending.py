"""Sources watched inside the service, giving way to questions as any ingest does."""

import logging
from concurrent.futures import Future

from index.errors import FootnoteError
from index.folder import Index
from service.background import Background
from service.database import Database
from service.settings import Settings

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 30.0


class Attending(Background):
    """Watches the sources that are set; one process of several on a data folder does."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__("watching")
        self._settings, self._database = settings, database

    def start(self, opened: "Future[Index]") -> None:
        if self._settings.sources is not None:
            super().start(opened)

    def _work(self, index: Index) -> None:
        # What fetches takes a while to load, and nobody who watches nothing should wait for it.
        from service.feeds.setup import watch

        while not self._stopping.is_set():
            try:
                watch(index, self._settings, self._database, self._stopping).run(self._settings.data)
            except FootnoteError as fault:
                logger.error("sources are not watched: %s; it is tried again", fault)
            self._stopping.wait(AGAIN_SECONDS)

"""Beside the questions, all of vectors and words is held against its checksums, and made again where it differs."""

import logging
from threading import Event

from index.errors import FootnoteError
from index.folder import Index
from index.rebuild import mend
from service.background import Background

logger = logging.getLogger(__name__)

# Disks forget slowly; what failed, for a writer that held the folder or a full disk, is soon tried again.
EVERY_SECONDS, AGAIN_SECONDS = 86_400.0, 60.0


class Scrubber(Background):
    """Works at once, every day, and whenever something is due."""

    def __init__(self) -> None:
        super().__init__("scrubber")
        self._due = Event()

    def stop(self) -> None:
        """Nobody waits for what reads a large archive through."""
        self._stopping.set()
        self._due.set()

    def _work(self, index: Index) -> None:
        self._due = index.due
        while not self._stopping.is_set():
            pause = self._mended(index)
            index.due.wait(pause)
            index.due.clear()

    def _mended(self, index: Index) -> float:
        """How long to wait until the next time."""
        try:
            mend(index)
        # Whatever it is, the service answers without it; when it is stopped, its folder is closed under this.
        except (FootnoteError, OSError, RuntimeError) as fault:
            if not self._stopping.is_set():
                logger.warning("what is damaged could not be made again, and is tried once more: %s", fault)
            return AGAIN_SECONDS
        return EVERY_SECONDS

"""Beside the questions, all of vectors and words is held against its checksums, and made again where it differs."""

import logging
from concurrent.futures import Future
from threading import Event, Thread

from index.errors import FootnoteError
from index.folder import Index
from index.rebuild import mend

logger = logging.getLogger(__name__)

# Disks forget slowly; what failed, for a writer that held the folder or a full disk, is soon tried again.
EVERY_SECONDS, AGAIN_SECONDS = 86_400.0, 60.0


class Scrubber:
    """Works from when the index is open until it is stopped: at once, every day, and whenever something is due."""

    def __init__(self) -> None:
        self._stopping, self._due = Event(), Event()

    def start(self, opened: "Future[Index]") -> None:
        opened.add_done_callback(self._begin)

    def stop(self) -> None:
        """Ends it soon; what is being made again goes on at the next start."""
        self._stopping.set()
        self._due.set()

    def _begin(self, opened: "Future[Index]") -> None:
        if not opened.cancelled() and opened.exception() is None and not self._stopping.is_set():
            self._due = opened.result().due
            Thread(target=self._work, args=(opened.result(),), name="scrubber", daemon=True).start()

    def _work(self, index: Index) -> None:
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

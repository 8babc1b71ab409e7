"""Another model takes over while this one answers: the one that is set, or one that another process reindexes with."""

import logging
from contextlib import suppress
from time import monotonic

from index.errors import FootnoteError
from index.folder import Index
from index.rebuild import reindex
from index.spool import locked
from service.background import Background
from service.settings import Settings

logger = logging.getLogger(__name__)

# How often it is looked for what other processes make.
LOOK_EVERY_SECONDS = 2.0
SAID_EVERY_SECONDS = 10.0
LOCK = "rebuilding.lock"


class _Stopped(Exception):
    """The service is being stopped."""


class Succession(Background):
    """Watches over the editions of a served folder."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("succession")
        self._settings, self._said_at = settings, monotonic()

    def _work(self, index: Index) -> None:
        # What another process reindexes with later is followed, not undone.
        is_wanted = bool(index.makers.wanted.differences(index.made_by))
        while not self._stopping.is_set():
            with suppress(FootnoteError, OSError, RuntimeError):
                is_wanted = is_wanted and not self._settled(index)
                # So that the model is at hand when its edition comes to answer.
                for edition in index.unfinished():
                    index.makers.prepare_for(edition.made_by)
            self._stopping.wait(LOOK_EVERY_SECONDS)

    def _settled(self, index: Index) -> bool:
        """Whether what is set answers, or was tried; of several processes one makes it, and the others follow."""
        index.status()
        if not index.makers.wanted.differences(index.made_by):
            return True
        with locked(self._settings.data / LOCK) as ours:
            if ours:
                self._take_over(index)
            return ours

    def _take_over(self, index: Index) -> None:
        """Make what is set answer, beside questions and writes."""
        logger.warning(
            "the archive was made with %s: that answers until all is made anew",
            ", ".join(index.makers.wanted.differences(index.made_by)),
        )
        try:
            status = reindex(
                self._settings.data,
                index.makers.wanted.encoder,
                self._settings.lock_timeout,
                lambda _: self._step(index),
            )
        except _Stopped:
            return
        # Whatever it is, what answers goes on answering.
        except Exception:
            if not self._stopping.is_set():
                logger.exception("the archive could not be made anew: run `footnote reindex`, or start again")
            return
        logger.info("made anew with what is set: %d articles in %d passages", status.articles, status.passages)

    def _step(self, index: Index) -> None:
        if self._stopping.is_set():
            raise _Stopped
        if monotonic() - self._said_at >= SAID_EVERY_SECONDS:
            self._said_at = monotonic()
            for edition in index.unfinished():
                logger.info("making anew: %d of %d articles", edition.done, edition.articles)

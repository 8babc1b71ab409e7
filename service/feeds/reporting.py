"""What is told of sources that are watched: to everyone which are fresh, to those who may write all that is known."""

import logging
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import monotonic, time

from index.errors import FolderDamaged, FolderHeld
from service.database import Database
from service.feeds.freshness import moment, newest, reason, state
from service.feeds.remembered import FeedState, Remembered
from service.schemas import FeedReply, FeedsReply, FeedsState
from service.settings import Settings
from service.terminal import inert

logger = logging.getLogger(__name__)

# A question must not wait for this, and it changes seldom.
KEPT_SECONDS = 5.0
COLUMNS = ("source", "state", "last brought", "last answered", "last tried", "next")

_lock = Lock()
_kept: dict[Path, tuple[float, FeedsState | None]] = {}


def summed_up(settings: Settings) -> FeedsState | None:
    """Which sources are fresh and which are not, as it was a few seconds ago at most; None where none is watched."""
    with _lock:
        at, said = _kept.get(settings.data, (0.0, None))
        if not at or monotonic() - at > KEPT_SECONDS:
            said = _readable(settings)
            _kept.clear()
            _kept[settings.data] = (monotonic(), said)
        return said


def _readable(settings: Settings) -> FeedsState | None:
    """None where what is known of them can't be read either: no question goes without its answer for that."""
    try:
        return _summed_up(_feeds(settings))
    except (FolderDamaged, FolderHeld) as fault:
        logger.warning("what is known of feeds can't be read: %s", fault)
        return None


def all_of(settings: Settings) -> FeedsReply:
    """All that is known of each source."""
    now = time()
    return FeedsReply(feeds=[_reply(feed, now) for feed in _feeds(settings)])


def table(feeds: list[FeedReply]) -> str:
    """A row a source, the reason behind it."""
    rows = [COLUMNS, *(_row(feed) for feed in feeds)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    reasons = ["", *(f": {inert(feed.reason)}" if feed.reason else "" for feed in feeds)]
    return "\n".join(f"{line}{why}" for line, why in zip(lines, reasons, strict=True))


def _row(feed: FeedReply) -> tuple[str, ...]:
    times = (feed.brought_at, feed.answered_at, feed.tried_at, feed.next_at)
    return (inert(feed.name), feed.state, *(at or "never" for at in times))


def _feeds(settings: Settings) -> list[FeedState]:
    with closing(Database(settings.data, settings.lock_timeout)) as database:
        return Remembered(database).feeds()


def _summed_up(feeds: list[FeedState]) -> FeedsState | None:
    if not feeds:
        return None
    now = time()
    states = [(feed.name, state(feed, now)) for feed in feeds]
    return FeedsState(
        watched=len(feeds),
        silent=[name for name, is_now in states if is_now == "silent"],
        failing=[name for name, is_now in states if is_now == "failing"],
        brought_at=moment(newest(feeds)),
    )


def _reply(feed: FeedState, now: float) -> FeedReply:
    return FeedReply(
        name=feed.name,
        address=feed.address,
        state=state(feed, now),
        reason=reason(feed, now),
        failures=feed.failures,
        tried_at=moment(feed.tried_at),
        answered_at=moment(feed.answered_at),
        brought_at=moment(feed.brought_at),
        next_at=moment(feed.next_at),
    )

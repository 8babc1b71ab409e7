"""How fresh each source is: when it was last asked, last answered, last brought something, and what that means."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal

from index import dates
from service.feeds.remembered import FeedState

Freshness = Literal["new", "fresh", "silent", "failing"]

FEWEST_GAPS = 4
# Silent is what brings nothing for three times as long as nine in ten of its pauses lasted.
SHARE, TIMES = 0.9, 3
DAY = 86_400.0
SHORTEST, LONGEST, UNKNOWN = DAY, 120 * DAY, 30 * DAY


def quiet_for(times: Sequence[tuple[float, str | None]]) -> float:
    """How many seconds without anything new are unusual, by when entries were seen first, or were published.

    A date that says no time of day counts as its day's beginning.
    """
    moments = sorted(_moment(seen, published) for seen, published in times)
    gaps = sorted(later - earlier for earlier, later in pairwise(moments) if later > earlier)
    if len(gaps) < FEWEST_GAPS:
        return UNKNOWN
    usual = gaps[min(int(SHARE * len(gaps)), len(gaps) - 1)]
    return min(max(TIMES * usual, SHORTEST), LONGEST)


def state(feed: FeedState, now: float) -> Freshness:
    """Failing where the last visit failed; silent where it went well but has brought nothing for unusually long."""
    if feed.failures:
        return "failing"
    if feed.answered_at is None:
        return "new"
    return "silent" if now - _since(feed) > feed.silent_after else "fresh"


def reason(feed: FeedState, now: float) -> str | None:
    """Why a source is not fresh, in words."""
    match state(feed, now):
        case "failing":
            return f"{feed.reason} ({feed.failures} in a row)" if feed.failures > 1 else feed.reason
        case "silent":
            return f"nothing new for {spell(now - _since(feed))}, which is unusual from {spell(feed.silent_after)} on"
        case _:
            return feed.notice


def _since(feed: FeedState) -> float:
    """When it last brought something, or since when it is watched."""
    return feed.first_at if feed.brought_at is None else feed.brought_at


def spell(seconds: float) -> str:
    """A duration in its largest unit, rounded down."""
    for unit, name in ((DAY, "day"), (3_600.0, "hour"), (60.0, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


def moment(at: float | None) -> str | None:
    """A time as HTTP and the command line say it: ISO 8601 in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _moment(seen: float, published: str | None) -> float:
    try:
        said = datetime.fromisoformat(published or "")
        if said.tzinfo is None:
            said = datetime.combine(dates.parse(published or "").first, said.time(), UTC)
        return min(said.timestamp(), seen)
    except (ValueError, OverflowError):
        return seen


def newest(feeds: Iterable[FeedState]) -> float | None:
    """When any of them last brought something."""
    return max((feed.brought_at for feed in feeds if feed.brought_at is not None), default=None)

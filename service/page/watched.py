"""The sources that are watched, as keepers see them: what needs a look first."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from service.feeds.remembered import FeedState

Health = Literal["failing", "silent", "well", "new"]
_FIRST: tuple[Health, ...] = ("failing", "silent", "new", "well")


class Watched(NamedTuple):
    """``brought_at`` is when the source last brought something, ISO 8601 in UTC; ``words`` say what is wrong or odd."""

    name: str
    address: str
    health: Health
    brought_at: str | None
    words: str


def watched(states: Iterable[FeedState], now: float) -> list[Watched]:
    """Those that fail, then those that have brought nothing for longer than they should, then the others, by name."""
    found = [_watched(state, now) for state in states]
    return sorted(found, key=lambda one: (_FIRST.index(one.health), one.name.casefold()))


def _watched(state: FeedState, now: float) -> Watched:
    brought = state.brought_at and datetime.fromtimestamp(state.brought_at, UTC).isoformat(timespec="seconds")
    words = (state.reason if state.failures else state.notice) or ""
    return Watched(state.name, state.address, _health(state, now), brought or None, words)


def _health(state: FeedState, now: float) -> Health:
    if state.failures:
        return "failing"
    if state.brought_at is None:
        return "new"
    is_silent = state.silent_after and now - state.brought_at > state.silent_after
    return "silent" if is_silent else "well"

"""How many articles there are of each date, publisher and tag, whatever is filtered by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.records import Countable, Filters, Period

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]
NOTHING = 0
DAYS = date.max.toordinal() + 1


class Dated(NamedTuple):
    """How many articles were published in the days that one date leaves open."""

    published: Period
    articles: int


class Named(NamedTuple):
    """A publisher or a tag, and how many articles have it."""

    name: str
    articles: int


@dataclass(frozen=True)
class Overview:
    """What the filters let through: ``articles`` all told.

    The other counts are of what would be there with other values of their own filter: ``dated``, in order, and
    ``undated`` whatever the date filter, ``sources`` whatever publishers are asked for, ``tags`` whatever tags; the
    most frequent come first.
    """

    articles: int
    dated: tuple[Dated, ...]
    undated: int
    sources: tuple[Named, ...]
    tags: tuple[Named, ...]


@dataclass(frozen=True)
class Census:
    """The articles of one state, a row each, ``first`` and ``last`` being 0 of one without a date.

    ``source`` numbers ``sources``, where the first is none; a row of ``tagged`` has the number in ``tags`` at its place
    in ``tag``.
    """

    ids: tuple[str, ...]
    first: Numbers
    last: Numbers
    source: Numbers
    sources: tuple[str, ...]
    tagged: Numbers
    tag: Numbers
    tags: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[Countable]) -> "Census":
        names = {_key(row.source): row.source for row in reversed(rows) if row.source}
        sources = {key: number for number, key in enumerate([b"", *names])}
        tags = {tag: number for number, tag in enumerate(dict.fromkeys(tag for row in rows for tag in row.tags))}
        held = [(at, tags[tag]) for at, row in enumerate(rows) for tag in dict.fromkeys(row.tags)]
        tagged, tag = np.array(held, np.int64).reshape(-1, 2).T
        return cls(
            tuple(row.id for row in rows),
            np.array([row.first or NOTHING for row in rows], np.int64),
            np.array([row.last or NOTHING for row in rows], np.int64),
            np.array([sources[_key(row.source)] for row in rows], np.int64),
            ("", *names.values()),
            tagged,
            tag,
            tuple(tags),
        )

    def overview(self, filters: Filters) -> Overview:
        at_any_time = self._let_through(replace(filters, published=None))
        of_any_source = self._let_through(replace(filters, source=()))
        of_any_tag = self._let_through(replace(filters, tags=()))
        return Overview(
            articles=int(np.count_nonzero(self._let_through(filters))),
            dated=self._dated(at_any_time),
            undated=int(np.count_nonzero(at_any_time & (self.first == NOTHING))),
            sources=_most_first(self.sources, self.source[of_any_source & (self.source != NOTHING)]),
            tags=_most_first(self.tags, self.tag[of_any_tag[self.tagged]]),
        )

    def _let_through(self, filters: Filters) -> Flags:
        flags = np.ones(len(self.ids), bool)
        if filters.source:
            asked = {_key(source) for source in filters.source} - {b""}
            flags &= np.isin(self.source, [n for n, source in enumerate(self.sources) if _key(source) in asked])
        if filters.tags:
            has = self.tagged[np.isin(self.tag, [n for n, tag in enumerate(self.tags) if tag in filters.tags])]
            flags &= np.isin(np.arange(len(flags)), has)
        if filters.article:
            wanted = set(filters.article)
            flags &= np.fromiter((id in wanted for id in self.ids), bool, len(flags))
        if filters.published:
            first, last = (day.toordinal() for day in filters.published)
            flags &= (self.first != NOTHING) & (self.first <= last) & (self.last >= first)
        return flags

    def _dated(self, flags: Flags) -> tuple[Dated, ...]:
        dated = flags & (self.first != NOTHING)
        found, counts = np.unique(self.first[dated] * DAYS + self.last[dated], return_counts=True)
        return tuple(
            Dated(_period(*divmod(one, DAYS)), n) for one, n in zip(found.tolist(), counts.tolist(), strict=True)
        )


def _period(first: int, last: int) -> Period:
    return Period(date.fromordinal(first), date.fromordinal(last))


def _key(source: str | None) -> bytes:
    """What tells publishers apart: case does not, in ASCII, as in the store."""
    return (source or "").encode().lower()


def _most_first(names: Sequence[str], numbers: Numbers) -> tuple[Named, ...]:
    counts = np.bincount(numbers, minlength=len(names)).tolist()
    found = (Named(name, count) for name, count in zip(names, counts, strict=True) if count)
    return tuple(sorted(found, key=lambda one: (-one.articles, one.name.casefold(), one.name)))

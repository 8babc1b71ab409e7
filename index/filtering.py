"""Which passages of a large archive a filter lets through, by columns in memory: a store would have to be gone through.

Columns are read when the first filter asks for them, and then grow by what came. A version never changes; what is of
one that was replaced since is let through too: whoever searches finds nothing that lives no longer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.records import Filters
from index.store import Filterable, Snapshot

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Of a version without a date, as days.
UNDATED = 0


@dataclass(frozen=True)
class Columns:
    """Of versions, one a row: ``versions`` are their numbers, ascending; days are of the proleptic Gregorian calendar.

    A version's passages have the numbers from ``begins`` up to ``ends``. ``source`` numbers ``sources`` and ``tags``
    the sets of tags in ``tagged``. ``aside`` are the numbers of passages of side stories, ascending.
    """

    edition: int
    versions: Numbers
    articles: tuple[str, ...]
    first: Numbers
    last: Numbers
    source: Numbers
    sources: dict[bytes, int]
    tags: Numbers
    tagged: dict[tuple[str, ...], int]
    begins: Numbers
    ends: Numbers
    aside: Numbers

    @classmethod
    def at(cls, snapshot: Snapshot, edition: int, before: "Columns | None") -> "Columns":
        """All that one state of the store has; most of it is that of ``before``."""
        if before is None or before.edition != edition:
            none = np.empty(0, np.int64)
            before = cls(edition, none, (), none, none, none, {}, none, {}, none, none, none)
        after = int(before.versions[-1]) if len(before.versions) else 0
        rows = snapshot.filterable(edition, after)
        return before._with(rows, snapshot.side_stories(edition, int(before.ends.max(initial=0)))) if rows else before

    def _with(self, rows: list[Filterable], aside: Numbers) -> "Columns":
        sources, tagged = dict(self.sources), dict(self.tagged)
        source = [sources.setdefault(_key(row.source), len(sources)) for row in rows]
        tags = [tagged.setdefault(row.tags, len(tagged)) for row in rows]
        return Columns(
            self.edition,
            _more(self.versions, (row.version for row in rows)),
            (*self.articles, *(row.article for row in rows)),
            _more(self.first, (row.first or UNDATED for row in rows)),
            _more(self.last, (row.last or UNDATED for row in rows)),
            _more(self.source, source),
            sources,
            _more(self.tags, tags),
            tagged,
            _more(self.begins, (row.begins for row in rows)),
            _more(self.ends, (row.ends for row in rows)),
            np.union1d(self.aside, aside),
        )

    def allowed(self, filters: Filters) -> Numbers:
        """The numbers of the passages that the filters let through, ascending."""
        flags, published = self._let_through(filters), filters.published
        if published is not None:
            first, last = (day.toordinal() for day in published)
            flags &= (self.first != UNDATED) & (self.first <= last) & (self.last >= first)
        numbers = _between(self.begins[flags], self.ends[flags])
        if published is None or not len(self.aside):
            return numbers
        return numbers[~np.isin(numbers, self.aside, assume_unique=True)]

    def undated(self, filters: Filters) -> Numbers:
        """The first passage of each version without a date that all filters but for the date let through."""
        firsts: Numbers = self.begins[self._let_through(filters) & (self.first == UNDATED)]
        return firsts

    def _let_through(self, filters: Filters) -> Flags:
        flags = np.ones(len(self.versions), bool)
        if filters.source:
            flags &= np.isin(self.source, [self.sources.get(_key(one), -1) for one in filters.source])
        if filters.tags:
            flags &= np.isin(self.tags, [n for tags, n in self.tagged.items() if not {*tags}.isdisjoint(filters.tags)])
        if filters.article:
            wanted = {*filters.article}
            flags &= np.fromiter((article in wanted for article in self.articles), bool, len(flags))
        return flags


def _key(source: str | None) -> bytes:
    """What tells publishers apart: case does not, in ASCII, as in the store; none is like no other."""
    return b"\0" if source is None else source.encode().lower()


def _more(before: Numbers, rows: Iterable[int]) -> Numbers:
    return np.concatenate([before, np.fromiter(rows, np.int64)])


def _between(begins: Numbers, ends: Numbers) -> Numbers:
    lengths = ends - begins
    before = np.cumsum(lengths) - lengths
    numbers: Numbers = np.sort(np.arange(int(lengths.sum())) + np.repeat(begins - before, lengths))
    return numbers

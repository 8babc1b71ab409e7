"""Follows the store from state to state: what is new is opened, what is not is kept."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.errors import FolderDamaged
from index.lexical import WordIndex, WordsDamaged, WordSearcher
from index.state import Explained, Silenced, Spelling, State, Status
from index.store import Snapshot, Store
from index.vectors import Cells, Numbers, Segment, SegmentDamaged, Vectors, open_segment

NONE: Numbers = np.empty(0, np.int64)
# Cells are made anew for passages beyond them that are such a share of as many as are searched exactly.
BEYOND = 0.5


class States:
    """Follows the store: opens what is new in a folder's vectors and words, and keeps what is not."""

    def __init__(self, vectors: Path, words: Path, dimension: int, store: Store) -> None:
        self._vectors, self._words, self._dimension, self._store = vectors, words, dimension, store
        self._refreshing = threading.Lock()
        self._state: State | None = None
        self._cells: Cells | None = None
        self._exact_until = 0
        # By name: what has a name never changes but for what is added to words.
        self._segments: dict[str, Segment] = {}
        self._word_indexes: dict[str, WordIndex] = {}

    def at(self, snapshot: Snapshot) -> State | None:
        """The state of this snapshot; None where a write came between, and a new snapshot is needed.

        :raises FolderDamaged: vectors or words are missing or damaged.
        """
        generation = snapshot.generation()
        if self._state is None or self._state.status.generation < generation:
            with self._refreshing:
                if self._state is None or self._state.status.generation < generation:
                    self._state = self._refreshed(snapshot, generation) or self._state
        state = self._state
        return state if state is not None and state.status.generation == generation else None

    @property
    def cells(self) -> Cells | None:
        """Those by way of which is searched."""
        return self._cells

    @property
    def edition(self) -> int | None:
        """The number of the edition that answers; None where nothing was asked yet."""
        return None if self._state is None else self._state.edition

    def use(self, cells: Cells, exact_until: int) -> None:
        """Search by way of these cells from now on, while there are as many passages as ``exact_until``."""
        with self._refreshing:
            self._cells, self._exact_until = cells, exact_until
            if self._state is not None:
                vectors = self._reaching(self._state.vectors, self._state.status.passages)
                searched = vectors.without(self._state.silenced.wholly)
                self._state = replace(self._state, vectors=vectors, searched=searched)

    def wants_cells(self, exact_until: int) -> bool:
        """Whether so many passages are searched exactly that cells should be made for them."""
        state = self._state
        if state is None or state.status.passages < exact_until:
            return False
        reach = state.vectors.reach
        return reach is None or reach.count_beyond() > exact_until * BEYOND

    def _reaching(
        self, vectors: Vectors, passages: int, known: Vectors | None = None, removed: Numbers = NONE
    ) -> Vectors:
        return vectors.over(self._cells if passages >= self._exact_until else None, known, removed)

    def _refreshed(self, snapshot: Snapshot, generation: int) -> State | None:
        edition = snapshot.edition()
        known = self._state if self._state and self._state.edition == edition else None
        try:
            # The words hold all that lives when they are read: they fit if nothing was committed until then.
            words = self.words(snapshot, edition).searcher()
            if self._moved_on(generation):
                return None
            removed = snapshot.removed(known.status.generation + 1, generation) if known else NONE
            vectors = self._vectors_at(snapshot, edition, known, removed)
        except (SegmentDamaged, WordsDamaged) as error:
            if self._moved_on(generation):
                return None
            raise FolderDamaged(f"{error}; start again, or run `footnote reindex`, to have it made anew") from error
        if words.generation < generation:
            raise FolderDamaged(f"{self._words} is older than the store; start again to have it made anew")
        self._let_go(snapshot)
        return self._derived(snapshot, known, words, vectors, removed)

    def _derived(
        self,
        snapshot: Snapshot,
        known: State | None,
        words: WordSearcher,
        vectors: Vectors,
        removed: Numbers,
    ) -> State:
        """What costs as much as changed since, where an earlier state is known."""
        edition = snapshot.edition()
        silenced = Silenced.at(snapshot, edition, known)
        articles, passages = snapshot.count_articles(), self._passages(snapshot, known, removed)
        vectors = self._reaching(vectors, passages, None if known is None else known.vectors, removed)
        status = Status(snapshot.generation(), articles, passages, snapshot.newest_published_at())
        return State(
            edition,
            snapshot.axes(edition, self._dimension) if known is None else known.axes,
            vectors,
            vectors.without(silenced.wholly),
            silenced,
            words,
            Explained.at(snapshot, edition, articles, known),
            Spelling.at(words, passages, known),
            status,
            snapshot.next_passage(),
        )

    def _passages(self, snapshot: Snapshot, known: State | None, removed: Numbers) -> int:
        if known is None or known.vectors.count != known.status.passages:
            return snapshot.count_passages()
        left = len(known.vectors.live(removed))
        return known.status.passages - left + snapshot.count_passages(known.next_passage)

    def _moved_on(self, generation: int) -> bool:
        with self._store.reading() as now:
            return now.generation() != generation

    def _vectors_at(self, snapshot: Snapshot, edition: int, known: State | None, removed: Numbers) -> Vectors:
        """The edition's segments with their live rows."""
        segments = [self.segment(name) for name in snapshot.segments(edition)]
        if known is None:
            live = snapshot.live_numbers(edition)
            return Vectors(tuple((s, s.among(live)) for s in segments))
        held = known.vectors.by_name()
        # What a segment is written with lives: of one that is new since, only what was removed since does not.
        lived = (held[s.name][1] if s.name in held else np.ones(len(s.numbers), bool) for s in segments)
        return Vectors(tuple(zip(segments, lived, strict=True))).without(removed)

    def _let_go(self, snapshot: Snapshot) -> None:
        segments, words = snapshot.segments(), set(snapshot.words().values())
        self._segments = {name: segment for name, segment in self._segments.items() if name in segments}
        self._word_indexes = {name: index for name, index in self._word_indexes.items() if name in words}

    def let_go(self, segments: Iterable[str]) -> None:
        """Keep these segments open no longer than who searches them: most ingests never come to a new state."""
        for name in segments:
            self._segments.pop(name, None)

    def segment(self, name: str) -> Segment:
        """:raises SegmentDamaged: it can't be used."""
        segment = self._segments.get(name)
        if segment is None:
            segment = self._segments[name] = open_segment(self._vectors, name, self._dimension)
        return segment

    def words(self, snapshot: Snapshot, edition: int) -> WordIndex:
        """The word index of an edition.

        :raises WordsDamaged: it can't be used.
        """
        name = snapshot.words()[edition]
        index = self._word_indexes.get(name)
        if index is None:
            index = self._word_indexes[name] = WordIndex(self._words / name, snapshot.identity())
        return index

"""What is derived from the store, as of one generation of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from index.abbreviations import Abbreviation, Glossary
from index.lexical import WordSearcher
from index.spelling import Vocabulary, runs_of
from index.store import Snapshot
from index.vectors import Floats, Numbers, Vectors

# How much an archive may grow or shrink before it is looked at anew how it spells.
NEW_SPELLING = 0.05


@dataclass(frozen=True)
class Status:
    """What the index held at one generation, the count of its writes."""

    generation: int
    articles: int
    passages: int
    newest_published_at: str | None


@dataclass(frozen=True)
class State:
    """What is derived from the store, as of one generation.

    ``searched`` are the vectors of the passages that are found: not wholly furniture. ``next_passage`` is beyond all
    their numbers.
    """

    edition: int
    axes: Floats
    vectors: Vectors
    searched: Vectors
    silenced: "Silenced"
    words: WordSearcher
    explained: "Explained"
    spelling: "Spelling"
    status: Status
    next_passage: int

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.words.documents_written, self.words.written, self.spelling.runs)


@dataclass(frozen=True)
class Silenced:
    """The marks on passages: ``marks`` has a byte for each sentence of one that is furniture in part or wholly.

    ``wholly`` are the numbers of those that are furniture and nothing else, ascending.
    """

    marks: Mapping[int, bytes]
    wholly: Numbers

    @classmethod
    def at(cls, snapshot: Snapshot, edition: int, known: "State | None") -> "Silenced":
        """Those on the edition's passages, with some that lie on none any longer; most of them are ``known``."""
        if known is None:
            marks = snapshot.repeats.marks(edition)
            return cls(marks, _wholly(marks))
        before, changed = known.silenced, snapshot.repeats.marked(known.status.generation + 1, snapshot.generation())
        if not changed:
            return before
        marks = {**before.marks, **changed}
        for number in [number for number, flags in changed.items() if not flags]:
            del marks[number]
        others = np.setdiff1d(before.wholly, np.array([*changed], np.int64), assume_unique=True)
        return cls(marks, np.union1d(others, _wholly(changed)))


def _wholly(marks: Mapping[int, bytes]) -> Numbers:
    return np.array(sorted(number for number, flags in marks.items() if flags and all(flags)), np.int64)


@dataclass(frozen=True)
class Explained:
    """The publishers of an archive and the abbreviations that it explains, up to the version that came last."""

    version: int
    sources: tuple[str, ...]
    abbreviations: dict[Abbreviation, None]
    glossary: Glossary

    @classmethod
    def at(cls, snapshot: Snapshot, edition: int, articles: int, known: "State | None") -> "Explained":
        """What one state of the store has, that of so many articles; most of it is ``known``."""
        version = snapshot.newest_version()
        if known is None:
            return cls._of(version, snapshot.sources(), {}, snapshot.abbreviations(edition))
        before = known.explained
        sources = {*before.sources, *snapshot.sources(before.version)}
        if before._lost_any(snapshot, articles, known):
            return cls._of(version, snapshot.still_sources(sources), {}, snapshot.abbreviations(edition))
        more = [pair for pair in snapshot.abbreviations(edition, before.version) if pair not in before.abbreviations]
        if more:
            return cls._of(version, sources, before.abbreviations, more)
        return replace(before, version=version, sources=tuple(sorted(sources)))

    def _lost_any(self, snapshot: Snapshot, articles: int, known: "State") -> bool:
        """Whether articles went or were replaced since."""
        return articles != known.status.articles + snapshot.came_after(self.version)

    @classmethod
    def _of(
        cls,
        version: int,
        sources: Iterable[str],
        before: Mapping[Abbreviation, None],
        more: Iterable[tuple[str, str]],
    ) -> "Explained":
        abbreviations = {**before, **dict.fromkeys(Abbreviation(*pair) for pair in more)}
        return cls(version, tuple(sorted(sources)), abbreviations, Glossary(abbreviations))


@dataclass(frozen=True)
class Spelling:
    """How the archive's words are spelt, as of so many passages."""

    passages: int
    runs: frozenset[str]

    @classmethod
    def at(cls, words: WordSearcher, passages: int, known: "State | None") -> "Spelling":
        """How so many passages spell: as is ``known``, where they are nearly as many."""
        if known and abs(passages - known.spelling.passages) <= NEW_SPELLING * known.spelling.passages:
            return known.spelling
        return cls(passages, runs_of(words.written()))

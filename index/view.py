"""One whole state of an index: a state of the store, with the vectors and words that fit it."""

import logging
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from index.abbreviations import Abbreviation, Glossary
from index.compression import cosines, products
from index.embedding import Encoder
from index.errors import FolderDamaged
from index.filtering import Columns
from index.lexical import WordIndex, WordsDamaged, WordSearcher
from index.ranking import rarity
from index.records import Article, Facts, Filters, Period
from index.spelling import Vocabulary, runs_of
from index.store import Kept, Snapshot, Store
from index.vectors import Cells, Floats, Numbers, Segment, SegmentDamaged, Vectors, open_segment

logger = logging.getLogger(__name__)

NONE: Numbers = np.empty(0, np.int64)
CACHED_CHARACTERS = 16_000_000
# An archive of as many passages keeps in memory what filters ask for; of how many filters the result is kept.
IN_COLUMNS, FILTERS = 20_000, 16
# Cells are made anew for passages beyond them that are such a share of as many as are searched exactly.
BEYOND = 0.5
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


class Versions:
    """Texts of articles lately read. A version never changes, so it is good for every state that names it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.damage: dict[str, None] = {}
        self._cache: LRUCache[int, Article] = LRUCache(CACHED_CHARACTERS, getsizeof=lambda article: len(article.text))

    def tell(self, damage: str) -> None:
        """Log what was met that is damaged, once each."""
        if damage not in self.damage:
            self.damage[damage] = None
            logger.error("%s", damage)

    def get(self, snapshot: Snapshot, number: int) -> Article:
        with self._lock:
            cached = self._cache.get(number)
        if cached is not None:
            return cached
        article = snapshot.version(number)
        if len(article.text) <= CACHED_CHARACTERS:
            with self._lock:
                self._cache[number] = article
        return article


class Filtered:
    """What filters let through of the states lately asked; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._columns: Columns | None = None
        self._allowed: LRUCache[tuple[int, Filters], Numbers] = LRUCache(FILTERS)

    def allowed(self, snapshot: Snapshot, state: State, filters: Filters) -> Numbers:
        key = state.status.generation, filters
        with self._lock:
            if key not in self._allowed:
                self._allowed[key] = self._let_through(snapshot, state, filters)
            return self._allowed[key]

    def _let_through(self, snapshot: Snapshot, state: State, filters: Filters) -> Numbers:
        if state.status.passages < IN_COLUMNS or filters.article:
            found = snapshot.allowed(filters)
            return NONE if found is None else found
        return self._columns_at(snapshot, state).allowed(filters)

    def undated(self, snapshot: Snapshot, state: State, filters: Filters) -> int:
        if state.status.passages < IN_COLUMNS:
            return snapshot.undated(filters)
        with self._lock:
            firsts = self._columns_at(snapshot, state).undated(filters)
        return len(state.vectors.live(firsts))

    def _columns_at(self, snapshot: Snapshot, state: State) -> Columns:
        self._columns = Columns.at(snapshot, state.edition, self._columns)
        return self._columns


class View:
    """One whole state of an index. Good for one thread, inside the ``with`` that made it."""

    def __init__(
        self, snapshot: Snapshot, state: State, versions: Versions, filtered: Filtered, encoder: Encoder
    ) -> None:
        """``encoder`` is what made the vectors of this state, and makes those of questions to it."""
        self._snapshot, self._state, self._versions, self._filtered = snapshot, state, versions, filtered
        self.encoder = encoder
        self._nearest = NONE
        # By the terms and, behind an empty one, those that may stand in: what was measured by them lately.
        self._scored = dict[tuple[str, ...], tuple[Numbers, Floats]]()
        self.status, self.sources = state.status, state.explained.sources

    @property
    def vocabulary(self) -> Vocabulary:
        """The archive's words as they are written, and in how many passages each stands."""
        return self._state.vocabulary

    @property
    def glossary(self) -> Glossary:
        """Abbreviations that the archive explains or general English knows."""
        return self._state.explained.glossary

    def allowed(self, filters: Filters) -> Numbers | None:
        """The numbers of the passages that the filters let through, ascending; None for all.

        There may be some among them that are passages of this state no longer.
        """
        if filters == Filters():
            return None
        return self._filtered.allowed(self._snapshot, self._state, filters)

    def undated(self, filters: Filters) -> int:
        """How many articles the filters' date leaves out because they have none."""
        return self._filtered.undated(self._snapshot, self._state, filters)

    def nearest(self, question: Floats, k: int, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """The ``k`` passages nearest to a question's vector, best first: numbers and inner products."""
        found = self._state.searched.nearest(question, k, allowed)
        self._nearest = np.union1d(self._nearest, found[0])
        return found

    def matching(
        self,
        terms: Sequence[str],
        k: int,
        allowed: Numbers | None = None,
        others: Sequence[str] = (),
        dated: Sequence[Sequence[str]] = (),
    ) -> tuple[Numbers, Floats]:
        """The ``k`` passages whose words match best, best first: numbers and BM25 scores.

        ``others`` may stand in for some of the terms, and count less; a passage's dates have one term of
        each group of ``dated``. Of a large archive what was found nearest before is measured along with these: its
        scores will be asked for.
        """
        asked, words = k, self._state.words
        while True:
            likely = words.likely(terms, asked, allowed, others, dated)
            if likely is None:
                numbers, scores = words.matching(terms, asked, allowed, others, dated)
            else:
                numbers, scores = self._measured(terms, np.union1d(likely, self._nearest), others)
                best = np.flatnonzero(np.isin(numbers, likely))[:asked]
                numbers, scores = numbers[best], scores[best]
            live = np.isin(numbers, self.found(numbers))
            if np.count_nonzero(live) >= k or len(numbers) < asked:
                return numbers[live][:k], scores[live][:k]
            # Words of passages that live no longer are forgotten a write later, those of furniture are there to be
            # found should it cease to be: they must not take the others' place.
            asked *= 4

    def terms(self, text: str) -> list[str]:
        """The distinct words of a text, as the word index knows them."""
        return self._state.words.terms(text)

    def products(self, question: Floats, numbers: Numbers) -> Floats:
        """Inner products of a question's vector with these passages', shape (numbers,)."""
        return self._state.vectors.products(question, numbers)

    def sentences(self, numbers: Numbers) -> tuple[Floats, Numbers]:
        """The sentence vectors of these passages, one passage's after another, and where each one's end.

        Of furniture they are 0, like nothing.
        """
        vectors, ends = self._state.vectors.sentences(numbers)
        for number, start, _ in self._marked(numbers, ends):
            vectors[[start + place for place in self.furniture(number)]] = 0
        return vectors, ends

    def token_products(self, question: Floats, numbers: Numbers) -> tuple[Floats, NDArray[np.int16], Numbers]:
        """How like each token of these passages is to each of a question's, shape (tokens, question tokens).

        With them the sentence of its passage that each token stands in, and where each passage's tokens end. Tokens of
        furniture are like nothing.
        """
        codes, owners, ends = self._state.vectors.tokens(numbers)
        return self._silenced(products(codes, question, self._state.axes), owners, ends, numbers), owners, ends

    def token_cosines(self, question: Floats, numbers: Numbers) -> tuple[Floats, NDArray[np.int16], Numbers]:
        """As ``token_products``, of tokens of one length: how like two are then does not depend on what they are."""
        codes, owners, ends = self._state.vectors.tokens(numbers)
        return self._silenced(cosines(codes, question, self._state.axes), owners, ends, numbers), owners, ends

    def _silenced(self, likeness: Floats, owners: NDArray[np.int16], ends: Numbers, numbers: Numbers) -> Floats:
        for number, start, end in self._marked(numbers, ends):
            likeness[start:end][np.isin(owners[start:end], [*self.furniture(number)])] = 0
        return likeness

    def _marked(self, numbers: Numbers, ends: Numbers) -> Iterator[tuple[int, int, int]]:
        """Of these passages those with marks, each with where its rows begin and end."""
        stretches = zip(numbers.tolist(), pairwise([0, *ends.tolist()]), strict=True)
        return ((number, *rows) for number, rows in stretches if number in self._state.silenced.marks)

    def furniture(self, number: int) -> frozenset[int]:
        """The numbers of the sentences of a passage that are furniture."""
        return frozenset(i for i, flag in enumerate(self._state.silenced.marks.get(number, b"")) if flag)

    def found(self, numbers: Numbers) -> Numbers:
        """Those of the numbers that are passages of this state and not wholly furniture, in their order."""
        return self._state.searched.live(numbers)

    def live(self, numbers: Numbers) -> Numbers:
        """Those of the numbers that are passages of this state, in their order."""
        return self._state.vectors.live(numbers)

    def unheld(self) -> Numbers:
        """The numbers of live passages that have no vectors."""
        live = self._snapshot.live_numbers(self._state.edition)
        return self._state.vectors.lacking(live)

    def word_scores(self, terms: Sequence[str], numbers: Numbers, others: Sequence[str] = ()) -> Floats:
        """BM25 scores of these passages, ``numbers`` ascending; 0 where no word matches."""
        known, scores = self._scored.get((*terms, "", *others), (NONE, np.empty(0, np.float32)))
        at = np.searchsorted(known, numbers)
        is_known = np.append(known, -1)[at] == numbers
        out = np.zeros(len(numbers), np.float32)
        out[is_known] = scores[at[is_known]]
        found, scores = self._state.words.measured(terms, numbers[~is_known], others)
        out[np.searchsorted(numbers, found)] = scores
        return out

    def _measured(self, terms: Sequence[str], numbers: Numbers, others: Sequence[str]) -> tuple[Numbers, Floats]:
        """Those of some passages, ascending, that match, best first; of all of them the scores are remembered."""
        found, scores = self._state.words.measured(terms, numbers, others)
        every = np.zeros(len(numbers), np.float32)
        every[np.searchsorted(numbers, found)] = scores
        self._scored[*terms, "", *others] = numbers, every
        return found, scores

    def rarities(self, words: Sequence[str]) -> Floats:
        """How rare each of these words is among the passages, shape (words,)."""
        return self.term_rarities([self.terms(word) for word in words])

    def term_rarities(self, words: Sequence[Collection[str]]) -> Floats:
        """The same of words whose terms are known."""
        found = [max((self._state.words.documents_with(t) for t in terms), default=0) for terms in words]
        return rarity(np.array(found, np.int64), self.status.passages)

    def passages(self, numbers: Numbers) -> dict[int, Kept]:
        """The passages with these numbers; what is no passage of this state is left out."""
        return self._snapshot.passages(numbers.tolist())

    def quoted(self, kept: Kept | None) -> Article | None:
        """The article that a passage quotes; None where either is not what was stored, which is told."""
        try:
            article = self.version(kept.version) if kept else None
        except FolderDamaged as fault:
            self._versions.tell(str(fault))
            return None
        if kept is None or article is None or kept.passage.id(article) != kept.id:
            self._versions.tell(
                "a passage is not what was stored: `footnote check` says which, `footnote reindex` mends it"
            )
            return None
        return article

    def before(self, kept: Kept) -> Kept | None:
        """The passage that comes next before this one in its article, None where it is the first."""
        return self._snapshot.before(kept)

    def days_told(self, kept: Kept) -> list[Period]:
        """The days that the article of a passage speaks of, wherever in it."""
        passages = self._snapshot.passages_of(kept.version, kept.edition).values()
        return [said.period for one in passages for said in one.passage.times]

    def likeness(self, numbers: Numbers) -> Floats:
        """How like each of these passages is to each other, shape (numbers, numbers)."""
        return self._state.vectors.likeness(numbers)

    def facts(self, numbers: Numbers) -> list[Facts]:
        """Publisher, days of publication and days spoken of, for each of these passages of this state."""
        found = self._snapshot.facts(numbers.tolist())
        return [found[number] for number in numbers.tolist()]

    def version(self, number: int) -> Article:
        """The text that a passage is a passage of."""
        return self._versions.get(self._snapshot, number)


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

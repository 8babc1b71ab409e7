"""One whole state of an index: a state of the store, with the vectors and words that fit it."""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from index.abbreviations import Glossary
from index.compression import cosines, products
from index.embedding import Encoder
from index.errors import FolderDamaged
from index.filtering import Columns
from index.lexical import Sought
from index.ranking import rarity
from index.records import Article, Facts, Filters, Period
from index.spelling import Vocabulary
from index.state import State
from index.store import Kept, Snapshot
from index.vectors import Floats, Numbers

logger = logging.getLogger(__name__)

NONE: Numbers = np.empty(0, np.int64)
CACHED_CHARACTERS = 16_000_000
# An archive of as many passages keeps in memory what filters ask for; of how many filters the result is kept.
IN_COLUMNS, FILTERS = 20_000, 16


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
    """One whole state of an index. Good for one thread, inside the ``with`` that made it.

    Beside it another may search by words, which needs nothing of the store.
    """

    def __init__(
        self, snapshot: Snapshot, state: State, versions: Versions, filtered: Filtered, encoder: Encoder
    ) -> None:
        """``encoder`` is what made the vectors of this state, and makes those of questions to it."""
        self._snapshot, self._state, self._versions, self._filtered = snapshot, state, versions, filtered
        self.encoder = encoder
        # Of what was searched for by words, the best, ascending: their scores will be asked for.
        self._scored = dict[Sought, tuple[Numbers, Floats]]()
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
        return self._state.searched.nearest(question, k, allowed)

    def matching(self, sought: Sought, k: int, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """The ``k`` passages whose words match best, best first: numbers and BM25 scores."""
        asked = k
        while True:
            numbers, scores = self._state.words.matching(sought, asked, allowed)
            if not sought.dated:
                self._remember(sought, numbers, scores)
            live = np.isin(numbers, self.found(numbers))
            if np.count_nonzero(live) >= k or len(numbers) < asked:
                return numbers[live][:k], scores[live][:k]
            # Words of passages that live no longer are forgotten a write later, those of furniture are there to be
            # found should it cease to be: they must not take the others' place.
            asked *= 4

    def _remember(self, sought: Sought, numbers: Numbers, scores: Floats) -> None:
        ascending = np.argsort(numbers)
        self._scored[sought] = numbers[ascending], scores[ascending]

    def terms(self, text: str) -> tuple[str, ...]:
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

    def word_scores(self, sought: Sought, numbers: Numbers) -> Floats:
        """BM25 scores of these passages, ``numbers`` ascending; 0 where no word matches."""
        known, scores = self._scored.get(sought, (NONE, np.empty(0, np.float32)))
        at = np.searchsorted(known, numbers)
        is_known = np.append(known, -1)[at] == numbers
        out = np.zeros(len(numbers), np.float32)
        out[is_known] = scores[at[is_known]]
        found, scores = self._state.words.measured(sought, numbers[~is_known])
        out[np.searchsorted(numbers, found)] = scores
        return out

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

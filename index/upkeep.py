"""What makes vectors and words again from the store: verbs for the story of `rebuild`, each a short write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.embedding import Encoded
from index.folder import Index, Prepared
from index.lexical import WordIndex, Words, WordsDamaged
from index.records import Article, Passage
from index.store import Snapshot
from index.vectors import Row, SegmentDamaged, open_segment


@dataclass(frozen=True)
class Unseen:
    """A passage without vectors."""

    number: int
    article: Article
    passage: Passage


class Upkeep:
    """An index, as seen by who mends it."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def is_other(self) -> bool:
        """Whether the index was made with another model or other settings than it is open with."""
        with self._index.write() as transaction:
            return transaction.made_by(transaction.edition()) != self._index.made_by

    def drop_damaged_vectors(self) -> int:
        """Let go of segments that can't be used, and say how many."""
        with self._index.write() as transaction:
            damaged = [name for name in transaction.segments(transaction.edition()) if not self._opens(name)]
            for name in damaged:
                transaction.drop_segment(name)
            if damaged:
                transaction.advance(transaction.generation() + 1)
                self._index.mark_words(transaction, transaction.generation())
        return len(damaged)

    def _opens(self, name: str) -> bool:
        try:
            open_segment(self._index.vectors_folder, name, self._index.encoder.dimension)
        except SegmentDamaged:
            return False
        return True

    def unseen(self, limit: int) -> list[Unseen]:
        """Up to ``limit`` passages that no segment holds."""
        with self._index.read() as snapshot:
            numbers = self._unheld(snapshot)[:limit]
            kept = snapshot.passages(numbers.tolist()).values()
            articles = {version: snapshot.version(version) for version in {k.version for k in kept}}
            return [Unseen(k.number, articles[k.version], k.passage) for k in kept]

    def _unheld(self, snapshot: Snapshot) -> "np.typing.NDArray[np.int64]":
        live = snapshot.live_numbers(snapshot.edition())
        for name in snapshot.segments(snapshot.edition()):
            segment = open_segment(self._index.vectors_folder, name, self._index.encoder.dimension)
            live = np.setdiff1d(live, segment.numbers, assume_unique=True)
        return live

    def give_vectors(self, encoded: Mapping[int, Encoded]) -> None:
        """Vectors of passages by number; those that went meanwhile are passed over."""
        with self._index.write() as transaction:
            generation = transaction.generation() + 1
            wanted = set(self._unheld(transaction).tolist())
            rows = [Row(n, e.passage, e.sentences) for n, e in encoded.items() if n in wanted]
            self._index.add_vectors(transaction, transaction.edition(), rows, generation)
            self._index.mark_words(transaction, generation)
            transaction.advance(generation)

    def words_are_whole(self) -> bool:
        """Whether the word index is there and as new as the store."""
        with self._index.read() as snapshot:
            try:
                words = WordIndex(self._index.words_folder, snapshot.identity()).searcher()
            except WordsDamaged:
                return False
            return words.generation >= snapshot.generation()

    def make_words(self) -> None:
        """Make the word index anew from the store."""
        with self._index.write() as transaction:
            WordIndex.make(
                self._index.words_folder, transaction.identity(), self._all_words(transaction), transaction.generation()
            )
            self._index.reopen_words()

    def _all_words(self, snapshot: Snapshot) -> Iterator[Words]:
        for version in snapshot.current_versions():
            article = snapshot.version(version)
            for number, kept in snapshot.passages_of(version, snapshot.edition()).items():
                yield Words(number, self._index.context(article, kept.passage), kept.passage.span.of(article.text))

    def begin_edition(self) -> int:
        """The edition to fill for what the index is open with: an unfinished one, or a new one."""
        with self._index.write() as transaction:
            return transaction.unfinished_edition(self._index.made_by) or transaction.add_edition(self._index.made_by)

    def lacking(self, edition: int, limit: int) -> list[Article]:
        """Up to ``limit`` articles that the edition does not have yet."""
        with self._index.read_any() as snapshot:
            return [snapshot.version(number) for number in snapshot.versions_without(edition, limit)]

    def extend(self, edition: int, batch: Sequence[Prepared]) -> None:
        """Put articles into an edition that does not answer yet."""
        with self._index.write() as transaction:
            generation = transaction.generation() + 1
            self._index.add_passages(transaction, edition, batch, generation)
            transaction.advance(generation)

    def answer_with(self, edition: int) -> bool:
        """Let an edition answer from now on; False where it lacks an article."""
        with self._index.write() as transaction:
            if transaction.versions_without(edition, 1):
                return False
            generation = transaction.generation() + 1
            transaction.answer_with(edition, generation)
            self._index.mark_words(transaction, generation)
            transaction.advance(generation)
            return True

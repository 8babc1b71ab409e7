"""What makes vectors and words again from the store: verbs for the story of `rebuild`, each a short write."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index import marking
from index.embedding import Encoded
from index.errors import FolderHeld
from index.folder import Index
from index.lexical import Words, WordsDamaged
from index.marking import Outlined
from index.prepared import Prepared, row, words
from index.records import Article, Passage
from index.store import Numbers, Snapshot, Transaction
from index.vectors import SegmentDamaged

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unseen:
    """A passage without vectors."""

    number: int
    article: Article
    passage: Passage


@dataclass(frozen=True)
class Uncounted:
    """A version whose paragraphs are not counted, with its passages in order."""

    version: int
    article: Article
    passages: tuple[Passage, ...]


class Upkeep:
    """An index, as seen by who mends it. What is whole is seen to be so without keeping writers waiting."""

    def __init__(self, index: Index, thorough: bool = True) -> None:
        """Where it is ``thorough``, every byte is held against its checksum; else only what can't be opened is seen."""
        self._index, self._thorough = index, thorough

    def refuse_other(self) -> None:
        """:raises IndexMismatch: the folder was made with another model or other settings."""
        with self._index.read():
            pass

    def mend_words(self) -> None:
        """Make words anew that can't be used or lack a passage."""
        with self._index.read_any() as snapshot:
            if not self._poor_words(snapshot):
                return
        with self._index.write() as transaction:
            generation = transaction.generation() + 1
            poor = self._poor_words(transaction)
            for edition in poor:
                logger.warning("words/%s can't be used: they are made again", transaction.words()[edition])
                words = self._words(transaction, edition)
                name = self._index.derived.make_words(transaction, str(edition), words, generation)
                transaction.use_words(edition, name)
            if transaction.edition() not in poor:
                self._index.derived.write_words(transaction, transaction.edition(), (), generation)
            transaction.advance(generation)

    def _poor_words(self, snapshot: Snapshot) -> list[int]:
        return [edition for edition in snapshot.words() if not self._words_are_whole(snapshot, edition)]

    def _words_are_whole(self, snapshot: Snapshot, edition: int) -> bool:
        try:
            words = self._index.derived.checked_words(snapshot, edition, self._thorough).searcher()
        except WordsDamaged:
            return False
        is_new = edition != snapshot.edition() or words.generation >= snapshot.generation()
        return is_new and bool(np.isin(snapshot.live_numbers(edition), words.numbers()).all())

    def _words(self, snapshot: Snapshot, edition: int) -> Iterator[Words]:
        for version in snapshot.current_versions():
            article = snapshot.version(version)
            for number, kept in snapshot.passages_of(version, edition).items():
                yield words(number, self._index.context(article, kept.passage), article, kept.passage)

    def drop_damaged_vectors(self) -> None:
        """Let go of segments that can't be used."""
        with self._index.read_any() as snapshot:
            if not self._damaged(snapshot, self._index.give_way):
                return
        with self._index.write() as transaction:
            for name in self._damaged(transaction):
                logger.warning("vectors/%s is damaged: it is made again, until when others answer", name)
                transaction.drop_segment(name)
            self._advance(transaction)

    def _damaged(self, snapshot: Snapshot, between: Callable[[], None] = lambda: None) -> list[str]:
        """Of the editions that the index is open with: what another model made can't be judged."""
        ours = [edition for edition in snapshot.words() if snapshot.made_by(edition) == self._index.made_by]
        return [name for edition in ours for name in snapshot.segments(edition) if not self._opens(name, between)]

    def _opens(self, name: str, between: Callable[[], None]) -> bool:
        try:
            self._index.derived.segment(name)
        except SegmentDamaged:
            return False
        return not self._thorough or self._index.derived.is_whole(name, between)

    def unseen(self, limit: int) -> list[Unseen]:
        """Up to ``limit`` passages that no segment holds."""
        with self._index.view() as view:
            kept = view.passages(view.unheld()[:limit]).values()
            return [Unseen(k.number, view.version(k.version), k.passage) for k in kept]

    def _unheld(self, snapshot: Snapshot) -> Numbers:
        edition = snapshot.edition()
        held = [self._index.derived.segment(name).numbers for name in snapshot.segments(edition)]
        return np.setdiff1d(snapshot.live_numbers(edition), np.concatenate([np.empty(0, np.int64), *held]))

    def give_vectors(self, encoded: Mapping[int, Encoded]) -> None:
        """Vectors of passages by number; those that went meanwhile are passed over."""
        with self._index.write() as transaction:
            self._index.check(transaction)
            edition = transaction.edition()
            wanted = set(self._unheld(transaction).tolist())
            axes = transaction.axes(edition, self._index.encoder.dimension)
            rows = [row(n, e, axes) for n, e in encoded.items() if n in wanted]
            self._index.derived.add_vectors(transaction, edition, rows, transaction.generation() + 1)
            self._advance(transaction)

    def uncounted(self, limit: int) -> list[Uncounted]:
        """Up to ``limit`` articles whose paragraphs are not counted yet: an earlier Footnote took them in."""
        with self._index.read_any() as snapshot:
            versions = snapshot.repeats.lacking(limit)
            return [Uncounted(v, snapshot.version(v), self._passages(snapshot, v)) for v in versions]

    def _passages(self, snapshot: Snapshot, version: int) -> tuple[Passage, ...]:
        kept = snapshot.passages_of(version, snapshot.edition()).values()
        return tuple(sorted((one.passage for one in kept), key=lambda passage: passage.span))

    def count(self, batch: Sequence[Outlined]) -> None:
        """Count the paragraphs of articles; those that went meanwhile are passed over."""
        with self._index.write() as transaction:
            current = [one for one in batch if transaction.repeats.is_current(one.version)]
            marking.enter(transaction, current, transaction.generation() + 1)
            self._advance(transaction)

    def begin_edition(self) -> int:
        """The edition to fill for what the index is open with: an unfinished one, or a new one."""
        with self._index.write() as transaction:
            edition = transaction.unfinished_edition(self._index.made_by)
            if edition is None:
                edition = self._index.derived.add_edition(transaction, transaction.generation() + 1)
                self._advance(transaction)
            return edition

    def lacking(self, edition: int, limit: int) -> Iterator[list[Article]]:
        """The articles that an edition does not have when this begins, up to ``limit`` at a time.

        What is written meanwhile is not among them: there might be no end of it.
        """
        with self._index.read_any() as snapshot:
            newest = snapshot.newest_version()
        numbers = [0]
        while True:
            with self._index.read_any() as snapshot:
                numbers = [n for n in snapshot.uncut(edition, numbers[-1], limit) if n <= newest]
                articles = [snapshot.version(number) for number in numbers]
            if not articles:
                return
            yield articles

    def extend(self, edition: int, batch: Sequence[Prepared]) -> None:
        """Put articles into an edition that does not answer yet.

        :raises FolderHeld: another one was made to answer meanwhile.
        """
        with self._index.write() as transaction:
            self._refuse_gone(transaction, edition)
            self._index.add_passages(transaction, edition, batch, transaction.generation() + 1)
            self._advance(transaction)

    def answer_with(self, edition: int, few: int, prepared: Callable[[Sequence[Article]], Sequence[Prepared]]) -> bool:
        """Let an edition answer from now on; False where it lacks more than a ``few`` articles.

        So few are ``prepared`` while writers wait: who writes without a pause would always be one article ahead.

        :raises FolderHeld: another one was made to answer meanwhile.
        """
        with self._index.write() as transaction:
            self._refuse_gone(transaction, edition)
            lacking = transaction.uncut(edition, 0, few + 1)
            if len(lacking) > few:
                return False
            generation = transaction.generation() + 1
            if lacking:
                articles = [transaction.version(number) for number in lacking]
                self._index.add_passages(transaction, edition, prepared(articles), generation)
            transaction.answer_with(edition, generation)
            self._advance(transaction)
            return True

    def _refuse_gone(self, transaction: Transaction, edition: int) -> None:
        if transaction.made_by(edition) is None:
            raise FolderHeld(f"another `footnote reindex` of {self._index.path} was done first: run it again")

    def _advance(self, transaction: Transaction) -> None:
        """Make this a write that questions take notice of."""
        generation = transaction.generation() + 1
        self._index.derived.write_words(transaction, transaction.edition(), (), generation)
        transaction.advance(generation)

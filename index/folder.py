"""One data folder: the store, the vectors and the words, opened together.

    store.sqlite    the truth
    vectors/        segments of vectors, made from it
    words/          the word index, made from it

A write puts vectors and words in place first and commits the store last, so all that the store names is there; what no
longer counts is cleared away after that.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from index.embedding import Encoded, Encoder
from index.errors import FolderDamaged, FolderHeld, IndexMismatch
from index.lexical import WordIndex, Words, WordsDamaged
from index.records import Article, Passage
from index.store import Snapshot, Store, Transaction
from index.vectors import Row, SegmentDamaged, open_segment, sweep, to_join, write_segment
from index.view import States, Status, Versions, View

Outcome = Literal["added", "replaced", "unchanged"]

# A view is begun anew when a write comes between its parts, which are read far faster than written.
ATTEMPTS = 50


@dataclass(frozen=True)
class Prepared:
    """An article cut into passages, with what is searched of each."""

    article: Article
    passages: tuple[Passage, ...]
    contexts: tuple[str, ...]
    encoded: tuple[Encoded, ...]


@dataclass(frozen=True)
class Citation:
    """A passage in the text that it was cited from; ``current`` if that is still the article's text."""

    article: Article
    passage: Passage
    current: bool


class Index:
    """An open data folder. Safe to use from many threads, and beside other processes on the same folder."""

    def __init__(
        self,
        path: Path,
        encoder: Encoder,
        made_by: Mapping[str, object],
        context: Callable[[Article, Passage], str],
        lock_timeout: float,
    ) -> None:
        """Open the folder at ``path``, made if it is not there, to be read and written by one encoder.

        ``made_by`` says what shapes passages and vectors; ``context`` what is searched with a passage; ``lock_timeout``
        bounds, in seconds, the wait for a writer.

        :raises FolderDamaged: the store can't be read.
        :raises FolderHeld: another writer kept the folder for too long.
        """
        path.mkdir(parents=True, exist_ok=True)
        self.path, self.encoder, self.made_by, self.context = path, encoder, dict(made_by), context
        self.vectors_folder, self.words_folder = path / "vectors", path / "words"
        self._store = Store(path / "store.sqlite", lock_timeout)
        self._states = States(self.vectors_folder, self.words_folder, encoder.dimension, self._store)
        self._versions, self._writing = Versions(), threading.Lock()
        with self._store.reading() as snapshot:
            new = snapshot.made_by(snapshot.edition()) is None
        if new:
            self._begin()

    def _begin(self) -> None:
        with self.write() as transaction:
            if transaction.made_by(transaction.edition()) is None:
                transaction.add_edition(self.made_by)
                WordIndex.make(self.words_folder, transaction.identity(), (), transaction.generation())

    def close(self) -> None:
        """Let go of the folder."""
        self._store.close()

    def check(self, snapshot: Snapshot) -> None:
        """:raises IndexMismatch: the folder was made with another model or other settings."""
        made_by = snapshot.made_by(snapshot.edition()) or {}
        differences = [
            f"{key} {made_by.get(key)!r}, which is now {value!r}"
            for key, value in self.made_by.items()
            if made_by.get(key) != value
        ]
        if differences:
            raise IndexMismatch(f"{self.path} was made with {', '.join(differences)}: run `footnote reindex`")

    def read_any(self) -> AbstractContextManager[Snapshot]:
        """One state of the store alone, whatever made it."""
        return self._store.reading()

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """One state of the store alone.

        :raises IndexMismatch: the folder was made with another model or other settings.
        """
        with self._store.reading() as snapshot:
            self.check(snapshot)
            yield snapshot

    @contextmanager
    def view(self) -> Iterator[View]:
        """The newest whole state.

        :raises FolderDamaged: vectors or words can't be used.
        :raises IndexMismatch: the folder was made with another model or other settings.
        """
        for _ in range(ATTEMPTS):
            with self.read() as snapshot:
                state = self._states.at(snapshot)
                if state is not None:
                    yield View(snapshot, state, self._versions)
                    return
        raise FolderHeld(f"{self.path} changed faster than it could be read")

    def status(self) -> Status:
        with self.view() as view:
            return view.status

    def article(self, id: str) -> Article:
        """:raises NotFound: there is none, or no longer."""
        with self.read() as snapshot:
            return snapshot.article(id)

    def articles(self, after: str, limit: int) -> list[tuple[Article, str]]:
        """Articles by id from beyond ``after``, with an empty ``text``, each with the sha256 of its text."""
        with self.read() as snapshot:
            return snapshot.articles(after, limit)

    def citation(self, id: str) -> Citation:
        """:raises NotFound: no passage was ever cited so, or its article is deleted."""
        with self.read() as snapshot:
            kept = snapshot.cited(id)
            article = snapshot.version(kept.version)
            return Citation(article, kept.passage, snapshot.article(article.id).sha256 == article.sha256)

    def is_current(self, article: Article) -> bool:
        """Whether the archive has just this article already."""
        with self.read() as snapshot:
            current = snapshot.current(article.id)
        return current is not None and current.fingerprint == article.fingerprint

    def put(self, batch: Sequence[Prepared]) -> list[Outcome]:
        """Take articles in, in one step: when this returns they are on disk and found by every later question.

        :raises FolderHeld: another writer kept the folder for too long.
        """
        removed: list[int] = []
        with self.write() as transaction:
            self.check(transaction)
            generation, edition = transaction.generation() + 1, transaction.edition()
            outcomes = [self._put(transaction, item, generation, removed) for item in batch]
            changed = [item for item, outcome in zip(batch, outcomes, strict=True) if outcome != "unchanged"]
            if changed:
                self.add_passages(transaction, edition, changed, generation)
                transaction.advance(generation)
        self._forget(removed)
        return outcomes

    def _put(self, transaction: Transaction, item: Prepared, generation: int, removed: list[int]) -> Outcome:
        current = transaction.current(item.article.id)
        if current is not None and current.fingerprint == item.article.fingerprint:
            return "unchanged"
        outcome: Outcome = "added" if current is None else "replaced"
        old = transaction.all_passages_of(item.article.id)
        transaction.remove_passages(old, generation)
        removed += old
        transaction.put(item.article, generation)
        transaction.record(generation, item.article.id, outcome, item.article.sha256)
        return outcome

    def delete(self, id: str) -> None:
        """Remove an article with its earlier texts; no question finds it once this returns.

        :raises NotFound: there is no such article.
        """
        with self.write() as transaction:
            transaction.article(id)
            generation = transaction.generation() + 1
            removed = transaction.all_passages_of(id)
            transaction.remove_passages(removed, generation)
            transaction.delete(id)
            transaction.record(generation, id, "deleted", None)
            self.mark_words(transaction, generation)
            transaction.advance(generation)
        self._forget(removed)

    def add_passages(self, transaction: Transaction, edition: int, batch: Iterable[Prepared], generation: int) -> None:
        """Put passages of current articles, with their vectors and words, in place for the transaction to commit."""
        rows: list[Row] = []
        words: list[Words] = []
        for item in batch:
            current = transaction.current(item.article.id)
            if current is None or current.fingerprint != item.article.fingerprint:
                continue
            first = transaction.reserve(len(item.passages))
            numbered = dict(enumerate(item.passages, first))
            transaction.add_passages(item.article, current.version, edition, numbered)
            parts = zip(numbered.items(), item.contexts, item.encoded, strict=True)
            for (number, passage), context, encoded in parts:
                rows.append(Row(number, encoded.passage, encoded.sentences))
                words.append(Words(number, context, passage.span.of(item.article.text)))
        self.add_vectors(transaction, edition, rows, generation)
        self._states.word_index(transaction).add(words, generation)

    def add_vectors(self, transaction: Transaction, edition: int, rows: list[Row], generation: int) -> None:
        """Put a segment of these rows in place, joined with smaller ones when there are many."""
        if not rows:
            return
        sizes = transaction.segments(edition)
        sweep(self.vectors_folder, transaction.segments())
        joined = to_join(sizes, len(rows))
        rows = sorted(rows + self._live_rows(transaction, edition, joined), key=lambda row: row.number)
        write_segment(self.vectors_folder, f"{generation:012d}", rows, self.encoder.dimension)
        for name in joined:
            transaction.drop_segment(name)
        transaction.add_segment(f"{generation:012d}", edition, len(rows))

    def mark_words(self, transaction: Transaction, generation: int) -> None:
        """Say that the words are as new as a write that changed none of them."""
        self._states.word_index(transaction).add((), generation)

    def reopen_words(self) -> None:
        """Take notice of a word index made anew."""
        self._states.forget_words()

    def _live_rows(self, transaction: Transaction, edition: int, names: set[str]) -> list[Row]:
        live = transaction.live_numbers(edition) if names else np.empty(0, np.int64)
        segments = [open_segment(self.vectors_folder, name, self.encoder.dimension) for name in names]
        return [row for s in segments for row in s.rows(np.isin(s.numbers, live))]

    def _forget(self, removed: list[int]) -> None:
        """Clear words that no longer count; a crash before leaves some behind that nobody sees."""
        if removed:
            with suppress(FolderHeld), self.write() as transaction:
                self._states.word_index(transaction).remove(removed, transaction.generation())

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One write of the store, committed at the end.

        :raises FolderHeld: another writer kept the folder for too long.
        """
        with self._writing, self._store.writing() as transaction:
            try:
                yield transaction
            except (SegmentDamaged, WordsDamaged) as error:
                raise FolderDamaged(f"{error}; start again to have it made anew") from error

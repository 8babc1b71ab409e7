"""One data folder: the store, the vectors and the words, opened together.

    store.sqlite    the truth
    vectors/        segments of vectors, made from it
    words/          word indexes, one an edition, made from it
    cells/          what makes a search among very many vectors short, made from them
    asking          locked while questions run
    store.line      where writers wait in line
    intake/         files that were brought and wait to be taken in

A write puts vectors and words in place first and commits the store last, so all that the store names is there; what it
names no longer is cleared away by the write after that.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index import marking, verdict
from index.census import Census, Overview
from index.derived import Derived, refuse_lost
from index.durable import make_folder
from index.embedding import Encoder
from index.embedding.together import Together
from index.errors import ChangedOver, DiskFault, FolderDamaged, FolderHeld, NotFound
from index.jobs import Jobs
from index.lexical import Words, WordsDamaged
from index.makers import Maker, Makers
from index.marking import Outlined
from index.prepared import Prepared, row, words
from index.reader.reading import Reader
from index.records import Article, Entry, FileState, Filters, Origin, Passage
from index.slots import Working
from index.sorting import Sorting
from index.state import Status
from index.states import States
from index.store import Filed, Snapshot, Store, Transaction, Unfinished
from index.turns import Turns
from index.vectors import Row, SegmentDamaged
from index.view import Filtered, Versions, View
from index.whereabouts import Citation, cited

Outcome = Literal["added", "replaced", "unchanged"]

# A folder in a data folder, while a backup is restored there.
RESTORING = ".restoring"

# A view is begun anew when a write comes between its parts, which are read far faster than written.
ATTEMPTS = 50


@dataclass(frozen=True)
class Pruned:
    """What was forgotten: the files that are gone, and the ids of the articles that only they had brought."""

    files: tuple[str, ...]
    articles: tuple[str, ...]


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
        self.reader: Reader | None = None
        # Set where something has to be made again, by whoever mends.
        self.due = threading.Event()
        self.calibration = verdict.shipped()
        self.path = path
        self._store, self._versions = open_store(path, lock_timeout), Versions()
        self._filtered = Filtered()
        self.jobs = Jobs(self._store, path / "intake")
        self.makers = Makers(str(path), Maker(encoder, dict(made_by), context), self._states_of)
        self.derived = Derived(path, self.makers, self._damaged)
        self._sorting: Sorting | None = None
        self._turns, self.working, self.together = Turns(path / "asking"), Working(), Together()
        self._counting, self._counted, self._census = threading.Lock(), -1, Census.of(())
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        with self.read_any() as snapshot:
            begun = bool(snapshot.words())
        if not begun:
            with self.write() as transaction:
                # Another process may have been first.
                if not transaction.words():
                    self.derived.add_edition(transaction, transaction.generation())

    def _states_of(self, dimension: int) -> States:
        return States(self.path / "vectors", self.path / "words", dimension, self._store)

    def _damaged(self, what: str) -> None:
        self._versions.tell(what)
        self.due.set()

    @property
    def encoder(self) -> Encoder:
        return self.makers.now.maker.encoder

    @property
    def made_by(self) -> Mapping[str, object]:
        return self.makers.now.maker.made_by

    @property
    def context(self) -> Callable[[Article, Passage], str]:
        return self.makers.now.maker.context

    @property
    def knows_word(self) -> Callable[[str], bool]:
        return self.makers.now.knows_word

    def sort(self, exact_until: int) -> None:
        """From now on have cells made, in the background, where there are as many passages as ``exact_until``."""
        self._sorting = Sorting(self.path, lambda: (self.makers.now.states, self.encoder.dimension), exact_until)
        self._sorting.start()

    def close(self) -> None:
        """Let go of the folder; what runs still ends well."""
        if self._sorting is not None:
            self._sorting.stop()
        self.working.close()
        self._store.close()
        self._turns.close()

    def check(self, snapshot: Snapshot) -> None:
        """:raises IndexMismatch: the folder was made with another model or other settings."""
        self.makers.follow(snapshot)

    def unfinished(self) -> list[Unfinished]:
        """The editions that are being made to answer in place of the one that does."""
        with self.read_any() as snapshot:
            return snapshot.unfinished()

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
            with self.read_any() as snapshot:
                following = self.makers.follow(snapshot)
                state = following.states.at(snapshot)
                if state is not None:
                    yield View(snapshot, state, self._versions, self._filtered, following.maker.encoder)
                    return
        raise FolderHeld(f"{self.path} changed faster than it could be read")

    @contextmanager
    def asked(self) -> Iterator[View]:
        """As ``view``, for a question: it waits for its slot, and who takes many articles in as long as it runs."""
        with self._turns.asking(), self.working.thinking, self.view() as view:
            yield view

    def give_way(self) -> None:
        """Between two steps of what takes long: wait for the questions that run, but not for ever."""
        self._turns.give_way()

    @property
    def damage(self) -> list[str]:
        """What was met that is not what was stored, since it was opened."""
        return [*self._versions.damage]

    def status(self) -> Status:
        with self.view() as view:
            return view.status

    def article(self, id: str) -> Article:
        """:raises NotFound: there is none, or no longer."""
        with self.read_any() as snapshot:
            return snapshot.article(id)

    def articles(self, after: str, limit: int) -> list[tuple[Article, str]]:
        """Articles by id from beyond ``after``, with an empty ``text``, each with the sha256 of its text."""
        with self.read_any() as snapshot:
            return snapshot.articles(after, limit)

    def overview(self, filters: Filters) -> Overview:
        """How many articles there are of each date, publisher and tag."""
        with self.read_any() as snapshot, self._counting:
            generation = snapshot.generation()
            if generation != self._counted:
                self._census, self._counted = Census.of(snapshot.countable()), generation
            census = self._census
        return census.overview(filters)

    def newest(self, limit: int) -> list[str]:
        """The titles of the articles last published."""
        with self.read_any() as snapshot:
            return snapshot.newest(limit)

    def citation(self, id: str) -> Citation:
        """:raises NotFound: no passage was ever cited so, or its article is deleted."""
        with self.read_any() as snapshot:
            return cited(snapshot, id)

    def is_current(self, article: Article) -> bool:
        """Whether the archive has just this article already, and what another archive kept of it."""
        with self.read() as snapshot:
            current = snapshot.current(article.id)
            is_same = current is not None and current.fingerprint == article.fingerprint
            return is_same and snapshot.knows_history(article)

    def files(self, after: int, limit: int, state: FileState | None = None) -> list[Filed]:
        """The ledger's lines of numbers beyond ``after``, in the order in which the files first came."""
        with self.read_any() as snapshot:
            return snapshot.files(after, limit, state)

    def file(self, origin: Origin) -> tuple[Filed, dict[str, str]] | None:
        """A file's line of the ledger; with the fingerprints of the articles that it brought if they are all current.

        None if it was never given so, or if an article that it brought is another by now.
        """
        with self.read() as snapshot:
            filed = snapshot.file(origin)
            brought = snapshot.brought(filed.number) if filed else {}
            now = (snapshot.current(id) for id in brought)
            are_current = [found and found.fingerprint for found in now] == [*brought.values()]
        return (filed, brought) if filed and are_current else None

    def enter(self, entries: Iterable[Entry]) -> None:
        """Write lines of the ledger for files that bring no article that is new."""
        if lines := [*entries]:
            with self.write() as transaction:
                for entry in lines:
                    transaction.enter(entry)

    def put(
        self, batch: Sequence[Prepared], entries: Callable[[Sequence[Outcome]], Iterable[Entry]] = lambda _: ()
    ) -> list[Outcome]:
        """Take articles in, in one step: when this returns they are on disk and found by every later question.

        ``entries`` gives, by what became of each article, the lines of the ledger that are written in the same step.

        :raises FolderHeld: another writer kept the folder for too long.
        :raises ChangedOver: they were prepared for a model that does not answer any more: prepare them anew.
        """
        with self.write() as transaction:
            encoder = self.makers.follow(transaction).maker.encoder
            if any(item.fingerprint != encoder.fingerprint for item in batch):
                raise ChangedOver(f"another model answers in {self.path} since: what was prepared does not fit it")
            generation = transaction.generation() + 1
            left = set[int]()
            outcomes = [self._put(transaction, item.article, generation, left) for item in batch]
            changed = [item for item, outcome in zip(batch, outcomes, strict=True) if outcome != "unchanged"]
            if changed:
                self.add_passages(transaction, transaction.edition(), changed, generation, left)
                transaction.advance(generation)
            for item in batch:
                transaction.remember_cited(item.article, generation)
            for entry in entries(outcomes):
                transaction.enter(entry)
        return outcomes

    def _put(self, transaction: Transaction, article: Article, generation: int, left: set[int]) -> Outcome:
        current = transaction.current(article.id)
        transaction.remember(article, generation)
        if current is not None and current.fingerprint == article.fingerprint:
            return "unchanged"
        outcome: Literal["added", "replaced"] = "added" if current is None else "replaced"
        left |= transaction.repeats.leave(article.id)
        transaction.remove_passages(transaction.all_passages_of(article.id), generation)
        transaction.put(article, generation)
        transaction.record(generation, article.id, outcome, article.sha256)
        return outcome

    def delete(self, id: str) -> None:
        """Remove an article with its earlier texts; no question finds it once this returns.

        :raises NotFound: there is no such article.
        """
        with self.write() as transaction:
            # Not by its text: one that is damaged must be removable.
            if transaction.current(id) is None:
                raise NotFound(f"no article has the id {id!r}")
            self._delete(transaction, [id])
        self._forget()

    def delete_chosen(self, filters: Filters) -> list[str]:
        """Remove the articles that all filters but the date let through, with their earlier texts, in one step."""
        with self.write() as transaction:
            ids = transaction.chosen(filters)
            self._delete(transaction, ids)
        if ids:
            self._forget()
        return ids

    def prune(self, folder: str, is_there: Callable[[str], bool]) -> Pruned:
        """Remove the articles of files that were found in a folder given and are no longer there, in one step.

        An article stays that another file brought too, or that something else replaced since.
        """
        with self.write() as transaction:
            gone = [filed for filed in transaction.files_in(folder) if not is_there(filed.origin.file)]
            numbers = [filed.number for filed in gone]
            ids = transaction.orphans(numbers)
            self._delete(transaction, ids)
            transaction.forget_files(numbers)
        if ids:
            self._forget()
        return Pruned(tuple(filed.origin.file for filed in gone), tuple(ids))

    def _delete(self, transaction: Transaction, ids: Sequence[str]) -> None:
        if not ids:
            return
        generation, left = transaction.generation() + 1, set[int]()
        for id in ids:
            left |= transaction.repeats.leave(id)
            transaction.remove_passages(transaction.all_passages_of(id), generation)
            transaction.delete(id)
            transaction.record(generation, id, "deleted", None)
        marking.settle(transaction, (), left, generation)
        self.derived.write_words(transaction, transaction.edition(), (), generation)
        transaction.advance(generation)

    def _forget(self) -> None:
        # All is deleted by now. Where this fails, the next write forgets the words, which nobody is shown.
        with suppress(FolderHeld, FolderDamaged):
            with self.write() as transaction:
                for edition in transaction.words():
                    self.derived.write_words(transaction, edition, (), transaction.generation())
            self._store.flush()

    def add_passages(
        self,
        transaction: Transaction,
        edition: int,
        batch: Iterable[Prepared],
        generation: int,
        left: Iterable[int] = (),
    ) -> None:
        """Put passages of current articles, with their vectors and words, in place for the transaction to commit.

        ``left`` are the fingerprints of paragraphs that went with what the articles replace.
        """
        outlined: list[Outlined] = []
        rows: list[Row] = []
        said: list[Words] = []
        axes = transaction.axes(edition, self.encoder.dimension)
        for item in batch:
            version = self._to_cut(transaction, edition, item.article)
            if version is None:
                continue
            outlined.append(Outlined(version, item.article, item.units))
            numbered = dict(enumerate(item.passages, transaction.reserve(len(item.passages))))
            transaction.add_passages(item.article, version, edition, numbered, item.abbreviations)
            for (number, passage), context, encoded in zip(numbered.items(), item.contexts, item.encoded, strict=True):
                rows.append(row(number, encoded, axes))
                said.append(words(number, context, item.article, passage))
        marking.enter(transaction, outlined, generation, left)
        self.derived.add_vectors(transaction, edition, rows, generation)
        self.derived.write_words(transaction, edition, said, generation)

    def _to_cut(self, transaction: Transaction, edition: int, article: Article) -> int | None:
        """The number of the version that has this text, if it is current and the edition does not have it yet."""
        current = transaction.current(article.id)
        if current is None or current.fingerprint != article.fingerprint:
            return None
        return None if transaction.is_cut(current.version, edition) else current.version

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One write of the store, committed at the end.

        :raises FolderHeld: another writer kept the folder for too long.
        :raises FolderDamaged: vectors or words can't be used, or the disk can't be written.
        """
        with self._store.writing() as transaction:
            try:
                self.derived.clear_away(transaction)
                yield transaction
            except (SegmentDamaged, WordsDamaged) as error:
                raise FolderDamaged(f"{error}; start again to have it made anew") from error
            except OSError as error:
                raise DiskFault(f"{self.path} can't be written: {error}; nothing of it is lost") from error


def open_store(path: Path, lock_timeout: float) -> Store:
    """The store of a data folder by itself, for what needs neither model nor vectors."""
    if (path / RESTORING).is_dir():
        raise FolderHeld(f"a backup is being restored to {path}, or that broke off: then run `footnote restore` again")
    refuse_lost(path)
    try:
        make_folder(path)
    except OSError as error:
        raise FolderDamaged(f"{path} can't be made: {error}") from error
    return Store(path / "store.sqlite", lock_timeout)

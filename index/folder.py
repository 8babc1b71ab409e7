"""One data folder: the store, the vectors and the words, opened together.

    store.sqlite    the truth
    vectors/        segments of vectors, made from it
    words/          word indexes, one an edition, made from it
    cells/          what makes a search among very many vectors short, made from them
    asking          locked while questions run
    intake/         files that were brought and wait to be taken in

A write puts vectors and words in place first and commits the store last, so all that the store names is there; what it
names no longer is cleared away by the write after that.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal

from index import marking, verdict
from index.census import Census, Overview
from index.compression import projection
from index.durable import keep_only, make_folder
from index.embedding import Encoder
from index.errors import ChangedOver, DiskFault, FolderDamaged, FolderHeld, IndexMismatch, NotFound
from index.jobs import Jobs
from index.lexical import WordIndex, Words, WordsDamaged, check_files
from index.marking import Outlined
from index.prepared import Prepared, row, words
from index.reader.reading import Reader
from index.records import Article, Entry, FileState, Filters, Origin, Passage
from index.sorting import Sorting
from index.spelling import in_general_english
from index.store import Filed, Snapshot, Store, Transaction, Unfinished
from index.turns import Turns
from index.vectors import Mask, Row, Segment, SegmentDamaged, check_segment, to_join, write_segment
from index.view import Filtered, States, Status, Versions, View
from index.whereabouts import Citation, cited

Outcome = Literal["added", "replaced", "unchanged"]

# A folder in a data folder, while a backup is restored there.
RESTORING = ".restoring"

LOST = (
    "has vectors, but its store.sqlite is new or was emptied: restore that from a backup, or remove the folder to begin"
    " anew"
)

# A view is begun anew when a write comes between its parts, which are read far faster than written.
ATTEMPTS = 50


@dataclass(frozen=True)
class Pruned:
    """What was forgotten: the files that are gone, and the ids of the articles that only they had brought."""

    files: tuple[str, ...]
    articles: tuple[str, ...]


@dataclass(frozen=True)
class Maker:
    """What makes editions: a model, the settings that shape passages and vectors, what is searched with a passage."""

    encoder: Encoder
    made_by: Mapping[str, object]
    context: Callable[[Article, Passage], str]

    def differences(self, made_by: Mapping[str, object]) -> list[str]:
        return [
            f"{key} {made_by.get(key)!r}, which is now {value!r}"
            for key, value in self.made_by.items()
            if made_by.get(key) != value
        ]


class _Following:
    """The editions of one maker, as questions see them."""

    def __init__(self, maker: Maker, vectors: Path, words: Path, store: Store) -> None:
        self.maker, self._states_of = maker, partial(States, vectors, words, maker.encoder.dimension, store)
        self.states = self._states_of()
        self.knows_word = cache(in_general_english(maker.encoder.pieces))

    def let_go(self) -> None:
        """Keep no file open: those of an edition that answers no longer are gone."""
        self.states = self._states_of()


class Index:
    """An open data folder. Safe to use from many threads, and beside other processes on the same folder.

    Where another model takes over, ``find_maker`` is asked for what made its edition: from then on that is used.
    """

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
        self.find_maker: Callable[[Mapping[str, object]], Maker | None] = lambda _: None
        self.path, self._vectors, self._words = path, path / "vectors", path / "words"
        self._writing, self._lock_timeout = threading.Lock(), lock_timeout
        self._store, self._versions = open_store(path, lock_timeout), Versions()
        self._filtered = Filtered()
        self.jobs = Jobs(self._store, path / "intake")
        self._changing, self._edition, self._known = threading.Lock(), 0, list[_Following]()
        self._now = self._learn(Maker(encoder, dict(made_by), context))
        self._sorting: Sorting | None = None
        self._turns = Turns(path / "asking")
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
                    self.add_edition(transaction, transaction.generation())

    def _learn(self, maker: Maker) -> _Following:
        self._known.append(_Following(maker, self._vectors, self._words, self._store))
        return self._known[-1]

    @property
    def wanted(self) -> Maker:
        """What the folder was opened for, whatever answers now."""
        return self._known[0].maker

    @property
    def encoder(self) -> Encoder:
        return self._now.maker.encoder

    @property
    def made_by(self) -> Mapping[str, object]:
        return self._now.maker.made_by

    @property
    def context(self) -> Callable[[Article, Passage], str]:
        return self._now.maker.context

    @property
    def knows_word(self) -> Callable[[str], bool]:
        return self._now.knows_word

    @property
    def _states(self) -> States:
        return self._now.states

    def add_edition(self, transaction: Transaction, generation: int) -> int:
        """A new edition, empty, for the encoder that the index is open with."""
        words = self.make_words(transaction, "new", (), generation)
        return transaction.add_edition(self.made_by, words, projection(self.encoder.word_embeddings()))

    def sort(self, exact_until: int) -> None:
        """From now on have cells made, in the background, where there are as many passages as ``exact_until``."""
        self._sorting = Sorting(self.path, lambda: (self._states, self.encoder.dimension), exact_until)
        self._sorting.start()

    def close(self) -> None:
        """Let go of the folder; what runs still ends well."""
        if self._sorting is not None:
            self._sorting.stop()
        self._store.close()
        self._turns.close()

    def check(self, snapshot: Snapshot) -> None:
        """:raises IndexMismatch: the folder was made with another model or other settings."""
        self._follow(snapshot)

    def _follow(self, snapshot: Snapshot) -> _Following:
        """What made the edition that answers; if that has changed, it is what is used from now on.

        :raises IndexMismatch: it is not known, and can't be found.
        """
        edition = snapshot.edition()
        if edition == self._edition:
            return self._now
        made_by = snapshot.made_by(edition) or {}
        with self._changing:
            found = self._know(made_by)
            if found is None:
                differences = ", ".join(self._now.maker.differences(made_by))
                raise IndexMismatch(f"{self.path} was made with {differences}: run `footnote reindex`")
            # A question may still see a state of before.
            if edition > self._edition:
                self._become(found, edition)
            return found

    def _become(self, new: _Following, edition: int) -> None:
        wanted, before = self._known[0], self._now
        if before is not new:
            before.let_go()
        self._known = [one for one in self._known if one in (wanted, before, new)]
        self._now, self._edition = new, edition

    def prepare_for(self, made_by: Mapping[str, object]) -> None:
        """Have at hand what made an edition that may come to answer; where it can't be found, that is said then."""
        with self._changing:
            self._know(made_by)

    def _know(self, made_by: Mapping[str, object]) -> _Following | None:
        known = (one for one in self._known if not one.maker.differences(made_by))
        if found := next(known, None):
            return found
        maker = self.find_maker(made_by)
        return None if maker is None else self._learn(maker)

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
                following = self._follow(snapshot)
                state = following.states.at(snapshot)
                if state is not None:
                    yield View(snapshot, state, self._versions, self._filtered, following.maker.encoder)
                    return
        raise FolderHeld(f"{self.path} changed faster than it could be read")

    @contextmanager
    def asked(self) -> Iterator[View]:
        """As ``view``, for a question: who takes many articles in waits as long as it runs."""
        with self._turns.asking(), self.view() as view:
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
            encoder = self._follow(transaction).maker.encoder
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
        self.write_words(transaction, transaction.edition(), (), generation)
        transaction.advance(generation)

    def _forget(self) -> None:
        # All is deleted by now. Where this fails, the next write forgets the words, which nobody is shown.
        with suppress(FolderHeld, FolderDamaged):
            with self.write() as transaction:
                for edition in transaction.words():
                    self.write_words(transaction, edition, (), transaction.generation())
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
        self.add_vectors(transaction, edition, rows, generation)
        self.write_words(transaction, edition, said, generation)

    def _to_cut(self, transaction: Transaction, edition: int, article: Article) -> int | None:
        """The number of the version that has this text, if it is current and the edition does not have it yet."""
        current = transaction.current(article.id)
        if current is None or current.fingerprint != article.fingerprint:
            return None
        return None if transaction.is_cut(current.version, edition) else current.version

    def add_vectors(self, transaction: Transaction, edition: int, rows: list[Row], generation: int) -> None:
        """Put a segment of these rows in place, joined with smaller ones when there are many."""
        if not rows:
            return
        joined = self._whole(transaction, to_join(transaction.segments(edition), len(rows)))
        rows = sorted(rows, key=lambda row: row.number)
        name, taken_in = f"{generation:012d}", [self._living(transaction, edition, other) for other in joined]
        passages = write_segment(self._vectors, name, rows, self.encoder.dimension, taken_in)
        for other in joined:
            transaction.drop_segment(other)
        self._states.let_go(joined)
        transaction.add_segment(name, edition, passages)

    def _living(self, transaction: Transaction, edition: int, name: str) -> tuple[Segment, Mask]:
        """A segment with its rows that live."""
        segment = self.segment(name)
        return segment, segment.among(transaction.live_numbers(edition, segment.first, segment.last))

    def _whole(self, transaction: Transaction, names: set[str]) -> set[str]:
        """Those that are as they were written: damage must not come under a new checksum. Of others nothing counts."""
        damaged = {name for name in names if not self.is_whole(name)}
        for name in damaged:
            transaction.drop_segment(name)
            self._versions.tell(f"vectors/{name} is damaged: it is made again")
        if damaged:
            self.due.set()
        return names - damaged

    def is_whole(self, name: str) -> bool:
        """Whether every file of a segment is as it was written: reads all of them."""
        try:
            check_segment(self._vectors, name)
        except SegmentDamaged:
            return False
        return True

    def segment(self, name: str) -> Segment:
        """:raises SegmentDamaged: it can't be used."""
        return self._states.segment(name)

    def make_words(self, transaction: Transaction, kind: str, words: Iterable[Words], generation: int) -> str:
        """Make a word index; it counts once the transaction has committed the name that this returns."""
        name = f"{generation:012d}-{kind}"
        WordIndex.make(self._words / name, transaction.identity(), words, generation)
        return name

    def write_words(self, transaction: Transaction, edition: int, words: Iterable[Words], generation: int) -> None:
        """Add to an edition's words, make them as new as ``generation``, and forget what is committed as removed."""
        index = self._states.words(transaction, edition)
        # Their last write forgot what was removed before it, not what it removed itself.
        gone = transaction.removed(index.searcher().generation, transaction.generation())
        index.write(words, gone.tolist(), generation)

    def checked_words(self, snapshot: Snapshot, edition: int, thorough: bool = True) -> WordIndex:
        """:raises WordsDamaged: they can't be used, were written meanwhile, or (``thorough``) differ from checksums."""
        if thorough:
            check_files(self._words / snapshot.words()[edition])
        return self._states.words(snapshot, edition)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One write of the store, committed at the end.

        :raises FolderHeld: another writer kept the folder for too long.
        :raises FolderDamaged: vectors or words can't be used, or the disk can't be written.
        """
        with self._my_turn(), self._store.writing() as transaction:
            try:
                self._clear_away(transaction)
                yield transaction
            except (SegmentDamaged, WordsDamaged) as error:
                raise FolderDamaged(f"{error}; start again to have it made anew") from error
            except OSError as error:
                raise DiskFault(f"{self.path} can't be written: {error}; nothing of it is lost") from error

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=self._lock_timeout):
            raise FolderHeld(f"{self.path} is held by another writer: waited {self._lock_timeout:g} s")
        try:
            yield
        finally:
            self._writing.release()

    def _clear_away(self, transaction: Transaction) -> None:
        """Remove what the store does not name: what crashed or failed writes left, and what the last ones replaced."""
        named = transaction.words()
        if not named and self._vectors.is_dir() and any(self._vectors.iterdir()):
            raise FolderDamaged(f"{self.path} {LOST}")
        keep_only(self._vectors, transaction.segments())
        keep_only(self._words, set(named.values()))


def _refuse_lost(path: Path) -> None:
    """Where vectors are and no store, one that is new would look as if nothing had ever been there."""
    store, vectors = path / "store.sqlite", path / "vectors"
    is_there = any(file.is_file() and file.stat().st_size for file in (store, path / "store.sqlite-wal"))
    if not is_there and vectors.is_dir() and any(vectors.iterdir()):
        raise FolderDamaged(f"{path} {LOST}")


def open_store(path: Path, lock_timeout: float) -> Store:
    """The store of a data folder by itself, for what needs neither model nor vectors."""
    if (path / RESTORING).is_dir():
        raise FolderHeld(f"a backup is being restored to {path}, or that broke off: then run `footnote restore` again")
    _refuse_lost(path)
    try:
        make_folder(path)
    except OSError as error:
        raise FolderDamaged(f"{path} can't be made: {error}") from error
    return Store(path / "store.sqlite", lock_timeout)

"""SQLite: the truth, from which vectors and words can always be made again.

One writer at a time, held off by SQLite's own lock; any number of readers, each of which sees one whole state.
"""

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import dates
from index.errors import FolderDamaged, FolderHeld, IndexMismatch, NotFound
from index.records import Article, Entry, Facts, FileState, Filters, Origin, Passage, Period, Span, Spoken

Numbers = NDArray[np.int64]
Event = Literal["added", "replaced", "deleted"]

LIVE = "removed_in IS NULL AND edition = (SELECT edition FROM state)"
VERSION_COLUMNS = """article, title, text, url, source, author, published_at, updated_at, date_basis, language, tags,
    metadata, sha256"""


@dataclass(frozen=True)
class Kept:
    """A passage as the store has it: its number, what it is a passage of, and in which edition."""

    number: int
    id: str
    version: int
    edition: int
    passage: Passage
    removed: bool


class Current(NamedTuple):
    """The number of an article's current version, and the article's fingerprint."""

    version: int
    fingerprint: str


class Filed(NamedTuple):
    """A line of the ledger: a file, what became of it when it was last given, and how many articles it brought."""

    number: int
    origin: Origin
    state: FileState
    reason: str | None
    at: str
    size: int | None
    sha256: str | None
    recipe: str | None
    articles: int


class Snapshot:
    """The store as of one moment; good for one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    def generation(self) -> int:
        """The number of the last committed write."""
        return int(self._one("SELECT generation FROM state"))

    def edition(self) -> int:
        """The number of the edition that answers."""
        return int(self._one("SELECT edition FROM state"))

    def made_by(self, edition: int) -> dict[str, Any] | None:
        """What made an edition, None if there is none of this number."""
        row = self._sql.execute("SELECT made_by FROM editions WHERE number = ?", (edition,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def words(self) -> dict[int, str]:
        """The name of each edition's word index."""
        return dict(self._sql.execute("SELECT number, words FROM editions ORDER BY number").fetchall())

    def axes(self, edition: int, dimension: int) -> NDArray[np.float32]:
        """Along which an edition's token vectors are kept, shape (dimension, codes)."""
        row = self._one("SELECT axes FROM editions WHERE number = ?", (edition,))
        return np.frombuffer(row, dtype="<f4").reshape(dimension, -1)

    def identity(self) -> str:
        """What tells this store from every other."""
        return str(json.loads(self._one("SELECT value FROM meta WHERE key = 'store'")))

    def counts(self) -> tuple[int, int]:
        """How many articles and live passages there are."""
        articles = self._one("SELECT count(*) FROM versions WHERE replaced_in IS NULL")
        return int(articles), int(self._one(f"SELECT count(*) FROM passages WHERE {LIVE}"))

    def newest_published_at(self) -> str | None:
        row = self._sql.execute(
            "SELECT published_at FROM versions WHERE replaced_in IS NULL AND published_last IS NOT NULL"
            " ORDER BY published_last DESC, published_at DESC LIMIT 1"
        ).fetchone()
        return None if row is None else str(row[0])

    def current(self, article: str) -> Current | None:
        """The current version of the article with this id."""
        sql = "SELECT number, fingerprint FROM versions WHERE article = ? AND replaced_in IS NULL"
        row = self._sql.execute(sql, (article,)).fetchone()
        return None if row is None else Current(*row)

    def version(self, number: int) -> Article:
        """One text of an article, checked against its hash.

        :raises FolderDamaged: what is stored is not what was.
        """
        row = self._sql.execute(f"SELECT {VERSION_COLUMNS} FROM versions WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise FolderDamaged(f"version {number} of an article is missing from the store")
        article = _article(row)
        if article.sha256 != row[-1]:
            raise FolderDamaged(f"article {article.id!r} is not what was stored: restore the folder from a backup")
        return article

    def article(self, id: str) -> Article:
        """:raises NotFound: there is none, or no longer."""
        found = self.current(id)
        if found is None:
            raise NotFound(f"no article has the id {id!r}")
        return self.version(found.version)

    def articles(self, after: str, limit: int) -> list[tuple[Article, str]]:
        """Current articles by id from beyond ``after``, with an empty ``text``, each with the sha256 of its text."""
        columns = VERSION_COLUMNS.replace(" text,", " '',")
        rows = self._sql.execute(
            f"SELECT {columns} FROM versions WHERE replaced_in IS NULL AND article > ? ORDER BY article LIMIT ?",
            (after, limit),
        )
        return [(_article(row), str(row[-1])) for row in rows]

    def passages(self, numbers: Iterable[int]) -> dict[int, Kept]:
        """Live passages by number; numbers that are none are left out."""
        return self._kept(f"number IN (SELECT value FROM json_each(?)) AND {LIVE}", json.dumps([*map(int, numbers)]))

    def facts(self, numbers: Iterable[int]) -> dict[int, Facts]:
        """What is known of live passages beside their words, by number."""
        rows = self._sql.execute(
            "SELECT passages.number, source, published_first, published_last, side_story, times"
            " FROM passages JOIN versions ON versions.number = version"
            " WHERE passages.number IN (SELECT value FROM json_each(?))",
            (json.dumps([*map(int, numbers)]),),
        )
        return {row[0]: _facts(*row[1:]) for row in rows}

    def passages_of(self, version: int, edition: int) -> dict[int, Kept]:
        """A version's passages in one edition that are not removed, by number."""
        kept = self._kept("version = ? AND removed_in IS NULL", version)
        return {number: k for number, k in kept.items() if k.edition == edition}

    def all_passages_of(self, article: str) -> list[int]:
        """The numbers of an article's passages in any edition that are not removed."""
        sql = """SELECT passages.number FROM passages JOIN versions ON versions.number = version
            WHERE article = ? AND removed_in IS NULL"""
        return [row[0] for row in self._sql.execute(sql, (article,))]

    def cited(self, id: str) -> Kept:
        """The passage with this id: one not removed if there is one, else the newest.

        :raises NotFound: there never was one, or its article is deleted.
        """
        kept = sorted(self._kept("id = ?", id).values(), key=lambda k: (not k.removed, k.number))
        if not kept:
            raise NotFound(f"no passage has the id {id!r}")
        return kept[-1]

    def live_numbers(self, edition: int) -> Numbers:
        """The numbers of an edition's passages that are not removed, ascending."""
        sql = "SELECT number FROM passages WHERE edition = ? AND removed_in IS NULL ORDER BY number"
        return _numbers(self._sql.execute(sql, (edition,)))

    def current_versions(self) -> list[int]:
        """The numbers of all articles' current versions."""
        return [row[0] for row in self._sql.execute("SELECT number FROM versions WHERE replaced_in IS NULL ORDER BY 1")]

    def uncut(self, edition: int, after: int, limit: int) -> list[int]:
        """Up to ``limit`` current versions, of numbers beyond ``after``, that an edition does not have yet."""
        rows = self._sql.execute(
            "SELECT number FROM versions WHERE replaced_in IS NULL AND number > ? AND NOT EXISTS"
            " (SELECT 1 FROM cuts WHERE version = versions.number AND edition = ?) ORDER BY number LIMIT ?",
            (after, edition, limit),
        )
        return [row[0] for row in rows]

    def is_cut(self, version: int, edition: int) -> bool:
        """Whether an edition has a version, if only to find no passage in it."""
        return bool(
            self._one("SELECT EXISTS (SELECT 1 FROM cuts WHERE version = ? AND edition = ?)", (version, edition))
        )

    def removed(self, first: int, last: int) -> Numbers:
        """The numbers of passages that were removed in generations ``first`` to ``last``, both included."""
        sql = "SELECT passage FROM removals WHERE generation BETWEEN ? AND ?"
        return _numbers(self._sql.execute(sql, (first, last)))

    def segments(self, edition: int | None = None) -> dict[str, int]:
        """The vector segments that count, all or one edition's, and how many passages were written into each."""
        sql = "SELECT name, passages FROM segments WHERE edition = coalesce(?, edition) ORDER BY name"
        return dict(self._sql.execute(sql, (edition,)).fetchall())

    def allowed(self, filters: Filters) -> Numbers | None:
        """The numbers of live passages that the filters let through, ascending; None for all."""
        if filters == Filters():
            return None
        where, values = _where(filters)
        if filters.published is not None:
            where += " AND side_story = 0 AND published_first <= ? AND published_last >= ?"
            values += [filters.published.last.toordinal(), filters.published.first.toordinal()]
        return _numbers(self._sql.execute(f"SELECT passages.number {where} ORDER BY passages.number", values))

    def chosen(self, filters: Filters) -> list[str]:
        """The ids of the articles that all filters but the date let through."""
        conditions, values = _conditions(filters)
        sql = f"SELECT article FROM versions WHERE replaced_in IS NULL{conditions} ORDER BY article"
        return [row[0] for row in self._sql.execute(sql, values)]

    def undated(self, filters: Filters) -> int:
        """How many articles have no date, of those that the filters but for the date let through."""
        where, values = _where(filters)
        sql = f"SELECT count(DISTINCT versions.number) {where} AND published_first IS NULL"
        return int(self._one(sql, values))

    def abbreviations(self, edition: int) -> list[tuple[str, str]]:
        """The abbreviations that current articles explain: short and long."""
        sql = (
            "SELECT DISTINCT abbreviations FROM cuts JOIN versions ON number = version"
            " WHERE edition = ? AND replaced_in IS NULL AND abbreviations <> '[]'"
        )
        explained = (json.loads(row[0]) for row in self._sql.execute(sql, (edition,)))
        return list(dict.fromkeys((short, long) for pairs in explained for short, long in pairs))

    def sources(self) -> list[str]:
        """The publishers of current articles."""
        sql = "SELECT DISTINCT source FROM versions WHERE replaced_in IS NULL AND source IS NOT NULL ORDER BY source"
        return [row[0] for row in self._sql.execute(sql)]

    def file(self, origin: Origin) -> Filed | None:
        """What the ledger says of a file, None if it was never given so."""
        found = self._filed("folder = ? AND prefix = ? AND file = ?", (origin.folder, origin.prefix, origin.file))
        return found[0] if found else None

    def files(self, after: int, limit: int, state: FileState | None = None) -> list[Filed]:
        """The ledger's lines of numbers beyond ``after``, in the order in which the files first came."""
        where = "files.number > ? AND state = coalesce(?, state) ORDER BY files.number LIMIT ?"
        return self._filed(where, (after, state, limit))

    def files_in(self, folder: str) -> list[Filed]:
        """The ledger's lines of files that were found in a folder given, but for those gone from it."""
        return self._filed("folder = ? AND state <> 'gone' ORDER BY files.number", (folder,))

    def brought(self, file: int) -> dict[str, str]:
        """The articles that the file of this number brought, with their fingerprints as it brought them."""
        return dict(self._sql.execute("SELECT article, fingerprint FROM brought WHERE file = ?", (file,)).fetchall())

    def orphans(self, files: Sequence[int]) -> list[str]:
        """The current articles, as brought by these files, that no other file of the ledger brought too."""
        sql = """SELECT DISTINCT versions.article FROM brought JOIN versions
                ON versions.article = brought.article AND versions.fingerprint = brought.fingerprint
            WHERE replaced_in IS NULL AND file IN (SELECT value FROM json_each(:files)) AND NOT EXISTS
                (SELECT 1 FROM brought AS other JOIN files ON files.number = other.file
                WHERE other.article = brought.article AND state <> 'gone'
                    AND other.file NOT IN (SELECT value FROM json_each(:files)))
            ORDER BY versions.article"""
        return [row[0] for row in self._sql.execute(sql, {"files": json.dumps([*files])})]

    def _filed(self, where: str, values: Sequence[object]) -> list[Filed]:
        columns = "files.number, file, folder, prefix, state, reason, at, size, sha256, recipe"
        count = "(SELECT count(*) FROM brought WHERE brought.file = files.number)"
        rows = self._sql.execute(f"SELECT {columns}, {count} FROM files WHERE {where}", values)
        return [Filed(row[0], Origin(*row[1:4]), *row[4:]) for row in rows]

    def _one(self, sql: str, values: Sequence[object] = ()) -> Any:
        return self._sql.execute(sql, values).fetchone()[0]

    def _kept(self, where: str, value: object) -> dict[int, Kept]:
        columns = 'number, id, version, edition, start, "end", sentences, times, side_story, removed_in'
        rows = self._sql.execute(f"SELECT {columns} FROM passages WHERE {where}", (value,))
        return {row[0]: _kept(row) for row in rows}


class Transaction(Snapshot):
    """A write under way: all of it or nothing becomes the next generation."""

    def reserve(self, count: int) -> int:
        """The first of ``count`` new passage numbers."""
        first = int(self._one("SELECT next_passage FROM state"))
        self._sql.execute("UPDATE state SET next_passage = next_passage + ?", (count,))
        return first

    def put(self, article: Article, generation: int) -> int:
        """Make this the article's current version, and say its number; the caller removes the old passages."""
        old = "UPDATE versions SET replaced_in = ? WHERE article = ? AND replaced_in IS NULL"
        self._sql.execute(old, (generation, article.id))
        row = _row(article) | {"added_at": _now(), "added_in": generation}
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self._sql.execute(f"INSERT INTO versions ({columns}) VALUES ({marks})", [*row.values()])
        return int(cursor.lastrowid or 0)

    def add_passages(
        self,
        article: Article,
        version: int,
        edition: int,
        passages: Mapping[int, Passage],
        abbreviations: Sequence[tuple[str, str]],
    ) -> None:
        """All passages of one version, by number, and the abbreviations that it explains: short and long."""
        self._sql.execute("INSERT INTO cuts VALUES (?, ?, ?)", (version, edition, json.dumps(abbreviations)))
        self._sql.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            [
                (n, p.id(article), version, edition, *p.span, _pack(p), _days(p), p.side_story)
                for n, p in passages.items()
            ],
        )

    def remove_passages(self, numbers: Iterable[int], generation: int) -> None:
        """They are searched no longer, but what cited them can still be shown."""
        rows = [(generation, number) for number in numbers]
        self._sql.executemany("UPDATE passages SET removed_in = ? WHERE number = ?", rows)
        self._sql.executemany("INSERT INTO removals (generation, passage) VALUES (?, ?)", rows)

    def delete(self, article: str) -> None:
        """Remove all that was ever stored of an article, its live passages having been removed."""
        self._sql.execute("DELETE FROM versions WHERE article = ?", (article,))
        sql = """UPDATE files SET recipe = NULL WHERE number IN (SELECT file FROM brought WHERE article = ?)
            RETURNING number"""
        files = json.dumps([row[0] for row in self._sql.execute(sql, (article,)).fetchall()])
        self._sql.execute("DELETE FROM brought WHERE article = ?", (article,))
        sql = """UPDATE files SET state = 'gone', reason = 'its articles were deleted', at = ?
            WHERE number IN (SELECT value FROM json_each(?)) AND number NOT IN (SELECT file FROM brought)"""
        self._sql.execute(sql, (_now(), files))

    def enter(self, entry: Entry) -> None:
        """Write a file's line of the ledger, over the one that it has."""
        row = dict(entry.origin._asdict(), state=entry.state, reason=entry.reason, at=_now())
        row |= {"size": entry.size, "sha256": entry.sha256, "recipe": entry.recipe}
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        news = ", ".join(f"{name} = excluded.{name}" for name in row if name not in entry.origin._fields)
        sql = f"INSERT INTO files ({columns}) VALUES ({marks}) ON CONFLICT (folder, prefix, file) DO UPDATE SET {news}"
        [number] = self._sql.execute(f"{sql} RETURNING number", [*row.values()]).fetchall()[0]
        if entry.anew:
            self._sql.execute("DELETE FROM brought WHERE file = ?", (number,))
        rows = [(number, article, fingerprint) for article, fingerprint in entry.brought.items()]
        self._sql.executemany("INSERT OR REPLACE INTO brought VALUES (?, ?, ?)", rows)

    def forget_files(self, numbers: Sequence[int]) -> None:
        """Their lines alone stay, as of files that are gone."""
        files = json.dumps([*numbers])
        self._sql.execute("DELETE FROM brought WHERE file IN (SELECT value FROM json_each(?))", (files,))
        sql = """UPDATE files SET state = 'gone', reason = 'gone from its folder', at = ?, recipe = NULL
            WHERE number IN (SELECT value FROM json_each(?))"""
        self._sql.execute(sql, (_now(), files))

    def record(self, generation: int, article: str, event: Event, sha256: str | None) -> None:
        self._sql.execute(
            "INSERT INTO ledger (at, generation, article, event, sha256) VALUES (?, ?, ?, ?, ?)",
            (_now(), generation, article, event, sha256),
        )

    def add_segment(self, name: str, edition: int, passages: int) -> None:
        self._sql.execute("INSERT INTO segments VALUES (?, ?, ?)", (name, edition, passages))

    def drop_segment(self, name: str) -> None:
        self._sql.execute("DELETE FROM segments WHERE name = ?", (name,))

    def add_edition(self, made_by: Mapping[str, object], words: str, axes: NDArray[np.float32]) -> int:
        sql = "INSERT INTO editions (made_by, words, axes) VALUES (?, ?, ?)"
        values = (json.dumps(dict(made_by)), words, axes.astype("<f4").tobytes())
        return int(self._sql.execute(sql, values).lastrowid or 0)

    def use_words(self, edition: int, words: str) -> None:
        """Let the word index of this name count from now on."""
        self._sql.execute("UPDATE editions SET words = ? WHERE number = ?", (words, edition))

    def unfinished_edition(self, made_by: Mapping[str, object]) -> int | None:
        """An edition begun with these settings after the one that answers."""
        sql = "SELECT number FROM editions, state WHERE number > edition AND made_by = ? ORDER BY number DESC LIMIT 1"
        row = self._sql.execute(sql, (json.dumps(dict(made_by)),)).fetchone()
        return None if row is None else int(row[0])

    def answer_with(self, edition: int, generation: int) -> None:
        """Let this edition answer, and put away all that belongs to others but what citations need."""
        self._sql.execute("UPDATE state SET edition = ?", (edition,))
        for table, column in (("segments", "edition"), ("cuts", "edition"), ("editions", "number")):
            self._sql.execute(f"DELETE FROM {table} WHERE {column} <> ?", (edition,))
        here = "SELECT id FROM passages WHERE edition = ? AND removed_in IS NULL"
        self._sql.execute(f"DELETE FROM passages WHERE edition <> ? AND id IN ({here})", (edition, edition))
        sql = "UPDATE passages SET removed_in = ? WHERE edition <> ? AND removed_in IS NULL"
        self._sql.execute(sql, (generation, edition))

    def advance(self, generation: int) -> None:
        self._sql.execute("UPDATE state SET generation = ?", (generation,))


class Store:
    """One database file."""

    def __init__(self, path: Path, timeout: float) -> None:
        """Open or make the database, and bring its schema up to date.

        ``timeout`` bounds, in seconds, how long a write waits for another writer.

        :raises FolderDamaged: the file is not a database that can be read.
        :raises IndexMismatch: it was made by a newer Footnote.
        """
        self._path, self._timeout, self._closed = path, timeout, threading.Event()
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        with self._faults(), self._lent() as connection:
            _migrate(connection, path)

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """One state of the store, whatever is written meanwhile."""
        with self._faults(), self._transaction("BEGIN") as connection:
            yield Snapshot(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """The right to write; committed at the end, rolled back on any exception.

        :raises FolderHeld: another writer kept it for too long.
        """
        with self._faults(), self._transaction("BEGIN IMMEDIATE") as connection:
            yield Transaction(connection)
            connection.execute("COMMIT")

    def flush(self) -> None:
        """Empty the write-ahead log where nobody needs it: what was deleted is then nowhere in the store's files."""
        with self._faults(), self._lent() as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(1e3 * self._timeout)}")

    def close(self) -> None:
        """Close every connection: those that are in use when they come back."""
        self._closed.set()
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lent() as connection:
            connection.execute(begin)
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        if self._closed.is_set():
            raise RuntimeError(f"{self._path} has been closed")
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)
            # After the put: a close that comes between finds it, one that came before is caught up with here.
            if self._closed.is_set():
                self.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            # FULL: a commit has reached the disk when it returns. secure_delete: what is deleted is overwritten.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            # Errors of Python's own, such as text that is no UTF-8, have no code.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise FolderHeld(
                    f"{self._path.parent} is held by another writer: waited {self._timeout:g} s"
                ) from error
            raise FolderDamaged(f"{self._path} can't be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise FolderDamaged(f"{self._path} is damaged: {error}; restore it from a backup") from error


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    scripts = [p for p in resources.files("index.migrations").iterdir() if p.name.endswith(".sql")]
    scripts.sort(key=lambda script: script.name)
    if connection.execute("PRAGMA user_version").fetchone()[0] == len(scripts):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = connection.execute("PRAGMA user_version").fetchone()[0]
        if done > len(scripts):
            raise IndexMismatch(
                f"{path.parent} was made by a newer Footnote (format {done}, not {len(scripts)}): update"
            )
        for script in scripts[done:]:
            for statement in _statements(script.read_text(encoding="utf-8")):
                connection.execute(statement)
        if done == 0:
            connection.execute("INSERT INTO meta VALUES ('store', ?)", (json.dumps(uuid.uuid4().hex),))
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script: executescript would commit the migration's transaction before it began."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _row(article: Article) -> dict[str, object]:
    period = None if article.published_at is None else dates.parse(article.published_at)
    return {
        "article": article.id,
        "fingerprint": article.fingerprint,
        "sha256": article.sha256,
        "title": article.title,
        "text": article.text,
        "url": article.url,
        "source": article.source,
        "author": article.author,
        "published_at": article.published_at,
        "updated_at": article.updated_at,
        "date_basis": article.date_basis,
        "language": article.language,
        "tags": json.dumps(article.tags),
        "metadata": json.dumps(dict(article.metadata)),
        "published_first": period and period.first.toordinal(),
        "published_last": period and period.last.toordinal(),
    }


def _article(row: Sequence[Any]) -> Article:
    *plain, tags, metadata, _ = row
    try:
        values = (*plain, tuple(json.loads(tags)), json.loads(metadata))
    except ValueError as error:
        raise FolderDamaged(f"article {row[0]!r} is not what was stored: restore the folder from a backup") from error
    return Article(*values)


def _kept(row: Sequence[Any]) -> Kept:
    number, id, version, edition, start, end, sentences, times, side_story, removed_in = row
    offsets = np.frombuffer(sentences, dtype="<u4").reshape(-1, 2)
    spans = tuple(Span(start + int(a), start + int(b)) for a, b in offsets)
    passage = Passage(Span(start, end), spans, bool(side_story), _times(times))
    return Kept(number, id, version, edition, passage, removed_in is not None)


def _facts(source: str | None, first: int | None, last: int | None, side_story: int, times: bytes) -> Facts:
    if first is None or last is None or side_story:
        return Facts(source, None, _times(times))
    return Facts(source, Period(date.fromordinal(first), date.fromordinal(last)), _times(times))


def _times(blob: bytes) -> tuple[Spoken, ...]:
    rows = np.frombuffer(blob, dtype="<i4").reshape(-1, 3).tolist()
    days = date.fromordinal
    return tuple(Spoken(Period(days(first), days(last)), sentence) for first, last, sentence in rows)


def _pack(passage: Passage) -> bytes:
    """A passage's sentences as offsets from its start, four bytes each."""
    return (np.array(passage.sentences, dtype=np.int64).reshape(-1, 2) - passage.span.start).astype("<u4").tobytes()


def _days(passage: Passage) -> bytes:
    """The periods that a passage speaks of: first day, last day and number of the sentence, four bytes each."""
    rows = [(period.first.toordinal(), period.last.toordinal(), sentence) for period, sentence in passage.times]
    return np.array(rows, dtype="<i4").tobytes()


def _numbers(rows: Iterable[tuple[int]]) -> Numbers:
    return np.fromiter((row[0] for row in rows), dtype=np.int64)


def _where(filters: Filters) -> tuple[str, list[object]]:
    """The FROM and WHERE that all filters but the date come to, and their values."""
    conditions, values = _conditions(filters)
    return f"FROM passages JOIN versions ON versions.number = passages.version WHERE {LIVE}{conditions}", values


def _conditions(filters: Filters) -> tuple[str, list[object]]:
    """What all filters but the date ask of a version, each behind AND, and their values."""
    sql, values = "", list[object]()
    if filters.source:
        sql += " AND source COLLATE NOCASE IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(filters.source))
    if filters.article:
        sql += " AND article IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(filters.article))
    if filters.tags:
        sql += " AND EXISTS (SELECT 1 FROM json_each(tags) AS t JOIN json_each(?) AS asked ON t.value = asked.value)"
        values.append(json.dumps(filters.tags))
    return sql, values

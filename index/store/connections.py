"""Connections to one SQLite file, lent out and taken back; its schema, and the faults that it may have."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from queue import Empty, LifoQueue

from index.errors import DiskFault, FolderDamaged, FolderHeld, IndexMismatch
from index.store.line import Line
from index.store.seals import UNREADABLE, install

DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)

WHAT_TO_DO = "restore it from a backup, or let `footnote repair` save what can be read"

# For those who may use one and know nothing of sqlite3.
Connection = sqlite3.Connection


class Connections:
    """One database file, in use by many threads and processes."""

    def __init__(self, path: Path, timeout: float, lasting: bool = True) -> None:
        """``timeout`` bounds, in seconds, how long a write waits for another writer; the file is made if need be.

        Where it is ``lasting``, a commit has reached the disk when it returns.
        """
        self._synchronous = "FULL" if lasting else "OFF"
        self._path, self._timeout, self._closed = path, timeout, threading.Event()
        self._line = Line(path.with_suffix(".line"))
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()

    def migrate(self, package: str, begin: Callable[[sqlite3.Connection], object] = lambda _: None) -> None:
        """Bring the schema up to date by the numbered scripts of a package; ``begin`` fills a schema that is new.

        :raises FolderDamaged: the file is not a database that can be read.
        :raises IndexMismatch: it was made by a newer Footnote.
        """
        with self._faults(), self._lent() as connection:
            _migrate(connection, self._path, package, begin)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the database, whatever is written meanwhile."""
        with self._faults(), self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The right to write; committed at the end, rolled back on any exception.

        :raises FolderHeld: another writer kept it for too long.
        """
        begin = "BEGIN IMMEDIATE"
        with self._faults(), self._line.turn(self._timeout) as left, self._transaction(begin, left) as connection:
            yield connection
            connection.execute("COMMIT")

    def flush(self) -> None:
        """Empty the write-ahead log where nobody needs it: what was deleted is then nowhere in the store's files."""
        with self._faults(), self._lent() as connection, self._patient(connection, 0):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close every connection: those that are in use when they come back."""
        self._closed.set()
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _patient(self, connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
        """What waits for another waits no longer than this."""
        connection.execute(f"PRAGMA busy_timeout = {round(1e3 * seconds)}")
        try:
            yield
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(1e3 * self._timeout)}")

    @contextmanager
    def _transaction(self, begin: str, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        with self._lent() as connection:
            with nullcontext() if patience is None else self._patient(connection, patience):
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
            # secure_delete: what is deleted is overwritten.
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
            install(connection)
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
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise FolderHeld(
                    f"{self._path.parent} is held by another writer: waited {self._timeout:g} s"
                ) from error
            if code in DISK:
                raise DiskFault(f"{self._path} can't be used: {error}; nothing of it is lost") from error
            raise FolderDamaged(f"{self._path} can't be used: {error}") from error
        except UNREADABLE as error:
            raise FolderDamaged(f"{self._path} is damaged: {error}; {WHAT_TO_DO}") from error


def newest_format(package: str) -> int:
    """The format to which the numbered scripts of a package lead."""
    return len(_scripts(package))


def _scripts(package: str) -> list[Traversable]:
    found = [script for script in resources.files(package).iterdir() if script.name.endswith(".sql")]
    return sorted(found, key=lambda script: script.name)


def _migrate(
    connection: sqlite3.Connection, path: Path, package: str, begin: Callable[[sqlite3.Connection], object]
) -> None:
    scripts = _scripts(package)
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
            begin(connection)
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

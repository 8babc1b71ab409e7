"""A store's file as it lies there, whatever its format: neither made nor migrated, to be copied whole while in use."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from index.errors import FolderDamaged
from index.records import Received
from index.store.checking import UNTRUE, opened
from index.store.connections import Connections
from index.store.seals import UNREADABLE

STEP_PAGES = 1024
CHECK = "PRAGMA quick_check(2147483647)"

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""


@dataclass(frozen=True)
class Contents:
    """What a store names beside itself, and what is in it. ``jobs`` are the files of each that has not ended, by id."""

    format: int
    articles: int
    versions: int
    segments: tuple[str, ...]
    words: tuple[str, ...]
    jobs: Mapping[str, tuple[Received, ...]]


def copy_store(file: Path, copy: Path, timeout: float, still: Callable[[Contents], None], progress: Progress) -> None:
    """Copy one state of a store that others read and write meanwhile.

    While ``still`` runs nobody writes, so that what the store names is there; ``timeout`` bounds, in seconds, the wait
    for a writer. ``progress`` counts pages.

    :raises FolderHeld: another writer kept the store for too long.
    :raises FolderDamaged: it is not what was stored.
    """
    with closing(Connections(file, timeout)) as connections, connections.reading() as reader:
        with connections.writing():
            still(_contents(reader))
        _copy(reader, copy, progress)
    _check(copy, file)
    _check_texts(copy, file)


def copy_database(file: Path, copy: Path, timeout: float) -> int:
    """Copy one state of another SQLite file in use, and say its format.

    :raises FolderDamaged: it can't be read.
    """
    with closing(Connections(file, timeout)) as connections, connections.reading() as reader:
        _copy(reader, copy, lambda *_: None)
        format = _format(reader)
    _check(copy, file)
    return format


def contents(file: Path) -> Contents:
    """What a store names, without changing anything.

    :raises FolderDamaged: it can't be read.
    """
    with _as_copy_of(file), closing(opened(file)) as connection:
        return _contents(connection)


def is_in_use(file: Path) -> bool:
    """Whether another process has a SQLite file open; of one that can't be read, no."""
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            # Only who is alone can leave write-ahead logging.
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as fault:
        return getattr(fault, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    except UNREADABLE:
        return False
    return False


def _contents(connection: sqlite3.Connection) -> Contents:
    counts = connection.execute("SELECT count(*) FILTER (WHERE replaced_in IS NULL), count(*) FROM versions").fetchone()
    segments = connection.execute("SELECT name FROM segments ORDER BY 1")
    words = connection.execute("SELECT words FROM editions ORDER BY 1")
    return Contents(
        format=_format(connection),
        articles=counts[0],
        versions=counts[1],
        segments=tuple(name for [name] in segments),
        words=tuple(name for [name] in words),
        jobs=_jobs(connection),
    )


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _jobs(connection: sqlite3.Connection) -> dict[str, tuple[Received, ...]]:
    """None in formats that had none."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'job_files'").fetchone():
        return {}
    jobs = connection.execute("SELECT number, id FROM jobs WHERE state IN ('waiting', 'running')").fetchall()
    sql = "SELECT name, size, sha256 FROM job_files WHERE job = ? ORDER BY number"
    return {id: tuple(Received(*row) for row in connection.execute(sql, (number,))) for number, id in jobs}


def _copy(reader: sqlite3.Connection, copy: Path, progress: Progress) -> None:
    """The transaction that the reader is in keeps the state one and the same over all steps."""
    reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    with _room_for(copy), closing(sqlite3.connect(copy, isolation_level=None)) as target:
        reader.backup(target, pages=STEP_PAGES, progress=lambda _, left, of: progress(of - left, of))


@contextmanager
def _room_for(copy: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as fault:
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(copy)) from fault
        raise


def _check(copy: Path, file: Path) -> None:
    with _as_copy_of(file), closing(sqlite3.connect(copy)) as connection:
        said = next((one for [one] in connection.execute(CHECK) if one != "ok" and not one.startswith(UNTRUE)), None)
        if said is not None:
            raise FolderDamaged(f"{file} is damaged: {said}; restore it from a backup")


def _check_texts(copy: Path, file: Path) -> None:
    with _as_copy_of(file), closing(sqlite3.connect(copy)) as connection:
        for article, text, expected in connection.execute("SELECT article, text, sha256 FROM versions"):
            if sha256(text.encode()).hexdigest() != expected:
                raise FolderDamaged(f"article {article!r} of {file} is not what was stored: restore it from a backup")


@contextmanager
def _as_copy_of(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, AttributeError, UnicodeError) as fault:
        raise FolderDamaged(f"{file} is damaged: {fault}; restore it from a backup") from fault

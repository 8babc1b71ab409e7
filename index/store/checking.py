"""What of a SQLite file the disk has changed: nothing is written, nothing mended."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from index.records import Article
from index.store.seals import PASSAGE, SEALED, UNREADABLE, VERSION, install

# SQLite before 3.41 says so of tables without rowid whose key is not their first columns.
UNTRUE = "NULL value in "
SEALED_FORMAT, ALL_SEALED_FORMAT = 6, 7
FIELDS = """article, title, text, url, source, author, published_at, updated_at, date_basis, language, tags,
    metadata, sha256, fingerprint"""
REPAIR = "`footnote repair` saves what can be read, a backup has it all"


class Damage(NamedTuple):
    """Something that is not what was stored: in which file, what, and what mends it."""

    file: str
    what: str
    todo: str


def check_store(path: Path) -> Iterator[Damage]:
    """Everything in an archive's store that is not what was stored, each thing by its name."""
    for what in _faults(path, _store_faults):
        yield Damage(path.name, what, REPAIR)


def check_database(path: Path) -> Iterator[Damage]:
    """What is wrong with the structure of any other SQLite file."""
    if not path.stat().st_size and not path.with_name(f"{path.name}-wal").exists():
        yield Damage(path.name, "is empty: what it held is gone", "bring it back from a backup, or remove it")
        return
    for what in _faults(path, _structure):
        yield Damage(path.name, what, REPAIR)


def opened(path: Path) -> sqlite3.Connection:
    """To be read only, and as far as it can be: text that is none is no reason to stop."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    install(connection)
    return connection


def _faults(path: Path, of: Any) -> Iterator[str]:
    try:
        with closing(opened(path)) as connection:
            yield from of(connection)
    except UNREADABLE as error:
        yield f"can't be read: {error}"


def _structure(connection: sqlite3.Connection) -> Iterator[str]:
    for (said,) in connection.execute("PRAGMA integrity_check(100)"):
        if said != "ok" and not said.startswith(UNTRUE):
            yield said.replace("\n", "; ")


def _store_faults(connection: sqlite3.Connection) -> Iterator[str]:
    format = connection.execute("PRAGMA user_version").fetchone()[0]
    yield from _structure(connection)
    yield from _versions(connection, format)
    yield from _passages(connection, format)
    if format >= ALL_SEALED_FORMAT:
        yield from _rows(connection)
    yield from _state(connection)


def _versions(connection: sqlite3.Connection, format: int) -> Iterator[str]:
    seal = f"seal({VERSION}) IS (SELECT seal FROM seals WHERE seals.version = number)" if format >= SEALED_FORMAT else 1
    for number, is_sealed, *row in connection.execute(f"SELECT number, {seal}, {FIELDS} FROM versions"):
        if part := damaged_part(row) or (None if is_sealed else "what is noted of its dates and writes"):
            yield f"article {row[0]!r}, version {number}: {part}"


def damaged_part(row: list[Any]) -> str | None:
    """Which part of an article is not what was stored, given FIELDS; None where it is whole."""
    try:
        article = to_article(row)
        is_whole, is_text = article.fingerprint == row[-1], sha256(row[2].encode()).hexdigest() == row[-2]
    except (ValueError, TypeError, AttributeError):
        return "its text" if not _is_text(row) else "its title or another field"
    if is_whole and is_text:
        return None
    if is_whole:
        return "the hash of its text"
    return "its title or another field" if is_text else "its text"


def to_article(row: list[Any]) -> Article:
    """:raises ValueError: it is none."""
    *plain, tags, metadata, _, _ = row
    values: tuple[Any, ...] = (*plain, tuple(json.loads(tags)), json.loads(metadata))
    return Article(*values)


def _is_text(row: list[Any]) -> bool:
    try:
        return bool(sha256(row[2].encode()).hexdigest() == row[-2])
    except (ValueError, AttributeError):
        return False


def _passages(connection: sqlite3.Connection, format: int) -> Iterator[str]:
    if format < SEALED_FORMAT:
        return
    sql = f"""SELECT passages.number, article FROM (SELECT number, version FROM passages
        WHERE seal IS NOT seal({PASSAGE})) AS passages LEFT JOIN versions ON versions.number = version"""
    for number, article in connection.execute(sql):
        yield f"passage {number} of article {article!r}"


# What is said of a row of each table, and the columns that this takes.
ROWS = {
    "ledger": ("line {} of the ledger, of article {!r}", "number, article"),
    "files": ("the ledger's line of the file {!r}", "file"),
    "brought": ("what the ledger says that file {} brought: {!r}", "file, article"),
    "jobs": ("job {!r}", "id"),
    "job_rejections": ("what was rejected of job {}: {!r}", "job, file"),
    "editions": ("what made edition {}", "number"),
    "cuts": ("the abbreviations of version {}", "version"),
    "repeats": ("what is judged of a paragraph of {!r}", "publisher"),
    "marks": ("the mark on passage {}", "passage"),
}


def _rows(connection: sqlite3.Connection) -> Iterator[str]:
    for table, (said, columns) in ROWS.items():
        for row in connection.execute(f"SELECT {columns} FROM {table} WHERE NOT ({SEALED[table]})"):
            yield said.format(*row)


def _state(connection: sqlite3.Connection) -> Iterator[str]:
    """It is behind nothing that it counts."""
    sql = """SELECT generation < (SELECT coalesce(max(added_in), 0) FROM versions)
            OR generation < (SELECT coalesce(max(generation), 0) FROM removals)
            OR next_passage <= (SELECT coalesce(max(number), 0) FROM passages)
            OR next_passage <= (SELECT coalesce(max(passage), 0) FROM removals)
            OR edition NOT IN (SELECT number FROM editions) AND EXISTS (SELECT 1 FROM editions) FROM state"""
    if connection.execute(sql).fetchall() != [(0,)]:
        yield "the count of writes and passages"

"""What can be read of a damaged store is put into a new one; what can't is said."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.errors import FolderDamaged
from index.store import pages
from index.store.checking import damaged_part, opened, to_article
from index.store.database import Store
from index.store.rows import from_article
from index.store.seals import SEALED, UNREADABLE, VERSION, seal

VERSION_COLUMNS, PASSAGE_COLUMNS = 20, 11
# Copied line by line, as far as SQLite can read them; the last two need the first of theirs.
LEDGERS = dict.fromkeys(("ledger", "files", "brought", "jobs", "job_files", "job_rejections"), "TRUE")
LEDGERS["meta"] = "key <> 'store'"


@dataclass
class Salvaged:
    """``articles`` are the ids of those that are there, ``lost`` says what could not be saved, or not as it was."""

    articles: list[str] = field(default_factory=list)
    versions: int = 0
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Version:
    number: int
    row: dict[str, Any]
    replaced_in: int | None

    @property
    def article(self) -> str:
        return str(self.row["article"])


def salvage(damaged: Path, target: Path) -> Salvaged:
    """Fill a new store at ``target``, which is not there yet, with what can be read of a damaged one.

    Every text of an article is held against its hash, every passage against its seal. It has no edition: passages,
    vectors and words are to be made again.

    :raises FolderDamaged: not one article can be read.
    """
    found, said = [*pages.rows(damaged)], Salvaged()
    known = _known_ids(damaged)
    versions = _newest_last(_versions(found, known, said))
    if not versions:
        raise FolderDamaged(f"nothing can be read of {damaged}: restore it from a backup")
    with closing(Store(target, 30.0)) as store, store.writing() as transaction:
        connection = transaction.connection
        _fill(connection, versions, _current(versions, known), found)
        said.lost += [f"not every line of {t} can be read: {WITHOUT[t]}" for t in copied(damaged, connection, LEDGERS)]
        for sql in ORPHANS:
            connection.execute(sql)
    said.versions = len(versions)
    said.articles = sorted({version.article for version in versions})
    said.lost += _missing(known, _current(versions, known))
    return said


def _missing(known: Mapping[str, str], current: Mapping[str, _Version]) -> Iterator[str]:
    """What the ledger knows to be there, and is not, or not in its newest text."""
    for id, sha in known.items():
        if id not in current:
            yield f"article {id!r}: nothing of it can be read"
        elif current[id].row["sha256"] != sha:
            added = current[id].row["added_at"]
            yield f"article {id!r}: its newest text can't be read, that of {added} stands instead: bring it again"


def _known_ids(damaged: Path) -> dict[str, str]:
    """The ids of articles that the ledger says are there, with the hash of the text that each has."""
    known: dict[str, str] = {}
    sealed = SEALED["ledger"] if "seal" in _columns(damaged, "ledger") else "TRUE"
    sql = f"SELECT article, event, sha256 FROM ledger WHERE {sealed} ORDER BY number {{way}}"
    for article, event, sha in _read(damaged, sql):
        known[article] = "" if event == "deleted" else sha
    return {id: sha for id, sha in known.items() if sha}


def _versions(found: Iterable[pages.Found], known: dict[str, str], said: Salvaged) -> Iterator[_Version]:
    ids = {sha: id for id, sha in known.items()}
    for rowid, values in found:
        if len(values) != VERSION_COLUMNS or not isinstance(values[1], str) or not isinstance(values[5], str):
            continue
        _, article, fingerprint, sha, title, text, *rest = values
        row: list[Any] = [article, title, text, *rest[:9], sha, fingerprint]
        part = damaged_part(row)
        if part and ids.get(str(sha)) not in (None, article):
            row[0] = ids[str(sha)]
            part = damaged_part(row)
        if part == "its text":
            said.lost.append(f"article {row[0]!r}, version {rowid}: its text is damaged, bring it again")
            continue
        if part == "its title or another field":
            row = [_clean(value) for value in row]
            said.lost.append(f"article {row[0]!r}, version {rowid}: saved, but {part} is damaged: bring it again")
        with suppress(ValueError, TypeError, AttributeError, KeyError):
            yield _Version(rowid, _row(row, rest, part), None if rest[13] is None else int(rest[13]))


def _row(row: list[Any], rest: Sequence[Any], part: str | None) -> dict[str, Any]:
    article = to_article(row)
    kept = from_article(article) if part is None else from_article(article) | {"fingerprint": article.fingerprint}
    kept |= {"sha256": sha256(article.text.encode()).hexdigest()}
    return kept | {"added_at": str(_clean(rest[11])), "added_in": int(rest[12])}


def _newest_last(found: Iterable[_Version]) -> list[_Version]:
    """By number, each number once."""
    return [version for _, version in sorted({one.number: one for one in found}.items())]


def _current(versions: Sequence[_Version], known: Mapping[str, str]) -> dict[str, _Version]:
    """Each article's one version that is not replaced; where that can't be read, the likest to it."""
    by_article: dict[str, _Version] = {}
    ranks = {v.number: (v.replaced_in is None, v.row["sha256"] == known.get(v.article), v.number) for v in versions}
    for version in sorted(versions, key=lambda one: ranks[one.number]):
        by_article[version.article] = version
    return by_article


def _fill(
    connection: sqlite3.Connection,
    versions: Sequence[_Version],
    current: Mapping[str, _Version],
    found: Iterable[pages.Found],
) -> None:
    generation = max((version.row["added_in"] for version in versions), default=0) + 1
    for version in versions:
        replaced = None if current[version.article] is version else version.replaced_in or generation
        row = {"number": version.number, **version.row, "replaced_in": replaced}
        sql = f"INSERT INTO versions ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        connection.execute(sql, [*row.values()])
    connection.execute(f"INSERT INTO seals SELECT number, seal({VERSION}) FROM versions")
    numbers = {version.number for version in versions}
    last = 0
    for rowid, values in found:
        passage = (rowid, *values[1:])
        if len(values) != PASSAGE_COLUMNS or seal(*passage[:9]) != passage[-1]:
            continue
        last = max(last, rowid)
        if passage[2] in numbers:
            removed = values[9] if isinstance(values[9], int) else generation
            insert = "INSERT OR IGNORE INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            connection.execute(insert, (*passage[:9], removed, passage[-1]))
    connection.execute("UPDATE state SET generation = ?, next_passage = ?, edition = 1", (generation, last + 1))


def copied(
    damaged: Path,
    connection: sqlite3.Connection,
    tables: Mapping[str, str],
    sealed: Mapping[str, str] = SEALED,
) -> Iterator[str]:
    """Copy tables, of each the lines that a condition lets through, and none that differs from its seal.

    Says which are not whole.
    """
    connection.execute("PRAGMA defer_foreign_keys = ON")
    for table, given in tables.items():
        had = _columns(damaged, table)
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if not had or row[1] in had]
        condition = f"{given} AND {sealed[table]}" if "seal" in had and table in sealed else given
        names = ", ".join(f'"{name}"' for name in columns)
        insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
        whole = _Whole()
        for row in _read(damaged, f"SELECT {names} FROM {table} WHERE {condition} ORDER BY 1 {{way}}", whole):
            with suppress(sqlite3.IntegrityError):
                connection.execute(insert, [_clean(value) for value in row])
        if not whole.yes or ("seal" in had and _until_damage(damaged, NOT_SEALED.format(table, condition))[0]):
            yield table


def _columns(damaged: Path, table: str) -> set[str]:
    return {row[1] for row in _until_damage(damaged, f"PRAGMA table_info({table})")[0]}


WITHOUT = {
    "ledger": "when articles came and went is not known of all",
    "files": "files that it lacks are read again when they are given again",
    "brought": "--prune may leave articles of files that are gone",
    "jobs": "what was brought and waited may have to be brought again",
    "job_files": "what was brought and waited may have to be brought again",
    "meta": "that keys and kept answers are gone, if they are, is not known",
    "job_rejections": "what was rejected of jobs is not known of all",
}
ORPHANS = (
    "DELETE FROM brought WHERE file NOT IN (SELECT number FROM files)",
    "DELETE FROM job_files WHERE job NOT IN (SELECT number FROM jobs)",
    "DELETE FROM job_rejections WHERE job NOT IN (SELECT number FROM jobs)",
)


NOT_SEALED = "SELECT 1 FROM {} WHERE ({}) IS NOT TRUE LIMIT 1"


class _Whole:
    """Whether all could be read."""

    yes = True


def _clean(value: object) -> object:
    """Without what is no text, which a reader sees to be lacking."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if isinstance(value, str) else value


def _read(damaged: Path, sql: str, whole: _Whole | None = None) -> list[tuple[Any, ...]]:
    """Rows from the first on and from the last back, until what can't be read comes; in order."""
    before, broke = _until_damage(damaged, sql.format(way="ASC"))
    if not broke:
        return before
    if whole is not None:
        whole.yes = False
    behind, _ = _until_damage(damaged, sql.format(way="DESC"))
    seen = set(map(repr, before))
    return before + [row for row in reversed(behind) if repr(row) not in seen]


def _until_damage(damaged: Path, sql: str) -> tuple[list[tuple[Any, ...]], bool]:
    rows: list[tuple[Any, ...]] = []
    try:
        with closing(opened(damaged)) as connection:
            for row in connection.execute(sql):
                rows.append(row)  # noqa: PERF402 - those before an error count
    except UNREADABLE:
        return rows, True
    return rows, False


def merge(copy: Path) -> None:
    """Let SQLite put into a file what its write-ahead log adds; where it can't, that is lost, as after a crash."""
    with suppress(*UNREADABLE), closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

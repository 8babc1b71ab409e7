"""What an archive remembers of a database beside its store, by which it is missed when it has gone."""

import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from index.store.seals import UNREADABLE

TIMEOUT = 5.0


def note(store: Path, name: str, identity: str) -> str:
    """Remember what tells a database from others, unless another is remembered under its name: says which is.

    Where the store can't be written just now, or is not there yet, it is remembered another time.
    """
    known = noted(store, name)
    if known is None:
        _do(store, "INSERT OR IGNORE INTO meta VALUES (?, ?)", name, json.dumps(identity))
    return known or identity


def noted(store: Path, name: str) -> str | None:
    """What tells the database that the archive had; None where it had none, or nobody can tell."""
    found = _do(store, "SELECT value FROM meta WHERE key = ?", name)
    with suppress(ValueError):
        return str(json.loads(found[0][0])) if found else None
    return None


def forget(store: Path, name: str) -> None:
    """Whatever database of this name is there next counts."""
    _do(store, "DELETE FROM meta WHERE key = ?", name)


def _do(store: Path, sql: str, *values: str) -> list[tuple[str]]:
    """Nothing where there is no store, or it can't be used just now."""
    if not store.is_file() or not store.stat().st_size:
        return []
    try:
        with closing(sqlite3.connect(store, timeout=TIMEOUT)) as connection, connection:
            connection.execute("PRAGMA synchronous = FULL")
            return connection.execute(sql, values).fetchall()
    except UNREADABLE:
        return []

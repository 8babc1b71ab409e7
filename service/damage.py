"""STORY: a data folder in, all in it that is not what was stored out, each with what mends it."""

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from index.embedding.backends import BACKENDS, REMEMBERED
from index.errors import FolderDamaged, Invalid
from index.repair import AGAIN, check, kept_aside
from index.store.checking import REPAIR, Damage, check_database
from index.store.identities import forget, noted
from service.calibration import NAME as CALIBRATION
from service.calibration import kept
from service.database import FILE, NAME, OTHER, STORE, Database
from service.keys import TIMEOUT, damaged_keys
from service.sealed import SEALED

# What is said of a row of each table, the columns that this takes, and what mends it.
ROWS = {
    "kept": ("the answer kept under {!r}", "id", "it is not shown: bring it back from a backup, or revoke it"),
    "pending": ("what a chat tool asked, {!r}", "id", "it is not answered: ask again"),
    "feeds": ("what is known of the source {!r}", "name", "it is known again after the next visit"),
    "entries": ("what is known of {!r} of {!r}", "key, feed", "it is brought again when its source lists it next"),
    "addresses": ("by which address {!r} is known", "article", "it is known again when it comes next"),
}
GONE = "is gone, and with it keys, kept answers and what is known of sources"
BRING_BACK = "bring it back from a backup; `footnote repair` goes on without it"


def damages(folder: Path) -> Iterator[Damage]:
    """Everything that differs; nothing is changed.

    :raises Invalid: there is no archive in the folder.
    """
    yield from check(folder)
    yield from _of_service(folder)
    yield from _of_files(folder)


def _of_service(folder: Path) -> Iterator[Damage]:
    expected = noted(folder / STORE, NAME)
    if not (folder / FILE).is_file():
        if expected is not None:
            yield Damage(FILE, GONE, BRING_BACK)
        return
    yield from damaged_keys(folder)
    try:
        yield from _of_rows(folder, expected)
    except FolderDamaged as fault:
        # Its structure may be whole, and the name of a column be another.
        if not [*check_database(folder / FILE)]:
            yield Damage(FILE, f"can't be read: {fault.__cause__}", REPAIR)


def _of_rows(folder: Path, expected: str | None) -> Iterator[Damage]:
    with closing(Database(folder, TIMEOUT)) as database, database.reading() as connection:
        if connection is None:
            return
        if expected not in (None, connection.execute("SELECT id FROM identity").fetchone()[0]):
            yield Damage(FILE, OTHER, BRING_BACK)
        for table, (said, columns, todo) in ROWS.items():
            for row in connection.execute(f"SELECT {columns} FROM {table} WHERE NOT ({SEALED[table]})"):
                yield Damage(FILE, said.format(*row), todo)


def _of_files(folder: Path) -> Iterator[Damage]:
    try:
        kept(folder)
    except Invalid as fault:
        yield Damage(CALIBRATION, str(fault), "`footnote repair` puts it aside: what is shipped counts then")
    file = folder / REMEMBERED
    if file.exists() and not _is_choice(file):
        yield Damage(REMEMBERED, "is not what was remembered of this machine", AGAIN)


def _is_choice(file: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError):
        return all(backend in BACKENDS for backend in json.loads(file.read_bytes()).values())
    return False


def put_aside(folder: Path) -> Iterator[str]:
    """Go on without what is gone or can't be used of what lies beside the store; says what was done."""
    try:
        kept(folder)
    except Invalid:
        aside = kept_aside(folder, CALIBRATION)
        (folder / CALIBRATION).unlink()
        yield f"{CALIBRATION} is kept in {aside}: what is shipped counts; run `footnote calibrate` again"
    if not _is_choice(folder / REMEMBERED):
        (folder / REMEMBERED).unlink(missing_ok=True)
    if any(damage.what in (GONE, OTHER) for damage in _of_service(folder)):
        forget(folder / STORE, NAME)
        yield f"keys, kept answers and what was known of sources are gone with {FILE}: make new keys"

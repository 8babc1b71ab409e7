"""STORY: a damaged data folder in, what is wrong with it out; and a whole one with all that can be read."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from index.durable import make_folder, sync_folder
from index.errors import FolderDamaged, FolderHeld, Invalid
from index.lexical import WordsDamaged, check_files
from index.sorting import CELLS
from index.spool import is_as_received
from index.store.checking import Damage, check_database, check_store
from index.store.originals import contents, is_in_use
from index.store.salvage import Salvaged, merge, salvage
from index.vectors import SegmentDamaged, check_cells, check_segment

STORE, DERIVED = "store.sqlite", ("vectors", "words", CELLS)
# Beside the store while a repair is under way.
NEW = "repaired"
AGAIN = "it is made again at the next start"


@dataclass(frozen=True)
class Repaired:
    """What was saved, or that nothing had to be; ``aside`` is the folder that holds what was damaged."""

    aside: Path | None = None
    salvaged: Salvaged = field(default_factory=Salvaged)


def check(folder: Path) -> Iterator[Damage]:
    """Everything in a data folder that is not what was stored; nothing is changed.

    :raises Invalid: there is no archive in the folder.
    """
    _refuse_none(folder)
    damages = [*check_store(folder / STORE)]
    yield from damages
    try:
        yield from _beside(folder)
    except FolderDamaged:
        # What it names can't be read; that is said, if only of what it has.
        if not damages:
            raise
    yield from _cells(folder)
    for other in sorted(folder.glob("*.sqlite")):
        if other.name != STORE:
            yield from check_database(other)


def _refuse_none(folder: Path) -> None:
    if not (folder / STORE).is_file():
        raise Invalid(f"{folder} holds no archive: it has no {STORE}")


def _beside(folder: Path) -> Iterator[Damage]:
    """What is wrong with the files that the store names."""
    named = contents(folder / STORE)
    for name in named.segments:
        try:
            check_segment(folder / "vectors", name)
        except SegmentDamaged as fault:
            yield Damage(f"vectors/{name}", str(fault), AGAIN)
    for name in named.words:
        try:
            check_files(folder / "words" / name)
        except WordsDamaged as fault:
            yield Damage(f"words/{name}", str(fault), AGAIN)
    for id, files in named.jobs.items():
        for file in files:
            if not is_as_received(folder / "intake" / id, file):
                yield Damage(f"intake/{id}/{file.name}", "is not what was brought", "bring it again")


def _cells(folder: Path) -> Iterator[Damage]:
    """What is wrong with cells: those that are being made, or have no name yet, don't count."""
    for place in sorted((folder / CELLS).glob("*-*")):
        if place.is_dir() and place.suffix != ".building":
            try:
                check_cells(folder / CELLS, place.name)
            except SegmentDamaged as fault:
                yield Damage(f"{CELLS}/{place.name}", str(fault), "they are made again when it is served")


def repair(folder: Path) -> Repaired:
    """Put every article that can be read into a whole store, in place of a damaged one, which is kept aside.

    Where the store is whole, nothing of it changes. Vectors and words are left to be made again, passages too where the
    store had to be.

    :raises Invalid: there is no archive in the folder.
    :raises FolderHeld: somebody uses it.
    :raises FolderDamaged: not one article can be read; nothing is changed then.
    """
    _refuse_none(folder)
    store = folder / STORE
    if is_in_use(store):
        raise FolderHeld(f"{folder} is in use: stop what serves or writes it, then repair it")
    shutil.rmtree(folder / NEW, ignore_errors=True)
    if not [*check_store(store)]:
        return Repaired()
    aside = kept_aside(folder, STORE)
    make_folder(folder / NEW)
    try:
        salvaged = salvage(_merged(aside / STORE), folder / NEW / STORE)
    except FolderDamaged:
        shutil.rmtree(aside)
        raise
    return _put_in_place(folder, aside, salvaged)


def kept_aside(folder: Path, name: str) -> Path:
    """A copy of a database with what belongs to it, in a folder of its own."""
    aside = folder / f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    make_folder(aside)
    for path in folder.glob(f"{name}*"):
        shutil.copy2(path, aside / path.name)
    return aside


def _merged(store: Path) -> Path:
    """A copy of a store's file, with what its write-ahead log adds where SQLite can still tell."""
    copy = store.with_name("merged.sqlite")
    for end in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copy2(store.with_name(store.name + end), copy.with_name(copy.name + end))
    merge(copy)
    return copy


def _put_in_place(folder: Path, aside: Path, salvaged: Salvaged) -> Repaired:
    """From the one rename on the folder has the new store."""
    for name in DERIVED:
        shutil.rmtree(folder / name, ignore_errors=True)
    for end in ("-wal", "-shm"):
        (folder / f"{STORE}{end}").unlink(missing_ok=True)
    (folder / NEW / STORE).replace(folder / STORE)
    sync_folder(folder)
    shutil.rmtree(folder / NEW, ignore_errors=True)
    for copy in aside.glob("merged.sqlite*"):
        copy.unlink()
    return Repaired(aside, salvaged)

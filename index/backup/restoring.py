"""STORY: a backup in, a data folder out: whole, or as it was before.

Everything happens inside the data folder, which may be where a disk is mounted: what is unpacked lies in a folder of
its own until all of it is there and checked, the store is moved to its place last, and while that other folder is
there, nobody opens the archive.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path

from index.backup.shape import Header, Member, Progress, header_of, read
from index.durable import make_folder, sync_folder
from index.errors import FolderHeld, IndexMismatch, Invalid
from index.folder import RESTORING
from index.spool import locked
from index.store.originals import is_in_use

STORE, WHOLE = "store.sqlite", "whole"
BEFORE = "before-"


def restore(
    file: Path,
    folder: Path,
    databases: Mapping[str, int],
    *,
    replace: bool = False,
    progress: Progress = lambda *_: None,
) -> tuple[Header, Path | None]:
    """Make a data folder of a backup; what was in it, if that is to be replaced, is kept in a folder inside: which.

    ``databases`` has the newest format that is known of each; older ones are migrated when the folder is opened.

    :raises Invalid: the file is no backup, or the folder is not empty.
    :raises IndexMismatch: a newer Footnote made it.
    :raises BackupDamaged: it is not what was written, or not all of it.
    :raises FolderHeld: the folder is in use.
    :raises OSError: there is no room for it.
    """
    header = header_of(file)
    _refuse_newer(file, header, databases)
    _refuse_occupied(folder, databases, replace)
    with _aside(folder) as aside:
        _refuse_short_of_room(folder, header)
        read(file, lambda member, pieces: _unpack(aside / "new" / member.name, pieces), progress)
        _settle(aside / "new", header.files)
        (aside / "new").rename(aside / WHOLE)
        before = _put_away(folder, databases)
        _move_in(aside / WHOLE, folder)
    return header, before


def _refuse_newer(file: Path, header: Header, databases: Mapping[str, int]) -> None:
    for name, format in header.formats.items():
        if format > databases.get(name, 0):
            raise IndexMismatch(f"{name} in {file} was made by a newer Footnote (format {format}): update")


def _refuse_occupied(folder: Path, databases: Mapping[str, int], replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise Invalid(f"{folder} is no folder")
    if folder.is_dir() and _held(folder) and not replace:
        raise Invalid(f"{folder} is not empty: name another by --data, or say --replace")
    if any(is_in_use(folder / name) for name in databases):
        raise FolderHeld(f"{folder} is in use: stop whoever serves or writes it first")


def _held(folder: Path) -> list[Path]:
    """What is in a folder, but for what restoring itself puts there."""
    return [path for path in folder.iterdir() if path.name != RESTORING and not path.name.startswith(BEFORE)]


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """The folder for what is under way, cleared of what broke off before."""
    was_there, aside = folder.is_dir(), folder / RESTORING
    with locked(aside / "lock") as ours:
        if not ours:
            raise FolderHeld(f"another backup is being restored to {folder}")
        for part in ("new", WHOLE):
            shutil.rmtree(aside / part, ignore_errors=True)
        try:
            make_folder(aside / "new")
            yield aside
        except BaseException:
            # Once things are moved, nobody may open what is there by half.
            if not (aside / WHOLE).is_dir():
                _leave(folder, was_there)
            raise
        _leave(folder, was_there=True)


def _leave(folder: Path, was_there: bool) -> None:
    shutil.rmtree(folder / RESTORING, ignore_errors=True)
    if not was_there:
        with suppress(OSError):
            folder.rmdir()


def _refuse_short_of_room(folder: Path, header: Header) -> None:
    free = shutil.disk_usage(folder).free
    if header.size > free:
        raise OSError(ENOSPC, f"it needs {header.size:,} bytes, and {free:,} are free", str(folder))


def _unpack(path: Path, pieces: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        for data in pieces:
            file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _settle(new: Path, files: Iterable[Member]) -> None:
    """Make all names durable."""
    inside = {parent for file in files for parent in (new / file.name).parents if parent.is_relative_to(new)}
    for place in sorted(inside, key=lambda path: len(path.parts), reverse=True):
        sync_folder(place)


def _put_away(folder: Path, databases: Mapping[str, int]) -> Path | None:
    held = _held(folder)
    if not held:
        return None
    before = folder / f"{BEFORE}{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    make_folder(before)
    # Without its store no folder counts as an archive.
    for path in sorted(held, key=lambda path: path.name not in databases):
        path.rename(before / path.name)
    sync_folder(before)
    sync_folder(folder)
    return before


def _move_in(new: Path, folder: Path) -> None:
    for path in sorted(new.iterdir(), key=lambda path: path.name == STORE):
        path.rename(folder / path.name)
    sync_folder(folder)

"""STORY: a data folder in use in, one file out."""

import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from index.backup.shape import Header, Member, Progress, Writing, compressing, read
from index.durable import sync_folder
from index.errors import FolderHeld, IndexMismatch, Invalid
from index.spool import locked
from index.store.originals import Contents, copy_database, copy_store

STORE = "store.sqlite"
# A word index is locked by files that say nothing to others.
LOCKS = ".lock"


@dataclass(frozen=True)
class Plan:
    """What of a data folder is kept: its databases, the files ``beside`` them, and what was brought and waits.

    ``databases`` has the newest format that is known of each, the store's among them. Where it is not ``whole``,
    vectors and words are left out: they are made again from the store. ``made_by`` is the version that makes the
    backup; ``lock_timeout`` bounds, in seconds, the wait for a writer.
    """

    databases: Mapping[str, int]
    beside: Sequence[str] = ()
    whole: bool = True
    made_by: str = ""
    lock_timeout: float = 30.0


class _Gathered:
    """Files opened as of one moment: who removes one meanwhile takes nothing away."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.files: dict[Member, BinaryIO] = {}
        self.formats: dict[str, int] = {}
        self.articles, self.versions, self.moment = 0, 0, datetime.now(UTC)

    def add(self, name: str, path: Path) -> None:
        file = self._stack.enter_context(path.open("rb"))
        self.files[Member(name, os.fstat(file.fileno()).st_size)] = file


def take(
    folder: Path, target: Path, plan: Plan, *, overwrite: bool = False, progress: Progress = lambda *_: None
) -> Header:
    """Make a backup of a data folder that others read and write meanwhile, and read it back.

    It is written beside ``target``, in a folder whose name ends on ``.part``, which needs room for the store twice.

    :raises Invalid: there is no archive in the folder, or ``target`` is there already.
    :raises FolderHeld: another writer kept the folder for too long, or another backup is being written to ``target``.
    :raises FolderDamaged: what is to be kept is not what was stored.
    """
    if not (folder / STORE).is_file():
        raise Invalid(f"{folder} holds no archive: it has no {STORE}")
    _refuse_taken(target, overwrite)
    with _beside(target) as part, ExitStack() as stack:
        gathered = _gather(folder, part, stack, plan, progress)
        header = _write(part / "backup", target.name, gathered, plan, progress)
        _let_go_of_cache(part / "backup")
        read(part / "backup", lambda _, pieces: _drain(pieces), progress)
        _refuse_taken(target, overwrite)
        (part / "backup").rename(target)
        sync_folder(target.parent)
    return header


def _refuse_taken(target: Path, overwrite: bool) -> None:
    if target.is_dir() or (target.exists() and not overwrite):
        raise Invalid(f"{target} is there already: choose another name, or say --overwrite")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder for what is under way, cleared of what a crash left there."""
    part = target.with_name(f"{target.name}.part")
    with locked(part / "lock") as ours:
        if not ours:
            raise FolderHeld(f"another backup is being written to {target}")
        for path in part.iterdir():
            if path.name != "lock":
                path.unlink()
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _gather(folder: Path, part: Path, stack: ExitStack, plan: Plan, progress: Progress) -> _Gathered:
    """All files, opened: copies of the databases, and what the store names as of the same moment."""
    gathered, named = _Gathered(stack), _Gathered(stack)

    def still(contents: Contents) -> None:
        _refuse_newer(folder / STORE, contents.format, plan)
        gathered.formats[STORE] = contents.format
        gathered.articles, gathered.versions, gathered.moment = contents.articles, contents.versions, datetime.now(UTC)
        for name, path in _named(folder, contents, plan):
            named.add(name, path)

    copy_store(folder / STORE, part / STORE, plan.lock_timeout, still, progress)
    for name in plan.databases:
        if name != STORE and (folder / name).is_file():
            gathered.formats[name] = copy_database(folder / name, part / name, plan.lock_timeout)
            _refuse_newer(folder / name, gathered.formats[name], plan)
    for name in gathered.formats:
        gathered.add(name, part / name)
    gathered.files |= named.files
    return gathered


def _refuse_newer(file: Path, format: int, plan: Plan) -> None:
    if format > plan.databases[file.name]:
        raise IndexMismatch(f"{file} was made by a newer Footnote (format {format}): update")


def _named(folder: Path, contents: Contents, plan: Plan) -> Iterator[tuple[str, Path]]:
    """The files that count beside the databases, each with its name in the backup; what is missing is left out."""
    places = [folder / "vectors" / name for name in contents.segments], [folder / "words" / w for w in contents.words]
    derived = [path for place in chain(*places) if plan.whole and place.is_dir() for path in sorted(place.iterdir())]
    brought = [folder / "intake" / id / file.name for id, files in contents.jobs.items() for file in files]
    for path in (*(folder / name for name in plan.beside), *derived, *brought):
        if path.is_file() and not path.name.endswith(LOCKS):
            yield path.relative_to(folder).as_posix(), path


def _write(path: Path, name: str, gathered: _Gathered, plan: Plan, progress: Progress) -> Header:
    header = Header(
        gathered.moment.isoformat(timespec="seconds"),
        plan.made_by,
        gathered.articles,
        gathered.versions,
        gathered.formats,
        tuple(gathered.files),
    )
    with path.open("wb") as file:
        with compressing(file, name) as stream:
            writing = Writing(stream, header, gathered.moment.timestamp(), progress)
            for member, content in gathered.files.items():
                writing.add(member, content)
            writing.end()
        file.flush()
        os.fsync(file.fileno())
    return header


def _let_go_of_cache(path: Path) -> None:
    """What is read back shall come from the disk, where the system allows to say so."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _drain(pieces: Iterable[bytes]) -> None:
    deque(pieces, maxlen=0)

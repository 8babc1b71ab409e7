"""Files and folders that are there whole or not at all, also after the power went."""

import os
import shutil
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_durably(path: Path, data: bytes, beside: Iterable[Path] = ()) -> None:
    """Replace ``path`` by ``data``: written beside it, synced, renamed. Files named in ``beside`` are synced first."""
    for other in beside:
        _sync(other)
    with writing_durably(path) as file:
        file.write(data)


@contextmanager
def writing_durably(path: Path) -> Iterator[BinaryIO]:
    """What is written takes the place of ``path`` once all of it is on the disk."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder, and those it is in, so that a crash does not undo it; one that is there is left alone."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def keep_only(folder: Path, names: Container[str]) -> None:
    """Remove all else from a folder, if it is there; who has a file of it open can go on reading."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

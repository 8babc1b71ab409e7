"""Files that are there whole or not at all, also after the power went."""

import os
from collections.abc import Iterable
from pathlib import Path


def write_durably(path: Path, data: bytes, beside: Iterable[Path] = ()) -> None:
    """Replace ``path`` by ``data``: written beside it, synced, renamed. Files named in ``beside`` are synced first."""
    for other in beside:
        _sync(other)
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

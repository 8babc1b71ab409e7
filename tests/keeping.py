"""Backups of small data folders, for tests."""

import io
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

from index.backup.restoring import restore
from index.backup.taking import Plan, take
from service.backups import databases

PLAN = Plan(databases(), ("calibration.json",), made_by="0.1.0")
Files = list[tuple[str, bytes]]


def kept(folder: Path, name: str = "kept.tar", plan: Plan = PLAN) -> Path:
    """A backup of the folder, beside it, in place of one that is there."""
    target = folder.with_name(name)
    take(folder, target, plan, overwrite=True)
    return target


def restored(file: Path, folder: Path, *, replace: bool = False) -> Path:
    restore(file, folder, databases(), replace=replace)
    return folder


def unpacked(file: Path) -> Files:
    with tarfile.open(file) as tar:
        found = [(info.name, tar.extractfile(info)) for info in tar]
        return [(name, content.read()) for name, content in found if content]


def packed(file: Path, files: Iterable[tuple[str, bytes]], change: Callable[[tarfile.TarInfo], object] = id) -> Path:
    """A tar of these files, ``change`` having its way with what is said of each."""
    with tarfile.open(file, "w") as tar:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            change(info)
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return file


def snapshot_of(folder: Path) -> dict[str, bytes]:
    """Every file, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

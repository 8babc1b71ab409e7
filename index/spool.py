"""Files that are being brought: in a folder of their own, on the disk before anyone is told that they are there."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.durable import make_folder, sync_folder
from index.errors import Invalid
from index.records import Received


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = False) -> Iterator[bool]:
    """Whether a lock could be had, alone or with others who share it; it is held for the while, and ends with us."""
    import fcntl  # which not every system has

    make_folder(path.parent)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


class _Writing:
    """One file under way."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.size, self.hashed = name, 0, hashlib.sha256()
        self.file = path.open("xb")

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.size += len(data)
        self.hashed.update(data)

    def end(self) -> Received:
        with self.file:
            self.file.flush()
            os.fsync(self.file.fileno())
        return Received(self.name, self.size, self.hashed.hexdigest())


class Arriving:
    """The files of one upload under way; they stay if ``kept`` is set before its end."""

    def __init__(self, folder: Path) -> None:
        self.id, self.kept = uuid.uuid4().hex, False
        self.files: list[Received] = []
        self._folder, self._folders = folder / self.id, {folder, folder / self.id}
        self._writing: _Writing | None = None
        self._folder.mkdir()

    def begin(self, name: str) -> None:
        """What is written from now on is a file of this name, a path below the upload's folder with ``/``.

        :raises Invalid: it can't have this name beside the others, or nowhere.
        """
        path = self._folder / name
        inside = [parent for parent in path.parents if parent.is_relative_to(self._folder)]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writing = _Writing(name, path)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as fault:
            raise Invalid(f"{name!r} is brought twice, or as a file and as a folder") from fault
        self._folders.update(inside)

    def write(self, data: bytes) -> None:
        assert self._writing is not None, "begin comes first"
        self._writing.write(data)

    def end(self) -> None:
        """The file is whole, and on the disk."""
        assert self._writing is not None, "begin comes first"
        self.files.append(self._writing.end())
        self._writing = None

    def settle(self) -> None:
        """Make the names of all files durable."""
        for folder in self._folders:
            sync_folder(folder)

    def close(self) -> None:
        if self._writing is not None:
            self._writing.file.close()
        if not self.kept:
            shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def arriving(folder: Path, lock: Path) -> Iterator[Arriving]:
    """Takes an upload into ``folder``; meanwhile it shares ``lock``, so that nobody clears it away."""
    with locked(lock, shared=True, wait=True):
        upload = Arriving(folder)
        try:
            yield upload
        finally:
            upload.close()


def clear(folder: Path, wanted: Container[str]) -> None:
    """Remove the files of every upload but those ``wanted``, by id."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in wanted:
            shutil.rmtree(path, ignore_errors=True)


def is_as_received(folder: Path, file: Received) -> bool:
    """Whether a file is in this folder as it was brought."""
    try:
        with (folder / file.name).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
    except OSError:
        return False

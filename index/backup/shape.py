"""What a backup's file looks like, written and read as a stream. Nothing in one that is read is believed."""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, Protocol, cast

from index.errors import BackupDamaged, IndexMismatch, Invalid

FORMAT = 1
HEADER, SUMS = "footnote-backup.json", "SHA256SUMS"
COMPRESSED = (".gz", ".tgz")
BLOCK_BYTES = 1 << 20
HEADER_BYTES = 1 << 28
# What tar may take beside a member's bytes: headers, long names, padding, and what is read ahead of them.
AROUND_BYTES = 1 << 17
NAME_CHARACTERS = 1024
# A data folder has these; any other name is no file of it.
_NAMES = re.compile(
    r"(store\.sqlite|service\.sqlite|calibration\.json|(vectors|words|intake)(/[^/\0-\x1f\x7f]+){2,})\Z"
)

Progress = Callable[[int, int], None]
"""Told how many bytes are done, and of how many."""


class Member(NamedTuple):
    """A file of the data folder: its path there with ``/``, and its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Header:
    """What a backup says of itself. ``formats`` are those of its databases, by file; ``made_at`` is ISO 8601, UTC."""

    made_at: str
    footnote: str
    articles: int
    versions: int
    formats: Mapping[str, int]
    files: tuple[Member, ...]
    format: int = FORMAT

    @property
    def size(self) -> int:
        """All files together, in bytes."""
        return sum(file.size for file in self.files)


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...
    def tell(self) -> int: ...


class Sink(Protocol):
    """Takes a file of a backup, a piece after the other."""

    def __call__(self, member: Member, pieces: Iterable[bytes], /) -> object: ...


# Writing


class Writing:
    """A backup being written into a stream: the header, then each file in the header's order, then the sums."""

    def __init__(self, stream: Writable, header: Header, moment: float, progress: Progress) -> None:
        """``moment`` is what tar says of each file, in seconds since 1970."""
        # `end` closes it.
        self._tar = tarfile.open(fileobj=cast(BinaryIO, stream), mode="w:", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._moment, self._header, self._progress, self._done = int(moment), header, progress, 0
        self._sums: list[str] = []
        said = json.dumps(asdict(header) | {"files": [file._asdict() for file in header.files]}, indent=1).encode()
        self.add(Member(HEADER, len(said)), io.BytesIO(said))

    def add(self, member: Member, content: BinaryIO) -> None:
        """:raises OSError: the content is shorter than was said."""
        info = tarfile.TarInfo(member.name)
        info.size, info.mtime, info.mode = member.size, self._moment, 0o600
        hashing = _Hashing(content, self._advance)
        self._tar.addfile(info, hashing)
        self._sums.append(f"{hashing.hashed.hexdigest()}  {member.name}\n")

    def end(self) -> None:
        said = "".join(self._sums).encode()
        self.add(Member(SUMS, len(said)), io.BytesIO(said))
        self._tar.close()

    def _advance(self, size: int) -> None:
        self._done += size
        self._progress(min(self._done, self._header.size), self._header.size)


class _Hashing:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, content: BinaryIO, advance: Callable[[int], None]) -> None:
        self._content, self._advance, self.hashed = content, advance, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._content.read(size)
        self.hashed.update(data)
        self._advance(len(data))
        return data


@contextmanager
def compressing(stream: IO[bytes], name: str) -> Iterator[Writable]:
    """The stream, compressed where the name of the backup ends so."""
    if not name.endswith(COMPRESSED):
        yield stream
        return
    with gzip.GzipFile(filename="", fileobj=stream, mode="wb", compresslevel=6) as packed:
        yield packed


# Reading


def header_of(path: Path) -> Header:
    """What a backup says of itself, before any of it is checked; raises as `read` does."""
    with _opened(path) as (_, header, _):
        return header


def read(path: Path, sink: Sink, progress: Progress = lambda *_: None) -> Header:
    """Hand every file of a backup to ``sink``, and hold all of it against its checksums.

    What was handed over counts only once this returns.

    :raises Invalid: the file is no backup.
    :raises IndexMismatch: a newer Footnote made it.
    :raises BackupDamaged: it is not what was written, or not all of it.
    """
    done = 0
    with _opened(path) as (members, header, sums):
        for expected in header.files:
            member = next(members, None)
            if member is None or member.named != expected:
                raise BackupDamaged(f"{path} is damaged: {expected.name} is not there whole")
            sink(expected, member.pieces())
            sums.append(f"{member.hashed.hexdigest()}  {expected.name}\n")
            done += expected.size
            progress(done, header.size)
        said, last = "".join(sums).encode(), next(members, None)
        if last is None or last.named != Member(SUMS, len(said)) or b"".join(last.pieces()) != said:
            raise BackupDamaged(f"{path} is damaged: a file in it differs from its checksum")
    return header


class _Found:
    """A member under way."""

    def __init__(self, info: tarfile.TarInfo, content: IO[bytes]) -> None:
        self.named, self._content, self.hashed = Member(info.name, info.size), content, hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        left = self.named.size
        while left:
            data = self._content.read(min(left, BLOCK_BYTES))
            if not data:
                raise EOFError(f"{self.named.name} ends too early")
            left -= len(data)
            self.hashed.update(data)
            yield data


class _Bounded:
    """A stream that is read no further than allowed: a header could claim to be as long as all memory."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self.allowed = stream, 0

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self.allowed:
            raise tarfile.ReadError("it has more than it says")
        data = self._stream.read(size)
        self.allowed -= len(data)
        return data


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Iterator[_Found], Header, list[str]]]:
    """What follows the header, the header, and the line of the header's own checksum."""
    with path.open("rb") as file, _faults(path):
        is_packed = file.peek(2)[:2] == b"\x1f\x8b"
        stream = gzip.GzipFile(fileobj=file, mode="rb") if is_packed else file
        members = _members(_Bounded(stream))
        first = _first(members, path)
        said = b"".join(first.pieces())
        header = _header(said, path)
        yield members, header, [f"{first.hashed.hexdigest()}  {HEADER}\n"]


def _first(members: Iterator[_Found], path: Path) -> _Found:
    try:
        first = next(members, None)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise Invalid(f"{path} is no backup of Footnote, or damaged at its beginning: {fault}") from fault
    if first is None or first.named.name != HEADER or first.named.size > HEADER_BYTES:
        raise Invalid(f"{path} is no backup of Footnote: it does not begin with {HEADER}")
    return first


def _members(stream: _Bounded) -> Iterator[_Found]:
    stream.allowed = AROUND_BYTES
    with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|") as tar:
        for info in tar:
            content = tar.extractfile(info) if info.isreg() and not info.issparse() else None
            if content is None:
                raise tarfile.ReadError(f"{info.name!r} is no plain file")
            stream.allowed += info.size
            yield _Found(info, content)
            stream.allowed = AROUND_BYTES


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise BackupDamaged(f"{path} is damaged: {fault}") from fault


def _header(said: bytes, path: Path) -> Header:
    try:
        return _parsed(json.loads(said), path)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        raise BackupDamaged(f"{path} is damaged: {HEADER} can't be read: {fault}") from fault


def _parsed(found: dict[str, Any], path: Path) -> Header:
    if int(found["format"]) > FORMAT:
        raise IndexMismatch(f"{path} was made by a newer Footnote (backup format {found['format']}): update")
    files = tuple(Member(str(file["name"]), int(file["size"])) for file in found.pop("files"))
    _refuse_wrong(files)
    return Header(files=files, **found)


def _refuse_wrong(files: Sequence[Member]) -> None:
    """:raises ValueError: a file could lie elsewhere than in the data folder, or is none of it."""
    for file in files:
        parts = file.name.split("/")
        is_usual = _NAMES.match(file.name) and len(file.name) <= NAME_CHARACTERS and not {".", ".."} & {*parts}
        if not is_usual or file.size < 0:
            raise ValueError(f"{file.name[:NAME_CHARACTERS]!r} is no file of a data folder")
    if len({file.name for file in files}) < len(files):
        raise ValueError("a file stands there twice")

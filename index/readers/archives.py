"""Archives of files of every other format: read member by member, never unpacked to disk.

An id is a member's path without suffix; an ``articles.csv`` inside describes the members beside and below it. Neither
links nor archives inside are followed, nor anything hidden.
"""

import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from gzip import GzipFile
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, BytesIO, RawIOBase
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast
from zipfile import ZipFile, ZipInfo

from index import readers
from index.errors import Invalid
from index.readers import Limits, packed, tables
from index.readers.sniffing import GZIP, TAR, ZIP, kind_of, refuse_other
from index.records import Article, RawFile, Rejection

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
BRINGS_IDS = True

MOST_MEMBERS = 100_000
MOST_BYTES = 8 * 2**30  # that all members unpack to, together
MOST_AT_ONCE = 2**27  # bytes that are asked for in one go

_HIDDEN = re.compile(r"\.[^.]|__MACOSX$")
_DRIVE = re.compile(r"[A-Za-z]:")
_ESCAPES = "names a place outside the archive"
_OFFICE = "[Content_Types].xml"


class _Member(NamedTuple):
    """A file inside, at ``path``; or one that is not taken in, and why; without a path, the rest of the archive."""

    path: str
    open: Callable[[], BinaryIO]
    fault: str | None = None


def read(file: RawFile, limits: Limits) -> Iterator[Article | Rejection]:
    """The articles of all members in their order; one that can't be read is a rejection, and the rest goes in.

    Raises:
        Invalid: it is no archive, damaged as a whole, or holds more than anyone packs in earnest.
        OSError: it can't be read.
    """
    wanted, opened = (ZIP, _of_zip) if file.name.lower().endswith(".zip") else (_tar_kind(file.name), _of_tar)
    with file.open() as stream:
        head = stream.read(512)
        if not head:
            raise Invalid("is empty")
        if kind_of(head) != wanted:
            refuse_other(head, wanted)
        members = list(_visible(opened(stream)))
        rows, faults = _described(file, members)
        yield from faults
        yield from _read_members(file, members, rows, limits)


def _tar_kind(name: str) -> str:
    return TAR if name.lower().endswith(".tar") else GZIP


def _read_members(
    file: RawFile, members: Sequence[_Member], rows: Mapping[str, tables.Row], limits: Limits
) -> Iterator[Article | Rejection]:
    inner = [_inside(file, member, rows.get(member.path)) for member in members]
    sharing: dict[str, list[str]] = {}
    for one in inner:
        if _is_named_by_path(one.name):
            sharing.setdefault(one.id, []).append(one.name)
    for member, one in zip(members, inner, strict=True):
        others = [name for name in sharing.get(one.id, []) if name != one.name]
        if PurePosixPath(member.path).name == tables.TABLE:
            continue
        if member.fault:
            yield Rejection(one.name if member.path else file.name, member.fault)
        elif others and _is_named_by_path(one.name):
            yield Rejection(
                one.name, f"comes to the same id {one.id!r} as {' and '.join(others)}; none of them went in"
            )
        elif one.name.lower().endswith(SUFFIXES):
            yield Rejection(one.name, "is an archive inside an archive: unpack it, and bring it by itself")
        else:
            yield from readers.read(one, limits)


def _inside(file: RawFile, member: _Member, row: tables.Row | None) -> RawFile:
    """A member as a file by itself: what its row gives stands over what is given for the archive."""
    given = {name: value for name, value in file.given.items() if name != "id"} | dict(row.given if row else {})
    encoding = given.pop("encoding", file.encoding)
    stem = member.path[: len(member.path) - len(readers.suffix_of(member.path))] or member.path
    id = file.id_prefix + given.pop("id", stem)
    opened = member.open if member.fault is None else BytesIO
    return replace(file, name=f"{file.name}/{member.path}", id=id, open=opened, given=given, encoding=encoding)


def _is_named_by_path(name: str) -> bool:
    suffix = readers.suffix_of(name)
    return bool(suffix) and not readers.formats()[suffix].BRINGS_IDS


def _described(file: RawFile, members: Sequence[_Member]) -> tuple[dict[str, tables.Row], list[Rejection]]:
    """What tables inside say of the members beside and below them, by path."""
    paths = {member.path for member in members}
    found: dict[str, tables.Row] = {}
    faults: list[Rejection] = []
    for table in members:
        if PurePosixPath(table.path).name != tables.TABLE or table.fault:
            continue
        for row in tables.rows(f"{file.name}/{table.path}", table.open):
            path = "" if isinstance(row, Rejection) else (PurePosixPath(table.path).parent / row.file).as_posix()
            if isinstance(row, Rejection):
                faults.append(row)
            elif path not in paths:
                faults.append(Rejection(row.table, f"there is no file {row.file!r} beside it", row.line))
            elif found.setdefault(path, row) is not row:
                faults.append(Rejection(row.table, f"{row.file!r} is named before", row.line))
    return found, faults


def _visible(members: Iterator[_Member]) -> Iterator[_Member]:
    """Members by paths that lead nowhere else, without hidden ones.

    Raises:
        Invalid: there are too many.
    """
    for number, member in enumerate(members):
        if number >= MOST_MEMBERS:
            raise Invalid(f"holds more than {MOST_MEMBERS:,} files")
        path, fault = _safe(member.path)
        if not any(_HIDDEN.match(part) for part in path.split("/")):
            yield member._replace(path=path, fault=fault or member.fault)


def _safe(path: str) -> tuple[str, str | None]:
    """A member's path with single slashes, and what is wrong with it."""
    if any("\ud800" <= character <= "\udfff" for character in path):
        return path.encode("utf-8", "backslashreplace").decode(), "its name is not UTF-8"
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    escapes = path.startswith(("/", "\\")) or ".." in parts or _DRIVE.match(path) is not None
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in "/".join(parts))
    return shown, _ESCAPES if escapes else None


# Zip


def _of_zip(stream: BinaryIO) -> Iterator[_Member]:
    archive = packed.opened(stream, "a zip archive")
    members = archive.infolist()
    if _OFFICE in archive.namelist():
        raise Invalid("is an office document: its suffix says which, such as .docx")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise Invalid(f"unpacks to more than {MOST_BYTES:,} bytes")
    for member in members:
        # Asked of a member without a name, zipfile itself fails.
        if not member.filename:
            raise Invalid("is damaged: a file in it has no name")
        if not member.is_dir():
            yield _Member(_zip_name(member), partial(_open_zipped, archive, member), _zip_fault(member))


def _zip_fault(member: ZipInfo) -> str | None:
    if member.flag_bits & 1:
        return "is encrypted"
    try:
        packed.refuse_bomb(member)
    except Invalid as fault:
        return str(fault)
    return None


def _zip_name(member: ZipInfo) -> str:
    """Names that do not say that they are UTF-8 often are; else they are of the first PCs."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename


def _open_zipped(archive: ZipFile, member: ZipInfo) -> BinaryIO:
    try:
        return _guarded(archive.open(member))
    except packed.FAULTS as fault:
        raise Invalid(f"is damaged inside its archive: {fault}") from fault


# Tar


def _of_tar(stream: BinaryIO) -> Iterator[_Member]:
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    zipped = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    try:
        archive = tarfile.open(fileobj=cast(Any, _Metered(stream, size, zipped=zipped)), mode="r:")  # noqa: SIM115
    except (*packed.FAULTS, OSError) as fault:
        raise Invalid(f"is a tar archive that is damaged: {fault}") from fault
    try:
        for member in archive:
            if not member.isdir():
                yield _Member(member.name, partial(_open_tarred, archive, member), _tar_fault(member))
    except (*packed.FAULTS, OSError) as fault:
        yield _Member("", BytesIO, f"is damaged from here on: {fault}")


def _tar_fault(member: tarfile.TarInfo) -> str | None:
    if member.issym() or member.islnk():
        return "is a link"
    return None if member.isreg() and not member.issparse() else "is not a regular file"


def _open_tarred(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    opened = archive.extractfile(member)
    if opened is None:
        raise Invalid("is not a regular file")
    return _guarded(opened)


class _Metered:
    """A tar's bytes, unpacked as they are asked for, as long as they are not far more than were packed."""

    def __init__(self, stream: BinaryIO, size: int, *, zipped: bool) -> None:
        self.inner = cast(BinaryIO, GzipFile(fileobj=stream)) if zipped else stream
        self.size = size

    def read(self, size: int = -1) -> bytes:
        if size > MOST_AT_ONCE:
            raise Invalid(f"has a header of {size:,} bytes, as only what is made to do harm does")
        self._refuse(self.inner.tell() + max(size, 0))
        return self.inner.read(size)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._refuse(offset if whence == SEEK_SET else self.inner.tell() + offset if whence == SEEK_CUR else 0)
        return self.inner.seek(offset, whence)

    def tell(self) -> int:
        return self.inner.tell()

    def _refuse(self, reached: int) -> None:
        packed.refuse_ratio(reached - packed.ALWAYS_TAKEN, self.size)
        if reached > MOST_BYTES:
            raise Invalid(f"unpacks to more than {MOST_BYTES:,} bytes")


# Members as streams


def _guarded(stream: Any) -> BinaryIO:
    return cast(BinaryIO, BufferedReader(_Guarded(stream), 2**16))


class _Guarded(RawIOBase):
    """A member's bytes; what is damaged is `Invalid`, in the words of its archive."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.stream.read(len(buffer))
        except packed.FAULTS as fault:
            raise Invalid(f"is damaged inside its archive: {fault}") from fault
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()

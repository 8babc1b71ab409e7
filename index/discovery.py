"""Files and folders to the files that hold articles: their names, their rows in articles.csv, and clashes of ids.

Everything is listed before anything is read, so that a clash is known before its first article goes in.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from index import readers
from index.errors import Invalid
from index.readers.tables import TABLE, Row, rows
from index.records import Origin, RawFile, Rejection

UPLOAD = "upload:"
"""What stands before the name of a file in the ledger that was brought over HTTP: no path begins so."""


def find(paths: Sequence[Path], *, id_prefix: str = "", encoding: str | None = None) -> Iterator[RawFile | Rejection]:
    """The files to read, in order of the paths given and then by name, each once; and what can't be read, and why.

    Hidden files and folders of a folder are passed over. An id is the path relative to the folder given, or the name of
    a file given by itself, without suffix; a row of articles.csv may name another. ``id_prefix`` is put before it as it
    is. The articles.csv of a folder given, or of one in it, describes the files beside and below it; that beside a file
    given by itself describes it too, so that either way in gives the same article.

    Two files that come to one id are refused, both; files of formats that bring ids of their own have none to clash.
    Files of no known format are found too, for `index.readers` to refuse. ``encoding`` is that of files for which
    articles.csv declares none; None where each shows its own.
    """
    yield from _found(list(_listings(paths, id_prefix)), encoding)


def uploaded(folder: Path, id_prefix: str) -> Iterator[RawFile | Rejection]:
    """As `find` of a folder, for files that were brought there: by the names that they were brought by."""
    listing = _Listing(folder, whole=True, id_prefix=id_prefix, brought=True)
    _walk(listing)
    _describe(listing)
    yield from _found([listing], None)


def _found(listings: Sequence["_Listing"], encoding: str | None) -> Iterator[RawFile | Rejection]:
    yield from (rejection for listing in listings for rejection in listing.rejections)
    files = [_raw(found, listing, encoding) for found, listing in _once(listings)]
    clashing = _clashing(files)
    yield from (fault for id, sharing in clashing.items() for fault in _clash(id, sharing))
    yield from (file for file in files if file.id not in clashing or not _named_by_path(file))


def still_there(folder: Path) -> Callable[[str], bool]:
    """Tells of a file that the ledger knows from a folder, by its whole path, whether it is still there.

    What was below something that is no folder today counts as there: a link that leads nowhere may be a disk that is
    not mounted.

    Raises:
        Invalid: it is no folder, holds no file, or a part of it can't be read: what is gone from it can't be told then.
    """
    listing = _Listing(folder, whole=True)
    if not _is_folder(folder):
        raise Invalid(f"{shown(folder)} is no folder: what is gone from it can't be told")
    _walk(listing)
    unread = [rejection for rejection in listing.rejections if not rejection.origins]
    if unread:
        raise Invalid(f"{unread[0]}: what is gone from {shown(folder)} can't be told")
    if not listing.names:
        raise Invalid(f"{shown(folder)} holds no file: it may be a disk that is not mounted, so nothing is forgotten")
    names = frozenset(listing.origin(folder / relative).file for relative in listing.names)

    def is_there(file: str) -> bool:
        above = map(str, PurePosixPath(file).parents)
        return file in names or os.path.lexists(file) or any(path in names for path in above)

    return is_there


def whole(path: Path) -> str:
    """A path as the ledger has it: from the root, with links as they stand."""
    return shown(Path(os.path.normpath(path.absolute())))


class _Found(NamedTuple):
    path: Path
    relative: str
    identity: tuple[int, int, str]


@dataclass
class _Listing:
    """What one folder given holds; or those files of a folder that were given by themselves, which is not all of it."""

    root: Path
    whole: bool
    id_prefix: str = ""
    brought: bool = False
    files: list[_Found] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    tables: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    def add(self, path: Path, relative: str) -> None:
        """Sorts a file into what it is: a table, an article, or something that can't be read."""
        if path.name == TABLE:
            self.tables.append(relative)
            return
        self.names.add(relative)
        try:
            self.files.append(_Found(path, relative, _identity(path)))
        except (OSError, Invalid) as fault:
            self.rejections.append(Rejection(self.shown(path), _why(fault), origins=(self.origin(path),)))

    def shown(self, path: Path) -> str:
        """What people call a file."""
        return shown(path.relative_to(self.root) if self.brought else path)

    def origin(self, path: Path) -> Origin:
        """What the ledger calls a file: by its whole path, with links as they stand; one brought, by its name."""
        if self.brought:
            return Origin(f"{UPLOAD}{self.shown(path)}", "", self.id_prefix)
        return Origin(whole(path), whole(self.root) if self.whole else "", self.id_prefix)


def shown(path: Path) -> str:
    """A path as text that can be printed and stored: bytes that are no UTF-8, and control characters, are escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or ord(c) > 0x9F else c.encode("unicode_escape").decode() for c in text)


def _listings(paths: Sequence[Path], id_prefix: str) -> Iterator[_Listing]:
    listings: dict[tuple[Path, bool], _Listing] = {}
    for path in paths:
        whole = _is_folder(path)
        key = (path if whole else path.parent, whole)
        new = key not in listings
        listing = listings.setdefault(key, _Listing(*key, id_prefix))
        if not whole:
            listing.add(path, path.name)
        elif new:
            _walk(listing)
    for listing in listings.values():
        if not listing.whole:
            listing.tables = [TABLE] if (listing.root / TABLE).is_file() else []
        _describe(listing)
        yield listing


def _walk(listing: _Listing) -> None:
    entered: set[tuple[int, int]] = set()  # a link that leads back up would go round for ever
    waiting = [listing.root]
    while waiting:
        children = _children(waiting.pop(), entered, listing)
        for child in children:
            if not _is_folder(child):
                listing.add(child, child.relative_to(listing.root).as_posix())
        waiting.extend(child for child in reversed(children) if _is_folder(child))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # what is wrong with it shows when it is taken for a file


def _children(folder: Path, entered: set[tuple[int, int]], listing: _Listing) -> list[Path]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in entered:
            return []
        entered.add((status.st_dev, status.st_ino))
        return sorted(child for child in folder.iterdir() if not child.name.startswith("."))
    except OSError as fault:
        listing.rejections.append(Rejection(listing.shown(folder), _why(fault)))
        return []


def _identity(path: Path) -> tuple[int, int, str]:
    """What is the same by whichever way a file was reached: its real folder and its name there."""
    if any("\ud800" <= character <= "\udfff" for character in str(path)):
        raise Invalid("its name is not UTF-8")
    if not stat.S_ISREG(path.stat().st_mode):
        raise Invalid("is not a regular file")
    real = Path(os.path.realpath(path)) if path.is_symlink() else path
    folder = real.parent.stat()
    return folder.st_dev, folder.st_ino, real.name


def _why(fault: OSError | Invalid) -> str:
    return f"can't be read: {fault.strerror or fault}" if isinstance(fault, OSError) else str(fault)


def _describe(listing: _Listing) -> None:
    for table in listing.tables:
        for row in rows(listing.shown(listing.root / table), partial(_open, listing.root / table)):
            fault = row if isinstance(row, Rejection) else _take(row, PurePosixPath(table).parent, listing)
            if fault:
                listing.rejections.append(fault)


def _take(row: Row, folder: PurePosixPath, listing: _Listing) -> Rejection | None:
    relative = (folder / row.file).as_posix()
    first = listing.rows.setdefault(relative, row)
    if relative not in listing.names:
        return Rejection(row.table, f"there is no file {row.file!r} beside it", row.line) if listing.whole else None
    if first is not row:
        return Rejection(row.table, f"{row.file!r} is named before, in {first.table}, line {first.line}", row.line)
    return None


def _once(listings: Iterable[_Listing]) -> list[tuple[_Found, _Listing]]:
    """Each file by the first way that leads to it, a way without a link before one by a link."""
    ways = [(found, listing) for listing in listings for found in listing.files]
    chosen: dict[tuple[int, int, str], _Found] = {}
    for found, _ in sorted(ways, key=lambda way: way[0].path.is_symlink()):
        chosen.setdefault(found.identity, found)
    return [(found, listing) for found, listing in ways if chosen[found.identity] is found]


def _raw(found: _Found, listing: _Listing, encoding: str | None) -> RawFile:
    row = listing.rows.get(found.relative)
    given = dict(row.given) if row else {}
    encoding = given.pop("encoding", encoding)
    id = listing.id_prefix + given.pop("id", _stem(found.relative))
    opening, origin = partial(_open, found.path), listing.origin(found.path)
    return RawFile(listing.shown(found.path), id, opening, given, encoding, listing.id_prefix, origin)


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _stem(relative: str) -> str:
    return relative[: len(relative) - len(readers.suffix_of(relative))] or relative


def _named_by_path(file: RawFile) -> bool:
    suffix = readers.suffix_of(file.name)
    return bool(suffix) and not readers.formats()[suffix].BRINGS_IDS


def _clashing(files: Iterable[RawFile]) -> dict[str, list[RawFile]]:
    sharing: dict[str, list[RawFile]] = {}
    for file in filter(_named_by_path, files):
        sharing.setdefault(file.id, []).append(file)
    return {id: files for id, files in sharing.items() if len(files) > 1}


def _clash(id: str, sharing: Sequence[RawFile]) -> Iterator[Rejection]:
    for file in sharing:
        others = " and ".join(other.name for other in sharing if other is not file)
        reason = f"comes to the same id {id!r} as {others}; none of them went in"
        yield Rejection(file.name, reason, origins=(file.origin,) if file.origin else ())

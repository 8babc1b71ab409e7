"""Bodies that bring files, written to the disk as they come: multipart/form-data, and streams of JSON lines."""

import errno
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from anyio import to_thread
from fastapi import HTTPException, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from index.articles import shown
from index.errors import Invalid
from index.spool import Arriving

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM = "multipart/form-data"
STREAMS = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
STREAM_NAME = "articles.jsonl"
PREFIX_CHARACTERS = 400
NAME_BYTES = 1_000
PART_BYTES = 255  # of a name between slashes, as file systems have it
MOST_FILES = 10_000
# With hidden files, which are passed over, and fields.
MOST_PARTS = 50_000
FIELDS, FIELD_BYTES = ("id_prefix",), 4_096
# Enough for a hop to another thread to be worth it, little enough to hold for many who bring files at once.
CHUNK_BYTES = 2**18

_DRIVE = re.compile(r"[A-Za-z]:")
_BACKSLASH = re.compile(rb'\\(?!")')
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


async def receive(request: Request, arriving: Arriving, name: str, known: Collection[str] = FIELDS) -> dict[str, str]:
    """Writes a body's files, ``name`` being that of a stream; says the fields that a form has, of those ``known``.

    Raises:
        HTTPException: 415 for another kind of body.
        Invalid: it is malformed, brings nothing, or a file's name can't be one.
    """
    sink = _sink(request, arriving, name, known)
    async for chunk in _joined(request.stream()):
        await to_thread.run_sync(_written, sink.write, chunk)
    await to_thread.run_sync(_written, sink.end)
    return dict(sink.fields)


def cleaned(name: str) -> str | None:
    """A file's name as a path with ``/`` that leads nowhere else; None for a hidden one, which is passed over.

    Raises:
        Invalid: it can't be one, and why.
    """
    fault = _fault(name)
    if fault:
        raise Invalid(f"the file name {shown(name)} {fault}")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if any(part.startswith(".") for part in parts) else "/".join(parts)


def prefix(value: str) -> str:
    """What is put before ids.

    Raises:
        Invalid: no id can begin so.
    """
    if len(value) > PREFIX_CHARACTERS:
        raise Invalid(f"id_prefix {shown(value)} has more than {PREFIX_CHARACTERS} characters")
    if not value.isprintable() or value != value.lstrip():
        raise Invalid(f"id_prefix {shown(value)} begins with a space or holds a control character")
    return value


def _fault(name: str) -> str | None:
    parts = name.split("/")
    if not name.strip("/. "):
        return "names no file"
    if any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in name):
        return "holds NUL or a control character"
    if "\\" in name:
        return "holds a backslash: folders are set apart by /"
    if name.startswith("/") or ".." in parts or _DRIVE.match(name):
        return "names a place outside what is brought"
    if len(name.encode()) > NAME_BYTES or any(len(part.encode()) > PART_BYTES for part in parts):
        return f"is longer than {NAME_BYTES} bytes, or than {PART_BYTES} between slashes"
    return None


class _Sink(Protocol):
    @property
    def fields(self) -> Mapping[str, str]: ...

    def write(self, data: bytes) -> None: ...

    def end(self) -> None: ...


def _sink(request: Request, arriving: Arriving, name: str, known: Collection[str]) -> _Sink:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "Content-Encoding: bodies are taken as they are; a .tar.gz or a .zip is a file")
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind.decode("latin-1") in STREAMS:
        return _Stream(arriving, name)
    if kind.decode("latin-1") != FORM:
        allowed = ", ".join((FORM, *STREAMS))
        raise HTTPException(415, f"Content-Type: {shown(kind.decode('latin-1'))} is not taken, but {allowed}")
    return _Form(arriving, options.get(b"boundary", b""), known)


def _written(step: Callable[..., None], *given: bytes) -> None:
    try:
        step(*given)
    except FormParserError as fault:
        raise Invalid(f"the body is not {FORM}: {fault}") from fault


@contextmanager
def room() -> Iterator[None]:
    """What is brought meanwhile goes to the disk.

    Raises:
        HTTPException: 503 where that is full.
    """
    try:
        yield
    except OSError as fault:
        if fault.errno not in _NO_ROOM:
            raise
        raise HTTPException(503, f"the data folder can't hold it: {fault.strerror}", {"Connection": "close"}) from fault


async def _joined(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger pieces."""
    waiting = bytearray()
    async for chunk in stream:
        waiting += chunk
        if len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


class _Stream:
    """A body that is one file."""

    def __init__(self, arriving: Arriving, name: str) -> None:
        self.fields: Mapping[str, str] = {}
        self._arriving, self._is_empty = arriving, True
        arriving.begin(name)

    def write(self, data: bytes) -> None:
        self._is_empty = False
        self._arriving.write(data)

    def end(self) -> None:
        if self._is_empty:
            raise Invalid("the body is empty: it should have an article a line")
        self._arriving.end()


class _Form:
    """A body of parts: files by whatever field, and the fields that are known."""

    def __init__(self, arriving: Arriving, boundary: bytes, known: Collection[str] = FIELDS) -> None:
        self.fields: dict[str, str] = {}
        self._known, self._parts = known, 0
        self._arriving, self._is_whole = arriving, False
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value = b"", b""
        self._write: Callable[[bytes], None] = _pass_over
        self._end: Callable[[], None] = _nothing
        if not boundary:
            raise Invalid(f"Content-Type: {FORM} has no boundary")
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as fault:
            raise Invalid(f"Content-Type: {fault}") from fault

    def write(self, data: bytes) -> None:
        self._parser.write(data)

    def end(self) -> None:
        if not self._is_whole:
            raise Invalid("the body ends before its last part does")
        if not self._arriving.files:
            raise Invalid("the body brings no file: each is a part with a filename, hidden ones aside")

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_header_field": self._on_header,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": lambda data, start, end: self._write(data[start:end]),
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        self._write, self._end = self._opened(self._headers)
        self._headers = {}

    def _on_part_end(self) -> None:
        self._end()

    def _on_end(self) -> None:
        self._is_whole = True

    def _opened(self, headers: Mapping[bytes, bytes]) -> tuple[Callable[[bytes], None], Callable[[], None]]:
        """What takes a part's bytes, and what takes its end."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Invalid(f"the body has more than {MOST_PARTS:,} parts: bring them in several, or in an archive")
        disposition = headers.get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        if headers.get(b"content-transfer-encoding", b"binary").lower() not in (b"binary", b"8bit", b"7bit"):
            raise Invalid("Content-Transfer-Encoding: parts are taken as they are")
        if b"filename" not in options:
            return self._field(_text(options.get(b"name", b"")))
        # The parser would leave out what stands before it.
        if _BACKSLASH.search(disposition):
            raise Invalid(f"the file name in {shown(_text(disposition))} holds a backslash: folders are set apart by /")
        return self._file(_text(options[b"filename"]).replace("%22", '"'))

    def _file(self, name: str) -> tuple[Callable[[bytes], None], Callable[[], None]]:
        # A browser sends an empty name where no file was chosen.
        path = cleaned(name) if name else None
        if path is None:
            return _pass_over, _nothing
        if len(self._arriving.files) >= MOST_FILES:
            raise Invalid(f"the body brings more than {MOST_FILES:,} files: bring them in several, or in an archive")
        self._arriving.begin(path)
        return self._arriving.write, self._arriving.end

    def _field(self, name: str) -> tuple[Callable[[bytes], None], Callable[[], None]]:
        if name not in self._known or name in self.fields:
            raise Invalid(f"{shown(name)} is no field of this form, or stands there twice: files have a filename")
        value = bytearray()

        def take(data: bytes) -> None:
            value.extend(data)
            if len(value) > FIELD_BYTES:
                raise Invalid(f"{name} has more than {FIELD_BYTES} bytes")

        def end() -> None:
            self.fields[name] = _text(bytes(value))

        return take, end


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as fault:
        raise Invalid(f"{shown(data)} is not UTF-8") from fault


def _pass_over(_: bytes) -> None:
    pass


def _nothing() -> None:
    pass

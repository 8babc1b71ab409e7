"""What a file really is, by its first bytes: a suffix is only what somebody called it."""

import re

from index.errors import Invalid
from index.records import RawFile

PDF = "a PDF document"
ZIP = "a zip archive or an office document"
GZIP = "gzip"
TAR = "a tar archive"

# Behind a mark or white space; a PDF's may stand some way in.
_MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF-": PDF,
    b"PK\x03\x04": ZIP,
    b"PK\x05\x06": ZIP,
    b"\xd0\xcf\x11\xe0": "an old or an encrypted office document",
    b"\x1f\x8b": GZIP,
    b"\xfd7zXZ": "xz",
    b"BZh91AY&SY": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x7fELF": "a program",
    b"MZ\x90\0": "a program",
    b"{\\rtf": "a rich text document",
    b"SQLite format 3\0": "a SQLite database",
}
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
LOOKED_AT = 4_096


def whole(file: RawFile, max_bytes: int) -> bytes:
    """All bytes of a file.

    Raises:
        Invalid: it is empty, or longer than ``max_bytes``.
        OSError: it can't be read.
    """
    with file.open() as stream:
        data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise Invalid(f"is longer than {max_bytes:,} bytes")
    if not data:
        raise Invalid("is empty")
    return data


def kind_of(data: bytes) -> str | None:
    """What bytes are that are no text, in words: "a PDF document"; None where they begin as nothing known does."""
    if data[257:262] == b"ustar":
        return TAR
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)


def is_html(data: bytes) -> bool:
    """Whether bytes begin as a page does."""
    return _HTML.match(data[:LOOKED_AT]) is not None


def refuse_other(data: bytes, wanted: str) -> None:
    """Refuses bytes that can't be ``wanted``, and says what they are.

    Raises:
        Invalid: they begin as something else, or as nothing known.
    """
    kind = kind_of(data) or ("an HTML page" if is_html(data) else None)
    if kind != wanted:
        raise Invalid(f"is {kind}, not {wanted}" if kind else f"is not {wanted}, or its beginning is damaged")

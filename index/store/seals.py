"""Seals: a checksum of a row beside its columns, by which a row is known that the disk has changed.

CRC-32 of all columns that no later write changes. It tells of accidents, not of forgers.
"""

import sqlite3
import zlib

PASSAGE = 'number, id, version, edition, start, "end", sentences, times, side_story'
VERSION = """number, article, fingerprint, sha256, title, url, source, author, published_at, updated_at, date_basis,
    language, tags, metadata, published_first, published_last, added_at, added_in"""


def seal(*values: object) -> int:
    """The seal of a row's values."""
    return zlib.crc32(b"\0".join(map(_bytes, values)))


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value if isinstance(value, bytes) else str(value).encode()


def install(connection: sqlite3.Connection) -> None:
    """Let SQL call it."""
    connection.create_function("seal", -1, seal, deterministic=True)

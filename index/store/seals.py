"""Seals: a checksum of a row beside its columns, by which a row is known that the disk has changed.

CRC-32 of all columns that no later write changes. It tells of accidents, not of forgers.
"""

import sqlite3
import zlib

# SQLite quotes names of a damaged schema in what it says of it; where that is no UTF-8, Python fails over the words.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
PASSAGE = 'number, id, version, edition, start, "end", sentences, times, side_story'
VERSION = """number, article, fingerprint, sha256, title, url, source, author, published_at, updated_at, date_basis,
    language, tags, metadata, published_first, published_last, added_at, added_in"""


def is_sealed(table: str, columns: str) -> str:
    """The SQL that says whether a row of a table whose rows triggers seal is what was stored."""
    sealed = ", ".join(f"{table}.{column.strip()}" for column in columns.split(","))
    return f"{table}.seal IS seal({sealed})"


SEALED = {
    table: is_sealed(table, columns)
    for table, columns in {
        "ledger": "number, at, generation, article, event, sha256",
        "files": "number, file, folder, prefix, state, reason, at, size, sha256, recipe",
        "brought": "file, article, fingerprint",
        "jobs": """number, id, prefix, state, reason, attempts, received_at, began_at, ended_at, files_done, articles,
            added, unchanged, replaced, rejected""",
        "job_rejections": "job, number, file, line, reason",
        "editions": "number, made_by, words, axes",
        "cuts": "version, edition, abbreviations",
        "repeats": "fingerprint, publisher, judged, furniture",
        "marks": "passage, sentences, generation",
    }.items()
}


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

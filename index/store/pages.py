"""Rows of a SQLite file read past SQLite, page by page: what stands in a damaged file, as far as it can be read.

The format is https://www.sqlite.org/fileformat2.html, of which this knows the leaves of tables and their overflow.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Pages of these kinds hold no rows of tables: indexes and inner pages. Of any other kind a page is tried.
ROWLESS = (0x02, 0x05, 0x0A)
FILE_HEADER, SMALLEST, USUAL, LARGEST = 100, 512, 4096, 65536
LONGEST_HEADER = 1000
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

Value = int | float | str | bytes | None


class Found(NamedTuple):
    """A row: its number, and its values in the order of its table's columns."""

    rowid: int
    values: tuple[Value, ...]


def rows(path: Path) -> Iterator[Found]:
    """Every row of every table with row numbers that can be read, in no order; what can't be is passed over."""
    data = path.read_bytes()
    file = _File(data)
    for page in range(1, len(data) // file.size + 1):
        yield from file.rows(page)


class _File:
    def __init__(self, data: bytes) -> None:
        self._data = data
        size = int.from_bytes(data[16:18], "big")
        size = LARGEST if size == 1 else size
        self.size = size if SMALLEST <= size <= LARGEST and size & (size - 1) == 0 else USUAL
        reserved = data[20] if len(data) > 20 and data[20] <= 32 else 0
        self._usable = self.size - reserved

    def rows(self, page: int) -> Iterator[Found]:
        start = (page - 1) * self.size
        header = start + (FILE_HEADER if page == 1 else 0)
        if self._data[header] in ROWLESS:
            return
        cells = int.from_bytes(self._data[header + 3 : header + 5], "big")
        for cell in range(min(cells, self.size // 4)):
            at = header + 8 + 2 * cell
            place = int.from_bytes(self._data[at : at + 2], "big")
            try:
                yield self._row(start + place, start + self.size)
            except (ValueError, IndexError, struct.error):
                continue

    def _row(self, at: int, end: int) -> Found:
        length, at = self._number(at)
        rowid, at = self._number(at)
        payload = self._payload(at, length, end)
        return Found(rowid, _record(payload))

    def _payload(self, at: int, length: int, end: int) -> bytes:
        if length > len(self._data):
            raise ValueError("longer than the file")
        local = self._local(length)
        if at + local > end:
            raise ValueError("beyond its page")
        parts, left = [self._data[at : at + local]], length - local
        page = int.from_bytes(self._data[at + local : at + local + 4], "big") if left else 0
        while left > 0:
            start = (page - 1) * self.size
            if page < 1 or start >= len(self._data):
                raise ValueError("its overflow is gone")
            parts.append(self._data[start + 4 : start + 4 + min(left, self._usable - 4)])
            left -= self._usable - 4
            page = int.from_bytes(self._data[start : start + 4], "big")
        return b"".join(parts)

    def _local(self, length: int) -> int:
        """How much of a payload lies in its page."""
        most, least = self._usable - 35, (self._usable - 12) * 32 // 255 - 23
        if length <= most:
            return length
        some = least + (length - least) % (self._usable - 4)
        return some if some <= most else least

    def _number(self, at: int) -> tuple[int, int]:
        return _varint(self._data, at)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to nine bytes, and where it ends."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    value = value << 8 | data[at + 8]
    return (value - (1 << 64) if value >= 1 << 63 else value), at + 9


def _record(payload: bytes) -> tuple[Value, ...]:
    length, at = _varint(payload, 0)
    if not 1 <= length <= min(len(payload), LONGEST_HEADER):
        raise ValueError("no record")
    kinds = []
    while at < length:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values = []
    for kind in kinds:
        value, at = _value(payload, kind, at)
        values.append(value)
    return tuple(values)


def _value(payload: bytes, kind: int, at: int) -> tuple[Value, int]:
    """A value by its serial type, and where it ends."""
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind == 7:
        return float(struct.unpack_from(">d", payload, at)[0]), at + 8
    size = _INTEGERS.get(kind) or (kind - 12) // 2
    data = payload[at : at + size]
    if kind < 0 or kind in (10, 11) or len(data) < size:
        raise ValueError("no value")
    if kind in _INTEGERS:
        return int.from_bytes(data, "big", signed=True), at + size
    # A flipped bit in a title is no reason to lose the text.
    return (data.decode("utf-8", "surrogateescape") if kind % 2 else data), at + size

"""The table ``articles.csv`` of a folder or archive: what it says of the files beside and below it."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from typing import Any, BinaryIO, NamedTuple

from index.articles import FIELDS
from index.errors import Invalid
from index.records import Rejection

TABLE = "articles.csv"
COLUMNS = ("file", "encoding", *(name for name in FIELDS if name != "text"))


class Row(NamedTuple):
    """What a line of a table gives for a file; ``given`` may hold ``encoding`` beside the fields of an article."""

    table: str
    line: int
    file: str
    given: Mapping[str, Any]


def rows(table: str, opened: Callable[[], BinaryIO]) -> Iterator[Row | Rejection]:
    """The rows that are not blank, and what is wrong with the others; ``table`` is its name for people."""
    line = 1
    try:
        with opened() as data, TextIOWrapper(data, encoding="utf-8-sig", newline="") as stream:
            cells = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(cells, [])]
            yield from _header_faults(table, header)
            if "file" not in header:
                return
            line = cells.line_num + 1
            for row in cells:
                if any(cell.strip() for cell in row):
                    yield _row(table, line, header, row)
                line = cells.line_num + 1
    except (csv.Error, UnicodeDecodeError) as fault:
        yield Rejection(table, f"is not CSV in UTF-8 from here on: {fault}", line)
    except OSError as fault:
        yield Rejection(table, f"can't be read: {fault.strerror or fault}")
    except Invalid as fault:
        yield Rejection(table, str(fault))


def _header_faults(table: str, header: Sequence[str]) -> Iterator[Rejection]:
    if "file" not in header:
        yield Rejection(table, f"has no column 'file'; its columns, set apart by commas, are {header}", 1)
        return
    for name, count in Counter(header).items():
        if name not in COLUMNS:
            yield Rejection(table, f"{name!r} is not a column; those are {', '.join(COLUMNS)}", 1)
        if count > 1:
            yield Rejection(table, f"column {name!r} stands there {count} times; the last one counts", 1)


def _row(table: str, line: int, header: Sequence[str], cells: Sequence[str]) -> Row | Rejection:
    if len(cells) > len(header):
        return Rejection(table, f"has {len(cells)} cells under {len(header)} columns", line)
    filled = {name: cell for name, cell in zip(header, cells, strict=False) if name in COLUMNS and cell.strip()}
    file = filled.pop("file", "").strip()
    if not file:
        return Rejection(table, "names no file", line)
    try:
        return Row(table, line, file, {name: _value(name, cell) for name, cell in filled.items()})
    except ValueError as fault:
        return Rejection(table, f"metadata is not a JSON object: {fault}", line)


def _value(name: str, cell: str) -> Any:
    if name == "tags":
        return [tag.strip() for tag in cell.split(";") if tag.strip()]
    if name != "metadata":
        return cell.strip()
    value = json.loads(cell)
    if not isinstance(value, dict):
        raise ValueError(cell)
    return value

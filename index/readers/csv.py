"""Tables: a row an article, columns named as in JSON exports. A folder's ``articles.csv`` is none: see discovery."""

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import zip_longest

from index.errors import Invalid
from index.readers import Limits, decoding, fields
from index.records import Article, RawFile, Rejection

SUFFIXES = (".csv", ".tsv")
BRINGS_IDS = True

_DELIMITERS = ",;\t|"


def read(file: RawFile, limits: Limits) -> Iterator[Article | Rejection]:
    """An article or a rejection for every row that is not blank; ``given`` fills in what a row leaves out.

    Raises:
        Invalid: the file is no table, has no column of texts, is too long, or in no known encoding.
        OSError: it can't be read.
    """
    decoded = decoding.read(file, limits.max_bytes)
    text, file = decoded.text, fields.noted(file, decoded.metadata)
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_bytes))
    cells = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        header = [name.strip() for name in next(cells, [])]
        _refuse_header(header)
        line = cells.line_num + 1
        number = 0
        for row in cells:
            if any(cell.strip() for cell in row):
                number += 1
                yield _read_row(header, row, (number, line), file, limits)
            line = cells.line_num + 1
    except csv.Error as fault:
        yield Rejection(file.name, f"is not a table from here on: {fault}", line)
        return
    if not number:
        raise Invalid("holds no article: there is no row under its header")


def _delimiter(text: str) -> str:
    """The one that stands most often in the first line."""
    header = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    return max(_DELIMITERS, key=header.count)


def _refuse_header(header: list[str]) -> None:
    named = [name for name in header if name]
    doubled = next((name for name in named if named.count(name) > 1), None)
    if doubled:
        raise Invalid(f"has two columns {doubled!r}")
    fields.mapped(dict.fromkeys(named, "x"))  # whether one is the text


def _read_row(
    header: list[str], row: list[str], at: tuple[int, int], file: RawFile, limits: Limits
) -> Article | Rejection:
    number, line = at
    try:
        if len(row) > len(header):
            raise Invalid(f"has {len(row)} cells under {len(header)} columns")
        cells = {name: cell for name, cell in zip_longest(header, row, fillvalue="") if name}
        return fields.article(cells, file, number, limits)
    except Invalid as fault:
        return Rejection(file.name, str(fault), line)

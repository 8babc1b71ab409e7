"""JSON lines: one article of the contract a line, or a row of an export by other names; read as a stream.

A line of `footnote export` brings its article's earlier texts with it.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, NoReturn

from index import histories
from index.articles import from_json, merged, shown
from index.errors import Invalid
from index.readers import Limits, decoding, fields
from index.records import Article, Notes, RawFile, Rejection

SUFFIXES = (".jsonl", ".ndjson")
BRINGS_IDS = True


def read(file: RawFile, limits: Limits) -> Iterator[Article | Rejection]:
    """An article or a rejection for every line that is not blank; ``given`` fills in what a line leaves out.

    Raises:
        Invalid: the file holds nothing, or is no text in UTF-8 at all.
        OSError: it can't be read, which may show after some of its articles.
    """
    empty = True
    with file.open() as stream:
        for number, line in _lines(stream, limits.max_bytes):
            empty = False
            try:
                found = _object(line, limits)
                history = None if fields.is_mapped(found) else found.pop(histories.NAME, None)
                article = _article(found, file, number, limits)
                known = None
                if history is not None:
                    known = histories.from_object(history, article, max_characters=limits.max_characters)
                yield replace(article, notes=Notes(number, fields.unknown(found), history=known))
            except Invalid as fault:
                yield Rejection(file.name, str(fault), number)
    if empty:
        raise Invalid("holds no article: it is empty")


def _lines(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Line numbers from 1 and lines that are not blank; of one that is too long its first ``max_bytes`` + 1 bytes."""
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(2**20)):
            pass
        if number == 1:
            line = _without_bom(line)
        if line.strip():
            yield number, line.rstrip(b"\r\n")


def _without_bom(line: bytes) -> bytes:
    encoding, size = decoding.bom(line)
    if encoding not in (None, "utf-8"):
        raise Invalid(f"is in {encoding} by its byte order mark; JSON lines are read as UTF-8 alone")
    decoding.refuse_binary(line)
    return line[size:]


def _object(line: bytes, limits: Limits) -> dict[str, Any]:
    if len(line) > limits.max_bytes:
        raise Invalid(f"the line is longer than {limits.max_bytes:,} bytes")
    found = _parsed(line)
    if not isinstance(found, dict):
        raise Invalid(f"{shown(found)} is not a JSON object")
    return found


def _article(found: dict[str, Any], file: RawFile, number: int, limits: Limits) -> Article:
    if fields.is_mapped(found):
        return fields.article(found, file, number, limits)
    defaults = {name: value for name, value in file.given.items() if name != "id"}
    whole = merged(defaults, found)
    if file.id_prefix and isinstance(whole.get("id"), str):
        whole["id"] = file.id_prefix + whole["id"]
    return from_json(whole, max_characters=limits.max_characters)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode(), object_pairs_hook=unique, parse_constant=refuse_constant)
    except UnicodeDecodeError as fault:
        raise Invalid(f"not UTF-8 at byte {fault.start} of the line: {fault.reason}") from fault
    except json.JSONDecodeError as fault:
        raise Invalid(f"not JSON at character {fault.pos + 1} of the line: {fault.msg}") from fault
    except RecursionError as fault:
        raise Invalid("nested too deeply") from fault
    except ValueError as fault:
        raise Invalid(f"not JSON: {fault}") from fault


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, each of whose names stands there once."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise Invalid(f"{shown(name)} stands twice in one object")
        fields[name] = value
    return fields


def refuse_constant(name: str) -> NoReturn:
    """Refuses NaN and the infinities, which JSON lacks."""
    raise Invalid(f"{name} is not a number of JSON")

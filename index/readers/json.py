"""JSON exports: a list of articles, or an object that holds one, with the field names that programs give them."""

import json
from collections.abc import Iterator
from typing import Any

from index.articles import shown
from index.errors import Invalid
from index.readers import Limits, decoding, fields, jsonl
from index.records import Article, RawFile, Rejection

SUFFIXES = (".json",)
BRINGS_IDS = True

DEEPEST = 4  # objects around the list
# Where exports keep their articles; else any list of objects will do.
_HOLDERS = (
    "articles",
    "items",
    "results",
    "docs",
    "documents",
    "posts",
    "entries",
    "stories",
    "news",
    "data",
    "hits",
    "response",
)


def read(file: RawFile, limits: Limits) -> Iterator[Article | Rejection]:
    """An article or a rejection for every object of the list; ``given`` fills in what one leaves out.

    Raises:
        Invalid: the file is no JSON, holds no articles, or is too long.
        OSError: it can't be read.
    """
    decoded = decoding.read(file, limits.max_bytes)
    text, file = decoded.text, fields.noted(file, decoded.metadata)
    try:
        content = json.loads(text, object_pairs_hook=jsonl.unique, parse_constant=jsonl.refuse_constant)
    except json.JSONDecodeError as fault:
        if fault.msg == "Extra data" and text[: fault.pos].count("\n") <= 1:
            yield from jsonl.read(file, limits)  # an object a line, under a name that is often used for them too
            return
        raise Invalid(f"is not JSON from line {fault.lineno}, character {fault.colno} on: {fault.msg}") from fault
    except RecursionError as fault:
        raise Invalid("is nested too deeply") from fault
    except ValueError as fault:
        raise Invalid(f"is not JSON: {fault}") from fault
    rows = _rows(content, DEEPEST)
    if not rows:
        raise Invalid("holds no articles: neither a list of objects nor an object that holds one")
    for number, row in enumerate(rows, 1):
        try:
            yield _article(row, file, number, limits)
        except Invalid as fault:
            yield Rejection(file.name, f"article {number} of {len(rows)}: {fault}")


def _article(row: Any, file: RawFile, number: int, limits: Limits) -> Article:
    if not isinstance(row, dict):
        raise Invalid(f"{shown(row)} is not a JSON object")
    return fields.article(row, file, number, limits)


def _rows(content: Any, depth: int) -> list[Any]:
    """The list of articles, wherever it is: empty where there is none."""
    if isinstance(content, list):
        return content if any(isinstance(row, dict) for row in content) else []
    if not isinstance(content, dict) or not depth:
        return []
    if fields.holds_text(content):
        return [content]
    named = [content[name] for name in _HOLDERS if name in content]
    found = (_rows(value, depth - 1) for value in (*named, *content.values()) if isinstance(value, list | dict))
    return next(filter(None, found), [])

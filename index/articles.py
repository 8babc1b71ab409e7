"""What an article must be to come in, and how it goes out: the contract's JSON object, and its rules in one place."""

import math
import reprlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from typing import Any, get_args
from urllib.parse import urlsplit

from index import dates
from index.errors import Invalid
from index.records import Article, DateBasis

FIELDS = tuple(field.name for field in fields_of(Article) if field.compare)
REQUIRED = ("id", "text", "title")
ID_CHARACTERS = 512
LINE_CHARACTERS = 4_000
METADATA_DEPTH = 32

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 80


def from_json(fields: Mapping[str, Any], *, max_characters: int) -> Article:
    """The article that a JSON object of the contract describes.

    Optional fields that are null or blank count as left out; a date without ``date_basis`` is ``given``, by whoever
    brought it. ``sha256``, which ``to_json`` adds, may come back if it fits the text.

    Args:
        fields: field name to value, as JSON gives them.
        max_characters: how many code points ``text`` may have.

    Raises:
        Invalid: a field is unknown, missing or breaks its rule; the message names it and its value.
    """
    _refuse_unknown(fields)
    present = {name: value for name, value in fields.items() if not _left_out(value)}
    _refuse_missing(present, fields)
    _refuse_over_long(present["text"], max_characters)
    checked = {name: rule(name, present[name]) for name, rule in _RULES.items() if name in present}
    if "published_at" in checked or "updated_at" in checked:
        checked.setdefault("date_basis", "given")
    article = Article(**checked)
    if present.get("sha256", article.sha256) != article.sha256:
        raise Invalid(f"sha256 {shown(present['sha256'])} is not that of the text")
    return article


def to_json(article: Article, *, text: bool) -> dict[str, Any]:
    """The contract's object: every field, ``null`` where nothing is known, and ``sha256``; ``text`` if asked for."""
    values = {name: getattr(article, name) for name in FIELDS if text or name != "text"}
    return values | {"tags": list(article.tags), "metadata": dict(article.metadata), "sha256": article.sha256}


def merged(found: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says, ``found``, under what its bringer says, ``given``; ``metadata`` of both is joined.

    A ``date_basis`` belongs to the date beside it: that of a replaced date is dropped.
    """
    joined = dict(found) | {name: value for name, value in given.items() if name not in found or not _left_out(value)}
    if not _left_out(given.get("published_at")) and not _left_out(found.get("published_at")):
        joined["date_basis"] = given.get("date_basis")
    if isinstance(found.get("metadata"), dict) and isinstance(given.get("metadata"), dict):
        joined["metadata"] = found["metadata"] | given["metadata"]
    return joined


def shown(value: object) -> str:
    """A value as messages show it: quoted, escaped, and shortened in its middle to some 80 characters."""
    return _repr.repr(value)


def _left_out(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _refuse_unknown(fields: Mapping[str, Any]) -> None:
    unknown = [name for name in fields if name not in FIELDS and name != "sha256"]
    if unknown:
        raise Invalid(f"{shown(unknown[0])} is not a field of an article; those are {', '.join(FIELDS)}")


def _refuse_missing(present: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    for name in REQUIRED:
        if name not in present:
            raise Invalid(f"{name} is empty: {shown(fields[name])}" if name in fields else f"{name} is missing")


def _refuse_over_long(text: object, max_characters: int) -> None:
    if isinstance(text, str) and len(text) > max_characters:
        raise Invalid(f"text {shown(text)} has {len(text):,} characters; at most {max_characters:,} are taken")


def _string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{name} {shown(value)} is not a string")
    if "\0" in value:
        raise Invalid(f"{name} {shown(value)} holds NUL at character {value.index(chr(0))}")
    try:
        value.encode()
    except UnicodeEncodeError as fault:
        raise Invalid(f"{name} {shown(value)} holds a lone surrogate at character {fault.start}") from fault
    return value


def _line(name: str, value: object) -> str:
    string = _string(name, value)
    if len(string) > LINE_CHARACTERS:
        raise Invalid(f"{name} {shown(string)} has {len(string):,} characters; at most {LINE_CHARACTERS:,} are taken")
    return string


def _id(name: str, value: object) -> str:
    string = _string(name, value)
    if len(string) > ID_CHARACTERS:
        raise Invalid(f"{name} {shown(string)} has {len(string):,} characters; at most {ID_CHARACTERS} are taken")
    if string != string.strip():
        raise Invalid(f"{name} {shown(string)} begins or ends with white space")
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in string):
        raise Invalid(f"{name} {shown(string)} holds a control character")
    # Clients and proxies rewrite paths with such segments: the article could be put but never fetched.
    if any(segment in ("", ".", "..") for segment in string.split("/")):
        raise Invalid(f"{name} {shown(string)} has an empty, '.' or '..' segment between slashes")
    return string


def _url(name: str, value: object) -> str:
    string = _line(name, value)
    # urlsplit drops tabs and newlines without a word: look for them first.
    blank = any(character.isspace() or unicodedata.category(character) == "Cc" for character in string)
    try:
        parts = urlsplit(string)
        absolute = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as fault:
        raise Invalid(f"{name} {shown(string)} is not a URL: {fault}") from fault
    if blank or not absolute:
        raise Invalid(f"{name} {shown(string)} is not an absolute http or https URL")
    return string


def _date(name: str, value: object) -> str:
    string = _string(name, value)
    try:
        dates.parse(string)
    except ValueError as fault:
        raise Invalid(f"{name} {fault}") from fault
    return string


def _basis(name: str, value: object) -> str:
    if value not in get_args(DateBasis):
        raise Invalid(f"{name} {shown(value)} is not one of {', '.join(get_args(DateBasis))}")
    return str(value)


def _tags(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise Invalid(f"{name} {shown(value)} is not a list of strings")
    if any(_left_out(tag) for tag in value):
        raise Invalid(f"{name} {shown(value)} holds an empty one")
    return tuple(_line(name, tag) for tag in value)


def _metadata(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{name} {shown(value)} is not a JSON object")
    _refuse_unjson(name, value, METADATA_DEPTH)
    return value


def _refuse_unjson(name: str, value: object, depth: int) -> None:
    if not depth:
        raise Invalid(f"{name} is nested deeper than {METADATA_DEPTH} levels")
    if isinstance(value, dict):
        for key, inner in value.items():
            _string(name, key)
            _refuse_unjson(f"{name}.{shown(key)[1:-1]}", inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unjson(name, inner, depth - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"{name} {value} is not a finite number")
    elif value is not None and not isinstance(value, bool | int | float):
        _string(name, value)


_RULES: Mapping[str, Callable[[str, Any], Any]] = {
    "id": _id,
    "title": _line,
    "text": _string,
    "url": _url,
    "source": _line,
    "author": _line,
    "published_at": _date,
    "updated_at": _date,
    "date_basis": _basis,
    "language": _line,
    "tags": _tags,
    "metadata": _metadata,
}

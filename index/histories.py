"""What an archive kept of an article beside it, as the JSON object `history` of an export's line.

    {"added_at": "2026-11-22T11:13:53+00:00", "cited": [[0, 120], [121, 300]],
     "versions": [{…an article without its id…, "added_at": …, "cited": […]}]}

`versions` are the texts that the article had, the oldest first; `cited` the stretches of each text that were its
passages, with a third element `true` for another story in the same file.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from index.articles import from_json, shown, to_json
from index.errors import Invalid
from index.records import Article, Cited, Earlier, History

NAME = "history"
KEYS = {"added_at", "cited"}
MOST_CITED = 100_000


def to_object(history: History) -> dict[str, Any]:
    versions = [to_json(one.article, text=True) | _said(one.added_at, one.cited) for one in history.earlier]
    for version in versions:
        del version["id"]
    return _said(history.added_at, history.cited) | {"versions": versions}


def from_object(said: object, article: Article, *, max_characters: int) -> History:
    """:raises Invalid: it is not what an export says; the message names the field and the value."""
    found = _object(NAME, said)
    versions = found.pop("versions", [])
    if not isinstance(versions, list) or found.keys() != KEYS:
        raise Invalid(f"{NAME} {shown(said)} must have added_at, cited and a list of versions")
    earlier = (_earlier(f"{NAME}.versions[{n}]", one, article.id, max_characters) for n, one in enumerate(versions))
    return History(_time(NAME, found), _cited(NAME, found, article), tuple(earlier))


def _earlier(where: str, said: object, id: str, max_characters: int) -> Earlier:
    found = _object(where, said)
    try:
        fields = {name: value for name, value in found.items() if name not in KEYS}
        article = from_json(fields | {"id": id}, max_characters=max_characters)
    except Invalid as fault:
        raise Invalid(f"{where}: {fault}") from fault
    return Earlier(article, _time(where, found), _cited(where, found, article))


def _object(where: str, said: object) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise Invalid(f"{where} {shown(said)} is not a JSON object")
    return dict(said)


def _time(where: str, found: Mapping[str, Any]) -> str:
    time = found.get("added_at")
    with suppress(ValueError):
        if isinstance(time, str) and datetime.fromisoformat(time).tzinfo is not None:
            return time
    raise Invalid(f"{where}.added_at {shown(time)} is no date and time with its offset from UTC")


def _cited(where: str, found: Mapping[str, Any], article: Article) -> tuple[Cited, ...]:
    cited = found.get("cited")
    if not isinstance(cited, list) or len(cited) > MOST_CITED:
        raise Invalid(f"{where}.cited {shown(cited)} is no list of at most {MOST_CITED:,} stretches")
    return tuple(_stretch(f"{where}.cited", one, len(article.text)) for one in cited)


def _stretch(where: str, said: object, length: int) -> Cited:
    match said:
        case [int(start), int(end), *rest] if 0 <= start < end <= length and rest in ([], [True]):
            return Cited(int(start), int(end), bool(rest))
    raise Invalid(f"{where}: {shown(said)} is no stretch of a text of {length:,} characters")


def _said(added_at: str, cited: tuple[Cited, ...]) -> dict[str, Any]:
    return {
        "added_at": added_at,
        "cited": [[c.start, c.end, True] if c.side_story else [c.start, c.end] for c in cited],
    }

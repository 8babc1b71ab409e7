"""What exports call the fields of an article, and how they write them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from index.articles import FIELDS, ID_CHARACTERS, LINE_CHARACTERS, REQUIRED, from_json, merged, shown
from index.errors import Invalid
from index.readers import Limits, when
from index.readers.titles import first_line, shortened
from index.records import Article, RawFile

# By the letters and digits of a name alone: publishDate, publish_date and "Publish date" are one. The first that holds
# something counts.
NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "articleid", "docid", "documentid", "uuid", "guid", "slug", "key"),
    "title": ("title", "headline", "headlinemain", "heading", "articletitle", "name", "subject"),
    "text": (
        *("text", "body", "content", "articlebody", "articletext", "bodytext", "contenttext", "fulltext", "maintext"),
        *(
            "plaintext",
            "rawtext",
            "textcontent",
            "story",
            "article",
            "contenthtml",
            "bodyhtml",
            "html",
            "contentencoded",
        ),
        *("message", "description", "summary", "abstract"),
    ),
    "url": ("url", "link", "articleurl", "weburl", "canonicalurl", "sourceurl", "permalink", "href", "uri"),
    "source": (
        *("source", "publisher", "site", "sitename", "publication", "sourcename", "outlet", "newspaper", "domain"),
        *("website", "sourcedomain"),
    ),
    "author": ("author", "authors", "byline", "creator", "writer", "dccreator", "authorname"),
    "published_at": (
        *("publishedat", "published", "publishedon", "publisheddate", "publishdate", "publishtime", "publishedtime"),
        *(
            "datepublished",
            "pubdate",
            "publicationdate",
            "date",
            "datetime",
            "dategmt",
            "timestamp",
            "created",
            "createdat",
        ),
    ),
    "updated_at": (
        *(
            "updatedat",
            "updated",
            "updatedon",
            "datemodified",
            "modified",
            "modifiedat",
            "modifiedgmt",
            "lastmodified",
            "lastmod",
        ),
        *("dateupdated", "lastupdated"),
    ),
    "date_basis": ("datebasis",),
    "language": ("language", "lang", "languagecode"),
    "tags": ("tags", "keywords", "categories", "category", "topics", "section", "label", "labels"),
}
_KNOWN = {name for names in NAMES.values() for name in names}
_OWN_NAMES = {*FIELDS, "sha256", "_source"}
_WEAK = {"message", "description", "summary", "abstract", "article", "story"}
_MARKUP = re.compile(r"</?(?:p|br|div|h[1-6]|ul|ol|li|blockquote|figure)\b[^<>]*>", re.IGNORECASE)
_REFUSED = re.compile(r"[\0\ud800-\udfff]")
_SEPARATORS = re.compile(r"[;|]")


def article(row: Mapping[str, Any], file: RawFile, number: int, limits: Limits) -> Article:
    """The article of an export's ``number``-th row, counted from 1; what is given for the file fills in what it lacks.

    Without an id of its own it is called by its address, else by the file and its number.

    Raises:
        Invalid: no field is the text, or one breaks its rule.
    """
    found = mapped(row)
    defaults = {name: value for name, value in file.given.items() if name != "id"}
    whole = merged(defaults, found)
    name = whole.get("id") or name_of_address(whole.get("url"))
    whole["id"] = f"{file.id_prefix}{name}" if name else f"{file.id}/{number}"
    return from_json(whole, max_characters=limits.max_characters)


def noted(file: RawFile, metadata: Mapping[str, Any]) -> RawFile:
    """A file that gives its articles such metadata, beside what is given for it already."""
    own = file.given.get("metadata")
    return replace(file, given={**file.given, "metadata": {**metadata, **(own or {})}}) if metadata else file


def is_mapped(row: Mapping[str, Any]) -> bool:
    """Whether a row names its fields as exports do: it lacks one of the contract's, and has others."""
    return not row.keys() >= set(REQUIRED) and any(name not in FIELDS and name != "sha256" for name in row)


def unknown(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a row's fields that are none of the contract's by any name: ``metadata`` has the short ones."""
    own = {**row, **_inner(row)}
    return tuple(name for name in own if name not in _OWN_NAMES and _plain(name) not in _KNOWN)


def mapped(row: Mapping[str, Any]) -> dict[str, Any]:
    """The contract's fields of an article; ``metadata`` keeps the short ones of other names.

    Raises:
        Invalid: no field is the text, or it is empty.
    """
    found = stated(row)
    if "text" not in found:
        if empty := next((name for name in row if _plain(name) in NAMES["text"]), None):
            raise Invalid(f"the text is empty: {shown(empty)} holds nothing")
        names = ", ".join(shown(name)[1:-1] for name in row)
        raise Invalid(f"no field is the text, such as text, body or content; there are {names or 'none'}")
    found.setdefault("title", first_line(found["text"]) if isinstance(found["text"], str) else None)
    return found


def stated(row: Mapping[str, Any], besides: Sequence[str] = ()) -> dict[str, Any]:
    """The contract's fields that a row has, ``besides`` some, and as ``metadata`` the short ones of other names."""
    row = {**{key: value for key, value in row.items() if key != "_source"}, **_inner(row)}
    by_name = {_plain(name): name for name, value in reversed(row.items()) if not _is_nothing(value)}
    chosen = {
        field: next((by_name[name] for name in names if name in by_name), None)
        for field, names in NAMES.items()
        if field not in besides
    }
    found = {field: _FORMS.get(field, _string)(row[name]) for field, name in chosen.items() if name is not None}
    return found | {"metadata": _rest(row, set(chosen.values()))}


def holds_text(row: Mapping[str, Any]) -> bool:
    """Whether an object is an article itself, rather than holds some."""
    strong = set(NAMES["text"]) - _WEAK
    return any(_plain(name) in strong and isinstance(_rendered(value), str) for name, value in row.items())


def name_of_address(url: object) -> str | None:
    """What an article is called that has an address and no other name; None where that is no name."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    path = "/".join(part for part in parts.path.split("/") if part not in ("", ".", ".."))
    name = f"{parts.netloc}/{path}".rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return name if parts.netloc and path and len(name) < ID_CHARACTERS - 100 and "/?" not in name else None


def _inner(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a search engine's hit stand in one of its own."""
    inner = row.get("_source")
    return inner if isinstance(inner, dict) else {}


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _is_nothing(value: object) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _rest(row: Mapping[str, Any], taken: set[str | None]) -> dict[str, Any]:
    own = row.get("metadata")
    if isinstance(own, str):
        try:
            own = json.loads(own)
        except (ValueError, RecursionError):
            own = {"metadata": own}
    others = {
        name: value for name, value in row.items() if name not in taken and name != "metadata" and _is_kept(value)
    }
    return {name: value for name, value in others.items() if _is_kept(name)} | (own if isinstance(own, dict) else {})


def _is_kept(value: object) -> bool:
    if isinstance(value, str):
        return (
            bool(value.strip())
            and len(value) <= LINE_CHARACTERS
            and not any(c == "\0" or "\ud800" <= c < "\ue000" for c in value)
        )
    return isinstance(value, bool | int) or (isinstance(value, float) and value - value == 0)


# How exports write the values of each field


def _rendered(value: Any) -> Any:
    """A value, out of the object that some programs put around it."""
    return value.get("rendered", value.get("_text", value)) if isinstance(value, dict) else value


def _string(value: Any) -> Any:
    value = _rendered(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _title(value: Any) -> Any:
    value = _string(value)
    return shortened(" ".join(unescape(value).split())) if isinstance(value, str) else value


def _text(value: Any) -> Any:
    """Text as it stands; a list's paragraphs; a page's markup extracted."""
    value = _rendered(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "\n\n".join(value)
    if not isinstance(value, str) or not _MARKUP.search(value):
        return value
    from index.readers.html import story, tree

    return story(tree(f"<html><body><article>{value}</article></body></html>"), None) or value


def _names(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(name for name in map(_names, value) if isinstance(name, str))) or None
    if isinstance(value, dict):
        return _names(value.get("name") or value.get("title") or value.get("id"))
    return " ".join(value.split()) if isinstance(value, str) else _string(value)


def _date(value: Any) -> Any:
    """What can't be told stays as it is, to be refused with its name."""
    return when.iso(value) or _string(value)


def _tags(value: Any) -> Any:
    if isinstance(value, str):
        value = _SEPARATORS.split(value) if _SEPARATORS.search(value) else value.split(",")
    if not isinstance(value, list):
        return value
    named = [_names(one) for one in value]
    return list(dict.fromkeys(tag.strip() if isinstance(tag, str) else tag for tag in named if not _is_nothing(tag)))


_FORMS = {
    "title": _title,
    "text": _text,
    "source": _names,
    "author": _names,
    "published_at": _date,
    "updated_at": _date,
    "tags": _tags,
}

"""Markdown: the whole file is the article, marks and all; its front matter, in YAML, says what it is.

The front matter stays in the text, which is kept as it came; it is no part of any passage.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from index.articles import from_json, merged
from index.readers import Limits, decoding, fields, markup, when
from index.readers.titles import first_line, shortened
from index.records import Article, Notes, RawFile

SUFFIXES = (".md", ".markdown")
BRINGS_IDS = False

LONGEST_YAML = 64_000  # characters

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n((?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)")
_ALIAS = re.compile(r"(?m)(?:^|[\s\[{,:-])[*&]\w")  # a few lines of them stand for gigabytes
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#(?=[ \t])(.*)")


def read(file: RawFile, limits: Limits) -> Iterator[Article]:
    """The file's one article.

    Raises:
        Invalid: the file is empty, binary, too long, in no known encoding, or its row describes no article.
        OSError: it can't be read.
    """
    decoded = decoding.read(file, limits.max_bytes)
    stated = _stated(decoded.text)
    said = _said(stated or {})
    found = said | {"text": decoded.text, "metadata": {**said.get("metadata", {}), **decoded.metadata}}
    found["title"] = said.get("title") or title(decoded.text)
    article = from_json(merged(found, {**file.given, "id": file.id}), max_characters=limits.max_characters)
    yield replace(article, notes=Notes(unread_front_matter=stated is None))


def front_matter(text: str) -> dict[str, Any]:
    """The fields of an article that YAML between two lines of hyphens at the top states, by any name that exports use.

    What is not YAML states nothing; what has another form than its field needs is kept in ``metadata``, or left out.
    """
    return _said(_stated(text) or {})


def _stated(text: str) -> Mapping[str, Any] | None:
    """What front matter states, by the names that stand there; None where it can't be read."""
    front = _FRONT_MATTER.match(text)
    return _yaml(front.group(1)) if front else {}


def _said(stated: Mapping[str, Any]) -> dict[str, Any]:
    said = fields.stated(stated, besides=("id", "text"))
    url, tags, metadata = said.pop("url", None), said.pop("tags", None), said.pop("metadata", {})
    found: dict[str, Any] = {name: value for name, value in said.items() if isinstance(value, str) and value.strip()}
    for name in ("published_at", "updated_at"):
        if name in found and when.iso(found[name]) is None:
            metadata[name] = found.pop(name)
    if "published_at" in found or "updated_at" in found:
        found.setdefault("date_basis", "stated")
    if isinstance(tags, list):
        found["tags"] = [tag for tag in tags if isinstance(tag, str)]
    if absolute := markup.absolute(url):
        found["url"] = absolute
    return found | ({"metadata": metadata} if metadata else {})


def _yaml(front: str) -> Mapping[str, Any] | None:
    import yaml

    if len(front) > LONGEST_YAML or _ALIAS.search(front):
        return None
    try:
        said = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None
    return {str(key): _plain(value) for key, value in said.items()} if isinstance(said, dict) else {}


def _plain(value: Any) -> Any:
    """YAML's dates as they are written."""
    if isinstance(value, date):  # which a datetime is too
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {str(key): _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def title(text: str) -> str:
    """The first ``# heading`` outside front matter and code, else the first line of the body."""
    front = _FRONT_MATTER.match(text)
    body = text[front.end() :] if front else text
    for line in _outside_code(body):
        heading = _HEADING.match(line)
        if heading and (words := _without_closing_marks(heading.group(1).strip())):
            return shortened(words)
    return first_line(body) or first_line(text)


def _outside_code(text: str) -> Iterator[str]:
    opened = ""
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if fence and not opened:
            opened = fence.group(1)
        elif fence and fence.group(1).startswith(opened):
            opened = ""
        elif not opened:
            yield line


def _without_closing_marks(heading: str) -> str:
    words = heading.rstrip("#")
    return words.rstrip() if not words or words[-1] in " \t" else heading

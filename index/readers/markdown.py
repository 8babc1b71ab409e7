"""Markdown: the whole file is the article, marks and all; its first main heading the title."""

import re
from collections.abc import Iterator

from index.articles import from_json, merged
from index.readers import Limits, decoding
from index.readers.titles import first_line, shortened
from index.records import Article, RawFile

SUFFIXES = (".md", ".markdown")
BRINGS_IDS = False

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?:.*\n)*?---[ \t]*(?:\r?\n|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#(?=[ \t])(.*)")


def read(file: RawFile, limits: Limits) -> Iterator[Article]:
    """The file's one article.

    Raises:
        Invalid: the file is empty, binary, too long, in no known encoding, or its row describes no article.
        OSError: it can't be read.
    """
    decoded = decoding.read(file, limits.max_bytes)
    found = {"title": title(decoded.text), "text": decoded.text, "metadata": decoded.metadata}
    yield from_json(merged(found, {**file.given, "id": file.id}), max_characters=limits.max_characters)


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

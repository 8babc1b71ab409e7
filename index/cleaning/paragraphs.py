"""The lines of a text, what each is by itself, and which of them make a paragraph together."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from index.cleaning.furniture import ENDED, Furniture, furniture
from index.records import Span

Kind = Furniture | Literal["plain", "heading", "item", "row", "link"]

LONGEST_HEADING = 100  # characters
NARROWEST_WRAP, WIDEST_WRAP = 45, 132  # columns at which people and programs wrap text
TOP_LINES = 6  # where a title and a byline may stand

_UNDERLINE = re.compile(r"={3,}|-{3,}")
_MARKED = re.compile(r"#{1,6}\s+\S.*|(?P<wiki>(?:=\s?){1,6})\s*[^=\s](?:.*\S)?\s*(?P=wiki)")
_ITEM = re.compile(r"(?:[-*+•◦▪‣·–]|\(?\d{1,3}[.)]|[a-z]\))\s+\S")
# YAML at the top that says what the article is; each line can be read in one way only.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\r?\n(?:(?:[\w.][^:\r\n]*:[^\r\n]*|[ \t#-][^\r\n]*|)\r?\n)*?(?:---|\.\.\.)[ \t]*(?=\r?\n|$)"
)
_COLUMNS = ("\t", "   ", " | ")
_FENCES = ("```", "~~~")
_QUOTES = "“‘\"'«¿¡"


class _Line(NamedTuple):
    """A line without the white space at its ends. ``gap``: a blank line stands before it."""

    span: Span
    said: str
    indent: int
    gap: bool
    kind: Kind


class Paragraph(NamedTuple):
    """Lines that belong together. ``said`` is their text where it is one line, else empty."""

    span: Span
    said: str
    gap: bool
    kind: Kind


def paragraphs_of(text: str, title: str) -> Iterator[Paragraph]:
    """In order; the title is a heading wherever it stands at the top."""
    name = plain(title)
    for number, run in enumerate(_runs(_lines(text))):
        for lines in _wrapped(run):
            paragraph = _joined(lines)
            is_title = number < TOP_LINES and paragraph.said and plain(paragraph.said) == name
            yield paragraph._replace(kind="heading") if is_title else paragraph


def _runs(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Lines that may be one paragraph: no blank line between them, and none with a meaning of its own."""
    run: list[_Line] = []
    for line in lines:
        if run and not _continues(run, line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _continues(run: list[_Line], line: _Line) -> bool:
    if len(run) == 1 and _underlined(run[0], line):
        return True
    return line.kind == "plain" and not line.gap and run[0].kind in ("plain", "item") and not _underlines(run)


def _underlined(above: _Line, line: _Line) -> bool:
    return not line.gap and could_head(above.said, above.kind) and _UNDERLINE.fullmatch(line.said) is not None


def _underlines(run: list[_Line]) -> bool:
    return run[-1].kind == "furniture"


def _wrapped(run: list[_Line]) -> Iterator[list[_Line]]:
    """A run cut where a line ends although the next word would still have fitted into it."""
    if len(run) == 1 or _underlines(run):
        yield run
        return
    width = max(len(line.said) for line in run)
    full = [_is_full(line, following, width) for line, following in pairwise(run)]
    hard = NARROWEST_WRAP <= width <= WIDEST_WRAP and _looks_wrapped(run, full)
    start = 0
    for i, line_is_full in enumerate(full):
        hanging = run[start].kind == "item" and run[i + 1].indent > run[start].indent
        if not (hanging or (hard and line_is_full)):
            yield run[start : i + 1]
            start = i + 1
    yield run[start:]


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    return len(line.said) + 1 + len(following.said.split(maxsplit=1)[0]) > width


def _looks_wrapped(run: list[_Line], full: list[bool]) -> bool:
    within = any(f and not ENDED.search(line.said) for f, line in zip(full, run, strict=False))
    return within and 2 * sum(full) >= len(full)


def _joined(lines: list[_Line]) -> Paragraph:
    first, last = lines[0], lines[-1]
    underlined = len(lines) > 1 and _underlines(lines)
    kind: Kind = "heading" if underlined else first.kind
    return Paragraph(Span(first.span.start, last.span.end), first.said if len(lines) == 1 else "", first.gap, kind)


def plain(said: str) -> str:
    return " ".join(said.lstrip("#").casefold().split())


def _lines(text: str) -> Iterator[_Line]:
    at, gap, fenced, count = 0, False, False, 0
    if front := _FRONT_MATTER.match(text):
        at = front.end()
        yield _Line(Span(0, len(front.group().rstrip())), "---", 0, gap, "furniture")
    for raw in text[at:].splitlines(keepends=True):
        said = raw.strip()
        if said:
            start = at + len(raw) - len(raw.lstrip())
            fence = said.startswith(_FENCES)
            kind: Kind = "row" if fenced or fence else _kind(said, at_top=count < TOP_LINES)
            yield _Line(Span(start, start + len(said)), said, start - at, gap, kind)
            fenced, count = fenced != fence, count + 1
        gap = not said
        at += len(raw)


def _kind(said: str, *, at_top: bool) -> Kind:
    if kind := furniture(said, at_top=at_top):
        return kind
    if len(said) <= LONGEST_HEADING and _MARKED.fullmatch(said):
        return "heading"
    if _ITEM.match(said):
        return "item"
    return "row" if said.count("|") > 1 or any(column in said for column in _COLUMNS) else "plain"


def could_head(said: str, kind: Kind) -> bool:
    if kind == "heading":
        return True
    short = kind == "plain" and 1 < len(said) <= LONGEST_HEADING
    first = said.lstrip(_QUOTES)[:1]
    begins = short and first.isalnum() and not first.islower()
    return begins and any(map(str.isalpha, said)) and not ENDED.search(said)

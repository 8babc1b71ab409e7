"""Lines as they stand on pages to the text that they carry: whole paragraphs, no running heads, no page numbers."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile
from statistics import median
from typing import NamedTuple

MARGIN_LINES = 3  # at the top and at the bottom of a page, where heads and feet run
SAME_SIZE = 0.12  # of a line's height; by more, two lines are of different kinds
WIDER_LEADING = 1.3  # of the usual distance between lines; beyond it, a paragraph ends
WIDEST_LEADING = 1.9  # of a line's height: a double-spaced page has 1.7
INDENT = (0.7, 8)  # line heights by which a paragraph's first line may stand in
NEIGHBOURS = 25  # lines before and after, among which a column's edges are seen

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?i)[\W_]*(?:page|p\.|seite)?\s*(\d{1,4})(?:\s*(?:of|/|von)\s*\d{1,4})?[\W_]*")
_ITEM = re.compile(r"(?:[•◦▪‣·●○■–—-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_ENDED = re.compile(r"[.!?:…][\"'”’)\]»]*$")
_COMPOUND = re.compile(r"\b(\w+)-(\w+)\b")
_WORD = re.compile(r"\w+")


class Line(NamedTuple):
    """A line of a page, in points from its left and lower edge. ``cut``: it ends in a hyphen, not in ``text``."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    cut: bool = False

    @property
    def size(self) -> float:
        return max(self.top - self.bottom, 0.1)


class Laid(NamedTuple):
    """A text, and the offset in it at which each page begins; a page without text begins where the next one does."""

    text: str
    pages: list[int]


def laid(pages: Sequence[Sequence[Line]]) -> Laid:
    """Paragraphs parted by blank lines; a word cut at a line's end is whole, and so is a paragraph cut by a page."""
    kept = _without_running(pages)
    usual = _Usual(kept)
    parts: list[str] = []
    at, starts = 0, []
    before: Line | None = None
    for lines in kept:
        starts.append(at)
        for number, line in enumerate(lines):
            joint = _joint(before, lines, number, usual)
            at += len(joint)
            parts += [joint, line.text]
            if not number:
                starts[-1] = at
            at += len(line.text)
            before = line
    closing = "-" if before and before.cut else ""
    return Laid("".join(parts) + closing, _filled(starts, [bool(lines) for lines in kept], at))


def largest(lines: Sequence[Line]) -> str:
    """What is set largest in the upper half of a page, if by enough to be its title; else empty."""
    if not lines:
        return ""
    usual = median(line.size for line in lines for _ in line.text)
    upper = [line for line in lines if line.bottom > (lines[0].top + min(one.bottom for one in lines)) / 2]
    size = max((line.size for line in upper), default=usual)
    if size < (1 + 2 * SAME_SIZE) * usual:
        return ""
    first = next(number for number, line in enumerate(lines) if line in upper and _alike(line.size, size))
    return " ".join(line.text for line in takewhile(lambda line: _alike(line.size, size), lines[first:]))


def _filled(starts: list[int], full: list[bool], end: int) -> list[int]:
    out, following = [], end
    for start, has_text in zip(reversed(starts), reversed(full), strict=True):
        following = start if has_text else following
        out.append(following)
    return out[::-1]


# Running heads


def _without_running(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    margins = [_margins(lines) for lines in pages]
    counted = Counter(key for lines in margins for key in {_key(line) for line in lines.values()})
    # Left and right pages may have heads of their own.
    often = max(2, 0.4 * len([lines for lines in pages if lines]))
    return [
        [
            line
            for number, line in enumerate(lines)
            if number not in margin or not (counted[_key(line)] >= often or _numbers(line, page))
        ]
        for page, (lines, margin) in enumerate(zip(pages, margins, strict=True), 1)
    ]


def _margins(lines: Sequence[Line]) -> Mapping[int, Line]:
    order = sorted(range(len(lines)), key=lambda number: -lines[number].bottom)
    return {number: lines[number] for number in (*order[:MARGIN_LINES], *order[-MARGIN_LINES:])}


def _key(line: Line) -> tuple[str, int, int]:
    return _DIGITS.sub("#", line.text.casefold()), round(line.size), round(line.bottom / 8)


def _numbers(line: Line, page: int) -> bool:
    found = _PAGE_NUMBER.fullmatch(line.text)
    return found is not None and int(found[1]) == page


# Paragraphs


def _joint(before: Line | None, lines: Sequence[Line], number: int, usual: "_Usual") -> str:
    """What stands before a line: nothing, a hyphen, a space, or the blank line between paragraphs."""
    if before is None:
        return ""
    line = lines[number]
    if before.cut and not _ITEM.match(line.text):
        return usual.inside_a_word(before.text, line.text)
    tail = "-" if before.cut else ""
    above = lines[number - 1] if number else None
    if above is None or line.bottom > above.bottom + 0.5 * line.size:
        ends = _ends_before_a_page(before, lines, number)
    else:
        ends = _ends(lines, number, usual)
    return tail + ("\n\n" if ends else " ")


def _ends(lines: Sequence[Line], number: int, usual: "_Usual") -> bool:
    above, line = lines[number - 1], lines[number]
    if not _alike(above.size, line.size) or _ITEM.match(line.text):
        return True
    if above.bottom - line.bottom > WIDER_LEADING * usual.leading * line.size:
        return True
    if line.size > (1 + SAME_SIZE) * usual.size:
        return False  # a headline's lines may be centred, and end anywhere
    if _is_indented(line, above, lines[number + 1] if number + 1 < len(lines) else None):
        return True
    near = [one for one in lines[max(0, number - NEIGHBOURS) : number + NEIGHBOURS] if _same_column(one, above)]
    edge = max(one.right for one in near)
    return _ENDED.search(above.text) is not None and _would_fit(line, edge - above.right)


def _ends_before_a_page(before: Line, lines: Sequence[Line], number: int) -> bool:
    """Over the end of a page or column there is no distance to go by."""
    line = lines[number]
    if not _alike(before.size, line.size) or _ITEM.match(line.text):
        return True
    following = lines[number + 1] if number + 1 < len(lines) else None
    if following is not None and _is_indented(line, following, None):
        return True
    width = max(one.right - one.left for one in lines[number : number + NEIGHBOURS] if _same_column(one, line))
    return _ENDED.search(before.text) is not None and _would_fit(line, width - (before.right - before.left))


def _would_fit(line: Line, room: float) -> bool:
    """Whether a line's first word would still have stood on the one before: that one's end was wanted."""
    letter = (line.right - line.left) / len(line.text)
    return room > (len(line.text.split(maxsplit=1)[0]) + 2) * letter


def _same_column(line: Line, other: Line) -> bool:
    return abs(line.left - other.left) < INDENT[1] * other.size


def _alike(size: float, other: float) -> bool:
    return abs(size - other) <= SAME_SIZE * max(size, other)


def _is_indented(line: Line, above: Line, below: Line | None) -> bool:
    least, most = (heights * line.size for heights in INDENT)
    others = [one for one in (above, below) if one is not None]
    return all(least < line.left - one.left < most for one in others)


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """The usual distance from line to line, in line heights."""
    steps = [
        (above.bottom - line.bottom) / line.size
        for lines in pages
        for above, line in pairwise(lines)
        if above.bottom > line.bottom and _alike(above.size, line.size)
    ]
    near = [step for step in steps if step < WIDEST_LEADING]
    return median(near) if near else 1.2


class _Usual:
    """How far apart a document's lines stand, and which words it writes whole, which with a hyphen."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        self.leading = _leading(pages)
        self.size = median([line.size for lines in pages for line in lines] or [1])
        texts = [line.text.casefold() for lines in pages for line in lines]
        self.compounds = {match.groups() for text in texts for match in _COMPOUND.finditer(text)}
        self.whole = {word for text in texts for word in _WORD.findall(text)}

    def inside_a_word(self, before: str, after: str) -> str:
        """Between the halves of a word that a line's end parts: a hyphen only if it is part of the word."""
        last, first = _last_word(before), _first_word(after)
        if not last or not first:
            return "-" if last else "- "
        if not first[0].islower() or last[-1].isdigit():
            return "-"
        if last.casefold() + first.casefold() in self.whole:
            return ""
        return "-" if (last.casefold(), first.casefold()) in self.compounds else ""


def _last_word(text: str) -> str:
    found = re.search(r"\w+$", text[-100:])
    return found.group() if found else ""


def _first_word(text: str) -> str:
    found = _WORD.match(text)
    return found.group() if found else ""

"""As much of an answer as a chat tool has room for: the longest texts are cut first, and no more than has to be."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace

from service.terminal import inert
from service.writing.footnoted import Footnoted, Line, Note
from service.writing.words import Segment, segments

ELLIPSIS = "…"


def units(text: str) -> int:
    """Its length in UTF-16 units: what chat tools count in, or at least as much."""
    return len(text.encode("utf-16-le")) // 2


def runs(line: Line) -> list[Segment]:
    """A line's words, those marked that are the answer; white space in single spaces, and nothing that acts."""
    cut = segments(line.text, [line.short] if line.short else [])
    return [Segment(inert(f"|{one.text}|")[1:-1], one.marked) for one in cut]


def fitted(text: str, most: int, written: Callable[[str], str]) -> str:
    """What ``written`` makes of the text, or else of as long a beginning as has room, in at most ``most`` units."""
    if units(whole := written(text)) <= most:
        return whole
    # Where `written` takes nothing away from a longer text, what fits comes before what does not.
    fits = bisect_right(range(1, len(text)), most, key=lambda length: units(written(shortened(text, length))))
    return written(shortened(text, max(fits, 1)))


def fitting(shown: Footnoted, fits: Callable[[Footnoted], bool]) -> Footnoted:
    """It whole, or with every text cut to a length that is the greatest for which ``fits`` holds."""
    if fits(shown):
        return shown
    longest = max(map(len, _texts(shown)), default=1)
    length = bisect_left(range(1, longest), True, key=lambda length: not fits(_cut(shown, length)))
    return _cut(shown, max(length, 1))


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters of it, the last of them an ellipsis where some are missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def _texts(shown: Footnoted) -> Iterator[str]:
    yield from shown.remarks
    for line in shown.lines:
        yield from (line.before, line.text)
    for note in shown.notes:
        yield from (note.title, note.source, note.link, *note.quotes)


def _cut(shown: Footnoted, most: int) -> Footnoted:
    return replace(
        shown,
        lines=tuple(_cut_line(line, most) for line in shown.lines),
        remarks=tuple(shortened(remark, most) for remark in shown.remarks),
        notes=tuple(_cut_note(note, most) for note in shown.notes),
    )


def _cut_line(line: Line, most: int) -> Line:
    text = shortened(line.text, most)
    is_there = line.short is not None and line.short.of(text) == line.short.of(line.text)
    return replace(line, text=text, before=shortened(line.before, most), short=line.short if is_there else None)


def _cut_note(note: Note, most: int) -> Note:
    """A part of an address leads elsewhere: one that is too long is left out."""
    return replace(
        note,
        title=shortened(note.title, most),
        source=shortened(note.source, most),
        link=note.link if len(note.link) <= most else "",
        quotes=tuple(shortened(quote, most) for quote in note.quotes),
    )

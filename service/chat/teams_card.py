"""An answer as a message of Teams with an Adaptive Card: its lines, what is not said, and its sources with their links.

All text stands in text runs, which know no Markdown: Teams' clients differ in how they read Markdown's escapes, some
show the backslashes (microsoft/AdaptiveCards#5590, #7474).
"""

import json
from collections.abc import Iterator
from typing import Any

from service.chat.fitting import fitting, runs, units
from service.chat.markdown import address
from service.terminal import inert
from service.writing.footnoted import Footnoted, Line, Note

# Teams refuses messages over 28 KB, which it counts in UTF-16.
MOST_BYTES = 28 * 1000
CARD = "application/vnd.microsoft.card.adaptive"
VERSION = "1.5"

Element = dict[str, Any]


def message(shown: Footnoted) -> Element:
    """The answer, or as much of it as Teams takes."""
    return _message(fitting(shown, lambda cut: _bytes(_message(cut)) <= MOST_BYTES))


def words(text: str) -> Element:
    """A message of one line."""
    return _attached([_block(_run(text))], inert(text))


def leading(text: str, link: str) -> Element:
    """A message of one line, and under it a link."""
    return _attached([_block(_run(text)), _block(_run(link, **_opened(link)))], inert(text))


def _message(shown: Footnoted) -> Element:
    summary = shown.heading or "".join(run.text for run in runs(shown.lines[0]))
    return _attached([*_said(shown), *_sources(shown)], summary)


def _attached(body: list[Element], summary: str) -> Element:
    """``summary`` is what a notification shows."""
    card = {
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": body,
        "msteams": {"width": "full"},
    }
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CARD, "content": card}]}


def _said(shown: Footnoted) -> Iterator[Element]:
    if shown.heading:
        yield _block(_run(shown.heading, weight="Bolder"))
    yield from map(_line, shown.lines)
    for remark in shown.remarks:
        yield _block(_run(remark, isSubtle=True))


def _line(line: Line) -> Element:
    before = [_run(f"{inert(line.before)} ")] if line.before else []
    said = [_run(one.text, **({"weight": "Bolder"} if one.marked else {})) for one in runs(line)]
    return _block(*before, *said, _run(f" [{line.note}]"))


def _sources(shown: Footnoted) -> Iterator[Element]:
    if shown.notes:
        yield {**_block(_run(shown.introduction, weight="Bolder", size="Small")), "separator": True}
    for note in shown.notes:
        yield _source(note, is_quoted=not shown.lines)


def _source(note: Note, *, is_quoted: bool) -> Element:
    title = _run(note.title, **(_opened(note.link) if note.link else {}))
    about = [_run(f", {note.about}", isSubtle=True)] if note.about else []
    quote = [_run(f": “{inert(note.quotes[0])}”")] if is_quoted else []
    return {**_block(_run(f"[{note.number}] "), title, *about, *quote), "spacing": "Small"}


def _opened(link: str) -> Element:
    return {"selectAction": {"type": "Action.OpenUrl", "url": address(link)}}


def _block(*inlines: Element) -> Element:
    return {"type": "RichTextBlock", "inlines": list(inlines)}


def _run(text: str, **style: Any) -> Element:
    # {{DATE(…)}} would be shown as a date; the word joiner between the braces is not seen.
    return {"type": "TextRun", "text": _spaced(text).replace("{{", "{\u2060{"), **style}


def _spaced(text: str) -> str:
    """As `inert`, with one space at an end where there was any."""
    return inert(f"|{text}|")[1:-1]


def _bytes(message: Element) -> int:
    return 2 * units(json.dumps(message, ensure_ascii=False))

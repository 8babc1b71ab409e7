"""An answer as Slack's Block Kit has it, within its limits: lines, what is not said, and a context block a source."""

from typing import Any

from service.chat.mrkdwn import escaped, fitted, linked
from service.writing.footnoted import Footnoted, Line, Note

# In characters; Slack refuses a whole message for one block that is too long, or one too many.
MOST_BLOCKS = 50
LONGEST_TEXT = 3000
LONGEST_MESSAGE = 4000
LONGEST_TITLE, LONGEST_ABOUT, LONGEST_QUOTE = 300, 300, 600
KEEP = "keep"

Block = dict[str, Any]


def message(shown: Footnoted, offer: str | None) -> dict[str, Any]:
    """``text`` for notifications and for the conversation, and ``blocks``; ``offer`` is what the button keeps."""
    return {"text": in_short(shown), "blocks": blocks(shown, offer), "unfurl_links": False, "unfurl_media": False}


def in_short(shown: Footnoted) -> str:
    """The answer without its sources."""
    lines = [escaped(shown.heading), *map(_line, shown.lines), *map(escaped, shown.remarks)]
    return _whole(lines, LONGEST_MESSAGE)


def blocks(shown: Footnoted, offer: str | None) -> list[Block]:
    said = [_section(text) for text in _said(shown)]
    notes = [_context(_note(note, shown)) for note in shown.notes]
    about = [_context(escaped(shown.introduction)), *notes] if notes else []
    button = [_button(offer)] if offer else []
    room = MOST_BLOCKS - len(button)
    kept = min(len(said), max(room - len(about), room // 2))
    return [*said[:kept], *about[: room - kept], *button]


def _said(shown: Footnoted) -> list[str]:
    heading = [escaped(shown.heading)] if shown.heading else []
    return [*heading, *map(_line, shown.lines), *(fitted(remark, LONGEST_TEXT) for remark in shown.remarks)]


def _line(line: Line) -> str:
    before = f"*{escaped(line.before.strip())}* " if line.before else ""
    number = f" [{line.note}]"
    return before + fitted(line.text, LONGEST_TEXT - len(before) - len(number)) + number


def _note(note: Note, shown: Footnoted) -> str:
    about = f", {fitted(note.about, LONGEST_ABOUT)}" if note.about else ""
    quote = "" if shown.lines else f": “{fitted(note.quotes[0], LONGEST_QUOTE)}”"
    return f"[{note.number}] {linked(note.title, note.link, LONGEST_TITLE)}{about}{quote}"


def _whole(lines: list[str], most: int) -> str:
    """As many of the lines as there is room for: half an escape would be none."""
    text = ""
    for line in filter(None, lines):
        if len(text) + len(line) + 1 > most:
            break
        text += f"\n{line}" if text else line
    return text


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    # verbatim: no address or name in an article's words becomes a link or calls anybody.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _button(offer: str) -> Block:
    text = {"type": "plain_text", "text": "Keep and share", "emoji": False}
    return {"type": "actions", "elements": [{"type": "button", "action_id": KEEP, "text": text, "value": offer}]}

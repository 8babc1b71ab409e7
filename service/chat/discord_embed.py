"""An answer as a message of Discord with an embed: its lines, what is not said, and a field a source."""

import re
from typing import Any

from service.chat.fitting import fitted, fitting, runs, units
from service.chat.markdown import address
from service.terminal import inert
from service.writing.footnoted import Footnoted, Line, Note

# In characters; Discord refuses a whole message for one part that is too long.
LONGEST_CONTENT = 2000
LONGEST_DESCRIPTION, LONGEST_EMBED = 4096, 6000
MOST_FIELDS, LONGEST_NAME, LONGEST_VALUE = 25, 256, 1024
LONGEST_ABOUT, LONGEST_LINK = 200, 600
KEEP = "keep "
ROW, BUTTON, SECONDARY = 1, 2, 2

# A backslash before any of them is not shown. The colon makes emoji, times and links; the at-sign calls people.
_ANYWHERE = re.compile(r"([\\`*_~|<>\[\]()#@:])")
_AT_START = re.compile(r"^([-+])|^(\d+)\.")

Payload = dict[str, Any]


def escaped(text: str) -> str:
    """One line that Discord shows as ``text``, white space in single spaces; nobody is called by it."""
    return _at_start(_inline(inert(text)))


def message(shown: Footnoted, offer: str | None) -> Payload:
    """``offer`` is what a button keeps."""
    cut = fitting(shown, lambda one: _fits(_embed(one)))
    return _payload("", [_embed(cut)], [_button(offer)] if offer else [])


def words(text: str) -> Payload:
    """A message of one line."""
    return _payload(fitted(text, LONGEST_CONTENT, escaped))


def shared(user: str, link: str) -> Payload:
    """A message by which ``user``, an id, shares a kept answer: it unfolds below."""
    return _payload(f"<@{user}> shares an answer: {link}" if user else f"Kept: {link}")


def _payload(content: str, embeds: list[Payload] | None = None, components: list[Payload] | None = None) -> Payload:
    parts = {"embeds": embeds or [], "components": components or []}
    return {"content": content, **parts, "allowed_mentions": {"parse": []}}


def _embed(shown: Footnoted) -> Payload:
    heading = [f"**{escaped(shown.heading)}**"] if shown.heading else []
    about = [escaped(shown.introduction)] if shown.notes else []
    said = [*heading, *map(_line, shown.lines), *map(escaped, shown.remarks), *about]
    fields = [_field(note, is_quoted=not shown.lines) for note in shown.notes[:MOST_FIELDS]]
    return {"description": "\n\n".join(said), "fields": fields}


def _fits(embed: Payload) -> bool:
    description = units(embed["description"])
    fields = sum(units(field["name"]) + units(field["value"]) for field in embed["fields"])
    return description <= LONGEST_DESCRIPTION and description + fields <= LONGEST_EMBED


def _line(line: Line) -> str:
    before = f"{escaped(line.before)} " if line.before else ""
    said = "".join(f"**{_inline(one.text)}**" if one.marked else _inline(one.text) for one in runs(line))
    return f"{before}{_at_start(said)} \\[{line.note}\\]"


def _field(note: Note, *, is_quoted: bool) -> Payload:
    """The name is no link, as Discord has none there; the link's own words are ours, so that no title can end it."""
    number = f"\\[{note.number}\\] "
    title = fitted(note.title, LONGEST_NAME - len(number), escaped)
    parts = [fitted(note.about, LONGEST_ABOUT, escaped), _link(note)]
    value = " · ".join(part for part in parts if part)
    if is_quoted:
        room = LONGEST_VALUE - units(value) - len("\n“”")
        value += f"\n“{fitted(note.quotes[0], room, escaped)}”"
    return {"name": number + title, "value": value or "–", "inline": False}


def _link(note: Note) -> str:
    url = address(note.link)
    return f"[Open]({url})" if url and units(url) <= LONGEST_LINK else ""


def _button(offer: str) -> Payload:
    button = {"type": BUTTON, "style": SECONDARY, "label": "Keep and share", "custom_id": KEEP + offer}
    return {"type": ROW, "components": [button]}


def _inline(text: str) -> str:
    return _ANYWHERE.sub(r"\\\1", text)


def _at_start(line: str) -> str:
    return _AT_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\.", line)

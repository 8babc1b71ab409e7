"""Slack's mrkdwn: text that it shows as it is, and what people typed as it was.

mrkdwn knows no escape but for ``&``, ``<`` and ``>``. What it would format otherwise gets a zero-width space at its
sides, which nobody sees; that is done only where there could be a pair.
"""

import html
import re
from collections import Counter

from service.chat.markdown import address
from service.terminal import inert

ELLIPSIS = "…"
LONGEST_ADDRESS = 1500
_HIDDEN = "\u200b"
_FORMATTING = re.compile(r"[*_~`]+")
# Not the minutes in 10:30:45.
_EMOJI = re.compile(r":(?=(?!\d\d:)[\w+'-]+:)")
_QUOTING = re.compile(r"^(&gt;)")
_SENT = re.compile(r"<([^<>]*)>")


def escaped(text: str) -> str:
    """One line that Slack shows as ``text``, white space in single spaces."""
    line = inert(text)
    often = Counter(line)
    line = _FORMATTING.sub(lambda found: _parted(found, line, often), line)
    line = _EMOJI.sub(f":{_HIDDEN}", line)
    return _QUOTING.sub(rf"{_HIDDEN}\1", html.escape(line, quote=False))


def _parted(found: re.Match[str], line: str, often: Counter[str]) -> str:
    marks, before, after = found[0], line[: found.start()][-1:], line[found.end() :][:1]
    is_within_word = before.isalnum() and after.isalnum() and "`" not in marks
    return marks if is_within_word or max(often[mark] for mark in marks) < 2 else f"{_HIDDEN}{marks}{_HIDDEN}"


def fitted(text: str, most: int) -> str:
    """As `escaped`, cut at the end of a word so that it has no more than ``most`` UTF-16 units."""
    whole = escaped(text)
    if _length(whole) <= most:
        return whole
    line, fits, fails = inert(text), 0, min(len(inert(text)), most)
    while fails - fits > 1:
        middle = (fits + fails) // 2
        fits, fails = (middle, fails) if _length(escaped(line[:middle])) < most else (fits, middle)
    words = line[:fits].rsplit(" ", 1)[0] if " " in line[fits // 2 : fits] else line[:fits]
    return escaped(words) + ELLIPSIS


def linked(text: str, url: str, most: int) -> str:
    """A link that no title and no address can end; the title alone where the address is too long for Slack."""
    # The first bar ends the address, which has none of its own: a title may have any.
    label, target = fitted(text, most), html.escape(address(url), quote=False)
    return f"<{target}|{label}>" if _length(target) <= LONGEST_ADDRESS else label


def plain(text: str) -> str:
    """What somebody typed, without the names of people and channels as codes, and with links as they are read."""
    return html.unescape(_SENT.sub(_read, text).replace(_HIDDEN, "")).strip()


def _read(found: re.Match[str]) -> str:
    code, _, label = found[1].partition("|")
    if label:
        return label
    return "" if code.startswith(("@", "#", "!")) else code


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2

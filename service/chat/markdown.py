"""Text as Markdown that shows it as it is: nothing in an article may become a heading, a link or an image."""

import re
from urllib.parse import quote

from service.terminal import inert

# What makes markup anywhere in a line; at its beginning also what makes lists, headings and quotes.
# Of brackets one kind suffices, and both would be a formula to Open WebUI.
_ANYWHERE = re.compile(r"([\\`*_\]<>~|$])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_AT_START = re.compile(r"^([#+=-])|^(\d{1,9})([.)])")
# Those of a URL that are not to be quoted again, and none that could end a link.
_IN_URL = "%/:=&?~#+!,;'@*[]"


def escaped(text: str) -> str:
    """One line that a renderer shows as ``text``, white space in single spaces."""
    line = _ENTITY.sub("&amp;", _ANYWHERE.sub(r"\\\1", inert(text)))
    return _AT_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)


def linked(text: str, url: str) -> str:
    """A link whose address no bracket, space or line break can end.

    The trap: marked, which many chats use, takes the backslashes off brackets inside a link and reads again what they
    then are, a link or an image of the text's own. Where no bracket follows another at once, it is neither.
    """
    inner = escaped(text).replace("[", r"\[").replace("](", r"]\(")
    return f"[{inner}](<{address(url)}>)"


def address(url: str) -> str:
    return quote(url, safe=_IN_URL)

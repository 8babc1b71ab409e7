"""The title of an article whose file names none: a line of its text."""

import re

TITLE_CHARACTERS = 300

_BY_PROGRAMS = re.compile(
    r"(?i)[\W_]*(?:untitled|unknown|anonymous|unspecified|title|none|null|(?:(?:word|new|blank) )?document\W?\d*|"
    r"normal|user|admin(?:istrator)?|author|owner|python-docx|microsoft (?:office )?(?:word|user|powerpoint)\b.*|"
    r".*\.(?:docx?|pdf|rtf|odt|indd|qxd|p65|tex|dvi|ps|html?|pptx?|xlsx?))[\W_]*"
)


def first_line(text: str) -> str:
    """The first line that is not blank, as a title; empty where there is none."""
    found = re.search(r"\S.*", text)
    return shortened(found.group().splitlines()[0].strip()) if found else ""


def shortened(title: str) -> str:
    """A title of at most `TITLE_CHARACTERS`, cut after a word."""
    if len(title) <= TITLE_CHARACTERS:
        return title
    cut = title[: TITLE_CHARACTERS - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"


def telling(said: str | None) -> str | None:
    """A title or name that a document's properties hold, unless programs put it there of themselves."""
    line = " ".join("".join(c if c.isprintable() else " " for c in said or "").split())
    return None if not line or _BY_PROGRAMS.fullmatch(line) else shortened(line)

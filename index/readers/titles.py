"""The title of an article whose file names none: a line of its text."""

import re

TITLE_CHARACTERS = 300


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

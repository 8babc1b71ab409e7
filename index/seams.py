"""Passages that begin by referring back: what the passage before them says last.

"They left on Friday" answers only who knows of whom the sentence before told, and a passage may end between the two.
"""

import re

from index.records import Passage, Span

# How many sentences of the passage before are read again.
MOST = 2

_OPENS = r"[\"“‘'(\[]*"
_LEADS_IN = (
    "And|But|So|Yet|Or|Nor|Then|Also|However|Still|In|On|At|By|For|From|To|With|Of|Through|Under|After|Before|During|"
    "As|While|When|Although|Though|Because|Since"
)
_MEANS_OTHERS = "He|She|It|They|His|Her|Its|Their|Him|Them|This|That|These|Those|Such|Both|The (?:same|latter|former)"
_REFERS_BACK = re.compile(rf"{_OPENS}(?:(?:{_LEADS_IN}),?\s+)?(?:{_MEANS_OTHERS})\b", re.IGNORECASE)


def refers_back(said: str) -> bool:
    """Whether a sentence begins with a word that stands for what was said before it."""
    return bool(_REFERS_BACK.match(said))


def led_up_to(text: str, before: Passage, passage: Passage) -> str:
    """The last sentences of the passage ``before`` another of the same ``text``, as they stand there.

    Empty where anything but space is between the two, or where they are of different stories.
    """
    if text[before.span.end : passage.span.start].strip() or before.side_story != passage.side_story:
        return ""
    return Span(before.sentences[-MOST:][0].start, before.span.end).of(text)

"""Of which sex an answer says that somebody is."""

import re
from collections.abc import Iterator
from typing import Literal

from index.english import FUNCTION_WORDS
from service.conversation.mentions import Mention
from service.conversation.turns import Turn

Sex = Literal["male", "female"]

MALE, FEMALE = frozenset({"he", "him", "his", "himself"}), frozenset({"she", "her", "hers", "herself"})
_TITLES: dict[Sex, re.Pattern[str]] = {
    "male": re.compile(r"\b(?:Mr|Sir|King|Prince|Lord)\b\.?\s+$"),
    "female": re.compile(r"\b(?:Mrs|Ms|Miss|Queen|Princess|Lady|Dame)\b\.?\s+$"),
}
_SENTENCE_ENDS = re.compile(r"[.!?;][\s”\"’)]")
# What may be the subject's own: "Ruiz met her" and "Ruiz met him" speak of others.
_OWN = re.compile(r"\b(?P<word>he|she|himself|herself|his|her)\b(?:\s+(?P<next>\w+))?", re.IGNORECASE)


def spoken_of(turn: Turn, mention: Mention) -> Iterator[Sex]:
    """What a title before the name tells, and the first word for a person after it, where it names nobody else."""
    text, span = turn.answer, mention.span
    for sex, title in _TITLES.items():
        if title.search(text[: span.start]):
            yield sex
    others = [other.span.start for other in turn.answered if other.is_person and other.span.start >= span.end]
    ending = _SENTENCE_ENDS.search(text, span.end)
    until = min([len(text), *others, *([ending.start()] if ending else [])])
    for own in _OWN.finditer(text, span.end, until):
        word, following = own["word"].lower(), own["next"]
        if word == "her" and (following is None or following.lower() in FUNCTION_WORDS):
            return
        yield "male" if word in MALE else "female"
        return

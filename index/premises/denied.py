"""A negation: a sentence denies in its own words what the question takes for granted.

"I don’t think they knew" against "why was he sure that they knew", "more embarrassing than it was intentional" against
"why was it intentional".
"""

import re
from collections.abc import Iterator, Sequence

from index.premises.opposites import is_denying
from index.premises.texts import Word, alike, set_of
from index.premises.told import Contradiction, Covering, Told

# How much of the question a sentence must have by itself.
CONTRASTED, DENIED = 0.6, 0.7
LOOKED_IN, LOOKED_AT, FEWEST_WORDS = 2, 4, 3
IN_CONTRAST = re.compile(
    r"\b(?:more\s\w+\sthan|rather\sthan|instead\sof|as\sopposed\sto)"
    r"(?:\s(?:it|he|she|they|that|is|was|were|are|a|an|the|being|be))*\s+$",
    re.IGNORECASE,
)
MAY_DENY = re.compile(
    r"n[’']?t\b|\b(?:not|never|no|without|than|instead|opposed|neither|nor|nobody|none)\b", re.IGNORECASE
)
ASKS_WHY = re.compile(r"\b(?:why|how\scome|reasons?)\b|\bwhat\s(?:made|makes|led|caused|prompted)\b", re.IGNORECASE)
# A negation of what is thought is one of what is said: "don't think that".
OF_THOUGHT = set_of("think believe expect want know")
REACH, NEXT = 4, 2


def denied(told: Told) -> Iterator[tuple[float, Contradiction]]:
    """Where a sentence denies a word of the question, and how much of the question it has."""
    places = told.telling()
    if len(places) < FEWEST_WORDS or any(map(is_denying, told.folded)):
        return
    found = sorted(told.covering(places, LOOKED_IN), key=lambda one: -one.own)[:LOOKED_AT]
    why = bool(ASKS_WHY.search(told.question))
    for one in found:
        if one.own < CONTRASTED or not MAY_DENY.search(one.sentence.text):
            continue
        for place in places:
            if _is_denied(told, place, one, why and one.own >= DENIED):
                yield one.near, one.at(told.spans[place])


def _is_denied(told: Told, place: int, one: Covering, why: bool) -> bool:
    """Whether the sentence has this word of the question in contrast, or negated where the question asks why."""
    word = told.said(place)
    if word[0].isupper() and place:
        return False
    words = one.sentence.words
    at = [number for number, other in enumerate(words) if alike(other.folded, word.lower())]
    if at and all(IN_CONTRAST.search(one.sentence.text[: words[number].span.start]) for number in at):
        return True
    return why and bool(at) and all(_is_negated(words, number) for number in at)


def _is_negated(words: Sequence[Word], at: int) -> bool:
    for place in range(at - 1, max(-1, at - REACH - 1), -1):
        if words[place].is_mark:
            return False
        if is_denying(words[place].folded):
            return at - place <= NEXT or words[place + 1].folded in OF_THOUGHT
    return False

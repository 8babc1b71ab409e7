"""What was spoken of: who "he" is, and what "it" and "there" are."""

import re
from collections.abc import Sequence

from service.conversation.mentions import things
from service.conversation.sexes import FEMALE, spoken_of
from service.conversation.turns import Turn


def meant_by(pronoun: str, said: Sequence[Turn]) -> str | None:
    if pronoun in ("he", "she", "him", "his", "her"):
        return _person(pronoun, said)
    if pronoun in ("they", "them", "their", "these", "those"):
        return _group(said)
    return thing_meant(said)


def _person(pronoun: str, said: Sequence[Turn]) -> str | None:
    """Who was asked for and is answered; else who was asked about; else who was answered; the latest turn first.

    None whom the answers speak of as a "her" is a "he", nor the reverse.
    """
    for turn in reversed(said):
        asked = [m.text for m in turn.asked if m.is_person and _may_be(pronoun, m.text, said)]
        answered = [m.text for m in turn.answered if m.is_person and _may_be(pronoun, m.text, said)]
        new = [name for name in answered if not any(_same(name, m.text) for m in turn.asked if m.is_person)]
        if re.match(r"\W*(?:\w+\s+){0,2}(?:who|whom)\b|which \w+", turn.question, re.IGNORECASE) and new:
            return new[0]
        if asked or answered:
            return _longest((asked or answered)[0], answered)
    return None


def _same(one: str, other: str) -> bool:
    return bool(set(one.lower().split()) & set(other.lower().split()))


def _may_be(pronoun: str, name: str, said: Sequence[Turn]) -> bool:
    """Whether no answer speaks of somebody as of the other sex."""
    told = {
        one
        for turn in said
        for mention in turn.answered
        if _same(mention.text, name)
        for one in spoken_of(turn, mention)
    }
    return not told or told != {"male" if pronoun in FEMALE else "female"}


def _longest(name: str, others: Sequence[str]) -> str:
    """A name as it was written in full."""
    return max([*(other for other in others if name.lower() in other.lower()), name], key=len)


_CAPITAL = r"[^\W\d_a-z][\w’'-]*(?:\s[^\W\d_a-z][\w’'-]*)*"
_TOGETHER = re.compile(rf"\b(?:the\s)?{_CAPITAL}(?:,\s{_CAPITAL})*\s(?:and|&)\s(?:the\s)?{_CAPITAL}")
_MANY = re.compile(r"[^s’']s$")
_POINTING = re.compile(r"^(?:an?|his|her|their|its|this|that)\s", re.IGNORECASE)


def _group(said: Sequence[Turn]) -> str | None:
    """Two or more named together, else what is many or an organisation, the question before the answer."""
    for turn in reversed(said):
        people = _people(turn)
        found = [
            *_together(turn.question),
            *(thing for thing in _named(turn.question) if _MANY.search(thing.split()[-1])),
            *(m.text for m in turn.asked if m.kind == "name" and not m.is_person),
            *(m.text for m in turn.asked if m.kind == "place" and not m.preposition),
            *([" and ".join(people[:2])] if len(people) > 1 else []),
            *_together(turn.answer),
            *people,
        ]
        if found:
            return found[0]
    return None


def _people(turn: Turn) -> list[str]:
    """Each person once, as written first."""
    found: list[str] = []
    for mention in (*turn.asked, *turn.answered):
        if mention.is_person and not any(_same(mention.text, other) for other in found):
            found.append(mention.text)
    return found


def _together(text: str) -> list[str]:
    match = _TOGETHER.search(text)
    return [match.group()] if match and match.start() > 0 else []


def _named(text: str) -> list[str]:
    return [_POINTING.sub("the ", thing) for thing in things(text)]


def things_of(turn: Turn) -> list[str]:
    """What "it" may be, the likeliest first: what was asked for, what the question speaks of, what it names."""
    full_names = [m.text for m in (*turn.asked, *turn.answered) if len(m.text.split()) > 1]
    new = [_POINTING.sub("the ", thing) for thing in things(turn.answer) if _POINTING.match(thing)]
    names = [
        m.text
        for m in turn.asked
        if m.kind == "name" and (not m.is_person or not any(_same(m.text, full) for full in full_names))
    ]
    what = re.match(r"\W*(?:what|which)\b", turn.question, re.IGNORECASE)
    found = [*_named(turn.question), *names]
    return [*new, *found] if what else [*found, *new, *(m.text for m in turn.asked if m.kind == "place")]


def thing_meant(said: Sequence[Turn]) -> str | None:
    return next((found[0] for turn in reversed(said) if (found := things_of(turn))), None)


def first(kind: str, said: Sequence[Turn]) -> str | None:
    for turn in reversed(said):
        for mention in (*turn.asked, *turn.answered):
            if mention.kind == kind:
                return mention.text
    return None

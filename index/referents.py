"""Does a sentence, quoted alone, leave open whom or what it speaks of, and which one before it says?

Rules over words, for English. "He", "it", "these" and "the trip" point back where nothing before them in their own
sentence can be what they stand for. They are told only from that: a rule is to be right where it speaks.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from index import dates
from index.english import AUXILIARIES, FUNCTION_WORDS, OPENING, PERSONS, POINTING, THINGS

# So many sentences back are looked at.
FARTHEST = 3
_CALENDAR = frozenset(word.lower() for word in (*dates.ENGLISH.months, *dates.ENGLISH.weekdays))
_NO_NAME = FUNCTION_WORDS | OPENING | _CALENDAR
# Who may be meant by "he": "the minister", "a historian", "one official".
_PEOPLE = re.compile(r"(?:er|or|ist|ian|man|woman|ent|ant|king|queen|chief|child|boy|girl|official|one)$")
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
# "It is clear that", "it was Blinken who", "it seems": nothing is pointed at.
_EMPTY_IT = re.compile(
    r"\bit(?:['’]s|\s(?:is|was|has\sbeen|had\sbeen|will\sbe|would\sbe|may\sbe|can\sbe|became|remains))\s"
    r"(?:\S+\s){0,5}?(?:that|to|who|whether|how|why|if)\b"
    r"|\bit\s(?:seems|seemed|appears|appeared|turns|turned|takes|took|rained|rains|snowed|follows\sthat)\b",
    re.IGNORECASE,
)


class Open(NamedTuple):
    """A word that points out of its sentence; ``noun`` is what it says of it, as in "the trip", else empty."""

    word: str
    noun: str = ""


def introducing(sentences: Sequence[str], number: int, known: str) -> int | None:
    """The sentence before the ``number``-th that says what that one leaves open; None where it leaves nothing so.

    ``known`` is what whoever reads it has before them, the question: what that names need not be named again.
    """
    pointing = pointer(sentences[number])
    if pointing is None or (pointing.noun and pointing.noun in _lower(known)):
        return None
    for place in range(number - 1, max(number - FARTHEST, 0) - 1, -1):
        named = _introduced(pointing, sentences[place])
        if named:
            return None if _lower(" ".join(named)) & _lower(known) else place
    return None


def pointer(sentence: str) -> Open | None:
    """The first word of a sentence that points out of it."""
    words = _words(sentence)
    begins = _begin(sentence, words)
    if begins < len(words):
        opening = _opening(sentence, words, begins)
        if opening:
            return opening
    return _person(words, begins)


def _opening(sentence: str, words: Sequence[re.Match[str]], at: int) -> Open | None:
    """What the subject of a sentence points with: nothing stands before it that it could mean."""
    word = words[at].group().lower()
    following = words[at + 1].group().lower() if at + 1 < len(words) else ""
    if word in THINGS:
        empty = word == "it" and _EMPTY_IT.match(sentence, words[at].start())
        return None if empty else Open(word)
    if word in POINTING:
        return Open(word, "" if following in FUNCTION_WORDS or not following else following)
    if word == "the" and following and following not in FUNCTION_WORDS:
        return _definite(words, at + 1)
    return None


def _definite(words: Sequence[re.Match[str]], at: int) -> Open | None:
    """ "The trip was", but not "the trip to Beijing", "the US trip" or "the White House"."""
    noun = words[at].group()
    after = words[at + 1].group().lower() if at + 1 < len(words) else ""
    is_plain = noun.islower() and after in AUXILIARIES
    return Open("the", noun) if is_plain else None


def _person(words: Sequence[re.Match[str]], begins: int) -> Open | None:
    """ "He" and "his" where nobody stands before them, nor as the subject behind the phrase that they open."""
    place = next((place for place, match in enumerate(words) if match.group().lower() in PERSONS), None)
    if place is None or _somebody(words[:place]) or (place < begins and _somebody(words[begins : begins + 2])):
        return None
    return Open(words[place].group().lower())


def _somebody(words: Sequence[re.Match[str]]) -> bool:
    """Whether a name or a word for people is among them: precise enough for what is to be told from its absence."""
    texts = [match.group() for match in words]
    people = (text for text in texts if text.lower() not in _NO_NAME and _PEOPLE.search(text))
    return bool(_names(words)) or any(people) or _is_name_first(texts)


def _is_name_first(texts: Sequence[str]) -> bool:
    return bool(texts) and texts[0][0].isupper() and texts[0].lower() not in _NO_NAME


def _begin(sentence: str, words: Sequence[re.Match[str]]) -> int:
    """The place of the first word behind what only opens a sentence: "Then", "However,", "In June,"."""
    if not words or words[0].group().lower() not in OPENING:
        return 0
    comma = sentence.find(",", 0, words[min(len(words), 10) - 1].end() + 1)
    if comma > 0:
        return next((i for i, match in enumerate(words) if match.start() > comma), len(words))
    return 1


def _introduced(pointing: Open, sentence: str) -> list[str]:
    """The words of a sentence that may be what is pointed at."""
    words = _words(sentence)
    if pointing.noun:
        return [m.group() for m in words if _same(m.group().lower(), pointing.noun)]
    names = _names(words)
    if names or pointing.word in PERSONS:
        return names
    return [] if pointer(sentence) else [m.group() for m in words if m.group().lower() not in FUNCTION_WORDS]


def _same(word: str, noun: str) -> bool:
    return word in {noun, f"{noun}s"} or noun == f"{word}s"


def _names(words: Sequence[re.Match[str]]) -> list[str]:
    """Capitalised words, a sentence's first among them where it can be no other word."""
    texts = [match.group() for match in words]
    return [
        text
        for place, text in enumerate(texts)
        if text[0].isupper()
        and text.lower() not in _NO_NAME
        and (place > 0 or (len(texts) > 1 and texts[1][0].isupper()) or text.isupper())
    ]


def _words(text: str) -> list[re.Match[str]]:
    return list(_WORD.finditer(text))


def _lower(text: str) -> set[str]:
    return {match.group().lower().removesuffix("'s").removesuffix("’s") for match in _WORD.finditer(text)}

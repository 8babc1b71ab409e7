"""What a text names: times, places, nations, people and other names, and the things it speaks of."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from index import dates
from index.english import FUNCTION_WORDS
from index.records import Span
from service.conversation.english import (
    ASKING,
    BEGINNERS,
    MONTHS,
    NATIONALITIES,
    NO_NOUNS,
    NO_PERSONS,
    PARTICIPLES,
    PLACES,
    PLACES_IN_CAPITALS,
    PREPOSITIONS,
    TITLES,
)

Kind = Literal["time", "place", "nation", "name"]
Places = Sequence[tuple[Kind, Span]]

WORD = re.compile(r"[^\W_](?:[\w&.’'-]*[^\W_])?")
PREPOSITION = re.compile(rf"\b(?P<word>{PREPOSITIONS})\s+(?:the\s+)?$", re.IGNORECASE)
POSSESSIVE = re.compile(r"['’]s?$")
DETERMINED = re.compile(r"\b(?:the|an?|this|that|his|her|their|its)\s+", re.IGNORECASE)
GOES_ON = re.compile(
    r"\s+(?:of\s+(?:the\s+)?|(?:to|in|between|with|over|from|on|for)\s+(?:the\s+|(?=[^\W\d_a-z])))(?=[^\W_])"
)
# After these a subject has its verb behind it: "did the bank decide".
ACTS = re.compile(r"\b(?:did|does|do|will|would|can|could|should|may|might)\s+$", re.IGNORECASE)
LONGEST_PLACE, LONGEST_THING = 3, 5
INSIDE_NAMES = frozenset({"of", "de", "al", "bin", "van", "von", "del", "da", "la"})


@dataclass(frozen=True)
class Mention:
    """Where a text names what; ``preposition`` is the word that leads to it, "" if none does; ``begins`` is with it."""

    kind: Kind
    span: Span
    text: str
    preposition: str
    begins: int

    @property
    def is_person(self) -> bool:
        """As far as a name can tell."""
        words = self.text.split()
        return (
            self.kind == "name"
            and not any(map(str.isdigit, self.text))
            and not (self.text.isupper() and len(words) == 1)
            and words[-1].lower() not in NO_PERSONS
        )


def mentioned(text: str, as_of: date, known: Iterable[str] = ()) -> list[Mention]:
    """What a text names, in order and disjoint. ``known`` are names that may be written in lower case."""
    found: list[Mention] = []
    places = list(_places(text))
    for kind, span in [*_times(text, as_of), *places, *_names(text, places), *_known(text, known)]:
        if span.start < span.end and not any(span.overlaps(other.span) for other in found):
            led = PREPOSITION.search(text[: span.start])
            preposition, begins = (led["word"].lower(), led.start()) if led else ("", span.start)
            found.append(Mention(kind, span, span.of(text), preposition, begins))
    return sorted(found, key=lambda mention: mention.span)


def _times(text: str, as_of: date) -> Iterator[tuple[Kind, Span]]:
    for time in dates.asked(text, as_of):
        yield "time", time.span


def _words(text: str) -> list[Span]:
    return [Span(*match.span()) for match in WORD.finditer(text)]


def _plain(text: str) -> str:
    return POSSESSIVE.sub("", text)


def _places(text: str) -> Iterator[tuple[Kind, Span]]:
    """Places and nations, the longest names first: "South Korea" before "Korea"."""
    words = _words(text)
    for length in range(LONGEST_PLACE, 0, -1):
        for first, last in zip(words, words[length - 1 :], strict=False):
            said = _plain(text[first.start : last.end])
            span, low = Span(first.start, first.start + len(said)), " ".join(said.lower().split())
            if low in PLACES and (said[0].isupper() or low not in PLACES_IN_CAPITALS):
                yield "place", span
            elif low in NATIONALITIES and said[0].isupper():
                yield "nation", span


def _names(text: str, places: Places) -> Iterator[tuple[Kind, Span]]:
    """Runs of words in capitals, without the titles before them and what ties them to others."""
    run: list[Span] = []
    for word in [*_words(text), Span(len(text), len(text))]:
        said = word.of(text)
        gap = text[run[-1].end : word.start] if run else ""
        if run and (gap != " " or not (_is_capital(text, word) or said in INSIDE_NAMES)):
            yield from _name(text, run, places)
            run = []
        if _is_capital(text, word) or (run and said in INSIDE_NAMES):
            run.append(word)
        if run and POSSESSIVE.search(said):
            yield from _name(text, run, places)
            run = []


def _is_capital(text: str, word: Span) -> bool:
    """Whether a word has the capital of a name."""
    said = word.of(text)
    low, before = _plain(said).lower(), text[: word.start].rstrip()
    if not said[:1].isupper() or low in MONTHS:
        return False
    if not before or before[-1] in '.?!:“"':
        return low not in FUNCTION_WORDS | ASKING and not _begins_only(low)
    return not (low in FUNCTION_WORDS | ASKING and len(said) > 1 and said.istitle())


def _begins_only(low: str) -> bool:
    """Whether a word has its capital from the sentence that it begins, as far as its form tells."""
    return low in BEGINNERS or low.endswith(("ing", "ed", "ly"))


def _name(text: str, run: list[Span], places: Places) -> Iterator[tuple[Kind, Span]]:
    """The parts of a run that are no titles, places or nations."""
    part: list[Span] = []
    for word in [*run, None]:
        low = _plain(word.of(text)).lower() if word else ""
        if word and low not in TITLES and not any(word.overlaps(place) for _, place in places):
            part.append(word)
            continue
        while part and part[-1].of(text) in INSIDE_NAMES:
            part.pop()
        while part and part[0].of(text) in INSIDE_NAMES:
            part.pop(0)
        if part:
            end = part[-1].start + len(_plain(part[-1].of(text)))
            yield "name", Span(part[0].start, end)
        part = []


def _known(text: str, known: Iterable[str]) -> Iterator[tuple[Kind, Span]]:
    low = text.lower()
    for name in sorted(set(known), key=lambda one: -len(one)):
        for part in dict.fromkeys([name, name.split()[-1]]):
            for match in re.finditer(rf"(?<!\w){re.escape(part.lower())}(?!\w)", low):
                if len(part) > 2 and len(low) == len(text):
                    yield "name", Span(*match.span())


def things(text: str) -> list[str]:
    """What a text speaks of with a "the", "a" or the like, as far as the noun goes on: "the trip to Beijing"."""
    found: list[str] = []
    at = 0
    while match := DETERMINED.search(text, at):
        at = match.end()
        words = _noun(text, at, is_verb_next=bool(ACTS.search(text[: match.start()])))
        if not words:
            continue
        at = words[-1].end
        while (on := GOES_ON.match(text, at)) and (further := _noun(text, on.end())):
            at = further[-1].end
        found.append(_plain(text[match.start() : at]))
    return found


def _noun(text: str, start: int, *, is_verb_next: bool = False) -> list[Span]:
    """The words from ``start`` on that may be a noun's; the last is none's if after it a verb is still to come."""
    words: list[Span] = []
    for match in WORD.finditer(text, start):
        low, span = match.group().lower(), Span(*match.span())
        if is_verb_next and low in PARTICIPLES:
            return words
        is_verb = bool(words) and low.endswith(("ed", "ing"))
        gap = text[words[-1].end if words else start : span.start]
        if len(words) == LONGEST_THING or gap.strip() or low in NO_NOUNS or is_verb:
            break
        words.append(span)
    return words[:-1] if is_verb_next and len(words) > 1 else words

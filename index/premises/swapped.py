"""Another name: a sentence has all that the question has but for a name, and another in its place.

A place is next to a word that both have, on the same side: "why did he back Israel", "to support Palestinians". Where
the sentence has both names, what they own must have turned round: "Washington's concerns", "Beijing's concerns".
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.english import FUNCTION_WORDS
from index.premises.opposites import senses_of
from index.premises.peoples import is_of_a_country
from index.premises.texts import Word, alike, folded, is_vague, of_one
from index.premises.told import MET, Contradiction, Covering, Told
from index.records import Span

# How much of the rest of the question a sentence must have, and of so few words nearly all; how much of it by itself.
SWAPPED, SWAPPED_OWN, FEW, SWAPPED_OF_FEW = 0.78, 0.6, 2, 0.95
LOOKED_IN, REACH = 2, 2
# Better met, a name is spoken of in other words.
SPOKEN_OF = 0.85
# Another sentence with the name and about as much of the rest may be the one that is asked for.
AS_MUCH = 0.25
QUOTES = " '‘’“”\""


def swapped(told: Told) -> Iterator[tuple[float, Contradiction]]:
    """Where a sentence has another name in the place of one, and how much of the rest it has."""
    telling = told.telling(told.inside(_endings(told)))
    for place in telling:
        rest = [other for other in telling if other != place]
        if len(rest) < FEW:
            continue
        found = told.covering(rest)
        one = max((one for one in found if one.passage < LOOKED_IN), key=lambda one: one.own, default=None)
        if not one or not _is_met(one, rest) or not _is_name(told, place):
            continue
        if any(other.met[place] >= MET and other.own >= one.own - AS_MUCH for other in found if other is not one):
            continue
        if any(_has_another(told, place, *beside, one) for beside in _beside(told, place)):
            yield one.near, one.at(told.spans[place])


def _is_met(one: Covering, rest: Sequence[int]) -> bool:
    return one.near >= (SWAPPED_OF_FEW if len(rest) <= FEW else SWAPPED) and one.own >= SWAPPED_OWN


def _endings(told: Told) -> list[Span]:
    """ "End up" ends nothing."""
    return [one.span for one, other in pairwise(told.words) if one.folded.startswith("end") and other.folded == "up"]


def _is_name(told: Told, place: int) -> bool:
    """Whether a word has a capital, names a country, or has a capital in the passages where the question has none."""
    word = told.said(place)
    if is_of_a_country(_named(told, place)):
        return True
    if word.isupper():  # an abbreviation, which the sentence may have in full
        return False
    if place and word[0].isupper():
        return True
    if word[0].isdigit() or any(told.said(other)[0].isupper() for other in range(1, len(told.spans))):
        return False
    texts = [sentence.text for passage in told.passages[:LOOKED_IN] for sentence in passage.sentences]
    return any(f" {word.capitalize()}" in text for text in texts) and not any(word in text for text in texts)


def _named(told: Told, place: int) -> str:
    """A name without what it owns with, which hasty people leave no mark before."""
    word = folded(told.said(place))
    return word[:-1] if word.endswith("s") and is_of_a_country(word[:-1]) else word


def _beside(told: Told, place: int) -> Iterator[tuple[int, int]]:
    """The words next to a name, small ones aside, that are none themselves: the place, and the name's side of it."""
    for step in (1, -1, 2, -2):
        other = place + step
        if not 0 <= other < len(told.spans) or is_vague(told.said(other)) or _is_name(told, other):
            continue
        if abs(step) == 1 or told.said(place + step // 2).lower() in FUNCTION_WORDS:
            yield other, -1 if step > 0 else 1


def _has_another(told: Told, place: int, other: int, side: int, one: Covering) -> bool:
    """Whether the sentence has another name on that side of the other word."""
    name, word, words = _named(told, place), folded(told.said(other)), one.sentence.words
    is_there = any(of_one(name, said.folded) for said in words)
    if one.met[place] >= SPOKEN_OF and not is_there:
        return False
    if is_there and not (side < 0 and other == place + 1 and _owns(told, place, other)):
        return False
    at = (number for number, said in enumerate(words) if alike(said.folded, word) or _side_alike(said.folded, word))
    found = (_neighbour(words, number, side) for number in at)
    return any(said is not None and _is_another(told, name, said, is_there) for said in found)


def _owns(told: Told, place: int, other: int) -> bool:
    between = told.question[told.spans[place].start + len(_named(told, place)) : told.spans[other].start]
    return between.strip(QUOTES) == "s"


def _neighbour(words: Sequence[Word], at: int, side: int) -> Word | None:
    """The nearest capital on one side of a word, as far as a name may stand from it."""
    passed = 0
    while passed < REACH and 0 <= (at := at + side) < len(words):
        if words[at].is_mark and words[at].text not in QUOTES:
            return None
        if words[at].is_capital and (at or is_of_a_country(words[at].folded)):
            return words[at]
        passed += not words[at].is_mark
    return None


def _is_another(told: Told, name: str, said: Word, is_there: bool) -> bool:
    if is_vague(said.folded) or of_one(name, said.folded):
        return False
    return said.owns if is_there else not any(of_one(said.folded, _named(told, p)) for p in range(len(told.spans)))


def _side_alike(one: str, other: str) -> bool:
    """Whether two words stand for the same side of a matter: "back", "support"."""
    sides = [{s.positive for s in senses_of(word) if s.sure and s.axis == "siding"} for word in (one, other)]
    return bool(sides[0] & sides[1])

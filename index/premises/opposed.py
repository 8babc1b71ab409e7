"""The opposite: a question has someone oppose, cancel or cut what a sentence has them support, hold or raise.

A question's words for one side of an axis are looked up in the sentences that have the rest of it. One that has a word
for the same side, or a negation, speaks for the question; one that has but words for the other side contradicts it; and
one that tells of a thing as a matter of fact contradicts that it was cancelled, if nothing near it says so.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.premises.opposites import AGAINST, ENDED, LONGEST_PHRASE, Sign, is_asserting, is_denying, signs
from index.premises.texts import alike, is_vague
from index.premises.told import MET, Contradiction, Covering, Told
from index.records import Span

# How much of the rest of the question a sentence must have: where it has the opposite, where it denies nothing.
OPPOSED, FLAT, FLAT_OWN, UNDENIED, UNDENIED_OWN = 0.7, 0.8, 0.65, 0.78, 0.7
# A sentence is looked at if it has about as much as the best; for weak signs it must have nearly as much.
LOOKED_AT, LEAST, AS_MUCH, NEARLY_AS_MUCH = 4, 0.5, 0.25, 0.1
AROUND_BEFORE, AROUND_AFTER = 4, 8
FEWEST_WORDS = 2
# Better met, a word is hinted at.
HINTED = 0.6
# "Who did not sign" asks for those who did not; it takes for granted only that there are some.
ASKS_WHO_NOT = re.compile(
    r"\b(?:who|what|which|whose)\b(?:\s+\S+){0,4}?\s+"
    r"(?:(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had)(?:\s+not|n['’]?t)|not|never)\b",
    re.IGNORECASE,
)
NEGATED = 6


@dataclass(frozen=True)
class Claim:
    """What a question takes for granted: words for one side of some axes, as it has them.

    ``spans`` are the words, ``whole`` the stretch that they take; ``denied`` if a negation makes them so.
    """

    spans: tuple[Span, ...]
    axes: frozenset[str]
    positive: bool
    denied: bool
    bare: bool = False

    @property
    def whole(self) -> Span:
        return Span(self.spans[0].start, self.spans[-1].end)


def opposed(told: Told) -> Iterator[tuple[float, Contradiction]]:
    """Where a sentence says the opposite of what the question takes for granted, and how much of the rest it has."""
    claims = list(_claims(told))
    for claim in claims:
        if claim.positive and not is_asserting(claim.whole.of(told.question).lower()):
            continue
        others = [span for other in claims if other is not claim and not other.positive for span in other.spans]
        own = set(told.inside(claim.spans))
        leaving = (set(told.inside(others)) - own) | (set() if claim.denied else own)
        rest = told.telling(leaving)
        if len(rest) >= FEWEST_WORDS and (found := _against(told, claim, rest)):
            yield found.near, found.at(claim.whole)


def _claims(told: Told) -> Iterator[Claim]:
    who_not = bool(ASKS_WHO_NOT.search(told.question))
    found = list(signs(told.folded))
    claims = [claim for claim in _signed(told, found) if not (who_not and claim.denied)]
    yield from claims
    if not who_not and not any(claim.denied for claim in claims):
        yield from _bare(told)


def _signed(told: Told, found: Sequence[Sign]) -> Iterator[Claim]:
    places = dict.fromkeys((sign.first, sign.last) for sign in found if sign.sense.sure)
    for first, last in places:
        sure = [sign for sign in found if sign.first == first and sign.sense.sure]
        # Of a phrase that stands open, its object is none of its words.
        ends = (first, last - 1) if last - first > LONGEST_PHRASE else range(first, last)
        spans = tuple(told.words[place].span for place in ends)
        axes = frozenset(sign.sense.axis for sign in sure)
        yield Claim(spans, axes, sure[0].positive, sure[0].denied)


def _bare(told: Told) -> Iterator[Claim]:
    """What is negated without standing for a side: "told him not to go there"."""
    for at, word in enumerate(told.words):
        following = told.words[at + 1 : at + NEGATED]
        verb = next((other for other in following if not other.is_mark and not is_vague(other.text)), None)
        if verb and is_denying(word.folded):
            axes = frozenset({ENDED.axis, AGAINST.axis})
            yield Claim((word.span, verb.span), axes, positive=False, denied=True, bare=True)


def _against(told: Told, claim: Claim, rest: Sequence[int]) -> Covering | None:
    """The sentence that contradicts a claim; None where none does, or another speaks for it."""
    found = told.covering(rest)
    most = max((one.own for one in found), default=0.0)
    after = [place for place in rest if told.spans[place].start >= claim.whole.end][:2] or list(rest[-2:])
    against = None
    for one in found[:LOOKED_AT]:
        if one.near < LEAST or one.own < most - AS_MUCH:
            continue
        if _says_plainly(told, claim, one):
            against = against or (one if one.near >= OPPOSED else None)
        elif _speaks_for(told, claim, one, after, nearly=one.own >= most - NEARLY_AS_MUCH):
            return None
        elif against is None and any(one.met[place] >= MET for place in after):
            against = one if _contradicts(told, claim, rest, one) else None
    return against


def _says_plainly(told: Told, claim: Claim, one: Covering) -> bool:
    """Whether a sentence has without a negation what the question has with one: "without signing", "signed"."""
    if not claim.denied or claim.bare or any(map(is_denying, one.sentence.folded)):
        return False
    return any(sign.positive != claim.positive for sign in _same_words(told, claim, one))


def _speaks_for(told: Told, claim: Claim, one: Covering, after: Sequence[int], nearly: bool) -> bool:
    if nearly and not claim.positive and any(map(is_denying, one.sentence.folded)):
        return True
    if not claim.denied and _same_words(told, claim, one):
        return True
    same = [sign for sign in one.sentence.signs if sign.sense.axis in claim.axes and sign.positive == claim.positive]
    if nearly:
        return any((not sign.positive and sign.sense.sure) or _is_around(told, sign, one, after, any) for sign in same)
    return any(sign.sense.sure and _is_around(told, sign, one, after, all) for sign in same)


def _same_words(told: Told, claim: Claim, one: Covering) -> list[Sign]:
    words = [span.of(told.question).lower() for span in claim.spans]
    said = one.sentence.folded
    return [sign for sign in one.sentence.signs if any(alike(said[sign.first], word) for word in words)]


def _is_around(
    told: Told, sign: Sign, one: Covering, after: Sequence[int], some: Callable[[Iterable[bool]], bool]
) -> bool:
    near = one.sentence.folded[max(0, sign.first - AROUND_BEFORE) : sign.first + AROUND_AFTER]
    return some(any(alike(word, told.said(place).lower()) for word in near) for place in after)


def _contradicts(told: Told, claim: Claim, rest: Sequence[int], one: Covering) -> bool:
    if one.near >= OPPOSED and _has_opposite(told, claim, rest, one):
        return True
    if claim.bare:
        return one.near >= UNDENIED and one.own >= UNDENIED_OWN
    if claim.positive or claim.denied or ENDED.axis not in claim.axes:
        return False
    telling = [place for place in told.inside(claim.spans) if not is_vague(told.said(place))]
    unmet = all(one.met[place] < HINTED for place in telling)
    return unmet and one.near >= FLAT and one.own >= FLAT_OWN


def _has_opposite(told: Told, claim: Claim, rest: Sequence[int], one: Covering) -> bool:
    """Whether a sentence has a sure word for the other side that is not one of the question's own."""
    asks = [told.said(place).lower() for place in rest]
    said = one.sentence.folded
    return any(
        sign.sense.sure
        and sign.sense.axis in claim.axes
        and sign.positive != claim.positive
        and not any(alike(said[sign.first], word) for word in asks)
        for sign in one.sentence.signs
    )

"""Which sentences of the passages that are shown are the answer: the fewest that likely hold it, in an order to read.

How likely each sentence holds it is a softmax over all sentences of the first passages, of a weighted sum of how
well it meets the question, how its passage ranks, and how its best span compares with all others that were read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.candidates import Recipe
from index.found import Statement
from index.judging import Support
from index.questions import asks_what_happened
from index.records import Facts, Span
from index.referents import introducing
from index.shown import Shown
from index.vectors import Floats

Doubles = NDArray[np.float64]

# So many passages are looked at; what is quoted of them lies in those that are shown.
DEEP = 6
# Sentences are added until they hold the answer for all that can be told, as far as each is likely enough itself.
SURE, LIKELY, MOST = 0.75, 0.1, 3
# Sentences of which one has so many of the other's words say the same.
SAME = 0.8
# No share of the reading is taken for less.
SMALLEST = 1e-4
# As a logit.
IMPOSSIBLE = 50.0


@dataclass(frozen=True)
class Weights:
    """Of how well a sentence meets the question, how its passage ranks, its share of the reading, being a headline."""

    meets: float
    rank: float
    read: float
    headline: float


# Fitted by maximum likelihood on questions of several archives; benchmarks/answers.py says what each is worth.
CAREFUL = Weights(meets=24.0, rank=4.0, read=0.3, headline=-1.3)
FAST = Weights(meets=37.0, rank=9.5, read=0.0, headline=-0.9)
_ENDS = re.compile(r"[.!?…,;:]\W*$")
LONGEST_HEADLINE = 100


class Place(NamedTuple):
    """A sentence: the place of its passage among those shown, and its number in it."""

    hit: int
    sentence: int


def statements(
    question: str, parts: Sequence[Sequence[Support]], shown: Sequence[Shown], recipe: Recipe
) -> tuple[Statement, ...]:
    """What answers: the best sentence for each part of a question that has several, else the likeliest of all."""
    chosen = _by_part(parts, shown) or _likeliest(shown, recipe)
    ordered = _in_order(chosen, shown, by_time=asks_what_happened(question))
    quoted = _with_referents(ordered, shown, question) if recipe.referents else ordered
    return tuple(Statement(place.hit, _span(place, shown)) for place in quoted)


def chances(shown: Sequence[Shown]) -> list[Floats]:
    """The chance of each sentence of the first passages that it, of all of theirs, holds the answer."""
    first = shown[:DEEP]
    if not first:
        return []
    weights = CAREFUL if any(one.extract for one in first) else FAST
    met = np.concatenate([one.sentences for one in first]).astype(np.float64)
    ranks = np.repeat([one.rank - first[0].rank for one in first], [len(one.sentences) for one in first])
    texts = [text for one in first for text in one.texts]
    headlines = np.array(list(map(is_headline, texts)), bool)
    sums = weights.meets * met + weights.rank * ranks + weights.read * _read(first) + weights.headline * headlines
    sums -= IMPOSSIBLE * np.array([not text for text in texts], bool)
    ends = np.cumsum([len(one.sentences) for one in first])[:-1]
    return np.split(_softmax(sums).astype(np.float32), ends)


def _read(shown: Sequence[Shown]) -> Doubles:
    """The log of each sentence's share in what was read, by its best span: spans compare across passages."""
    spans = np.concatenate([_spans(one) for one in shown])
    if not np.isfinite(spans).any():
        return np.zeros(len(spans))
    return np.asarray(np.log(np.maximum(_softmax(spans), SMALLEST)))


def _spans(one: Shown) -> Doubles:
    """The logit of the best span in each sentence; nothing speaks for those that were not read."""
    if one.extract is None or not np.isfinite(one.extract.peak):
        return np.full(len(one.sentences), -np.inf)
    with np.errstate(divide="ignore"):
        return np.asarray(one.extract.peak + np.log(one.extract.sentences / one.extract.sentences.max()))


def _softmax(values: Doubles) -> Doubles:
    likely = np.exp(values - values.max())
    return np.asarray(likely / likely.sum())


def _by_part(parts: Sequence[Sequence[Support]], shown: Sequence[Shown]) -> list[Place]:
    """The best sentence for each part among the passages that are shown, a headline only where there is no other."""
    places = {one.kept.number: place for place, one in enumerate(shown)}
    chosen: list[Place] = []
    for part in parts:
        said = [Place(places[one.number], one.sentence) for one in part if one.number in places]
        said.sort(key=lambda place: is_headline(shown[place.hit].texts[place.sentence]))
        chosen += [place for place in said[:1] if not _is_said(place, chosen, shown)]
    return chosen


def _likeliest(shown: Sequence[Shown], recipe: Recipe) -> list[Place]:
    """The likeliest sentence, and others as long as those before can't be relied on."""
    likely = chances(shown)
    said = (Place(at, number) for at, one in enumerate(likely) for number in range(len(one)) if shown[at].texts[number])
    most = MOST if recipe.several else 1
    chosen: list[Place] = []
    sure = 0.0
    for place in sorted(said, key=lambda one: -likely[one.hit][one.sentence]):
        chance = float(likely[place.hit][place.sentence])
        if chosen and (len(chosen) == most or sure >= SURE or chance < LIKELY):
            break
        if not _is_said(place, chosen, shown):
            chosen.append(place)
        sure += chance
    return chosen


def _is_said(place: Place, chosen: Sequence[Place], shown: Sequence[Shown]) -> bool:
    """Whether one of those that are chosen says the same, in the same figures."""
    words = _words(place, shown)
    return any(_is_same(words, _words(other, shown)) for other in chosen)


def _is_same(one: set[str], other: set[str]) -> bool:
    common = one & other
    figures = {word for word in one ^ other if any(map(str.isdigit, word))}
    # What has no words that the index knows, a row of signs, is the same only as its like.
    return one == other or (bool(common) and len(common) >= SAME * min(len(one), len(other)) and not figures)


def is_headline(text: str) -> bool:
    """A line that names what follows and tells nothing by itself: short, and not ended as sentences are."""
    return len(text) <= LONGEST_HEADLINE and _ENDS.search(text) is None


def _words(place: Place, shown: Sequence[Shown]) -> set[str]:
    return set(shown[place.hit].said[place.sentence])


def _in_order(chosen: Sequence[Place], shown: Sequence[Shown], *, by_time: bool) -> list[Place]:
    """An article's sentences together, as they stand in it; by the days that they tell of where that is asked for."""
    if by_time:
        return sorted(chosen, key=lambda place: (_day(place, shown), chosen.index(place)))
    articles = [shown[place.hit].article.id for place in chosen]
    return sorted(chosen, key=lambda p: (articles.index(shown[p.hit].article.id), _span(p, shown)))


def _day(place: Place, shown: Sequence[Shown]) -> date:
    one = shown[place.hit]
    days = Facts(one.article.source, one.published, one.kept.passage.times).days(place.sentence)
    return min((period.first for period in days), default=date.max)


def _span(place: Place, shown: Sequence[Shown]) -> Span:
    return shown[place.hit].kept.passage.sentences[place.sentence]


def _with_referents(places: Sequence[Place], shown: Sequence[Shown], question: str) -> list[Place]:
    """Each sentence behind the one that says what it leaves open, where neither the question nor a sentence does."""
    quoted: list[Place] = []
    for place in places:
        known = " ".join([question, *(shown[one.hit].texts[one.sentence] for one in quoted)])
        number = introducing(shown[place.hit].texts, place.sentence, known)
        before = [] if number is None else [Place(place.hit, number)]
        quoted += [one for one in before if not _is_said(one, [*quoted, *places], shown)] + [place]
    return quoted

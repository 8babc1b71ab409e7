"""What passages tell of what a question speaks of: how much of it each sentence has."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.dates import Asked
from index.premises.opposites import Sign, signs
from index.premises.texts import VAGUE, Word, words_of
from index.records import Period, Span

Floats = NDArray[np.float32]

# A word is met in full from here on, and less well than this not at all.
MET, UNMET = 0.9, 0.55
# What stands in a sentence nearby counts for less; so many before and after are near.
NEARBY, BEFORE, AFTER = 0.75, 2, 1


@dataclass(frozen=True)
class Sentence:
    """A sentence and the days that it speaks of."""

    text: str
    days: tuple[Period, ...] = ()

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return words_of(self.text)

    @cached_property
    def folded(self) -> list[str]:
        return [word.folded for word in self.words]

    @cached_property
    def signs(self) -> list[Sign]:
        return list(signs(self.folded))


@dataclass(frozen=True)
class Passage:
    """Sentences in order, and how well each meets each word of the question, from 0 to 1: (sentences, words).

    ``published`` are the days of what gives none.
    """

    sentences: tuple[Sentence, ...]
    met: Floats
    published: Period | None = None


class Contradiction(NamedTuple):
    """The passage and the sentence, by their places, that say otherwise, and which words of the question they deny."""

    passage: int
    sentence: int
    span: Span


class Covering(NamedTuple):
    """How much of some words of the question a sentence has by itself, and with those around it."""

    near: float
    own: float
    passage: int
    number: int
    sentence: Sentence
    met: Floats

    def at(self, span: Span) -> Contradiction:
        return Contradiction(self.passage, self.number, span)


@dataclass(frozen=True)
class Told:
    """A question, the places of its words that sentences meet, the days that it asks for, and passages, best first."""

    question: str
    spans: Sequence[Span]
    passages: Sequence[Passage]
    days: tuple[Asked, ...] = ()

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return words_of(self.question)

    @cached_property
    def folded(self) -> list[str]:
        return [word.folded for word in self.words]

    def said(self, place: int) -> str:
        return self.spans[place].of(self.question)

    def inside(self, spans: Collection[Span]) -> list[int]:
        """The places of the words in some stretches."""
        held = np.zeros(len(self.spans), bool)
        for span in spans:
            held[bisect_left(self._starts, span.start) : bisect_left(self._starts, span.end)] = True
        return np.flatnonzero(held).tolist()

    def telling(self, leaving: Collection[int] = ()) -> list[int]:
        """The places of the words that say what it is about, but for some."""
        left = {*leaving}
        return [place for place in self._all_telling if place not in left]

    @cached_property
    def _all_telling(self) -> list[int]:
        return [place for place in range(len(self.spans)) if self.said(place).lower() not in VAGUE]

    @cached_property
    def _starts(self) -> list[int]:
        """Where the words begin, ascending."""
        return [span.start for span in self.spans]

    def covering(self, words: Sequence[int], passages: int | None = None) -> list[Covering]:
        """All sentences of the first passages by how much of these words they have, most first."""
        held = self.passages[:passages]
        places = [(place, number) for place, one in enumerate(held) for number in range(len(one.sentences))]
        near, own = (met[: len(places), list(words)].mean(axis=1).tolist() for met in self._met)
        found = [
            Covering(around, by_itself, place, number, held[place].sentences[number], held[place].met[number])
            for (place, number), around, by_itself in zip(places, near, own, strict=True)
        ]
        return sorted(found, key=lambda one: (-one.near, -one.own))

    @cached_property
    def _met(self) -> tuple[Floats, Floats]:
        """What the sentences of all passages have of each word with those around them, and by themselves."""
        nothing = np.empty((0, len(self.spans)), np.float32)
        near, own = zip((nothing, nothing), *(_met(passage.met) for passage in self.passages), strict=True)
        return np.concatenate(near), np.concatenate(own)


def _met(met: Floats) -> tuple[Floats, Floats]:
    """What each sentence of a passage has of each word with those around it, and by itself."""
    own = np.where(met >= MET, np.float32(1), np.where(met < UNMET, np.float32(0), met))
    around = own.copy()
    for shift in range(-AFTER, BEFORE + 1):
        moved = np.zeros_like(own)
        size = len(own) - abs(shift)
        if shift and size > 0:
            moved[max(shift, 0) : max(shift, 0) + size] = own[max(-shift, 0) : max(-shift, 0) + size]
            around = np.maximum(around, NEARBY * moved)
    return around, own

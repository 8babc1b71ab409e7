"""Candidates that may be shown, and which of their sentences are marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from index import dates
from index.judging import Evidence
from index.reader.reading import Extract
from index.records import Article, Period, Span
from index.store import Kept
from index.vectors import Floats

# A sentence this close to the best is marked too.
NEARLY, MOST_MARKED = 0.03, 2


@dataclass(frozen=True)
class Shown:
    """A candidate that may be shown: its score, and of each of its sentences the terms and how well it answers.

    The sentences of the numbers in ``furniture`` say nothing and answer nothing. ``gain`` is what reading adds to the
    score, ``marks`` what it adds to each sentence.
    """

    score: float
    kept: Kept
    article: Article
    said: Sequence[Sequence[str]]
    sentences: Floats
    furniture: frozenset[int] = frozenset()
    extract: Extract | None = None
    gain: float = 0.0
    marks: Floats | float = 0.0

    @property
    def rank(self) -> float:
        return self.score + self.gain

    @cached_property
    def answering(self) -> Floats:
        out = np.asarray(self.sentences + self.marks, dtype=np.float32)
        out[[*self.furniture]] = -np.inf
        return out

    @cached_property
    def best(self) -> int:
        return int(np.argmax(self.answering))

    @cached_property
    def texts(self) -> list[str]:
        """What each of its sentences says, furniture nothing."""
        sentences = enumerate(self.kept.passage.sentences)
        return ["" if n in self.furniture else sentence.of(self.article.text) for n, sentence in sentences]

    @property
    def about(self) -> str:
        return f"{self.article.title}. {self.article.source or ''}"

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.kept.number, self.about, self.said, self.best)

    @property
    def published(self) -> Period | None:
        """A side story does not carry its article's date."""
        date = None if self.kept.passage.side_story else self.article.published_at
        return None if date is None else dates.parse(date)

    @property
    def best_sentence(self) -> Span:
        return self.kept.passage.sentences[self.best]


def marked(shown: Sequence[Shown]) -> list[tuple[Span, ...]]:
    """The sentences of each that answer: the first one's best, and any other that is nearly as good, but few."""
    if not shown:
        return []
    first = shown[0].best
    least = float(shown[0].answering[first]) - NEARLY
    rivals = [
        (-float(score), place, number)
        for place, one in enumerate(shown)
        for number, score in enumerate(one.answering)
        if score >= least and (place, number) != (0, first)
    ]
    chosen = [(0, first), *((place, number) for _, place, number in sorted(rivals)[: MOST_MARKED - 1])]
    return [
        tuple(one.kept.passage.sentences[number] for place, number in chosen if place == at)
        for at, one in enumerate(shown)
    ]

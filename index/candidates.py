"""Passages that may answer a question, and all that tells which of them does."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index import dates, ranking
from index.embedding import EncodedQuestion
from index.english import ABOUT_ARTICLES
from index.lexical import Sought
from index.questions import Part, Understood, calendar_words
from index.records import Facts, Span
from index.vectors import Floats, Numbers, Stretches
from index.view import View

FOUND, FOUND_BY_PART = 50, 25
# Of the days that a question names, so many are searched for by themselves.
MOST_TIMES = 3
# What a passage of this very day gains by "today", as a share: it mostly means no more than "now".
TODAY = 0.25
# What a sentence's sense and its words add to how well its tokens meet the question's.
SENSE, SHARED = 0.25, 0.1
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Recipe:
    """How much each signal weighs: of the scaled ones, shares of a passage's score; of the others, what they add.

    Of reading: ``answers`` and ``spans`` add to a passage's score, ``marks`` to a sentence's, ``sure`` to confidence;
    with ``seams``, one that refers back is read behind what it refers to too.
    """

    sentence: float = 2.0
    words: float = 1.0
    tokens: float = 3.0
    publisher: float = 0.2
    time: float = 0.3
    parts: float = 2.0
    answers: float = 0.15
    spans: float = 0.15
    marks: float = 0.3
    sure: bool = True
    seams: bool = True
    spelling: bool = True
    abbreviations: bool = True
    once: bool = True
    several: bool = True
    referents: bool = True


RECIPE = Recipe()


@dataclass(frozen=True)
class ByWords:
    """A question as it is understood, and what was found by its words: all that is known without its vectors.

    ``others`` are terms that may stand in for some of the question's; ``numbers`` are passages, ascending.
    """

    asked: Understood
    others: tuple[str, ...]
    numbers: Numbers


def by_words(view: View, asked: Understood, allowed: Numbers | None, recipe: Recipe) -> ByWords:
    """Search for the words of the question, of each of its parts, and of the days that it names."""
    others = view.terms(". ".join(view.glossary.expansions(asked.text))) if recipe.abbreviations else ()
    whole = Sought(view.terms(_sought(asked)), others)
    found = [view.matching(whole, FOUND, allowed)]
    parts = [Sought(view.terms(_said(asked, part))) for part in asked.parts]
    found += [view.matching(part, FOUND_BY_PART, allowed) for part in parts]
    for time in asked.whole.times[:MOST_TIMES]:
        dated = tuple(view.terms(" ".join(group)) for group in calendar_words(time))
        if dated and not asked.is_today(time):
            found.append(view.matching(whole._replace(dated=dated), FOUND_BY_PART, allowed))
    return ByWords(asked, others, ranking.pool(*(numbers for numbers, _ in found)))


def by_sense(view: View, encoded: EncodedQuestion, asked: Understood, allowed: Numbers | None) -> Numbers:
    """Search for the vectors of each part of a question."""
    vectors = [part_vector(encoded, part) for part in asked.parts]
    return ranking.pool(*(view.nearest(vector, FOUND_BY_PART, allowed)[0] for vector in vectors))


def part_vector(encoded: EncodedQuestion, part: Part) -> Floats:
    """A part of a question as a vector of unit length: what its tokens mean within the whole."""
    total = _sum(encoded, _inside(encoded.spans, [part.span]))
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), dtype=np.float32)


def _sum(encoded: EncodedQuestion, kept: NDArray[np.bool_]) -> Floats:
    """Some of a question's tokens as one vector; the whole where there are none."""
    total: Floats = encoded.tokens[kept].sum(axis=0) if kept.any() else encoded.whole
    return total


def _inside(tokens: Sequence[Span], stretches: Sequence[Span]) -> NDArray[np.bool_]:
    """Which tokens begin inside a stretch."""
    return np.array([any(s.start <= token.start < s.end for s in stretches) for token in tokens], bool)


def _said(asked: Understood, part: Part) -> str:
    """What a part looks for: its text without the names that say where to look."""
    kept = (i for i in range(*part.span) if not any(n.start <= i < n.end for n in asked.names))
    said = "".join(asked.text[i] for i in kept)
    return said if WORD.search(said) else part.span.of(asked.text)


def _sought(asked: Understood) -> str:
    """A question as the word index should see it: with the days that "last week" means, and none for "before 2020"."""
    text = asked.text
    for time in reversed(asked.whole.times):
        if time.period is not None and not asked.is_today(time):
            days = "" if time.is_open else dates.spell(time.period)
            text = text[: time.span.start] + days + text[time.span.end :]
    return text if WORD.search(text) else asked.text


class Candidates:
    """Passages that may answer, and all that tells which does. ``numbers`` are ascending, and some."""

    def __init__(self, view: View, encoded: EncodedQuestion, found: ByWords, numbers: Numbers) -> None:
        self._view, self._encoded, self.numbers = view, encoded, numbers
        asked, self._asked, self._others = found.asked, found.asked, found.others
        self._sentences, self._sentence_ends = view.sentences(numbers)
        self._products, self._owners, self._token_ends = view.token_products(encoded.tokens, numbers)
        self._own, self._tokens = Stretches.until(self._sentence_ends), Stretches.until(self._token_ends)
        self._matches = ranking.best_in(self._products, self._token_ends)
        # The square root: rare words matter more, but not alone.
        words = _words_at(asked.text, encoded.spans)
        telling = np.array([not asked.whole.publishers or word.lower() not in ABOUT_ARTICLES for word in words], bool)
        telling &= ~_inside(encoded.spans, [time.span for time in asked.whole.times if time.is_open])
        self._token_weights = np.sqrt(view.rarities(words)) * (telling if telling.any() else 1)
        self._likeness = self._sentences @ encoded.whole

    @cached_property
    def _facts(self) -> list[Facts]:
        return self._view.facts(self.numbers)

    @cached_property
    def _answering(self) -> list[int]:
        """The number of each candidate's sentence that is most like the question but for its days."""
        topic = ~_inside(self._encoded.spans, [time.span for time in self._asked.whole.times])
        likeness = self._sentences @ _sum(self._encoded, topic)
        stretches = pairwise([0, *self._sentence_ends.tolist()])
        return [int(np.argmax(likeness[begins:ends])) if ends > begins else 0 for begins, ends in stretches]

    def ordered(self, recipe: Recipe) -> tuple[Floats, Numbers]:
        """Each candidate's score, and the candidates' positions, best first."""
        parts = [self.score(part, recipe) for part in self._asked.parts] if recipe.parts else []
        scores = self.score(self._asked.whole, recipe)
        if parts:
            scores = scores + recipe.parts * np.max(parts, axis=0)
        return scores, ranking.parts_first(np.argsort(-scores, kind="stable"), parts)

    def sentences(self, candidates: Numbers, said: Sequence[Sequence[Sequence[str]]]) -> list[Floats]:
        """How well each sentence of these answers, by its tokens, its sense and its words: ``said`` are their terms."""
        rows, owners = self._tokens.of(candidates), [len(one) for one in said]
        lengths = np.cumsum(self._tokens.lengths(candidates))
        matches = ranking.best_by_sentence(self._products[rows], self._owners[rows], lengths, owners)
        sense = self._likeness[self._own.of(candidates)]
        shared = np.array([self._shared(terms) for one in said for terms in one])
        answering = ranking.met(matches, self._token_weights) + SENSE * sense + SHARED * shared
        return np.split(answering.astype(np.float32), np.cumsum(owners)[:-1])

    def _shared(self, terms: Sequence[str]) -> float:
        """How much of what the question says a sentence has in the same words, given its terms."""
        return sum(self._term_weights[term] for term in self._term_weights.keys() & terms)

    @cached_property
    def _term_weights(self) -> dict[str, float]:
        """How much of what the question says each of its words is."""
        terms = self._view.terms(self._asked.text)
        weights = self._view.rarities(terms)
        return dict(zip(terms, (weights / max(float(weights.sum()), 1e-12)).tolist(), strict=True))

    def score(self, part: Part, recipe: Recipe) -> Floats:
        """How well each candidate answers a part of the question, or the whole of it."""
        whole = part is self._asked.whole
        likeness = self._likeness if whole else self._sentences @ part_vector(self._encoded, part)
        text = _sought(self._asked) if whole else _said(self._asked, part)
        sought = Sought(self._view.terms(text), self._others if whole else ())
        signals = {
            "sentence": ranking.best_in(likeness, self._sentence_ends),
            "words": self._view.word_scores(sought, self.numbers),
            "tokens": ranking.met(self._matches, self._weights(part)),
        }
        return ranking.fused(signals, {name: getattr(recipe, name) for name in signals}) + self._fits(part, recipe)

    def _weights(self, part: Part) -> Floats:
        """How much each of the question's tokens matters to a part; names of publishers and days only to the whole."""
        if part is self._asked.whole:
            return self._token_weights
        inside = _inside(self._encoded.spans, [part.span])
        naming = np.array([any(span.overlaps(n) for n in self._asked.names) for span in self._encoded.spans], bool)
        kept = inside & ~naming
        return np.asarray(self._token_weights * (kept if kept.any() else inside), dtype=np.float32)

    def _fits(self, part: Part, recipe: Recipe) -> Floats:
        """What naming publishers and days adds to the passages that are theirs."""
        fits = np.zeros(len(self.numbers), np.float32)
        if part.publishers and recipe.publisher:
            fits += recipe.publisher * ranking.published_by(part.publishers, [f.source for f in self._facts])
        if part.times and recipe.time:
            shares = [TODAY if self._asked.is_today(time) else 1.0 for time in part.times]
            fits += recipe.time * ranking.in_time(part.times, shares, self._facts, self._answering)
        return fits


def _words_at(text: str, spans: Sequence[Span]) -> list[str]:
    """The whole word that each token is a piece of."""
    found = list(WORD.finditer(text))
    words, ends = [*(match.group() for match in found), ""], [match.end() for match in found]
    return [words[bisect_right(ends, span.start)] for span in spans]

"""STORY: question in, passages out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Literal

import numpy as np

from index import ranking, verdict
from index.embedding import EncodedQuestion
from index.folder import Index
from index.questions import Part, Understood, understand
from index.records import Article, Facts, Filters, Passage, Span
from index.spelling import corrected
from index.store import Kept
from index.vectors import Floats, Numbers
from index.view import Status, View

CANDIDATES = 50
PART_CANDIDATES = 25
WORD = re.compile(r"\w+")
EVERYTHING = Filters()

Effort = Literal["fast", "careful"]


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


@dataclass(frozen=True)
class Question:
    """What is asked. ``as_of`` is the asker's day, from which "last week" counts."""

    text: str
    top_k: int = 5
    filters: Filters = EVERYTHING
    as_of: date = field(default_factory=_today)
    effort: Effort = "fast"


@dataclass(frozen=True)
class Hit:
    """A passage that was found; ``score`` compares it with others of the same question, ``highlights`` answer best."""

    id: str
    article: Article
    passage: Passage
    score: float
    highlights: tuple[Span, ...]
    also_in: tuple[Article, ...] = ()


@dataclass(frozen=True)
class Found:
    """Passages, best first; the probability that they answer; and how many undated articles a date filter left out."""

    hits: tuple[Hit, ...]
    confidence: float
    understood_as: str
    undated: int
    status: Status


@dataclass(frozen=True)
class Recipe:
    """How much each signal weighs: of the scaled ones, shares of a passage's score; of the others, what they add."""

    sentence: float = 2.0
    words: float = 1.0
    tokens: float = 3.0
    publisher: float = 0.2
    time: float = 0.2
    parts: float = 1.0
    spelling: bool = True
    abbreviations: bool = True


RECIPE = Recipe()


@dataclass(frozen=True)
class Ranked:
    """Candidates, best first, with their scores and each one's sentences' likeness to the question."""

    numbers: Numbers
    scores: Floats
    sentences: tuple[Floats, ...]


NOTHING = Ranked(np.empty(0, np.int64), np.empty(0, np.float32), ())


def search(index: Index, question: Question, recipe: Recipe = RECIPE) -> Found:
    """Find the passages that answer a question."""
    with index.view() as view:
        text = corrected(question.text, view.vocabulary, index.knows_word).text if recipe.spelling else question.text
        encoded = index.encoder.encode_question(text)
        understood = understand(text, view.sources, question.as_of)
        ranked = _rank(view, encoded, understood, view.allowed(question.filters), recipe)
        hits = _hits(view, ranked, question.top_k)
        undated = view.undated(question.filters) if question.filters.published else 0
        confidence = verdict.confidence(max((float(s.max()) for s in ranked.sentences), default=0.0))
        return Found(hits, confidence, text, undated, view.status)


def _rank(view: View, encoded: EncodedQuestion, asked: Understood, allowed: Numbers | None, recipe: Recipe) -> Ranked:
    others = view.terms(". ".join(view.glossary.expansions(asked.text))) if recipe.abbreviations else []
    found = _candidates(view, encoded, asked, others, allowed)
    if not len(found):
        return NOTHING
    candidates = Candidates(view, encoded, asked, others, found)
    parts = [candidates.score(part, recipe) for part in asked.parts] if recipe.parts else []
    scores = candidates.score(asked.whole, recipe)
    if parts:
        scores = scores + recipe.parts * np.max(parts, axis=0)
    order = ranking.parts_first(np.argsort(-scores, kind="stable"), parts)
    return Ranked(found[order], scores[order], tuple(candidates.likeness(i) for i in order.tolist()))


def _candidates(
    view: View, encoded: EncodedQuestion, asked: Understood, others: Sequence[str], allowed: Numbers | None
) -> Numbers:
    """Passages that any search finds, for the question or for a part of it."""
    found = [
        view.nearest(encoded.whole, CANDIDATES, allowed)[0],
        view.matching(view.terms(asked.text), CANDIDATES, allowed, others)[0],
    ]
    for part in asked.parts:
        found.append(view.nearest(_part_vector(encoded, part), PART_CANDIDATES, allowed)[0])
        found.append(view.matching(view.terms(_said(asked, part)), PART_CANDIDATES, allowed)[0])
    return view.live(ranking.pool(*found))


def _part_vector(encoded: EncodedQuestion, part: Part) -> Floats:
    """A part of a question as a vector of unit length: what its tokens mean within the whole."""
    inside = [part.span.start <= span.start < part.span.end for span in encoded.spans]
    total = encoded.tokens[inside].sum(axis=0) if any(inside) else encoded.whole
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), dtype=np.float32)


def _said(asked: Understood, part: Part) -> str:
    """What a part looks for: its text without the names that say where to look."""
    kept = (i for i in range(*part.span) if not any(n.start <= i < n.end for n in asked.names))
    said = "".join(asked.text[i] for i in kept)
    return said if WORD.search(said) else part.span.of(asked.text)


class Candidates:
    """Passages that may answer, and all that tells which does. ``numbers`` are ascending, and some."""

    def __init__(
        self, view: View, encoded: EncodedQuestion, asked: Understood, others: Sequence[str], numbers: Numbers
    ) -> None:
        self._view, self._encoded, self._asked, self._others, self._numbers = view, encoded, asked, others, numbers
        self._sentences, self._sentence_ends = view.sentences(numbers)
        products, _, token_ends = view.token_products(encoded.tokens, numbers)
        self._matches = ranking.best_in(products, token_ends)
        # The square root: rare words matter more, but not alone.
        self._token_weights = np.sqrt(view.rarities([_word_at(asked.text, span) for span in encoded.spans]))
        self._likeness = self._sentences @ encoded.whole

    @cached_property
    def _facts(self) -> list[Facts]:
        return self._view.facts(self._numbers)

    def likeness(self, candidate: int) -> Floats:
        """How like the question each sentence of a candidate is."""
        start = self._sentence_ends[candidate - 1] if candidate else 0
        return self._likeness[start : self._sentence_ends[candidate]]

    def score(self, part: Part, recipe: Recipe) -> Floats:
        """How well each candidate answers a part of the question, or the whole of it."""
        whole = part is self._asked.whole
        likeness = self._likeness if whole else self._sentences @ _part_vector(self._encoded, part)
        text = self._asked.text if whole else _said(self._asked, part)
        signals = {
            "sentence": ranking.best_in(likeness, self._sentence_ends),
            "words": self._view.word_scores(self._view.terms(text), self._numbers, self._others if whole else ()),
            "tokens": ranking.met(self._matches, self._weights(part)),
        }
        return ranking.fused(signals, {name: getattr(recipe, name) for name in signals}) + self._fits(part, recipe)

    def _weights(self, part: Part) -> Floats:
        """How much each of the question's tokens matters to a part; names of publishers and days only to the whole."""
        if part is self._asked.whole:
            return self._token_weights
        inside = np.array([part.span.start <= span.start < part.span.end for span in self._encoded.spans], bool)
        naming = np.array([any(span.overlaps(n) for n in self._asked.names) for span in self._encoded.spans], bool)
        kept = inside & ~naming
        return self._token_weights * (kept if kept.any() else inside)

    def _fits(self, part: Part, recipe: Recipe) -> Floats:
        """What naming publishers and days adds to the passages that are theirs."""
        fits = np.zeros(len(self._numbers), np.float32)
        if part.publishers and recipe.publisher:
            fits += recipe.publisher * ranking.published_by(part.publishers, [f.source for f in self._facts])
        if part.times and recipe.time:
            fits += recipe.time * ranking.in_time(part.times, self._facts)
        return fits


def _word_at(text: str, span: Span) -> str:
    """The whole word that a token is a piece of."""
    return next((m.group() for m in WORD.finditer(text) if m.end() > span.start), "")


def _hits(view: View, ranked: Ranked, top_k: int) -> tuple[Hit, ...]:
    kept = view.passages(ranked.numbers[:top_k])
    shown = zip(ranked.numbers[:top_k].tolist(), ranked.scores.tolist(), ranked.sentences, strict=False)
    return tuple(_hit(view, kept[n], score, similarities) for n, score, similarities in shown)


def _hit(view: View, kept: Kept, score: float, similarities: Floats) -> Hit:
    best = kept.passage.sentences[int(np.argmax(similarities))]
    return Hit(kept.id, view.version(kept.version), kept.passage, score, (best,))

"""STORY: question in, passages out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from index import ranking, verdict
from index.folder import Index, Status, View
from index.records import Article, Filters, Passage, Span
from index.store import Kept
from index.vectors import Floats, Numbers

CANDIDATES = 100
EVERYTHING = Filters()

Effort = Literal["fast", "careful"]


@dataclass(frozen=True)
class Question:
    """What is asked. ``as_of`` is the asker's day, from which "last week" counts."""

    text: str
    top_k: int = 5
    filters: Filters = EVERYTHING
    as_of: date | None = None
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
class Ranked:
    """Candidates, best first, with their scores and each one's sentences' similarity to the question."""

    numbers: Numbers
    scores: Floats
    sentences: tuple[Floats, ...]


def search(index: Index, question: Question) -> Found:
    """Find the passages that answer a question."""
    vector = index.encoder.encode_question(question.text)
    with index.view() as view:
        allowed = view.allowed(question.filters)
        ranked = _rank(view, vector, view.terms(question.text), allowed)
        hits = _hits(view, ranked, question.top_k)
        undated = view.undated(question.filters) if question.filters.published else 0
        confidence = verdict.confidence(max((float(s.max()) for s in ranked.sentences), default=0.0))
        return Found(hits, confidence, question.text, undated, view.status)


def _rank(view: View, vector: Floats, terms: Sequence[str], allowed: Numbers | None) -> Ranked:
    near, _ = view.nearest(vector, CANDIDATES, allowed)
    worded, _ = view.matching(terms, CANDIDATES, allowed)
    numbers = view.live(ranking.pool(near, worded))
    similarities, ends = view.sentence_products(vector, numbers)
    signals = {"sentence": ranking.best_of(similarities, ends), "words": view.word_scores(terms, numbers)}
    scores = ranking.fused(signals)
    order = np.argsort(-scores, kind="stable")
    sentences = np.split(similarities, ends[:-1]) if len(ends) else []
    return Ranked(numbers[order], scores[order], tuple(sentences[i] for i in order))


def _hits(view: View, ranked: Ranked, top_k: int) -> tuple[Hit, ...]:
    kept = view.passages(ranked.numbers[:top_k])
    shown = zip(ranked.numbers[:top_k].tolist(), ranked.scores.tolist(), ranked.sentences, strict=False)
    return tuple(_hit(view, kept[n], score, similarities) for n, score, similarities in shown)


def _hit(view: View, kept: Kept, score: float, similarities: Floats) -> Hit:
    best = kept.passage.sentences[int(np.argmax(similarities))]
    return Hit(kept.id, view.version(kept.version), kept.passage, score, (best,))

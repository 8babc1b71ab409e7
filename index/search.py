"""STORY: question in, passages out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from index import ranking, verdict
from index.embedding import EncodedQuestion
from index.folder import Index
from index.records import Article, Filters, Passage, Span
from index.store import Kept
from index.vectors import Floats, Numbers
from index.view import Status, View

CANDIDATES = 100
WEIGHTS: Mapping[str, float] = {"sentence": 2.0, "words": 1.0, "tokens": 3.0}
WORD = re.compile(r"\w+")
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
    """Candidates, best first, with their scores and each one's sentences' likeness to the question."""

    numbers: Numbers
    scores: Floats
    sentences: tuple[Floats, ...]


NOTHING = Ranked(np.empty(0, np.int64), np.empty(0, np.float32), ())


def search(index: Index, question: Question, weights: Mapping[str, float] = WEIGHTS) -> Found:
    """Find the passages that answer a question."""
    asked = index.encoder.encode_question(question.text)
    with index.view() as view:
        allowed = view.allowed(question.filters)
        ranked = _rank(view, asked, question.text, allowed, weights)
        hits = _hits(view, ranked, question.top_k)
        undated = view.undated(question.filters) if question.filters.published else 0
        confidence = verdict.confidence(max((float(s.max()) for s in ranked.sentences), default=0.0))
        return Found(hits, confidence, question.text, undated, view.status)


def _rank(
    view: View, asked: EncodedQuestion, text: str, allowed: Numbers | None, weights: Mapping[str, float]
) -> Ranked:
    terms = view.terms(text)
    near, _ = view.nearest(asked.whole, CANDIDATES, allowed)
    worded, _ = view.matching(terms, CANDIDATES, allowed)
    numbers = view.live(ranking.pool(near, worded))
    if not len(numbers):
        return NOTHING
    sentences, sentence_ends = view.sentences(numbers)
    likeness = sentences @ asked.whole
    products, _, token_ends = view.token_products(asked.tokens, numbers)
    signals = {
        "sentence": ranking.best_in(likeness, sentence_ends),
        "words": view.word_scores(terms, numbers),
        "tokens": ranking.late_interaction(products, token_ends, _token_weights(view, asked, text)),
    }
    scores = ranking.fused({name: signals[name] for name in weights}, weights)
    order = np.argsort(-scores, kind="stable")
    by_passage = np.split(likeness, sentence_ends[:-1])
    return Ranked(numbers[order], scores[order], tuple(by_passage[i] for i in order))


def _token_weights(view: View, asked: EncodedQuestion, text: str) -> Floats:
    """The square root of how rare the word is that each token is of: rare ones matter more, but not alone."""
    words = [_word_at(text, span) for span in asked.spans]
    return np.sqrt(view.rarities(words))


def _word_at(text: str, span: Span) -> str:
    """The whole word that a token is a piece of."""
    return next(m.group() for m in WORD.finditer(text) if m.start() <= span.start < m.end() or m.start() >= span.start)


def _hits(view: View, ranked: Ranked, top_k: int) -> tuple[Hit, ...]:
    kept = view.passages(ranked.numbers[:top_k])
    shown = zip(ranked.numbers[:top_k].tolist(), ranked.scores.tolist(), ranked.sentences, strict=False)
    return tuple(_hit(view, kept[n], score, similarities) for n, score, similarities in shown)


def _hit(view: View, kept: Kept, score: float, similarities: Floats) -> Hit:
    best = kept.passage.sentences[int(np.argmax(similarities))]
    return Hit(kept.id, view.version(kept.version), kept.passage, score, (best,))

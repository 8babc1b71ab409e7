"""What finding and judging come to, in figures: pure functions over questions whose evidence is known.

A passage covers a piece of evidence that it holds at least 90 % of. Pieces of one group can stand for each other;
unless any piece suffices, a question is answered in full by one of each group.
"""

import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import NamedTuple

from index.records import Span

DEPTHS = (1, 3, 5, 10)
DEPTH = max(DEPTHS)
COVERED = 0.9
LONGEST_HIGHLIGHT = 300
BINS = 10

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")

Figures = dict[str, float | int | None]


class Place(NamedTuple):
    """A stretch of an article."""

    article: str
    span: Span

    def holds(self, piece: "Place") -> bool:
        """Whether this covers a piece of evidence."""
        both = min(self.span.end, piece.span.end) - max(self.span.start, piece.span.start)
        return self.article == piece.article and both >= COVERED * (piece.span.end - piece.span.start)


@dataclass(frozen=True)
class Result:
    """A question with what was found for it.

    ``groups`` hold its evidence, none where the archive has no answer; ``highlights`` are each passage's; ``quoted``
    are the sentences of the answer, None where none was given. ``short`` is the answer in a few words, if there is one,
    and ``said`` the words of each piece of evidence.
    """

    question: str
    groups: tuple[tuple[Place, ...], ...]
    any_of: bool
    passages: tuple[Place, ...]
    highlights: tuple[tuple[Place, ...], ...]
    answerable: bool
    confidence: float
    quoted: tuple[Place, ...] | None = None
    short: str | None = None
    said: tuple[str, ...] = ()

    @property
    def evidence(self) -> list[Place]:
        return [piece for group in self.groups for piece in group]

    @property
    def rank(self) -> int | None:
        """Counting from 0, the first passage that covers a piece of evidence."""
        ranks = (i for i, passage in enumerate(self.passages) if any(map(passage.holds, self.evidence)))
        return next(ranks, None)

    @property
    def recall(self) -> float:
        """The share of groups that the first passages cover."""
        found = self.passages[:DEPTH]
        return mean(any(passage.holds(piece) for piece in group for passage in found) for group in self.groups)

    @property
    def shown(self) -> list[Place]:
        lit = [place for places in self.highlights for place in places]
        return [place for place in lit if place.span.end - place.span.start <= LONGEST_HIGHLIGHT]

    @property
    def top_highlight(self) -> list[Place]:
        first = self.highlights[0][:1] if self.highlights else ()
        return [place for place in first if place in self.shown]


def figures(results: Sequence[Result]) -> Figures:
    """Every measure by name; None where there is no question to measure one on."""
    asked = [one for one in results if one.groups]
    parts = _finding(asked), _showing(asked, results), _judging(results), _answering(asked)
    return {"questions": len(results), **{name: value for part in parts for name, value in part.items()}}


def _finding(asked: Sequence[Result]) -> Figures:
    ranks = [DEPTH if one.rank is None else one.rank for one in asked]
    several = [one.recall for one in asked if len(one.groups) > 1 and not one.any_of]
    return {
        **{f"hit@{depth}": _mean(rank < depth for rank in ranks) for depth in DEPTHS},
        f"mrr@{DEPTH}": _mean(1 / (rank + 1) if rank < DEPTH else 0 for rank in ranks),
        f"all-evidence recall@{DEPTH}": _mean(several),
        f"complete@{DEPTH}": _mean(share == 1 for share in several),
    }


def _showing(asked: Sequence[Result], results: Sequence[Result]) -> Figures:
    answers = [one.quoted for one in results if one.quoted]
    return {
        "top highlight has the evidence": _mean(_any_holds(one.top_highlight, one.evidence) for one in asked),
        "highlight iou": _mean(map(_overlap, asked)),
        "highlights a question": _mean(len(one.shown) for one in results),
        "passage length": _mean(p.span.end - p.span.start for one in results for p in one.passages),
        "first passage length": _mean(p.span.end - p.span.start for one in results for p in one.passages[:1]),
        "answer's sentences hold the evidence": _mean(_any_holds(one.quoted or (), one.evidence) for one in asked),
        "answer's sentences": _mean(map(len, answers)),
    }


def _judging(results: Sequence[Result]) -> Figures:
    yes = [one for one in results if one.groups]
    no = [one for one in results if not one.groups]
    return {
        "abstention auroc": auroc([one.confidence for one in yes], [one.confidence for one in no]),
        "says answerable when it is": _mean(one.answerable for one in yes),
        "abstains when it is not": _mean(not one.answerable for one in no),
        "calibration error": calibration_error([(one.confidence, bool(one.groups)) for one in results]),
    }


def _answering(asked: Sequence[Result]) -> Figures:
    """Of answers in a few words, none of which is as wrong as a wrong one; nothing where there are none at all."""
    if not any(one.short for one in asked):
        return {}
    return {
        "short answer exact": _mean(max(exact(one.short or "", said) for said in one.said) for one in asked),
        "short answer f1": _mean(max(f1(one.short or "", said) for said in one.said) for one in asked),
    }


def exact(said: str, right: str) -> bool:
    """Whether two answers are the same words, as SQuAD compares them (Rajpurkar and others, 2016)."""
    return _plain(said) == _plain(right)


def f1(said: str, right: str) -> float:
    """The harmonic mean of the shares of words that two answers have in common."""
    words, wanted = _plain(said), _plain(right)
    common = (Counter(words) & Counter(wanted)).total()
    return 2 * common / (len(words) + len(wanted)) if common else 0.0


def _plain(text: str) -> list[str]:
    """The words of an answer in lower case, without punctuation and articles."""
    bare = text.lower().translate(_PUNCTUATION)
    return _ARTICLES.sub(" ", bare).split()


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """The chance that one of ``higher`` is above one of ``lower``, ties counting half (Hanley and McNeil, 1982)."""
    if not higher or not lower:
        return None
    return mean((a > b) + (a == b) / 2 for a in higher for b in lower)


def calibration_error(judged: Iterable[tuple[float, bool]]) -> float | None:
    """How far confidence is from how often it is right, over ten equal bins (ECE: Naeini and others, 2015)."""
    bins: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in judged:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    total = sum(map(len, bins.values()))
    gaps = (abs(sum(c for c, _ in held) - sum(right for _, right in held)) for held in bins.values())
    return sum(gaps) / total if total else None


def _any_holds(places: Iterable[Place], evidence: Sequence[Place]) -> bool:
    return any(place.holds(piece) for place in places for piece in evidence)


def _overlap(one: Result) -> float:
    """Characters that evidence and highlights share, of all that either has; of the best piece where any suffices."""
    if one.any_of:
        return max((_iou([piece], one.shown) for piece in one.evidence), default=0.0)
    return _iou(one.evidence, one.shown)


def _iou(one: Iterable[Place], other: Iterable[Place]) -> float:
    a, b = _characters(one), _characters(other)
    return len(a & b) / max(1, len(a | b))


def _characters(places: Iterable[Place]) -> set[tuple[str, int]]:
    return {(place.article, i) for place in places for i in range(*place.span)}


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return mean(listed) if listed else None

"""How candidates are ordered: pure functions over arrays."""

import itertools
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index import dates
from index.dates import Asked
from index.records import Facts

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

# By such a share of the best, at least, scores differ from best to worst where passages differ in what they say.
DIFFERENT = 0.3
# A passage that was published in the days asked for may speak of others, the more so where it says others.
PUBLISHED_THEN, SPOKE_OF_OTHERS = 0.8, 0.6
# Days that stand in another sentence than the one that answers may be another event's, told for comparison.
BESIDE = 0.8
# What was told at once tells of its day, what was told later often of more.
AT_ONCE = 0.2


def pool(*found: Numbers) -> Numbers:
    """The candidates that any of several searches found, ascending."""
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def scaled(scores: Floats) -> Floats:
    """Scores from 0 for the worst to 1 for the best; all 0 where they don't differ.

    Where all are about equally good, the best is less than 1: what hardly differs should hardly tell.
    """
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return np.zeros_like(scores) if high <= low else np.asarray((scores - low) / max(high - low, DIFFERENT * high))


def fused(signals: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The weighted mean of the scaled signals, from 0 to 1 (CombSUM: Fox and Shaw, 1994)."""
    total = sum(weights[name] for name in signals)
    parts = [weights[name] / total * scaled(scores) for name, scores in signals.items()]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float32)


def best_in(values: Floats, ends: Numbers) -> Floats:
    """The highest of each stretch of ``values`` (along the first axis), which end at ``ends``; 0 where one is empty."""
    starts = np.concatenate([[0], ends[:-1]])
    held = ends > starts
    best = np.zeros((len(ends), *values.shape[1:]), np.float32)
    if held.any():
        best[held] = np.maximum.reduceat(values, starts[held], axis=0)
    return best


def rarity(documents: Numbers, of: int) -> Floats:
    """How much a word tells that stands in so many of all documents: BM25's inverse document frequency."""
    return np.log1p((of - np.minimum(documents, of) + 0.5) / (documents + 0.5)).astype(np.float32)


def met(matches: Floats, weights: Floats) -> Floats:
    """How well a question's tokens are met by passages, given each one's best match: their weighted mean.

    Late interaction (ColBERT: Khattab and Zaharia, 2020) over ``matches`` of shape (passages, question tokens).
    """
    return np.asarray(matches @ (weights / max(float(weights.sum()), 1e-12)), dtype=np.float32)


def best_by_sentence(products: Floats, owners: NDArray[np.int16], ends: Numbers, sentences: Sequence[int]) -> Floats:
    """Each question token's best product within each sentence of passages or their context, (sentences, tokens).

    ``owners`` ascend in each passage, whose tokens end at ``ends``: the context's tokens (-1) come first, then each
    sentence's. ``sentences`` are how many each passage has.
    """
    passages = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    counts = np.asarray(sentences, np.int64)
    # Each passage's context stands before its sentences.
    rows = (np.cumsum(counts + 1) - counts - 1)[passages] + owners + 1
    order = np.argsort(rows, kind="stable")
    best = best_in(products[order], np.cumsum(np.bincount(rows, minlength=int(counts.sum()) + len(ends))))
    contexts = np.cumsum(counts + 1) - counts - 1
    own = np.delete(best, contexts, axis=0)
    return np.asarray(np.maximum(own, np.maximum(np.repeat(best[contexts], counts, axis=0), 0)), dtype=np.float32)


def published_by(publishers: Collection[str], sources: Sequence[str | None]) -> Floats:
    """1 for what a named publisher brought, and for what nobody is known to have brought; 0 for the rest."""
    return np.array([source is None or source in publishers for source in sources], np.float32)


def in_time(
    asked: Sequence[Asked], shares: Sequence[float], facts: Sequence[Facts], answering: Sequence[int]
) -> Floats:
    """How well each passage fits the days asked for, from 0 to 1, by the days that it speaks of or was published on.

    ``shares`` say how much each of the times asked for counts; ``answering`` is the number of each passage's sentence
    that answers best.
    """
    weighed = list(zip(asked, shares, strict=True))
    fits = (
        max(share * _fit(one, *passage) for one, share in weighed) for passage in zip(facts, answering, strict=True)
    )
    return np.fromiter(fits, np.float32, len(facts))


def _fit(asked: Asked, facts: Facts, answering: int) -> float:
    dated = facts.dating(answering)
    there = max((dates.fits(asked, period) for period, sentence in facts.times if sentence == dated), default=0.0)
    beside = max((dates.fits(asked, period) for period, sentence in facts.times if sentence != dated), default=0.0)
    published = dates.fits(asked, facts.published) if facts.published else 0.0
    of_other_days = dated is not None and there == 0
    spoken = max(there, BESIDE * beside, published * (SPOKE_OF_OTHERS if of_other_days else PUBLISHED_THEN))
    return (1 - AT_ONCE) * spoken + AT_ONCE * published


def parts_first(order: Numbers, parts: Sequence[Floats]) -> Numbers:
    """Positions in ``order``, the best of all first, then each part's best, before any part's second."""
    best = [order[:1].tolist(), *([int(np.argmax(scores))] for scores in parts if len(scores))]
    first = list(dict.fromkeys(itertools.chain.from_iterable(best)))
    return np.array([*first, *(i for i in order.tolist() if i not in first)], np.int64)

"""How candidates are ordered: pure functions over arrays."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


def pool(*found: Numbers) -> Numbers:
    """The candidates that any of several searches found, ascending."""
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def scaled(scores: Floats) -> Floats:
    """Scores from 0 for the worst to 1 for the best; all 0 where they don't differ."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return np.zeros_like(scores) if high <= low else np.asarray((scores - low) / (high - low))


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


def late_interaction(products: Floats, ends: Numbers, weights: Floats) -> Floats:
    """How well a question's tokens are met, each by its like in a passage (ColBERT: Khattab and Zaharia, 2020).

    ``products`` has shape (tokens, question tokens), passage after passage, each ending at ``ends``; ``weights``
    (question tokens,) say how much each matters. The weighted mean of each question token's best product.
    """
    return best_in(products, ends) @ (weights / max(float(weights.sum()), 1e-12)).astype(np.float32)

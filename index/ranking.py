"""How candidates are ordered: pure functions over arrays, one score a candidate."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

WEIGHTS: Mapping[str, float] = {"sentence": 1.0, "words": 1.0}


def pool(*found: Numbers) -> Numbers:
    """The candidates that any of several searches found, ascending."""
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def scaled(scores: Floats) -> Floats:
    """Scores from 0 for the worst to 1 for the best; all 0 where they don't differ."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return np.zeros_like(scores) if high <= low else (scores - low) / (high - low)


def fused(signals: Mapping[str, Floats], weights: Mapping[str, float] = WEIGHTS) -> Floats:
    """The weighted mean of the scaled signals, between 0 and 1 (Fox and Shaw's CombSUM, 1994)."""
    total = sum(weights[name] for name in signals)
    return np.sum(
        [weights[name] / total * scaled(scores) for name, scores in signals.items()], axis=0, dtype=np.float32
    )


def best_of(values: Floats, ends: Numbers) -> Floats:
    """The highest value of each stretch of ``values``; ``ends`` says where each ends, none being empty."""
    return np.maximum.reduceat(values, np.concatenate([[0], ends[:-1]])) if len(ends) else np.empty(0, np.float32)

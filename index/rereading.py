"""What reading the first passages with the question adds to what was found without: pure functions."""

import math
from collections.abc import Sequence

import numpy as np

from index.reader.reading import Enough, Extract
from index.records import Span
from index.vectors import Floats

# Logits beyond these are all the same certainty.
SUREST = 8.0


def gains(extracts: Sequence[Extract], answers: float, spans: float) -> Floats:
    """What reading adds to the score of each passage that was read, shape (extracts,).

    At most ``answers`` for a passage that answers, and ``spans``, shared out by how the best span of each compares with
    those of the others: a reader that is trained on several passages at once can tell (Clark and Gardner, 2018).
    """
    likely = np.array([_chance(extract.answers) for extract in extracts], np.float32)
    return np.asarray(answers * likely + spans * _shares([extract.peak for extract in extracts]), dtype=np.float32)


def enough(scores: Sequence[float], answers: float, spans: float) -> Enough:
    """Whether none of the passages to come can still be first, given all their ``scores``, best first."""

    def is_enough(read: Sequence[Extract]) -> bool:
        left = scores[len(read) :]
        likely = [score + answers * _chance(extract.answers) for score, extract in zip(scores, read, strict=False)]
        return bool(left) and max(likely) >= left[0] + answers + spans

    return is_enough


def over_seam(alone: Extract, behind: Extract, sentences: Sequence[Span]) -> Extract:
    """What counts of a passage that was read ``alone`` and ``behind`` the end of the one before it.

    The second, where it finds the answer in the first sentence, which refers back: of what is further on, the passage
    itself says enough.
    """
    is_over = behind.span is not None and bool(sentences) and behind.span.end <= sentences[0].end
    return behind if is_over else alone


def sureness(extracts: Sequence[Extract]) -> float:
    """The logit that one of the passages answers, by the surest of them; bounded, and lowest where none was read."""
    return max((max(-SUREST, min(extract.answers, SUREST)) for extract in extracts), default=-SUREST)


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-SUREST, min(logit, SUREST))))


def _shares(peaks: Sequence[float]) -> Floats:
    """A softmax; nothing for any where nothing has a span."""
    values = np.array(peaks, np.float64)
    if not np.isfinite(values).any():
        return np.zeros(len(values), np.float32)
    likely = np.exp(values - values.max())
    return np.asarray(likely / likely.sum(), dtype=np.float32)

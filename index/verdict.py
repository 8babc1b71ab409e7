"""Does the archive answer, and how sure is that."""

import math

# For the time being by the seeds alone: how well a question's words are met by the best sentence found.
SLOPE, MIDDLE = 20.0, 0.28


def confidence(best: float) -> float:
    """The probability that the archive answers, from the score of the best sentence found."""
    return 1 / (1 + math.exp(-SLOPE * (best - MIDDLE)))

"""Does the archive answer, and how sure is that."""

import math

# Fitted by eye on the similarity of a question to its best sentence: .45 is as likely as not.
SLOPE, MIDDLE = 12.0, 0.45


def confidence(best_similarity: float) -> float:
    """The probability that the archive answers, from the cosine of the question and the best sentence found."""
    return 1 / (1 + math.exp(-SLOPE * (best_similarity - MIDDLE)))

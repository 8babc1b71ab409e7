"""Small real things that stand in for large ones."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from index.embedding import Encoded, Input, Vectors

WORD = re.compile(r"\w+")


class WordEncoder:
    """Every distinct word is one of 4096 directions: similarity is the cosine of word counts, and can be worked out.

    A text's vector is the unit sum of its words' directions (first four letters, lower case, so that "cancelled" is
    like "cancel").
    """

    name = "words"
    dimension = 4096
    limit = 254

    def __init__(self, fingerprint: str = "words-1") -> None:
        self.fingerprint = fingerprint

    def pieces(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(text)]

    def encode(self, inputs: Sequence[Input]) -> list[Encoded]:
        return [
            Encoded(self.vector(item.whole), np.stack([self.vector(span.of(item.text)) for span in item.sentences]))
            for item in inputs
        ]

    def encode_question(self, text: str) -> Vectors:
        return self.vector(text)

    def vector(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, np.float32)
        for word in WORD.findall(text.lower()):
            vector[int(hashlib.sha256(word[:4].encode()).hexdigest(), 16) % self.dimension] += 1
        return vector / max(float(np.linalg.norm(vector)), 1e-12)

"""Small real things that stand in for large ones."""

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from index.embedding import Encoded, EncodedQuestion, Input, Vectors
from index.records import Span

WORD = re.compile(r"\w+")


class WordEncoder:
    """Every distinct word is one of 512 directions: similarity is the cosine of word counts, and can be worked out.

    A text's vector is the unit sum of its words' directions (first four letters, lower case, so that "cancelled" is
    like "cancel").
    """

    name = "words"
    dimension = 512
    limit = 254

    def __init__(self, fingerprint: str = "words-1") -> None:
        self.fingerprint = fingerprint

    def pieces(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(text)]

    def encode(self, inputs: Sequence[Input], between: Callable[[], None] = lambda: None) -> list[Encoded]:
        between()
        return [self._encoded(item) for item in inputs]

    def _encoded(self, item: Input) -> Encoded:
        sentences = [span.of(item.text) for span in item.sentences]
        said = [(-1, item.context), *enumerate(sentences)]
        words = [(owner, word) for owner, text in said for word in WORD.findall(text)]
        return Encoded(
            passage=self.vector(item.whole),
            sentences=np.stack([self.vector(sentence) for sentence in sentences]),
            tokens=np.array([self.vector(word) for _, word in words], np.float32).reshape(-1, self.dimension),
            owners=np.array([owner for owner, _ in words], np.int16),
        )

    def encode_questions(self, texts: Sequence[str]) -> list[EncodedQuestion]:
        return [self._encoded_question(text) for text in texts]

    def _encoded_question(self, text: str) -> EncodedQuestion:
        spans = tuple(Span(*match.span()) for match in WORD.finditer(text))
        tokens = np.array([self.vector(span.of(text)) for span in spans], np.float32).reshape(-1, self.dimension)
        return EncodedQuestion(self.vector(text), tokens, spans)

    def word_embeddings(self) -> Vectors:
        # Words that are alike modulo 64 share an axis: a word's token keeps an eighth of its likeness to itself.
        return np.tile(np.eye(64, dtype=np.float32), 8)

    def vector(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, np.float32)
        for word in WORD.findall(text.lower()):
            vector[int(hashlib.sha256(word[:4].encode()).hexdigest(), 16) % self.dimension] += 1
        return vector / max(float(np.linalg.norm(vector)), 1e-12)

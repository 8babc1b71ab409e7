"""What an encoder is: text in, vectors out. The words that all backends share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.records import Span

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Input:
    """One passage as the model reads it: ``context`` is searched with it and is no part of it.

    ``sentences`` are spans of ``text``.
    """

    context: str
    text: str
    sentences: tuple[Span, ...]

    @property
    def whole(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text

    @property
    def text_starts(self) -> int:
        return len(self.whole) - len(self.text)


@dataclass(frozen=True)
class Encoded:
    """What one pass gives of a passage, every row of unit length.

    ``passage`` has shape (dimension,); ``sentences`` (sentences, dimension), each the mean of its tokens; ``tokens``
    (tokens, dimension), those of context and text that are no punctuation, in order. ``owners`` (tokens,) says in which
    sentence each token stands, -1 for the context.
    """

    passage: Vectors
    sentences: Vectors
    tokens: Vectors
    owners: NDArray[np.int16]


@dataclass(frozen=True)
class EncodedQuestion:
    """A question's unit vectors: ``whole`` (dimension,), and ``tokens`` (tokens, dimension), chosen as a passage's are,
    which stand at ``spans`` of its text."""

    whole: Vectors
    tokens: Vectors
    spans: tuple[Span, ...]


class Encoder(Protocol):
    """A model that turns text into vectors, whose inner product is their similarity."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        """Of everything that decides the vectors but for rounding: two encoders with the same one share an index."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def limit(self) -> int:
        """How many word pieces of a text the model sees, its own special ones left out."""
        ...

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """The word pieces of a text as offsets into it."""
        ...

    def encode(self, inputs: Sequence[Input], between: Callable[[], None] = lambda: None) -> list[Encoded]:
        """``between`` is called before each step of it, all of which are short."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> list[EncodedQuestion]: ...

    def word_embeddings(self) -> Vectors:
        """What the model knows of each of its word pieces before it reads, shape (pieces, dimension)."""
        ...

"""The embedding model: what it sees of a text, and the vectors that one pass over it gives."""

from index.embedding.backends import BACKENDS, Backend
from index.embedding.encoding import Encoded, EncodedQuestion, Encoder, Input, Vectors
from index.embedding.opening import open_encoder
from index.embedding.packaged import DEFAULT_MODEL

__all__ = [
    "BACKENDS",
    "DEFAULT_MODEL",
    "Backend",
    "Encoded",
    "EncodedQuestion",
    "Encoder",
    "Input",
    "Vectors",
    "open_encoder",
]

"""Token vectors, small enough to keep: fewer dimensions, one byte each."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]

DIMENSIONS = 64
SCALE = 127.0


def projection(embeddings: Floats, dimensions: int = DIMENSIONS) -> Floats:
    """Directions in which a model's words differ most, shape (dimension, dimensions), from its input embeddings.

    Principal axes of the unit embeddings about the origin, so that inner products are kept as well as can be: they need
    no text, and are any model's own. Fewer rows than ``dimensions`` are padded with zeros.
    """
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    _, axes = np.linalg.eigh(unit.T.astype(np.float64) @ unit.astype(np.float64))
    best = axes[:, ::-1][:, :dimensions].astype(np.float32)
    return np.pad(best, ((0, 0), (0, dimensions - best.shape[1])))


def compressed(tokens: Floats, axes: Floats) -> Codes:
    """Unit token vectors, shape (tokens, dimension), as codes of shape (tokens, dimensions)."""
    codes: Codes = np.clip(np.rint(tokens @ axes * SCALE), -127, 127).astype(np.int8)
    return codes


def products(codes: Codes, question: Floats, axes: Floats) -> Floats:
    """Inner products of kept tokens with a question's, shape (codes, question tokens)."""
    near: Floats = codes.astype(np.float32) @ ((question @ axes).T / SCALE)
    return near

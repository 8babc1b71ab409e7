"""Token vectors, small enough to keep: 42 bytes each, four bits a dimension and a scale."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codes = NDArray[np.uint8]

DIMENSIONS = 80
SEED = 80
# Sixteen steps of a third of a token's root mean square: what lies beyond is rare, and cut off.
STEPS, STEP = 16, 1 / 3
SCALE_BYTES = 2
# Tokens at once: of more, what is unpacked has left the processor's cache by the time that it is multiplied.
BLOCK = 1024


def projection(embeddings: Floats, dimensions: int = DIMENSIONS) -> Floats:
    """Directions in which a model's words differ most, shape (dimension, dimensions), from its input embeddings.

    Principal axes of the unit embeddings about the origin, so that inner products are kept as well as can be: they need
    no text, and are any model's own. Turned at random, so that every dimension holds as much as any other and four bits
    do for each. Of a model with fewer dimensions, the rest are zeros.
    """
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    _, axes = np.linalg.eigh(unit.T.astype(np.float64) @ unit.astype(np.float64))
    best = axes[:, ::-1][:, :dimensions]
    turn, _ = np.linalg.qr(np.random.default_rng(SEED).standard_normal((best.shape[1], best.shape[1])))
    return np.pad((best @ turn).astype(np.float32), ((0, 0), (0, dimensions - best.shape[1])))


def compressed(tokens: Floats, axes: Floats) -> Codes:
    """Unit token vectors, shape (tokens, dimension), as bytes, shape (tokens, dimensions / 2 + 2)."""
    kept = tokens @ axes
    scales = (np.sqrt(np.mean(kept**2, axis=1, keepdims=True)) * STEP).astype(np.float16)
    steps = np.floor(kept / np.maximum(scales.astype(np.float32), 1e-12)) + STEPS // 2
    codes = np.clip(steps, 0, STEPS - 1).astype(np.uint8)
    pairs = codes[:, 0::2] | codes[:, 1::2] << 4
    return np.hstack([pairs, scales.view(np.uint8)])


def products(codes: Codes, question: Floats, axes: Floats) -> Floats:
    """Inner products of kept tokens with a question's, shape (codes, question tokens)."""
    scales = np.ascontiguousarray(codes[:, -SCALE_BYTES:]).view(np.float16)
    near = _in_steps(codes, question @ axes)
    near *= scales.astype(np.float32)
    return near


def cosines(codes: Codes, question: Floats, axes: Floats) -> Floats:
    """Cosines of kept tokens with a question's, of what is kept of either, shape (codes, question tokens).

    A token that lies mostly in other directions than those kept has small products with all, and cosines like any.
    """
    asked = question @ axes
    lengths = np.linalg.norm(asked, axis=1) * math.sqrt(asked.shape[1]) / STEP
    near = _in_steps(codes, asked)
    near /= np.maximum(lengths, 1e-12)
    return np.clip(near, -1, 1, out=near)


def _in_steps(codes: Codes, asked: Floats) -> Floats:
    """Inner products of kept tokens, each in steps of its own length, with a question's.

    A code stands for the middle of its step. Even dimensions and odd ones are summed apart, and the middle of all steps
    is taken off at the end: so that codes need not be put together again.
    """
    even, odd = np.ascontiguousarray(asked.T[0::2]), np.ascontiguousarray(asked.T[1::2])
    near = np.empty((len(codes), len(asked)), np.float32)
    for begins in range(0, len(codes), BLOCK):
        block, out = codes[begins : begins + BLOCK], near[begins : begins + BLOCK]
        np.matmul((block & (STEPS - 1))[:, :-SCALE_BYTES].astype(np.float32), even, out=out)
        out += (block >> 4)[:, :-SCALE_BYTES].astype(np.float32) @ odd
    near -= (STEPS - 1) / 2 * asked.T.sum(axis=0)
    return near

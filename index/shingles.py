"""Texts as numbers: each word one, each pair of words one, so that texts are compared without their words."""

from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.uint32]
Bits = NDArray[np.uint64]

# A character of Chinese or Japanese is a word.
ALONE = ((0x3040, 0x30FF), (0x3400, 0x9FFF))
ASCII = 128
# Of these there is but one table, which most texts that are compared need.
FEWEST_POWERS = 1 << 16
_ASCII_WORDS = np.array([chr(code).isalnum() for code in range(ASCII)])
# Odd, so that it has an inverse modulo 2**64.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIXING, _HALF = np.uint64(0xD6E8FEB86659FD93), np.uint64(32)
_PAIRING = np.int64(0x5851F42D4C957F2D)


def numbered(texts: Sequence[str]) -> list[Integers]:
    """The words of each text as numbers, marks and cases aside; equal words have equal numbers."""
    folded = [text.lower() if text.isascii() else normalize("NFKC", text).casefold() for text in texts]
    codes = np.frombuffer("\n".join([*folded, ""]).encode("utf-32-le", "surrogatepass"), "<u4")
    starts, ends = _words(codes)
    of_texts = np.searchsorted(starts, np.cumsum([len(text) + 1 for text in folded]))
    return np.split(_hashes(codes, starts, ends), of_texts)[: len(texts)]


def paired(words: Integers, lasts: Integers | None = None) -> Integers:
    """Each word with the next as one number; those at ``lasts`` stand alone."""
    pairs = words.copy()
    pairs[:-1] = pairs[:-1] * _PAIRING + words[1:]
    if lasts is not None:
        pairs[lasts] = words[lasts]
    return pairs


def are_in(numbers: Integers, others: Integers) -> Bools:
    """Which of the numbers, ascending, are among the others."""
    if not len(others):
        return np.zeros(len(numbers), bool)
    ordered = np.sort(others)
    found: Bools = ordered[np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)] == numbers
    return found


def share_in(numbers: Integers, others: Integers) -> float:
    """How much of some numbers, which are not none, is among the others."""
    return float(np.count_nonzero(are_in(np.sort(numbers), others)) / len(numbers))


def _words(codes: Codes) -> tuple[Integers, Integers]:
    """Where words begin, and where they end; no text's last character is in one."""
    within, alone = _ASCII_WORDS[np.minimum(codes, ASCII - 1)], np.zeros(len(codes), bool)
    beyond = np.flatnonzero(codes >= ASCII)
    others = codes[beyond]
    alone[beyond] = np.any([(others >= first) & (others <= last) for first, last in ALONE], axis=0)
    within[beyond] = np.strings.isalnum(others.view("<U1")) | alone[beyond]
    parted = ~within | alone
    begins, ends = within.copy(), within.copy()
    begins[1:] &= parted[:-1] | alone[1:]
    ends[:-1] &= parted[1:] | alone[:-1]
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _hashes(codes: Codes, starts: Integers, ends: Integers) -> Integers:
    """A polynomial of each word's characters, modulo 2**64 (Karp and Rabin, 1987), with its bits mixed."""
    sums = np.zeros(len(codes) + 1, np.uint64)
    count = max(FEWEST_POWERS, 1 << len(codes).bit_length())
    np.cumsum(codes * _powers(_BASE, count)[: len(codes)], out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * _powers(_INVERSE, count)[starts]
    hashes = (hashes ^ (hashes >> _HALF)) * _MIXING
    return (hashes ^ (hashes >> _HALF)).view(np.int64)


@lru_cache(8)
def _powers(base: int, count: int) -> Bits:
    return np.cumprod(np.full(count, base, np.uint64), dtype=np.uint64)

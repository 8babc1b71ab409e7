"""FAISS, and only here: vectors of passages and sentences, in segments on disk that never change once written.

A segment is a folder of arrays, one row a passage, ordered by passage number:

    numbers.npy        int64   (passages,)
    passages.faiss     float32 (passages, dimension), an exact inner-product index
    sentences.npy      float16 (sentences, dimension), all passages' one after another
    sentence_ends.npy  int64   (passages,), where each passage's sentences end
    tokens.npy         uint8   (tokens, bytes), all passages' one after another
    owners.npy         int16   (tokens,), the sentence of its passage in which each stands, -1 for the context
    token_ends.npy     int64   (passages,), where each passage's tokens end
    manifest.json      what the segment is, and a checksum of each file above

Which segments count, and which of their passages live, is for the store to say.
"""

import json
import math
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.durable import sync_folder, write_durably

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

FORMAT = 1
FANOUT = 8
# A join holds its rows in memory.
LARGEST_JOINED = 16_384
ARRAYS = ("numbers", "sentences", "sentence_ends", "tokens", "owners", "token_ends")
FILES = (*(f"{name}.npy" for name in ARRAYS), "passages.faiss")


class SegmentDamaged(Exception):
    """A segment is missing, incomplete or altered; it can be made again from the store."""


@dataclass(frozen=True)
class Row:
    """What is kept of one passage.

    ``passage`` (dimension,) and ``sentences`` (sentences, dimension) are unit vectors; ``tokens`` (tokens, bytes) are
    compressed, each standing in the sentence that ``owners`` (tokens,) says.
    """

    number: int
    passage: Floats
    sentences: NDArray[np.floating]
    tokens: NDArray[np.uint8]
    owners: NDArray[np.int16]


@dataclass(frozen=True)
class Stretches:
    """Rows of an array that belong to passages, one passage's after another's."""

    starts: Numbers
    ends: Numbers

    @classmethod
    def until(cls, ends: Numbers) -> "Stretches":
        return cls(np.concatenate([[0], ends[:-1]]), np.asarray(ends))

    def lengths(self, rows: Numbers) -> Numbers:
        return self.ends[rows] - self.starts[rows]

    def of(self, rows: Numbers) -> Numbers:
        """The positions of these passages' stretches, one after another."""
        return _ranges(self.starts[rows], self.lengths(rows))


@dataclass(frozen=True)
class Segment:
    """An open segment; its arrays are memory-mapped, so a deleted folder stays readable until it is dropped."""

    name: str
    index: faiss.IndexFlatIP
    passages: Floats
    numbers: Numbers
    sentences: NDArray[np.float16]
    sentence_rows: Stretches
    tokens: NDArray[np.uint8]
    owners: NDArray[np.int16]
    token_rows: Stretches

    def rows(self, live: Mask) -> list[Row]:
        """The rows of the live passages, as they were written."""
        return [self._row(row) for row in np.flatnonzero(live).tolist()]

    def _row(self, row: int) -> Row:
        sentences = slice(self.sentence_rows.starts[row], self.sentence_rows.ends[row])
        tokens = slice(self.token_rows.starts[row], self.token_rows.ends[row])
        return Row(
            int(self.numbers[row]),
            self.passages[row],
            self.sentences[sentences],
            self.tokens[tokens],
            self.owners[tokens],
        )


def write_segment(folder: Path, name: str, rows: Sequence[Row], dimension: int) -> None:
    """Write a segment so that it is there whole or not at all; ``rows`` are ordered by number and not empty."""
    building = folder / f"{name}.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    index = faiss.IndexFlatIP(dimension)
    index.add(np.stack([row.passage for row in rows]).astype(np.float32))
    # Not by faiss.write_index, which takes no notice of an error of the last write.
    (building / "passages.faiss").write_bytes(faiss.serialize_index(index))
    for array, values in _arrays(rows).items():
        np.save(building / f"{array}.npy", values)
    manifest = {"format": FORMAT, "dimension": dimension, "files": {f: _checksum(building / f) for f in FILES}}
    write_durably(building / "manifest.json", json.dumps(manifest).encode(), beside=[building / f for f in FILES])
    building.rename(folder / name)
    sync_folder(folder)


def _arrays(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    return {
        "numbers": np.array([row.number for row in rows], dtype=np.int64),
        "sentences": np.concatenate([row.sentences for row in rows]).astype(np.float16),
        "sentence_ends": np.cumsum([len(row.sentences) for row in rows], dtype=np.int64),
        "tokens": np.concatenate([row.tokens for row in rows]),
        "owners": np.concatenate([row.owners for row in rows]),
        "token_ends": np.cumsum([len(row.tokens) for row in rows], dtype=np.int64),
    }


def open_segment(folder: Path, name: str, dimension: int) -> Segment:
    """Open a segment after checking each file against its checksum.

    :raises SegmentDamaged: it can't be used.
    """
    place = folder / name
    try:
        manifest = json.loads((place / "manifest.json").read_bytes())
        _check(place, manifest, dimension)
        index = faiss.read_index(str(place / "passages.faiss"), faiss.IO_FLAG_MMAP_IFC)
        arrays = {array: np.load(place / f"{array}.npy", mmap_mode="r") for array in ARRAYS}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise SegmentDamaged(f"segment {place}: {error}") from error
    passages = np.asarray(_Mapped(index)).reshape(index.ntotal, dimension)
    sentence_rows, token_rows = (Stretches.until(arrays.pop(f"{kind}_ends")) for kind in ("sentence", "token"))
    return Segment(name, index, passages, sentence_rows=sentence_rows, token_rows=token_rows, **arrays)


class _Mapped:
    """The vectors of an index as an array that keeps the index: rows of a segment may outlive it."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index
        vectors = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
        self.__array_interface__ = vectors.__array_interface__


def check_segment(folder: Path, name: str) -> None:
    """Hold each file of a segment against its checksum.

    :raises SegmentDamaged: one differs, or is not there.
    """
    place = folder / name
    try:
        manifest = json.loads((place / "manifest.json").read_bytes())
        _check(place, manifest, manifest["dimension"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SegmentDamaged(f"segment {place}: {error}") from error


def to_join(sizes: Mapping[str, int], passages: int) -> set[str]:
    """Which segments a new one of this many passages should take in, to keep them few.

    They grow in tiers, each ``FANOUT`` times the last (O'Neil and others, 1996), so a passage is rewritten but a few
    times and a search goes through some dozens of segments at most.
    """
    taken: set[str] = set()
    while True:
        peers = {n for n, size in sizes.items() if n not in taken and _tier(size) <= _tier(passages)}
        total = passages + sum(sizes[n] for n in peers)
        if len(peers) < FANOUT - 1 or total > LARGEST_JOINED:
            return taken
        taken |= peers
        passages = total


def _tier(passages: int) -> int:
    return int(math.log(max(passages, 1), FANOUT))


def _check(place: Path, manifest: dict[str, object], dimension: int) -> None:
    if manifest["format"] != FORMAT or manifest["dimension"] != dimension:
        raise ValueError(f"format {manifest['format']}, dimension {manifest['dimension']}")
    if manifest["files"] != {f: _checksum(place / f) for f in FILES}:
        raise ValueError("a file differs from its checksum")


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum


@dataclass(frozen=True)
class Vectors:
    """The live passages of some segments as of one state of the store: never changed, so safe to search at any time."""

    pairs: tuple[tuple[Segment, Mask], ...] = ()

    def without(self, numbers: Numbers) -> "Vectors":
        """The same but for these passages."""
        if not len(numbers):
            return self
        return Vectors(tuple((segment, live & ~np.isin(segment.numbers, numbers)) for segment, live in self.pairs))

    def by_name(self) -> dict[str, tuple[Segment, Mask]]:
        return {segment.name: (segment, live) for segment, live in self.pairs}

    def nearest(self, question: Floats, k: int, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """The ``k`` live passages of highest inner product, best first: their numbers and products.

        ``allowed``, sorted, leaves only these to choose from.
        """
        found = [_search(segment, _mask(segment, live, allowed), question, k) for segment, live in self.pairs]
        numbers = np.concatenate([np.empty(0, np.int64), *(n for n, _ in found)])
        products = np.concatenate([np.empty(0, np.float32), *(p for _, p in found)])
        best = np.argsort(-products, kind="stable")[:k]
        return numbers[best], products[best]

    def products(self, question: Floats, numbers: Numbers) -> Floats:
        """Each passage's inner product with the question, shape (numbers,)."""
        out = np.zeros(len(numbers), np.float32)
        for segment, _, here, rows in self._located(numbers):
            out[here] = segment.passages[rows] @ question
        return out

    def likeness(self, numbers: Numbers) -> Floats:
        """The passages' inner products with each other, shape (numbers, numbers)."""
        if not self.pairs:
            return np.zeros((0, 0), np.float32)
        passages = np.zeros((len(numbers), self.pairs[0][0].passages.shape[1]), np.float32)
        for segment, _, here, rows in self._located(numbers):
            passages[here] = segment.passages[rows]
        return passages @ passages.T

    def live(self, numbers: Numbers) -> Numbers:
        """Those of the passages that live here, in their order."""
        found = np.zeros(len(numbers), bool)
        for _, live, here, rows in self._located(numbers):
            found[here] = live[rows]
        return numbers[found]

    def sentences(self, numbers: Numbers) -> tuple[Floats, Numbers]:
        """The sentence vectors of these passages, one passage's after another, and where each one's end."""
        return self._gathered(numbers, lambda segment: (segment.sentence_rows, segment.sentences), np.float32)

    def tokens(self, numbers: Numbers) -> tuple[NDArray[np.uint8], NDArray[np.int16], Numbers]:
        """The token codes of these passages and the sentence of each, one passage's after another; each one's end."""
        codes, ends = self._gathered(numbers, lambda segment: (segment.token_rows, segment.tokens), np.uint8)
        owners, _ = self._gathered(numbers, lambda segment: (segment.token_rows, segment.owners), np.int16)
        return codes, owners, ends

    def _gathered(
        self, numbers: Numbers, part: Callable[[Segment], tuple[Stretches, NDArray[Any]]], dtype: type
    ) -> tuple[NDArray[Any], Numbers]:
        located = [(*part(segment), here, rows) for segment, _, here, rows in self._located(numbers)]
        lengths = np.zeros(len(numbers), np.int64)
        for stretches, _, here, rows in located:
            lengths[here] = stretches.lengths(rows)
        ends = np.cumsum(lengths)
        shape = next((array.shape[1:] for _, array, _, _ in located), ())
        out = np.empty((int(lengths.sum()), *shape), dtype)
        for stretches, array, here, rows in located:
            out[_ranges(ends[here] - lengths[here], lengths[here])] = array[stretches.of(rows)]
        return out, ends

    def _located(self, numbers: Numbers) -> Iterator[tuple[Segment, Mask, Numbers, Numbers]]:
        """For each segment that holds some of the passages: its live rows, which of them (positions), in which rows."""
        for segment, live in self.pairs:
            rows = np.searchsorted(segment.numbers, numbers)
            held = segment.numbers[np.minimum(rows, len(segment.numbers) - 1)] == numbers
            if held.any():
                yield segment, live, np.flatnonzero(held), rows[held]


def _ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """The positions of several ranges, one after another."""
    before = np.cumsum(lengths) - lengths
    positions: Numbers = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    return positions


def _mask(segment: Segment, live: Mask, allowed: Numbers | None) -> Mask:
    return live if allowed is None else live & np.isin(segment.numbers, allowed, assume_unique=True)


def _search(segment: Segment, mask: Mask, question: Floats, k: int) -> tuple[Numbers, Floats]:
    k = min(k, int(np.count_nonzero(mask)))
    if k == 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    bits = np.packbits(mask, bitorder="little")
    selector = None if mask.all() else faiss.IDSelectorBitmap(bits)
    products, rows = segment.index.search(question[None, :], k, params=faiss.SearchParameters(sel=selector))
    return segment.numbers[rows[0]], products[0]

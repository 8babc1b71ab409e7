"""FAISS, and only here: vectors of passages and sentences, in segments on disk that never change once written.

A segment is a folder of arrays, one row a passage, ordered by passage number:

    numbers.npy     int64   (passages,)
    passages.faiss  float32 (passages, dimension), an exact inner-product index
    sentences.npy   float16 (sentences, dimension), all passages' one after another
    ends.npy        int64   (passages,), where each passage's sentences end
    manifest.json   what the segment is, and a checksum of each file above

Which segments count, and which of their passages live, is for the store to say.
"""

import json
import math
import shutil
import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
ARRAYS = ("numbers.npy", "passages.faiss", "sentences.npy", "ends.npy")


class SegmentDamaged(Exception):
    """A segment is missing, incomplete or altered; it can be made again from the store."""


@dataclass(frozen=True)
class Row:
    """What is kept of one passage: ``passage`` (dimension,) and ``sentences`` (sentences, dimension), unit vectors."""

    number: int
    passage: Floats
    sentences: NDArray[np.floating]


@dataclass(frozen=True)
class Segment:
    """An open segment; its arrays are memory-mapped, so a deleted folder stays readable until it is dropped."""

    name: str
    numbers: Numbers
    index: faiss.IndexFlatIP
    passages: Floats
    sentences: NDArray[np.float16]
    starts: Numbers
    ends: Numbers

    def rows(self, live: Mask) -> list[Row]:
        """The rows of the live passages, as they were written."""
        return [
            Row(int(self.numbers[i]), self.passages[i], self.sentences[self.starts[i] : self.ends[i]])
            for i in np.flatnonzero(live)
        ]


def write_segment(folder: Path, name: str, rows: Sequence[Row], dimension: int) -> None:
    """Write a segment so that it is there whole or not at all; ``rows`` are ordered by number and not empty."""
    building = folder / f"{name}.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    index = faiss.IndexFlatIP(dimension)
    index.add(np.stack([row.passage for row in rows]).astype(np.float32))
    arrays = {
        "numbers.npy": np.array([row.number for row in rows], dtype=np.int64),
        "sentences.npy": np.concatenate([row.sentences for row in rows]).astype(np.float16),
        "ends.npy": np.cumsum([len(row.sentences) for row in rows], dtype=np.int64),
    }
    for file, array in arrays.items():
        np.save(building / file, array)
    faiss.write_index(index, str(building / "passages.faiss"))
    manifest = {"format": FORMAT, "dimension": dimension, "files": {f: _checksum(building / f) for f in ARRAYS}}
    write_durably(building / "manifest.json", json.dumps(manifest).encode(), beside=[building / f for f in ARRAYS])
    building.rename(folder / name)
    sync_folder(folder)


def open_segment(folder: Path, name: str, dimension: int) -> Segment:
    """Open a segment after checking each file against its checksum.

    :raises SegmentDamaged: it can't be used.
    """
    place = folder / name
    try:
        manifest = json.loads((place / "manifest.json").read_bytes())
        _check(place, manifest, dimension)
        index = faiss.read_index(str(place / "passages.faiss"), faiss.IO_FLAG_MMAP_IFC)
        numbers, sentences, ends = (np.load(place / f, mmap_mode="r") for f in ARRAYS if f.endswith(".npy"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SegmentDamaged(f"segment {place}: {error}") from error
    passages = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * dimension).reshape(index.ntotal, dimension)
    starts = np.concatenate([[0], ends[:-1]])
    return Segment(name, numbers, index, passages, sentences, starts, ends)


def sweep(folder: Path, named: Container[str]) -> None:
    """Remove all that the store does not name; who has a segment open can go on reading it."""
    for place in folder.glob("*"):
        if place.name not in named:
            shutil.rmtree(place)


def to_join(sizes: Mapping[str, int], passages: int) -> set[str]:
    """Which segments a new one of this many passages should take in, to keep them few.

    They grow in tiers, each ``FANOUT`` times the last (O'Neil and others, 1996), so a passage is rewritten but a few
    times and a search goes through some dozens of segments at most.
    """
    taken: set[str] = set()
    while passages < LARGEST_JOINED:
        peers = {n for n, size in sizes.items() if n not in taken and _tier(size) <= _tier(passages)}
        if len(peers) < FANOUT - 1:
            break
        taken |= peers
        passages += sum(sizes[n] for n in peers)
    return taken


def _tier(passages: int) -> int:
    return int(math.log(max(passages, 1), FANOUT))


def _check(place: Path, manifest: dict[str, object], dimension: int) -> None:
    if manifest["format"] != FORMAT or manifest["dimension"] != dimension:
        raise ValueError(f"format {manifest['format']}, dimension {manifest['dimension']}")
    if manifest["files"] != {f: _checksum(place / f) for f in ARRAYS}:
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

    def live(self, numbers: Numbers) -> Numbers:
        """Those of the passages that live here, in their order."""
        found = np.zeros(len(numbers), bool)
        for _, live, here, rows in self._located(numbers):
            found[here] = live[rows]
        return numbers[found]

    def sentence_products(self, question: Floats, numbers: Numbers) -> tuple[Floats, Numbers]:
        """Inner products of the question with the passages' sentences, one passage's after another, and their ends."""
        located = list(self._located(numbers))
        lengths = np.zeros(len(numbers), np.int64)
        for segment, _, here, rows in located:
            lengths[here] = segment.ends[rows] - segment.starts[rows]
        ends = np.cumsum(lengths)
        products = np.zeros(int(ends[-1]) if len(ends) else 0, np.float32)
        for segment, _, here, rows in located:
            wanted = _ranges(segment.starts[rows], lengths[here])
            products[_ranges(ends[here] - lengths[here], lengths[here])] = (
                segment.sentences[wanted].astype(np.float32) @ question
            )
        return products, ends

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
    return np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)


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

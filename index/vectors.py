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
import shutil
import zlib
from collections.abc import Sequence
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
    ends: Numbers

    def rows(self, live: Mask) -> list[Row]:
        """The rows of the live passages, as they were written."""
        return [
            Row(int(self.numbers[i]), self.passages[i], self.sentences[self._starts(i) : self.ends[i]])
            for i in np.flatnonzero(live)
        ]

    def _starts(self, row: int) -> int:
        return int(self.ends[row - 1]) if row else 0

    def sentences_of(self, row: int) -> Floats:
        return self.sentences[self._starts(row) : self.ends[row]].astype(np.float32)


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
    return Segment(name, numbers, index, passages, sentences, ends)


def remove_segment(folder: Path, name: str) -> None:
    """Remove a segment that the store no longer names; who has it open can go on reading it."""
    shutil.rmtree(folder / name, ignore_errors=True)


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
    """The live passages of some segments as of one state of the store: never changed, so safe to search from anywhere."""

    segments: tuple[Segment, ...] = ()
    live: tuple[Mask, ...] = ()

    def nearest(self, question: Floats, k: int, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """The ``k`` live passages of highest inner product, best first: their numbers and products.

        ``allowed``, sorted, leaves only these to choose from.
        """
        found = [_search(s, _mask(s, m, allowed), question, k) for s, m in zip(self.segments, self.live, strict=True)]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        numbers = np.concatenate([n for n, _ in found])
        products = np.concatenate([p for _, p in found])
        best = np.argsort(-products, kind="stable")[:k]
        return numbers[best], products[best]

    def products(self, question: Floats, numbers: Numbers) -> Floats:
        """Each passage's inner product with the question, shape (numbers,)."""
        out = np.zeros(len(numbers), np.float32)
        for segment, here, rows in self._located(numbers):
            out[here] = segment.passages[rows] @ question
        return out

    def sentences(self, numbers: Numbers) -> list[Floats]:
        """Each passage's sentence vectors, shape (sentences, dimension)."""
        out: list[Floats] = [np.empty((0, 0), np.float32)] * len(numbers)
        for segment, here, rows in self._located(numbers):
            for position, row in zip(here, rows, strict=True):
                out[position] = segment.sentences_of(int(row))
        return out

    def _located(self, numbers: Numbers) -> list[tuple[Segment, Numbers, Numbers]]:
        """For each segment that holds some of the passages: which of them (positions), and in which rows."""
        found = []
        for segment in self.segments:
            rows = np.searchsorted(segment.numbers, numbers)
            held = segment.numbers[np.minimum(rows, len(segment.numbers) - 1)] == numbers
            if held.any():
                found.append((segment, np.flatnonzero(held), rows[held]))
        return found


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

"""Vectors of passages and sentences, in segments on disk that never change once written.

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
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tokenize import TokenError
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.vectors.mapping import expect, mapped

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

FORMAT = 1
# A file is read by so many bytes, and after so many such blocks something else may have its turn.
BLOCK, BLOCKS = 1 << 20, 8
ARRAYS = ("numbers", "sentences", "sentence_ends", "tokens", "owners", "token_ends")
# What questions ask of few passages.
LOOKED_UP = ("sentences", "tokens", "owners")
FILES = (*(f"{name}.npy" for name in ARRAYS), "passages.faiss")


# What says which rows are which.
SMALL = ("numbers.npy", "sentence_ends.npy", "token_ends.npy")
UNUSABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
# Of a file of FAISS's exact index: kind, dimension, vectors, two that say nothing, trained, metric, numbers.
HEADER = struct.Struct("<4siqqqBiQ")


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
        return ranges(self.starts[rows], self.lengths(rows))


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

    @cached_property
    def first(self) -> int:
        """The lowest number of its passages."""
        return int(self.numbers[0])

    @cached_property
    def last(self) -> int:
        return int(self.numbers[-1])

    @cached_property
    def _has_all_between(self) -> bool:
        return self.last - self.first + 1 == len(self.numbers)

    def rows_of(self, numbers: Numbers) -> tuple[Mask, Numbers]:
        """Which of the passages it holds, and in which rows these are."""
        if self._has_all_between:
            rows = numbers - self.first
            held = (rows >= 0) & (rows < len(self.numbers))
            return held, rows if held.all() else rows[held]
        rows = np.searchsorted(self.numbers, numbers)
        held = self.numbers[np.minimum(rows, len(self.numbers) - 1)] == numbers
        return held, rows[held]

    def look_up_singly(self) -> None:
        """It is not searched as a whole any more: its passages are measured one by one."""
        expect(self.passages, all_of_it=False)

    def among(self, numbers: Numbers) -> Mask:
        """Which of its rows are some of these passages, ascending."""
        first, end = np.searchsorted(numbers, [self.first, self.last + 1])
        out = np.zeros(len(self.numbers), bool)
        out[self.rows_of(numbers[first:end])[1]] = True
        return out


def open_segment(folder: Path, name: str, dimension: int, check: bool = True) -> Segment:
    """Open a segment after checking that its files fit each other, and the small ones against their checksums.

    The large ones are for `check_segment`, which reads all of them.

    :raises SegmentDamaged: it can't be used.
    """
    place = folder / name
    try:
        manifest = json.loads((place / "manifest.json").read_bytes())
        _check(place, manifest, dimension, SMALL if check else ())
        _check_header(place / "passages.faiss", dimension)
        index = faiss.read_index(str(place / "passages.faiss"), faiss.IO_FLAG_MMAP_IFC)
        arrays = {array: mapped(place / f"{array}.npy") for array in ARRAYS}
        _refuse_uneven(arrays, index.ntotal, dimension)
    except (*UNUSABLE, RuntimeError, SyntaxError, TokenError, IndexError, EOFError, struct.error) as error:
        raise SegmentDamaged(f"segment {place}: {error}") from error
    for array in LOOKED_UP:
        expect(arrays[array], all_of_it=False)
    passages = np.asarray(_Mapped(index)).reshape(index.ntotal, dimension)
    # FAISS expects the contrary.
    expect(passages, all_of_it=True)
    sentence_rows, token_rows = (Stretches.until(arrays.pop(f"{kind}_ends")) for kind in ("sentence", "token"))
    return Segment(name, index, passages, sentence_rows=sentence_rows, token_rows=token_rows, **arrays)


class _Mapped:
    """The vectors of an index as an array that keeps the index: rows of a segment may outlive it."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index
        vectors = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
        self.__array_interface__ = vectors.__array_interface__


def check_segment(folder: Path, name: str, between: Callable[[], None] = lambda: None) -> None:
    """Hold each file of a segment against its checksum. ``between`` is called every few megabytes.

    :raises SegmentDamaged: one differs, or is not there.
    """
    place = folder / name
    try:
        manifest = json.loads((place / "manifest.json").read_bytes())
        _check(place, manifest, manifest["dimension"], FILES, between)
    except UNUSABLE as error:
        raise SegmentDamaged(f"segment {place}: {error}") from error


def _check_header(path: Path, dimension: int) -> None:
    """FAISS believes what a file's header says: how many vectors of which length, of which kind, and how many numbers.

    :raises ValueError: the file is not of that length, or of another kind.
    """
    with path.open("rb") as file:
        kind, length, count, _, _, _, metric, numbers = HEADER.unpack(file.read(HEADER.size))
    size = HEADER.size + count * dimension * 4
    said = (kind, length, metric, numbers, path.stat().st_size)
    if said != (b"IxFI", dimension, faiss.METRIC_INNER_PRODUCT, count * dimension, size):
        raise ValueError("passages.faiss is not as long as it says")


def _refuse_uneven(arrays: Mapping[str, NDArray[Any]], passages: int, dimension: int) -> None:
    """:raises ValueError: the files do not belong to each other."""
    sentences, tokens = (int(arrays[f"{kind}_ends"][-1]) for kind in ("sentence", "token"))
    lengths = {"numbers": passages, "sentence_ends": passages, "token_ends": passages}
    lengths |= {"sentences": sentences, "tokens": tokens, "owners": tokens}
    axes = {"sentences": 2, "tokens": 2}
    for name, length in lengths.items():
        if len(arrays[name]) != length or arrays[name].ndim != axes.get(name, 1):
            raise ValueError(f"{name}.npy is not of the shape that it was written with")
    if arrays["sentences"].shape[1] != dimension:
        raise ValueError("sentences.npy is not of the shape that it was written with")


def _check(
    place: Path,
    manifest: dict[str, Any],
    dimension: int,
    files: Sequence[str],
    between: Callable[[], None] = lambda: None,
) -> None:
    if manifest["format"] != FORMAT or manifest["dimension"] != dimension:
        raise ValueError(f"format {manifest['format']}, dimension {manifest['dimension']}")
    sums = manifest["files"]
    if sums.keys() != {*FILES} or any(sums[file] != checksum(place / file, between) for file in files):
        raise ValueError("a file differs from its checksum")


def save(index: faiss.Index, path: Path) -> None:
    """Write an index of FAISS's, whose own way is a RuntimeError for a full disk, and none where closing fails.

    :raises OSError: the disk is full or at fault.
    """
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))


def checksum(path: Path, between: Callable[[], None] = lambda: None) -> int:
    """CRC-32 of a file. ``between`` is called every few megabytes."""
    crc = 0
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(BLOCK), b"")
        for number, block in enumerate(blocks, start=1):
            crc = zlib.crc32(block, crc)
            if number % BLOCKS == 0:
                between()
    return crc


def ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """The positions of several ranges, one after another."""
    before = np.cumsum(lengths) - lengths
    positions: Numbers = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    return positions

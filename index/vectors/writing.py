"""How a segment comes to be: of new rows, and of the live ones of segments that it takes in."""

import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.durable import make_folder, sync_folder, write_durably
from index.vectors.held import Vectors
from index.vectors.segments import (
    FILES,
    FORMAT,
    Mask,
    Numbers,
    Row,
    Segment,
    Stretches,
    checksum,
    save,
)

FANOUT = 8
# One is written in one step, which whoever waits for it should not wait long for: a gigabyte.
LARGEST_JOINED = 65_536
# Rows that are held in memory while they are copied.
COPIED = 1024


def to_join(sizes: Mapping[str, int], passages: int) -> set[str]:
    """Which segments a new one of this many passages should take in, to keep them few.

    They grow in tiers, each ``FANOUT`` times the last (O'Neil and others, 1996), so a passage is rewritten but a few
    times, and a search goes through some dozens of segments, and one more for each ``LARGEST_JOINED`` passages or less.
    """
    taken: set[str] = set()
    while True:
        peers = sorted((size, n) for n, size in sizes.items() if n not in taken and _tier(size) <= _tier(passages))
        totals = accumulate((size for size, _ in peers), initial=passages)
        fitting = [(size, n) for (size, n), total in zip(peers, [*totals][1:], strict=True) if total <= LARGEST_JOINED]
        if len(fitting) < FANOUT - 1:
            return taken
        taken |= {n for _, n in fitting}
        passages += sum(size for size, _ in fitting)


def _tier(passages: int) -> int:
    return int(math.log(max(passages, 1), FANOUT))


def write_segment(
    folder: Path, name: str, rows: Sequence[Row], dimension: int, joined: Sequence[tuple[Segment, Mask]] = ()
) -> int:
    """Write a segment so that it is there whole or not at all; how many passages it holds.

    It holds ``rows``, ordered by number, and of each of the segments ``joined`` those that live; some at least.
    """
    parts = Vectors((*joined, *([(_in_memory(rows), np.ones(len(rows), bool))] if rows else [])))
    numbers = parts.numbers()
    building = folder / f"{name}.building"
    shutil.rmtree(building, ignore_errors=True)
    make_folder(folder)
    building.mkdir()
    _write_passages(building, parts, numbers, dimension)
    _write_arrays(building, parts, numbers)
    manifest = {"format": FORMAT, "dimension": dimension, "files": {f: checksum(building / f) for f in FILES}}
    write_durably(building / "manifest.json", json.dumps(manifest).encode(), beside=[building / f for f in FILES])
    building.rename(folder / name)
    sync_folder(folder)
    return len(numbers)


def _write_passages(building: Path, parts: Vectors, numbers: Numbers, dimension: int) -> None:
    index = faiss.IndexFlatIP(dimension)
    for some in _in_turn(numbers):
        index.add(parts.passages(some))
    save(index, building / "passages.faiss")


def _write_arrays(building: Path, parts: Vectors, numbers: Numbers) -> None:
    sentence_ends, token_ends = (np.cumsum(lengths) for lengths in parts.lengths(numbers))
    np.save(building / "numbers.npy", numbers)
    np.save(building / "sentence_ends.npy", sentence_ends)
    np.save(building / "token_ends.npy", token_ends)
    _fill(building, "sentences", int(sentence_ends[-1]), (parts.kept_sentences(some) for some in _in_turn(numbers)))
    _fill(building, "tokens", int(token_ends[-1]), (parts.tokens(some)[0] for some in _in_turn(numbers)))
    _fill(building, "owners", int(token_ends[-1]), (parts.tokens(some)[1] for some in _in_turn(numbers)))


def _fill(building: Path, name: str, rows: int, blocks: Iterator[NDArray[Any]]) -> None:
    first = next(blocks)
    kind = np.lib.format.dtype_to_descr(first.dtype)
    header = {"descr": kind, "fortran_order": False, "shape": (rows, *first.shape[1:])}
    # Not by way of memory: that would end the process where the disk is full.
    with (building / f"{name}.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in chain((first,), blocks):
            file.write(block.tobytes())


def _in_turn(numbers: Numbers) -> Iterator[Numbers]:
    return (numbers[at : at + COPIED] for at in range(0, len(numbers), COPIED))


def _in_memory(rows: Sequence[Row]) -> Segment:
    """New rows as if they were a segment: all but what searches it."""
    return Segment(
        name="",
        index=None,
        passages=np.stack([row.passage for row in rows]).astype(np.float32),
        numbers=np.array([row.number for row in rows], dtype=np.int64),
        sentences=np.concatenate([row.sentences for row in rows]).astype(np.float16),
        sentence_rows=_stretches([len(row.sentences) for row in rows]),
        tokens=np.concatenate([row.tokens for row in rows]),
        owners=np.concatenate([row.owners for row in rows]),
        token_rows=_stretches([len(row.tokens) for row in rows]),
    )


def _stretches(lengths: Sequence[int]) -> Stretches:
    return Stretches.until(np.cumsum(lengths, dtype=np.int64))

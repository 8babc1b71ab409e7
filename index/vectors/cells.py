"""Passages near each other kept together, so that a search looks into few such cells: FAISS's inverted file.

A folder of cells is derived from segments and holds nothing that they don't:

    cells.faiss    passages' vectors, a byte a dimension, each in the cell whose centre is nearest
    numbers.npy    int64 (passages,), ascending: which passage each of its rows is
    manifest.json  what the folder is, and a checksum of each file above

What is found in cells is near by bytes: whoever asks measures it again by the vectors themselves.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.vectors.mapping import mapped
from index.vectors.segments import Floats, Mask, Numbers, SegmentDamaged, checksum

FORMAT = 1
CELLS, NUMBERS = FILES = ("cells.faiss", "numbers.npy")
MANIFEST = "manifest.json"

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Cells:
    """An open folder of cells; memory-mapped, so a deleted folder stays readable until it is dropped."""

    name: str
    index: faiss.IndexIVF
    numbers: Numbers
    learned_for: int

    def rows_of(self, numbers: Numbers) -> tuple[Mask, Numbers]:
        """Which of the passages are in cells, and in which rows these are."""
        rows = np.searchsorted(self.numbers, numbers)
        held = self.numbers[np.minimum(rows, len(self.numbers) - 1)] == numbers
        return held, rows[held]

    def nearest(self, question: Floats, k: int, probes: int, bits: Bits | None) -> Numbers:
        """The rows of about the ``k`` nearest passages in ``probes`` cells; ``bits`` say which rows count."""
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        parameters = faiss.SearchParametersIVF(sel=selector, nprobe=min(probes, self.index.nlist))
        _, rows = self.index.search(question[None, :], k, params=parameters)
        found: Numbers = rows[0][rows[0] >= 0]
        return found


def open_cells(folder: Path, name: str, dimension: int) -> Cells:
    """Open a folder of cells after checking each file against its checksum.

    :raises SegmentDamaged: it can't be used.
    """
    place = folder / name
    manifest = check_cells(folder, name)
    try:
        if manifest["format"] != FORMAT or manifest["dimension"] != dimension:
            raise ValueError(f"format {manifest['format']}, dimension {manifest['dimension']}")
        index = faiss.read_index(str(place / CELLS), faiss.IO_FLAG_MMAP)
        # Threads that read ahead cost more than what they read.
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
        return Cells(name, index, mapped(place / NUMBERS), int(manifest["learned_for"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise SegmentDamaged(f"cells {place}: {error}") from error


def check_cells(folder: Path, name: str) -> dict[str, Any]:
    """Hold each file of a folder of cells against its checksum; what its manifest says.

    :raises SegmentDamaged: one differs, or is not there.
    """
    place = folder / name
    try:
        manifest: dict[str, Any] = json.loads((place / MANIFEST).read_bytes())
        if manifest["files"] != {f: checksum(place / f) for f in FILES}:
            raise ValueError("a file differs from its checksum")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SegmentDamaged(f"cells {place}: {error}") from error
    return manifest

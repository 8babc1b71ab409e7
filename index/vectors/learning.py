"""How cells come to be, in a process of its own: their centres are learned, and each passage goes to the nearest."""

import json
import math
import shutil
from pathlib import Path

import faiss
import numpy as np

from index.durable import make_folder, sync_folder, write_durably
from index.vectors.cells import CELLS, FILES, FORMAT, MANIFEST, NUMBERS, Cells
from index.vectors.held import Vectors
from index.vectors.segments import Numbers, checksum, save

# So many centres, as multiples of the root of how many passages there are; how many passages each is learned from.
CENTRES, LEARNED_FROM, ROUNDS = 4, 40, 10
# Centres are learned anew for so many times the passages that they were learned for.
OUTGROWN = 3
# Cells are filled anew where such a share of their passages lives no longer.
DEAD = 0.2
ADDED = 16_384


def write_cells(folder: Path, name: str, vectors: Vectors, before: Cells | None = None) -> None:
    """Put the live passages of some vectors into cells, there whole or not at all.

    ``before`` lends its centres, and what is in its cells, where that is still good.
    """
    numbers = vectors.numbers()
    building = folder / f"{name}.building"
    shutil.rmtree(building, ignore_errors=True)
    make_folder(folder)
    building.mkdir()
    if before is None or len(numbers) >= OUTGROWN * before.learned_for:
        index, held, learned_for = _learned(vectors, numbers), numbers[:0], len(numbers)
    else:
        index, held = _taken_over(folder / before.name / CELLS, before, numbers)
        learned_for = before.learned_for
    new = np.setdiff1d(numbers, held, assume_unique=True)
    for at in range(0, len(new), ADDED):
        some = new[at : at + ADDED]
        index.add_with_ids(vectors.passages(some), np.arange(at, at + len(some)) + len(held))
    save(index, building / CELLS)
    np.save(building / NUMBERS, np.concatenate([held, new]))
    manifest = {"format": FORMAT, "dimension": index.d, "learned_for": learned_for}
    manifest |= {"files": {f: checksum(building / f) for f in FILES}}
    write_durably(building / MANIFEST, json.dumps(manifest).encode(), beside=[building / f for f in FILES])
    building.rename(folder / name)
    sync_folder(folder)


def _learned(vectors: Vectors, numbers: Numbers) -> faiss.IndexIVF:
    """Cells with nothing in them: their centres by spherical k-means (Dhillon and Modha, 2001) over some passages."""
    centres = max(1, min(int(CENTRES * math.sqrt(len(numbers))), len(numbers) // LEARNED_FROM))
    some = np.random.default_rng(0).choice(numbers, min(len(numbers), centres * LEARNED_FROM), replace=False)
    sample = vectors.passages(np.sort(some))
    dimension = sample.shape[1]
    quantizer = faiss.IndexFlatIP(dimension)
    codes = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(quantizer, dimension, centres, codes, faiss.METRIC_INNER_PRODUCT, False)
    index.cp.niter, index.cp.min_points_per_centroid = ROUNDS, 1
    index.train(sample)
    return index


def _taken_over(path: Path, before: Cells, numbers: Numbers) -> tuple[faiss.IndexIVF, Numbers]:
    """Cells as they were, with the passages in them; empty where too many went or newer ones have lower numbers."""
    index, held = faiss.read_index(str(path)), np.asarray(before.numbers)
    new = np.setdiff1d(numbers, held, assume_unique=True)
    dead = len(held) + len(new) - len(numbers)
    if dead <= DEAD * len(numbers) and (not len(new) or new[0] > held[-1]):
        return index, held
    index.reset()
    return index, held[:0]

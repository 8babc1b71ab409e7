"""Vectors, and only here FAISS: segments on disk that never change, cells that make a search among many short."""

from index.vectors.cells import Cells, check_cells, open_cells
from index.vectors.held import Vectors
from index.vectors.learning import write_cells
from index.vectors.segments import (
    Floats,
    Mask,
    Numbers,
    Row,
    Segment,
    SegmentDamaged,
    Stretches,
    check_segment,
    open_segment,
)
from index.vectors.writing import FANOUT, to_join, write_segment

__all__ = [
    "FANOUT",
    "Cells",
    "Floats",
    "Mask",
    "Numbers",
    "Row",
    "Segment",
    "SegmentDamaged",
    "Stretches",
    "Vectors",
    "check_cells",
    "check_segment",
    "open_cells",
    "open_segment",
    "to_join",
    "write_cells",
    "write_segment",
]

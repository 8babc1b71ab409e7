"""What of one state of the store is found by cells: the live passages in them, and what lies beyond."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from index.vectors.cells import Bits, Cells
from index.vectors.segments import Floats, Mask, Numbers, Segment

# How many cells a search looks into, and how many of the passages found there are measured again.
PROBES, MEASURED_AGAIN = 128, 256
# So few passages are all measured: cells would hold hardly any of them.
FEW = 2048


@dataclass(frozen=True)
class Reach:
    """``live`` are the rows of the cells whose passages live; ``beyond``, by segment, its rows that are in no cell.

    The latter is None for a segment all of whose passages are in cells.
    """

    cells: Cells
    live: Mask
    beyond: Mapping[str, Mask | None]

    @classmethod
    def of(cls, cells: Cells, pairs: Sequence[tuple[Segment, Mask]], known: "Reach | None", gone: Numbers) -> "Reach":
        """The reach of cells over these segments; ``known`` is an earlier state's, of which some passages are gone."""
        if known is None or known.cells is not cells:
            known = cls(cells, np.zeros(len(cells.numbers), bool), {})
        live, beyond = known.without(gone).live.copy(), dict[str, Mask | None]()
        for segment, alive in pairs:
            if segment.name in known.beyond:
                beyond[segment.name] = known.beyond[segment.name]
            else:
                held, rows = cells.rows_of(segment.numbers)
                live[rows] = alive[held]
                beyond[segment.name] = None if held.all() else ~held
                if held.all():
                    segment.look_up_singly()
        return cls(cells, live, beyond)

    def without(self, numbers: Numbers) -> "Reach":
        """The same but for these passages."""
        live = self.live.copy()
        live[self.cells.rows_of(numbers)[1]] = False
        return replace(self, live=live)

    def count_beyond(self) -> int:
        """How many passages are in no cell, dead ones included."""
        return sum(int(np.count_nonzero(mask)) for mask in self.beyond.values() if mask is not None)

    def candidates(self, question: Floats, k: int, allowed: Numbers | None) -> Numbers:
        """The numbers of passages in cells among which are the ``k`` nearest, in nearly all cases, ascending.

        So few as are hardly met in cells are all of them candidates.
        """
        if allowed is None:
            bits, probes = self._bits, PROBES
        else:
            mask = self.live & self._among(allowed)
            count = int(np.count_nonzero(mask))
            if count <= max(FEW, k):
                return np.asarray(self.cells.numbers[mask])
            # As many of those allowed as without a filter.
            bits, probes = np.packbits(mask, bitorder="little"), math.ceil(PROBES * len(mask) / count)
        rows = self.cells.nearest(question, max(MEASURED_AGAIN, 4 * k), probes, bits)
        return np.sort(self.cells.numbers[rows])

    @cached_property
    def _bits(self) -> Bits | None:
        return None if self.live.all() else np.packbits(self.live, bitorder="little")

    def _among(self, allowed: Numbers) -> Mask:
        """Which rows are some of these passages, ascending. By a flag for each number: it takes no search."""
        numbers = self.cells.numbers
        first, end = np.searchsorted(allowed, [numbers[0], numbers[-1] + 1])
        flags = np.zeros(int(numbers[-1] - numbers[0]) + 1, bool)
        flags[allowed[first:end] - numbers[0]] = True
        out: Mask = flags[numbers - numbers[0]]
        return out

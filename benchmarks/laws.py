"""Which law a figure follows over sizes: a power of the size, by least squares over logarithms."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Of a power from there on, a figure grows in proportion; below, it hardly grows; in between, like the root.
IN_PROPORTION, FLAT = 0.85, 0.15


@dataclass(frozen=True)
class Law:
    """A figure is ``at_one`` times the size to the ``power``; ``off`` is by which factor it is missed at most."""

    power: float
    at_one: float
    off: float

    @classmethod
    def of(cls, sizes: Sequence[float], figures: Sequence[float]) -> "Law":
        """The law that positive figures at two or more sizes follow.

        :raises ValueError: there are fewer.
        """
        if len(sizes) < 2 or len(sizes) != len(figures) or min(figures) <= 0:
            raise ValueError("a law needs figures above 0 at two sizes at least")
        x, y = np.log(np.asarray(sizes, np.float64)), np.log(np.asarray(figures, np.float64))
        power, shift = np.polyfit(x, y, 1)
        off = float(np.exp(np.abs(y - (power * x + shift)).max()))
        return cls(float(power), float(np.exp(shift)), off)

    def at(self, size: float) -> float:
        """What it comes to; beyond the sizes that were measured an estimate."""
        return self.at_one * math.pow(size, self.power)

    def __str__(self) -> str:
        kind = "in proportion" if self.power >= IN_PROPORTION else "flat" if abs(self.power) <= FLAT else "in between"
        return f"passages to the {self.power:.2f} ({kind}), within a factor of {self.off:.2f}"


def laws(sizes: Sequence[float], figures: Mapping[str, Sequence[float]]) -> dict[str, Law]:
    """The law of each figure that is above 0 at two sizes at least, by these sizes."""
    found = dict[str, Law]()
    for name, values in figures.items():
        known = [(size, value) for size, value in zip(sizes, values, strict=True) if value > 0]
        if len(known) > 1:
            found[name] = Law.of(*zip(*known, strict=True))
    return found

"""Where the time of a question goes."""

from time import perf_counter


class Laps:
    """A clock that says of each step how many milliseconds it took; of one that is done twice, of both together."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, step: str) -> None:
        """What was done since the last lap was this step."""
        now = perf_counter()
        self.ms[step] = self.ms.get(step, 0.0) + 1e3 * (now - self._last)
        self._last = now

"""Cells for an archive that has outgrown exact search, made beside the questions in a process of their own.

Until they are there, and for what came since they were made, search is exact. They lie in the data folder, in
``cells/``, named by the edition and the write as of which they were made. They are derived: whoever finds them damaged
has them made again. ``python -m index.sorting FOLDER DIMENSION`` makes them, where nobody else does at the moment.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from time import monotonic

from index.durable import keep_only
from index.spool import locked
from index.states import States
from index.store import Snapshot, Store
from index.vectors import Cells, SegmentDamaged, Vectors, open_cells, open_segment, write_cells

CELLS, LOCK = "cells", "making"
TIMEOUT = 30.0
LOOK_EVERY = 1.0
# After a making that failed.
WAIT = 600.0
LEAST_NICE = 19


class Sorting:
    """Keeps the cells of an open data folder as new as they need be, in a thread of its own."""

    def __init__(self, folder: Path, states: Callable[[], tuple[States, int]], exact_until: int) -> None:
        """Archives of fewer than ``exact_until`` passages are searched exactly.

        ``states`` are asked for each time, with the dimension of their vectors: another model may take over.
        """
        self._folder, self._states, self._exact_until = folder, states, exact_until
        self._stop, self._again_at = threading.Event(), 0.0
        self._thread = threading.Thread(target=self._run, name="sorting", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End what is being made; it is begun anew another time."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self.look()
            if self._stop.wait(LOOK_EVERY):
                return

    def look(self) -> None:
        """Take up cells that are newer than those in use, and have some made where they are wanted."""
        states, dimension = self._states()
        self._take_up(states, dimension)
        if states.wants_cells(self._exact_until) and monotonic() >= self._again_at:
            self._again_at = monotonic() + (0 if self._made(dimension) else WAIT)
            self._take_up(states, dimension)

    def _take_up(self, states: States, dimension: int) -> None:
        name = None if states.edition is None else newest(self._folder, states.edition)
        if name is None or (states.cells is not None and states.cells.name >= name):
            return
        try:
            states.use(open_cells(self._folder / CELLS, name, dimension), self._exact_until)
        except SegmentDamaged:
            rmtree(self._folder / CELLS / name, ignore_errors=True)

    def _made(self, dimension: int) -> bool:
        """Whether cells were made, or are by another process."""
        command = [sys.executable, "-m", "index.sorting", str(self._folder), str(dimension)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=_environment()) as process:
            while not self._stop.is_set():
                try:
                    return process.wait(LOOK_EVERY) == 0
                except subprocess.TimeoutExpired:
                    pass
            process.kill()
        return False


def _environment() -> dict[str, str]:
    """So that the process finds this package wherever it was started from."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_WAIT_POLICY": "passive"}


def newest(folder: Path, edition: int) -> str | None:
    """The name of an edition's newest cells."""
    place = folder / CELLS
    names = (path.name for path in place.glob(f"{edition:06d}-*") if path.suffix != ".building")
    return max(names, default=None) if place.is_dir() else None


def make(folder: Path, dimension: int) -> None:
    """Sort the live passages of a data folder into cells; nothing where another process does."""
    with locked(folder / CELLS / LOCK) as is_mine:
        if not is_mine:
            return
        with closing(Store(folder / "store.sqlite", TIMEOUT)) as store, store.reading() as snapshot:
            edition, vectors = snapshot.edition(), _vectors(snapshot, folder, dimension)
            name = f"{edition:06d}-{snapshot.generation():012d}"
        before = newest(folder, edition)
        keep_only(folder / CELLS, {LOCK, before or LOCK})
        if before != name:
            write_cells(folder / CELLS, name, vectors, _opened(folder, before, dimension))
            keep_only(folder / CELLS, {LOCK, name})


def _vectors(snapshot: Snapshot, folder: Path, dimension: int) -> Vectors:
    edition = snapshot.edition()
    live = snapshot.live_numbers(edition)
    segments = [open_segment(folder / "vectors", name, dimension, check=False) for name in snapshot.segments(edition)]
    return Vectors(tuple((segment, segment.among(live)) for segment in segments))


def _opened(folder: Path, name: str | None, dimension: int) -> Cells | None:
    try:
        return open_cells(folder / CELLS, name, dimension) if name else None
    except SegmentDamaged:
        return None


if __name__ == "__main__":
    os.nice(LEAST_NICE)
    make(Path(sys.argv[1]), int(sys.argv[2]))

"""Tries every fault at every call of every operation and prints what became of it.

    $ python -m tests.faults [--only NAME…] [--every N] [--jobs N] [--place DIR]

Ends with 1 where anything was lost, torn, wrong or not mended by the next start.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from tests.faults.registry import OPERATIONS
from tests.faults.supervised import KINDS, is_possible
from tests.faults.trying import FAULTS, TWICE, WRITES, Case, Outcome, calls_of, cases, filled, powerless, sampled, tried

# Free bytes on a disk of its own: page by page where it matters most, then in larger steps.
LEVELS = [*range(0, 200_000, 4096), *range(200_000, 2_000_000, 50_000)]
SHARE = 40
# One case in so many or more: one process tries what there is of an operation.
SAMPLED = 100
# By what it was struck; of a loss of power, one column for whatever was on the disk then.
COLUMNS = (*FAULTS, TWICE, "power")


def main() -> None:
    options = _options()
    if why := is_possible():
        sys.exit(f"faults: skipped, {why}")
    with tempfile.TemporaryDirectory(dir=options.place) as folder:
        outcomes = [*_outcomes(options, Path(folder))]
    print(table(outcomes))
    sys.exit(any(one.wrong for one in outcomes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--only", nargs="*", choices=[*OPERATIONS], default=[*OPERATIONS])
    parser.add_argument("--every", type=int, default=1, help="one case in so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    memory = Path("/dev/shm")
    parser.add_argument("--place", type=Path, default=memory if memory.is_dir() else None)
    return parser.parse_args()


def _outcomes(options: argparse.Namespace, folder: Path) -> Iterator[Outcome]:
    # Each process is begun anew: whoever forks must have no threads.
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        one_by_one = options.every < SAMPLED
        sample = partial(sampled, folder=folder, every=options.every, levels=_levels(options.every))
        several = iter(()) if one_by_one else pool.map(sample, options.only)
        for name in options.only:
            since = time.monotonic()
            done = [*_of_one(pool, name, options, folder)] if one_by_one else next(several)
            for one in done:
                if one.wrong:
                    print(f"{one.case}\n  at {one.call}\n  {one.wrong}", file=sys.stderr, flush=True)
            said = f"{name}: {len(done)} cases, {sum(one.wrong is not None for one in done)} failures"
            print(f"{said}, {time.monotonic() - since:.0f} s", file=sys.stderr, flush=True)
            yield from done


def _of_one(pool: ProcessPoolExecutor, name: str, options: argparse.Namespace, folder: Path) -> Iterator[Outcome]:
    """All cases of an operation, in shares."""
    calls = pool.submit(calls_of, name, folder).result()
    wanted = cases(name, calls, options.every)
    shares = [wanted[i : i + SHARE] for i in range(0, len(wanted), SHARE)]
    levels = _levels(options.every)
    of_levels = [levels[i : i + SHARE] for i in range(0, len(levels), SHARE)]
    of_power = [(n, options.jobs) for n in range(options.jobs)]
    yield from chain.from_iterable(pool.map(partial(tried, name, folder), shares))
    yield from chain.from_iterable(pool.map(partial(powerless, name, folder, options.every), of_power))
    yield from chain.from_iterable(pool.map(partial(filled, name, folder), of_levels))


def _levels(every: int) -> list[int]:
    return LEVELS[:: max(1, every // 5)] if os.geteuid() == 0 else []  # only root may mount


def table(outcomes: list[Outcome]) -> str:
    """A row an operation and kind of call, a column a fault: at how many calls it came; and the failures."""
    struck = Counter(_place(o.case) for o in outcomes if o.call)
    wrong = Counter(_place(o.case) for o in outcomes if o.wrong)
    lines = [["operation", "call", *COLUMNS, "failures"]]
    for name in dict.fromkeys(o.case.operation for o in outcomes):
        for kind in (*KINDS, "disk", "power"):
            rows = [struck[name, kind, column] for column in COLUMNS]
            bad = sum(wrong[name, kind, column] for column in COLUMNS)
            if any(rows) or bad:
                lines.append([name, kind, *(_cell(n, kind, c) for n, c in zip(rows, COLUMNS, strict=True)), str(bad)])
    totals = [str(sum(n for k, n in struck.items() if k[2] == column)) for column in COLUMNS]
    lines.append(["all", "", *totals, str(wrong.total())])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def _place(case: Case) -> tuple[str, str, str]:
    return case.operation, case.kind, "power" if case.kind == "power" else case.fault


def _cell(cases: int, kind: str, column: str) -> str:
    """How many, or that this was not tried of such calls."""
    tried = {"disk": ("ENOSPC",), "power": ("power",), "write": (*FAULTS, TWICE)}
    usual = [fault for fault in (*FAULTS, TWICE) if fault not in WRITES]
    return str(cases) if column in tried.get(kind, usual) else "-"


if __name__ == "__main__":
    main()

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
from multiprocessing import get_context
from pathlib import Path

from tests.faults.operations import OPERATIONS
from tests.faults.supervised import KINDS, is_possible
from tests.faults.trying import FAULTS, WRITES, Outcome, calls_of, cases, filled, tried

# Free bytes on a disk of its own: page by page where it matters most, then in larger steps.
LEVELS = [*range(0, 200_000, 4096), *range(200_000, 2_000_000, 50_000)]
SHARE = 40


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
        for name in options.only:
            since = time.monotonic()
            calls = pool.submit(calls_of, name, folder).result()
            wanted = cases(name, calls, options.every)
            shares = [wanted[i : i + SHARE] for i in range(0, len(wanted), SHARE)]
            done = [o for some in pool.map(partial(tried, name, folder), shares) for o in some]
            done += [o for some in pool.map(partial(filled, name, folder), _levels(options.every)) for o in some]
            for one in done:
                if one.wrong:
                    print(f"{one.case}\n  at {one.call}\n  {one.wrong}", file=sys.stderr, flush=True)
            said = f"{name}: {len(done)} cases, {sum(one.wrong is not None for one in done)} failures"
            print(f"{said}, {time.monotonic() - since:.0f} s", file=sys.stderr, flush=True)
            yield from done


def _levels(every: int) -> list[list[int]]:
    levels = LEVELS[:: max(1, every // 5)] if os.geteuid() == 0 else []  # only root may mount
    return [levels[i : i + SHARE] for i in range(0, len(levels), SHARE)]


def table(outcomes: list[Outcome]) -> str:
    """A row an operation and kind of call, a column a fault: at how many calls it came; and the failures."""
    struck = Counter((o.case.operation, o.case.kind, o.case.fault) for o in outcomes if o.call)
    wrong = Counter((o.case.operation, o.case.kind, o.case.fault) for o in outcomes if o.wrong)
    lines = [["operation", "call", *FAULTS, "failures"]]
    for name in dict.fromkeys(o.case.operation for o in outcomes):
        for kind in (*KINDS, "disk"):
            rows = [struck[name, kind, fault] for fault in FAULTS]
            bad = sum(wrong[name, kind, fault] for fault in FAULTS)
            if any(rows) or bad:
                lines.append([name, kind, *(_cell(n, kind, f) for n, f in zip(rows, FAULTS, strict=True)), str(bad)])
    lines.append(
        ["all", "", *(str(sum(n for k, n in struck.items() if k[2] == f)) for f in FAULTS), str(wrong.total())]
    )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def _cell(cases: int, kind: str, fault: str) -> str:
    tried = kind == "write" or (fault not in WRITES and kind != "disk") or (kind == "disk" and fault == "ENOSPC")
    return str(cases) if tried else "-"


if __name__ == "__main__":
    main()

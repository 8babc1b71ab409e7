"""Which sentences pass for supported: those of a language model, and quotes in which one thing is altered?

    python benchmarks/support.py [--show]

``benchmarks/data/support.jsonl`` has a claim a line: 215 sentences that SmolLM2-135M-Instruct wrote about passages of
the seeds, labelled by hand as supported or not by the passages that it was given, and 200 sentences of the seeds in
which one number, name, date or negation was altered. ``cited`` are those passages: article, start and end. The half
"seen" is what the rules were made on; the half "unseen" was labelled before it was checked. ``--show`` prints what
comes out wrong.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from index.dates import parse
from index.discovery import find
from index.readers import Limits, read
from index.records import Article, Rejection
from index.support import Told, held

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).parent / "data" / "support.jsonl"


class Line(NamedTuple):
    """A labelled claim; ``made`` is "written" by a model, or the kind of an alteration."""

    claim: str
    cited: tuple[tuple[str, int, int], ...]
    supported: bool
    made: str
    half: str


class Row(NamedTuple):
    name: str
    lines: list[Line]

    def told(self) -> str:
        out = Counter((line.supported, passes(line)) for line in self.lines)
        wrong, right = _share(out[False, True], out[False, False]), _share(out[True, True], out[True, False])
        return f"{self.name:<28} of the unsupported get out {wrong:<18} of the supported {right}"


def _share(some: int, others: int) -> str:
    all = some + others
    return f"{some}/{all} ({some / all:.3f})" if all else "-"


def lines() -> list[Line]:
    rows = [json.loads(row) for row in DATA.read_text(encoding="utf-8").splitlines()]
    return [Line(**row | {"cited": tuple(tuple(one) for one in row["cited"])}) for row in rows]


@cache
def seeds() -> dict[str, Article]:
    files = [file for file in find([ROOT / "seeds"]) if not isinstance(file, Rejection)]
    found = [article for file in files for article in read(file, Limits())]
    return {article.id: article for article in found if isinstance(article, Article)}


@cache
def told(id: str, start: int, end: int) -> Told:
    article = seeds()[id]
    return Told(article.text[start:end], article.title, parse(article.published_at) if article.published_at else None)


@cache
def passes(line: Line) -> bool:
    found = held(line.claim, [told(*one) for one in line.cited])
    return found is not None and found.supported


def rows(all: list[Line]) -> Iterator[Row]:
    for half in ("seen", "unseen"):
        own = [line for line in all if line.half == half]
        yield Row(f"{half}: written by the model", [line for line in own if line.made == "written"])
        yield Row(f"{half}: altered quotes", [line for line in own if line.made != "written"])
        yield Row(f"{half}: all", own)
    for made in ("number", "name", "date", "negation"):
        yield Row(f"altered: {made}", [line for line in all if line.made == made])
    yield Row("written by the model", [line for line in all if line.made == "written"])
    yield Row("all", all)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="print what comes out wrong")
    show = parser.parse_args().show
    all = lines()
    for row in rows(all):
        print(row.told())
    for line in all if show else []:
        if passes(line) != line.supported:
            found = held(line.claim, [told(*one) for one in line.cited])
            print("HELD BACK" if line.supported else "GETS OUT ", line.claim, found.faults if found else "")


if __name__ == "__main__":
    main()

"""Makes index/calibration.json from questions known to have an answer or none, and shows what the confidence is worth.

    python benchmarks/calibration.py DATA [--indexes DIR] [--dry-run]

DATA holds a folder a set. Each set's questions are asked of its own archive; its unanswerable ones are what they are,
and questions of the other sets are far from it. All is done twice, without the reader and with it. Each figure stands
twice: with coefficients fitted on all sets, which are those shipped, and with coefficients fitted without the set
itself. ``--indexes`` keeps the archives for next time.
"""

import argparse
import json
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from index.discovery import find
from index.embedding import Encoder, open_encoder
from index.folder import Index
from index.ingest import ingest
from index.reader.shipped import shipped_reader
from index.readers import Limits
from index.rebuild import open_index
from index.search import Effort, Question, search
from index.vectors import Floats
from index.verdict import Calibration, Line, ReadSignals, Signals, as_text, confidence, fitted
from service.metrics import auroc

HERE = Path(__file__).resolve().parent.parent
# Where a set's questions are, and its archive: near misses are asked of the seeds, and belong to them.
QUESTIONS = {
    "seeds": "seeds/questions",
    "near": "seeds/near",
    "multihop": "multihop/questions",
    "squad": "squad/questions",
}
ARCHIVES = {"seeds": "seeds", "near": "seeds", "multihop": "multihop", "squad": "squad"}
# Sets of near misses alone are not what people ask: they have a small say in how steep the confidence is, a larger one
# where a reader can tell them.
NEAR_MISSES = {"near", "squad"}
SAY: dict[Effort, float] = {"fast": 0.02, "careful": 0.05}
# Two of three questions are taken to have an answer; of the others, four of five are far from the archive. These two
# and what a set says were chosen by the figures that this prints, which are the better for it.
ANSWERED, FAR = 0.65, 0.8
FAR_QUESTIONS = 40
TRUST = 0.00001
MOST = 450
SEED = 5
# A calibration must not hang on how fast the machine is that makes it.
UNBOUNDED = 1e9  # seconds


class Case(NamedTuple):
    """A question asked: is it answerable, is it another archive's, and what was found without and with a reader."""

    answerable: bool
    far: bool
    fast: Signals
    careful: Signals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--indexes", type=Path, help="where the archives' indexes are, or are kept")
    parser.add_argument("--dry-run", action="store_true", help="show the figures, write nothing")
    args = parser.parse_args()
    with TemporaryDirectory() as temporary:
        cases = all_cases(args.data, args.indexes or Path(temporary), open_encoder())
    shipped = fit(cases, list(cases))
    efforts: tuple[Effort, ...] = ("fast", "careful")
    for effort in efforts:
        for name in cases:
            others = [other for other in cases if ARCHIVES[other] != ARCHIVES[name]]
            fitted_on_all, without = (figures(cases[name], by, effort) for by in (shipped, fit(cases, others)))
            print(f"{effort:8} {name:9} all {fitted_on_all} | without it {without}")
    print(shipped)
    if not args.dry_run:
        (HERE / "index" / "calibration.json").write_text(as_text(shipped, made_by="benchmarks/calibration.py"))


def all_cases(data: Path, indexes: Path, encoder: Encoder) -> dict[str, list[Case]]:
    asked = {name: read(data / f"{file}.jsonl") for name, file in QUESTIONS.items()}
    found = {}
    for name in QUESTIONS:
        articles = HERE / "seeds" if ARCHIVES[name] == "seeds" else data / name / "articles.jsonl"
        with closing(open_index(indexes / ARCHIVES[name], encoder)) as index:
            ingest(index, find([articles]), Limits())
            index.reader = shipped_reader(UNBOUNDED)
            found[name] = [*own(index, asked[name]), *(far(index, asked, name) if name != "near" else ())]
    return found


def read(file: Path) -> list[tuple[str, bool]]:
    """Questions and whether they have an answer, at most so many of either kind, evenly spread."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    kinds = [[row for row in rows if row["answerable"] is kind] for kind in (True, False)]
    return [(row["question"], row["answerable"]) for kind in kinds for row in kind[:: 1 + len(kind) // MOST]]


def own(index: Index, questions: Sequence[tuple[str, bool]]) -> Iterator[Case]:
    for text, answerable in questions:
        fast = search(index, Question(text, effort="fast")).signals
        careful = search(index, Question(text, effort="careful")).signals
        if fast is not None and careful is not None:
            yield Case(answerable, False, fast, careful)


def far(index: Index, asked: dict[str, list[tuple[str, bool]]], name: str) -> Iterator[Case]:
    for other, questions in asked.items():
        if ARCHIVES[other] != ARCHIVES[name]:
            texts = [text for text, answerable in questions if answerable]
            chosen = random.Random(SEED).sample(texts, min(FAR_QUESTIONS, len(texts)))
            yield from (case._replace(far=True) for case in own(index, [(text, False) for text in chosen]))


def fit(cases: dict[str, list[Case]], names: Sequence[str]) -> Calibration:
    read = {name: [case for case in cases[name] if isinstance(case.careful, ReadSignals)] for name in names}
    return Calibration(
        fast=line({name: cases[name] for name in names}, "fast", Signals), careful=line(read, "careful", ReadSignals)
    )


def line(cases: dict[str, list[Case]], effort: Effort, kind: type[Signals]) -> Line:
    rows = [case for those in cases.values() for case in those]
    values = np.array([astuple(getattr(case, effort)) for case in rows], np.float32)
    middle, spread = values.mean(axis=0), values.std(axis=0)
    shares = np.concatenate(
        [(SAY[effort] if name in NEAR_MISSES else 1.0) * weights(those) for name, those in cases.items() if those]
    )
    answers = [case.answerable for case in rows]
    nothing = np.zeros(values.shape[1], np.float32)
    slopes, offset = fitted((values - middle) / spread, answers, shares, nothing, 2 * TRUST)
    slopes = slopes / spread
    told = [round(float(slope), 3) for slope in slopes]
    return Line(kind(*told), round(offset - float(slopes @ middle), 3))


def weights(cases: Sequence[Case]) -> Floats:
    """How much each question counts: each kind as often as people are taken to ask it, whatever the set has of it."""
    kinds = np.array([0 if case.answerable else 1 + case.far for case in cases])
    wanted = np.array([ANSWERED, (1 - ANSWERED) * (1 - FAR), (1 - ANSWERED) * FAR])
    counts = np.bincount(kinds, minlength=3)
    there = counts > 0
    wanted[1:] *= (1 - ANSWERED) / wanted[1:][there[1:]].sum()
    shares: Floats = (wanted[kinds] / counts[kinds]).astype(np.float32)
    return shares


def figures(cases: Sequence[Case], calibration: Calibration, effort: Effort) -> str:
    asked = [case for case in cases if not case.far]
    yes = [confidence(getattr(case, effort), calibration) for case in asked if case.answerable]
    no = [confidence(getattr(case, effort), calibration) for case in asked if not case.answerable]
    said, kept = np.mean(np.array(yes) >= 0.5), np.mean(np.array(no) < 0.5)
    return (
        f"auroc {auroc(yes, no) or 0:.3f} answers {said:.2f} abstains {kept:.2f} calibration error {error(yes, no):.3f}"
    )


def error(yes: Sequence[float], no: Sequence[float], bins: int = 10) -> float:
    """Expected calibration error, each bin's mean confidence against its share of answerable questions."""
    chances, right = np.array([*yes, *no]), np.array([1] * len(yes) + [0] * len(no))
    places = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs(float((chances - right)[places == place].sum())) for place in range(bins)]
    return sum(gaps) / len(chances)


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()

"""What the reader reads right: answers in a few words, and whether there is one.

``python benchmarks/reading.py DATA [--model FILE] [--examples FILE] [--limit N]`` gives the reader each question of
DATA's squad with the paragraph that it was written for, and prints how often its words are an annotator's, how much
they have in common, and how well "answers" tells questions with an answer from near misses. With ``--examples``, what
``training.mining`` wrote, the same of the part that training held aside, whose near misses are made up. Other models
than the shipped one can be compared with it by their files.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter
from typing import Any, NamedTuple

from index.reader.reading import Reader, Told
from index.reader.shipped import OnnxReader, embedders_tokenizer, shipped_reader
from service.metrics import auroc, exact, f1

UNBOUNDED = 1e9  # seconds
SEED = 5


class Case(NamedTuple):
    """A question with a passage, and the answers of its annotators: none where the passage has none."""

    question: str
    told: Told
    answers: tuple[str, ...]


def main() -> None:
    arguments = _arguments()
    reader = (
        OnnxReader(arguments.model, embedders_tokenizer(), UNBOUNDED) if arguments.model else shipped_reader(UNBOUNDED)
    )
    cases = {"squad": list(squad(arguments.data / "squad"))}
    if arguments.examples:
        cases |= held_aside(arguments.examples)
    for name, those in cases.items():
        step = max(1, len(those) // arguments.limit) if arguments.limit else 1
        print(f"{name:24} {figures(reader, those[::step])}", flush=True)


def figures(reader: Reader, cases: Sequence[Case]) -> str:
    """Span F1, exact match and AUROC of "answers", and the median time of a reading."""
    spent, shared, same = [], [], []
    sure: dict[bool, list[float]] = {True: [], False: []}
    for case in cases:
        began = perf_counter()
        [extract] = reader.read(case.question, [case.told])
        spent.append(1e3 * (perf_counter() - began))
        said = extract.span.of(case.told.text) if extract.span else ""
        sure[bool(case.answers)].append(extract.answers)
        if case.answers:
            shared.append(max(f1(said, answer) for answer in case.answers))
            same.append(any(exact(said, answer) for answer in case.answers))
    told_apart = auroc(sure[True], sure[False])
    return (
        f"{len(cases)} questions: span f1 {mean(shared):.3f}, exact match {mean(same):.3f}, "
        f"auroc {f'{told_apart:.3f}' if told_apart is not None else '-'}, {median(spent):.1f} ms a passage"
    )


def squad(folder: Path) -> Iterator[Case]:
    articles = {article["id"]: article for article in _lines(folder / "articles.jsonl")}
    for row in _lines(folder / "questions.jsonl"):
        place, article = row["paragraph"], articles[row["paragraph"]["article"]]
        told = Told(article["title"], article["text"][place["start"] : place["end"]], ())
        yield Case(row["question"], told, tuple(piece["quote"] for piece in row["evidence"]))


def held_aside(file: Path) -> dict[str, list[Case]]:
    """For each set: questions with a passage that answers and with one that search ranks high and does not answer;
    and a near miss beside each, where one can be made."""
    from training.examples import load, pool
    from training.near_misses import near_misses

    learned, held = load(file)
    names, random = pool(learned), Random(SEED)
    cases: dict[str, list[Case]] = {}
    for example in held:
        right = Told(*example.passage, ())
        rows = [Case(example.question, right, example.said)]
        rows += [Case(example.question, Told(*negative, ()), ()) for negative in example.negatives[:1]]
        cases.setdefault(f"{example.domain}, search's", []).extend(rows)
        made = near_misses(example.question, example.passage[1], example.said, names, random)
        near = [Case(random.choice(made).question, right, ())] if made else []
        cases.setdefault(f"{example.domain}, made up", []).extend([rows[0], *near])
    return cases


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds the sets")
    parser.add_argument("--model", type=Path, help="another ONNX file than the shipped one")
    parser.add_argument("--examples", type=Path, help="what training.mining wrote, for the part that was held aside")
    parser.add_argument("--limit", type=int, default=0, help="ask only some N of each set, evenly spread")
    return parser.parse_args()


if __name__ == "__main__":
    main()

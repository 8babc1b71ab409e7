"""What does each signal earn?

``python benchmarks/quality.py DATA [--limit N] [--keep DIR] [SET ...]`` takes each set of DATA in (``squad/``,
``multihop/``, ``chunking/``, and ``seeds/``, whose articles are this repository's own), asks its questions, and prints
the figures with every signal, with each one off in turn, and without a reader.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from itertools import islice
from pathlib import Path
from time import perf_counter

from index import discovery, readers
from index.candidates import RECIPE, Recipe
from index.embedding import open_encoder
from index.folder import Index
from index.ingest import ingest
from index.reader.shipped import shipped_reader
from index.rebuild import open_index
from index.search import Effort, Found, search
from index.search import Question as Asked
from service.evaluate import Question, grouped, read, words
from service.metrics import DEPTH, Figures, Place, Result, figures

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
QUESTIONS = {
    "seeds": ("seeds/questions.jsonl", "seeds/near.jsonl"),
    "squad": ("squad/questions.jsonl",),
    "multihop": ("multihop/questions.jsonl",),
    "chunking": ("chunking/questions.jsonl",),
}
SHOWN = {
    "hit@1": "hit@1",
    "hit@3": "hit@3",
    "hit@5": "hit@5",
    f"all-evidence recall@{DEPTH}": "recall",
    f"complete@{DEPTH}": "complete",
    "top highlight has the evidence": "highlight",
    "highlight iou": "iou",
    "short answer f1": "short f1",
    "abstention auroc": "auroc",
    "says answerable when it is": "says",
    "abstains when it is not": "abstains",
    "calibration error": "calib.",
    "first passage length": "length",
}
# Of the signals, those that only a reader gives; the others are told from each other without it.
READING = {"answers", "spans", "marks", "sure", "seams"}
THRESHOLD = 0.5
UNBOUNDED = 1e9  # seconds


def main() -> None:
    arguments = _arguments()
    encoder = open_encoder()
    with tempfile.TemporaryDirectory() as temporary:
        for name in arguments.sets or QUESTIONS:
            folder = (arguments.keep or Path(temporary)) / name
            with closing(open_index(folder, encoder)) as index:
                ingest(
                    index,
                    discovery.find([SEEDS if name == "seeds" else arguments.data / name / "articles.jsonl"]),
                    readers.Limits(),
                )
                index.reader = shipped_reader(UNBOUNDED)
                for file in QUESTIONS[name]:
                    questions = read(arguments.data / file)
                    step = max(1, len(questions) // arguments.limit) if arguments.limit else 1
                    _table(index, file, questions[::step], everything=not arguments.plain)


def _table(index: Index, file: str, questions: list[Question], *, everything: bool) -> None:
    print(
        f"\n{file}: {len(questions)} questions\n{'':16}" + "".join(f"{title:>10}" for title in SHOWN.values()),
        flush=True,
    )
    for name, recipe, effort in islice(_rows(), None if everything else 2):
        began = perf_counter()
        found = figures([_result(index, question, recipe, effort) for question in questions])
        took = 1e3 * (perf_counter() - began) / len(questions)
        print(f"{name:16}" + "".join(map(_cell, _shown(found))) + f"  {took:.1f} ms", flush=True)


def _rows() -> Iterator[tuple[str, Recipe, Effort]]:
    """With the reader and without, then each signal off: a reader's among those of reading, the others without it."""
    yield "careful", RECIPE, "careful"
    yield "fast", RECIPE, "fast"
    for signal in sorted(fields(Recipe), key=lambda signal: signal.name not in READING):
        without = replace(RECIPE, **{signal.name: type(getattr(RECIPE, signal.name))(0)})
        yield f"- {signal.name}", without, "careful" if signal.name in READING else "fast"


def _result(index: Index, question: Question, recipe: Recipe, effort: Effort) -> Result:
    found = search(index, Asked(question.question, top_k=DEPTH, effort=effort), recipe)
    groups = grouped(question, index.article)
    return Result(
        question=question.question,
        groups=groups,
        any_of=question.any_of,
        passages=tuple(Place(hit.article.id, hit.passage.span) for hit in found.hits),
        highlights=_highlights(found),
        answerable=found.confidence >= THRESHOLD,
        confidence=found.confidence,
        short=_short(found) if found.confidence >= THRESHOLD else None,
        said=words(groups, index.article),
    )


def _short(found: Found) -> str | None:
    return found.short.sentence.of(found.hits[found.short.hit].article.text) if found.short else None


def _highlights(found: Found) -> tuple[tuple[Place, ...], ...]:
    return tuple(tuple(Place(hit.article.id, span) for span in hit.highlights) for hit in found.hits)


def _shown(found: Figures) -> Iterator[float | int | None]:
    yield from (found.get(name) for name in SHOWN)


def _cell(value: float | None) -> str:
    return f"{'-' if value is None else f'{value:.3f}' if value < 10 else f'{value:.0f}':>10}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds the sets")
    parser.add_argument("sets", nargs="*", choices=[*QUESTIONS, []], help="only these sets")
    parser.add_argument("--limit", type=int, default=0, help="ask only some N of each file, evenly spread")
    parser.add_argument("--keep", type=Path, help="keep the data folders here, for another run")
    parser.add_argument("--plain", action="store_true", help="with every signal only")
    return parser.parse_args()


if __name__ == "__main__":
    main()

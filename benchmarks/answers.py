"""What does each rule of the quoted answer earn, and what does it cost?

``python benchmarks/answers.py DATA [--limit N] [SET ...]`` takes each set of DATA in, asks its questions, and prints
how many answerable ones get a sentence that holds their evidence, how long answers are, the few words' F1, and the
median time of finding, with every rule, with each one off in turn, and without a reader.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median
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
from service.metrics import DEPTH, Place, f1

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
QUESTIONS = {
    "seeds": ("seeds/questions.jsonl", "seeds/near.jsonl"),
    "squad": ("squad/questions.jsonl",),
    "multihop": ("multihop/questions.jsonl",),
    "chunking": ("chunking/questions.jsonl",),
}
THRESHOLD = 0.5
UNBOUNDED = 1e9  # seconds
RULES = ("several", "referents")


@dataclass(frozen=True)
class Answered:
    """``holds`` is None for what has no answer, ``sentences`` and ``characters`` for what was not answered."""

    holds: bool | None
    sentences: int | None
    characters: int | None
    shared: float
    took: float


def main() -> None:
    arguments = _arguments()
    encoder = open_encoder()
    for name in arguments.sets or QUESTIONS:
        with tempfile.TemporaryDirectory() as folder, closing(open_index(Path(folder), encoder)) as index:
            source = SEEDS if name == "seeds" else arguments.data / name / "articles.jsonl"
            ingest(index, discovery.find([source]), readers.Limits())
            index.reader = shipped_reader(UNBOUNDED)
            for file in QUESTIONS[name]:
                questions = read(arguments.data / file)
                step = max(1, len(questions) // arguments.limit) if arguments.limit else 1
                _table(index, file, questions[::step])


def _table(index: Index, file: str, questions: list[Question]) -> None:
    titles = "holds", "sentences", "characters", "short f1", "ms"
    print(f"\n{file}: {len(questions)} questions\n{'':16}" + "".join(f"{title:>12}" for title in titles), flush=True)
    for name, recipe, effort in _rows():
        print(
            f"{name:16}" + "".join(f"{value:>12.3f}" for value in _figures(index, questions, recipe, effort)),
            flush=True,
        )


def _rows() -> Iterator[tuple[str, Recipe, Effort]]:
    yield "all", RECIPE, "careful"
    yield "fast", RECIPE, "fast"
    for rule in RULES:
        yield f"- {rule}", replace(RECIPE, **{rule: False}), "careful"


def _figures(index: Index, questions: list[Question], recipe: Recipe, effort: Effort) -> Iterator[float]:
    results = [_answered(index, question, recipe, effort) for question in questions]
    asked = [one for one in results if one.holds is not None]
    yield mean(bool(one.holds) for one in asked)
    yield mean(one.sentences for one in results if one.sentences is not None)
    yield mean(one.characters for one in results if one.characters is not None)
    yield mean(one.shared for one in asked)
    yield 1e3 * median(one.took for one in results)


def _answered(index: Index, question: Question, recipe: Recipe, effort: Effort) -> Answered:
    began = perf_counter()
    found = search(index, Asked(question.question, top_k=DEPTH, effort=effort), recipe)
    took = perf_counter() - began
    groups = grouped(question, index.article)
    is_answered = found.confidence >= THRESHOLD
    quoted = [Place(found.hits[one.hit].article.id, one.sentence) for one in found.statements] if is_answered else []
    evidence = [piece for group in groups for piece in group]
    return Answered(
        holds=any(place.holds(piece) for place in quoted for piece in evidence) if evidence else None,
        sentences=len(quoted) if is_answered else None,
        characters=sum(place.span.end - place.span.start for place in quoted) if is_answered else None,
        shared=max((f1(_short(found), said) for said in words(groups, index.article)), default=0.0) * is_answered,
        took=took,
    )


def _short(found: Found) -> str:
    return found.short.sentence.of(found.hits[found.short.hit].article.text) if found.short else ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds the sets")
    parser.add_argument("sets", nargs="*", choices=[*QUESTIONS, []], help="only these sets")
    parser.add_argument("--limit", type=int, default=0, help="ask only some N of each file, evenly spread")
    return parser.parse_args()


if __name__ == "__main__":
    main()

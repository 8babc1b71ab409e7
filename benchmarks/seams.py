"""Does it help to read a passage that refers back behind what it refers to?

``python benchmarks/seams.py DATA [--pieces N] [--every N] [--keep DIR]`` cuts the articles of DATA's squad into
passages of so few word pieces that many end just before an answer, and asks the questions whose evidence stands in a
passage that refers back to the one before it, with and without ``seams``.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import mean

from index import discovery, readers
from index.candidates import RECIPE, Recipe
from index.embedding import open_encoder
from index.folder import Index
from index.ingest import ingest
from index.prepare import cut_article
from index.reader.shipped import shipped_reader
from index.rebuild import open_index
from index.seams import led_up_to, refers_back
from index.search import Question as Asked
from index.search import search
from service.evaluate import Question, grouped, read
from service.metrics import Place, f1

RECIPES = {"with": RECIPE, "without": replace(RECIPE, seams=False)}
UNBOUNDED = 1e9  # seconds


def main() -> None:
    arguments = _arguments()
    encoder = open_encoder()
    encoder.limit = arguments.pieces
    with tempfile.TemporaryDirectory() as other, closing(open_index(arguments.keep or Path(other), encoder)) as index:
        ingest(index, discovery.find([arguments.data / "squad" / "articles.jsonl"]), readers.Limits())
        index.reader = shipped_reader(UNBOUNDED)
        asked = list(spanning(index, read(arguments.data / "squad" / "questions.jsonl")[:: arguments.every]))
        print(f"{len(asked)} questions: first, marked sentence, short answer f1", flush=True)
        for name, recipe in RECIPES.items():
            found = zip(*(_result(index, question, recipe) for question in asked), strict=True)
            print(f"{name:8}" + "".join(f"{mean(figure):8.3f}" for figure in found), flush=True)


def spanning(index: Index, questions: Sequence[Question]) -> Iterator[Question]:
    """The questions whose evidence stands in a passage that is read behind the one before it."""
    seams: dict[str, list[Place]] = {}
    for question in questions:
        evidence = _evidence(index, question)
        for article in {piece.article for piece in evidence} - seams.keys():
            seams[article] = list(_seams(index, article))
        if any(passage.holds(piece) for piece in evidence for passage in seams[piece.article]):
            yield question


def _evidence(index: Index, question: Question) -> list[Place]:
    return [piece for group in grouped(question, index.article) for piece in group]


def _seams(index: Index, id: str) -> Iterator[Place]:
    article = index.article(id)
    for before, passage in pairwise(cut_article(article, index.encoder)):
        if refers_back(passage.sentences[0].of(article.text)) and led_up_to(article.text, before, passage):
            yield Place(id, passage.span)


def _result(index: Index, question: Question, recipe: Recipe) -> tuple[float, float, float]:
    """Whether the first passage and the first marked sentence hold the evidence, and F1 of the few words."""
    evidence = _evidence(index, question)
    found = search(index, Asked(question.question, effort="careful"), recipe)
    if not found.hits:
        return 0, 0, 0
    first = found.hits[0]
    places = [Place(first.article.id, span) for span in (first.passage.span, *first.highlights[:1])]
    holds = [any(map(place.holds, evidence)) for place in places]
    said = found.short.sentence.of(found.hits[found.short.hit].article.text) if found.short else ""
    shared = max(f1(said, piece.span.of(index.article(piece.article).text)) for piece in evidence)
    return holds[0], any(holds[1:]), shared


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds the sets")
    parser.add_argument("--pieces", type=int, default=110, help="word pieces of a passage, its context included")
    parser.add_argument("--every", type=int, default=1, help="only every N-th question")
    parser.add_argument("--keep", type=Path, help="keep the data folder here, for another run")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""STORY: reading sets in, training examples out: each question with a passage that answers it and some that do not.

``python -m training.mining DATA OUT`` takes every set of DATA/reading into an index of Footnote's own, so that passages
are cut and have contexts as they do in use, and writes to OUT/examples.jsonl, a line a question::

    id, domain, held   held: set aside for choosing settings, never trained on
    question
    context, text      the passage that holds most of the answers, and what is read before it
    answers            where in text they stand: [start, end], all that lie whole inside it
    paragraph_answers  the words of all the answers that people gave
    negatives          context, text and same (the article of the answer, or not) of passages that search ranks high
                       and that have the words of no answer

What a held-aside article says is no negative of a question that is trained on. Few questions on reviews say of which
product: what another review says answers every third of them, and is a negative all the same.
"""

import argparse
import json
import multiprocessing
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from index import readers
from index.articles import to_json
from index.durable import make_folder, write_durably
from index.embedding import Encoder, open_encoder
from index.folder import Index
from index.ingest import ingest
from index.prepare import context, cut_article
from index.rebuild import open_index
from index.records import Article, Passage, RawFile, Span
from index.search import Question as Asked
from index.search import search
from training.texts import Question, Reading, read

SEED = 20
SEARCHED, NEGATIVES = 12, 6
# "Last week" in a question must mean the same whenever the examples are made.
AS_OF = date(2025, 1, 1)
CHUNK = 100


@dataclass(frozen=True)
class Place:
    """A passage of the article with this id."""

    article: str
    passage: Passage


def main() -> None:
    arguments = _arguments()
    encoder = open_encoder()
    examples = []
    for domain, readings in read(arguments.data, SEED).items():
        begun = perf_counter()
        with TemporaryDirectory() as folder:
            found = _found(Path(folder), readings, encoder)
        made = list(examples_of(domain, readings, found, encoder))
        print(f"{domain}: {_told(readings, made)}, {perf_counter() - begun:.0f} s", file=sys.stderr)
        examples += made
    make_folder(arguments.out)
    lines = (json.dumps(example, ensure_ascii=False) + "\n" for example in examples)
    write_durably(arguments.out / "examples.jsonl", "".join(lines).encode())


def take_in(index: Index, articles: Iterable[Article]) -> None:
    """Ingest articles as Footnote does a file of them.

    :raises ValueError: one was refused.
    """
    lines = "".join(json.dumps(to_json(article, text=True)) + "\n" for article in articles)
    rejected = ingest(
        index, [RawFile("texts.jsonl", "texts", lambda: BytesIO(lines.encode()))], readers.Limits()
    ).rejected
    if rejected:
        raise ValueError(f"{len(rejected)} articles were refused, the first: {rejected[0]}")


def ranked(index: Index, question: str) -> list[Place]:
    """The passages that search ranks first."""
    hits = search(index, Asked(question, top_k=SEARCHED, as_of=AS_OF)).hits
    return [Place(hit.article.id, hit.passage) for hit in hits]


def examples_of(
    domain: str, readings: Sequence[Reading], found: Iterable[Sequence[Place]], encoder: Encoder
) -> Iterator[dict[str, Any]]:
    """An example for each question that a passage answers whole; ``found`` says for each question what search ranks
    first."""
    by_id = {reading.article.id: reading for reading in readings}
    places = iter(found)
    for reading in readings:
        passages = cut_article(reading.article, encoder)
        for question in reading.questions:
            hits = next(places)
            gold = most_answering(passages, question.answers)
            if gold is None:
                continue
            negatives = islice(not_answering(reading, question, hits, by_id), NEGATIVES)
            yield {
                "id": question.id,
                "domain": domain,
                "held": reading.held,
                "question": question.text,
                **_read(reading.article, gold, encoder),
                "answers": [
                    (a.start - gold.span.start, a.end - gold.span.start) for a in _within(gold, question.answers)
                ],
                "paragraph_answers": _words(reading, question),
                "negatives": [
                    _read(by_id[place.article].article, place.passage, encoder)
                    | {"same": place.article == reading.article.id}
                    for place in negatives
                ],
            }


def most_answering(passages: Iterable[Passage], answers: Sequence[Span]) -> Passage | None:
    """The first of the passages that hold the most answers whole; None where each is cut apart."""
    best = max(passages, key=lambda passage: len(_within(passage, answers)), default=None)
    return best if best is not None and _within(best, answers) else None


def not_answering(
    reading: Reading, question: Question, hits: Iterable[Place], readings: Mapping[str, Reading]
) -> Iterator[Place]:
    """The hits that have no part of an answer and its words nowhere, as whole words in either case.

    For a question that is trained on, those of held-aside articles are left out.
    """
    words = re.compile(
        "|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in _words(reading, question)), re.IGNORECASE
    )
    for place in hits:
        other = readings[place.article]
        own = place.article == reading.article.id
        if own and any(place.passage.span.overlaps(answer) for answer in question.answers):
            continue
        if other.held <= reading.held and not words.search(place.passage.span.of(other.article.text)):
            yield place


def _within(passage: Passage, answers: Iterable[Span]) -> list[Span]:
    return [answer for answer in answers if passage.span.start <= answer.start and answer.end <= passage.span.end]


def _words(reading: Reading, question: Question) -> list[str]:
    """The answers' words, each once."""
    return list(dict.fromkeys(answer.of(reading.article.text) for answer in question.answers))


def _read(article: Article, passage: Passage, encoder: Encoder) -> dict[str, Any]:
    """A passage as it is read."""
    return {"context": context(article, passage, encoder), "text": passage.span.of(article.text)}


def _found(folder: Path, readings: Sequence[Reading], encoder: Encoder) -> list[list[Place]]:
    """What search ranks first for each question, asked by as many processes as there are cores."""
    with closing(open_index(folder, encoder)) as index:
        take_in(index, [reading.article for reading in readings])
    questions = [question.text for reading in readings for question in reading.questions]
    # A forked process would share the locks of PyTorch's threads.
    processes = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), processes, _open, (folder,)) as pool:
        return list(pool.map(_ranked, questions, chunksize=CHUNK))


_opened: list[Index] = []


def _open(folder: Path) -> None:
    import torch

    torch.set_num_threads(1)
    _opened.append(open_index(folder, open_encoder()))


def _ranked(question: str) -> list[Place]:
    return ranked(_opened[0], question)


def _told(readings: Iterable[Reading], made: Sequence[Mapping[str, Any]]) -> str:
    asked = sum(len(reading.questions) for reading in readings)
    negatives = [negative for example in made for negative in example["negatives"]]
    return (
        f"{len(made)} of {asked} kept ({sum(example['held'] for example in made)} held aside), the answers of "
        f"the others are cut apart; {len(negatives) / len(made):.2f} negatives a question, of which "
        f"{sum(negative['same'] for negative in negatives) / len(made):.2f} of the same article"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds reading/")
    parser.add_argument("out", type=Path, help="the folder for examples.jsonl")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""The packaged reader itself, on a text that it has never seen."""

from functools import cache
from pathlib import Path

import pytest

from index.reader.reading import Extract, Told
from index.reader.shipped import OnnxReader, shipped_reader
from index.records import Span

SEEDS = Path(__file__).parent.parent / "seeds"

TEXT = (
    "The harbour bridge was closed on Monday after engineers found cracks in two of its pillars. Mayor Ana Ruiz said "
    "that it would open again in March. Ferries run every ten minutes until then, and cost nothing."
)
SENTENCES = (Span(0, 91), Span(92, 146), Span(147, 206))


@cache
def reader() -> OnnxReader:
    return shipped_reader(seconds=60)


def read(question: str) -> Extract:
    [extract] = reader().read(question, [Told("Bridge closed. The Courier. 12 May 2021", TEXT, SENTENCES)])
    return extract


@pytest.mark.parametrize(
    ("question", "words", "sentence"),
    [
        ("Why was the bridge closed?", "engineers found cracks in two of its pillars", 0),
        ("Who is the mayor?", "Ana Ruiz", 1),
        ("when will it open again", "March", 1),
        ("How often do ferries run?", "every ten minutes", 2),
    ],
)
def test_it_finds_the_words_that_answer_and_their_sentence(question: str, words: str, sentence: int) -> None:
    extract = read(question)

    assert extract.span is not None
    assert extract.span.of(TEXT) == words
    assert extract.answers > 0
    assert extract.sentences.argmax() == sentence
    assert extract.sentences.sum() == pytest.approx(1)


def test_it_knows_what_a_passage_does_not_say() -> None:
    assert read("What is the name of the governor?").answers < 0
    assert read("How many geese live on the island?").answers < read("Who is the mayor?").answers


def test_passages_can_be_compared_by_their_spans() -> None:
    seed = next(path for path in sorted(SEEDS.glob("*.txt"))).read_text(encoding="utf-8")[:900]

    here, there = reader().read("Who is the mayor?", [Told("", TEXT, SENTENCES), Told("", seed, (Span(0, len(seed)),))])

    assert here.peak > there.peak
    assert here.answers > there.answers

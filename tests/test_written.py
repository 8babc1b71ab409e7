"""The sentences of a language model as they come, and what it is given."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import parse
from index.discovery import find
from index.readers import Limits, read
from index.records import Article, Rejection
from index.support import Told, held
from service.writing.sentences import Written, written

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rained [1]. It poured [2][3].", [("It rained.", (1,)), ("It poured.", (2, 3))]),
        ("It rained. [1] It poured. [2]", [("It rained.", (1,)), ("It poured.", (2,))]),
        ("It rained [1, 2]. It poured [2-4].", [("It rained.", (1, 2)), ("It poured.", (2, 3, 4))]),
        ("It rained【1†source】. U.S. troops left (2).", [("It rained.", (1,)), ("U.S. troops left.", (2,))]),
        ("- It rained [1].\n2. **It** poured [2].", [("It rained.", (1,)), ("It poured.", (2,))]),
        ("It rained &amp; poured [1].", [("It rained & poured.", (1,))]),
        ("It rained [1]. And then it", [("It rained.", (1,))]),
        ("It rained in 2023 (twice) [1].", [("It rained in 2023 (twice).", (1,))]),
        ("It rained before (2023) [1].", [("It rained before (2023).", (1,))]),
        ("NOTHING", []),
        ("Nothing.", []),
    ],
)
def test_sentences_and_what_they_cite(text: str, sentences: list[tuple[str, tuple[int, ...]]]) -> None:
    assert list(written([text])) == [Written(*one) for one in sentences]


def test_a_sentence_is_there_as_soon_as_the_next_has_begun() -> None:
    said = written(iter(["It rai", "ned. [", "1] It p"]))

    assert next(said) == Written("It rained.", (1,))


@given(st.lists(st.integers(1, 9), max_size=12))
def test_however_a_text_is_cut_its_sentences_are_the_same(cuts: list[int]) -> None:
    text = "It rained [1]. Mr. Smith, of the U.S., left. [2] “It poured.” [3]\nIt was over [1, 2]."
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(text[at : at + cut])
        at += cut

    assert list(written([*pieces, text[at:]])) == list(written([text]))


def test_of_labelled_sentences_hardly_an_unsupported_one_gets_out() -> None:
    found = [
        article
        for file in find([ROOT / "seeds"])
        if not isinstance(file, Rejection)
        for article in read(file, Limits())
    ]
    seeds = {article.id: article for article in found if isinstance(article, Article)}
    lines = [json.loads(line) for line in (ROOT / "benchmarks/data/support.jsonl").read_text("utf-8").splitlines()]
    out = {True: [0, 0], False: [0, 0]}
    for line in lines:
        best = held(line["claim"], [_told(seeds[id], start, end) for id, start, end in line["cited"]])
        out[line["supported"]][bool(best and best.supported)] += 1

    assert out[False][1] <= 0.02 * sum(out[False])
    assert out[True][1] >= 0.6 * sum(out[True])


def _told(article: Article, start: int, end: int) -> Told:
    return Told(article.text[start:end], article.title, parse(article.published_at) if article.published_at else None)

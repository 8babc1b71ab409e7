"""Spans found by the code held against spans found by trying every one."""

import re
from itertools import pairwise
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.reader.spans import MAX_PIECES, answer, in_sentences, span_scores
from index.records import Span

Logits = NDArray[np.float32]
PIECE = re.compile(r"\w{1,4}|[^\w\s]")
TEXT = "Geese fly. Rain fell."
SEEDS = st.integers(0, 2**32 - 1)
SENTENCES = (Span(0, 10), Span(11, 21))


def pieces(text: str) -> list[Span]:
    """Words cut after each fourth letter, as word pieces are cut, and every other sign by itself."""
    return [Span(*match.span()) for match in PIECE.finditer(text)]


def logits(seed: int, said: list[Span]) -> Logits:
    """Random ones, of starts and of ends."""
    random: Logits = np.random.default_rng(seed).normal(0, 3, (2, len(said))).astype(np.float32)
    return random


def found(text: str, start: list[float], end: list[float]) -> tuple[str, float] | None:
    scores = span_scores(text, pieces(text), np.array(start, np.float32), np.array(end, np.float32))
    best = answer(text, pieces(text), scores)
    return best and (best[0].of(text), best[1])


def quoted(text: str, chosen: str) -> str:
    """The answer in ``text`` where the model's best span is ``chosen``, a run of its pieces."""
    at = text.index(chosen)
    said = pieces(text)
    first = next(i for i, span in enumerate(said) if span.start == at)
    last = next(i for i, span in enumerate(said) if span.end == at + len(chosen))
    best = found(text, [float(i == first) for i in range(len(said))], [float(i == last) for i in range(len(said))])
    assert best is not None
    return best[0]


# Which span


def test_the_best_span_has_the_largest_sum_of_a_start_and_an_end_that_is_not_before_it() -> None:
    # pieces: Gees e fly . Rain fell .
    best = found(TEXT, [1, 0, 0, 0, 2, 0, 0], [4, 0, 0, 0, 0, 3, 0])

    assert best is not None
    assert best[0] == "Geese"
    sums = [s + e for i, s in enumerate([1, 0, 0, 0, 2, 0, 0]) for e in [4, 0, 0, 0, 0, 3, 0][i:]]
    # Two points by themselves are no answers.
    sums.remove(0)
    sums.remove(0)
    assert best[1] == pytest.approx(5 - log(sum(map(exp, sums))))


def test_what_is_equally_likely_comes_first_and_has_the_probability_of_one_among_its_like() -> None:
    best = found("a b", [0, 0], [0, 0])

    assert best is not None
    assert best[0] == "a"
    assert best[1] == pytest.approx(log(1 / 3))


def test_no_answer_has_more_pieces_than_any_answer_has() -> None:
    text = " ".join("x" * 100)
    start, end = np.zeros(100, np.float32), np.zeros(100, np.float32)
    start[10], end[10 + MAX_PIECES], end[10 + MAX_PIECES - 1] = 5, 9, 1
    scores = span_scores(text, pieces(text), start, end)

    assert scores.max() == 9
    assert scores[10].max() == scores[10, MAX_PIECES - 1] == 6


@pytest.mark.parametrize("text", ["", "?!", "— …"])
def test_a_text_without_a_word_has_no_answer(text: str) -> None:
    zeros = [0.0] * len(pieces(text))
    assert found(text, zeros, zeros) is None


@given(st.text("abc .,é", max_size=40), SEEDS)
def test_the_probability_of_the_best_span_is_that_among_all_that_have_a_letter(text: str, seed: int) -> None:
    said = pieces(text)
    start, end = logits(seed, said)
    every = {
        (i, j): float(start[i]) + float(end[j])
        for i in range(len(said))
        for j in range(i, min(i + MAX_PIECES, len(said)))
        if any(map(str.isalnum, text[said[i].start : said[j].end]))
    }
    best = answer(text, said, span_scores(text, said, start, end))

    assert (best is None) == (not every)
    if best is not None:
        i, j = max(every, key=lambda key: every[key])
        assert best[1] == pytest.approx(every[i, j] - log(sum(map(exp, every.values()))))
        assert best[0].start < said[j].end
        assert said[i].start < best[0].end


# Which characters


@pytest.mark.parametrize(
    ("text", "chosen", "answered"),
    [
        # whole words and numbers
        ("the uninhabited island", "habi", "uninhabited"),
        ("the uninhabited island", "unin", "uninhabited"),
        ("the cafe\u0301s of Paris", "cafe", "cafe\u0301s"),
        ("paid 1,000.50 dollars", "000", "1,000.50"),
        ("in 1999, 2000 and 2001", "1999", "1999"),
        ("the German-born poet", "Germ", "German"),
        ("Blinken’s trip", "ken", "Blinken"),
        ("我们去北京", "我们去北", "我们去北"),
        # what belongs to the sentence
        ("in Paris, France, then", "Paris, France,", "Paris, France"),
        ("It was Rome.", "Rome.", "Rome"),
        ("to the U.S. in May", "U.S.", "U.S."),
        ("at 9 a.m. again", "9 a.m.", "9 a.m."),
        ("of — Rome — alone", "— Rome —", "Rome"),
        ("at -40 degrees", "-40", "-40"),
        ("up -good news", "-good", "good"),
        ("up 5% today", "5%", "5%"),
        ("up (5%) today", "(5%)", "5%"),
        ("is **bold** here", "**bold**", "bold"),
        # brackets and quotation marks
        ('called "Old Bess" there', '"Old Bess"', "Old Bess"),
        ("called “Old Bess” there", "“Old Bess", "Old Bess"),
        ("called “Old Bess” there", "Old Bess”", "Old Bess"),
        ("both “Bess” and “Tess” there", "“Bess” and “Tess”", "“Bess” and “Tess”"),
        ('both "Bess" and "Tess" there', '"Bess" and "Tess"', '"Bess" and "Tess"'),
        ("see NATO (the alliance) there", "NATO (the alliance)", "NATO (the alliance)"),
        ("see NATO (the alliance) there", "alliance)", "alliance"),
        ("see (NATO there", "(NATO", "NATO"),
    ],
)
def test_an_answer_is_whole_words_without_the_sentences_punctuation(text: str, chosen: str, answered: str) -> None:
    assert quoted(text, chosen) == answered


@given(st.text(max_size=30), SEEDS)
def test_an_answer_stands_in_the_text_has_a_letter_or_digit_and_cuts_no_word(text: str, seed: int) -> None:
    said = pieces(text)
    start, end = logits(seed, said)
    best = answer(text, said, span_scores(text, said, start, end))
    assume(best is not None)
    assert best is not None
    span = best[0]

    assert 0 <= span.start < span.end <= len(text)
    assert any(map(str.isalnum, span.of(text)))
    assert span.of(text) == span.of(text).strip()
    for at in (span.start, span.end):
        assert not (text[:at][-1:].isascii() and re.match("[0-9A-Za-z]{2}", text[at - 1 : at + 1])) or at == 0


# Which sentence


def test_a_sentence_is_as_likely_as_its_best_span() -> None:
    start, end = np.array([1, 0, 0, 9, 2, 0, 0], np.float32), np.array([0, 0, 1, 0, 0, 3, 0], np.float32)
    scores = span_scores(TEXT, pieces(TEXT), start, end)

    # "Geese fly" has 2 and "Rain fell" 5; ". Rain fell", with 12, is in neither.
    assert in_sentences(SENTENCES, pieces(TEXT), scores) == pytest.approx([1 / (1 + exp(3)), 1 / (1 + exp(-3))])


def test_a_sentence_that_was_not_read_holds_no_answer() -> None:
    seen = pieces(TEXT)[:4]
    zeros = np.zeros(4, np.float32)
    probabilities = in_sentences(SENTENCES, seen, span_scores(TEXT, seen, zeros, zeros))

    assert probabilities.tolist() == [1, 0]
    assert probabilities.dtype == np.float32


def test_where_nothing_can_be_the_answer_every_sentence_is_as_likely() -> None:
    nothing = span_scores("", [], np.empty(0, np.float32), np.empty(0, np.float32))

    assert in_sentences(SENTENCES, [], nothing).tolist() == [0.5, 0.5]
    assert in_sentences((), pieces(TEXT), np.full((7, MAX_PIECES), -inf)).tolist() == []


@given(st.lists(st.integers(0, 40), max_size=8, unique=True), SEEDS)
def test_each_sentence_has_the_share_of_its_best_span(cuts: list[int], seed: int) -> None:
    text = ("ab, cdefg hi. " * 3)[:40]
    said = pieces(text)
    sentences = [Span(*pair) for pair in pairwise(sorted(cuts))][::2]
    start, end = logits(seed, said)
    scores = span_scores(text, said, start, end)
    best = [
        max(
            (
                scores[i, j - i]
                for i in range(len(said))
                for j in range(i, len(said))
                if sentence.start <= said[i].start and said[j].end <= sentence.end
            ),
            default=-inf,
        )
        for sentence in sentences
    ]
    whole = sum(map(exp, best))

    expected = [exp(one) / whole if whole else 1 / len(best) for one in best]
    assert in_sentences(sentences, said, scores) == pytest.approx(expected, abs=1e-6)

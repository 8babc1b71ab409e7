from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.candidates import RECIPE
from index.judging import Support
from index.quoting import DEEP, MOST, chances, is_headline, statements
from index.reader.reading import Extract
from index.records import Article, Passage, Span
from index.shown import Shown
from index.store import Kept

SUNK = "The ferry Aurora sank near the harbour."
DIVED = "Divers searched the wreck for survivors."
CALM = "The sea was calm all day."
GEESE = "Geese crossed the lake at dawn."
NOBODY = "Nobody counted the birds."


def shown(
    number: int, sentences: Sequence[str], scores: Sequence[float], rank: float = 1.0, date: str | None = None
) -> Shown:
    """A passage that is all of its article, of sentences that meet a question so well."""
    text = " ".join(sentences)
    edges = np.cumsum([0, *(len(sentence) + 1 for sentence in sentences)]).tolist()
    spans = tuple(Span(start, end - 1) for start, end in pairwise(edges))
    kept = Kept(number, "0" * 16, 1, 1, Passage(Span(0, len(text)), spans), removed=False)
    article = Article(f"a{number}", "T", text, published_at=date)
    said = [sentence.lower().rstrip(".").split() for sentence in sentences]
    return Shown(rank, kept, article, said, np.array(scores, np.float32))


def read(one: Shown, peak: float, *shares: float) -> Shown:
    """The same, read: its best span has this logit, its sentences these shares of it."""
    return replace(one, extract=Extract(0.0, None, 0.0, peak, np.array(shares, np.float32)))


def quoted(question: str, *passages: Shown, parts: Sequence[Sequence[Support]] = (), **off: Any) -> list[str]:
    found = statements(question, parts, passages, replace(RECIPE, **off))
    return [one.sentence.of(passages[one.hit].article.text) for one in found]


def test_a_sentence_that_surely_answers_is_quoted_alone() -> None:
    assert quoted("who searched?", shown(1, [SUNK, DIVED, CALM], [0.2, 0.5, 0.1])) == [DIVED]


def test_two_that_are_about_as_good_are_both_quoted_in_the_order_of_the_text() -> None:
    passage = shown(1, [SUNK, DIVED, CALM], [0.39, 0.40, 0.1])

    assert quoted("what sank?", passage) == [SUNK, DIVED]
    assert quoted("what sank?", passage, several=False) == [DIVED]


def test_an_articles_sentences_stand_together_behind_the_better_ones() -> None:
    first, second = shown(1, [CALM], [0.40]), shown(2, [SUNK, DIVED], [0.41, 0.40])

    assert quoted("q", first, second) == [SUNK, DIVED, CALM]


def test_what_happened_is_told_by_time() -> None:
    late, early = shown(1, [SUNK], [0.41], date="2024-05-02"), shown(2, [GEESE], [0.40], date="2023-01-01")

    assert quoted("what happened?", late, early) == [GEESE, SUNK]
    assert quoted("who?", late, early) == [SUNK, GEESE]


def test_the_same_said_twice_is_quoted_once_unless_figures_differ() -> None:
    again = SUNK.replace("near", "by")
    three, five = "On that day 3 ferries sank near the old harbour.", "On that day 5 ferries sank near the old harbour."

    assert quoted("q", shown(1, [SUNK], [0.40]), shown(2, [again], [0.40])) == [SUNK]
    assert quoted("q", shown(1, [three], [0.41]), shown(2, [five], [0.40])) == [three, five]


def test_reading_decides_between_sentences_of_different_passages() -> None:
    first, second = shown(1, [SUNK, CALM], [0.41, 0.2]), shown(2, [GEESE, NOBODY], [0.40, 0.2])

    assert quoted("q", read(first, 1.0, 0.9, 0.1), read(second, 9.0, 0.999, 0.001), several=False) == [GEESE]
    assert quoted("q", read(first, 9.0, 0.999, 0.001), read(second, 1.0, 0.9, 0.1), several=False) == [SUNK]


def test_a_headline_is_not_preferred_to_a_sentence() -> None:
    assert quoted("q", shown(1, ["The ferry Aurora", SUNK], [0.41, 0.40]), several=False) == [SUNK]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Future Summits", True),
        ("It rained.", False),
        ("“It rained.”", False),
        ("he said,", False),
        ("a " * 60, False),
    ],
)
def test_a_headline_is_short_and_does_not_end(text: str, is_one: bool) -> None:
    assert is_headline(text) == is_one


def test_each_part_has_its_sentence_as_far_as_it_is_shown() -> None:
    ferry, geese = shown(7, [SUNK, DIVED], [0.4, 0.1]), shown(8, [GEESE, NOBODY], [0.4, 0.1])
    parts = [[Support(9, 0), Support(8, 1)], [Support(7, 1)], [Support(9, 1)]]

    assert quoted("q", ferry, geese, parts=parts) == [NOBODY, DIVED]


def test_a_part_has_a_headline_only_where_it_has_nothing_else() -> None:
    ferry, geese = shown(7, ["The ferry Aurora", SUNK], [0.4, 0.1]), shown(8, [GEESE, NOBODY], [0.4, 0.1])

    assert quoted("q", ferry, geese, parts=[[Support(7, 0), Support(8, 0)], [Support(8, 1)]]) == [GEESE, NOBODY]
    assert quoted("q", ferry, geese, parts=[[Support(7, 0)], [Support(8, 1)]]) == ["The ferry Aurora", NOBODY]


def test_the_sentence_that_names_whom_it_speaks_of_stands_before_it() -> None:
    passage = shown(1, ["Ana Ruiz came on Monday.", CALM, "She met the mayor."], [0.1, 0.1, 0.6])

    assert quoted("who met the mayor?", passage) == ["Ana Ruiz came on Monday.", "She met the mayor."]
    assert quoted("whom did Ruiz meet?", passage) == ["She met the mayor."]
    assert quoted("who met the mayor?", passage, referents=False) == ["She met the mayor."]


def test_nothing_shown_is_nothing_quoted() -> None:
    assert quoted("q") == []


def test_furniture_is_not_quoted_and_names_nobody() -> None:
    passage = shown(1, ["Ana Ruiz writes a column.", "She met the mayor."], [0.9, 0.2])

    assert quoted("who met the mayor?", replace(passage, furniture=frozenset({0}))) == ["She met the mayor."]
    assert quoted("who met the mayor?", replace(passage, furniture=frozenset({0, 1}))) == []


SAYING = st.sampled_from([SUNK, DIVED, CALM, GEESE, NOBODY, "He left.", "The wreck was raised."])
SENTENCES = st.lists(SAYING, min_size=1, max_size=5)


@given(st.lists(SENTENCES, min_size=1, max_size=8), st.integers(0, 999), st.booleans(), st.booleans())
def test_quotes_are_sentences_of_what_is_shown_few_and_none_twice(
    texts: list[list[str]], seed: int, careful: bool, by_time: bool
) -> None:
    draw = np.random.default_rng(seed)
    passages = [
        shown(i, text, draw.random(len(text)).tolist(), rank=float(draw.random())) for i, text in enumerate(texts)
    ]
    if careful:
        passages = [read(p, float(draw.normal()), *draw.dirichlet(np.ones(len(p.said)))) for p in passages]

    found = statements("what happened?" if by_time else "who?", (), passages, RECIPE)

    assert found
    assert len(set(found)) == len(found) <= 2 * MOST
    assert all(one.sentence in passages[one.hit].kept.passage.sentences for one in found)
    said = [one.sentence.of(passages[one.hit].article.text) for one in found]
    assert len(set(said)) == len(said)
    assert sum(float(each.sum()) for each in chances(passages)) == pytest.approx(1, abs=1e-4)
    assert len(chances(passages)) == min(len(passages), DEEP)

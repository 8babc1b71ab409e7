import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import asked
from index.ranking import (
    Floats,
    Numbers,
    best_by_sentence,
    best_in,
    fused,
    in_time,
    met,
    parts_first,
    pool,
    published_by,
    rarity,
    scaled,
)
from index.records import Facts, Period, Spoken

TODAY = date(2024, 5, 7)
MARCH_2023 = Period(date(2023, 3, 1), date(2023, 3, 31))
JULY_2023 = Period(date(2023, 7, 1), date(2023, 7, 31))


def floats(*values: float) -> Floats:
    return np.array(values, np.float32)


def numbers(*values: int) -> Numbers:
    return np.array(values, np.int64)


def test_candidates_of_several_searches_are_pooled_once_each_and_ascending() -> None:
    assert pool(numbers(7, 2), numbers(), numbers(2, 5)).tolist() == [2, 5, 7]
    assert pool().tolist() == []


# Signals


def test_scores_are_scaled_from_the_worst_to_the_best() -> None:
    assert scaled(floats(-2, 6, 0)).tolist() == [0, 1, 0.25]


@pytest.mark.parametrize("scores", [[], [3], [0.5, 0.5, 0.5]])
def test_scores_that_do_not_differ_are_scaled_to_nothing(scores: list[float]) -> None:
    assert scaled(floats(*scores)).tolist() == [0] * len(scores)


def test_signals_are_fused_by_their_weights() -> None:
    signals = {"sense": floats(0, 5, 10), "words": floats(8, 0, 2)}
    weights = {"sense": 3.0, "words": 1.0, "unused": 9.0}
    # Scaled they are 0, .5, 1 and 1, 0, .25: three parts of the one and one of the other.
    assert fused(signals, weights).tolist() == [0.25, 0.375, 0.8125]


def test_a_signal_that_tells_nothing_apart_still_has_its_share() -> None:
    assert fused({"sense": floats(1, 2), "words": floats(4, 4)}, {"sense": 1.0, "words": 1.0}).tolist() == [0, 0.5]


SCORES = st.floats(-100, 100, width=32)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=9), st.floats(0.125, 8), st.floats(0.125, 8))
def test_what_is_fused_lies_between_nothing_and_one(pairs: list[tuple[float, float]], one: float, two: float) -> None:
    signals = {"a": floats(*(a for a, _ in pairs)), "b": floats(*(b for _, b in pairs))}
    scores = fused(signals, {"a": one, "b": two})
    assert ((scores >= 0) & (scores <= 1 + 1e-6)).all()


# Stretches


def test_the_best_of_each_stretch_is_found_and_an_empty_one_has_none() -> None:
    values = floats(-3, -1, 4, 2, -5)
    assert best_in(values, numbers(0, 2, 2, 4, 5, 5)).tolist() == [0, -1, 0, 4, -5, 0]


def test_the_best_of_a_stretch_is_taken_column_by_column() -> None:
    values = np.array([[1, 9], [2, 8], [5, 0]], np.float32)
    assert best_in(values, numbers(2, 2, 3)).tolist() == [[2, 9], [0, 0], [5, 0]]


def test_no_values_have_no_best() -> None:
    assert best_in(floats(), numbers(0, 0)).tolist() == [0, 0]
    assert best_in(floats(), numbers()).tolist() == []


# Words


def test_a_word_tells_the_more_the_fewer_documents_it_stands_in() -> None:
    # ln(1 + (9 - n + 1/2) / (n + 1/2)), which is ln(10 / (n + 1/2)).
    expected = [math.log(20), math.log(20 / 3), math.log(20 / 19)]
    assert rarity(numbers(0, 1, 9), of=9) == pytest.approx(expected)


def test_a_word_counted_in_more_documents_than_there_are_still_tells_a_little() -> None:
    assert rarity(numbers(12), of=9) == pytest.approx([math.log(26 / 25)])


def test_how_well_tokens_are_met_is_their_weighted_mean() -> None:
    matches = np.array([[1, 0.5], [0, 1]], np.float32)
    assert met(matches, floats(3, 1)).tolist() == [0.875, 0.25]


def test_tokens_that_weigh_nothing_are_met_by_nothing() -> None:
    assert met(np.ones((2, 2), np.float32), floats(0, 0)).tolist() == [0, 0]
    assert met(np.ones((2, 0), np.float32), floats()).tolist() == [0, 0]


# Two tokens of the context, two of the first sentence, none of the second, one of the third; two are asked for.
PRODUCTS = np.array([[0.1, 0.6], [0.2, -0.4], [0.9, 0.1], [0.3, 0.5], [-0.7, 0.8]], np.float32)
OWNERS = np.array([-1, -1, 0, 0, 2], np.int16)
MET = [[0.9, 0.6], [0.2, 0.6], [0.2, 0.8]]


def test_a_token_is_met_by_the_best_of_a_sentence_or_of_the_context() -> None:
    assert best_by_sentence(PRODUCTS, OWNERS, numbers(5), [3]) == pytest.approx(np.array(MET))


def test_without_context_a_token_is_met_by_its_sentence_and_by_none_less_than_not_at_all() -> None:
    expected = np.array([[0.9, 0.5], [0, 0], [0, 0.8]])
    assert best_by_sentence(PRODUCTS[2:], OWNERS[2:], numbers(3), [3]) == pytest.approx(expected)


def test_the_sentences_of_several_passages_are_met_one_after_another() -> None:
    products = np.concatenate([PRODUCTS, PRODUCTS[2:], PRODUCTS[:1]])
    owners = np.concatenate([OWNERS, OWNERS[2:], OWNERS[:1]])
    # The third has no tokens at all, the fourth only a context.
    best = best_by_sentence(products, owners, numbers(5, 8, 8, 9), [3, 3, 2, 1])
    expected = [*MET, [0.9, 0.5], [0, 0], [0, 0.8], [0, 0], [0, 0], [0.1, 0.6]]
    assert best == pytest.approx(np.array(expected))


TOKENS = st.lists(st.tuples(st.integers(-1, 2), st.floats(-1, 1, width=32), st.floats(-1, 1, width=32)), max_size=6)


@given(st.lists(TOKENS, min_size=1, max_size=4))
def test_passages_together_are_met_as_each_by_itself(passages: list[list[tuple[int, float, float]]]) -> None:
    rows = [sorted(passage, key=lambda token: token[0]) for passage in passages]
    products = [np.array([token[1:] for token in row], np.float32).reshape(-1, 2) for row in rows]
    owners = [np.array([token[0] for token in row], np.int16) for row in rows]
    together = best_by_sentence(
        np.concatenate(products), np.concatenate(owners), np.cumsum([len(row) for row in rows]), [3] * len(rows)
    )
    alone = zip(products, owners, strict=True)
    apart = [best_by_sentence(met, own, numbers(len(own)), [3]) for met, own in alone]
    assert together.tolist() == np.concatenate(apart).tolist()


# Publishers and days


def test_a_named_publisher_fits_and_so_does_what_may_be_its() -> None:
    assert published_by({"The Echo", "Ledger"}, ["Ledger", None, "Post", "The Echo"]).tolist() == [1, 1, 0, 1]


def facts(published: Period | None, *times: tuple[Period, int]) -> Facts:
    return Facts(None, published, tuple(Spoken(*time) for time in times))


def fits(question: str, *of: tuple[Facts, int], shares: tuple[float, ...] = (1, 1)) -> list[float]:
    """How well passages fit a question's days, each with the number of its sentence that answers."""
    times = asked(question, TODAY)
    found = in_time(times, shares[: len(times)], [one for one, _ in of], [answering for _, answering in of])
    return [round(fit, 3) for fit in found.tolist()]


def test_what_speaks_of_the_days_asked_for_fits_better_than_what_was_published_then_and_that_than_the_rest() -> None:
    both = facts(MARCH_2023, (MARCH_2023, 0))
    spoken = facts(JULY_2023, (MARCH_2023, 0))
    published = facts(MARCH_2023)
    of_others = facts(MARCH_2023, (JULY_2023, 0))
    neither, unknown = facts(JULY_2023, (JULY_2023, 0)), facts(None)
    all_of_them = ((one, 0) for one in (both, spoken, published, of_others, neither, unknown))
    assert fits("what happened in March 2023", *all_of_them) == [1, 0.8, 0.84, 0.68, 0, 0]


def test_days_count_less_beside_the_sentence_that_answers() -> None:
    compared = facts(None, (JULY_2023, 1), (MARCH_2023, 2))
    both = facts(None, (JULY_2023, 1), (MARCH_2023, 1))
    of_march = fits("in March 2023", *((compared, answering) for answering in range(4)), (both, 1))
    assert of_march == [0.64, 0.64, 0.8, 0.8, 0.8]


def test_any_of_several_days_asked_for_will_do() -> None:
    march, july = facts(MARCH_2023, (MARCH_2023, 0)), facts(JULY_2023, (JULY_2023, 0))
    assert fits("in March 2023 or in July 2023", (march, 0), (july, 0)) == [1, 1]
    assert fits("in March 2023 or in July 2023", (march, 0), (july, 0), shares=(1, 0.25)) == [1, 0.25]


# Parts


def test_each_parts_best_comes_behind_the_best_of_all_and_before_the_rest() -> None:
    order = numbers(4, 0, 2, 1, 3)
    trip, geese = floats(0.2, 0.9, 0.3, 0.1, 0.4), floats(0.3, 0.1, 0.2, 0.8, 0.5)
    assert parts_first(order, [trip, geese]).tolist() == [4, 1, 3, 0, 2]


def test_two_parts_of_one_best_have_it_once() -> None:
    trip, geese = floats(0.1, 0.9, 0.2, 0), floats(0.5, 0.9, 0.2, 0)
    assert parts_first(numbers(3, 2, 1, 0), [trip, geese]).tolist() == [3, 1, 2, 0]


def test_no_part_gets_its_second_before_another_its_best() -> None:
    trip, geese = floats(0.9, 0.8, 0.1, 0.1), floats(0.1, 0.1, 0.2, 0.9)
    assert parts_first(numbers(0, 1, 2, 3), [trip, geese]).tolist() == [0, 3, 1, 2]


def test_without_parts_the_order_stays() -> None:
    assert parts_first(numbers(2, 0, 1), []).tolist() == [2, 0, 1]
    assert parts_first(numbers(), [floats(), floats()]).tolist() == []


def test_more_parts_than_candidates_name_each_once() -> None:
    assert parts_first(numbers(1, 0), [floats(0, 1)] * 3).tolist() == [1, 0]

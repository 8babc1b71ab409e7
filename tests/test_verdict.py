import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.errors import Invalid
from index.search import Question, search
from index.verdict import (
    Calibration,
    Line,
    ReadSignals,
    Signals,
    as_text,
    confidence,
    covered,
    fitted,
    names_met,
    parsed,
    shipped,
)
from tests.archive import filled, opened

EVEN = Calibration(
    fast=Line(Signals(covered=2.0, names=1.0, sense=4.0), offset=-3.0),
    careful=Line(ReadSignals(covered=1.0, names=0.0, sense=2.0, answers=0.5), offset=-2.0),
)


def floats(*rows: Sequence[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(rows, np.float32)


def test_confidence_is_the_logistic_of_the_weighted_signals() -> None:
    assert confidence(Signals(1.0, 1.0, 0.5), EVEN) == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert confidence(Signals(0.5, 0.0, 0.5), EVEN) == pytest.approx(0.5)
    assert confidence(ReadSignals(1.0, 1.0, 0.5, answers=2.0), EVEN) == pytest.approx(1 / (1 + math.exp(-1.0)))


def test_where_nothing_was_found_there_is_no_confidence() -> None:
    assert confidence(None, EVEN) == 0.0


@pytest.mark.parametrize("signals", [Signals(-1e6, 0, 0), Signals(1e6, 1, 1)])
def test_confidence_is_a_probability_however_far_the_signals_go(signals: Signals) -> None:
    assert 0 <= confidence(signals, EVEN) <= 1


@pytest.mark.parametrize("better", [Signals(0.6, 0.5, 0.5), Signals(0.5, 0.6, 0.5), Signals(0.5, 0.5, 0.6)])
def test_what_is_better_met_is_surer(better: Signals) -> None:
    assert confidence(better, shipped()) > confidence(Signals(0.5, 0.5, 0.5), shipped())


def test_each_part_is_covered_by_the_sentence_that_meets_it_best() -> None:
    met = floats([1.0, 0.5, 0.0], [0.2, 0.4, 0.9])
    first, last = np.array([True, True, False]), np.array([False, False, True])

    assert covered(met, [first, last]) == pytest.approx((0.75 + 0.9) / 2)
    assert covered(met, [first | last]) == pytest.approx(0.5)


def test_names_that_are_missing_count_by_their_rarity() -> None:
    names, met = np.array([True, True, False]), np.array([True, False, False])

    assert names_met(met, names, floats([5.0, 3.0, 2.0])[0]) == pytest.approx(0.7)
    assert names_met(met, ~names, floats([5.0, 3.0, 0.0])[0]) == 1.0


def test_a_calibration_comes_back_as_it_was_kept() -> None:
    assert parsed(as_text(EVEN, questions=40)) == EVEN


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no calibration"),
        ("[]", "no calibration"),
        ('{"fast": {"weights": {"covered": 1}, "offset": 0}}', "names"),
        ('{"fast": {"weights": {"covered": 1, "names": 1, "sense": 1}, "offset": 0}}', "careful"),
        ('{"fast": {"weights": {"covered": 1, "names": 1, "sense": "x"}, "offset": 0}}', "no calibration"),
        ('{"fast": {"weights": {"covered": 1, "names": 1, "sense": 1, "luck": 1}, "offset": 0}}', "one finite number"),
        ('{"fast": {"weights": {"covered": 1, "names": 1, "sense": NaN}, "offset": 0}}', "one finite number a signal"),
        ('{"fast": {"weights": {"covered": 1, "names": -1, "sense": 1}, "offset": 0}}', "below 0"),
    ],
)
def test_what_is_no_calibration_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        parsed(text)


def test_a_fit_finds_the_coefficients_that_answers_were_drawn_from() -> None:
    random = np.random.default_rng(1)
    rows = random.normal(size=(20_000, 2)).astype(np.float32)
    chances = 1 / (1 + np.exp(-(2 * rows[:, 0] + 0.5 * rows[:, 1] - 1)))
    answered = (random.random(len(rows)) < chances).tolist()

    weights, offset = fitted(rows, answered, np.ones(len(rows), np.float32), floats([0.0, 0.0])[0], 0.0)

    assert weights == pytest.approx([2.0, 0.5], abs=0.1)
    assert offset == pytest.approx(-1.0, abs=0.1)


def test_a_signal_that_speaks_against_answers_weighs_nothing() -> None:
    rows = floats([0.0, 1.0], [0.2, 0.9], [0.8, 0.3], [1.0, 0.0])

    weights, _ = fitted(rows, [False, True, False, True], np.ones(4, np.float32), floats([0.0, 0.0])[0], 0.01)

    assert weights[0] > 0
    assert weights[1] == 0.0


def test_few_questions_move_little_from_what_is_trusted() -> None:
    rows = floats([1.0], [-1.0])

    weights, offset = fitted(rows, [True, False], np.ones(2, np.float32), floats([1.0])[0], 1000.0)

    assert weights == pytest.approx([1.0], abs=0.01)
    assert offset == pytest.approx(0.0, abs=1e-6)


BALLOON = "The trip was cancelled over a balloon. Nobody was hurt."


def test_signals_are_what_a_hand_counts(tmp_path: Path) -> None:
    with closing(filled(tmp_path, {"trip": BALLOON})) as index:
        signals = search(index, Question("balloon cancelled in Peru")).signals

    assert signals is not None
    # Two of three words stand in the sentence; what Peru is like decides of the third.
    assert 2 / 3 <= signals.covered < 1
    assert 0 < signals.names < 1


def test_a_question_that_a_sentence_says_is_surer_than_one_that_names_another(tmp_path: Path) -> None:
    with closing(filled(tmp_path, {"trip": BALLOON})) as index:
        sure, less = (
            search(index, Question(f"was the trip cancelled over a {thing}")) for thing in ("balloon", "Zeppelin")
        )

    assert sure.confidence > less.confidence


def test_an_empty_archive_answers_nothing(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as index:
        found = search(index, Question("why?"))

    assert (found.confidence, found.signals) == (0.0, None)


def test_a_question_without_words_is_not_answered(tmp_path: Path) -> None:
    with closing(filled(tmp_path, {"trip": BALLOON})) as index:
        assert search(index, Question("?!")).confidence == 0.0

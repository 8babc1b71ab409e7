import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reader.reading import Extract
from index.records import Span
from index.rereading import SUREST, enough, gains, over_seam, sureness

logits = st.floats(-30, 30)


def extract(answers: float, peak: float = -math.inf) -> Extract:
    return Extract(answers, None, -math.inf, peak, np.zeros(0, np.float32))


def test_a_passage_gains_by_answering_and_by_the_better_span() -> None:
    found = gains([extract(0.0, 1.0), extract(math.log(3), 1.0 + math.log(3))], answers=0.4, spans=0.2)

    assert found.tolist() == pytest.approx([0.4 * 0.5 + 0.2 * 0.25, 0.4 * 0.75 + 0.2 * 0.75])


def test_without_any_span_only_the_answering_counts() -> None:
    assert gains([extract(0.0), extract(0.0)], answers=0.4, spans=0.2).tolist() == pytest.approx([0.2, 0.2])
    assert gains([], answers=0.4, spans=0.2).tolist() == []


def test_reading_stops_where_the_rest_can_not_win() -> None:
    stop = enough([1.0, 0.9, 0.1], answers=0.4, spans=0.2)

    assert not stop([extract(SUREST)])
    assert stop([extract(SUREST), extract(-SUREST)])
    assert not stop([extract(-SUREST), extract(-SUREST), extract(-SUREST)])


@given(st.lists(st.tuples(logits, logits), min_size=1, max_size=6), st.lists(st.floats(0, 3), min_size=1, max_size=6))
def test_what_was_left_unread_could_not_have_been_first(read: list[tuple[float, float]], found: list[float]) -> None:
    scores = sorted(found, reverse=True)
    extracts = [extract(*one) for one in read][: len(scores)]
    for count in range(1, len(extracts)):
        if enough(scores, 0.4, 0.2)(extracts[:count]):
            first = np.argmax(np.array(scores[: len(extracts)]) + gains(extracts, 0.4, 0.2))
            assert scores[first] + 0.4 + 0.2 >= scores[count]
            assert (
                max(scores[i] + 0.4 / (1 + math.exp(-extracts[i].answers)) for i in range(count))
                >= max(scores[i] + 0.6 for i in range(count, len(scores))) - 1e-3
            )


def test_what_is_read_behind_another_passage_counts_where_the_answer_is_in_the_first_sentence() -> None:
    alone, sentences = (
        Extract(1.0, Span(30, 35), -1.0, 2.0, np.array([0.2, 0.8], np.float32)),
        np.array([0.9, 0.1], np.float32),
    )
    told, within = (Span(0, 20), Span(21, 40)), Extract(4.0, Span(14, 20), -0.5, 6.0, sentences)

    assert over_seam(alone, within, told) is within
    assert over_seam(alone, replace(within, span=Span(14, 21)), told) is alone
    assert over_seam(alone, replace(within, span=None), told) is alone
    assert over_seam(alone, within, ()) is alone


def test_one_sure_passage_makes_sure() -> None:
    assert sureness([extract(-2.0), extract(1.5)]) == 1.5
    assert sureness([extract(99.0)]) == SUREST
    assert sureness([]) == -SUREST

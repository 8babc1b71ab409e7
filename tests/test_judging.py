from contextlib import closing
from pathlib import Path

import pytest

from index.records import Span
from index.search import Found, Question, search
from index.verdict import unsupported
from tests.archive import filled

BALLOON = "The trip was cancelled over a balloon."
GEESE = "Sixty geese crossed the frozen lake in January."
TEXTS = {
    "trip": f"Talks were held in June. {BALLOON}",
    "lake": f"It was cold there. {GEESE} Nobody had seen that before.",
}
TRIP_ASKED, GEESE_ASKED = "why was the trip cancelled", "how many geese crossed the frozen lake"
PAINTER_ASKED = "who painted the Lisbon ceiling frescoes"


def asking(path: Path, question: str, top_k: int = 5) -> Found:
    with closing(filled(path, TEXTS)) as index:
        return search(index, Question(question, top_k=top_k))


def stated(found: Found) -> list[str]:
    return [one.sentence.of(found.hits[one.hit].article.text) for one in found.statements]


def lacking(found: Found) -> list[str]:
    return [span.of(found.understood_as) for span in found.unsupported]


@pytest.mark.parametrize(
    ("covered", "places"),
    [
        ([], []),
        ([0.2], []),
        ([0.9, 0.8], []),
        ([0.9, 0.5], [1]),
        ([0.3, 0.9, 0.2], [0, 2]),
        ([0.3, 0.2], []),
        ([0.59, 0.2], []),
        ([0.9, 0.57], []),
    ],
)
def test_what_is_ill_covered_has_no_support_where_another_surely_has(covered: list[float], places: list[int]) -> None:
    assert unsupported(covered) == places


def test_each_question_in_one_is_answered_by_its_own_sentence_in_the_order_of_the_question(tmp_path: Path) -> None:
    found = asking(tmp_path, f"{GEESE_ASKED} and {TRIP_ASKED}?")

    assert stated(found) == [GEESE, BALLOON]
    assert found.unsupported == ()


@pytest.mark.parametrize("question", [f"{TRIP_ASKED} and {PAINTER_ASKED}?", f"{PAINTER_ASKED}? {TRIP_ASKED}?"])
def test_the_question_that_nothing_supports_is_named_and_the_other_answered(tmp_path: Path, question: str) -> None:
    found = asking(tmp_path, question)

    assert lacking(found) == [PAINTER_ASKED]
    assert stated(found) == [BALLOON]


def test_where_nothing_is_supported_no_question_is_told_apart(tmp_path: Path) -> None:
    found = asking(tmp_path, f"{PAINTER_ASKED} and who composed the Vienna organ sonatas?")

    assert found.unsupported == ()


def test_parts_that_ask_for_the_same_sentence_get_it_once(tmp_path: Path) -> None:
    found = asking(tmp_path, "which geese crossed the frozen lake and which frozen lake had geese crossed?")

    assert stated(found) == [GEESE]


def test_a_sentence_of_a_passage_that_is_not_shown_is_not_quoted(tmp_path: Path) -> None:
    found = asking(tmp_path, f"{GEESE_ASKED} and {TRIP_ASKED}?", top_k=1)

    assert len(stated(found)) == 1
    assert found.unsupported == ()


def test_a_question_of_one_part_has_no_unsupported_part(tmp_path: Path) -> None:
    assert asking(tmp_path, f"{PAINTER_ASKED}?").unsupported == ()


def test_taking_a_question_apart_leaves_its_offsets_in_what_was_understood(tmp_path: Path) -> None:
    found = asking(tmp_path, f"  {PAINTER_ASKED}? {TRIP_ASKED}")

    assert found.unsupported == (Span(0, len(PAINTER_ASKED) + 2),)


@pytest.mark.parametrize("question", ["a", "of", "The", "what?", "who is it", "WHO IS IT", "and what was there"])
def test_what_says_nothing_of_what_is_looked_for_is_not_answered(tmp_path: Path, question: str) -> None:
    found = asking(tmp_path, question)

    assert (found.confidence, found.signals) == (0, None)


@pytest.mark.parametrize("question", ["balloon", "who is WHO?", "60", "озеро", "and 2023?"])
def test_a_name_a_number_and_a_word_of_another_script_say_something(tmp_path: Path, question: str) -> None:
    assert asking(tmp_path, question).signals is not None


def test_when_beside_another_question_lacks_support_where_no_quote_has_a_time(tmp_path: Path) -> None:
    found = asking(tmp_path, "which trip was cancelled over a balloon, and when?")

    assert lacking(found) == ["when"]
    assert stated(found) == [BALLOON]

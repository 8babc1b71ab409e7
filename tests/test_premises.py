"""What is taken for granted, held against made-up sentences; a word is met where one like it stands."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import dates
from index.premises import Passage, Sentence, Told, contradiction
from index.premises.opposites import is_asserting, is_denied, parted, senses_of, signs
from index.premises.peoples import of_one_country
from index.premises.texts import WORD, alike, folded, of_one, words_of
from index.records import Period, Span

YEAR_2020 = Period(date(2020, 1, 1), date(2020, 12, 31))


def told(question: str, *sentences: str, days: dict[int, Period] | None = None) -> Told:
    spans = [Span(*found.span()) for found in WORD.finditer(question) if found[0][0].isalnum()]
    met = [
        [float(any(alike(word.folded, folded(span.of(question))) for word in words_of(one))) for span in spans]
        for one in sentences
    ]
    said = tuple(Sentence(one, (days[i],) if days and i in days else ()) for i, one in enumerate(sentences))
    passage = Passage(said, np.array(met, np.float32).reshape(len(sentences), len(spans)))
    return Told(question, spans, [passage], dates.asked(question, date(2024, 6, 1)))


def denied(question: str, *sentences: str, days: dict[int, Period] | None = None) -> tuple[str, str] | None:
    """The words of the question that are denied, and the sentence that denies them."""
    found = contradiction(told(question, *sentences, days=days))
    return (found.span.of(question), sentences[found.sentence]) if found else None


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("Why did the council reject the new bridge?", "The council approved the new bridge.", "reject"),
        ("Why did the council approve the new bridge?", "The council rejected the new bridge.", "approve"),
        ("Why did rents in Dover fall?", "Rents in Dover rose again.", "fall"),
        ("why did the mayor call off the harvest fair", "The mayor opened the harvest fair.", "call off"),
        (
            "why did the mayor call the harvest fair off",
            "The mayor opened the harvest fair.",
            "call the harvest fair off",
        ),
        ("What made Ruiz walk out of the harbour talks?", "Ruiz came to the harbour talks with a plan.", "walk out"),
        ("Why did Ruiz not sign the lease?", "Ruiz signed the lease.", "sign"),
        ("Why was the mayor sure that the bridge was safe?", "The mayor did not think the bridge was safe.", "bridge"),
        (
            "Why was the bridge closure deliberate?",
            "The bridge closure was more careless than deliberate.",
            "deliberate",
        ),
        (
            "Why do towns back Greenpeace on shark nets off Dover?",
            "Towns support Oceana on shark nets off Dover.",
            "Greenpeace",
        ),
        ("Who counted the 40 boats lost at Dover?", "A clerk counted the 60 boats lost at Dover.", "40"),
    ],
)
def test_the_opposite_a_negation_another_name_and_another_number_contradict(
    question: str, sentence: str, words: str
) -> None:
    assert denied(question, sentence) == (words, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Did the council reject the new bridge?", "The council approved the new bridge."),
        ("Why did the council reject the new bridge?", "The council turned the new bridge down."),
        ("Why did the council reject the new bridge?", "The council did not approve the new bridge."),
        ("Why did the council reject the new bridge?", "The council built a school for the old town."),
        ("Who did not sign the lease?", "Ruiz signed the lease."),
        ("Why did the US back the accord on nets?", "America supports the accord on nets."),
        ("Why did Kücük support the accord on nets?", "Kucuk supports the accord on nets."),
        ("How many of the three boats sank at Dover?", "Three boats sank at Dover."),
        ("bring back the harvest fair", "The mayor opposes the harvest fair."),
    ],
)
def test_what_asks_whether_what_is_said_in_other_words_and_what_is_not_said_at_all_contradict_nothing(
    question: str, sentence: str
) -> None:
    assert denied(question, sentence) is None


def test_another_sentence_can_speak_for_a_question() -> None:
    approved, rejected = "The council approved the new bridge.", "In May the council rejected the new bridge."

    assert denied("Why did the council reject the new bridge?", approved, rejected) is None


def test_an_event_of_other_days_contradicts_unless_some_sentence_may_be_of_those_asked_for() -> None:
    question, told_so = "Why did Ruiz cancel the Dover fair in 2021?", "Ruiz cancelled the Dover fair in 2020."
    undated = "Ruiz cancelled the Dover fair again."

    assert denied(question, told_so, days={0: YEAR_2020}) == ("2021", told_so)
    assert denied(question.replace("2021", "2020"), told_so, days={0: YEAR_2020}) is None
    assert denied(question, told_so, undated, days={0: YEAR_2020}) is None


@pytest.mark.parametrize(
    "question",
    [
        "Who met Luc Morel in Rome in 2022?",
        "and who did Ana Ruiz meet in Rome in 2022?",
        "Who did Ana Ruiz meet in Rome last week?",
        "Why did Ana Ruiz meet Luc Morel in Rome last week?",
    ],
)
def test_what_may_have_been_at_other_days_too_is_not_denied_by_one_of_them(question: str) -> None:
    assert denied(question, "Ana Ruiz met Luc Morel in Rome in 2020.", days={0: YEAR_2020}) is None


def test_the_event_of_some_days_is_one_whatever_is_asked_about_it() -> None:
    question, told_so = "Who joined the 2021 Dover harvest fair?", "Ruiz joined the Dover harvest fair in 2020."

    assert denied(question, told_so, days={0: YEAR_2020}) == ("2021", told_so)


def test_nothing_contradicts_where_nothing_was_found() -> None:
    assert contradiction(Told("Why did he refuse?", [Span(0, 3)], [])) is None


def test_a_negation_turns_a_word_and_two_leave_it() -> None:
    assert [sign.positive for sign in signs(["he", "did", "not", "support", "it"]) if sign.sense.sure] == [False, False]
    assert is_denied(["he", "never", "did", "not", "sign"], 4) is False


def test_back_is_a_verb_only_where_it_may_be() -> None:
    assert [sign.first for sign in signs(["they", "back", "unilateral", "changes"])] == [1]
    assert list(signs(["they", "hit", "back", "hard"])) == []
    assert list(signs(["he", "went", "home", "and", "back", "to", "work"])) == []


def test_endings_make_forms_and_a_star_makes_beginnings() -> None:
    assert {sense.axis for sense in senses_of("stopped")} == {"doing", "size"}
    assert {sense.positive for sense in senses_of("cancellation")} == {False}
    assert senses_of("committee") == ()
    assert is_asserting("agreed")
    assert not is_asserting("visit")
    assert list(parted(["pull", "its", "troops", "out", "now"])) == [(0, 3)]


def test_names_of_one_country_and_slips_of_one_name_are_one() -> None:
    assert of_one_country("beijing", "chinese")
    assert not of_one_country("iran", "iraq")
    assert of_one("rhou", "rou")
    assert not of_one("iran", "iraq")


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=80), max_size=3))
def test_whatever_is_asked_and_said_the_words_denied_are_the_questions(question: str, sentences: list[str]) -> None:
    found = contradiction(told(question, *sentences))

    assert found is None or 0 <= found.span.start < found.span.end <= len(question)


@given(
    st.lists(st.integers(0, 60), unique=True).map(sorted),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=8),
    st.sets(st.integers(0, 60)),
)
def test_words_inside_of_some_stretches_are_those_that_begin_there(
    starts: list[int], stretches: list[tuple[int, int]], leaving: set[int]
) -> None:
    spans = [Span(start, start + 1) for start in starts]
    asked = Told("x" * 70, spans, ())
    within = [Span(start, start + length) for start, length in stretches]

    assert asked.inside(within) == [
        place for place, word in enumerate(spans) if any(s.start <= word.start < s.end for s in within)
    ]
    assert asked.telling([*leaving]) == [place for place in range(len(spans)) if place not in leaving]

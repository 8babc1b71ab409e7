from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.questions import Part, Understood, named, understand
from index.records import Period, Span

TODAY = date(2024, 5, 7)


def taken_apart(text: str, *sources: str) -> list[str]:
    return [part.span.of(text) for part in understand(text, sources, TODAY).parts]


def names(understood: Understood) -> list[str]:
    return [span.of(understood.text) for span in understood.names]


# Publishers


def test_a_publisher_is_named_as_it_writes_itself() -> None:
    text = "What did The Echo and the Daily Ledger report?"
    assert named(text, ["The Echo", "Daily Ledger", "Post"]) == {
        Span(9, 17): frozenset({"The Echo"}),
        Span(26, 38): frozenset({"Daily Ledger"}),
    }


@pytest.mark.parametrize("text", ["did an echo sound", "the echoes of war", "TheEcho", "The Echoes", "The_Echo"])
def test_words_that_only_look_like_a_publisher_are_none(text: str) -> None:
    assert named(text, ["The Echo", "Echo"]) == {}


def test_a_publisher_is_named_by_a_part_of_its_name_and_by_one_that_others_share() -> None:
    sources = ["Echo | Sport", "Echo - World", "Ledger–Post"]
    assert named("in Echo", sources) == {Span(3, 7): frozenset({"Echo | Sport", "Echo - World"})}
    assert named("in Echo - World", sources) == {Span(3, 15): frozenset({"Echo - World"})}
    assert named("in Ledger", sources) == {}


def test_of_names_within_one_another_the_longest_is_meant() -> None:
    text = "The Sunday Times or The Times"
    assert named(text, ["The Times", "The Sunday Times", "Times"]) == {
        Span(0, 16): frozenset({"The Sunday Times"}),
        Span(20, 29): frozenset({"The Times"}),
    }


def test_a_name_of_two_letters_or_none_names_nobody() -> None:
    assert named("AP says | nothing", ["AP", "", " ", "AP | X"]) == {}


def test_a_name_is_no_pattern() -> None:
    assert named("What (Not) said", ["What (Not)", "W.* said"]) == {Span(0, 10): frozenset({"What (Not)"})}


def test_publishers_and_days_are_the_names_in_order() -> None:
    understood = understand("Did The Echo in March 2023 or the Ledger speak?", ["Ledger", "The Echo"], TODAY)
    assert names(understood) == ["The Echo", "March 2023", "Ledger"]
    assert understood.whole.span == Span(0, 47)
    assert understood.whole.publishers == {"The Echo", "Ledger"}
    assert [time.period for time in understood.whole.times] == [Period(date(2023, 3, 1), date(2023, 3, 31))]


# Parts

TRIP = "why was the balloon trip to Beijing cancelled"
GEESE = "how many geese crossed the frozen lake"


def test_a_question_is_cut_where_clauses_meet() -> None:
    assert taken_apart(f"{TRIP}, {GEESE}") == [f"{TRIP}, ", GEESE]
    assert taken_apart(f"{TRIP} and {GEESE}") == [f"{TRIP} ", f"and {GEESE}"]
    assert taken_apart(f"{TRIP}? {GEESE}?") == [f"{TRIP}? ", f"{GEESE}?"]


def test_a_question_of_one_clause_is_not_taken_apart() -> None:
    understood = understand(TRIP, ["The Echo"], TODAY)
    assert understood == Understood(TRIP, Part(Span(0, len(TRIP)), frozenset(), ()), (), (), (), TODAY)


def test_a_part_needs_four_words_that_tell_something() -> None:
    assert taken_apart(f"geese crossed lakes slowly, {TRIP}") == ["geese crossed lakes slowly, ", TRIP]
    assert taken_apart(f"geese crossed lakes, {TRIP}") == []
    assert taken_apart(f"{TRIP}, and who then was there with them") == []


def test_too_short_a_part_is_joined_to_the_next_and_the_last_to_the_one_before() -> None:
    assert taken_apart(f"in winter, {TRIP}, {GEESE}") == [f"in winter, {TRIP}, ", GEESE]
    assert taken_apart(f"{TRIP}, {GEESE}, or not") == [f"{TRIP}, ", f"{GEESE}, or not"]


def test_names_and_words_about_articles_do_not_make_a_part_long() -> None:
    report = "what did the report in The Grand Daily Morning Echo of March 2023 suggest"
    assert taken_apart(f"{report}, {TRIP}", "The Grand Daily Morning Echo") == []
    assert taken_apart(f"{report}, {TRIP}") == [f"{report}, ", TRIP]


def test_nothing_is_cut_inside_a_publishers_name() -> None:
    name = "Geese, Lakes and Frozen Rivers"
    assert taken_apart(f"did {name} say {TRIP}", name) == []
    assert taken_apart(f"{TRIP} in {name} and {GEESE}", name) == [f"{TRIP} in {name} ", f"and {GEESE}"]


def test_nothing_is_cut_inside_a_date() -> None:
    text = f"{TRIP} between March 4, 2023 and April 9, 2023 while {GEESE}"
    understood = understand(text, [], TODAY)
    assert names(understood) == ["between March 4, 2023 and April 9, 2023"]
    assert taken_apart(text) == [f"{TRIP} between March 4, 2023 and April 9, 2023 ", f"while {GEESE}"]


def test_each_part_has_its_own_publishers_and_days() -> None:
    text = f"{TRIP} in The Echo in March 2023, {GEESE} in the Ledger"
    trip, geese = understand(text, ["The Echo", "Ledger"], TODAY).parts
    assert trip.publishers == {"The Echo"}
    assert geese.publishers == {"Ledger"}
    assert [time.period for time in trip.times] == [Period(date(2023, 3, 1), date(2023, 3, 31))]
    assert geese.times == ()


def test_a_part_without_a_publisher_may_speak_of_any_that_the_question_names() -> None:
    text = f"did The Echo and the Ledger say {TRIP}, {GEESE}"
    first, second = understand(text, ["The Echo", "Ledger", "Post"], TODAY).parts
    assert first.publishers == second.publishers == {"The Echo", "Ledger"}


# Several questions in one


def several(text: str, *sources: str) -> list[str]:
    return [span.of(text) for span in understand(text, sources, TODAY).questions]


@pytest.mark.parametrize(
    "joined",
    [
        "{}? {}?",
        "{} and {}?",
        "{}, and {}",
        "{}; but also {}??",
        "{} ?\n{}? ",
        "{}? Or {}.",
    ],
)
def test_what_could_be_asked_alone_is_a_question_without_what_joins_it(joined: str) -> None:
    assert several(joined.format(TRIP, GEESE)) == [TRIP, GEESE]


@pytest.mark.parametrize(
    "second",
    [
        "what did it cost in euros",
        "in which month were sixty geese seen",
        "did blinken meet qin gang",
        "was Qin Gang there again",
        "is there a new date",
        "whats the date of the election",
        "whose balloon was seen there",
    ],
)
def test_a_second_question_begins_with_a_word_that_asks(second: str) -> None:
    assert several(f"{TRIP} and {second}?") == [TRIP, second]


@pytest.mark.parametrize(
    "rest",
    [
        "flown over the lake by geese",
        "did not take place in Peru",
        "was the first of sixty trips",
        "Will Smith's marriage in Peru",
        "why",
        "who was there with him",
    ],
)
def test_more_of_the_same_question_is_no_second_one(rest: str) -> None:
    assert several(f"{TRIP} and {rest}?") == []


def test_after_a_question_mark_key_words_ask_and_thanks_do_not() -> None:
    assert several(f"{TRIP}? election date Taiwan?") == [TRIP, "election date Taiwan"]
    assert several(f"{TRIP}? thank you very much indeed") == []


def test_what_asks_nothing_by_itself_goes_with_the_question_before() -> None:
    assert several(f"{TRIP}? and why? {GEESE}?") == [f"{TRIP}? and why", GEESE]
    assert several("What is up? and who was there? ") == []


def test_no_question_is_cut_inside_a_publishers_name() -> None:
    assert several(f"{TRIP} in Where? And What Now of Geese Lakes", "Where? And What Now of Geese Lakes") == []


WORDS = st.sampled_from([*TRIP.split(), *GEESE.split(), "and", "or", "The Echo", "March 4, 2023", "last week", "vs"])
MARKS = st.sampled_from([" ", ", ", "; ", "? ", "\n", "🎈 ", " \u202e"])


@given(st.lists(st.one_of(WORDS, MARKS, st.text(max_size=5)), max_size=30).map(" ".join))
def test_the_parts_of_any_question_are_the_whole_of_it_in_order_and_cut_no_name(text: str) -> None:
    understood = understand(text, ["The Echo"], TODAY)
    spans = [part.span for part in understood.parts]
    if spans:
        assert "".join(span.of(text) for span in spans) == text
        assert not any(name.start < span.start < name.end for span in spans for name in understood.names)


@given(
    st.lists(st.one_of(WORDS, MARKS, st.sampled_from([*"?,", "and who", "? did"]), st.text(max_size=5))).map(" ".join)
)
def test_the_questions_in_any_question_are_in_order_apart_and_cut_no_name(text: str) -> None:
    understood = understand(text, ["The Echo"], TODAY)
    edges = [edge for span in understood.questions for edge in span]
    assert edges == sorted(edges)
    assert len(understood.questions) != 1
    assert all(any(map(str.isalnum, span.of(text))) for span in understood.questions)
    assert not any(name.start < edge < name.end for edge in edges for name in understood.names)

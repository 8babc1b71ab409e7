"""Which words may be the few that a question asks for."""

import pytest

from index.kinds import left_open, may_answer


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Did Luc Morel meet Ana Ruiz in Rome?", "met her French counterpart Luc Morel"),
        ("and wasn't the fair cancelled?", "over a balloon"),
        ("How many boats sank?", "fishing boats"),
        ("how old is Ruiz", "Foreign minister Ana Ruiz"),
        ("For how long was the bridge closed?", "the old bridge"),
        ("When did Ruiz meet Morel?", "Foreign minister Ana Ruiz"),
        ("Since when?", "Rome"),
        ("Who met Luc Morel, and when", "Foreign minister Ana Ruiz"),
        ("Who met Luc Morel in Rome, and since when?", "on Friday"),
    ],
)
def test_words_of_another_kind_than_is_asked_for_are_not_given(question: str, words: str) -> None:
    assert not may_answer(question, words)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who met Luc Morel?", "Foreign minister Ana Ruiz"),
        ("Was it Ruiz or Morel that flew?", "Morel"),
        ("Can you tell me who met Morel?", "Ana Ruiz"),
        ("How many boats sank?", "sixty boats"),
        ("how old is Ruiz", "61"),
        ("How long was the bridge closed?", "several weeks"),
        ("When did Ruiz meet Morel?", "last Friday"),
        ("When did Ruiz meet Morel?", "2021"),
        ("How did the boats sink?", "in a storm"),
        ("When the boats sank, which storm raged?", "Ada"),
        ("What happened when the boats sank?", "a storm broke"),
    ],
)
def test_words_of_the_kind_that_is_asked_for_are_given(question: str, words: str) -> None:
    assert may_answer(question, words)


MET, ON_FRIDAY = "Ana Ruiz met her French counterpart Luc Morel in Rome.", "She left after the talks on Friday."


@pytest.mark.parametrize("asked", ["when", "since when", "why", "how many"])
def test_a_question_beside_another_that_no_sentence_has_a_word_for_is_left_open(asked: str) -> None:
    question = f"Who met Luc Morel, and {asked}?"
    span = left_open(question, [MET])

    assert span
    assert span.of(question) == asked


@pytest.mark.parametrize("asked", ["when", "why", "where", "when exactly"])
def test_a_question_beside_another_that_a_sentence_may_answer_is_not_left_open(asked: str) -> None:
    assert left_open(f"Who met Luc Morel, and {asked}?", [MET, ON_FRIDAY]) is None


def test_a_question_alone_leaves_nothing_open() -> None:
    assert left_open("when did Ana Ruiz meet Luc Morel?", [MET]) is None

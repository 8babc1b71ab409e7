from collections.abc import Sequence
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.near_misses import Kind, Pool, near_misses

DANUBE = """The Danube rises in Germany and flows through Austria. In 1856 the Paris treaty opened the Danube to ships.
Engineers from Vienna dug a canal of forty miles. Traders in Belgrade sold grain there in May 1990."""
OTHERS = (
    "Travellers in Norway met the king of Norway. They sailed in Norway with Erik Larsen for sixty days.",
    "Erik Larsen wrote from Peru in 1901. The harvest in Peru was late, and a harvest in Peru is dear.",
    "The winter in Chile was cold. In Chile the harvest failed, and Anna Berg left Chile. Anna Berg paid 30 coins.",
)
QUESTIONS = (
    "What was the harvest of 1901?",
    "How dear is the harvest in Peru?",
    "Who paid for the harvest?",
    "Who saw the king of Norway?",
)
POOL = Pool(QUESTIONS, [DANUBE, *OTHERS])
SEEDS = range(30)


def made(question: str, kind: Kind, paragraph: str = DANUBE, answers: Sequence[str] = ("nothing",)) -> set[str]:
    """All that is made of a question in one kind, over some seeds."""
    return {
        miss.question
        for seed in SEEDS
        for miss in near_misses(question, paragraph, answers, POOL, Random(seed))
        if miss.kind == kind
    }


def test_a_name_becomes_another_that_stands_as_it_does() -> None:
    assert made("What rises in Germany?", "name") == {
        "What rises in Chile?",
        "What rises in Norway?",
        "What rises in Peru?",
    }


def test_a_name_of_the_paragraph_itself_comes_first_where_its_sentence_does_not_answer() -> None:
    paragraph = "Erik Larsen built the long bridge of stone. Later on a visitor, Anna Berg, painted it from the shore."
    assert made("Who says that Erik Larsen built the bridge of stone?", "name", paragraph) == {
        "Who says that Anna Berg built the bridge of stone?"
    }


def test_a_name_of_a_sentence_that_may_answer_is_not_swapped_in() -> None:
    paragraph = (
        "Erik Larsen built a stone bridge in spring. Anna Berg built a stone bridge in winter, of the same sort."
    )
    assert made("When was a stone bridge built by Erik Larsen?", "name", paragraph, ["spring"]) == set()


def test_a_question_in_lower_case_keeps_it() -> None:
    assert made("what rises in germany?", "name") == {
        "what rises in chile?",
        "what rises in norway?",
        "what rises in peru?",
    }


def test_no_name_is_made_an_answer() -> None:
    assert made("What rises in Germany?", "name", answers=["Chile", "the hills of Peru"]) == {"What rises in Norway?"}


def test_a_number_becomes_another_of_its_form_and_size() -> None:
    assert made("Who dug a canal of forty miles?", "number") == {"Who dug a canal of sixty miles?"}


def test_an_ordinal_keeps_its_capital_and_needs_a_determiner() -> None:
    pool = Pool((), ["The first and the third ship came in."])
    paragraph = "The first ship sank at first."
    misses = near_misses("Which First did they see at first, the First ship?", paragraph, ["x"], pool, Random(1))
    assert [miss.question for miss in misses if miss.kind == "number"] == [
        "Which First did they see at first, the Third ship?"
    ]


def test_a_number_that_counts_the_answers_stays() -> None:
    assert made("Which forty miles were dug?", "number") == set()


def test_a_year_becomes_a_near_one_that_the_paragraph_does_not_have() -> None:
    years = {int(question[-5:-1]) for question in made("What treaty opened the river in 1856?", "date")}
    assert len(years) > 5
    assert years <= set(range(1841, 1872)) - {1855, 1856, 1857}


def test_a_year_inside_a_range_of_the_paragraph_is_not_taken() -> None:
    paragraph = "The dry years of 1845-1870 were hard, and in 1856 ships ran aground."
    years = {int(question[-5:-1]) for question in made("What ran aground in 1856?", "date", paragraph)}
    assert years == {1841, 1842, 1843, 1844, 1871}


def test_a_decade_becomes_a_decade() -> None:
    decades = made("What music was loved in the 1960s?", "date", "Jazz was loved in the 1960s.")
    assert decades
    assert all(question.endswith("0s?") for question in decades)


def test_a_month_becomes_another_and_may_is_one_only_after_in_or_of() -> None:
    months = made("Who sold grain in May of that spring?", "date")
    assert "Who sold grain in March of that spring?" in months
    assert len(months) > 6
    assert made("Who may sell grain?", "date") == set()


def test_a_day_of_the_month_keeps_the_ending_that_its_number_has() -> None:
    asked, said, nobody = "What froze on January 2nd", "It froze on January 2.", Pool((), ())
    misses = (near_misses(asked, said, ["It"], nobody, Random(seed)) for seed in range(500))
    days = {made.question.split()[-1] for found in misses for made in found if " January " in made.question}
    assert days >= {"1st", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "28th"}


def test_a_month_in_a_name_stays() -> None:
    assert made("Who reads the Sunday Times?", "date") == set()


def test_what_came_after_a_year_came_after_another_too() -> None:
    assert made("Which ships came after 1856?", "date") == set()


@pytest.mark.parametrize(
    ("question", "negated"),
    [
        ("Who sold the boats?", {"Who did not sell the boats?", "Who never sold the boats?"}),
        ("What did they row?", {"What did they not row?", "What did they never row?"}),
        ("What did the old fisher catch?", {"What didn't the old fisher catch?"}),
        ("What is the fishers' boat?", {"What isn't the fishers' boat?"}),
        ("What are fishers fond of?", {"What are not fishers fond of?", "What aren't fishers fond of?"}),
        ("What can't a fisher row?", {"What can a fisher row?"}),
        ("What will the fisher never row?", {"What will the fisher row?"}),
        ("What should fishers not row?", {"What should fishers row?"}),
        ("What won't fishers row?", {"What will fishers row?"}),
        ("How long is the boat?", set()),
        ("Is the boat red?", set()),
        ("In 1990, did the boat sink?", set()),
        ("Why not row?", set()),
    ],
)
def test_a_negation_goes_in_or_out(question: str, negated: set[str]) -> None:
    assert made(question, "negation") == negated


def test_what_a_paragraph_denies_is_not_asked_with_a_negation() -> None:
    assert made("What did they row?", "negation", "They did not row the ferry.") == set()


@pytest.mark.parametrize(
    ("question", "turned"),
    [
        ("Which treaty opened the Danube?", {"Which treaty closed the Danube?"}),
        ("Who bought an old boat?", {"Who sold an old boat?"}),
        ("Who saw an old boat?", {"Who saw a new boat?"}),
        ("Who came first?", set()),
        ("What was the First boat?", set()),
        ("How old is the boat?", set()),
        ("What does it look like?", set()),
        ("What did they like?", {"What did they dislike?"}),
        ("Who taught most fishers?", set()),
        ("Who taught the most fishers?", {"Who taught the least fishers?"}),
        ("Was the old boat red?", set()),
        ("Which boat won't sink?", set()),
        ("Which boat is bigger?", set()),
        ("Which boat is bigger than the ferry?", {"Which boat is smaller than the ferry?"}),
    ],
)
def test_a_word_becomes_its_opposite_where_it_stands_in_that_sense(question: str, turned: set[str]) -> None:
    assert made(question, "antonym") == turned


def test_likes_are_not_turned_in_a_review_of_two_minds() -> None:
    assert made("What did they like?", "antonym", "The lid fits well, but the pot rusts.") == set()


def test_a_noun_becomes_one_that_follows_the_same_words() -> None:
    assert made("Who dug the canal?", "noun") == {"Who dug the harvest?"}


def test_no_noun_of_the_paragraph_is_swapped_in_and_none_that_any_text_has_swapped_out() -> None:
    assert made("Who dug the canal?", "noun", DANUBE + " The harvest was good.") == set()
    assert made("Who saw the writer?", "noun", "The writer saw the writer.") == set()


def test_the_kinds_come_in_one_order() -> None:
    misses = near_misses("Who opened the canal of forty miles in Germany in 1856?", DANUBE, ["x"], POOL, Random(1))
    order = get_args(Kind)
    kinds = [miss.kind for miss in misses]
    assert {"name", "number", "date", "antonym"} <= set(kinds)
    assert kinds == sorted(kinds, key=order.index)
    assert len(kinds) == len(set(kinds))


VOCABULARY = """who what did the first not forty 1856 Danube danube Paris treaty opened canal in May of an old Germany
    austria Vienna's didn't 12th , is rises never Erik Larsen harvest king 3.5 é İ ß .."""
WORDS = st.sampled_from(VOCABULARY.split())
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=2), st.integers(0, 9))
def test_a_near_miss_is_another_question_and_the_same_seed_makes_it_again(
    question: str, paragraph: str, answers: list[str], seed: int
) -> None:
    misses = near_misses(question, paragraph, answers, POOL, Random(seed))
    assert misses == near_misses(question, paragraph, answers, POOL, Random(seed))
    assert all(miss.question.lower() != question.lower() for miss in misses)


def test_two_pools_of_the_same_texts_are_the_same_whatever_texts_come_twice() -> None:
    again = Pool(iter(QUESTIONS), iter([DANUBE, *OTHERS, DANUBE]))
    assert (again.names, again.numbers, again.nouns) == (POOL.names, POOL.numbers, POOL.nouns)

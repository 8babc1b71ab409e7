from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Period
from index.reprints import Copy, Group, joined

STORM = (
    "A storm tore the roof off the covered market in Vellmar on 3 March, and eleven stalls were destroyed.",
    "Traders who had slept beside their goods escaped through a window at the back of the hall.",
    "The town will pay 40,000 crowns to each of them until the building can be used again.",
    "It was put up in 1911 by a local mason, who never saw it finished.",
)
RETOLD = (
    "Eleven traders in Vellmar lost everything when wind destroyed the market hall's roof on 3 March.",
    "Several people, asleep inside, climbed out of a rear window unhurt.",
    "Compensation of 40,000 crowns apiece has been promised by the council while repairs go on.",
    "The hall dates from 1911, when its builder died before the work was over.",
)
QUOTED = '"I have sold cheese under that roof for thirty years and my mother did before me," Ines Novak said.'
ELSEWHERE = (
    "Scientists in Lorne have counted the seals on the sandbanks for the first time since the war.",
    "They used small boats and patience, and found far more of the animals than anyone had guessed.",
)


def day(number: int) -> Period:
    return Period(date(2024, 3, number), date(2024, 3, number))


def together(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return joined([Copy("a", one), Copy("b", other)]) == [Group(0, (1,))]


# What is a reprint


def test_the_same_words_in_two_articles_are_one_result() -> None:
    assert joined([Copy("a", STORM), Copy("seals", ELSEWHERE), Copy("b", STORM)]) == [Group(0, (2,)), Group(1, ())]


def test_a_story_told_in_other_words_is_another_result() -> None:
    assert joined([Copy("a", STORM), Copy("b", RETOLD)]) == [Group(0, ()), Group(1, ())]


def test_a_quotation_in_common_joins_nothing() -> None:
    assert not together((*STORM, QUOTED), (*RETOLD, QUOTED))


def test_a_passage_that_was_cut_short_is_a_reprint() -> None:
    assert together(STORM, STORM[:2])


def test_sentences_in_another_order_are_a_reprint() -> None:
    assert together(STORM, STORM[::-1])


def test_a_passage_with_a_headline_and_more_behind_it_is_a_reprint() -> None:
    assert together(STORM, ("Market roofless after storm", *STORM, *ELSEWHERE))


def test_quotation_marks_cases_and_dashes_make_no_difference() -> None:
    assert together((QUOTED,), ("“I HAVE SOLD CHEESE under that roof — for thirty years — and my mother did before me”, Ines Novak said.",))  # fmt: skip  # noqa: E501


def test_a_few_words_edited_in_every_sentence_make_no_difference() -> None:
    edited = (
        "A gale tore the roof off the covered market in Vellmar on 3 March, and eleven stalls were ruined.",
        "Traders who had slept beside their wares escaped through a window at the rear of the hall.",
        "The town is to pay 40,000 crowns to each of them until the hall can be used again.",
        "It was built in 1911 by a local mason, who never saw it completed.",
    )
    assert together(STORM, edited)


def test_one_form_filled_in_for_two_events_is_two_results() -> None:
    form = "The trip to {} was cancelled in {} after {} people on the coach fell ill, the company said on {}."
    one, other = form.format("Ostia", "February", 12, "Monday"), form.format("Lorne", "June", 31, "Friday")
    assert not together((one,), (other,))


def test_another_month_alone_makes_another_event() -> None:
    form = "The trip to Ostia was cancelled in {} because of a strike, the company said in a short letter."
    assert not together((form.format("February"),), (form.format("June"),))


def test_a_few_words_that_stand_in_a_longer_passage_are_no_reprint() -> None:
    assert not together(("Market in Vellmar.",), (*STORM, "He went to the market in Vellmar.", *ELSEWHERE))


def test_a_passage_split_otherwise_is_found_in_the_text_around() -> None:
    one = Copy("a", STORM, best=2, around=" ".join(ELSEWHERE))
    other = Copy("b", (*STORM[2:], *RETOLD), best=0, around=" ".join((*STORM[:2], *ELSEWHERE)))
    assert joined([one, other]) == [Group(0, (1,))]
    assert joined([one, Copy("b", other.sentences, best=0)]) == [Group(0, ()), Group(1, ())]


def test_agency_lines_join_nothing_where_the_stories_around_differ() -> None:
    line = ("Reporting by Ines Novak and Karim Marsh in Vellmar and Lorne; writing and editing by Peter Brandt.",)
    one = Copy("a", line, around=" ".join(STORM))
    assert joined([one, Copy("b", line, around=" ".join(RETOLD))]) == [Group(0, ()), Group(1, ())]
    assert joined([one, Copy("b", line, around=" ".join(STORM))]) == [Group(0, (1,))]


def test_characters_that_need_no_spaces_are_words() -> None:
    one = "昨日の夜、強い風で市場の屋根が飛ばされました。"
    assert together((one,), (one.replace("強い", "激しい"),))


def test_nothing_gives_nothing() -> None:
    assert joined([]) == []


# Who speaks


def test_the_earliest_dated_copy_speaks_in_the_place_of_the_best() -> None:
    copies = [Copy("a", STORM, day(9)), Copy("s", ELSEWHERE), Copy("b", STORM, day(2)), Copy("c", STORM)]
    assert joined(copies) == [Group(2, (0, 3)), Group(1, ())]


def test_a_date_that_leaves_days_open_counts_from_its_last() -> None:
    march = Period(date(2024, 3, 1), date(2024, 3, 31))
    assert joined([Copy("a", STORM, march), Copy("b", STORM, day(30))]) == [Group(1, (0,))]


def test_of_copies_of_one_day_the_best_speaks() -> None:
    assert joined([Copy("a", STORM, day(2)), Copy("b", STORM, day(2))]) == [Group(0, (1,))]


def test_a_publisher_that_was_named_speaks_before_an_earlier_one() -> None:
    copies = [Copy("a", STORM, day(1), "The Echo"), Copy("b", STORM, day(5), "Daily Ledger"), Copy("c", STORM, day(9))]
    assert joined(copies, named={"daily ledger"}) == [Group(1, (0, 2))]


def test_an_earlier_copy_without_the_sentence_that_was_found_does_not_speak() -> None:
    late, early = Copy("a", STORM, day(9), best=3), Copy("b", STORM[:3], day(2), best=0)
    assert joined([late, early]) == [Group(0, (1,))]
    assert joined([Copy("a", STORM, day(9), best=1), early]) == [Group(1, (0,))]


def test_a_speaker_that_covers_two_passages_of_an_article_names_it_once() -> None:
    first, second = Copy("a", STORM[:2], day(9)), Copy("a", STORM[2:], day(9))
    assert joined([first, second, Copy("b", STORM, day(2))]) == [Group(2, (0,))]


# Whatever the texts

WORDS = st.text("abcdefgh é。’日", min_size=1, max_size=12)
SENTENCES = st.lists(WORDS, min_size=1, max_size=5).map(tuple)
COPIES = st.lists(
    st.builds(Copy, st.sampled_from("abcde"), SENTENCES, st.sampled_from([None, day(1), day(2)])), max_size=12
)


@given(SENTENCES)
def test_a_text_and_its_copy_are_always_one_result(sentences: tuple[str, ...]) -> None:
    assert together(sentences, sentences)


@given(COPIES)
def test_passages_of_one_article_are_never_joined(copies: list[Copy]) -> None:
    for group in joined(copies):
        articles = [copies[i].article for i in (group.speaker, *group.others)]
        assert sorted(set(articles)) == sorted(articles)


@given(COPIES)
def test_groups_share_no_passage_and_stand_in_the_order_of_their_best(copies: list[Copy]) -> None:
    groups = [(group.speaker, *group.others) for group in joined(copies)]
    placed = [place for group in groups for place in group]
    assert sorted(set(placed)) == sorted(placed)
    assert all(min(one) < min(other) for one, other in pairwise(groups))


@pytest.mark.parametrize("texts", [(STORM, RETOLD, ELSEWHERE)])
@given(st.permutations([0, 0, 0, 1, 1, 2]))
def test_what_is_joined_does_not_depend_on_the_order(texts: tuple[tuple[str, ...], ...], order: list[int]) -> None:
    groups = joined([Copy(str(place), texts[number]) for place, number in enumerate(order)])
    assert sorted([order[i] for i in (g.speaker, *g.others)] for g in groups) == [[0, 0, 0], [1, 1], [2]]

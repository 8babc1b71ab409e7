"""Of two events that differ in their time alone, the one that is asked for."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml.html import fromstring

from index.candidates import FOUND, RECIPE, by_words
from index.dates import Asked, asked
from index.folder import Index
from index.questions import calendar_words, understand
from index.ranking import pool
from index.readings import Telling, readings
from index.records import Article, Filters, Period
from index.search import Question, search
from service.schemas import AskReply
from service.terminal import shown
from tests.archive import article
from tests.worlds import archive, served

TODAY = date(2024, 5, 7)
STORM = "The minister called off the trip to Oslo {when} because of a storm."
STRIKE = "The minister called off the trip to Oslo {when} because of a strike."
ASKED = "why did the minister call off the trip to Oslo {when}?"


def told(id: str, text: str, when: str, published_at: str | None) -> Article:
    text = f"{text.format(when=when)} Nobody wished to comment. {id.capitalize()} was quiet."
    return article(id, text.replace(" .", "."), title="A trip", published_at=published_at)


TWINS = (
    told("storm", STORM, "in February", "2022-06-03"),
    told("strike", STRIKE, "in February", "2023-07-21"),
    told("fog", STORM.replace("storm", "fog"), "in August 2021", None),
    article("geese", "Geese crossed the lake at dawn. Nobody counted them.", published_at="2022-02-09"),
    article("ferry", "A ferry sank near the harbour. Divers searched the wreck.", published_at="2023-02-09"),
)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with archive(tmp_path_factory.mktemp("twins"), *TWINS) as index:
        yield index


def first(index: Index, when: str, as_of: date = TODAY, **filters: Any) -> str:
    question = Question(ASKED.format(when=when), as_of=as_of, filters=Filters(**filters))
    return search(index, question).hits[0].article.id


@pytest.mark.parametrize(
    ("when", "as_of", "id"),
    [
        ("in February 2022", TODAY, "storm"),
        ("in february 2023", TODAY, "strike"),
        ("in 2021", TODAY, "fog"),
        ("in August", TODAY, "fog"),
        ("last month", date(2023, 3, 22), "strike"),
        ("last month", date(2022, 3, 30), "storm"),
        ("last year", date(2022, 3, 30), "fog"),
        ("two years ago", TODAY, "storm"),
        ("since 2023", TODAY, "strike"),
        ("before 2022", TODAY, "fog"),
        ("between January and March 2022", TODAY, "storm"),
        ("in the first quarter of 2023", TODAY, "strike"),
    ],
)
def test_a_time_picks_the_right_one_of_twin_events(twins: Index, when: str, as_of: date, id: str) -> None:
    assert first(twins, when, as_of) == id


@pytest.mark.parametrize(
    ("published", "id"),
    [(Period(date(2023, 7, 1), date.max), "strike"), (Period(date(2022, 2, 10), date(2022, 6, 30)), "storm")],
)
def test_a_filter_leaves_only_what_was_published_then(twins: Index, published: Period, id: str) -> None:
    found = search(twins, Question("why did the minister call off the trip?", filters=Filters(published=published)))

    assert ([hit.article.id for hit in found.hits], found.undated) == ([id], 1)


def test_what_is_asked_about_today_need_not_be_of_today(tmp_path: Path) -> None:
    chair = article("chair", "Anna chairs the board of the mill.", title="Board", published_at="2021-05-02")
    news = article("news", "The mill opened a canteen with its board.", title="Mill", published_at="2024-05-07")

    with archive(tmp_path, chair, news) as index:
        found = search(index, Question("who chairs the board of the mill today?", as_of=TODAY))

    assert found.hits[0].article.id == "chair"


def candidates(index: Index, question: str, as_of: date) -> set[str]:
    """The articles whose passages are looked at."""
    with index.view() as view:
        encoded = index.encoder.encode_questions([question])[0]
        found = by_words(view, understand(question, view.sources, as_of), None, RECIPE).numbers
        numbers = pool(found, view.nearest(encoded.whole, FOUND)[0])
        return {view.version(kept.version).id for kept in view.passages(numbers).values()}


def test_of_many_that_match_better_those_of_the_time_asked_for_are_candidates_too(tmp_path: Path) -> None:
    days = [date(2000 + number // 6, number % 6 * 2 + 1, 12) for number in range(150)]
    asked_for = {"last month": "2013-03", "before February 2000": "2000-01", "since November 2024": "2024-11"}
    words = {f"{day:%Y-%m}": "price" if f"{day:%Y-%m}" in asked_for.values() else "rate" for day in days}
    rates = [
        article(f"{day:%Y-%m}", f"The bank set its {words[f'{day:%Y-%m}']} anew.", published_at=day.isoformat())
        for day in days
    ]

    with archive(tmp_path, *rates) as index:
        found = {when: candidates(index, f"what rate did the bank set {when}?", date(2013, 4, 2)) for when in asked_for}

    assert {when: id in found[when] for when, id in asked_for.items()} == dict.fromkeys(asked_for, True)


def test_the_same_words_a_year_later_are_no_reprint(tmp_path: Path) -> None:
    text = (
        "The bank set its rate at two per cent on Tuesday, as it had said that it would, and saw no reason for worry."
    )
    years = [article(year, text, published_at=f"{year}-03-15") for year in ("2021", "2022")]

    with archive(tmp_path, *years) as index:
        found = search(index, Question("what rate did the bank set on Tuesday?", as_of=TODAY))

    assert sorted((hit.article.id, hit.also_in) for hit in found.hits) == [("2021", ()), ("2022", ())]


# Words of dates


def words(question: str) -> list[list[str]]:
    return calendar_words(asked(question, TODAY)[0])


def test_what_is_asked_for_is_looked_up_by_the_words_that_its_dates_would_have() -> None:
    assert words("in March 2022") == [["March"], ["2022"]]
    assert words("last week") == [["April", "May"], ["2024"]]
    assert words("in 2021") == [["2021"]]
    assert words("the February trip") == [["February"]]
    assert words("between November 2021 and January 2022") == [["November", "December", "January"], ["2021", "2022"]]
    assert words("on Friday") == []


def test_an_open_time_is_looked_up_by_its_years_some_thirty_of_them() -> None:
    assert words("since March 2023") == [[str(year) for year in range(2023, 2054)]]
    assert words("before 2020") == [[str(year) for year in range(1989, 2020)]]


def test_today_is_told_from_a_date_that_is_today() -> None:
    loose = understand("who is the head today", [], TODAY)
    strict = understand("who was the head on 7 May 2024", [], TODAY)

    assert [loose.is_today(time) for time in loose.whole.times] == [True]
    assert [strict.is_today(time) for time in strict.whole.times] == [False]
    assert loose.topic == "who is the head  "


# Which period is meant

FEBRUARY: tuple[Asked, ...] = asked("the February trip", TODAY)
IN_2022, IN_2023 = (Period(date(year, 2, 1), date(year, 2, 28)) for year in (2022, 2023))
BEST = Telling("one", 1.0, 0.5, 10.0, (Period(date(2023, 2, 9), date(2023, 2, 9)),))
OTHER = Telling("other", 0.9, 0.45, 10.0, (IN_2022,))


def test_a_bare_month_means_each_year_that_a_passage_fits_about_equally_well() -> None:
    assert readings(FEBRUARY, [BEST, OTHER, OTHER._replace(article="third")]) == {IN_2022: 1, IN_2023: 0}


@pytest.mark.parametrize(
    "other",
    [
        OTHER._replace(score=0.85),
        OTHER._replace(answers=0.4),
        OTHER._replace(covered=8.0),
        OTHER._replace(article="one"),
        OTHER._replace(days=()),
        OTHER._replace(days=(IN_2022, IN_2023)),
        OTHER._replace(days=(Period(date(2022, 1, 1), date(2022, 12, 31)),)),
        OTHER._replace(days=(Period(date(2022, 3, 1), date(2022, 3, 9)),)),
        OTHER._replace(days=(IN_2023,)),
    ],
)
def test_what_is_worse_or_of_no_other_year_is_no_reading(other: Telling) -> None:
    assert readings(FEBRUARY, [BEST, other]) == {}


@pytest.mark.parametrize(
    "question", ["the trip", "the February 2023 trip", "the trip last year", "in February or in May"]
)
def test_a_question_that_names_no_month_or_its_year_or_two_months_has_one_reading(question: str) -> None:
    assert readings(asked(question, TODAY), [BEST, OTHER]) == {}


def test_where_the_best_is_of_another_time_there_is_no_choice() -> None:
    assert readings(FEBRUARY, [BEST._replace(days=()), OTHER, BEST]) == {}
    assert readings(FEBRUARY, []) == {}


# Through the service

BARE = ASKED.format(when="in February")


def ask(path: Path, question: str = BARE, *articles: Article, **rest: Any) -> dict[str, Any]:
    with served(path, *(articles or TWINS), threshold=0.0) as client:
        reply = client.post("/v1/ask", json={"question": question, **rest})
        assert reply.status_code == 200
        return dict(reply.json())


def test_a_bare_month_that_fits_two_years_is_answered_once_for_each(tmp_path: Path) -> None:
    reply = ask(tmp_path)
    numbers = {passage["article"]["id"]: passage["citation"] for passage in reply["passages"]}
    storm, strike = STORM.format(when="in February"), STRIKE.format(when="in February")

    assert (reply["verdict"], reply["answerable"]) == ("ambiguous", True)
    assert reply["answer"]["text"] == (
        f"February 2022: {storm} [{numbers['storm']}]\nFebruary 2023: {strike} [{numbers['strike']}]"
    )
    assert reply["readings"] == [
        {"start": 0, "end": len(storm), "text": storm, "citation": numbers["storm"], "article": "storm",
         "period": "February 2022", "first": "2022-02-01", "last": "2022-02-28"},
        {"start": 0, "end": len(strike), "text": strike, "citation": numbers["strike"], "article": "strike",
         "period": "February 2023", "first": "2023-02-01", "last": "2023-02-28"},
    ]  # fmt: skip
    assert [sentence["text"] for sentence in reply["answer"]["sentences"]] == [storm, strike]


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        (ASKED.format(when="in February 2022"), {}),
        (ASKED.format(when="last February"), {"as_of": "2023-01-10"}),
        (BARE, {"filters": {"published_after": "2023", "published_before": "2023"}}),
        (BARE, {"top_k": 1}),
        (ASKED.format(when="in August"), {}),
    ],
)
def test_a_question_or_a_filter_that_says_which_year_is_answered(tmp_path: Path, question: str, rest: Any) -> None:
    reply = ask(tmp_path, question, **rest)

    assert (reply["verdict"], reply["readings"], len(reply["answer"]["sentences"])) == ("answered", [], 1)


def test_two_articles_on_one_february_are_one_reading(tmp_path: Path) -> None:
    later = told("later", STRIKE.replace("because of", "over"), "in February", "2023-07-01")

    assert ask(tmp_path, BARE, TWINS[1], later)["verdict"] == "answered"


def test_the_writer_none_says_which_periods_fit_and_no_more(tmp_path: Path) -> None:
    reply = ask(tmp_path, writer="none")

    assert (reply["verdict"], reply["answer"]) == ("ambiguous", None)
    assert [reading["period"] for reading in reply["readings"]] == ["February 2022", "February 2023"]


def test_people_see_a_line_for_each_period(tmp_path: Path) -> None:
    reply = ask(tmp_path)
    lines = shown(AskReply.model_validate(reply), 120, styled=False).splitlines()

    assert lines[:2] == reply["answer"]["text"].split("\n")


def test_the_page_says_which_period_each_sentence_is_about(tmp_path: Path) -> None:
    with served(tmp_path, *TWINS, threshold=0.0) as client:
        page = client.get("/", params={"q": BARE}).text

    assert "The archive answers this for more than one time." in page
    said = " ".join(fromstring(page).text_content().split())
    assert f"February 2022: {STORM.format(when='in February')}" in said


DATED = (TWINS[3], TWINS[4])


@pytest.mark.parametrize(
    ("question", "as_of", "has_something"),
    [
        ("what happened last week?", date(2022, 2, 14), True),
        ("what happened last week?", TODAY, False),
        ("And what else took place in 2021", TODAY, False),
        ("what happened in February 2023?", TODAY, True),
        ("what happened near the harbour last week?", TODAY, True),
        ("where did geese cross last week?", TODAY, True),
    ],
)
def test_what_happened_on_days_of_which_nothing_is_told_is_not_answered(
    tmp_path: Path, question: str, as_of: date, has_something: bool
) -> None:
    with archive(tmp_path, *DATED) as index:
        found = search(index, Question(question, as_of=as_of))

    assert (found.signals is not None) == has_something
    assert (found.confidence > 0) == has_something

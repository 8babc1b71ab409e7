import re
import time
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.dates import Asked, Mention, Weekly, Yearly, asked, fits, mentions, parse, spell
from index.records import Period, Span

SUNDAY = parse("2023-06-18")
TUESDAY = date(2023, 6, 20)


def spoken(text: str, base: Period | None = SUNDAY) -> list[tuple[str, str]]:
    """Each date that an article speaks of: as it stands there, and what it means."""
    return [(mention.span.of(text), _meaning(mention)) for mention in mentions(text, base)]


def wanted(question: str, as_of: date = TUESDAY) -> list[tuple[str, str]]:
    return [(one.span.of(question), _meaning(one)) for one in asked(question, as_of)]


def _meaning(one: Mention | Asked) -> str:
    if one.recurring:
        return f"any {spell(one.recurring)}"
    assert one.period is not None
    return spell(one.period)


# --- ISO 8601 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023-06-18T09:00:00Z", "2023-06-18", "2023-06-18"),
        ("2023-06-18T23:30:00.123456-07:00", "2023-06-18", "2023-06-18"),
        ("2023-06-18T00:30+0200", "2023-06-18", "2023-06-18"),
        ("2023-06-18T09:00:00", "2023-06-18", "2023-06-18"),
        ("2023-06-18 09:00:00", "2023-06-18", "2023-06-18"),
        ("2023-06-18", "2023-06-18", "2023-06-18"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
        ("0001-01", "0001-01-01", "0001-01-31"),
    ],
)
def test_a_partial_date_is_the_days_that_it_leaves_open(text: str, first: str, last: str) -> None:
    assert parse(text) == Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "2023-6-18", "18.06.2023", "2023-13", "2023-02-29", "0000", "20230618", "2023-06-18T",
        "2023-06-18T25:00Z", "2023-06-18T09:00:00 Z",
        "2023-06-18\n", " 2023", "２０２３", "yesterday", "2023-W25", "9" * 5000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_value_named(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601|calendar") as caught:
        parse(text)
    assert repr(text)[:20] in str(caught.value)
    assert len(str(caught.value)) < 160


@given(st.dates())
def test_any_day_month_and_year_is_read_back(day: date) -> None:
    assert parse(day.isoformat()) == Period(day, day)
    assert parse(f"{day.isoformat()}T23:59:59-12:00") == Period(day, day)
    month, year = parse(day.isoformat()[:7]), parse(day.isoformat()[:4])
    assert year.first <= month.first <= day <= month.last <= year.last
    assert (month.first.day, month.first.month, year.first.timetuple().tm_yday) == (1, day.month, 1)


# --- Articles: what is written in full ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It ended on 9 November 2023.", [("9 November 2023", "9 November 2023")]),
        ("It ended on Nov. 9, 2023.", [("Nov. 9, 2023", "9 November 2023")]),
        ("It ended on November 9th, 2023.", [("November 9th, 2023", "9 November 2023")]),
        ("the 9th of November 2023", [("9th of November 2023", "9 November 2023")]),
        ("the first of June, 2023", [("first of June, 2023", "1 June 2023")]),
        ("Friday, June 16, 2023", [("Friday, June 16, 2023", "16 June 2023")]),
        ("Sun, 4 Jun 2023", [("Sun, 4 Jun 2023", "4 June 2023")]),
        ("on\nNovember 9,\n2023", [("November 9,\n2023", "9 November 2023")]),
        ("By | June 18, 2023", [("June 18, 2023", "18 June 2023")]),
        ("at 10:30 June 5, 2022", [("June 5, 2022", "5 June 2022")]),
        ("Feb. 29, 2024", [("Feb. 29, 2024", "29 February 2024")]),
        ("2 to 5 May 2022", [("2 to 5 May 2022", "2 to 5 May 2022")]),
        ("May 2-5, 2022", [("May 2-5, 2022", "2 to 5 May 2022")]),
        ("on Nov. 7 and 8, 2023", [("Nov. 7 and 8, 2023", "7 to 8 November 2023")]),
        ("September 2023", [("September 2023", "September 2023")]),
        ("September of 2023", [("September of 2023", "September 2023")]),
        ("in June, 2018", [("June, 2018", "June 2018")]),
        ("early March 2024", [("early March 2024", "1 to 10 March 2024")]),
        ("the end of May 2024", [("end of May 2024", "21 to 31 May 2024")]),
        ("the last week of April 2023", [("last week of April 2023", "25 to 30 April 2023")]),
        ("the first Thursday in May 2011", [("first Thursday in May 2011", "1 to 7 May 2011")]),
        ("in 2018", [("2018", "2018")]),
        ("the 2018 World Cup", [("2018", "2018")]),
        ("World Cup 2018 winners", [("2018", "2018")]),
        ("his report (2019) won", [("2019", "2019")]),
        ("Labour’s 2019 manifesto", [("2019", "2019")]),
        ("in 1066", [("1066", "1066")]),
        ("In 2018 people laughed", [("2018", "2018")]),
        ("late 2015", [("late 2015", "September to December 2015")]),
        ("mid-2023", [("mid-2023", "May to August 2023")]),
        ("fiscal year 2023, FY2022", [("fiscal year 2023", "2023"), ("FY2022", "2022")]),
        ("Q3 2023", [("Q3 2023", "July to September 2023")]),
        ("the third quarter of 2022", [("third quarter of 2022", "July to September 2022")]),
        ("the first half of 2021", [("first half of 2021", "January to June 2021")]),
        ("the summer of 2021", [("summer of 2021", "June to August 2021")]),
        ("in the spring of 1753", [("spring of 1753", "March to May 1753")]),
        ("winter 2022", [("winter 2022", "December 2022 to February 2023")]),
        ("in the 1990s", [("1990s", "1990 to 1999")]),
        ("the early 1990s", [("early 1990s", "1990 to 1992")]),
        ("the 1840s and 50s", [("1840s", "1840 to 1849"), ("50s", "1850 to 1859")]),
        ("in the 80s", [("80s", "1980 to 1989")]),
        ("in the 1800s", [("1800s", "1800 to 1899")]),
        ("the 19th century", [("19th century", "1800 to 1899")]),
        ("10th and 11th centuries", [("10th and 11th centuries", "900 to 1099")]),
        ("between 2015 and 2018", [("between 2015 and 2018", "2015 to 2018")]),
        ("between 1402 and 1405", [("between 1402 and 1405", "1402 to 1405")]),
        ("Darwin (1809–1882)", [("1809–1882", "1809 to 1882")]),
        ("the war of 1914-18", [("1914-18", "1914 to 1918")]),
        ("in the 2022/23 season", [("2022/23", "2022 to 2023")]),
        ("in 2005-06", [("2005-06", "2005 to 2006")]),
        ("from June to August 2023", [("from June to August 2023", "June to August 2023")]),
        ("June 5 - July 3, 2022", [("June 5 - July 3, 2022", "5 June to 3 July 2022")]),
        ("from November 2022 to February", [("from November 2022 to February", "November 2022 to February 2023")]),
        ("from December to February 2023", [("from December to February 2023", "December 2022 to February 2023")]),
        ("on 2023-06-18", [("2023-06-18", "18 June 2023")]),
        ("2023-06-18T09:00:00+02:00:", [("2023-06-18T09:00:00+02:00", "18 June 2023")]),
        ("18/06/2023 and 06/18/2023", [("18/06/2023", "18 June 2023"), ("06/18/2023", "18 June 2023")]),
        ("18.06.2023", [("18.06.2023", "18 June 2023")]),
    ],
)  # fmt: skip
def test_a_date_written_in_full_needs_no_article_date(text: str, expected: list[tuple[str, str]]) -> None:
    assert spoken(text, None) == expected
    assert spoken(text, SUNDAY) == expected
    assert all(mention.basis == "stated" for mention in mentions(text, SUNDAY))


# --- Articles: what counts from their own date ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "phrase", "meaning"),
    [
        ("a trip in February", "February", "February 2023"),
        ("a meeting in November in Bali", "November", "November 2022"),
        ("earlier in June", "June", "June 2023"),
        ("Earlier this year in February, a balloon", "Earlier this year in February", "February 2023"),
        ("in May last year", "May last year", "May 2022"),
        ("in March of this year", "March of this year", "March 2023"),
        ("The summit will be held in September", "September", "September 2023"),
        ("They are expected at the upcoming summit in September", "September", "September 2023"),
        ("invited to travel there in November", "November", "November 2023"),
        ("In September, the court will rule", "September", "September 2023"),
        ("another watchpoint in March, when the next president will be sworn in", "March", "March 2024"),
        ("The visit, which was scheduled for February, was called off", "February", "February 2023"),
        ("the July summit", "July", "July 2023"),
        ("The party will suffer for its defeat in May", "May", "May 2023"),
        ("last November", "last November", "November 2022"),
        ("this past February", "this past February", "February 2023"),
        ("next May", "next May", "May 2024"),
        ("this September", "this September", "September 2023"),
        ("May saw the journey of the director", "May", "May 2023"),
        ("mid-June", "mid-June", "11 to 20 June 2023"),
        ("set for Jan. 13", "Jan. 13", "13 January 2024"),
        ("on July 5", "July 5", "5 July 2023"),
        ("signed on June 27", "June 27", "27 June 2023"),
        ("was shot on Dec. 20", "Dec. 20", "20 December 2022"),
        ("on Nov. 7 and 8", "Nov. 7 and 8", "7 to 8 November 2023"),
        ("on 5 June last year", "5 June last year", "5 June 2022"),
        ("met on Friday", "Friday", "16 June 2023"),
        ("commencing on Sunday", "Sunday", "18 June 2023"),
        ("has scheduled meetings on Monday", "Monday", "19 June 2023"),
        ("He told CNN Thursday night", "Thursday", "15 June 2023"),
        ("last Friday", "last Friday", "16 June 2023"),
        ("last Sunday", "last Sunday", "11 June 2023"),
        ("this Friday", "this Friday", "16 June 2023"),
        ("next Friday", "next Friday", "23 June 2023"),
        ("this coming Monday", "this coming Monday", "19 June 2023"),
        ("on Friday last week", "Friday last week", "9 June 2023"),
        ("Monday of next week", "Monday of next week", "19 June 2023"),
        ("last week", "last week", "5 to 11 June 2023"),
        ("this week’s talks", "this week", "12 to 18 June 2023"),
        ("next week", "next week", "19 to 25 June 2023"),
        ("the end of last week", "end of last week", "9 to 11 June 2023"),
        ("last month", "last month", "May 2023"),
        ("earlier this month", "earlier this month", "1 to 18 June 2023"),
        ("later this month", "later this month", "18 to 30 June 2023"),
        ("late last year", "late last year", "September to December 2022"),
        ("by the end of the year", "end of the year", "September to December 2023"),
        ("earlier in the week", "earlier in the week", "12 to 18 June 2023"),
        ("last quarter", "last quarter", "January to March 2023"),
        ("in Q1", "Q1", "January to March 2023"),
        ("this decade", "this decade", "2020 to 2029"),
        ("last summer", "last summer", "June to August 2022"),
        ("this fall", "this fall", "September to November 2023"),
        ("yesterday", "yesterday", "17 June 2023"),
        ("the day before yesterday", "day before yesterday", "16 June 2023"),
        ("tomorrow", "tomorrow", "19 June 2023"),
        ("last night", "last night", "17 June 2023"),
        ("this morning", "this morning", "18 June 2023"),
        ("over the weekend", "weekend", "17 to 18 June 2023"),
        ("last weekend", "last weekend", "10 to 11 June 2023"),
        ("ten days ago", "ten days ago", "8 June 2023"),
        ("two weeks ago", "two weeks ago", "29 May to 4 June 2023"),
        ("a couple of months ago", "a couple of months ago", "April 2023"),
        ("five years ago", "five years ago", "2018"),
        ("over the past year", "past year", "18 June 2022 to 18 June 2023"),
        ("in the last three months", "last three months", "18 March to 18 June 2023"),
        ("over the next several months", "next several months", "18 June to 18 December 2023"),
    ],
)  # fmt: skip
def test_a_relative_phrase_counts_from_the_articles_own_date(text: str, phrase: str, meaning: str) -> None:
    assert spoken(text) == [(phrase, meaning)]
    assert mentions(text, SUNDAY)[0].basis == "relative"


@pytest.mark.parametrize(
    ("text", "published", "meaning"),
    [
        ("last week", "2024-01-03", "25 to 31 December 2023"),
        ("this week", "2024-01-03", "1 to 7 January 2024"),
        ("in December", "2024-01-03", "December 2023"),
        ("on Friday", "2024-01-03", "29 December 2023"),
        ("last month", "2024-03-31", "February 2024"),
        ("the past month", "2024-03-31", "29 February to 31 March 2024"),
        ("a year ago", "2024-02-29", "2023"),
        ("over the past year", "2024-02-29", "28 February 2023 to 29 February 2024"),
        ("last winter", "2024-01-03", "December 2022 to February 2023"),
        ("this winter", "2024-01-03", "December 2023 to February 2024"),
        ("in February", "2024-04", "February 2024"),
        ("in April", "2024-04", "April 2024"),
        ("last week", "2024-04", "25 March to 28 April 2024"),
        ("last month", "2024-04", "March 2024"),
        ("today", "2024-04", "April 2024"),
        ("in February", "2024", "February 2024"),
        ("last year", "2024", "2023"),
    ],
)  # fmt: skip
def test_year_ends_leap_years_and_partial_dates_are_kept_to(text: str, published: str, meaning: str) -> None:
    assert [found for _, found in spoken(text, parse(published))] == [meaning]


def test_without_an_article_date_what_is_relative_is_left_out_and_the_rest_recurs() -> None:
    text = "Last week and on Friday, as in February and on June 27."
    assert mentions(text, None) == (
        Mention(Span(17, 23), None, Weekly(4), "stated"),
        Mention(Span(31, 39), None, Yearly((2, 1), (2, 31)), "stated"),
        Mention(Span(47, 54), None, Yearly((6, 27), (6, 27)), "stated"),
    )


def test_a_day_written_in_full_before_gives_its_year_to_the_same_day_after_it() -> None:
    text = "The ministers on June 27, 2025. On June 27, the two signed."
    assert spoken(text) == [("June 27, 2025", "27 June 2025"), ("June 27", "27 June 2025")]
    assert spoken("In June 2021 it fell. It fell again in June.") == [("June 2021", "June 2021"), ("June", "June 2023")]


# --- Articles: false friends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "It may rain, and they may march on.",
        "May I ask? May the force be with you.",
        "Theresa May resigned; Mrs. May left.",
        "June Smith met August Wilson and Jan Brown.",
        "the March on Washington and the Women’s March",
        "He sat in the sun and wed.",
        "a second look",
        "the G20, the F-16, COVID-19 and 9/11",
        "2018 people died and $2018 was paid for 2018 votes",
        "version 2018.1, v2018 and 1,999.2018",
        "call 555-123-2018 or see https://example.org/2018/06/18/story",
        "a group killed 2018 in all",
        "February 30, 2023 and 31 June 2022 and Feb. 29, 2023",
        "05/06/2023",
        "300 BC and 1200 BC",
        "Black Friday, Good Friday and The Sunday Times",
        "Thursday Night Football and Saturday Night Live",
        "USA Today and Last Week Tonight",
        "on Fridays, every Friday, each May and every year",
        "the next day, the last day of the trial, the last year of his life",
        "in the fourth quarter of the match",
        "Week 14, a 10 year old, 24/7",
        "at 18:30 and 13.45",
        "the fall of the government in a hot summer sun",
    ],
)
def test_words_that_only_look_like_dates_are_none(text: str) -> None:
    assert spoken(text) == []


# --- Questions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "phrase", "meaning"),
    [
        ("why was the February trip cancelled?", "February", "any February"),
        ("the february trip", "february", "any February"),
        ("what happened in february 2023", "february 2023", "February 2023"),
        ("which november meeting came first", "november", "any November"),
        ("the may inauguration", "may", "any May"),
        ("what may happen in may", "may", "any May"),
        ("did they march in march", "march", "any March"),
        ("may 5 protests", "may 5", "any 5 May"),
        ("what happened on 5 may", "5 may", "any 5 May"),
        ("news from November 5", "November 5", "any 5 November"),
        ("what did he do on friday", "friday", "any Friday"),
        ("the weekend trip", "weekend", "any Saturday to Sunday"),
        ("skiing in winter", "winter", "any December to February"),
        ("since february", "february", "any February"),
        ("diplomacy nov 2023 - jan 2024", "nov 2023 - jan 2024", "November 2023 to January 2024"),
        ("honda civic 2016 replacement", "2016", "2016"),
        ("his 2018 stopover", "2018", "2018"),
        ("lay out plans for 1765", "1765", "1765"),
        ("what happened last week", "last week", "12 to 18 June 2023"),
        ("what happened this year", "this year", "2023"),
        ("Yesterday's news", "Yesterday", "19 June 2023"),
        ("talks in the last three months", "last three months", "20 March to 20 June 2023"),
        ("since last week", "since last week", "since 12 June 2023"),
        ("last friday", "last friday", "16 June 2023"),
        ("last may", "last may", "May 2023"),
        ("talks since March 2023", "since March 2023", "since March 2023"),
        ("elections before 2020", "before 2020", "until 2019"),
        ("prior to 2020", "prior to 2020", "until 2019"),
        ("after the 10th of June 2023", "after the 10th of June 2023", "since 11 June 2023"),
        ("after 1945", "after 1945", "since 1946"),
        ("until the end of 2022", "until the end of 2022", "until 2022"),
        ("by December 2025", "by December 2025", "until 2025"),
        ("on or before June 5, 2023", "on or before June 5, 2023", "until 5 June 2023"),
        ("before or after june 2023?", "june 2023", "June 2023"),
        ("from 2020 onwards", "from 2020 onwards", "since 2020"),
        ("from March 2021 on", "from March 2021 on", "since March 2021"),
        ("between June and August 2023", "between June and August 2023", "June to August 2023"),
        ("between june and august", "between june and august", "any June to August"),
        ("between June 2023 and november", "between June 2023 and november", "June to November 2023"),
        ("between november 9, 2023, and december 21, 2023", "between november 9, 2023, and december 21, 2023",
         "9 November to 21 December 2023"),
        ("from 2 to 5 May 2022", "2 to 5 May 2022", "2 to 5 May 2022"),
        ("on 2023-10-04T21:11:57+00:00", "2023-10-04T21:11:57+00:00", "4 October 2023"),
        ("early june 2023", "early june 2023", "1 to 10 June 2023"),
        ("as of june 2023", "june 2023", "June 2023"),
    ],
)  # fmt: skip
def test_a_question_counts_from_the_askers_day_but_a_bare_month_fits_any_year(
    question: str, phrase: str, meaning: str
) -> None:
    assert wanted(question) == [(phrase, meaning)]


@pytest.mark.parametrize(
    "question",
    [
        "who may run, and what did may say",
        "this may be wrong",
        "the march on washington",
        "2018 people died when",
        "a $2018 refund",
        "how old is the 10 year old",
        "what year was it",
        "since when",
        "a force equal to 1000 pounds",
        "",
    ],
)
def test_a_question_without_a_date_asks_for_none(question: str) -> None:
    assert wanted(question) == []


def test_a_question_may_ask_for_several_dates() -> None:
    assert wanted("reported on October 7, 2023, and again in May or in 2021") == [
        ("October 7, 2023", "7 October 2023"),
        ("May", "any May"),
        ("2021", "2021"),
    ]


def test_an_open_end_is_the_first_or_the_last_day_of_all() -> None:
    assert asked("since 2020", TUESDAY) == (Asked(Span(0, 10), Period(date(2020, 1, 1), date.max), None),)
    assert asked("before 2020", TUESDAY) == (Asked(Span(0, 11), Period(date.min, date(2019, 12, 31)), None),)


# --- How well they fit, and how they are spelled --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "period", "expected"),
    [
        ("in June 2023", "2023-06-16", 1.0),
        ("in June 2023", "2023-06", 1.0),
        ("in June 2023", "2023-07-01", 0.0),
        ("in June 2023", "2023", 30 / 365),
        ("on 16 June 2023", "2023-06", 1 / 30),
        ("on 16 June 2023", "2023-06-17", 0.0),
        ("the February trip", "2021-02", 1.0),
        ("the February trip", "1999-02-03", 1.0),
        ("the February trip", "2024", 29 / 366),
        ("the February trip", "2024-03", 0.0),
        ("skiing in winter", "2024-01", 1.0),
        ("skiing in winter", "2023-12-24", 1.0),
        ("what on friday", "2023-06-16", 1.0),
        ("what on friday", "2023-06-15", 0.0),
        ("what on friday", "2023-06", 1 / 30),
        ("since 2020", "2020-01-01", 1.0),
        ("since 2020", "2019", 0.0),
        ("before 2020", "0001", 1.0),
    ],
)
def test_a_period_fits_by_the_share_of_it_that_was_asked_for(question: str, period: str, expected: float) -> None:
    (one,) = asked(question, TUESDAY)
    assert fits(one, parse(period)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2023-06-16", "2023-06-16", "16 June 2023"),
        ("2023-06-12", "2023-06-18", "12 to 18 June 2023"),
        ("2023-05-29", "2023-06-04", "29 May to 4 June 2023"),
        ("2023-12-25", "2024-01-01", "25 December 2023 to 1 January 2024"),
        ("2023-02-01", "2023-02-28", "February 2023"),
        ("2024-02-01", "2024-02-28", "1 to 28 February 2024"),
        ("2023-06-01", "2023-08-31", "June to August 2023"),
        ("2022-11-01", "2023-02-28", "November 2022 to February 2023"),
        ("2023-01-01", "2023-12-31", "2023"),
        ("1990-01-01", "1999-12-31", "1990 to 1999"),
        ("2023-03-01", "9999-12-31", "since March 2023"),
        ("0001-01-01", "2019-12-31", "until 2019"),
    ],
)
def test_a_period_is_spelled_as_one_would_search_for_it(first: str, last: str, expected: str) -> None:
    assert spell(Period(date.fromisoformat(first), date.fromisoformat(last))) == expected


def test_what_recurs_is_spelled_without_a_year() -> None:
    recurring = (Yearly((2, 1), (2, 31)), Yearly((6, 27), (6, 27)), Yearly((12, 1), (2, 31)), Weekly(4), Weekly(5, 2))
    assert [spell(one) for one in recurring] == [
        "February",
        "27 June",
        "December to February",
        "Friday",
        "Saturday to Sunday",
    ]


@given(st.dates(min_value=date(1500, 2, 1), max_value=date(2099, 11, 30)))
def test_a_day_that_is_spelled_is_read_again(day: date) -> None:
    for period in (Period(day, day), parse(day.isoformat()[:7])):
        assert [mention.period for mention in mentions(f"It was in {spell(period)}.", None)] == [period]


# --- Any text -------------------------------------------------------------------------------------------------------

WORDS = re.split(
    " ",
    "in on the May may march June 5 31 2018 2023, last next this week year month ago two a of early late - – / . \n "
    "between and from to since before after Friday Sun, 1990s 19th century quarter Q3 first half weekend yesterday 's "
    "will 🎈 二〇二三年 ٢٠٢٣ é́ 1,000 $ 2023-06-18 2023-02-30 99/99/9999 0000 every bc fy2023 December 29 Feb. summer",
)
ANY_TEXT = st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
ANY_BASE = st.one_of(
    st.none(), st.dates().map(lambda day: Period(day, day)), st.sampled_from([parse("0001"), parse("9999")])
)


@given(ANY_TEXT, ANY_BASE)
@settings(max_examples=300)
@example("9" * 5000 + " in " + "1" * 5000, None)
@example("0th quarter of 2023, 00th week of May, the 99th of June, 40th century, 0th half of 2020", None)
@example("next century 999 years ago last century", Period(date.min, date.max))
def test_any_text_gives_ordered_mentions_that_lie_inside_it(text: str, base: Period | None) -> None:
    found = mentions(text, base)
    assert found == mentions(text, base)
    end = 0
    for mention in found:
        assert end <= mention.span.start < mention.span.end <= len(text)
        assert mention.span.of(text) == mention.span.of(text).strip()
        assert (mention.period is None) != (mention.recurring is None)
        assert mention.period is None or mention.period.first <= mention.period.last
        assert spell(mention.period or mention.recurring or SUNDAY)
        end = mention.span.end


@given(ANY_TEXT, st.dates(), st.dates())
@settings(max_examples=300)
def test_any_question_is_understood_without_a_fault(question: str, as_of: date, day: date) -> None:
    for one in asked(question, as_of):
        assert 0 <= one.span.start < one.span.end <= len(question)
        assert (one.period is None) != (one.recurring is None)
        assert 0.0 <= fits(one, Period(day, day)) <= 1.0
        assert one.period is None or one.period.first <= one.period.last


@pytest.mark.parametrize(
    "unit",
    [
        "in ", "May ", "in May ", "2018-", "9", "1.1", "the last ", "between 2018 and ", "June 5 to ", "will ",
        "x'", ". ", "2023-06-", "Friday last week ", "fourth quarter, ",
    ],
)  # fmt: skip
def test_the_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.perf_counter()
        mentions(text, SUNDAY)
        asked(text, TUESDAY)
        return time.perf_counter() - start

    assert seconds(100_000) < max(30 * seconds(10_000), 2.0)

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from index.errors import FolderDamaged, Invalid, NotFound
from index.folder import Index
from index.records import Article, Passage, Span
from index.whereabouts import Citation
from service.ask import ask
from service.citing import cite, link, page_at, page_path
from service.schemas import AskReply, AskRequest, asked, complaints
from service.settings import Settings
from tests.worlds import ASKED, CANCELLED, TRIP, archive

ORIGIN = "https://archive.example.org"


def asking(index: Index, question: str = ASKED, *, threshold: float = 0.0, **request: Any) -> AskReply:
    settings = Settings(threshold=threshold, public_url=ORIGIN)
    return ask(index, settings, AskRequest.model_validate({"question": question, **request}))


def test_a_question_gets_the_sentence_that_answers_and_where_it_stands(tmp_path: Path) -> None:
    start = TRIP.text.index(CANCELLED)

    with archive(tmp_path, TRIP) as index:
        reply = asking(index)

    assert reply.verdict == "answered"
    assert reply.answer is not None
    assert reply.answer.text == f"{CANCELLED} [1]"
    assert reply.answer.sentences[0].model_dump() == {
        "start": start,
        "end": start + len(CANCELLED),
        "text": CANCELLED,
        "citation": 1,
        "article": "2023/trip",
        "status": None,
    }


def test_where_the_time_went_is_said_where_it_is_asked_for(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        reply, other = asking(index, debug=True, effort="fast"), asking(index, effort="fast")

    steps = reply.steps_ms or {}
    assert {"opening", "spelling", "embedding", "finding", "ranking", "judging", "quoting"} <= steps.keys()
    assert "reading" not in steps
    assert all(ms >= 0 for ms in steps.values())
    assert 0.5 * reply.took_ms < sum(steps.values()) <= reply.took_ms + 0.1
    assert other.steps_ms is None


def test_every_quote_is_the_articles_text_at_its_offsets(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP, replace(TRIP, id="again", text=TRIP.text * 3)) as index:
        reply = asking(index, top_k=50)
        texts = {id: index.article(id).text for id in ("2023/trip", "again")}

    quotes: list[tuple[str, Any]] = [(p.article.id, q) for p in reply.passages for q in [p, *p.highlights]]
    assert [q.text for _, q in quotes] == [texts[id][q.start : q.end] for id, q in quotes]
    assert [p.citation for p in reply.passages] == list(range(1, len(reply.passages) + 1))


def test_a_passage_is_named_as_the_contract_says(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        passage = asking(index).passages[0]

    assert passage.id == Passage(Span(passage.start, passage.end), ()).id(TRIP)
    assert passage.article.model_dump() == {
        "id": "2023/trip",
        "title": "Talks in Beijing",
        "source": "The Times",
        "author": None,
        "url": None,
        "published_at": "2023-06-18",
        "date_basis": "inferred",
        "sha256": TRIP.sha256,
    }
    assert (passage.link, passage.also_in) == (f"{ORIGIN}/articles/2023/trip", [])


def test_below_the_threshold_the_nearest_passages_come_without_an_answer(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        reply = asking(index, threshold=1.0)

    assert (reply.verdict, reply.answerable, reply.answer) == ("not_in_archive", False, None)
    assert CANCELLED in reply.passages[0].text


def test_a_question_of_which_only_a_part_is_there_is_partly_answered_and_says_which_is_not(tmp_path: Path) -> None:
    painter = "who painted the Lisbon ceiling frescoes"

    with archive(tmp_path, TRIP) as index:
        reply = asking(index, f"{ASKED} And {painter}?")

    assert (reply.verdict, reply.answerable) == ("partly_answered", True)
    assert reply.answer is not None
    assert reply.answer.text == f"{CANCELLED} [1]\nThe archive does not say: “{painter}”"
    assert [sentence.text for sentence in reply.answer.sentences] == [CANCELLED]
    assert [part.text for part in reply.unsupported] == [painter]
    assert [reply.understood_as[part.start : part.end] for part in reply.unsupported] == [painter]


def test_each_part_of_a_question_gets_its_sentence_from_the_passage_it_is_cited_with(tmp_path: Path) -> None:
    tower = replace(TRIP, id="tower", text="Sixty geese crossed the frozen lake in January. It snowed.")

    with archive(tmp_path, TRIP, tower) as index:
        reply = asking(index, f"{ASKED} How many geese crossed the frozen lake?")

    assert (reply.verdict, reply.unsupported) == ("answered", [])
    assert reply.answer is not None
    said = [(sentence.article, sentence.text) for sentence in reply.answer.sentences]
    assert said == [("2023/trip", CANCELLED), ("tower", "Sixty geese crossed the frozen lake in January.")]
    assert reply.answer.text.splitlines() == [f"{one.text} [{one.citation}]" for one in reply.answer.sentences]
    cited = {passage.citation: passage for passage in reply.passages}
    for one in reply.answer.sentences:
        passage = cited[one.citation]
        assert passage.article.id == one.article
        assert passage.text[one.start - passage.start : one.end - passage.start] == one.text


def test_without_confidence_in_the_whole_no_part_is_told_apart(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        reply = asking(index, f"{ASKED} And who painted the Lisbon ceiling frescoes?", threshold=1.0)

    assert (reply.verdict, reply.unsupported, reply.answer) == ("not_in_archive", [], None)


def test_an_empty_archive_answers_nothing(tmp_path: Path) -> None:
    with archive(tmp_path) as index:
        reply = asking(index, threshold=0.5)

    assert (reply.verdict, reply.passages, reply.index.articles) == ("not_in_archive", [], 0)
    assert 0 <= reply.confidence < 0.5


def test_what_only_other_dates_answer_is_outside_the_dates(tmp_path: Path) -> None:
    filters = {"published_after": "2024-01"}

    with archive(tmp_path, TRIP, replace(TRIP, id="undated", published_at=None, date_basis=None)) as index:
        reply = asking(index, threshold=0.05, filters=filters)

    assert (reply.verdict, reply.answerable, reply.answer, reply.passages) == ("outside_dates", False, None, [])
    assert reply.applied_filters == {"published_after": "2024-01", "undated_left_out": 1}


def test_what_no_date_answers_is_not_in_the_archive(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        reply = asking(index, "who won the cup?", threshold=1.0, filters={"published_before": "2022"})

    assert reply.verdict == "not_in_archive"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"published_after": "2023-06-18"}, True),
        ({"published_before": "2023-06-18"}, True),
        ({"published_after": "2023-06", "published_before": "2023-06"}, True),
        ({"published_after": "2023-06-19"}, False),
        ({"published_before": "2023-05"}, False),
        ({"source": ["The Times", "Reuters"]}, True),
        ({"source": ["Reuters"]}, False),
        ({"article": ["2023/trip"]}, True),
        ({"tags": ["weather"]}, False),
    ],
)
def test_filters_hold_with_both_ends_included(tmp_path: Path, filters: dict[str, Any], found: bool) -> None:
    with archive(tmp_path, TRIP) as index:
        reply = asking(index, filters=filters)

    assert bool(reply.passages) is found
    assert {name: reply.applied_filters[name] for name in filters} == filters


def test_a_side_story_does_not_carry_its_articles_date() -> None:
    story = Passage(Span(0, 5), (Span(0, 5),), side_story=True)

    cited = cite(Citation(TRIP, story, True, "stands", None), ORIGIN)

    assert (cited.article.published_at, cited.article.date_basis, cited.side_story) == (None, None, True)


@pytest.mark.parametrize(
    ("pages", "at", "page"),
    [
        ([0, 10, 20], 0, 1),
        ([0, 10, 20], 9, 1),
        ([0, 10, 20], 10, 2),
        ([0, 10, 20], 99, 3),
        ([0, 10, 10, 20], 10, 3),
        *((pages, 5, None) for pages in (None, [], "12", [9], [5, 0], [0, "5"], {"a": 1})),
    ],
)
def test_a_passage_says_the_page_on_which_it_begins(pages: Any, at: int, page: int | None) -> None:
    assert page_at(Article("a", "t", "x", metadata={"pages": pages}), at) == page


def test_a_passage_beyond_its_article_never_leaves_the_house() -> None:
    beyond = Passage(Span(0, len(TRIP.text) + 1), ())

    with pytest.raises(FolderDamaged, match="2023/trip"):
        cite(Citation(TRIP, beyond, True, "stands", None), ORIGIN)


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://times.example/trip?a=(1)", "https://times.example/trip?a=(1)"),
        (None, f"{ORIGIN}/articles/2023/trip"),
        ("javascript:alert(1)", f"{ORIGIN}/articles/2023/trip"),
    ],
)
def test_a_link_leads_to_the_publisher_or_here_and_never_into_code(url: str | None, linked: str) -> None:
    assert link(replace(TRIP, url=url), ORIGIN) == linked


def test_a_page_path_keeps_slashes_and_escapes_the_rest() -> None:
    assert page_path("2023/a b?#%(é)") == "/articles/2023/a%20b%3F%23%25%28%C3%A9%29"


def test_the_writer_none_gives_passages_only(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        reply = asking(index, writer="none")

    assert (reply.verdict, reply.answer, len(reply.passages)) == ("answered", None, 1)


def test_a_writer_that_is_not_set_up_is_refused(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index, pytest.raises(Invalid, match="writer: 'model'"):
        asking(index, writer="model")


def test_another_collection_is_not_found(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index, pytest.raises(NotFound, match="'sport'"):
        asking(index, collection="sport")


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        ({}, "question: Field required"),
        ({"question": ""}, "question: String should have at least 1 character (got '')"),
        ({"question": " \n"}, "question: must not be blank (got ' \\n')"),
        ({"question": "a" * 2001}, "question: String should have at most 2000 characters"),
        ({"question": "a\0b"}, "question: must not hold NUL or lone surrogates"),
        ({"question": "\ud83c"}, "question: Input should be a valid string, unable to parse raw data as a unicode"),
        ({"question": 5}, "question: Input should be a valid string (got 5)"),
        ({"question": "q", "top_k": 0}, "top_k: Input should be greater than or equal to 1 (got 0)"),
        ({"question": "q", "top_k": 51}, "top_k: Input should be less than or equal to 50 (got 51)"),
        ({"question": "q", "top_k": "5"}, "top_k: Input should be a valid integer (got '5')"),
        ({"question": "q", "top_k": True}, "top_k: Input should be a valid integer (got True)"),
        ({"question": "q", "as_of": 1687219200}, "as_of: must be a day such as 2023-06-20 (got 1687219200)"),
        ({"question": "q", "as_of": "2023-06"}, "as_of: must be a day such as 2023-06-20 (got '2023-06')"),
        ({"question": "q", "as_of": "2023-02-30"}, "as_of: '2023-02-30' names a day that is not in the calendar"),
        ({"question": "q", "effort": "heroic"}, "effort: Input should be 'fast' or 'careful' (got 'heroic')"),
        ({"question": "q", "writer": "poet"}, "writer: Input should be 'none', 'quotes' or 'model' (got 'poet')"),
        ({"question": "q", "topk": 3}, "topk: Extra inputs are not permitted (got 3)"),
        ({"question": "q", "filters": {"publisher": ["x"]}}, "filters.publisher: Extra inputs are not permitted"),
        ({"question": "q", "filters": {"source": "Reuters"}}, "filters.source: Input should be a valid list"),
        ({"question": "q", "filters": {"source": []}}, "filters.source: List should have at least 1 item"),
        ({"question": "q", "filters": {"published_after": "June"}}, "filters.published_after: 'June' is not an ISO"),
        (
            {"question": "q", "filters": {"published_after": "2023-07", "published_before": "2023-06-30"}},
            "filters: published_after 2023-07 is later than published_before 2023-06-30",
        ),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused_with_field_and_value(request_: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AskRequest.model_validate(request_)

    said = complaints(refused.value.errors())
    assert [line[: len(complaint)] for line in said] == [complaint]


def test_only_the_question_is_required() -> None:
    plain = asked(ASKED)

    assert (plain.top_k, plain.effort, plain.collection, plain.writer) == (5, None, "default", None)


def test_a_blank_question_is_invalid() -> None:
    with pytest.raises(Invalid, match="question: must not be blank"):
        asked("  ")


def test_a_question_after_others_is_asked_in_full(tmp_path: Path) -> None:
    earlier = [{"question": "When was the February trip cancelled?", "answer": "Nothing in the archive answers this."}]

    with archive(tmp_path, TRIP) as index:
        reply = asking(index, "and why?", history=earlier)

    assert (reply.question, reply.understood_as) == ("and why?", ASKED)
    assert reply.answer is not None
    assert reply.answer.text == f"{CANCELLED} [1]"


def test_a_question_that_rests_on_something_false_is_told_what_the_archive_says(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        reply = asking(index, "why was the June trip cancelled over a balloon?")
        without = asking(index, "why was the June trip cancelled over a balloon?", writer="none")

    assert (reply.verdict, reply.answerable) == ("false_premise", False)
    assert reply.answer is not None
    assert reply.answer.text == f"The archive says otherwise: {CANCELLED} [1]"
    assert [sentence.text for sentence in reply.answer.sentences] == [CANCELLED]
    assert reply.contradicted is not None
    assert reply.understood_as[reply.contradicted.start : reply.contradicted.end] == "June"
    assert (without.verdict, without.answer) == ("false_premise", None)


def test_what_is_not_contradicted_is_no_false_premise(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index:
        reply = asking(index)

    assert (reply.verdict, reply.contradicted) == ("answered", None)

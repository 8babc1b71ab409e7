from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from service.schemas import AskReply, PassageReply, Quote, Sentence, State, Unsupported
from service.terminal import inert, shown
from service.writing.quotes import quotes
from tests.test_writing import HEAD, passage

SIGNS = "\x1b]0;title\x07\x1b[31mred\x1b[0m"


def _lines(*passages: PassageReply) -> list[Sentence]:
    """Each passage's first highlight."""
    first = [(one, one.highlights[0]) for one in passages if one.highlights]
    return [Sentence(**mark.model_dump(), citation=one.citation, article=one.article.id) for one, mark in first]


def reply(*passages: Any, verdict: Any = "answered") -> AskReply:
    return AskReply(
        question="q",
        understood_as="q",
        verdict=verdict,
        answerable=verdict == "answered",
        confidence=0.25,
        answer=quotes(_lines(*passages)) if verdict == "answered" else None,
        passages=list(passages),
        applied_filters={},
        index=State(generation=1, articles=1, passages=1, newest_published_at=None),
        took_ms=1.0,
    )


def test_the_answer_stands_first_then_passages_with_marks_source_date_and_link() -> None:
    found = passage(1, 0, "It rained.\r\n\r\nIt was cold;\r\nso we\tstayed.", (14, 41))
    head = HEAD.model_copy(
        update={"title": "A day", "source": "Reuters", "published_at": "2024-04", "date_basis": "inferred"}
    )

    text = shown(reply(found.model_copy(update={"article": head})), 80, styled=False)

    assert text.splitlines() == [
        "It was cold; so we stayed. [1]",
        "",
        "[1] A day",
        "    Reuters, 2024-04 (inferred)",
        "    It rained.",
        "",
        "    **It was cold; so we stayed.**",
        "    https://example.org",
    ]


def test_what_the_archive_does_not_say_stands_below_the_answer_and_drives_nothing() -> None:
    found = reply(passage(1, 0, "It rained.", (0, 10)))
    lacking = Unsupported(start=0, end=1, text=f"who\n{SIGNS}")

    text = shown(found.model_copy(update={"unsupported": [lacking]}), 80, styled=False)

    assert text.splitlines()[:3] == [
        "It rained. [1]",
        "The archive does not say: “who ␛]0;title␇␛[31mred␛[0m”",
        "",
    ]


def test_what_a_question_wrongly_takes_for_granted_is_named_around_what_the_archive_says() -> None:
    found = reply(passage(1, 0, "It rained.", (0, 10)))
    wrong = Unsupported(start=0, end=1, text=f"stayed dry{SIGNS}")

    text = shown(found.model_copy(update={"verdict": "false_premise", "contradicted": wrong}), 80, styled=False)

    assert text.splitlines()[:4] == [
        "The archive says otherwise.",
        "It rained. [1]",
        "The question takes for granted: “stayed dry␛]0;title␇␛[31mred␛[0m”",
        "",
    ]


def test_in_a_terminal_the_decisive_words_are_bold() -> None:
    text = shown(reply(passage(1, 0, "It rained. It poured.", (11, 21))), 80, styled=True)

    assert "    It rained. \x1b[1mIt poured.\x1b[0m\n" in text


def test_without_an_answer_it_says_so_and_shows_the_nearest() -> None:
    text = shown(reply(passage(1, 0, "Sun."), verdict="not_in_archive"), 80, styled=False)

    assert text.startswith("Nothing in the archive answers this. (confidence 0.25) The nearest passages:\n\n[1] T\n")


def test_nothing_found_is_one_line() -> None:
    text = shown(reply(verdict="not_in_archive"), 80, styled=False)

    assert text == "Nothing in the archive answers this. (confidence 0.25)\n"


def test_a_side_story_and_a_missing_date_are_said() -> None:
    story = passage(1, 0, "Sun.").model_copy(update={"side_story": True})

    assert "    undated, a side story\n" in shown(reply(story, verdict="not_in_archive"), 80, styled=False)


def test_a_passage_of_a_document_with_pages_says_its_page() -> None:
    paged = passage(1, 0, "Sun.").model_copy(update={"page": 3})

    assert "    undated, page 3\n" in shown(reply(paged, verdict="not_in_archive"), 80, styled=False)


def test_an_address_is_never_broken_over_two_lines() -> None:
    address = "https://example.org/" + "a-b/" * 60
    found = passage(1, 0, "Sun.").model_copy(update={"link": address})

    assert f"    {address}\n" in shown(reply(found), 40, styled=False)


@pytest.mark.parametrize("styled", [True, False])
def test_what_articles_say_can_not_drive_the_terminal(styled: bool) -> None:
    hostile = f"[bold]Xi[/bold] {SIGNS} :smile: \x9b2J \u202egpj.exe\u2069 \x00 \x7f"
    head = HEAD.model_copy(update={"title": hostile, "source": hostile})
    found = passage(1, 0, f"{hostile}.", (0, len(hostile))).model_copy(update={"article": head, "link": hostile})

    text = shown(reply(found), 200, styled=styled)

    ours = text.replace("\x1b[0m", "").replace("\x1b[1m", "").replace("\x1b[2m", "")
    assert {c for c in ours if not c.isprintable()} == {"\n"}
    assert "[bold]Xi[/bold] ␛]0;title␇␛[31mred␛[0m :smile: �2J �gpj.exe� ␀ �" in ours


@given(st.text(st.characters(exclude_categories=()), max_size=60), st.integers(1, 40))
def test_any_text_stays_within_the_width_and_drives_nothing(text: str, width: int) -> None:
    found = passage(1, 0, f"a {text} b", (0, 1))

    lines = shown(reply(found), width, styled=False).splitlines()

    assert {c for line in lines for c in line if c in "\x1b\x07\x08\r\x9b\u202e\u2066"} == set()
    assert all(cell_len(line) <= max(width, 20) + 1 for line in lines[:-1])


@given(st.text(st.characters(exclude_categories=())))
def test_inert_text_is_one_line_that_can_be_written(text: str) -> None:
    assert len(inert(text).encode().splitlines()) <= 1


def test_a_highlight_at_both_ends_of_a_passage_is_marked_whole() -> None:
    found = passage(1, 7, "Sun.", (7, 11))

    assert found.highlights == [Quote(start=7, end=11, text="Sun.")]
    assert "    **Sun.**\n" in shown(reply(found), 80, styled=False)

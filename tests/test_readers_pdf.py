"""PDF to articles: paragraphs made whole, heads and page numbers left out, and the offset at which each page begins."""

from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

from index.readers import Limits, layout, read
from index.readers.layout import Line, laid
from index.records import Article
from tests import brought

SEEDS = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))
WIDTH, HEIGHT = 420, 400


raw = partial(brought.raw, "a.pdf")
only = partial(brought.only, "a.pdf")
refused = partial(brought.refused, "a.pdf")


def printed(lines: Sequence[str], *, columns: int = 1) -> bytes:
    """An article as a paper would lay it out: justified, with a running head, page numbers, and a headline."""
    styles = getSampleStyleSheet()
    styles["Normal"].alignment = TA_JUSTIFY
    width = (WIDTH - 80 - 20 * (columns - 1)) / columns
    frames = [
        Frame(40 + number * (width + 20), 40, width, HEIGHT - 80, leftPadding=0, rightPadding=0)
        for number in range(columns)
    ]
    out = BytesIO()
    document = BaseDocTemplate(out, pagesize=(WIDTH, HEIGHT), invariant=1)
    document.addPageTemplates([PageTemplate(frames=frames, onPage=_furnished)])
    named = [styles["Title"], *(styles["Heading2"] if _is_heading(line) else styles["Normal"] for line in lines[1:])]
    document.build([Paragraph(escape(line), style) for line, style in zip(lines, named, strict=True)])
    return out.getvalue()


def _furnished(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(40, HEIGHT - 25, "The Daily Example")
    canvas.drawRightString(WIDTH - 40, 20, str(document.page))


def _is_heading(line: str) -> bool:
    return len(line) < 80 and not line.startswith("•") and line[-1] not in ".”"


def drawn(draw: Callable[[Canvas], None], **more: Any) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, **more)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def typed(canvas: Canvas, *lines: str, top: int = 300) -> None:
    for number, line in enumerate(lines):
        canvas.drawString(40, top - 14 * number, line)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_a_printed_seed_keeps_its_words_its_headings_and_nearly_all_its_paragraphs(seed: Path, columns: int) -> None:
    lines = [" ".join(line.split()) for line in seed.read_text(encoding="utf-8").splitlines() if line.strip()]
    article = only(printed(lines, columns=columns))
    paragraphs = article.text.split("\n\n")
    assert article.text.split() == " ".join(lines).split()
    assert article.title == lines[0]
    # A paragraph that ends with a full line at the end of a page or column can't be told from one that goes on.
    missed = set(lines) - set(paragraphs)
    assert len(missed) <= len(article.metadata["pages"]) * columns
    assert not [line for line in missed if _is_heading(line)]


def test_where_each_page_begins_is_kept() -> None:
    article = only(printed(["A headline", *(f"word{number} goes on. " * 40 for number in range(30))]))
    starts = article.metadata["pages"]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    ends = [*starts[1:], len(article.text)]
    # Every page holds as much as fits on it, and begins with a word.
    assert all(400 < end - start < 2_500 for start, end in zip(starts[:-1], ends, strict=False))
    assert all(article.text[start : start + 4] == "word" or article.text[start - 1] == " " for start in starts[1:])


def test_words_cut_at_a_line_s_end_are_whole_and_compounds_keep_their_hyphen() -> None:
    lines = (
        *("The minister ar-", "rived for talks of a well-", "known kind, on a well-known subject, with the Saudi-"),
        *("Iranian side, which was de-", "lighted. His depar-", "ture is on Friday."),
    )
    text = only(drawn(lambda canvas: typed(canvas, *lines))).text
    assert text == (
        "The minister arrived for talks of a well-known kind, on a well-known subject, with the Saudi-Iranian side, "
        "which was delighted. His departure is on Friday."
    )


def test_a_word_cut_by_a_page_is_whole_and_the_page_begins_inside_it() -> None:
    def draw(canvas: Canvas) -> None:
        typed(canvas, "Talks were held on the first day, and then the delega-")
        canvas.showPage()
        typed(canvas, "tion flew home, where it was met by the press.")

    article = only(drawn(draw))
    assert article.text.endswith("the delegation flew home, where it was met by the press.")
    [_, second] = article.metadata["pages"]
    assert article.text[second:].startswith("tion flew")


def test_a_document_s_properties_name_title_and_author_unless_a_program_wrote_them() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle("The title")
        canvas.setAuthor("Jane Roe")
        typed(canvas, "A headline", "June 18, 2023")

    article = only(drawn(draw))
    assert (article.title, article.author, article.published_at, article.date_basis) == (
        *("The title", "Jane Roe", "2023-06-18", "stated"),
    )
    article = only(drawn(lambda canvas: typed(canvas, "A headline", "", "Text.")))
    assert (article.title, article.author) == ("A headline", None)
    # When a file was made is no more than a likely day of publication.
    assert (article.published_at, article.date_basis) == ("2000-01-01", "inferred")


def test_what_is_given_stands_over_the_document_and_keeps_its_pages() -> None:
    given = {"title": "Better", "published_at": "2023", "metadata": {"k": 1}}
    article = only(drawn(lambda canvas: typed(canvas, "Text.")), given=given)
    assert article == Article(
        "a", "Better", "Text.", published_at="2023", date_basis="given", metadata=article.metadata
    )
    assert article.metadata == {"pages": [0], "k": 1}


GOOD = printed(["A headline", "Some words of a text that goes on for a while. " * 20])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.pdf: is empty"),
        (b"Just words.", "a.pdf: is not a PDF document, or its beginning is damaged"),
        (b"<!DOCTYPE html><html>", "a.pdf: is an HTML page, not a PDF document"),
        (b"PK\x03\x04", "a.pdf: is a zip archive or an office document, not a PDF document"),
        (b"%PDF-1.7 and no more", "a.pdf: is a PDF document that can't be read: "),
        (drawn(lambda canvas: canvas.rect(0, 0, 9, 9)), "a.pdf: holds no text, as a scan does: 1 pages of pictures"),
        (drawn(lambda canvas: typed(canvas, "x"), encrypt="secret"), "a.pdf: is encrypted: it opens with a password"),
    ],
)
def test_what_is_no_readable_pdf_is_rejected_with_its_reason(data: bytes, message: str) -> None:
    assert refused(data).startswith(message)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(GOOD)), st.integers(0, 255))
def test_a_damaged_pdf_is_read_or_rejected(at: int, byte: int) -> None:
    for data in (GOOD[:at], GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]):
        [found] = read(raw(data), Limits())
        assert isinstance(found, Article) or "its reader failed" not in found.reason


# Lines to paragraphs


def page(*lines: tuple[str, int, int], width: int = 300) -> list[Line]:
    """Lines of ten points: text, left edge and lower edge; full ones end at ``width``."""
    return [Line(text, left, min(width, left + 6 * len(text)), bottom, bottom + 10) for text, left, bottom in lines]


LONG = "words that fill a line from its left to right edge"


def test_a_wider_gap_an_indent_or_an_end_that_was_wanted_ends_a_paragraph() -> None:
    text, _ = laid(
        [
            page(
                (LONG, 0, 200),
                (LONG, 0, 188),
                ("apart", 0, 160),
                (LONG + ".", 0, 148),
                ("Indented " + LONG, 20, 136),
                (LONG, 0, 124),
                ("end.", 0, 112),
                ("Next " + LONG, 0, 100),
            )
        ]
    )
    assert text.split("\n\n") == [
        *(f"{LONG} {LONG}", f"apart {LONG}.", f"Indented {LONG} {LONG} end.", f"Next {LONG}"),
    ]


def test_heads_that_run_over_pages_are_left_out_and_a_line_that_stands_once_is_kept() -> None:
    pages = [page((f"The Daily, p. {n}", 0, 300), (f"once {n * 'x'}", 0, 250), (f"{n}", 0, 10)) for n in range(1, 5)]
    assert laid(pages).text.split() == ["once", "x", "once", "xx", "once", "xxx", "once", "xxxx"]
    assert laid(pages[:1]).text.startswith("The Daily, p. 1")


def test_a_page_without_text_begins_where_the_next_does() -> None:
    assert laid([[], page(("one", 0, 200)), [], page(("two", 0, 200)), []]) == ("one two", [0, 0, 4, 4, 7])


@given(st.lists(st.lists(st.tuples(st.text(st.characters(categories=["L"]), min_size=1), st.booleans()))))
def test_every_word_of_every_page_is_in_the_text_in_order(content: list[list[tuple[str, bool]]]) -> None:
    pages = [
        [Line(text, 0, 100, 900 - 12 * n, 910 - 12 * n, cut) for n, (text, cut) in enumerate(lines)]
        for lines in content
    ]
    kept = [line for lines in layout._without_running(pages) for line in lines]
    text, starts = laid(pages)
    assert "".join(line.text for line in kept) == "".join(text.replace("-", "").split())
    assert len(starts) == len(pages)
    assert starts == sorted(starts)

"""Word documents to articles, of files that python-docx writes."""

from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from index.readers import Limits, read
from index.records import Article
from tests import brought

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


raw = partial(brought.raw, "a.docx")
only = partial(brought.only, "a.docx")
refused = partial(brought.refused, "a.docx")


def saved(document: Any) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def zipped(**parts: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def written() -> bytes:
    document = Document()
    document.sections[0].header.paragraphs[0].text = "The Daily Example"
    document.add_heading("Blinken lands in Beijing", 0)
    document.add_paragraph("By Jane Roe | June 18, 2023")
    document.add_heading("On the table", 1)
    paragraph = document.add_paragraph("He is to meet ")
    paragraph.add_run("the minister").bold = True
    paragraph.add_run(" on\tMonday.\nThen he flies home.")
    for item in ("Trade", "Climate"):
        document.add_paragraph(item, style="List Bullet")
    for item in ("First", "Second"):
        document.add_paragraph(item, style="List Number")
    table = document.add_table(rows=2, cols=2)
    for cell, said in zip((c for row in table.rows for c in row.cells), ("Year", "Visits", "2018", "1"), strict=True):
        cell.text = said
    document.add_paragraph("It was the first visit in years.")
    return saved(document)


GOOD = written()
TEXT = """Blinken lands in Beijing

By Jane Roe | June 18, 2023

On the table

He is to meet the minister on Monday.
Then he flies home.

• Trade
• Climate
1. First
2. Second

Year | Visits
2018 | 1

It was the first visit in years."""


def test_headings_paragraphs_lists_and_tables_are_read_in_their_order_and_headers_are_not() -> None:
    expected = Article("a", "Blinken lands in Beijing", TEXT, published_at="2023-06-18", date_basis="stated")
    assert only(GOOD) == expected


def test_properties_name_title_author_tags_and_a_likely_date() -> None:
    document = Document()
    document.add_paragraph("First line.")
    properties = document.core_properties
    properties.title, properties.author, properties.keywords = "The title", "Jane Roe", "China, visits"
    properties.created = datetime(2023, 6, 18, 9, tzinfo=UTC)
    assert only(saved(document)) == Article(
        *("a", "The title", "First line."),
        author="Jane Roe",
        published_at="2023-06-18",
        date_basis="inferred",
        tags=("China", "visits"),
    )
    given = {"title": "Better", "published_at": "2022"}
    article = only(saved(document), given=given)
    assert (article.title, article.published_at, article.date_basis) == ("Better", "2022", "given")


def test_accepted_changes_and_content_controls_are_read_and_deletions_are_not() -> None:
    document = Document()
    body = (
        f"<w:p {W}><w:r><w:t>He </w:t></w:r><w:del><w:r><w:delText>left</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>came</w:t></w:r></w:ins></w:p>"
    )
    document.element.body.insert(0, parse_xml(body))
    control = f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>Inside.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(1, parse_xml(control))
    assert only(saved(document)).text == "He came\n\nInside."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.docx: is empty"),
        (b"words", "a.docx: is not a Word document, or its beginning is damaged"),
        (b"%PDF-1.4", "a.docx: is a PDF document, not a Word document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.docx: is an old or an encrypted office document, not a Word document"),
        (b"PK\x03\x04 and no more", "a.docx: is a Word document that is damaged: File is not a zip file"),
        (zipped(xl__workbook_xml=b"<x/>"), "a.docx: is a spreadsheet (.xlsx), not a Word document"),
        (zipped(text=b"x"), "a.docx: is a zip archive, not a Word document"),
        (zipped(word__document_xml=b"<x/>"), "a.docx: is a Word document that is damaged: "),
        (zipped(word__document_xml=b" " * 9_000_000), "a.docx: unpacks 8,"),
        (saved(Document()), "a.docx: holds no text"),
    ],
)
def test_what_is_no_word_document_is_rejected_with_its_reason(data: bytes, message: str) -> None:
    assert refused(data).startswith(message)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_document_is_read_or_rejected(at: int, byte: int) -> None:
    for data in (GOOD[:at], GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]):
        [found] = read(raw(data), Limits())
        assert isinstance(found, Article) or "its reader failed" not in found.reason

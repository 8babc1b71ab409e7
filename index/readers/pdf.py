"""PDF, by PDFium: the lines of every page, joined to paragraphs; ``metadata.pages`` says where each page begins.

``pages`` are offsets into the text, one a page, so that a citation can say the page.
"""

import re
from collections.abc import Iterator
from ctypes import byref
from threading import Lock
from typing import Any

from index.articles import from_json, merged
from index.errors import Invalid
from index.readers import Limits, when
from index.readers.layout import Line, laid, largest
from index.readers.sniffing import LOOKED_AT, refuse_other, whole
from index.readers.titles import first_line, shortened, telling
from index.records import Article, RawFile

SUFFIXES = (".pdf",)
BRINGS_IDS = False

MOST_UNREADABLE = 0.3  # of a text's characters, for which the file does not say what letters they are

_MAGIC = b"%PDF-"
_HYPHEN = 2  # what PDFium makes of one at the end of a line
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")
_one_at_a_time = Lock()  # PDFium keeps state that threads would share


def read(file: RawFile, limits: Limits) -> Iterator[Article]:
    """The file's one article.

    Raises:
        Invalid: it is no PDF, damaged, encrypted, without text, too long, or its row describes no article.
        OSError: it can't be read.
    """
    data = whole(file, limits.max_bytes)
    at = data[:LOOKED_AT].find(_MAGIC)
    if at < 0:
        refuse_other(data, "a PDF document")
    with _one_at_a_time:
        said, pages = _opened(data[at:], limits.max_characters)
    text, starts = laid(pages)
    if not text.strip():
        raise Invalid(f"holds no text, as a scan does: {len(pages)} pages of pictures; run text recognition over it")
    title = telling(said.get("Title")) or shortened(largest(pages[0])) or first_line(text)
    found = {"title": title, "text": text, "author": telling(said.get("Author")), "metadata": {"pages": starts}}
    found |= when.under_headline(when.top(text)) or _made(said)
    yield from_json(merged(found, {**file.given, "id": file.id}), max_characters=limits.max_characters)


def _opened(data: bytes, max_characters: int) -> tuple[dict[str, str], list[list[Line]]]:
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        if fault.err_code == raw.FPDF_ERR_PASSWORD:
            raise Invalid("is encrypted: it opens with a password only") from fault
        raise Invalid(f"is a PDF document that can't be read: {fault}") from fault
    try:
        return document.get_metadata_dict(), list(_pages(document, max_characters))
    except pypdfium2.PdfiumError as fault:
        raise Invalid(f"is a damaged PDF document: {fault}") from fault
    finally:
        document.close()


def _pages(document: Any, max_characters: int) -> Iterator[list[Line]]:
    characters = unreadable = 0
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        letters = list(_letters(text))
        characters += len(letters)
        unreadable += sum(letter.unreadable for letter in letters)
        if characters > 2 * max_characters:
            raise Invalid(f"has more than {max_characters:,} characters")
        yield list(_lines(letters))
        text.close()
        page.close()
    if unreadable > MOST_UNREADABLE * characters:
        raise Invalid("does not say what letters its text is of: run text recognition over it")


class _Letter:
    __slots__ = ("bottom", "code", "left", "right", "top", "unreadable")

    def __init__(self, code: int, box: Any, unreadable: bool) -> None:
        self.code, self.unreadable = code, unreadable
        self.left, self.right, self.bottom, self.top = box.left, box.right, box.bottom, box.top


def _letters(text: Any) -> Iterator[_Letter]:
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    for number in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, number)
        raw.FPDFText_GetLooseCharBox(text, number, byref(box))
        yield _Letter(code, box, code in (0, 0xFFFD) or raw.FPDFText_HasUnicodeMapError(text, number) == 1)


def _lines(letters: list[_Letter]) -> Iterator[Line]:
    line: list[_Letter] = []
    for letter in letters:
        if letter.code in (10, 13):
            yield from _line(line)
            line = []
            continue
        line.append(letter)
        if letter.code == _HYPHEN:
            yield from _line(line)
            line = []
    yield from _line(line)


def _line(letters: list[_Letter]) -> Iterator[Line]:
    units = [letter.code for letter in letters]
    said = "".join(map(_character, units)).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    text = " ".join(said.split())
    seen = [letter for letter in letters if letter.right > letter.left]
    if not text or not seen:
        return
    tallest = max(seen, key=lambda letter: letter.top - letter.bottom)
    cut = units[-1] == _HYPHEN or (text[-1] in "-\u2010\u00ad" and text[-2:-1].isalpha())
    if cut and units[-1] != _HYPHEN:
        text = text[:-1]
    left, right = min(letter.left for letter in seen), max(letter.right for letter in seen)
    yield Line(text, left, right, tallest.bottom, tallest.top, cut)


def _character(code: int) -> str:
    return chr(code) if 32 <= code <= 0x10FFFF and not 127 <= code < 160 else " " if code == 9 else ""


def _made(said: dict[str, str]) -> dict[str, str]:
    """When the file was made: no more than a likely day of publication."""
    found = _DATE.match(said.get("CreationDate", ""))
    day = when.iso("-".join(part for part in found.groups() if part)) if found else None
    return {"published_at": day, "date_basis": "inferred"} if day else {}

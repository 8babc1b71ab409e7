"""Word documents, by python-docx: headings, paragraphs, lists and tables in their order, as lines."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from index.articles import from_json, merged
from index.errors import Invalid
from index.readers import Limits, packed, when
from index.readers.sniffing import ZIP, kind_of, refuse_other, whole
from index.readers.titles import first_line, shortened, telling
from index.records import Article, RawFile

SUFFIXES = (".docx",)
BRINGS_IDS = False

KIND = "a Word document"
_BODY = "word/document.xml"
_OTHERS = {
    "xl/workbook.xml": "a spreadsheet (.xlsx)",
    "ppt/presentation.xml": "a presentation (.pptx)",
    "mimetype": "an OpenDocument file or an e-book",
}
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Deleted and moved words, and the copy of a drawing that is there for old programs.
_NOT_SHOWN = {f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_HOLDERS = {f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": "\t", f"{_W}noBreakHyphen": "-"}
# That of the template from which python-docx begins every document.
_TEMPLATE_MADE = datetime(2013, 12, 23, 23, 15)  # noqa: DTZ001


def read(file: RawFile, limits: Limits) -> Iterator[Article]:
    """The file's one article.

    Raises:
        Invalid: it is no Word document, damaged, encrypted, without text, too long, or its row describes no article.
        OSError: it can't be read.
    """
    document = _opened(whole(file, limits.max_bytes), limits)
    styles = {style.style_id: style.name or "" for style in document.styles}
    blocks = list(_blocks(document.element.body, _Lists(document, styles)))
    text = "\n\n".join(said for _, said in blocks)
    if not text.strip():
        raise Invalid("holds no text")
    said = document.core_properties
    titles = (shortened(said) for wanted in ("Title", "Heading 1") for name, said in blocks if name == wanted)
    found: dict[str, Any] = {"title": telling(said.title) or next(titles, None) or first_line(text), "text": text}
    found |= {"author": telling(said.author), "tags": [tag for tag in map(telling, said.keywords.split(",")) if tag]}
    found |= when.under_headline(when.top(text)) or _made(said.created)
    yield from_json(merged(found, {**file.given, "id": file.id}), max_characters=limits.max_characters)


def _opened(data: bytes, limits: Limits) -> Any:
    from docx import Document
    from lxml.etree import LxmlError

    if kind_of(data) != ZIP:
        refuse_other(data, KIND)
    _refuse_unfit(data, limits)
    try:
        return Document(BytesIO(data))
    except (*packed.FAULTS, LxmlError, KeyError, AttributeError, OSError) as fault:
        raise Invalid(f"is {KIND} that is damaged: {fault}") from fault


def _refuse_unfit(data: bytes, limits: Limits) -> None:
    with packed.opened(BytesIO(data), KIND) as parts:
        names = set(parts.namelist())
        if _BODY not in names:
            other = next((kind for name, kind in _OTHERS.items() if name in names), "a zip archive")
            raise Invalid(f"is {other}, not {KIND}")
        for part in parts.infolist():
            packed.refuse_bomb(part)
        if sum(part.file_size for part in parts.infolist()) > 4 * limits.max_bytes:
            raise Invalid(f"unpacks to more than {4 * limits.max_bytes:,} bytes")


def _made(created: datetime | None) -> dict[str, str]:
    """When the document was made: no more than a likely day of publication."""
    if created is None or created.replace(tzinfo=None) == _TEMPLATE_MADE:
        return {}
    day = when.iso(created.date().isoformat())
    return {"published_at": day, "date_basis": "inferred"} if day else {}


# Its body


def _blocks(body: Any, lists: "_Lists") -> Iterator[tuple[str, str]]:
    """Style names and texts: a paragraph each, the items of a list and the rows of a table as lines of one."""
    items: list[str] = []
    for element in _elements(body):
        marked = lists.mark(element) if element.tag == f"{_W}p" else None
        said = _said(element)
        if marked is not None:
            items += [marked + " ".join(said.split())] if said else []
            continue
        if items:
            yield "", "\n".join(items)
            items = []
        if element.tag == f"{_W}tbl":
            said = "\n".join(row for row in map(_row, element.iter(f"{_W}tr")) if row)
        if said:
            yield lists.style(element), said
    if items:
        yield "", "\n".join(items)


def _elements(body: Any) -> Iterator[Any]:
    """Paragraphs and tables, also those inside content controls and accepted changes."""
    for child in body:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in _HOLDERS:
            yield from _elements(child)


def _row(row: Any) -> str:
    return " | ".join(" ".join(_said(cell).split()) for cell in row.iterchildren(f"{_W}tc")).strip(" |")


def _said(element: Any) -> str:
    lines = (" ".join(line.split()) for line in "".join(_words(element)).splitlines())
    return "\n".join(line for line in lines if line)


def _words(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif child.tag not in _NOT_SHOWN:
            yield from _words(child)
            yield "\n" if child.tag == f"{_W}p" else ""


class _Lists:
    """Which paragraphs are items, and with what mark each stands there."""

    def __init__(self, document: Any, styles: Mapping[str, str]) -> None:
        self.styles = styles
        self.formats = dict(_formats(document))
        self.counts: Counter[tuple[str, int]] = Counter()

    def style(self, element: Any) -> str:
        found = element.find(f"{_W}pPr/{_W}pStyle")
        return "" if found is None else self.styles.get(found.get(f"{_W}val"), "")

    def mark(self, element: Any) -> str | None:
        """The mark of an item with its indent; None where the paragraph is none."""
        number = element.find(f"{_W}pPr/{_W}numPr/{_W}numId")
        level = element.find(f"{_W}pPr/{_W}numPr/{_W}ilvl")
        depth = int(level.get(f"{_W}val", "0")) if level is not None else 0
        named = re.match(r"List (Bullet|Number|Paragraph)?", self.style(element))
        if number is None and (named is None or named[1] == "Paragraph"):
            self.counts.clear()
            return None
        id = number.get(f"{_W}val", "") if number is not None else self.style(element)
        bullets = self.formats.get((id, depth), "bullet" if named is None or named[1] != "Number" else "decimal")
        self.counts[id, depth] += 1
        self.counts = Counter({key: count for key, count in self.counts.items() if key[0] != id or key[1] <= depth})
        return "  " * min(depth, 8) + ("• " if bullets in ("bullet", "none") else f"{self.counts[id, depth]}. ")


def _formats(document: Any) -> Iterator[tuple[tuple[str, int], str]]:
    """How the levels of each list are numbered, by the list's id."""
    from docx.opc.constants import RELATIONSHIP_TYPE

    parts = [rel.target_part for rel in document.part.rels.values() if rel.reltype == RELATIONSHIP_TYPE.NUMBERING]
    for root in (part.element for part in parts if hasattr(part, "element")):
        abstract = {one.get(f"{_W}abstractNumId"): one for one in root.iterchildren(f"{_W}abstractNum")}
        for number in root.iterchildren(f"{_W}num"):
            kind = number.find(f"{_W}abstractNumId")
            levels = abstract.get(kind.get(f"{_W}val")) if kind is not None else None
            for level in levels.iterchildren(f"{_W}lvl") if levels is not None else ():
                form = level.find(f"{_W}numFmt")
                if form is not None:
                    key = (number.get(f"{_W}numId", ""), int(level.get(f"{_W}ilvl", "0")))
                    yield key, form.get(f"{_W}val", "bullet")

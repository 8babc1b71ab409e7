"""A saved page: its story without the furniture, as trafilatura finds it, and what its markup says of the story.

The text is extracted once: paragraphs parted by blank lines, a list's items and a table's rows a line each.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any

from index.articles import from_json, merged
from index.errors import Invalid
from index.readers import Limits, decoding, markup
from index.readers.sniffing import kind_of, whole
from index.readers.titles import first_line, shortened
from index.records import Article, RawFile

SUFFIXES = (".html", ".htm", ".xhtml")
BRINGS_IDS = False

_CHARSET = re.compile(rb"""(?i)<(?:meta|\?xml)\b[^>]{0,200}?\b(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""")
TOP_BLOCKS = 3  # of a story, among which its headline stands
LONGEST_CELL = 500  # characters; a table with more in one cell lays out a page
LONGEST_LABEL = 4  # words; a shorter caption names what is seen, and says nothing
_HEAD = 4_096  # bytes in which a page declares its encoding
_WEB_LABELS = {
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "ascii": "windows-1252",
    "us-ascii": "windows-1252",
}
_SPACE = re.compile(r"[ \t\n\r\f]+")
_SUFFIX = re.compile(r"\s+(?:[|•·–—:»«-]|::)\s+")
_PROLOG = re.compile(r"\s*<\?xml[^>]*\?>")
_MARKUP = re.compile(r"(?i)<(?:!doctype html|html|body|main|article|section|div|h[1-6]|p|br|table|[uo]l)\b")


def read(file: RawFile, limits: Limits) -> Iterator[Article]:
    """The page's one article.

    Raises:
        Invalid: it is no page, holds no story, is too long, in no known encoding, or its row describes no article.
        OSError: it can't be read.
    """
    decoded = decode(whole(file, limits.max_bytes), file.encoding)
    page = tree(decoded.text)
    said = markup.of_page(page, decoded.text)
    text = story(page, said.get("title"))
    if not text:
        raise Invalid("holds no story: nothing in the page but its furniture")
    title = _without_suffix(said.pop("title", ""), text)
    found = {"title": shortened(title) or first_line(text), "text": text, "metadata": decoded.metadata}
    dated = said if "published_at" in said else said | markup.byline(page, text, said.get("url"))
    yield from_json(merged(found | dated, {**file.given, "id": file.id}), max_characters=limits.max_characters)


def decode(data: bytes, declared: str | None) -> decoding.Decoded:
    """A page's text, in the encoding that was declared for it, else that it names itself, else what can be told.

    Raises:
        Invalid: it is no text.
    """
    label = _CHARSET.search(data[:_HEAD])
    named = label.group(1).decode().lower() if label else None
    if kind_of(data) or declared or not named or decoding.bom(data)[0]:
        return decoding.decode(data, declared)
    for encoding in (_WEB_LABELS.get(named, named), None):
        try:
            return decoding.decode(data, encoding)
        except Invalid as fault:
            if encoding is None:
                raise fault
    raise AssertionError


def tree(text: str) -> Any:
    """The page as lxml's element tree.

    Raises:
        Invalid: there is no markup in it.
    """
    from lxml import etree
    from lxml import html as pages

    if not _MARKUP.search(text):
        raise Invalid("is not an HTML page: it has no markup")
    parser = pages.HTMLParser(encoding="utf-8", remove_pis=True)
    try:
        page = pages.document_fromstring(_PROLOG.sub("", text, count=1).encode(), parser=parser)
    except (etree.LxmlError, ValueError) as fault:
        raise Invalid(f"is not HTML that can be read: {fault}") from fault
    return page


def story(page: Any, title: str | None) -> str:
    """The text of the page's story, its headline first where the page shows one; empty where there is none."""
    body = _body(_prepared(page))
    blocks = [block for block in _blocks(body) if block] if body is not None else []
    headline = _headline(page, title)
    if blocks and headline and not any(_same(block, headline) for block in blocks[:TOP_BLOCKS]):
        run_on = blocks[0].startswith(f"{headline} ")  # as extraction leaves very short pages
        blocks[:1] = [headline, blocks[0].removeprefix(f"{headline} ") if run_on else blocks[0]]
    return "\n\n".join(blocks)


def _body(page: Any) -> Any:
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what is wrong with a page is told by us, once
    try:
        found = bare_extraction(page, include_comments=False, with_metadata=False)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as fault:
        raise Invalid(f"is a page whose story can't be told: {fault}") from fault
    return getattr(found, "body", None)


def _prepared(page: Any) -> Any:
    """A copy of the page in the shape of today: captions as paragraphs behind their pictures, no tables for layout."""
    from copy import deepcopy

    copy = deepcopy(page)
    for table in copy.xpath("//table"):
        cells = table.xpath("./tr/td | ./tbody/tr/td")
        if any(len(_line(cell)) > LONGEST_CELL for cell in cells):
            for part in (table, *table.xpath("./tbody | ./tr | ./tbody/tr"), *cells):
                part.tag = "div"
    for line_break in copy.xpath("//td//br | //th//br"):
        line_break.tail = f" {line_break.tail or ''}"  # extraction joins the words beside it
    for caption in copy.xpath("//figure//figcaption"):
        if len(_line(caption).split()) > LONGEST_LABEL:
            figure = next(caption.iterancestors("figure"))
            caption.getparent().remove(caption)
            caption.tag, caption.tail = "p", figure.tail
            figure.tail = None
            figure.addnext(caption)
    return copy


def _without_suffix(title: str, text: str) -> str:
    """A title without the site's name behind it, where the story itself has it so."""
    lines = [line for line in text[:4_000].splitlines() if line.strip()][: 2 * TOP_BLOCKS]
    heads = (title[: found.start()] for found in _SUFFIX.finditer(title))
    return next((head for head in heads if head and any(_same(head, line) for line in lines)), title)


def _headline(page: Any, title: str | None) -> str | None:
    """The main heading that the page shows: that which is its title, else the only one."""
    shown = [_line(heading) for heading in page.xpath("//h1")]
    if title and any(_same(one, title) for one in shown):
        return title
    return shown[0] if len(shown) == 1 and shown[0] else None


def _same(one: str, other: str) -> bool:
    return _line_of(one).casefold() == _line_of(other).casefold()


def _blocks(element: Any) -> Iterator[str]:
    """Text by text: paragraphs and headings one each, a list or a table one with a line an item."""
    for child in element:
        if child.tag == "list":
            yield "\n".join(_items(child))
        elif child.tag == "table":
            yield "\n".join(row for row in map(_row, child.iter("row")) if row)
        elif child.tag in ("quote", "div") and len(child):
            yield _inline(child.text or "")
            yield from _blocks(child)
        else:
            yield _paragraph(child)
        yield _inline(child.tail or "")


def _items(found: Any, indent: str = "") -> Iterator[str]:
    numbered = found.get("rend") == "ol"
    for number, item in enumerate(found.iterchildren("item"), 1):
        inner = [one for one in item.iter("list") if next(one.iterancestors("list")) is found]
        own = _line_of("".join(_own_text(item)).replace("\v", " "))
        if own:
            yield f"{indent}{f'{number}.' if numbered else '•'} {own}"
        for one in inner:
            yield from _items(one, indent + "  ")


def _own_text(element: Any) -> Iterator[str]:
    """Its text without that of lists inside it; a line break is a vertical tab."""
    yield element.text or ""
    for child in element:
        if child.tag != "list":
            yield from _own_text(child)
        yield {"lb": "\v", "p": " ", "list": " "}.get(child.tag, "")
        yield child.tail or ""


def _row(row: Any) -> str:
    return " | ".join(_line(cell) for cell in row.iter("cell")).strip(" |")


def _paragraph(element: Any) -> str:
    return _inline("".join(_own_text(element)))


def _inline(said: str) -> str:
    lines = (_line_of(line) for line in said.split("\v"))
    return "\n".join(line for line in lines if line)


def _line(element: Any) -> str:
    return _line_of(" ".join(element.itertext()))


def _line_of(said: str) -> str:
    return _SPACE.sub(" ", said).strip()

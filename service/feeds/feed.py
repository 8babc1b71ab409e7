"""Feeds and sitemaps, read: RSS and Atom by feedparser, JSON Feed, sitemaps (sitemaps.org, with Google's news).

What is read here is hostile: `service.feeds.parsing` does it in a process of its own. No entity is resolved but those
of characters, and nothing is fetched.
"""

import json
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from index.errors import Invalid
from index.readers import when
from service.feeds.kinds import Kind

MOST_ENTRIES = 50_000  # as many as a sitemap may have
LONGEST_LINE = 1_000  # characters
LONGEST_TEXT = 500_000
MOST_TAGS = 50

_BLOCKS = {
    *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "pre", "table", "tr", "section"),
    *("article", "figure", "figcaption", "dl", "dt", "dd", "hr"),
}
_END = re.compile(rb"(?i)</(?:rss|(?:\w+:)?feed|(?:\w+:)?rdf)\s*>\s*(?:<!--.*?-->\s*)*\x00?$", re.DOTALL)
_LEFT_OUT = ("script", "style", "iframe", "noscript", "template", "svg")


@dataclass(frozen=True)
class FeedEntry:
    """What a feed or sitemap says of one article; dates are ISO 8601, ``text`` has paragraphs parted by blank lines.

    ``shares`` says that its link is that of other entries too: a page of many stories, or the front page.
    """

    link: str | None = None
    guid: str | None = None
    title: str | None = None
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    source: str | None = None
    tags: tuple[str, ...] = ()
    text: str = ""
    shares: bool = False


@dataclass(frozen=True)
class Document:
    """A feed or a sitemap; ``maps`` are the addresses of other sitemaps that it lists, newest first if it says when."""

    title: str | None = None
    entries: tuple[FeedEntry, ...] = ()
    maps: tuple[str, ...] = ()


def document(body: bytes, kind: Kind, address: str, charset: str | None) -> Document:
    """What stands in a feed or sitemap that came from an address, with the charset that its server said.

    Raises:
        Invalid: it can't be read.
    """
    if kind == "feed":
        return _feed(body, address, charset)
    if kind == "json feed":
        return _json_feed(body, address)
    return _sitemap(body, address)


# RSS and Atom


def _feed(body: bytes, address: str, charset: str | None) -> Document:
    import feedparser

    # Without a charset, a media type such as text/xml would mean ASCII.
    media = f"application/xml; charset={charset}" if charset else "application/xml"
    said = feedparser.parse(BytesIO(body), response_headers={"content-type": media, "content-location": address})
    if not said.entries and said.bozo and not said.feed.get("title"):
        raise Invalid("is a damaged feed: it is not well-formed")
    # Of what was cut off the last entry may lack half of what it says.
    whole = said.entries if not said.bozo or _END.search(body) else said.entries[:-1]
    language = _line(said.feed.get("language"))
    entries = tuple(_entry(entry, address, language) for entry in whole[:MOST_ENTRIES])
    return Document(_plain(said.feed.get("title")), entries)


def _entry(entry: Any, address: str, language: str | None) -> FeedEntry:
    said = [*entry.get("content", ()), entry.get("summary_detail") or {}]
    texts = [_text(one.get("value"), is_html=one.get("type") != "text/plain") for one in said]
    link = entry.get("feedburner_origlink") or entry.get("link")
    return FeedEntry(
        link=_absolute(link, address),
        guid=_line(entry.get("id")),
        title=_plain(entry.get("title")),
        author=_author(entry),
        published=_date(entry, "published"),
        updated=_date(entry, "updated"),
        language=_line((entry.get("title_detail") or {}).get("language")) or language,
        tags=_tags(tag.get("label") or tag.get("term") for tag in entry.get("tags", ())),
        text=max(texts, key=len),
    )


def _author(entry: Any) -> str | None:
    names = [_plain(one.get("name")) for one in entry.get("authors", ())]
    named = ", ".join(dict.fromkeys(name for name in names if name))
    return _line(named) or _plain(entry.get("author"))


def _date(entry: Any, name: str) -> str | None:
    """As it was written, which may be less than a second precise; else as feedparser makes it out, in UTC."""
    # feedparser gives one for the other where only one is there.
    said = dict.get(entry, name)
    if iso := when.iso(said):
        return iso
    parsed = dict.get(entry, f"{name}_parsed")
    if not parsed or not 1900 <= parsed.tm_year <= 9_000:
        return None
    return datetime.fromtimestamp(timegm(parsed), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# JSON Feed (jsonfeed.org, 1.1)


def _json_feed(body: bytes, address: str) -> Document:
    try:
        said = json.loads(body.decode("utf-8-sig"))
        items = said["items"]
    except (ValueError, RecursionError, KeyError, TypeError) as fault:
        raise Invalid(f"is a damaged JSON Feed: {type(fault).__name__} ({fault})"[:300]) from fault
    entries = (
        [_item(item, address, said) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    )
    return Document(_plain(said.get("title")), tuple(entries[:MOST_ENTRIES]))


def _item(item: Mapping[str, Any], address: str, feed: Mapping[str, Any]) -> FeedEntry:
    authors = item.get("authors") or [item.get("author")] if item.get("authors") or item.get("author") else None
    authors = authors or feed.get("authors") or []
    names = [one.get("name") for one in authors if isinstance(one, dict)] if isinstance(authors, list) else []
    html = _text(item.get("content_html"), is_html=True)
    return FeedEntry(
        link=_absolute(item.get("url") or item.get("external_url"), address),
        guid=_line(str(item["id"]) if isinstance(item.get("id"), int | float) else item.get("id")),
        title=_plain(item.get("title")),
        author=_line(", ".join(name for name in names if isinstance(name, str))),
        published=when.iso(item.get("date_published")),
        updated=when.iso(item.get("date_modified")),
        language=_line(item.get("language") or feed.get("language")),
        tags=_tags(item["tags"] if isinstance(item.get("tags"), list) else ()),
        text=html or _text(item.get("content_text") or item.get("summary"), is_html=False),
    )


# Sitemaps


def _sitemap(body: bytes, address: str) -> Document:
    from lxml import etree

    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    entries: list[FeedEntry] = []
    maps: list[tuple[str, str]] = []
    try:
        for _, element in etree.iterparse(
            BytesIO(body), events=("end",), remove_comments=True, remove_pis=True, **safe
        ):
            name = _local(element.tag)
            if name == "url":
                entries.append(_located(element, address))
            elif name == "sitemap":
                fields = _fields(element)
                maps.append((fields.get("lastmod", ""), _absolute(fields.get("loc"), address) or ""))
            if name in ("url", "sitemap"):
                element.clear()
            if len(entries) + len(maps) >= MOST_ENTRIES:
                break
    except etree.XMLSyntaxError as fault:
        if not entries and not maps:
            raise Invalid(f"is a damaged sitemap: {str(fault).partition(',')[0][:200]}") from fault
    newest = sorted(maps, key=lambda one: one[0], reverse=True)
    return Document(None, tuple(entry for entry in entries if entry.link), tuple(loc for _, loc in newest if loc))


def _located(element: Any, address: str) -> FeedEntry:
    said = _fields(element)
    return FeedEntry(
        link=_absolute(said.get("loc"), address),
        title=_plain(said.get("title")),
        published=when.iso(said.get("publication_date")),
        updated=when.iso(said.get("lastmod")),
        language=_line(said.get("language")),
        source=_plain(said.get("name")),
    )


def _fields(element: Any) -> dict[str, str]:
    """The text of each element inside, by its name without namespace; images and videos have titles of their own."""
    found: dict[str, str] = {}
    for one in element.iterdescendants():
        if isinstance(one.tag, str) and "image" not in one.tag and "video" not in one.tag:
            found.setdefault(_local(one.tag), (one.text or "").strip())
    return found


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


# Values


def _absolute(value: object, address: str) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return urljoin(address, value.strip())
    except ValueError:
        return None


def _tags(values: Any) -> tuple[str, ...]:
    said = (_plain(value) for value in values)
    return tuple(dict.fromkeys(tag for tag in said if tag))[:MOST_TAGS]


def _line(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    said = "".join(c for c in " ".join(value.split()) if c.isprintable())
    return said[:LONGEST_LINE].strip() or None


def _plain(value: object) -> str | None:
    """A line that may have markup in it."""
    if isinstance(value, str) and re.search(r"[<&]", value):
        value = _text(value, is_html=True)
    return _line(value)


def _text(value: object, *, is_html: bool) -> str:
    if not isinstance(value, str) or not value.strip():
        return ""
    said = "".join(_pieces(value)) if is_html else value
    paragraphs = (re.sub(r"[ \t\f\v\r\xa0]+", " ", one) for one in re.split(r"\n\s*\n", said))
    lines = ("\n".join(line.strip() for line in one.split("\n") if line.strip()) for one in paragraphs)
    whole = "\n\n".join(one for one in lines if one)
    return "".join(c for c in whole if c == "\n" or c.isprintable())[:LONGEST_TEXT]


def _pieces(value: str) -> Iterator[str]:
    from lxml import etree, html

    try:
        tree = html.fragment_fromstring(value, create_parent="div")
    except (etree.LxmlError, ValueError):
        return
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment")):
        if event == "comment" or not isinstance(element.tag, str):
            continue
        is_left_out = element.tag in _LEFT_OUT
        if event == "start":
            yield "\n\n" if element.tag in _BLOCKS else "\n" if element.tag == "br" else ""
            yield "• " if element.tag == "li" else ""
            yield "" if is_left_out else re.sub(r"\s+", " ", element.text or "")
        else:
            yield "\n\n" if element.tag in _BLOCKS else ""
            yield re.sub(r"\s+", " ", element.tail or "") if element is not tree else ""

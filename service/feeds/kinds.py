"""What came from an address, told by its bytes first and by its label last: servers mislabel both feeds and pages."""

import re
from typing import Literal

from index.readers import decoding

Kind = Literal["feed", "json feed", "sitemap", "sitemaps", "page"]
"""What is read for addresses; a page is what is read for an article."""

_HEAD = 4_096
_ROOT = re.compile(r"<(?!\?|!)(?:[\w.-]+:)?([\w.-]+)")
_ROOTS: dict[str, Kind] = {
    "rss": "feed",
    "feed": "feed",
    "rdf": "feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemaps",
}
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')
_COMMENT = re.compile(r"<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_HTML = re.compile(r"(?i)<(?:!doctype\s+html|html|head|body|main|article|section|div|h[1-6]|p)\b")
_SUFFIXES = {
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}


def kind_of(body: bytes) -> Kind:
    """What is in a body, by its beginning."""
    head = _COMMENT.sub("", _head(body)).lstrip("\ufeff \t\r\n")
    if head.startswith("{"):
        return "json feed" if _JSON_FEED.search(head) else "page"
    root = _ROOT.search(head)
    if root is None or (root.start() > len(head) - len(head.lstrip("\x00")) and not head.startswith("<")):
        return "page"
    return _ROOTS.get(root.group(1).lower(), "page")


def suffix_of(body: bytes, media: str) -> str | None:
    """The suffix of the reader for a page; None where there is none for what came."""
    if body.startswith(b"%PDF-"):
        return ".pdf"
    known = _SUFFIXES.get(media)
    if known in (".pdf", None):
        return ".html" if _HTML.search(_head(body)) else None
    return known


def _head(body: bytes) -> str:
    encoding, size = decoding.bom(body)
    return body[size : size + _HEAD].decode(encoding or "latin-1", "ignore")

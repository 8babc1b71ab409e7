"""What a page's markup says of its story: JSON-LD first, then meta tags, then what the page shows, then its address."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from index.readers import when
from index.readers.titles import shortened

LONGEST_LINE = 300  # characters; what a page says of its story in one field
MOST_TAGS = 50

_META = {
    "title": ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title", "parsely-title"),
    "source": ("og:site_name", "dc.publisher", "dcterms.publisher", "citation_publisher", "application-name"),
    "author": (
        *("author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator"),
        *("citation_author", "twitter:creator"),
    ),
    "published_at": (
        *(
            "article:published_time",
            "og:published_time",
            "og:article:published_time",
            "datepublished",
            "parsely-pub-date",
        ),
        *(
            "sailthru.date",
            "publish-date",
            "publish_date",
            "publishdate",
            "pubdate",
            "published_time",
            "dc.date.issued",
        ),
        *(
            "dcterms.issued",
            "dcterms.created",
            "dc.date",
            "dcterms.date",
            "citation_publication_date",
            "article.published",
        ),
        *("cxenseparse:recs:publishtime", "rnews:datepublished", "date"),
    ),
    "updated_at": (
        *("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified"),
        *("last-modified", "lastmod", "article.updated"),
    ),
    "tags": ("article:tag", "news_keywords", "parsely-tags"),
}
_ARTICLES = re.compile(
    r"(?:.*Article|BlogPosting|Report|Review|.*NewsArticle|SocialMediaPosting|LiveBlogPosting|TechArticle)"
)
_LD_FIELDS = {
    "title": ("headline", "name"),
    "source": ("publisher", "sourceOrganization", "provider"),
    "author": ("author", "creator"),
    "published_at": ("datePublished", "dateCreated", "uploadDate"),
    "updated_at": ("dateModified",),
    "url": ("url", "mainEntityOfPage", "@id"),
    "tags": ("keywords",),
    "language": ("inLanguage",),
}
_ASIDE = ("related", "teaser", "card", "comment", "sidebar", "recommend", "promo", "footer")
_FURNITURE = " or ".join(
    (
        *(f"ancestor-or-self::{tag}" for tag in ("aside", "footer", "nav", "li")),
        *(f"ancestor-or-self::*[contains(concat(@class,' ',@id),'{word}')]" for word in _ASIDE),
    )
)
_NAMED = " or ".join(
    f"contains(translate(concat(@class,' ',@id,' ',@itemprop,' ',@data-testid),'ABDEILMNPST','abdeilmnpst'),'{word}')"
    for word in (
        "byline",
        "dateline",
        "timestamp",
        "pubdate",
        "publish",
        "posted",
        "entry-meta",
        "post-meta",
        "article-date",
    )
)
_BY = re.compile(r"(?i)^(?:(?:written|posted|reported|words) )?by\b:?\s*")
_BEHIND_NAME = re.compile(
    r"\s*(?:[|•·–—]|\s-\s|,? (?:on|in) (?=\w+ \d)|published|updated|posted|\d).*$", re.IGNORECASE | re.DOTALL
)
_SAVED = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://\S+)")
_DAY_IN_PATH = re.compile(r"(?<!\d)((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?!\d)")
_COMPACT_IN_PATH = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_MONTH_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])/")
_NAMED_MONTH_IN_PATH = re.compile(
    r"/((?:19|20)\d\d)/(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*/(\d{1,2})/", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def of_page(page: Any, text: str) -> dict[str, Any]:
    """Fields of an article that markup states, each in the contract's form; what has no such form is left out."""
    sources = [_linked_data(page), _meta(page), _shown(page, text)]
    found: dict[str, Any] = {}
    for said in sources:
        for name, value in said.items():
            checked = _CHECKS[name](value)
            if checked:
                found.setdefault(name, checked)
    if "published_at" in found or "updated_at" in found:
        found["date_basis"] = "stated"
    if "title" in found and "source" in found:
        found["title"] = _without_site(found["title"], found["source"])
    return found


def byline(page: Any, text: str, url: str | None) -> dict[str, str]:
    """When a page was published by what it shows under its headline (stated), else by its address (inferred)."""
    if stated := when.under_headline([*_byline_texts(page), *when.top(text)]):
        return stated
    inferred = _of_address(url) if url else None
    return {"published_at": inferred, "date_basis": "inferred"} if inferred else {}


def _of_address(url: str) -> str | None:
    path = urlsplit(url).path
    if found := _NAMED_MONTH_IN_PATH.search(path):
        year, month, day = found.group(1), _MONTHS.index(found.group(2).lower()) + 1, found.group(3)
        return when.iso(f"{year}-{month:02}-{int(day):02}")
    if found := _DAY_IN_PATH.search(path) or _COMPACT_IN_PATH.search(path):
        return when.iso("-".join(part.zfill(2) for part in found.groups()))
    month_only = _MONTH_IN_PATH.search(path)
    return when.iso("-".join(month_only.groups())) if month_only else None


# JSON-LD


def _linked_data(page: Any) -> dict[str, Any]:
    items = [item for script in page.xpath("//script[@type]") for item in _items_of(script)]
    article = next((item for item in items if _is_article(item)), None)
    said = {} if article is None else {name: _first(article, keys) for name, keys in _LD_FIELDS.items()}
    if not said.get("source"):
        said["source"] = next((item.get("name") for item in items if "WebSite" in _types(item)), None)
    return said


def _items_of(script: Any) -> Iterator[dict[str, Any]]:
    if "ld+json" not in script.get("type", "").lower():
        return
    try:
        waiting = [json.loads((script.text or "").strip().rstrip(";"), strict=False)]
    except (ValueError, RecursionError):
        return
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            yield one
            waiting += [one[key] for key in ("@graph", "mainEntity", "itemListElement") if key in one]


def _types(item: Mapping[str, Any]) -> list[str]:
    kind = item.get("@type")
    return [one for one in (kind if isinstance(kind, list) else [kind]) if isinstance(one, str)]


def _is_article(item: Mapping[str, Any]) -> bool:
    return any(_ARTICLES.fullmatch(kind) for kind in _types(item)) and bool(item.get("headline") or item.get("name"))


def _first(item: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((item[key] for key in keys if item.get(key)), None)


# Meta tags, and what stands in the page


def _meta(page: Any) -> dict[str, Any]:
    named: dict[str, list[str]] = {}
    for meta in page.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if content := (meta.get("content") or "").strip():
            named.setdefault(name.strip().lower(), []).append(content)
    said = {name: next((named[key] for key in keys if key in named), None) for name, keys in _META.items()}
    canonical = [link.get("href") for link in page.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    return said | {"url": next((url for url in (*canonical, *named.get("og:url", ())) if absolute(url)), None)}


def _shown(page: Any, text: str) -> dict[str, Any]:
    saved = _SAVED.search(text[:2_000])
    times = page.xpath(f"//time[@datetime and not({_FURNITURE})]")
    titles = [*page.xpath("//article//h1 | //main//h1"), *page.xpath("//h1"), *page.xpath("//head/title")]
    return {
        "title": next((said for said in map(_text, titles) if said), None),
        "author": _shown_author(page),
        "published_at": next((time.get("datetime") for time in times if not _is_change(time)), None),
        "updated_at": next((time.get("datetime") for time in times if _is_change(time)), None),
        "url": saved.group(1) if saved else None,
        "language": page.get("lang"),
    }


def _is_change(time: Any) -> bool:
    said = " ".join((time.get("class") or "", time.get("itemprop") or "", (time.getparent().text or "")[-30:]))
    return re.search(r"(?i)updat|modif", said) is not None


def _shown_author(page: Any) -> str | None:
    ways = (
        f"//*[(@rel='author' or @itemprop='author') and not({_FURNITURE})]",
        f"//*[contains(@class,'author-name') and not({_FURNITURE})]",
        f"//*[contains(@class,'byline') and not({_FURNITURE})]",
    )
    for way in ways:
        names = list(dict.fromkeys(filter(None, (_author_of(_text(one)) for one in page.xpath(way)))))
        if names:
            return ", ".join(names[:10])
    return None


def _author_of(said: str) -> str:
    if len(said) > when.LONGEST_BYLINE or said.startswith("http"):
        return ""
    return _BEHIND_NAME.sub("", _BY.sub("", said)).strip(" ,;:|")


def _byline_texts(page: Any) -> Iterator[str]:
    for element in page.xpath(f"//body//*[({_NAMED}) and not({_FURNITURE})]"):
        said = _text(element)
        if said and len(said) <= when.LONGEST_BYLINE:
            yield said


def _text(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


# Values


def _line(value: Any) -> str | None:
    """A value as one line: of a list all, of an object its name."""
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(filter(None, map(_line, value)))) or None
    if isinstance(value, dict):
        return _line(value.get("name") or value.get("@value"))
    if not isinstance(value, str):
        return None
    said = " ".join(unescape(value).split())
    return said if said and len(said) <= LONGEST_LINE and _is_clean(said) else None


def _is_clean(said: str) -> bool:
    return all(character.isprintable() or character.isspace() for character in said)


def _title(value: Any) -> str | None:
    one = value[0] if isinstance(value, list) and value else value
    said = " ".join(unescape(one).split()) if isinstance(one, str) else ""
    return shortened(said) if said and _is_clean(said) else None


def _source(value: Any) -> str | None:
    return _line(value[0] if isinstance(value, list) and value else value)


def _author(value: Any) -> str | None:
    names = value if isinstance(value, list) else [value]
    said = [_author_of(line) for line in map(_line, names) if line and not line.startswith("@")]
    return ", ".join(dict.fromkeys(filter(None, said))) or None


def _date(value: Any) -> str | None:
    return when.iso(value[0] if isinstance(value, list) and value else value)


def absolute(value: Any) -> str | None:
    """An absolute address of the web, or of an object that holds one; None for anything else."""
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    if not isinstance(value, str) or any(c.isspace() for c in value.strip()) or not _is_clean(value):
        return None
    try:
        parts = urlsplit(value.strip())
        absolute = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return value.strip() if absolute and len(value) <= 2_000 else None


def _tags(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    split = [part.strip() for one in values if isinstance(one, str) for part in one.split(",")]
    return [tag for tag in dict.fromkeys(split) if tag and len(tag) <= LONGEST_LINE and _is_clean(tag)][:MOST_TAGS]


def _language(value: Any) -> str | None:
    said = _line(value)
    return said.replace("_", "-") if said and re.fullmatch(r"[A-Za-z]{2,3}(?:[-_]\w{2,8})*", said) else None


def _without_site(title: str, site: str) -> str:
    bare = re.sub(rf"\s*(?:[|•·–—:»]|\s-\s)\s*{re.escape(site)}\s*$", "", title, flags=re.IGNORECASE)
    return bare or title


_CHECKS = {
    "title": _title,
    "source": _source,
    "author": _author,
    "published_at": _date,
    "updated_at": _date,
    "url": absolute,
    "tags": _tags,
    "language": _language,
}

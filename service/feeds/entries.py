"""The article behind an entry: what its page says, then what its feed does; where no page can be had, the feed alone.

Of what both say, the page's own word counts before the feed's, and the feed's before what is inferred. A date that lies
ahead is none: a clock was wrong.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from index import dates
from index.articles import from_json
from index.errors import Invalid
from index.readers import decoding
from index.readers.confined import Reading
from index.readers.titles import first_line, shortened
from index.records import Article, RawFile
from service.feeds.canonical import clean, digest, name, stated
from service.feeds.feed import FeedEntry
from service.feeds.fetching import Fetched
from service.feeds.kinds import suffix_of
from service.feeds.unfetched import Unfetched

# A clock may be ahead by so much, and time zones be mistaken.
MOST_AHEAD = timedelta(days=1)
# Who takes it in has the bound that is set.
MOST_CHARACTERS = 2**31
OF_FEED = "feed"
"""What ``metadata.text_from`` says where an article is what its feed says of it."""

_WEB_LABELS = {"iso-8859-1": "windows-1252", "latin1": "windows-1252", "us-ascii": "windows-1252"}


def of_page(came: Fetched, reading: Reading) -> Article:
    """The article of a page, as the readers of files have it; its ``url`` is what the page names, its ``id`` is none.

    Raises:
        Unfetched: what came is no article.
    """
    suffix = suffix_of(came.body, came.media)
    if not came.body.strip():
        raise Unfetched("answers with nothing", lasting=True)
    if suffix is None:
        raise Unfetched(f"is {came.media[:80] or 'something unnamed'}, which is not read", lasting=True)
    raw = RawFile(f"page{suffix}", "page", partial(BytesIO, came.body), encoding=_encoding(came))
    [read] = reading.read(raw)
    if not isinstance(read, Article):
        raise Unfetched(read.reason, lasting=True)
    return read


def joined(read: Article, entry: FeedEntry, came: Fetched, now: float) -> Article:
    """The article of a page together with what its entry says of it."""
    said = {
        "title": read.title,
        "text": read.text,
        "url": stated(read.url, came.address),
        "source": read.source or entry.source,
        "author": read.author or entry.author,
        "language": read.language or entry.language,
        "tags": list(read.tags or entry.tags),
        "metadata": dict(read.metadata),
    }
    return _article(said, _dates(read, entry, now))


def of_feed(entry: FeedEntry, why: str, now: float) -> Article:
    """What a feed itself says of an article, with why it is not the article's page that says it.

    Raises:
        Unfetched: it says nothing.
    """
    if not entry.text.strip() or entry.text.strip() == entry.title:
        raise Unfetched(why, lasting=True)
    said = {
        "title": shortened(entry.title or "") or first_line(entry.text),
        "text": entry.text,
        "url": clean(entry.link) if entry.link and entry.link.startswith(("http://", "https://")) else None,
        "source": entry.source,
        "author": entry.author,
        "language": entry.language,
        "tags": list(entry.tags),
        "metadata": {"text_from": OF_FEED, "page": why},
    }
    return _article(said, _dates(None, entry, now))


def given(article: Article, publisher: str | None, feed_title: str | None, tags: tuple[str, ...]) -> Article:
    """The article with what its source is said to be; what is set for it stands over what pages say."""
    whole = tuple(dict.fromkeys([*article.tags, *tags]))
    return replace(article, source=publisher or article.source or feed_title, tags=whole)


def over(current: Article | None, new: Article) -> Article:
    """What a new reading of an article comes to, beside what the archive has of it.

    Tags add up: sections of one paper list one article, each with its own. That nothing but the time of its change has
    changed, as pages say that are made anew at each request, is no change.
    """
    if current is None:
        return new
    new = replace(new, id=current.id, tags=tuple(dict.fromkeys([*current.tags, *new.tags])))
    if new.published_at is None and current.published_at is not None:
        new = replace(new, published_at=current.published_at, date_basis=current.date_basis)
    known = {name: getattr(new, name) or getattr(current, name) for name in ("source", "author", "language")}
    new = replace(new, **known)
    same = replace(new, updated_at=current.updated_at, date_basis=current.date_basis, notes=current.notes)
    return current if same == current else new


def is_of_feed(article: Article) -> bool:
    return article.metadata.get("text_from") == OF_FEED


def id_of(article: Article, entry: FeedEntry, feed: str) -> str:
    """What an article is called that is not known by any of its addresses."""
    if article.url and not entry.shares:
        return name(article.url)
    return f"{name(feed)}/{digest(entry.guid or entry.title or entry.text)}"


def _encoding(came: Fetched) -> str | None:
    """What the server says, as browsers take it, unless the bytes are something else."""
    if came.charset is None or decoding.bom(came.body)[0]:
        return None
    label = _WEB_LABELS.get(came.charset, came.charset)
    try:
        came.body.decode(decoding.canonical(label))
    except (UnicodeError, Invalid):
        return None
    return label


def _dates(read: Article | None, entry: FeedEntry, now: float) -> dict[str, Any]:
    """When an article was published and changed, on whose word; under ``ahead`` what can't be."""
    page = [(read.published_at, read.date_basis), (read.updated_at, "stated")] if read else [(None, None), (None, None)]
    published, updated = [page[0], (entry.published, "given")], [page[1], (entry.updated, "given")]
    published.sort(key=lambda one: one[1] == "inferred")
    found, ahead = dict[str, Any](), dict[str, str]()
    for named, ways in (("updated_at", updated), ("published_at", published)):
        for value, basis in ways:
            if value and _is_ahead(value, now):
                ahead[f"{named}_said"] = value
            elif value and _is_date(value):
                found |= {named: value, "date_basis": basis}
                break
    if found.get("updated_at") == found.get("published_at"):
        found.pop("updated_at", None)
    return found | {"ahead": ahead}


def _is_ahead(value: str, now: float) -> bool:
    return _is_date(value) and dates.parse(value).first > (datetime.fromtimestamp(now, UTC) + MOST_AHEAD).date()


def _is_date(value: str) -> bool:
    try:
        dates.parse(value)
    except ValueError:
        return False
    return True


def _article(said: Mapping[str, Any], dated: Mapping[str, Any]) -> Article:
    """Raises Unfetched where a field breaks its rule."""
    fields = {**said, **dated, "id": "page", "metadata": {**said["metadata"], **dated["ahead"]}}
    fields.pop("ahead")
    try:
        return from_json(fields, max_characters=MOST_CHARACTERS)
    except Invalid as fault:
        raise Unfetched(str(fault), lasting=True) from fault

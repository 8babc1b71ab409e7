"""Saved pages to articles: the story without the furniture, and what page, markup and address say of it."""

from pathlib import Path
from typing import Any

import pytest

from index.readers import Limits, read
from index.records import Article, RawFile
from tests import brought
from tests.pages import linked_data, meta, of_text, page

SEEDS = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))
HEADINGS = (
    *("Blinken’s Agenda: A Multifaceted Approach", "Progress in Key Areas", "The Bigger Picture"),
    *("More from GZERO Media", "Frosty Bilateral Ties and Balloon Episode Delay", "Hope for Future Meetings"),
    *("Balloon Episode Downplayed by President Biden", "Future Summits and Diplomatic Engagements"),
    *("Blinken’s Agenda in Beijing", "Deteriorating Relations and Concerns", "Blinken’s Historic Visit"),
    *("Blinken’s Objectives and Regional Allies", "Nurturing Mutual Respect and Strategic Trust", "Leave a Reply"),
)
CAPTIONS = (
    "U.S. President Donald Trump speaks with",
    "US Secretary of State Antony Blinken (left)",
)
STORY = """<p>Secretary of State Antony Blinken has <b>arrived</b> in <a href="/b">Beijing</a> on a diplomatic trip,
the first in years, and is to meet the foreign minister before he flies home on Monday.</p>
<p>Officials on both sides said that they expected no breakthrough, but hoped that the two would keep talking.</p>"""
TEXT = """Blinken lands in Beijing

Secretary of State Antony Blinken has arrived in Beijing on a diplomatic trip, the first in years, and is to meet the \
foreign minister before he flies home on Monday.

Officials on both sides said that they expected no breakthrough, but hoped that the two would keep talking."""
TITLE = "Blinken lands in Beijing"


def only(content: str | bytes, name: str = "a.html", **more: Any) -> Article:
    return brought.only(name, _encoded(content), **more)


def raw(content: str | bytes, name: str = "a.html", **more: Any) -> RawFile:
    return brought.raw(name, _encoded(content), **more)


def refused(content: str | bytes, name: str = "a.html") -> str:
    return brought.refused(name, _encoded(content))


def _encoded(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_a_seed_as_a_site_s_page_gives_the_passages_of_the_plain_text(seed: Path) -> None:
    text = seed.read_text(encoding="utf-8")
    title, _, rest = text.strip().partition("\n")
    captions = [line for line in rest.splitlines() if line.startswith(CAPTIONS)]
    tags = dict.fromkeys(HEADINGS, "h2") | dict.fromkeys(("Antony Blinken", *captions), "figcaption")
    plain = Article("a", title, text)
    assert brought.passages(only(page(title, of_text(rest, tags)))) == brought.passages(plain)


def test_the_story_is_taken_and_the_furniture_left() -> None:
    assert only(page(TITLE, STORY)) == Article("a", TITLE, TEXT, language="en-GB")


@pytest.mark.parametrize(
    ("markup", "byline", "expected"),
    [
        (
            linked_data(
                **{"@type": "NewsArticle"},
                headline="Blinken lands in Beijing &amp; stays",
                datePublished="2023-06-18T09:00:00+08:00",
                dateModified="2023-06-19",
                author=[{"@type": "Person", "name": "Jane Roe"}, {"name": "Ann Other"}],
                publisher={"@type": "Organization", "name": "The Daily Example"},
                mainEntityOfPage={"@id": "https://example.com/blinken"},
                keywords=["China", "Diplomacy"],
            ),
            "",
            {
                "title": "Blinken lands in Beijing & stays",
                "published_at": "2023-06-18T09:00:00+08:00",
                "updated_at": "2023-06-19",
                "date_basis": "stated",
                "author": "Jane Roe, Ann Other",
                "source": "The Daily Example",
                "url": "https://example.com/blinken",
                "tags": ("China", "Diplomacy"),
            },
        ),
        (
            linked_data(**{"@graph": [{"@type": "WebSite", "name": "Site"}, {"@type": ["Article"], "headline": "H"}]}),
            "",
            {"title": "H", "source": "Site", "published_at": None, "date_basis": None},
        ),
        (
            meta(
                og__title="Blinken lands - The Daily Example",
                og__site_name="The Daily Example",
                article__published_time="2023-06-18T09:00:00Z",
                article__modified_time="soon",
                author="By Jane Roe",
                og__url="https://example.com/b?id=1",
            ),
            "",
            {
                "title": "Blinken lands",
                "source": "The Daily Example",
                "published_at": "2023-06-18T09:00:00Z",
                "updated_at": None,
                "date_basis": "stated",
                "author": "Jane Roe",
                "url": "https://example.com/b?id=1",
            },
        ),
        (
            "",
            '<p class="byline">By <a rel="author" href="/j">Jane Roe</a> | Updated June 20, 2023 | June 18, 2023</p>',
            {"author": "Jane Roe", "published_at": "2023-06-18", "updated_at": "2023-06-20", "date_basis": "stated"},
        ),
        (
            "",
            '<p>Published <time datetime="2023-06-18T09:00Z">yesterday</time></p>',
            {"published_at": "2023-06-18T09:00Z", "date_basis": "stated"},
        ),
        ("", '<div class="dateline">18/06/2023</div>', {"published_at": "2023-06-18", "date_basis": "stated"}),
        ("", '<div class="dateline">06/07/2023</div>', {"published_at": None, "date_basis": None}),
        (
            '<link rel="canonical" href="https://example.com/2023/06/18/blinken">',
            "",
            {"url": "https://example.com/2023/06/18/blinken", "published_at": "2023-06-18", "date_basis": "inferred"},
        ),
        (
            '<link rel="canonical" href="https://example.com/news/2023/jun/8/blinken">',
            "",
            {"published_at": "2023-06-08", "date_basis": "inferred"},
        ),
        (
            '<link rel="canonical" href="https://example.com/2023/06/blinken">',
            "",
            {"published_at": "2023-06", "date_basis": "inferred"},
        ),
        ('<link rel="canonical" href="/2023/06/18/blinken">', "", {"url": None, "published_at": None}),
        ('<script type="application/ld+json">{"@type": </script>', "", {"title": TITLE, "published_at": None}),
        ('<link rel="canonical" href="https://[bad">', "", {"url": None}),
    ],
)
def test_what_markup_byline_and_address_say_of_a_story(markup: str, byline: str, expected: dict[str, Any]) -> None:
    article = only(page(TITLE, STORY, markup=markup, byline=byline))
    assert {name: getattr(article, name) for name in expected} == expected
    assert TEXT.partition("\n\n")[2] in article.text


def test_what_is_given_stands_over_what_the_page_says() -> None:
    markup = meta(article__published_time="2023-06-18", og__site_name="Site")
    article = only(page(TITLE, STORY, markup=markup), given={"published_at": "2023-06-17", "source": "Given"})
    assert (article.published_at, article.date_basis, article.source) == ("2023-06-17", "given", "Given")


SAID = "The minister said on Tuesday that the talks would go on for as long as it takes, whatever others may think. "


@pytest.mark.parametrize(
    ("html", "title", "text"),
    [
        ("<html><body><h1>Short</h1><p>Just one line.</p></body></html>", "Short", "Short\n\nJust one line."),
        (f"<p>{SAID}</p><p>{SAID}</p>", SAID.strip(), f"{SAID.strip()}\n\n{SAID.strip()}"),
        (
            f"<html><title>Talks</title><h1>Site</h1><article><h1>Talks</h1><p>{SAID * 3}</p></article></html>",
            "Talks",
            f"Talks\n\n{(SAID * 3).strip()}",
        ),
        (
            f"<html><title>Talks - A</title><table><tr><td>Talks<br>June 18, 2023<br>{SAID * 5}<br><br>{SAID}</table>",
            "Talks",
            f"Talks\nJune 18, 2023\n{(SAID * 5).strip()}\n{SAID.strip()}",
        ),
    ],
)
def test_pages_of_other_making_have_their_title_and_paragraphs(html: str, title: str, text: str) -> None:
    article = only(html)
    assert (article.title, article.text.removeprefix("Site\n\n")) == (title, text)
    assert article.published_at == ("2023-06-18" if "2023" in html else None)


def test_lists_tables_and_quotations_keep_their_lines() -> None:
    body = f"""{STORY}<h2>What is on the table</h2>
    <ul><li>Trade in <i>chips</i></li><li>Climate<ol><li>Coal</li></ol></li></ul>
    <table><tr><th>Year</th><th>Visits</th></tr><tr><td>2018<br>June</td><td>1</td></tr></table>
    <blockquote><p>We will keep talking, said the minister after the first of the meetings.</p></blockquote>"""
    assert only(page(TITLE, body)).text == TEXT + (
        "\n\nWhat is on the table\n\n• Trade in chips\n• Climate\n  1. Coal\n\nYear | Visits\n2018 June | 1"
        "\n\nWe will keep talking, said the minister after the first of the meetings."
    )


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "utf-8"),
        ("windows-1252", "iso-8859-1"),
        ("windows-1251", "windows-1251"),
        ("utf-16", ""),
        ("utf-8", "koi"),
    ],
)
def test_a_page_is_in_the_encoding_that_it_names(encoding: str, label: str) -> None:
    word = "Президент" if encoding == "windows-1251" else "café – “naïve”"
    html = page(TITLE, f"<p>{word} {'said the minister once more, and then again. ' * 5}</p>")
    html = html.replace('charset="utf-8"', f'charset="{label}"')
    assert word in only(html.encode(encoding)).text


def test_xhtml_and_a_page_saved_by_a_browser_are_read() -> None:
    prolog = '<?xml version="1.0" encoding="utf-8"?>\n<!-- saved from url=(0027)https://example.com/2023/6/18/x -->'
    article = only(prolog + page(TITLE, STORY), "a.xhtml")
    assert (article.text, article.url, article.published_at) == (TEXT, "https://example.com/2023/6/18/x", "2023-06-18")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.html: is empty"),
        (b"%PDF-1.7 ...", "a.html: is a PDF document, not text"),
        (b"Just words.", "a.html: is not an HTML page: it has no markup"),
        (b"<html><body></body></html>", "a.html: holds no story"),
        (b"<html><nav><a href='/'>Home</a></nav></html>", "a.html: holds no story"),
        (b"<html>" + b"<div>" * 100_000, "a.html: "),
        (b"\xff\xfe<\0h\0t\0m\0l\0>\0\xd8", "a.html: is not in utf-16-le, by its byte order mark"),
    ],
)
def test_what_is_no_page_is_rejected_with_its_reason(data: bytes, message: str) -> None:
    assert refused(data).startswith(message)


def test_a_page_nested_deeply_or_cut_off_is_read_or_rejected_and_never_a_crash() -> None:
    html = page(TITLE, STORY)
    deep = html.replace("<p>", "<div>" * 3_000 + "<p>")
    for data in (deep, *(html[:end] for end in range(0, len(html), 97))):
        assert len(list(read(raw(data), Limits()))) == 1

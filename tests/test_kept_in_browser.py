"""What a kept answer's page is to a browser, and to what reads its head for a chat."""

from typing import Literal

import pytest
from httpx2 import Client
from playwright.sync_api import Browser, expect

from index.records import Article
from tests.browser import opened, violations
from tests.worlds import ASKED, CANCELLED, TRIP

HOSTILE = Article(
    id="x",
    title='"><script>alert(1)</script> (b|c] & \u202e🎈',
    text="The February trip was cancelled over <img src=x onerror=alert(1)> a balloon.",
    source="</p><script>alert(1)</script>",
    url="https://press.example/a?b=(c)&d=%22",
)
ARTICLES = (TRIP, HOSTILE)
QUESTION = f'{ASKED} "><script>alert(1)</script><meta http-equiv=refresh content=0>'
HEAD = """() => Object.fromEntries([...document.head.querySelectorAll("meta[property], meta[name]")]
    .map((one) => [one.getAttribute("property") || one.name, one.content]))"""


def kept(service: str, question: str) -> str:
    with Client() as client:
        link = client.post(f"{service}/v1/answers", json={"question": question}).json()["link"]
    return str(link)


def test_its_head_says_what_a_chat_shows_of_the_link(browser: Browser, service: str) -> None:
    link = kept(service, ASKED)
    with opened(browser, link) as seen:
        assert seen.page.title() == f"{ASKED} · Footnote"
        assert seen.page.evaluate(HEAD) == {
            "viewport": "width=device-width, initial-scale=1",
            "robots": "noindex, nofollow",
            "referrer": "same-origin",
            "description": CANCELLED,
            "og:type": "article",
            "og:site_name": "Footnote",
            "og:title": ASKED,
            "og:description": CANCELLED,
            "og:url": link,
            "twitter:card": "summary",
            "twitter:title": ASKED,
            "twitter:description": CANCELLED,
        }


def test_a_hostile_question_and_article_show_as_text_and_run_nothing(browser: Browser, service: str) -> None:
    link = kept(service, QUESTION)
    with opened(browser, link) as seen:
        assert seen.page.title() == f"{QUESTION} · Footnote"
        assert seen.page.evaluate(HEAD)["og:title"] == QUESTION
        expect(seen.page.get_by_role("heading", level=1)).to_have_text(QUESTION)
        expect(seen.page.get_by_role("link", name="script").locator("bdi")).to_have_text(HOSTILE.title)
        expect(seen.page.locator("blockquote", has_text="onerror")).to_have_text(HOSTILE.text)
        assert seen.page.locator("main img, main script, head script:not([src]), meta[http-equiv]").count() == 0
        assert seen.dialogs == []
        assert seen.complaints == []
        assert {url for url in seen.requests if not url.endswith(("/favicon.ico", "/page/icon.svg"))} == {
            link,
            f"{service}/style.css",
            f"{service}/page/copying.js",
        }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_on_a_phone(browser: Browser, service: str, scheme: Literal["light", "dark"]) -> None:
    with opened(browser, kept(service, ASKED), scheme, width=390) as seen:
        assert violations(seen.page) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_note_leads_to_its_source(browser: Browser, service: str) -> None:
    with opened(browser, kept(service, ASKED)) as seen:
        seen.page.get_by_role("link", name="1", exact=True).press("Enter")
        assert seen.page.evaluate("document.querySelector(':target').textContent").strip().startswith("1 ")

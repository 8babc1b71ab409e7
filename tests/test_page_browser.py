"""The page in a real browser: asked from the keyboard, read at the exact place, harmless whatever articles hold."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import quote_plus

import pytest
from httpx2 import Client
from playwright.sync_api import Browser, Page, Route, expect

from index.records import Article, Span
from service.page.fragment import at_place
from tests.browser import Seen, hosting, opened
from tests.test_page import HOSTILE, SCRIPT
from tests.worlds import ASKED, CANCELLED, TRIP, listening

# Between the first passage and the place, so that a page has to be scrolled to it.
LONG = "Nothing else of note was said about it. " * 200
VISIT = Article(
    id="2023/visit",
    title="A visit is made up for",
    text=f"{LONG}\n\nThe February trip was made up for in June. {LONG}",
    source="The Gazette",
    author="Ana Ruiz",
    url="https://press.example/visit?a=1&b=2",
    published_at="2023-07",
    date_basis="stated",
)
ARTICLES = (TRIP, VISIT, HOSTILE)
SEARCH = f"/?q={quote_plus(ASKED)}"
TOP_OF_THE_SECOND_PARAGRAPH = "document.querySelectorAll('p')[1].getBoundingClientRect().top"
Scheme = Literal["light", "dark"]


@contextmanager
def page(browser: Browser, url: str, *, width: int = 1280, scheme: Scheme = "light") -> Iterator[Page]:
    """A page that must keep to itself: no request elsewhere, no dialog, no complaint."""
    with opened(browser, url, scheme, width) as seen:
        yield seen.page
        assert_harmless(seen, url)


def assert_harmless(seen: Seen, url: str) -> None:
    assert seen.origins == {re.sub(r"(://[^/]+).*", r"\1", url)}
    assert (seen.dialogs, seen.complaints) == ([], [])


def test_a_question_is_asked_and_its_sentence_read_with_the_keyboard_alone(browser: Browser, service: str) -> None:
    with page(browser, service) as one:
        one.keyboard.type(ASKED)
        one.keyboard.press("Enter")
        expect(one.get_by_role("heading", name="The archive answers this.")).to_be_visible()
        assert one.url == f"{service}{SEARCH}"
        assert one.title() == f"{ASKED} · Footnote"
        expect(one.get_by_role("status")).to_contain_text(CANCELLED)

        # Typed in the box, letters are letters; outside of it they are keys.
        one.keyboard.press("j")
        expect(one.get_by_label("Ask the archive")).to_have_value(f"{ASKED}j")
        one.keyboard.press("Backspace")
        one.locator("#main").focus()
        one.keyboard.press("j")
        expect(one.locator("#p1 .read")).to_be_focused()
        one.keyboard.press("Enter")
        aside = one.get_by_role("complementary", name="Article")
        expect(aside).to_be_focused()
        expect(aside.locator("mark")).to_have_text(CANCELLED)
        expect(aside.locator("mark")).to_be_in_viewport()

        one.keyboard.press("Escape")
        expect(aside).to_have_count(0)
        expect(one.locator("#p1 .read")).to_be_focused()
        assert one.url == f"{service}{SEARCH}"
        one.keyboard.press("/")
        expect(one.get_by_label("Ask the archive")).to_be_focused()


def test_keys_go_from_passage_to_passage_and_can_be_switched_off(browser: Browser, service: str) -> None:
    with page(browser, service + SEARCH) as one:
        one.keyboard.press("j")
        one.keyboard.press("o")
        aside = one.get_by_role("complementary", name="Article")
        first = one.locator("#p1 h3 bdi").inner_text()
        expect(aside.get_by_role("heading")).to_have_text(first)
        one.keyboard.press("j")
        expect(aside.get_by_role("heading")).to_have_text(one.locator("#p2 h3 bdi").inner_text())
        one.keyboard.press("k")
        expect(aside.get_by_role("heading")).to_have_text(first)

        one.keyboard.press("Escape")
        one.get_by_role("button", name="Keyboard shortcuts").click()
        one.keyboard.press("/")
        expect(one.get_by_label("Ask the archive")).not_to_be_focused()


def test_the_address_holds_the_question_to_reload_and_to_go_back_to(browser: Browser, service: str) -> None:
    with page(browser, f"{service}{SEARCH}&source=The+Times") as one:
        expect(one.locator(".passages li")).to_have_count(1)
        one.get_by_label("Ask the archive").fill("who was hurt?")
        one.keyboard.press("Enter")
        expect(one).to_have_url(f"{service}/?q=who+was+hurt%3F&source=The+Times")
        expect(one.locator(".passages li")).to_have_count(1)
        one.get_by_role("link", name="Remove the filter The Times").click()
        expect(one).to_have_url(f"{service}/?q=who+was+hurt%3F")
        expect(one.locator(".passages li").nth(1)).to_be_visible()

        one.go_back()
        one.go_back()
        expect(one.get_by_label("Ask the archive")).to_have_value(ASKED)
        expect(one.get_by_role("link", name="Remove the filter The Times")).to_be_visible()
        expect(one.locator(".sentence")).to_contain_text(CANCELLED)
        one.locator("#p1 .read").click()
        expect(one).to_have_url(f"{service}{SEARCH}&source=The+Times#read-1")
        one.reload()
        expect(one.get_by_role("complementary", name="Article").locator("mark")).to_have_text(CANCELLED)
        one.go_back()
        expect(one.get_by_role("complementary", name="Article")).to_have_count(0)


def test_an_example_is_asked_in_place(browser: Browser, tmp_path: Path) -> None:
    examples = f"{ASKED}|who was hurt?"
    with listening(tmp_path, TRIP, threshold=0.0, examples=examples) as service, page(browser, service) as one:
        one.get_by_role("link", name=ASKED).click()
        expect(one.locator(".sentence")).to_contain_text(CANCELLED)
        expect(one.get_by_label("Ask the archive")).to_have_value(ASKED)


def test_a_footnote_jumps_to_its_passage_and_back(browser: Browser, service: str) -> None:
    with page(browser, service + SEARCH) as one:
        one.get_by_role("link", name="Passage 1", exact=True).first.press("Enter")
        assert one.evaluate("document.querySelector(':target').id") == "p1"
        one.get_by_role("link", name="From passage 1 back to the answer").press("Enter")
        assert one.evaluate("document.querySelector(':target').id") == "n1"


@pytest.mark.parametrize(
    "search",
    [
        SEARCH,
        f"{SEARCH}&after=2023-01",
        f"/?q={quote_plus('why was the June trip cancelled over a balloon?')}",
        f"/?q={quote_plus(f'{ASKED} And who painted the Lisbon ceiling frescoes {SCRIPT}?')}",
    ],
)
def test_the_script_shows_what_the_service_renders(browser: Browser, service: str, search: str) -> None:
    with page(browser, service + search) as one:
        rendered = outline(one)
        one.get_by_role("button", name="Ask", exact=True).click()
        expect(one.get_by_role("status")).to_contain_text("passage")
        assert outline(one) == rendered


def outline(page: Page) -> str:
    """What was found, as markup, white space between elements aside."""
    html = str(page.evaluate("document.getElementById('results').innerHTML")).replace("\r", "")
    return re.sub(r"\s*(<(?!/?(bdi|strong|mark|a|time|span))[^>]*>)\s*", r"\1", re.sub(r">\s+<", "><", html))


def test_an_article_that_other_publishers_have_too_says_so(browser: Browser, tmp_path: Path) -> None:
    reprint = replace(TRIP, id="2023/reprint", source="The Reprint", published_at="2023-06-19")
    with listening(tmp_path, TRIP, reprint, threshold=0.0) as service, page(browser, service + SEARCH) as one:
        rendered = outline(one)
        expect(one.locator("#p1")).to_contain_text("Also in The Reprint")
        one.get_by_role("button", name="Ask", exact=True).click()
        expect(one.get_by_role("status")).to_contain_text("passage")
        assert outline(one) == rendered


def test_without_script_all_is_there(browser: Browser, service: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        one = context.new_page()
        one.goto(service)
        one.get_by_label("Ask the archive").fill(ASKED)
        one.keyboard.press("Enter")
        expect(one.locator(".sentence")).to_contain_text(CANCELLED)
        one.locator("#p1 .read").click()
        expect(one.locator("mark")).to_have_text(CANCELLED)
        expect(one.get_by_role("button", name="copy with citation")).to_be_hidden()


def test_a_phone_opens_the_article_as_a_page_at_its_place(browser: Browser, service: str) -> None:
    with page(browser, f"{service}{SEARCH}&source=The+Gazette", width=390) as one:
        assert one.evaluate("document.documentElement.scrollWidth") == 390
        one.locator("#p1 .read").click()
        expect(one.get_by_role("heading", level=1)).to_have_text(VISIT.title)
        expect(one.locator("mark").first).to_be_in_viewport()


def test_markup_and_script_are_shown_as_text_and_run_nothing(browser: Browser, service: str) -> None:
    question = f"why was the February trip cancelled? {SCRIPT}<img src=x onerror=alert(1)>"
    with page(browser, service) as one:
        one.get_by_label("Ask the archive").fill(question)
        one.keyboard.press("Enter")
        expect(one.locator("blockquote", has_text="onerror")).to_have_text(HOSTILE.text)
        one.get_by_role("link", name=HOSTILE.title).click()
        aside = one.get_by_role("complementary", name="Article")
        expect(aside.locator(".text")).to_have_text(HOSTILE.text)
        expect(aside.get_by_role("heading")).to_have_text(HOSTILE.title)
        assert one.locator("#results :is(script, img), aside :is(script, img), b").count() == 0


def test_what_was_cited_of_an_article_that_has_changed_is_shown(browser: Browser, tmp_path: Path) -> None:
    later = TRIP.text.replace("was cancelled over a 🎈 balloon", "took place after all")
    with listening(tmp_path, TRIP, threshold=0.0) as service, page(browser, service + SEARCH) as one:
        aside = one.get_by_role("complementary", name="Article")
        write(service, f"Corrected.\r\n\r\n{TRIP.text}")
        one.locator("#p1 .read").click()
        expect(aside.get_by_role("note")).to_contain_text("The words now stand elsewhere in it.")
        expect(aside.locator("mark")).to_have_text(CANCELLED)

        one.keyboard.press("Escape")
        write(service, later)
        one.locator("#p1 .read").click()
        expect(aside.get_by_role("note")).to_contain_text("no longer says this")
        expect(aside.get_by_role("note").locator("blockquote")).to_have_text(CANCELLED)
        expect(aside.locator(".text")).to_contain_text("took place after all")
        aside.get_by_role("link", name="The article as it was cited").click()
        expect(one.locator("mark")).to_have_text(CANCELLED)
        expect(one.get_by_role("note")).to_contain_text("as it was when it was cited")


def write(service: str, text: str) -> None:
    with Client() as client:
        client.put(f"{service}/v1/articles/{TRIP.id}", json={"title": TRIP.title, "text": text}).raise_for_status()


def test_words_are_copied_with_their_source(browser: Browser, service: str) -> None:
    with page(browser, f"{service}{SEARCH}&source=The+Gazette#read-1") as one:
        one.context.grant_permissions(["clipboard-read", "clipboard-write"])
        aside = one.get_by_role("complementary", name="Article")
        link = aside.get_by_role("link", name="open at the publisher").get_attribute("href")
        assert str(link).startswith("https://press.example/visit?a=1&b=2#:~:text=")
        aside.get_by_role("button", name="copy with citation").click()
        expect(one.get_by_role("status")).to_have_text("Copied")
        copied = one.evaluate("navigator.clipboard.readText()")
        said = aside.locator("mark").all_inner_texts()
        about = "A visit is made up for, Ana Ruiz, The Gazette, 2023-07"
        assert copied == f"“{' […] '.join(' '.join(one.split()) for one in said)}”\n{about}\n{link}"
        aside.get_by_role("button", name="as Markdown").click()
        one.wait_for_timeout(100)
        assert f">\n> [A visit is made up for](<{link}>), Ana Ruiz" in one.evaluate("navigator.clipboard.readText()")


def test_the_publishers_page_opens_at_the_cited_words(browser: Browser) -> None:
    cited = "The February trip was made up for in June."
    start = VISIT.text.index(cited)
    body = "".join(f"<p>{line}</p>" for line in VISIT.text.split("\n\n"))
    link = escape(at_place("/visit", VISIT.text, Span(start, start + len(cited))))
    pages = {
        "/": f'<!doctype html><a href="{link}">open</a>',
        "/visit": f"<!doctype html><nav>The February trip</nav>{body}",
    }
    with hosting(pages) as site, opened(browser, site) as seen:
        # A browser follows a text fragment only where a person does.
        seen.page.get_by_role("link").click()
        seen.page.wait_for_function("scrollY > 0")
        assert 0 <= seen.page.evaluate(TOP_OF_THE_SECOND_PARAGRAPH) < 800


def test_a_question_that_takes_long_can_be_stopped_and_asked_again(browser: Browser, service: str) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    with opened(browser, service) as seen:
        seen.page.route("**/v1/ask", hold)
        seen.page.keyboard.type(ASKED)
        seen.page.keyboard.press("Enter")
        seen.page.get_by_role("button", name="Stop").click()
        expect(seen.page.get_by_role("status")).to_have_text("Stopped.")
        expect(seen.page.locator("#results")).to_have_text("Stopped.")
        seen.page.unroute("**/v1/ask")
        seen.page.get_by_role("button", name="Ask", exact=True).click()
        expect(seen.page.locator(".sentence")).to_contain_text(CANCELLED)
        expect(seen.page.locator("form[aria-busy]")).to_have_count(0)
    assert len(waiting) == 1


def test_an_answer_that_breaks_off_and_a_service_that_is_gone_are_told(browser: Browser, service: str) -> None:
    broken = 'event: ranked\ndata: {"passages": []}\n\n'
    with opened(browser, service) as seen:
        page = seen.page
        page.route("**/v1/ask", lambda route: route.fulfill(content_type="text/event-stream", body=broken))
        page.keyboard.type(ASKED)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("The answer broke off. Ask again.")
        expect(page.locator("form[aria-busy]")).to_have_count(0)
        page.unroute("**/v1/ask")
        page.route("**/v1/ask", lambda route: route.abort())
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("The archive can’t be reached. Is it still running?")
        expect(page.locator("form[aria-busy]")).to_have_count(0)
        page.unroute("**/v1/ask")
        page.keyboard.press("Enter")
        expect(page.locator(".sentence")).to_contain_text(CANCELLED)

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, Route, expect

from index.records import Article
from service.writing.words import TAKEN, UNSAID, VERDICTS
from tests.browser import Seen, hosting, opened, origin, violations
from tests.worlds import ASKED, CANCELLED, TRIP, listening, served

LARGEST = 12 * 1024
STRICT = "default-src 'none'; script-src {0}; connect-src {1}; require-trusted-types-for 'script'"
SCRIPT = "<script>alert(1)</script>"
HOSTILE = Article(
    id="hostile",
    title=f'{SCRIPT}" onmouseover="alert(1) \u202e(b|c] & 🎈',
    text=f"The February trip was cancelled over {SCRIPT} <img src=x onerror=alert(1)> a balloon.",
    source="<b onclick=alert(1)>Press</b>",
    url="https://press.example/a?b=(c)&d=%22",
)
ARABIC = Article(id="ar", title="رحلة", text="ألغيت الرحلة بسبب بالون. لم يصب أحد بأذى.", url="javascript:alert(1)")
BOX = '<!doctype html><html lang="en"><title>Host</title><main><h1>News</h1>{}</main></html>'


@contextmanager
def hosted(
    browser: Browser,
    path: Path,
    *articles: Article,
    listed: bool = True,
    box: str = "<footnote-ask></footnote-ask>",
    scheme: Literal["light", "dark"] = "light",
    reached: str = "",
    **settings: Any,
) -> Iterator[tuple[Seen, str]]:
    """A page of another site with the widget in it, and where the service is."""
    pages: dict[str, str] = {}
    headers: dict[str, str] = {}
    with hosting(pages, headers) as host:
        origins = (host,) if listed else ("https://elsewhere.example",)
        with listening(path, *articles, origins=origins, threshold=0.0, **settings) as service:
            pages["/"] = BOX.format(f'<script src="{service}/widget.js" async></script>{box}')
            headers["Content-Security-Policy"] = STRICT.format(service, reached or service)
            with opened(browser, f"{host}/", scheme) as seen:
                yield seen, service


def ask(page: Page, question: str = ASKED) -> None:
    page.get_by_label("Ask the archive").fill(question)
    page.keyboard.press("Enter")


def test_it_is_small_and_says_what_every_tool_says(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        plain, zipped = script(client, "identity"), script(client, "gzip")

    assert plain == zipped
    assert len(gzip.compress(plain.encode())) <= LARGEST
    for words in (*VERDICTS.values(), TAKEN, UNSAID):
        assert json.dumps(words) in plain


def script(client: TestClient, encoding: str) -> str:
    reply = client.get("/widget.js", headers={"accept-encoding": encoding})
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers.get("content-encoding", "identity") == encoding
    return reply.text


def test_any_site_may_load_it_and_keep_it_until_it_changes(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        first = client.get("/widget.js")
        again = client.get("/widget.js", headers={"if-none-match": first.headers["etag"]})

    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert first.headers["cache-control"].startswith("public, max-age=")
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_a_question_from_the_keyboard_alone_is_answered_with_a_note_that_leads_to_its_source_and_back(
    browser: Browser, tmp_path: Path
) -> None:
    with hosted(browser, tmp_path, TRIP) as (seen, service):
        page = seen.page
        page.get_by_label("Ask the archive").wait_for()
        page.keyboard.press("Tab")
        page.keyboard.type(ASKED)
        page.keyboard.press("Enter")

        expect(page.get_by_role("region", name="Answer")).to_contain_text(CANCELLED)
        expect(page.get_by_role("status")).to_have_text(VERDICTS["answered"])
        source = page.locator("[data-source='1']")
        expect(source).to_contain_text("1Talks in Beijing")
        expect(source).to_contain_text("The Times · 2023-06-18 (inferred)")
        expect(source.locator("blockquote").first).to_have_text(CANCELLED)

        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Source 1", exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        expect(source).to_be_focused()
        page.get_by_role("button", name="From source 1 to the answer").press("Enter")
        expect(page.get_by_role("button", name="Source 1", exact=True)).to_be_focused()

        assert seen.complaints == []
        assert seen.origins == {origin(page.url), service}
        assert set(seen.requests) == {page.url, f"{service}/widget.js", f"{service}/v1/ask"}


def test_the_script_alone_puts_a_box_where_it_stands(browser: Browser, tmp_path: Path) -> None:
    with hosted(browser, tmp_path, TRIP, box="<p>after</p>") as (seen, _):
        seen.page.get_by_label("Ask the archive").wait_for()
        assert seen.page.evaluate("document.querySelector('script').nextElementSibling.localName") == "footnote-ask"


def test_the_pages_own_site_may_stand_between(browser: Browser, tmp_path: Path) -> None:
    said = {"text": "Text.", "start": 0, "end": 5, "citation": 1}
    reply = {**REPLY, "verdict": "answered", "answer": {"sentences": [said], "short": None}, "passages": [passage()]}
    body = f"event: reply\ndata: {json.dumps(reply)}\n\n"

    box = '<footnote-ask service="/archive"></footnote-ask>'

    with hosted(browser, tmp_path, TRIP, box=box, reached="'self'") as (seen, service):
        seen.page.route("**/archive/v1/ask", lambda route: route.fulfill(body=body, headers=answering(route)))
        ask(seen.page)
        expect(seen.page.get_by_role("region", name="Answer")).to_have_text("Text. 1")
        assert f"{service}/v1/ask" not in seen.requests


def test_its_words_can_be_the_pages_own(browser: Browser, tmp_path: Path) -> None:
    box = '<footnote-ask label="Fragen Sie &lt;b&gt;" placeholder="Warum?"></footnote-ask>'
    with hosted(browser, tmp_path, TRIP, box=box) as (seen, _):
        field = seen.page.get_by_label("Fragen Sie <b>")
        expect(field).to_have_attribute("placeholder", "Warum?")
        seen.page.evaluate("document.querySelector('footnote-ask').setAttribute('label', 'Encore')")
        expect(seen.page.get_by_label("Encore")).to_be_visible()


def test_hostile_titles_and_quotes_show_as_text_and_run_nothing(browser: Browser, tmp_path: Path) -> None:
    with hosted(browser, tmp_path, HOSTILE, TRIP) as (seen, service):
        ask(seen.page, f"why was the February trip cancelled over {SCRIPT} a balloon?")
        link = seen.page.get_by_role("link", name="script")
        expect(link.locator("bdi")).to_have_text(HOSTILE.title)
        quote = seen.page.locator("blockquote", has_text="onerror").first
        expect(quote).to_have_text(HOSTILE.text)
        expect(seen.page.locator("bdi", has_text="Press").first).to_have_text("<b onclick=alert(1)>Press</b>")
        address = link.get_attribute("href") or ""

        assert address.startswith(
            f"{HOSTILE.url}#:~:text=The%20February%20trip%20was%20cancelled%20over%20%3Cscript%3E"
        )
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert seen.page.locator("footnote-ask img, footnote-ask script").count() == 0
        assert seen.dialogs == []
        assert set(seen.requests) == {seen.page.url, f"{service}/widget.js", f"{service}/v1/ask"}


def test_an_address_that_is_not_of_the_web_is_no_link(browser: Browser, tmp_path: Path) -> None:
    def with_script(route: Route) -> None:
        reply = {"passages": [passage(link="javascript:alert(1)")], **REPLY}
        route.fulfill(body=f"event: reply\ndata: {json.dumps(reply)}\n\n", headers=answering(route))

    with hosted(browser, tmp_path, TRIP) as (seen, service):
        seen.page.route(f"{service}/v1/ask", with_script)
        ask(seen.page)
        expect(seen.page.locator(".title")).to_have_text("Title")
        assert seen.page.get_by_role("link").count() == 0


REPLY: dict[str, Any] = {
    "verdict": "not_in_archive",
    "answer": None,
    "readings": [],
    "unsupported": [],
    "contradicted": None,
}


def passage(**other: Any) -> dict[str, Any]:
    article = {"title": "Title", "source": None, "published_at": None, "date_basis": None}
    one = {"citation": 1, "text": "Text.", "start": 0, "end": 5, "highlights": [], "also_in": [], "article": article}
    return {**one, "link": "https://example.org/", **other}


def answering(route: Route) -> dict[str, str]:
    return {"content-type": "text/event-stream", "access-control-allow-origin": route.request.headers["origin"]}


def test_right_to_left_text_reads_in_its_own_direction(browser: Browser, tmp_path: Path) -> None:
    with hosted(browser, tmp_path, ARABIC) as (seen, _):
        ask(seen.page, "بالون الرحلة")
        field, quote = seen.page.get_by_label("Ask the archive"), seen.page.locator("blockquote").first
        expect(quote).to_contain_text("بالون")
        assert [one.evaluate("one => getComputedStyle(one).direction") for one in (field, quote)] == ["rtl", "rtl"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_before_and_after_an_answer(
    browser: Browser, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    with hosted(browser, tmp_path, TRIP, HOSTILE, scheme=scheme) as (seen, _):
        seen.page.get_by_label("Ask the archive").wait_for()
        assert violations(seen.page) == []
        ask(seen.page)
        expect(seen.page.get_by_role("heading", name="Sources")).to_be_visible()
        for summary in seen.page.locator("summary").all():
            summary.click()
        assert violations(seen.page) == []


def test_a_page_that_is_not_listed_is_told_so(browser: Browser, tmp_path: Path) -> None:
    with hosted(browser, tmp_path, TRIP, listed=False) as (seen, _):
        ask(seen.page)
        expect(seen.page.get_by_role("status")).to_contain_text("does not list the page’s address")
        assert seen.page.get_by_role("region", name="Answer").inner_text() == ""


def test_without_the_right_to_ask_it_says_that_a_key_is_needed(browser: Browser, tmp_path: Path) -> None:
    with hosted(browser, tmp_path, TRIP, anonymous=False) as (seen, _):
        ask(seen.page)
        expect(seen.page.get_by_role("status")).to_contain_text("it asks for a key")


def test_too_many_questions_are_told_when_to_come_again(browser: Browser, tmp_path: Path) -> None:
    refused = {"status": 429, "title": "Too Many Requests", "detail": "more than 1 requests a minute"}

    with hosted(browser, tmp_path, TRIP) as (seen, service):
        seen.page.route(
            f"{service}/v1/ask",
            lambda route: route.fulfill(
                status=429,
                json=refused,
                headers={**answering(route), "retry-after": "37", "access-control-expose-headers": "retry-after"},
            ),
        )
        ask(seen.page)
        expect(seen.page.get_by_role("status")).to_contain_text("Ask again in 37 seconds.")


def test_a_listed_page_may_read_when_to_come_again(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, origins=("https://news.example",)) as client:
        reply = client.get("/healthz", headers={"origin": "https://news.example"})
    assert reply.headers["access-control-expose-headers"] == "retry-after"


def test_offline_it_says_so(browser: Browser, tmp_path: Path) -> None:
    with hosted(browser, tmp_path, TRIP) as (seen, _):
        seen.page.get_by_label("Ask the archive").wait_for()
        seen.page.context.set_offline(True)
        ask(seen.page)
        expect(seen.page.get_by_role("status")).to_contain_text("You are offline")


def unanswered(_: Route) -> None:
    pass


def test_escape_stops_the_question_and_its_request(browser: Browser, tmp_path: Path) -> None:
    failed: list[str] = []
    with hosted(browser, tmp_path, TRIP) as (seen, service):
        seen.page.route(f"{service}/v1/ask", unanswered)
        seen.page.on("requestfailed", lambda request: failed.append(f"{request.url} {request.failure}"))
        ask(seen.page)
        expect(seen.page.get_by_role("button", name="Stop")).to_be_visible()
        with seen.page.expect_event("requestfailed"):
            seen.page.keyboard.press("Escape")
        expect(seen.page.get_by_role("status")).to_have_text("Stopped.")
        expect(seen.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    assert failed == [f"{service}/v1/ask net::ERR_ABORTED"]


def test_the_answer_streams_and_one_that_breaks_off_is_said_to(browser: Browser, tmp_path: Path) -> None:
    said = {"text": "Text.", "start": 0, "end": 5, "citation": 1}
    events = [("passages", {"passages": [passage()], **REPLY}), ("sentence", said)]
    body = "".join(f": quiet\n\nid: 1\nevent: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)

    with hosted(browser, tmp_path, TRIP) as (seen, service):
        seen.page.route(f"{service}/v1/ask", lambda route: route.fulfill(body=body, headers=answering(route)))
        ask(seen.page)
        expect(seen.page.get_by_role("status")).to_contain_text("The answer broke off")
        expect(seen.page.get_by_role("region", name="Answer")).to_contain_text("Text. 1")
        expect(seen.page.locator("[data-source='1'] blockquote")).to_have_text("Text.")

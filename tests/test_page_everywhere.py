"""What holds for every page that people see: ask, answer, read, look, keep, kept answers, and what went wrong."""

import gzip
import json
import logging
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import pytest
from httpx2 import Client
from playwright.sync_api import Browser, Page, expect

from service.app import create_app
from service.database import Database
from service.keys import Keys
from service.page.assets import assets
from service.page.pages import MODULES
from service.serving import config
from service.settings import Settings
from tests.browser import Seen, opened, violations
from tests.test_page import HOSTILE
from tests.test_page_browser import SEARCH, VISIT, Scheme, assert_harmless
from tests.worlds import ASKED, CANCELLED, TRIP, listening

ARTICLES = (TRIP, VISIT, HOSTILE)
MARKUP = "\"'><img src=x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>{{7*7}}</title></textarea>"
MOST = 60 * 1024  # bytes, compressed
STATUS = """() => {
    window.said = [];
    const status = document.getElementById("status");
    new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
}"""
STORED = """async () => [localStorage.length, sessionStorage.length, document.cookie,
    (await indexedDB.databases()).length, (await caches.keys()).length,
    (await navigator.serviceWorker.getRegistrations()).length, window.name]"""
FOCUSED = (
    "(document.activeElement.innerText || document.activeElement.value || document.activeElement.ariaLabel).trim()"
)


def pages(service: str) -> dict[str, str]:
    """A page of every kind, by name."""
    with Client() as client:
        kept = client.post(f"{service}/v1/answers", json={"question": f"{ASKED} {MARKUP}"}).json()["link"]
        file = {"files": (f"{quote(MARKUP, safe='')}.pdf", b"no PDF")}
        client.post(f"{service}/v1/articles", files=file)
        client.post(f"{service}/v1/keys", json={"name": MARKUP, "scopes": ["ask"]})
    question = quote_plus(f"{ASKED} {MARKUP}")
    return {
        "ask": f"{service}/",
        "answer": f"{service}/?q={question}",
        "filters": f"{service}{SEARCH}&source={quote_plus(MARKUP)}&tag={quote_plus(MARKUP)}&after=2023-06-18",
        "nothing": f"{service}{SEARCH}&before=1999",
        "read": f"{service}/?q={question}#read-1",
        "article": f"{service}/articles/{quote(HOSTILE.id)}?start=0&end=12",
        "keep": f"{service}/keep",
        "kept": kept,
        "not found": f"{service}/articles/{quote(MARKUP, safe='')}",
        "nowhere": f"{service}/nowhere/{quote(MARKUP, safe='')}",
        "refused": f"{service}{SEARCH}&after={quote_plus(MARKUP)}",
    }


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_wrong_with_any_page_each_is_small_and_none_runs_what_it_is_given(
    browser: Browser, service: str, scheme: Scheme, width: int
) -> None:
    for name, url in pages(service).items():
        with opened(browser, url, scheme, width) as seen:
            seen.page.wait_for_load_state("networkidle")
            assert (name, violations(seen.page)) == (name, [])
            assert (name, seen.page.evaluate("document.documentElement.scrollWidth")) == (name, width)
            assert seen.page.evaluate("[...document.querySelectorAll('img, [onerror], [onload]')].length") == 0
            assert (name, weight(seen) < MOST) == (name, True)
            seen.complaints[:] = [line for line in seen.complaints if not line.startswith("Failed to load resource")]
            assert_harmless(seen, url)


def test_signing_in_is_without_fault_too(browser: Browser, tmp_path: Path) -> None:
    with listening(tmp_path, TRIP, api_key="s3cret", anonymous=False) as service:
        for path in ("/keep", f"/?q={quote_plus(MARKUP)}"):
            with opened(browser, service + path) as seen:
                expect(seen.page.get_by_label("Your key")).to_be_focused()
                assert violations(seen.page) == []


def weight(seen: Seen) -> int:
    """The bytes of a page and of all that it loaded, compressed."""
    paths = {urlsplit(request).path.removeprefix("/page/").removeprefix("/") for request in seen.requests}
    loaded = sum(len(known.zipped) for name, known in assets().items() if name in paths)
    return len(gzip.compress(seen.page.content().encode())) + loaded


def test_all_code_of_all_pages_together_is_small() -> None:
    assert sum(len(one.zipped) for one in assets().values()) < MOST  # who uses each of them loads it once


def test_the_page_names_all_modules_that_it_loads(browser: Browser, service: str) -> None:
    with opened(browser, service) as seen:
        seen.page.wait_for_load_state("networkidle")
        loaded = {url.rpartition("/")[2] for url in seen.requests if url.endswith(".js")}

    assert loaded == {*MODULES, "look.js"}


def test_a_question_is_stored_nowhere(browser: Browser, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = "zyzzyva"
    caplog.set_level(logging.DEBUG)
    with listening(tmp_path, TRIP, threshold=0.0) as service, opened(browser, f"{service}/?q={secret}+one") as seen:
        seen.page.get_by_label("Ask the archive").fill(f"{ASKED} {secret}")
        seen.page.keyboard.press("Enter")
        expect(seen.page.get_by_role("status")).to_contain_text(CANCELLED)
        assert seen.page.evaluate(STORED) == [0, 0, "", 0, 0, 0, ""]
        assert seen.page.context.cookies() == []
    files = [file for file in tmp_path.rglob("*") if file.is_file()]

    assert files
    assert [file.name for file in files if secret.encode() in file.read_bytes()] == []
    assert [line for line in caplog.messages if secret in line] == []
    # The test's own server is set up like this.
    assert not config(create_app(Settings(data=tmp_path)), 10).access_log


def test_who_listens_hears_twice_that_it_is_searched_and_what_was_found(browser: Browser, service: str) -> None:
    with opened(browser, service) as seen:
        seen.page.evaluate(STATUS)
        seen.page.keyboard.type(ASKED)
        seen.page.keyboard.press("Enter")
        expect(seen.page.get_by_role("status")).to_contain_text("passages.")
        said = [" ".join(words.split()) for words in seen.page.evaluate("window.said")]
        assert said == ["Searching …", f"The archive answers this. {CANCELLED}1 5 passages."]
        assert seen.page.locator("[aria-live]").count() == 0


def test_the_parts_of_a_page_are_landmarks_with_names(browser: Browser, service: str) -> None:
    with opened(browser, f"{service}{SEARCH}#read-1", width=1280) as seen:
        page = seen.page
        expect(page.get_by_role("complementary", name="Article")).to_be_visible()
        for role, name in (("search", None), ("region", "The archive answers this."), ("region", "Passages")):
            expect(page.get_by_role(role, name=name)).to_be_visible()  # type: ignore[arg-type]
        for role in ("banner", "main", "contentinfo"):
            expect(page.get_by_role(role)).to_be_visible()  # type: ignore[arg-type]
        levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((one) => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert all(later <= former + 1 for former, later in pairwise(levels))


def test_the_tab_key_goes_from_the_box_to_the_answer_in_the_order_of_reading(browser: Browser, service: str) -> None:
    with opened(browser, service + SEARCH) as seen:
        page = seen.page
        page.get_by_label("Ask the archive").focus()
        stops = [tabbed(page) for _ in range(9)]
        assert stops[:1] == ["Ask"]
        assert stops.index("Published from") < stops.index("Dates") < stops.index("1") < stops.index("Keep this answer")
        page.keyboard.press("Shift+Tab")


def tabbed(page: Page) -> str:
    page.keyboard.press("Tab")
    return re.sub(r"\s+\d+$", "", str(page.evaluate(FOCUSED)))


def test_a_long_question_is_seen_whole(browser: Browser, service: str) -> None:
    question = f"{ASKED} {'and what was said of it at the time, by whom, and where? ' * 3}".strip()
    with opened(browser, f"{service}/?q={quote_plus(question)}", width=390) as seen:
        box = seen.page.get_by_label("Ask the archive")
        expect(box).to_have_value(question)
        assert box.evaluate("(one) => one.scrollHeight <= one.clientHeight && one.clientHeight > 60")
        box.fill("one\n two")
        expect(box).to_have_value("one two")


def test_no_page_says_anything_in_a_language_of_its_own_to_scripts(service: str) -> None:
    # Islands of JSON and scripts in the page would be places where text could end them.
    with Client() as client:
        for name, url in pages(service).items():
            html = client.get(url.partition("#")[0], headers={"accept": "text/html"}).text
            scripts = set(re.findall(r"<script\b[^>]*>[^<]*", html))
            own = {one for one in scripts if re.fullmatch(r'<script type="module" src="/page/\w+\.js">', one)}
            assert (name, scripts - own) == (name, set())
            assert (name, html.count("<style"), html.count(" style=")) == (name, 0, 0)
            assert (name, json.dumps(MARKUP) in html, "onerror=alert(1)>" in html) == (name, False, False)


def test_a_person_who_keeps_the_archive_finds_all_pages_without_fault(browser: Browser, tmp_path: Path) -> None:
    with listening(tmp_path, TRIP, api_key="s3cret") as service:
        Keys(Database(tmp_path, 5.0)).create(MARKUP, frozenset({"ask"}))
        with opened(browser, f"{service}/keep") as seen:
            seen.page.get_by_label("Your key").fill("s3cret")
            seen.page.get_by_role("button", name="Sign in").click()
            seen.page.get_by_label("Whose it is").fill("anna")
            seen.page.get_by_role("button", name="Make it").click()
            expect(seen.page.get_by_role("status").first).to_contain_text("The key of anna")
            assert violations(seen.page) == []

import re
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.records import Article
from service.app import create_app
from service.page.pages import MODULES
from service.settings import Settings
from tests.worlds import ASKED, CANCELLED, LOOPBACK, TRIP, archive, served

SCRIPT = "<script>alert(1)</script>"
HOSTILE = Article(
    id='x"><script>alert(1)</script>',
    title=f'{SCRIPT}" onload="alert(1)',
    text=f"The February trip was cancelled over {SCRIPT} <img src=x onerror=alert(1)> {{{{ 7 * 7 }}}} & more.",
    source=f"'{SCRIPT}",
    author="<b>Jane</b>",
    url="https://example.org/?a=1&b='\"><script>alert(1)</script>",
)


class Page(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and the text outside of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self.inside):
            self.texts[tag] = self.texts.get(tag, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("data"), TRIP, threshold=0.0) as one:
        yield one


def ask(client: TestClient, question: str = ASKED) -> Page:
    reply = client.get("/", params={"q": question})
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return Page(reply.text)


def assert_runs_only_its_own(page: Page) -> None:
    for script in page.all("script"):
        assert script == {"type": "module", "src": script["src"]}
        assert str(script["src"]).startswith("/page/")
    assert "script" not in page.texts


def test_the_first_page_is_a_question_box(client: TestClient) -> None:
    page = Page(client.get("/").text)

    box, publisher = page.all("input")
    assert (box["name"], box["value"], "autofocus" in box) == ("q", "", True)
    assert (publisher["name"], publisher["value"], "checked" in publisher) == ("source", "The Times", False)
    assert page.all("ol") == []
    assert page.texts["li"].split() == ["The", "Times", "1Talks", "in", "Beijing"]
    assert "1 article, 18 June 2023." in page.texts["section"]


def test_a_question_shows_its_answer_and_passages_with_the_answering_sentence_marked(client: TestClient) -> None:
    page = ask(client)

    assert page.texts["mark"] == CANCELLED
    assert page.texts["blockquote"] == TRIP.text.strip()
    assert "The Times" in page.texts["ol"]
    assert page.texts["time"] == "18 June 2023 (inferred)"
    assert page.all("input")[0]["value"] == ASKED


def test_a_footnote_leads_to_its_passage_and_the_passage_to_its_place(client: TestClient) -> None:
    page = ask(client)
    links = [link["href"] for link in page.all("a")]

    assert "#p1" in links
    assert [item["id"] for item in page.all("li") if "id" in item] == ["p1"]
    place = next(link for link in links if link and link.startswith("/articles/"))
    assert re.fullmatch(r"/articles/2023/trip\?passage=[0-9a-f]{16}&mark=32-81#cited", place)
    cited = Page(client.get(place).text)
    assert cited.all("mark") == [{"id": "cited"}]
    assert (cited.texts["mark"], cited.texts["span"]) == (CANCELLED, page.texts["blockquote"])


def test_what_is_not_in_the_archive_is_said_in_plain_words(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=1.0) as client:
        page = ask(client, "who painted the trip?")

    assert page.texts["h2"] == "Nothing in the archive answers this.The nearest passages"


def test_the_part_that_the_archive_does_not_say_is_shown_and_never_run(client: TestClient) -> None:
    painter = f"who painted the Lisbon ceiling frescoes {SCRIPT}"

    page = ask(client, f"{ASKED} And {painter}?")

    assert f"The archive does not say: “{painter}”" in page.texts["section"]
    assert CANCELLED in page.texts["section"]
    assert_runs_only_its_own(page)


def test_what_a_question_wrongly_takes_for_granted_is_shown_with_what_the_archive_says(client: TestClient) -> None:
    page = ask(client, "why was the June trip cancelled over a balloon?")

    assert page.texts["h2"] == "The archive says otherwise.Passages"
    assert "The question takes for granted: “June”" in page.texts["section"]
    assert CANCELLED in page.texts["section"]


def test_an_article_is_shown_whole_with_its_white_space(tmp_path: Path) -> None:
    spaced = replace(TRIP, text="  One.\n\n\n\tTwo.   Three.")

    with served(tmp_path, spaced) as client:
        page = Page(client.get("/articles/2023/trip").text)

    assert page.texts["div"] == spaced.text
    assert (page.texts["h1"], page.texts["time"]) == ("Talks in Beijing", "18 June 2023 (inferred)")
    assert page.all("mark") == []


@pytest.mark.parametrize("range_", ["start=5&end=5", "start=9&end=2", "start=5000&end=5010"])
def test_a_range_that_is_not_in_the_article_marks_nothing(client: TestClient, range_: str) -> None:
    page = Page(client.get(f"/articles/2023/trip?{range_}").text)

    assert page.all("mark") == []
    assert "cancelled" in page.texts["div"]


def test_hostile_text_is_shown_and_never_run(tmp_path: Path) -> None:
    with served(tmp_path, HOSTILE, threshold=0.0) as client:
        found = ask(client, f"why was the February trip cancelled? {SCRIPT}")
        place = next(link["href"] for link in found.all("a") if "mark=" in str(link["href"]))
        article = Page(client.get(str(place)).text)

    for page in (found, article):
        assert [tag for tag, _ in page.elements if tag in ("img", "b", "iframe", "svg")] == []
        assert_runs_only_its_own(page)
        assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    assert HOSTILE.text in found.texts["blockquote"]
    assert article.texts["div"] == HOSTILE.text
    assert article.texts["h1"] == HOSTILE.title
    assert any(str(link["href"]).startswith(f"{HOSTILE.url}#:~:text=") for link in article.all("a"))


def test_no_page_lets_anything_run_or_be_fetched_from_elsewhere(client: TestClient) -> None:
    for path in ("/", f"/?q={ASKED}", "/articles/2023/trip", "/articles/none", "/style.css", "/v1/articles"):
        headers = client.get(path).headers
        policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
        assert {rule: whence for rule, whence in policy.items() if whence not in ("'self'", "'none'")} == {
            "require-trusted-types-for": "'script'"
        }
        assert (policy["default-src"], policy["trusted-types"]) == ("'none'", "'none'")
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_pages_hold_nothing_that_their_own_policy_forbids(client: TestClient) -> None:
    asked, article = ask(client), Page(client.get("/articles/2023/trip").text)
    modules = {f"/page/{name}" for name in MODULES}
    for page in (asked, article):
        assert [a for _, attributes in page.elements for a in attributes if a == "style"] == []
        assert {link["href"] for link in page.all("link")} <= {
            "/page/icon.svg",
            "/style.css",
            "/page/look.css",
        } | modules
        assert_runs_only_its_own(page)
        assert page.all("style") == []


def test_the_style_is_served(client: TestClient) -> None:
    reply = client.get("/style.css")

    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "white-space: pre-wrap" in reply.text


def test_a_dead_link_is_a_page_that_says_so(client: TestClient) -> None:
    reply = client.get("/articles/none")

    assert reply.status_code == 404
    assert "none" in Page(reply.text).texts["main"]


def test_a_question_that_breaks_a_rule_is_told_which(client: TestClient) -> None:
    reply = client.get("/", params={"q": "a" * 2001})

    assert reply.status_code == 422
    assert "at most 2000 characters" in Page(reply.text).texts["main"]


def test_before_the_index_is_open_the_page_says_to_come_again(tmp_path: Path) -> None:
    with archive(tmp_path) as index:
        app = create_app(Settings(data=tmp_path), index)
        app.state.opened = Future()
        with TestClient(app, **LOOPBACK) as client:
            reply = client.get("/", params={"q": ASKED})

    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
    assert "being opened" in Page(reply.text).texts["main"]


def test_people_are_told_by_a_page_what_programs_are_told_by_a_problem(client: TestClient) -> None:
    browser, program = {"accept": "text/html,*/*;q=0.8"}, {"accept": "*/*"}

    page = client.get("/nowhere/<b>", headers=browser)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    told = Page(page.text).texts["main"].split("\n")
    assert [line for line in told if line] == ["Nothing here", "There is nothing at /nowhere/<b>.", "Ask the archive"]
    assert "<b>" not in page.text
    assert client.get("/nowhere", headers=program).headers["content-type"] == "application/problem+json"
    assert client.get("/v1/nowhere", headers=browser).headers["content-type"] == "application/problem+json"
    unreadable = client.get("/articles/2023/trip?start=x", headers=browser)
    assert (unreadable.status_code, Page(unreadable.text).texts["h1"]) == (422, "That can’t be asked")


def test_a_filter_that_is_none_is_named_as_the_page_names_it(client: TestClient) -> None:
    page = Page(client.get("/", params={"q": ASKED, "after": "soon"}).text)

    told = next(text for text in page.texts["main"].split("\n") if "ISO" in text)
    assert told.startswith("From: 'soon' is not an ISO 8601 date such as 2024, ")
    assert told.count("soon") == 1


def test_an_empty_archive_says_that_there_is_nothing_to_ask_yet(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        page = Page(client.get("/").text)

    assert "There is nothing to ask yet. Bring articles." in " ".join(page.texts["main"].split())

"""Looking at the archive and keeping it, as people do in a browser."""

import gzip
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from index.records import Article
from service.database import Database
from service.keys import Keys
from tests.browser import chromium, opened, origin, violations
from tests.worlds import listening

MARKUP = "<img src=x onerror=alert(1)>"
ARTICLES = [
    Article(
        f"trip{year}",
        f"The trip of {year} {MARKUP}",
        f"The trip was cancelled in {year} over a strike of pilots.",
        source=f"{MARKUP} Times" if year < 2022 else "The Post",
        published_at=f"{year}-03-05",
        tags=("travel", MARKUP),
    )
    for year in range(2019, 2025)
]
ASKED = "/?q=why+was+the+trip+cancelled%3F"
MOST_BYTES = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with listening(tmp_path_factory.mktemp("data"), *ARTICLES, threshold=0.0, rate=0) as one:
        yield one


def titles(page: Page) -> set[str]:
    return {text.split(MARKUP)[0].strip() for text in page.locator("#results li h2, #results li h3").all_inner_texts()}


def test_a_range_dragged_on_the_timeline_is_the_filter_of_the_question(browser: Browser, address: str) -> None:
    with opened(browser, address + ASKED) as seen:
        page = seen.page
        box = page.locator("#look .timeline").bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.85, box["y"] + 40, steps=4)
        page.mouse.up()

        page.wait_for_url("**after=20**before=20**")
        expect(page.locator("#results")).not_to_contain_text("in 2019")
        expect(page.locator("#results")).to_contain_text("in 2022")
        expect(page.locator("#results")).not_to_contain_text("in 2021")
        expect(page.locator("#look .tally")).to_contain_text("2 articles with these filters")
        assert (seen.dialogs, seen.origins) == ([], {origin(address)})


def test_the_range_is_moved_by_keys_and_told_in_words(browser: Browser, address: str) -> None:
    with opened(browser, address + ASKED) as seen:
        start = seen.page.get_by_role("slider", name="Published from")
        expect(start).to_have_attribute("aria-valuetext", "the beginning")
        start.focus()
        for _ in range(10):
            start.press("ArrowRight")
        expect(start).to_have_attribute("aria-valuetext", "January 2020")
        start.press("Enter")
        seen.page.wait_for_url("**after=2020-01*")
        expect(seen.page.locator("#results")).not_to_contain_text("in 2019")
        expect(seen.page.locator("#look .tally")).to_contain_text("5 articles with these filters")
        seen.page.get_by_role("link", name="Clear filters").click()
        expect(seen.page.locator("#results")).to_contain_text("in 2019")
        assert "after" not in seen.page.url


def test_a_publisher_chosen_leaves_the_others_out(browser: Browser, address: str) -> None:
    with opened(browser, address + ASKED) as seen:
        seen.page.get_by_text("Publishers").click()
        seen.page.get_by_label("The Post").check()
        seen.page.wait_for_url("**source=The+Post*")
        expect(seen.page.locator("#results")).not_to_contain_text("in 2019")
        expect(seen.page.locator("#results")).to_contain_text("in 2022")
        assert seen.dialogs == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_of(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    for path in (f"{ASKED}&source=The+Post&after=2020-02", "/keep"):
        with opened(browser, address + path, scheme) as seen:
            assert violations(seen.page) == []


def test_a_file_that_is_brought_is_found_and_one_that_is_none_says_why(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "mayor.txt", tmp_path / f"{MARKUP}.pdf"
    good.write_text("The mayor resigned\n\nThe mayor of Springfield resigned over a stolen lemon tree.\n")
    bad.write_bytes(b"no PDF")
    with opened(browser, f"{address}/keep") as seen:
        seen.page.set_input_files("#files", [good, bad])
        expect(seen.page.locator("#bringing")).to_contain_text("1 added, 0 replaced, 0 unchanged, 1 rejected")
        expect(seen.page.locator("#bringing .reason")).to_contain_text(f"{MARKUP}.pdf: is not a PDF document")
        expect(seen.page.locator("#ledger .reason")).to_contain_text("is not a PDF document")
        seen.page.goto(f"{address}/?q=why+did+the+mayor+of+Springfield+resign%3F")
        expect(seen.page.locator("#results")).to_contain_text("stolen lemon tree")
        assert (seen.dialogs, seen.origins) == ([], {origin(address)})


def test_a_person_signs_in_deletes_an_article_and_signs_out(browser: Browser, tmp_path: Path) -> None:
    with listening(tmp_path, *ARTICLES, api_key="s3cret") as address:
        shown = Keys(Database(tmp_path, 5.0)).create("anna", frozenset({"ask", "write"}))[1]
        with opened(browser, f"{address}/keep") as seen:
            page = seen.page
            page.get_by_label("Your key").fill("wrong")
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("alert")).to_contain_text("not known here")
            page.get_by_label("Your key").fill(shown)
            page.get_by_role("button", name="Sign in").click()
            first = page.locator("#articles li", has_text="trip2019")
            first.get_by_text("Delete …").click()
            first.get_by_role("button", name="Delete it").click()
            expect(page.locator("#articles")).not_to_contain_text("trip2019")
            expect(page.locator("#articles")).to_contain_text("trip2020")
            assert page.evaluate("document.cookie") == ""
            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_label("Your key")).to_be_visible()
            assert seen.dialogs == []


def test_what_look_and_keep_load_is_small() -> None:
    names = ("look.js", "look.css", "keep.js", "keep.css")
    sizes = [len(gzip.compress(files("service.page").joinpath(name).read_bytes(), 9)) for name in names]

    assert sum(sizes) <= MOST_BYTES

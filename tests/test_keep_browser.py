"""Keeping the archive, as people do in a browser: files, jobs, articles, answers, and signing in."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from index.spool import locked
from service.database import Database
from service.keys import Keys
from tests.browser import opened, origin
from tests.test_look_browser import ARTICLES, ASKED, MARKUP
from tests.worlds import listening

# A file dropped from the desktop, as far as a page can tell.
DROP = """([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/plain" }));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector("#bring label").dispatchEvent(event);
    }
}"""
WATCH = """() => {
    window.said = [];
    const status = document.getElementById("status");
    new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
}"""
LEMON = "The mayor resigned\n\nThe mayor of Springfield resigned over a stolen lemon tree.\n"
WHY = "/?q=why+did+the+mayor+of+Springfield+resign%3F"


def test_a_file_that_is_brought_is_found_and_one_that_is_none_says_why(
    browser: Browser, service: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "mayor.txt", tmp_path / f"{MARKUP}.pdf"
    good.write_text(LEMON)
    bad.write_bytes(b"no PDF")
    with opened(browser, f"{service}/keep") as seen:
        seen.page.set_input_files("#files", [good, bad])
        expect(seen.page.locator("#bringing")).to_contain_text("1 added, 0 replaced, 0 unchanged, 1 rejected")
        expect(seen.page.locator("#bringing .reason")).to_contain_text(f"{MARKUP}.pdf: is not a PDF document")
        expect(seen.page.locator("#ledger .reason")).to_contain_text("is not a PDF document")
        seen.page.goto(service + WHY)
        expect(seen.page.locator("#results")).to_contain_text("stolen lemon tree")
        assert (seen.dialogs, seen.origins) == ([], {origin(service)})


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


def test_a_file_that_is_dropped_is_taken_in_and_found(browser: Browser, tmp_path: Path) -> None:
    with listening(tmp_path, threshold=0.0) as address, opened(browser, f"{address}/keep") as seen:
        seen.page.evaluate(WATCH)
        seen.page.evaluate(DROP, ["dropped.txt", LEMON])
        expect(seen.page.locator("#bringing")).to_contain_text("1 added, 0 replaced, 0 unchanged, 0 rejected")
        expect(seen.page.locator("#ledger")).to_contain_text("dropped.txt")
        # Who listens hears that it begins and what came of it, not every step between.
        said = ["Sending dropped.txt", "1 added, 0 replaced, 0 unchanged, 0 rejected"]
        assert seen.page.evaluate("window.said") == said
        seen.page.goto(address + WHY)
        expect(seen.page.locator("#results")).to_contain_text("stolen lemon tree")
        assert seen.complaints == []


def test_a_job_that_waits_is_cancelled(browser: Browser, tmp_path: Path) -> None:
    held = locked(tmp_path / "intake" / "running.lock")
    with held, listening(tmp_path) as address, opened(browser, f"{address}/keep") as seen:
        seen.page.evaluate(DROP, ["waits.txt", LEMON])
        expect(seen.page.locator("#bringing")).to_contain_text("Waiting for what was brought before: 0 of 1 files")
        expect(seen.page.get_by_role("progressbar", name="Sending waits.txt")).to_be_visible()
        seen.page.locator("#bringing").get_by_role("button", name="Cancel").click()
        expect(seen.page.locator("#bringing")).to_contain_text("Cancelled. What was taken in stays: 0 added")
        expect(seen.page.locator("#files")).to_be_focused()

        # One that somebody else has brought is cancelled from the list.
        seen.page.evaluate(DROP, ["other.txt", LEMON])
        expect(seen.page.locator("#bringing")).to_contain_text("Waiting")
        seen.page.reload()
        seen.page.locator("#jobs").get_by_role("button", name="Cancel").click()
        expect(seen.page.locator("#jobs .state")).to_have_text(["cancelled", "cancelled"])


def test_a_file_that_cannot_be_sent_says_so(browser: Browser, tmp_path: Path) -> None:
    with listening(tmp_path, max_upload_bytes=2000) as address, opened(browser, f"{address}/keep") as seen:
        seen.page.evaluate(DROP, ["large.txt", "x" * 3000])
        expect(seen.page.locator("#bringing .reason")).to_contain_text("the body has more than 2000 bytes")
        seen.page.context.set_offline(True)
        seen.page.evaluate(DROP, ["small.txt", "x"])
        expect(seen.page.locator("#bringing .reason").first).to_have_text(
            "The connection broke off; nothing was taken in."
        )


def test_without_script_a_file_is_brought_and_an_answer_kept(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "mayor.txt"
    file.write_text(LEMON)
    archive = listening(tmp_path / "data", *ARTICLES, api_key="s3cret", threshold=0.0)
    with archive as address, browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/keep")
        sign_in(page, "s3cret")
        page.get_by_label("Choose files").set_input_files(file)
        page.get_by_role("button", name="Bring them").click()
        page.wait_for_url(f"{address}/keep#jobs")
        reload_until(page, "#jobs .state", "done")
        page.goto(address + WHY)
        page.get_by_role("button", name="Keep this answer").click()
        page.wait_for_url(f"{address}/a/*")
        assert "stolen lemon tree" in page.locator("blockquote").first.inner_text()
        page.get_by_role("button", name="revoke this answer").click()
        page.wait_for_url(f"{address}/keep#answers")
        assert "None." in page.locator("#answers").inner_text()


def reload_until(page: Page, selector: str, text: str) -> None:
    for _ in range(100):
        if page.locator(selector).first.inner_text() == text:
            return
        page.wait_for_timeout(100)
        page.reload()
    pytest.fail(f"{selector} never said {text}")


def test_who_needs_a_key_signs_in_where_they_are_and_comes_back_to_their_question(
    browser: Browser, tmp_path: Path
) -> None:
    with listening(tmp_path, *ARTICLES, anonymous=False, threshold=0.0) as address:
        keys = Keys(Database(tmp_path, 5.0))
        asks = keys.create("anna", frozenset({"ask"}))[1]
        with opened(browser, address + ASKED) as seen:
            page = seen.page
            expect(page.get_by_role("alert")).to_have_text("Asking needs a key as a bearer token.")
            sign_in(page, asks)
            expect(page).to_have_url(address + ASKED)
            expect(page.locator("#results")).to_contain_text("over a strike of pilots")
            # A key to ask is held on, though it may not keep the archive.
            page.goto(f"{address}/keep")
            expect(page.get_by_role("alert")).to_contain_text("may ask, but not keep the archive")
            page.goto(address + ASKED)
            expect(page.locator("#results")).to_contain_text("over a strike of pilots")


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("Your key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def test_an_answer_is_kept_its_link_copied_and_revoked(browser: Browser, tmp_path: Path) -> None:
    archive = listening(tmp_path, *ARTICLES, api_key="s3cret", threshold=0.0)
    with archive as address, opened(browser, f"{address}/keep") as seen:
        page = seen.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(page, "s3cret")
        page.goto(f"{address}{ASKED}&source=The+Post")
        page.get_by_role("button", name="Keep this answer").click()
        link = page.locator(".kept a")
        expect(link).to_have_attribute("href", f"{address}/a/{str(link.get_attribute('href')).rpartition('/')[2]}")
        page.get_by_role("button", name="copy the link").click()
        expect(page.get_by_role("status")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == link.inner_text()
        with opened(browser, link.inner_text()) as other:
            expect(other.page.get_by_role("heading", level=1)).to_have_text("why was the trip cancelled?")
            expect(other.page.locator(".notes")).to_contain_text("The Post")
            expect(other.page.get_by_role("button", name="revoke this answer")).to_have_count(0)
            page.get_by_role("button", name="revoke", exact=True).click()
            expect(page.locator(".kept")).to_have_text("Revoked: the link shows nothing any more.")
            other.page.reload()
            expect(other.page.get_by_role("alert")).to_have_text("No answer is kept here, or no longer.")


def test_the_way_to_keep_is_shown_to_those_who_may(browser: Browser, service: str, tmp_path: Path) -> None:
    with opened(browser, service) as seen:
        seen.page.get_by_role("link", name="Keep the archive").click()
        expect(seen.page).to_have_url(f"{service}/keep")
    with listening(tmp_path, api_key="s3cret", anonymous=True) as closed, opened(browser, closed) as seen:
        expect(seen.page.get_by_role("button", name="Ask")).to_be_visible()
        expect(seen.page.get_by_role("link", name="Keep the archive")).to_have_count(0)

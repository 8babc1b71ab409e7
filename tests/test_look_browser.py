"""Looking at the archive, as people do in a browser."""

from playwright.sync_api import Browser, Page, expect

from index.records import Article
from tests.browser import opened, origin

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


def titles(page: Page) -> set[str]:
    return {text.split(MARKUP)[0].strip() for text in page.locator("#results li h2, #results li h3").all_inner_texts()}


def test_a_range_dragged_on_the_timeline_is_the_filter_of_the_question(browser: Browser, service: str) -> None:
    with opened(browser, service + ASKED) as seen:
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
        assert (seen.dialogs, seen.origins) == ([], {origin(service)})


def test_the_range_is_moved_by_keys_and_told_in_words(browser: Browser, service: str) -> None:
    with opened(browser, service + ASKED) as seen:
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
        seen.page.get_by_role("link", name="Remove the filter from January 2020").click()
        expect(seen.page.locator("#results")).to_contain_text("in 2019")
        assert "after" not in seen.page.url


def test_a_publisher_chosen_leaves_the_others_out(browser: Browser, service: str) -> None:
    with opened(browser, service + ASKED) as seen:
        seen.page.get_by_text("Publishers").click()
        seen.page.get_by_label("The Post").check()
        seen.page.wait_for_url("**source=The+Post*")
        expect(seen.page.locator("#results")).not_to_contain_text("in 2019")
        expect(seen.page.locator("#results")).to_contain_text("in 2022")
        assert seen.dialogs == []


def test_a_range_is_dragged_with_a_finger(browser: Browser, service: str) -> None:
    with opened(browser, service + ASKED, width=390, touch=True) as seen:
        page = seen.page
        box = page.locator("#look .timeline").bounding_box()
        assert box
        session = page.context.new_cdp_session(page)
        y = box["y"] + 30

        def touch(kind: str, *places: float) -> None:
            points = [{"x": box["x"] + box["width"] * place, "y": y} for place in places]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 0.55)
        for place in (0.65, 0.75, 0.85):
            touch("touchMove", place)
        touch("touchEnd")

        page.wait_for_url("**after=20**before=20**")
        expect(page.locator("#results")).not_to_contain_text("in 2019")
        expect(page.locator("#look .tally")).to_contain_text("2 articles with these filters")


def test_back_and_forward_restore_question_range_publisher_and_what_was_read(browser: Browser, service: str) -> None:
    filtered = f"{ASKED}&source=The+Post&after=2022-02&before=2023"
    with opened(browser, service + ASKED, width=1280) as seen:
        page, chips = seen.page, seen.page.get_by_role("list", name="Filters")
        page.goto(service + filtered)
        page.locator("#p1 .read").click()
        expect(page.get_by_role("complementary", name="Article")).to_contain_text("over a strike of pilots")
        page.get_by_role("link", name="Remove the filter February 2022 to December 2023").click()
        page.wait_for_url(f"{service}{ASKED}&source=The+Post")
        expect(chips).not_to_contain_text("2022")

        page.go_back()
        expect(page.get_by_role("complementary", name="Article")).to_contain_text("over a strike of pilots")
        expect(chips).to_contain_text("February 2022 to December 2023")
        assert page.url == f"{service}{filtered}#read-1"
        assert page.locator("select[name=after]").input_value() == "2022-02"
        page.go_back()
        expect(page.get_by_role("complementary", name="Article")).to_have_count(0)
        page.go_forward()
        page.go_forward()
        expect(chips).not_to_contain_text("2022")
        expect(chips).to_contain_text("The Post")
        assert page.locator("select[name=after]").input_value() == ""
        assert seen.complaints == []


def test_where_the_filters_leave_nothing_the_whole_archive_is_a_click_away(browser: Browser, service: str) -> None:
    with opened(browser, f"{service}{ASKED}&source=The+Post&before=2019") as seen:
        expect(seen.page.locator("#look .tally")).to_contain_text("0 articles with these filters")
        seen.page.get_by_role("link", name="Ask the whole archive").click()
        seen.page.wait_for_url(service + ASKED)
        expect(seen.page.locator("#results")).to_contain_text("in 2019")
        expect(seen.page.get_by_role("list", name="Filters")).to_have_count(0)


def test_publishers_and_tags_are_counted_as_the_filters_leave_them(browser: Browser, service: str) -> None:
    with opened(browser, f"{service}{ASKED}&after=2021") as seen:
        seen.page.get_by_text("Publishers").click()
        labels = seen.page.locator("[data-facet=source] label").all_inner_texts()
        assert [" ".join(label.split()) for label in labels] == ["The Post 3", f"{MARKUP} Times 1"]
        seen.page.get_by_text("Tags").click()
        labels = seen.page.locator("[data-facet=tag] label").all_inner_texts()
        assert [" ".join(label.split()) for label in labels] == [f"{MARKUP} 4", "travel 4"]

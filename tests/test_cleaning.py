"""What of a text is the story, a heading, another story, or furniture of the page."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cleaning import outline
from index.records import Block

SEEDS = Path(__file__).parents[1] / "seeds"
FIRST_LINES = {path.stem[:3]: path.read_bytes().decode().splitlines()[0] for path in SEEDS.glob("*.txt")}

SEOUL_CAPTION = (
    "US Secretary of State Antony Blinken (left) and South Korean Foreign Minister Park Jin hold a joint press "
    "conference after their talks in Seoul on Nov. 9, 2023."
)


def seed(number: str) -> str:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    return path.read_bytes().decode()


def told(text: str, title: str = "") -> list[tuple[str, str]]:
    return [(block.role, block.span.of(text)) for block in outline(text, title)]


def furniture(text: str, title: str = "") -> list[str]:
    return [said for role, said in told(text, title) if role == "furniture"]


def headings(text: str, title: str = "") -> list[str]:
    return [said for role, said in told(text, title) if role == "heading"]


PROSE = "The minister left on Monday. He will be back before the week is over, his office said in a note to reporters."
MORE_PROSE = (
    "Nobody at the ministry would say why he went, or what he had hoped to bring home from three days of talks there."
)


def test_a_paragraph_a_line_with_blank_lines_between_is_a_block_each() -> None:
    assert told(f"{PROSE}\n\n{MORE_PROSE}") == [("text", PROSE), ("text", MORE_PROSE)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\r", "\x0b"])
def test_every_kind_of_line_end_parts_paragraphs(end: str) -> None:
    assert told(f"\t{PROSE} {end}{end}{MORE_PROSE}") == [("text", PROSE), ("text", MORE_PROSE)]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    first = "The harbour was closed on Tuesday after a crane fell across the\nmain channel. "
    first += "Two ships wait outside and will not be let in before\nThursday."
    second = "The company that runs the crane said that it would look into the\ncause."
    assert told(f"{first}\n{second}\n\n{PROSE}") == [("text", first), ("text", second), ("text", PROSE)]


def test_a_short_line_before_a_text_heads_it() -> None:
    text = f"{PROSE}\n\nA Closed Harbour: What Comes Next\n{MORE_PROSE}"
    assert told(text)[1] == ("heading", "A Closed Harbour: What Comes Next")


def test_a_short_line_with_nothing_after_it_heads_nothing() -> None:
    assert headings(f"{PROSE}\n\nThe Aftermath") == []


@pytest.mark.parametrize(
    "line", ["He agreed.", "and then the rest", "First, this;", "“It is over.”", "- An item", "So:"]
)
def test_a_line_that_ends_a_sentence_or_begins_small_is_no_heading(line: str) -> None:
    assert headings(f"{PROSE}\n\n{line}\n\n{MORE_PROSE}") == []


def test_many_short_lines_in_a_row_are_a_list_and_not_headings() -> None:
    assert headings(f"Anna Berg\nCarl Diaz\nEve Fox\nGil Hart\n{PROSE}") == []


def test_the_title_at_the_top_is_a_heading_even_if_it_is_a_sentence() -> None:
    assert headings(f"The harbour is closed.\n\n{PROSE}", "The harbour is closed.") == ["The harbour is closed."]


def test_a_title_parted_from_the_text_by_a_byline_is_left_out() -> None:
    assert told(f"The Harbour Is Closed\n\nBy Ada Moss | June 3, 2021\n\n{PROSE}", "The Harbour Is Closed") == [
        ("furniture", "The Harbour Is Closed"),
        ("furniture", "By Ada Moss | June 3, 2021"),
        ("text", PROSE),
    ]


@pytest.mark.parametrize(
    "heading", ["# Install", "## Use `it`. Now", "Install\n=======", "Install\n---", "= Install ="]
)
def test_marked_headings_are_headings(heading: str) -> None:
    assert headings(f"{PROSE}\n\n{heading}\n\n{MORE_PROSE}") == [heading]


def test_a_comment_in_a_fenced_listing_is_no_heading() -> None:
    assert headings(f"```\n# sets up\nmake\n```\n{PROSE}") == []


def test_a_list_is_tied_to_the_line_that_introduces_it() -> None:
    listed = "  • The crane was old.\n  • It had been checked.\n    Twice, in fact.\n1. So there."
    text = f"{PROSE}\n\nThree things are known:\n\n{listed}\n\n{MORE_PROSE}"
    assert [(block.span.of(text), block.tied) for block in outline(text, "")] == [
        (PROSE, False),
        ("Three things are known:", False),
        ("• The crane was old.", True),
        ("• It had been checked.\n    Twice, in fact.", True),
        ("1. So there.", True),
        (MORE_PROSE, False),
    ]


def test_rows_of_a_table_are_blocks_tied_to_each_other() -> None:
    text = "year | ships\n2019 | 411\n2020 | 387"
    assert [(b.span.of(text), b.role, b.tied) for b in outline(text, "")] == [
        ("year | ships", "text", False),
        ("2019 | 411", "text", True),
        ("2020 | 387", "text", True),
    ]


def test_a_question_is_tied_to_its_answer() -> None:
    text = f"How do I leave?\n\n{PROSE}"
    assert [block.tied for block in outline(text, "")] == [False, True]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Leave a Reply",
            "Your email address will not be published. Required fields are marked *",
            "Name *",
            "12 Comments",
        ),
        *(
            "scroll to top",
            "↑ Back to top",
            "Skip to main content",
            "Read more »",
            "Previous article: The Crane",
            "On this page",
        ),
        *(
            "Share",
            "Share this article",
            "Share on Facebook",
            "Facebook Twitter LinkedIn Email",
            "Follow us on Instagram",
        ),
        *("Sign up for our daily newsletter", "Subscribe", "Get the news delivered to your inbox every morning."),
        *(
            "Advertisement",
            "ADVERTISEMENT",
            "Story continues below advertisement",
            "Sponsored content",
            "* * *",
            "-----",
        ),
        *(
            "This site uses cookies to improve your visit.",
            "Accept all cookies",
            "© 2021 The Harbour Post",
            "5 min read",
        ),
        *(
            "Kyodo via Reuters",
            "REUTERS",
            "Photo: X / AFP",
            "Getty Images",
            "(Photo by Ada Moss/Getty Images)",
            "AP Photo/Ada Moss",
        ),
        *(
            "Ada Moss | AP",
            "Image credit: Ada Moss",
            "JIM ROE/AFP via Getty Images",
            "Read more: A crane fell",
            "Tags: harbour, crane",
        ),
        *("Updated 3:14 PM EDT, Mon November 15, 2021", "Last updated: 2021-11-15 08:21:03"),
    ],
)
def test_furniture_is_left_out(line: str) -> None:
    assert furniture(f"{PROSE}\n\n{line}\n\n{MORE_PROSE}\n\n{PROSE[::-1]}") == [line]


@pytest.mark.parametrize(
    "line",
    [
        *("Reuters reported the fall first.", "Sources told Reuters", "The photo was sold via Getty Images, she said."),
        *("Subscribe to events", "Share with other users", "Copyright law was changed in 1998.", "By the numbers"),
        *(
            "He wanted to leave a reply on her page.",
            "Advertisement sales fell by a third.",
            "More from the front came later.",
        ),
        *(
            "Read more books, he told them.",
            "Email *is* a medium.",
            "Photo: The president waves to a crowd.",
            "Cookies are baked here.",
        ),
    ],
)
def test_prose_is_never_furniture(line: str) -> None:
    assert furniture(f"{PROSE}\n\n{line}\n\n{MORE_PROSE}") == []


@pytest.mark.parametrize(
    "byline",
    ["By Ada Moss", "By Ada Moss and Bo Lund", "BY ADA MOSS, THE POST", "By | June 18, 2021", "Written by Ada Moss"],
)
def test_a_byline_is_furniture_at_the_top_only(byline: str) -> None:
    assert furniture(f"A Title\n\n{byline}\n\n{PROSE}") == [byline]
    assert furniture("\n\n".join([PROSE, MORE_PROSE, *(f"{i} {PROSE}" for i in range(4)), byline, MORE_PROSE])) == [
        MORE_PROSE
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_front_matter_is_furniture_and_the_title_behind_it_still_heads_the_text(end: str) -> None:
    front = "---\ntitle: A trip\n# a comment\ntags:\n  - x\n- y\n\nnote: >\n  More.\n---".replace("\n", end)
    text = front + f"{end}A trip{end}{end}It was off.{end}"
    assert furniture(text, "A trip") == [front]
    assert headings(text, "A trip") == ["A trip"]


@pytest.mark.parametrize(
    "text", ["---\nNo field.\n---\nText.", "---\ntitle: x\nno end", "Text.\n---\na: b\n---\nMore."]
)
def test_a_rule_at_the_top_begins_no_front_matter_by_itself(text: str) -> None:
    assert not [part for part in furniture(text) if ":" in part]


def test_a_second_copy_of_a_caption_or_paragraph_is_left_out_and_the_first_stays() -> None:
    caption = "A crane lies across the channel."
    assert told(f"{caption}\n\n{caption}\n\n{PROSE}\n\n{MORE_PROSE}\n\n{PROSE}") == [
        ("text", caption),
        ("furniture", caption),
        ("text", PROSE),
        ("text", MORE_PROSE),
        ("furniture", PROSE),
    ]


def test_a_refrain_stands_twice() -> None:
    assert (
        furniture(f"Four more years!\n{PROSE}\nFour more years!\n{MORE_PROSE}\nThey were not tired of it.\nYes\nYes")
        == []
    )


def test_a_name_under_a_paragraph_that_heads_nothing_is_a_picture_s_label() -> None:
    text = f"{PROSE} So says Ada Moss of the port.\nAda Moss\n\nWhat Comes Next\n{MORE_PROSE}"
    assert furniture(text) == ["Ada Moss"]


def test_a_comment_form_ends_the_page() -> None:
    assert furniture(f"{PROSE}\n\n{MORE_PROSE}\n\nLeave a Reply\n\nBe kind, dear reader.\n\nGo") == [
        "Leave a Reply",
        "Be kind, dear reader.",
        "Go",
    ]


def test_a_link_to_the_comment_form_at_the_top_ends_nothing() -> None:
    assert furniture(f"Leave a comment\n\n{PROSE}\n\n{MORE_PROSE}") == ["Leave a comment"]


def stories(text: str) -> list[tuple[str, int]]:
    return [(block.span.of(text), block.story) for block in outline(text, "") if block.role != "furniture"]


def test_what_follows_more_from_is_a_story_each_and_a_caption_goes_with_its_own() -> None:
    shelf = "One thing.\n\nA caption of two.\nREUTERS\n\nTwo things.\n\nThree things."
    text = f"{PROSE}\n\nMore from The Post\n\n{shelf}\n\nLeave a Reply"
    assert stories(text) == [
        (PROSE, 0),
        ("One thing.", 1),
        ("A caption of two.", 2),
        ("Two things.", 2),
        ("Three things.", 3),
    ]


def test_headed_side_stories_reach_from_heading_to_heading() -> None:
    text = "All.\n\nMore from The Post\n\nA Fall\n\nOne.\n\nTwo.\n\nA Rise\n\nThree."
    assert stories(text) == [("All.", 0), ("A Fall", 1), ("One.", 1), ("Two.", 1), ("A Rise", 2), ("Three.", 2)]


def test_a_box_amid_the_story_holds_only_the_bare_lines_under_it() -> None:
    text = (
        f"{PROSE}\n\nRelated stories\n\nCrane Falls Again\n\nHarbour Reopens\n\nWhat Comes Next\n\n{MORE_PROSE}\n\n"
        + PROSE.upper()
    )
    assert stories(text)[1:] == [
        ("Crane Falls Again", 1),
        ("Harbour Reopens", 2),
        ("What Comes Next", 0),
        (MORE_PROSE, 0),
        (PROSE.upper(), 0),
    ]


@pytest.mark.parametrize(
    ("number", "left_out"),
    [
        (
            "000",
            [
                SEOUL_CAPTION,
                *("Kyodo via Reuters", "More from GZERO Media", "REUTERS"),
            ],
        ),
        ("001", ["Leave a Reply", "Your email address will not be published. Required fields are marked *"]),
        ("002", ["Antony Blinken"]),
        ("003", ["scroll to top"]),
        (
            "004",
            [
                "Antony Blinken’s Visit to Beijing Signals Hope for Improved Communication",
                *("By | June 18, 2023", "Leave a Reply"),
                "Your email address will not be published. Required fields are marked *",
            ],
        ),
    ],
)
def test_what_of_the_seeds_is_left_out(number: str, left_out: list[str]) -> None:
    assert furniture(seed(number), FIRST_LINES[number]) == left_out


@pytest.mark.parametrize(
    ("number", "heads"),
    [
        ("000", ["Blinken comes home, Biden gears up for Xi"]),
        ("001", ["To bring down the temperature, Antony Blinken has arrived in Beijing."]),
        (
            "002",
            [
                "Bridging the Divide: Secretary Blinken’s High-Stakes Mission to Beijing",
                *("Blinken’s Agenda: A Multifaceted Approach", "Progress in Key Areas", "The Bigger Picture"),
            ],
        ),
        (
            "003",
            ["Blinken Engages in High-Level Talks with Chinese and Japanese Officials on Key International Issues"],
        ),
        (
            "004",
            [
                *("Frosty Bilateral Ties and Balloon Episode Delay", "Balloon Episode Downplayed by President Biden"),
                *(
                    "Hope for Future Meetings",
                    "Future Summits and Diplomatic Engagements",
                    "Blinken’s Agenda in Beijing",
                ),
                *("Deteriorating Relations and Concerns", "Blinken’s Objectives and Regional Allies"),
                *("Nurturing Mutual Respect and Strategic Trust", "Blinken’s Historic Visit"),
            ],
        ),
    ],
)
def test_the_headings_of_the_seeds(number: str, heads: list[str]) -> None:
    assert headings(seed(number), FIRST_LINES[number]) == heads


def test_the_side_stories_of_the_seed_that_has_some() -> None:
    text = seed("000")
    side = [
        (block.story, block.span.of(text)[:24])
        for block in outline(text, FIRST_LINES["000"])
        if block.story and block.role == "text"
    ]
    assert side == [
        (1, "More than 60% of Walmart"),
        (2, "Last month, Microsoft re"),
        (3, "U.S. President Donald Tr"),
        (3, "On June 27, the Democrat"),
    ]


LINES = st.sampled_from(
    [
        PROSE,
        MORE_PROSE,
        "A Heading",
        "Ada Moss",
        "# Mark",
        "===",
        "---",
        "- item",
        "2) item",
        "  • item",
        "a | b | c",
        "```",
        "REUTERS",
        "Leave a Reply",
        "More from X",
        "Related stories",
        "By Ada Moss",
        "so:",
        "why?",
        "",
        "",
        " \t",
        "é👩\u200d👩\u200d👧 שלום",
        "Title",
    ]
)
TEXTS = st.one_of(
    st.text(),
    st.lists(LINES, max_size=25).flatmap(
        lambda lines: st.sampled_from(["\n", "\r\n", "\u2028"]).map(lambda end: end.join(lines))
    ),
)


@given(TEXTS)
def test_blocks_are_ordered_disjoint_trimmed_and_cover_what_is_not_blank(text: str) -> None:
    blocks = outline(text, "Title")
    assert all(block.span.of(text).strip() == block.span.of(text) != "" for block in blocks)
    assert all(before.span.end <= after.span.start for before, after in pairwise(blocks))
    assert uncovered(text, blocks) == ""
    assert outline(text, "Title") == blocks


def uncovered(text: str, blocks: tuple[Block, ...]) -> str:
    ends = [0, *(block.span.end for block in blocks)]
    starts = [*(block.span.start for block in blocks), len(text)]
    return "".join(text[a:b] for a, b in zip(ends, starts, strict=True)).strip()


@pytest.mark.parametrize(
    "part", ["Reuters" + "-A" * 90 + "!\n", "By " + "Jane " * 35 + "!\n", "a|", "= ", "Foo Bar\n", '. "', "1. "]
)
def test_hostile_repetition_stays_linear(part: str) -> None:
    text = part * (300_000 // len(part))
    began = time.process_time()
    outline(text, "")
    assert time.process_time() - began < 5

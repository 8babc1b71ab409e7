import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.chat.blocks import MOST_BLOCKS, message
from service.chat.mrkdwn import escaped, fitted, linked, plain
from service.terminal import inert
from service.writing.footnoted import Footnoted, Line, Note
from tests.slack import refuse_unfit

HOSTILE = st.text(st.sampled_from("ab 1.)(#*_`~[]<>&;|\\!-+=$:/\n\t\u202e\u200f😀é@"), max_size=40)


def seen(mrkdwn: str) -> str:
    return html.unescape(mrkdwn.replace("\u200b", ""))


@given(HOSTILE)
def test_the_text_is_seen_as_it_is_and_nothing_in_it_is_a_code(text: str) -> None:
    assert seen(escaped(text)) == inert(text)
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", escaped(text))
    assert plain(escaped(text)) == inert(text)


@given(HOSTILE, st.integers(10, 60))
def test_what_is_cut_fits_and_is_no_half_of_anything(text: str, most: int) -> None:
    cut = fitted(text, most)

    assert len(cut.encode("utf-16-le")) // 2 <= most
    assert inert(text).startswith(seen(cut).removesuffix("…"))
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", cut)


@given(HOSTILE.filter(str.strip), HOSTILE)
def test_a_link_has_its_title_and_its_address_whatever_they_hold(text: str, path: str) -> None:
    link = linked(text, f"https://example.org/{path}", 300)

    [code] = re.findall(r"^<([^<>]*)>$", link)
    address, _, title = code.partition("|")
    assert seen(title) == inert(text)
    assert re.fullmatch(r"https://example\.org/[^\s|<>]*", address)


@pytest.mark.parametrize(
    ("text", "mrkdwn"),
    [
        ("A (b) | c & <d>", "A (b) | c &amp; &lt;d&gt;"),
        ("snake_case_name costs ~5 * 3", "snake_case_name costs ~5 * 3"),
        ("*bold* and _not_", "\u200b*\u200bbold\u200b*\u200b and \u200b_\u200bnot\u200b_\u200b"),
        ("at 10:30:45, :100:", "at 10:30:45, :\u200b100:"),
        ("> quoted", "\u200b&gt; quoted"),
        ("U.S. – plain, as most text is.", "U.S. – plain, as most text is."),
    ],
)
def test_only_what_slack_would_format_is_kept_from_it(text: str, mrkdwn: str) -> None:
    assert escaped(text) == mrkdwn


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("<@U0BOT> who met <@U2|ana> &amp; why?", "who met ana & why?"),
        ("what is <https://a.example/x?a=1&amp;b=2>?", "what is https://a.example/x?a=1&b=2?"),
        ("what of <#C1|general> and <!here>", "what of general and"),
        ("is 1 &lt; 2?", "is 1 < 2?"),
    ],
)
def test_what_somebody_typed_is_read_as_it_was_typed(typed: str, read: str) -> None:
    assert plain(typed) == read


def test_the_longest_answer_is_within_every_limit_and_keeps_its_sources_and_its_button() -> None:
    note = Note(1, "a" * 16, "<T> " * 500, "&" * 900, "2023", None, "https://a.example/" + "x" * 900, ("<q> " * 3000,))
    lines = tuple(Line("a & b " * 900, 1, before="February 2023: ") for _ in range(60))
    shown = Footnoted("", lines, ("<not said> " * 900,), (note,))

    sent = message(shown, "x" * 22)

    refuse_unfit(sent)
    assert len(sent["blocks"]) == MOST_BLOCKS
    assert [block["type"] for block in sent["blocks"][-3:]] == ["context", "context", "actions"]
    refuse_unfit(message(Footnoted("No.", (), (), (note,) * 50), None))


def test_an_address_too_long_for_slack_leaves_its_title() -> None:
    assert linked("Talks", "https://a.example/" + "x" * 2000, 300) == "Talks"

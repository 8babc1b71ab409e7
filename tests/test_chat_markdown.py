import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from service.chat.markdown import escaped, linked
from service.terminal import inert

RENDERER = MarkdownIt("gfm-like", {"linkify": False})
HOSTILE = st.text(st.sampled_from("ab 1.)(#*_`~[]<>&;|\\!-+=$:/\n\t\u202e\u200f😀é"), max_size=30)


def inline(markdown: str) -> list[Token]:
    tokens = RENDERER.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return tokens[1].children or []


@given(HOSTILE.filter(lambda text: inert(text).strip()))
def test_a_renderer_shows_the_text_and_nothing_of_it_becomes_markup(text: str) -> None:
    shown = inline(escaped(text))

    assert [token.type for token in shown] == ["text"]
    assert shown[0].content == inert(text)


@given(HOSTILE.filter(lambda text: inert(text).strip()), HOSTILE)
def test_a_link_has_its_text_and_its_address_whatever_they_hold(text: str, path: str) -> None:
    link = inline(linked(text, f"https://example.org/{path}"))

    assert [token.type for token in link] == ["link_open", "text", "link_close"]
    assert link[1].content == inert(text)
    assert str(link[0].attrs["href"]).startswith("https://example.org/")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("A (b) | c & <d>", "A (b) \\| c & \\<d\\>"),
        ("&lt; is <", "&amp;lt; is \\<"),
        ("12. May", "12\\. May"),
        ("# heads\nand more", "\\# heads and more"),
        ("from $5 to $10", "from \\$5 to \\$10"),
        ("U.S. – plain, as most text is.", "U.S. – plain, as most text is."),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


def test_an_address_keeps_its_brackets_where_no_renderer_trips_over_them() -> None:
    assert linked("x", "https://en.example/wiki/Balloon_(aircraft)?a=1&b=2#c") == (
        "[x](<https://en.example/wiki/Balloon_%28aircraft%29?a=1&b=2#c>)"
    )


def test_a_title_can_bring_no_link_or_image_of_its_own_also_where_brackets_lose_their_backslashes() -> None:
    link = linked("a [b](c) ![d](e) [f][g]", "https://example.org/")

    assert link == "[a \\[b\\]\\(c) !\\[d\\]\\(e) \\[f\\]\\[g\\]](<https://example.org/>)"
    assert [token.type for token in inline(link)] == ["link_open", "text", "link_close"]

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Span
from service.page.fragment import at_place, text_directive

TEXT = (
    "The talks were held in June. They went well.\n\n"
    "The trip was cancelled in February, said the ministry, over a balloon that nobody had expected there.\n"
    "The trip was resumed in June. The talks were held in June again, with tea & cake - and no balloon.\n"
    "They went well."
)

SPACE = r"\s+"


def directive(words: str, text: str = TEXT) -> str:
    start = text.index(words)
    return text_directive(text, Span(start, start + len(words)))


def found(text: str, directive: str) -> Span | None:
    """Where a browser finds a directive: white space as one space, terms in one line, the first that fits all terms."""
    prefix, terms, suffix = "", directive.split(","), ""
    if terms[0].endswith("-"):
        prefix = terms.pop(0)[:-1]
    if terms[-1].startswith("-"):
        suffix = terms.pop()[1:]
    start, *end = [r"[^\S\n]+".join(map(re.escape, unquote(term).split())) for term in terms]
    before, after = (r"\s+".join(map(re.escape, unquote(term).split())) for term in (prefix, suffix))
    pattern = f"{before}{SPACE if prefix else ''}(?P<s>{start})" + (f"(?s:.*?)(?P<e>{end[0]})" if end else "")
    match = re.search(pattern + (SPACE + after if suffix else ""), text, re.IGNORECASE)
    return match and Span(match.start("s"), match.end("e" if end else "s"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # As few words as are unique, from both ends.
        (
            "The trip was cancelled in February, said the ministry, over a balloon that nobody had expected there.",
            "The%20trip%20was%20cancelled%20in,that%20nobody%20had%20expected%20there.",
        ),
        # What is short stands whole, with what has a meaning in a directive encoded.
        ("with tea & cake - and", "with%20tea%20%26%20cake%20%2D%20and"),
        ("in February, said", "in%20February%2C%20said"),
        # What stands twice is told by what stands before it, ...
        ("no balloon", "no%20balloon."),
        ("resumed in June.", "resumed%20in%20June."),
        # ... also over the end of a paragraph.
        ("The talks were held in June.", "The%20talks%20were%20held%20in%20June."),
    ],
)
def test_a_directive_is_as_short_as_is_unique(words: str, expected: str) -> None:
    assert directive(words) == expected


def test_what_stands_twice_is_told_by_what_stands_around_it() -> None:
    text = "They went well. Then all went home.\nSo it was: They went well. Nobody minded."

    assert text_directive(text, Span(0, 15)) == "They%20went%20well.,-Then"
    assert text_directive(text, Span(47, 62)) == "was%3A-,They%20went%20well."


def test_where_nothing_is_unique_there_is_no_fragment() -> None:
    text = "They went well.\nThey went well.\nThey went well."

    assert text_directive(text, Span(16, 31)) == ""
    assert at_place("https://example.org/", text, Span(16, 31)) == "https://example.org/"


def test_a_fragment_joins_one_that_is_there() -> None:
    assert at_place("https://example.org/#top", "One two three.", Span(0, 14)) == (
        "https://example.org/#top:~:text=One%20two%20three."
    )


def test_case_and_accents_do_not_make_words_unique() -> None:
    text = "Le Café ferme ici. Puis: le cafe ferme ici."

    assert text_directive(text, Span(0, 18)) == "Le%20Caf%C3%A9%20ferme%20ici.,-Puis%3A"


WORDS = st.lists(
    st.sampled_from(["the", "trip", "a-b", "tea,", "&", "Über", "100%", "\n", "\n\n", "日本。"]), max_size=40
)


@given(WORDS, st.data())
def test_a_browser_finds_just_the_cited_words(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))

    made = text_directive(text, Span(start, end))

    if made:
        place = found(text, made)
        assert place is not None
        cited = [w.span() for w in re.finditer(r"\S+", text) if w.start() < end and w.end() > start]
        assert place == (cited[0][0], cited[-1][1])
        assert re.fullmatch(r"[A-Za-z0-9%._~,-]+", made)

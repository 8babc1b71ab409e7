"""Where words that were cited stand in another text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Span
from index.tracing import likest, traced

OLD = "Geese came. Ships sank in the bay. Nobody saw them."
SHIPS = Span(OLD.index("Ships"), OLD.index(" Nobody"))


def span(text: str, part: str, beginning: int = 0) -> Span:
    start = text.index(part, beginning)
    return Span(start, start + len(part))


@pytest.mark.parametrize(
    ("new", "part"),
    [
        (OLD, "Ships sank in the bay."),
        ("Corrected.\n\n" + OLD, "Ships sank in the bay."),
        ("Geese.\nShips sank\r\n in\tthe bay.", "Ships sank\r\n in\tthe bay."),
        ("Ships sank in the gulf.", None),
        ("ships sank in the bay.", None),
        ("Ships sank in the bay", None),
        ("Airships sank in the bay. Warships too.", None),
        ("", None),
    ],
)
def test_the_same_words_are_found_whatever_the_white_space_between_them(new: str, part: str | None) -> None:
    assert traced(SHIPS, OLD, new) == (None if part is None else span(new, part))


def test_of_several_places_the_nearest_counts() -> None:
    said = SHIPS.of(OLD)
    new = f"{said} {'x ' * 50}{said} {said}"
    assert traced(Span(0, len(said)), said, new) == span(new, said)
    last = new.rindex(said)
    moved = "y " * (last // 2) + said
    assert traced(Span(len(moved) - len(said), len(moved)), moved, new) == span(new, said, last)


def test_only_words_end_where_words_do() -> None:
    old, new = "“Yes!” he said. (No.)", "He spoke:“Yes!”he said."
    assert traced(span(old, "“Yes!”"), old, new) == span(new, "“Yes!”")


@given(st.text(), st.text(), st.text())
def test_what_was_not_changed_is_found_where_it_is(before: str, said: str, after: str) -> None:
    cited = f" A{said}Z "
    new = f"{before}{cited}{after}"
    found = traced(Span(1, len(cited) - 1), cited, new)
    assert found is not None
    assert found.of(new).split() == cited.split()


def test_what_took_the_place_of_words_has_half_of_them() -> None:
    new = "Geese came. Boats sank in the bay. Nobody else was there at all, it is said by those who were."
    passages = [span(new, "Geese came."), span(new, "Boats sank in the bay."), span(new, "Nobody else")]
    assert likest(SHIPS, OLD, passages, new) == passages[1]
    assert likest(SHIPS, OLD, [passages[0], passages[2]], new) is None
    assert likest(SHIPS, OLD, [], new) is None
    assert likest(Span(0, 1), "!", [Span(0, 1)], "!") is None

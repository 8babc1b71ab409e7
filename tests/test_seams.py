from collections.abc import Sequence
from pathlib import Path

import pytest

from index.ingest import put
from index.reader.reading import Enough, Extract, Told, never
from index.reader.spans import uniform
from index.rebuild import open_index
from index.records import Article, Passage, Span
from index.seams import led_up_to, refers_back
from index.search import Question, search
from index.verdict import ReadSignals
from tests.fakes import WordEncoder

RUIZ = "Ana Ruiz met the fishermen in the old harbour on Friday morning."
PIER = "She promised them a new pier of stone by the end of May."


@pytest.mark.parametrize(
    ("sentence", "refers"),
    [
        (PIER, True),
        ("“They left,” said the mayor.", True),
        ("In this connection, nothing was said.", True),
        ("But it rained.", True),
        ("However, the former was meant.", True),
        ("Theirs", False),
        ("Thistles grow there.", False),
        ("The trip was cancelled.", False),
        ("In February it rained.", False),
        ("", False),
    ],
)
def test_a_sentence_refers_back_that_begins_with_what_stands_for_something_else(sentence: str, refers: bool) -> None:
    assert refers_back(sentence) == refers


def passage(text: str, *sentences: str, side_story: bool = False) -> Passage:
    spans = [Span(text.index(sentence), text.index(sentence) + len(sentence)) for sentence in sentences]
    return Passage(Span(spans[0].start, spans[-1].end), tuple(spans), side_story)


def test_what_leads_up_to_a_passage_are_the_last_sentences_before_it() -> None:
    text = "One. Two.  Three.\n\nIt."

    assert led_up_to(text, passage(text, "One.", "Two.", "Three."), passage(text, "It.")) == "Two.  Three."
    assert led_up_to(text, passage(text, "One."), passage(text, "Two.")) == "One."


def test_nothing_leads_over_furniture_or_from_another_story() -> None:
    text = "One. Share this. It."

    assert led_up_to(text, passage(text, "One."), passage(text, "It.")) == ""
    assert led_up_to(text, passage(text, "Share this."), passage(text, "It.", side_story=True)) == ""


class Pier:
    """Finds the pier where it stands, and keeps what it was told."""

    calibrated = True

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def read(self, _: str, passages: Sequence[Told], _enough: Enough = never) -> list[Extract]:
        self.told = [(told.context, told.text) for told in passages]
        return [self._extract(told) for told in passages]

    def _extract(self, told: Told) -> Extract:
        # Who is meant by "she" is known only where Ana Ruiz is.
        found = Span(told.text.find("a new pier"), told.text.find("a new pier") + 10)
        if "Ruiz" not in told.context or found.start < 0:
            return Extract(1.0, Span(0, 3), 0.0, 1.0, uniform(len(told.sentences)))
        return Extract(5.0, found, 0.0, 9.0, uniform(len(told.sentences)))


def test_a_passage_that_refers_back_is_read_behind_the_one_before_it_too_and_cited_alone(tmp_path: Path) -> None:
    encoder, reader = WordEncoder(), Pier()
    encoder.limit = 20  # so that each sentence is a passage
    index = open_index(tmp_path, encoder)
    put(index, Article("a", "x", f"{RUIZ} {PIER}"))
    index.reader = reader

    found = search(index, Question("what did she promise the fishermen?", effort="careful"))

    assert sorted(reader.told) == [("x", RUIZ), ("x", PIER), (f"x\n{RUIZ}", PIER)]
    first = found.hits[0]
    assert first.passage.span.of(first.article.text) == PIER
    assert found.short is not None
    assert found.short.sentence.of(first.article.text) == "a new pier"
    assert isinstance(found.signals, ReadSignals)
    assert found.signals.answers == 1.0

from hypothesis import given
from hypothesis import strategies as st

from index.records import DateBasis, Span
from service.schemas import Answer, ArticleHead, Cited, PassageReply, Quote, Sentence, Unsupported
from service.writing.quotes import quotes
from service.writing.words import Segment, dated, emphasised, highlighted, segments

HEAD = ArticleHead(
    id="a/b", title="T", source=None, author=None, url=None, published_at=None, date_basis=None, sha256="0" * 64
)


def passage(citation: int, start: int, text: str, *marks: tuple[int, int]) -> PassageReply:
    """A passage whose article has ``text`` at ``start``; marks are offsets into the article."""
    return PassageReply(
        citation=citation,
        id="0" * 16,
        score=1.0,
        text=text,
        start=start,
        end=start + len(text),
        side_story=False,
        highlights=[Quote(start=s, end=e, text=text[s - start : e - start]) for s, e in marks],
        article=HEAD,
        link="https://example.org",
    )


POURED = Sentence(start=21, end=31, text="It poured.", citation=1, article="a/b")
RAINED = Sentence(start=10, end=19, text="It rained.", citation=2, article="a/b")


def test_the_answer_is_its_sentences_a_line_each_with_their_citations() -> None:
    short = Cited(start=24, end=30, text="poured", citation=1)

    answer = quotes([POURED, RAINED], short)

    assert answer is not None
    assert answer.model_dump() == {
        "text": "It poured. [1]\nIt rained. [2]",
        "writer": "quotes",
        "short": short.model_dump(),
        "sentences": [POURED.model_dump(), RAINED.model_dump()],
        "checked": None,
    }


def test_without_a_sentence_there_is_no_answer() -> None:
    assert quotes([]) is None
    assert quotes([], unsupported=[Unsupported(start=0, end=3, text="who")]) is None


def test_what_the_archive_does_not_say_is_quoted_from_the_question() -> None:
    lacking = [Unsupported(start=0, end=3, text="who"), Unsupported(start=9, end=12, text="why")]

    answer = quotes([RAINED], unsupported=lacking)

    assert answer is not None
    assert answer.sentences == [RAINED]
    assert answer.text == "It rained. [2]\nThe archive does not say: “who”; “why”"


def test_highlights_are_marked_in_place() -> None:
    found = highlighted(passage(1, 100, "One. Two. Three.", (110, 116), (100, 104)))

    assert found == [Segment("One.", True), Segment(" Two. ", False), Segment("Three.", True)]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=5))
def test_segments_are_the_text_again_and_exactly_what_is_marked(text: str, marks: list[tuple[int, int]]) -> None:
    found = list(segments(text, [Span(*mark) for mark in marks]))
    flags = [segment.marked for segment in found for _ in segment.text]

    assert "".join(segment.text for segment in found) == text
    assert flags == [any(start <= i < end for start, end in marks) for i in range(len(text))]
    assert all(segment.text for segment in found)


def test_an_inferred_date_says_so() -> None:
    said: dict[tuple[str | None, DateBasis | None], str] = {
        ("2023-06-18", "stated"): "2023-06-18",
        ("2024-04", "given"): "2024-04",
        ("2024-04", "inferred"): "2024-04 (inferred)",
        ("2024", None): "2024",
        (None, None): "",
    }

    assert {what: dated(*what) for what in said} == said


def test_the_few_words_that_answer_are_marked_in_their_sentence() -> None:
    sentence = Sentence(start=100, end=128, text="It was put off by a balloon.", citation=1, article="a")
    short = Cited(start=118, end=127, text="a balloon", citation=1)
    answer = Answer(text="…", writer="quotes", short=short, sentences=[sentence])

    assert emphasised(answer, sentence) == [("It was put off by ", False), ("a balloon", True), (".", False)]
    elsewhere = answer.model_copy(update={"short": short.model_copy(update={"citation": 2})})
    assert emphasised(elsewhere, sentence) == [(sentence.text, False)]
    assert emphasised(answer.model_copy(update={"short": None}), sentence) == [(sentence.text, False)]

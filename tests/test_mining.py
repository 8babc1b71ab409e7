from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import Limits
from index.records import Article, Passage, Span
from tests.archive import article, opened
from tests.fakes import WordEncoder
from training.mining import Place, examples_of, most_answering, not_answering, ranked, take_in
from training.texts import Question, Reading

FERRY = "The ferry sank near the harbour in 1987. Divers searched the wreck for nine days."
BALLOON = "A balloon drifted over Montana. Nobody knew whose it was."
GEESE = "Geese crossed the harbour at dawn. Nobody counted them."


def asked(text: str, *answers: str) -> Question:
    return Question("q", "who searched the wreck?", tuple(spans(text, *answers)))


def spans(text: str, *answers: str) -> list[Span]:
    return [Span(text.index(answer), text.index(answer) + len(answer)) for answer in answers]


def reading(one: Article, *questions: Question, held: bool = False) -> Reading:
    return Reading(one, questions, held)


def whole(one: Article) -> Place:
    span = Span(0, len(one.text))
    return Place(one.id, Passage(span, (span,)))


def kept(of: Reading, hits: list[Reading]) -> list[str]:
    by_id = {other.article.id: other for other in [of, *hits]}
    places = [whole(hit.article) for hit in hits]
    return [place.article for place in not_answering(of, of.questions[0], places, by_id)]


# The passage that answers


def passage(start: int, end: int) -> Passage:
    return Passage(Span(start, end), (Span(start, end),))


@pytest.mark.parametrize(
    ("answers", "gold"),
    [
        ([Span(3, 5)], passage(0, 10)),
        ([Span(12, 20)], passage(10, 20)),
        ([Span(3, 5), Span(12, 14), Span(15, 16)], passage(10, 20)),
        ([Span(3, 5), Span(12, 14)], passage(0, 10)),
        ([Span(8, 12), Span(21, 22)], passage(20, 30)),
        ([Span(8, 12)], None),
    ],
)
def test_the_first_passage_with_most_whole_answers_is_the_one_that_answers(
    answers: list[Span], gold: Passage | None
) -> None:
    assert most_answering([passage(0, 10), passage(10, 20), passage(20, 30)], answers) == gold


def test_of_no_passages_none_answers() -> None:
    assert most_answering([], [Span(0, 1)]) is None


# What does not answer


def test_what_has_the_words_of_an_answer_is_no_negative_but_part_of_a_word_is_none() -> None:
    of = reading(article("ferry", FERRY), asked(FERRY, "nine", "Divers"))
    hits = {
        "word": "DIVERS came.",
        "end": "They were nine",
        "part": "Scuba-diversity, ninety.",
        "none": GEESE,
    }
    assert kept(of, [reading(article(id, text)) for id, text in hits.items()]) == ["part", "none"]


@pytest.mark.parametrize("answer", ["$1.50 (each)", "C++", "a.b|c", "'s"])
def test_an_answers_marks_are_no_pattern(answer: str) -> None:
    text = f"It was {answer} then."
    of = reading(article("own", text), asked(text, answer))
    assert kept(
        of, [reading(article("same", f"So {answer}, again.")), reading(article("other", "C a.bc 150 each"))]
    ) == ["other"]


def test_a_passage_that_holds_half_an_answer_is_no_negative() -> None:
    of = reading(article("ferry", FERRY), asked(FERRY, "1987. Divers"))
    first, second = (Place("ferry", passage(*span)) for span in ((0, 41), (60, len(FERRY))))
    assert list(not_answering(of, of.questions[0], [first, second], {"ferry": of})) == [second]


@pytest.mark.parametrize(("held", "negatives"), [(False, ["trained"]), (True, ["trained", "held"])])
def test_what_is_held_aside_is_seen_only_by_questions_that_are_too(held: bool, negatives: list[str]) -> None:
    of = reading(article("ferry", FERRY), asked(FERRY, "Divers"), held=held)
    assert kept(of, [reading(article("trained", GEESE)), reading(article("held", BALLOON), held=True)]) == negatives


# Examples


def test_an_example_has_the_passage_that_answers_and_what_search_takes_for_it(tmp_path: Path) -> None:
    filler = "\n\n".join(f"Witness {n} told of the wreck and the harbour. " * (Limits().tokens // 9) for n in range(2))
    text = f"{filler}\n\n{FERRY}"
    ferry = Article("ferry", "The loss", text, source="The Beacon", published_at="1988-03-04", date_basis="given")
    question = Question("q1", "Who searched the wreck?", tuple(sorted(spans(text, "Divers", "1987"))))
    cut = Question("q2", "What?", (Span(len(filler) - 3, len(filler) + 8),))
    readings = [reading(ferry, cut, question), reading(article("geese", GEESE)), reading(article("sky", BALLOON))]
    encoder = WordEncoder()
    with closing(opened(tmp_path, encoder)) as index:
        take_in(index, [one.article for one in readings])
        found = [ranked(index, one.text) for one in (cut, question)]
    (example,) = examples_of("wiki", readings, found, encoder)
    gold, first = str(example["text"]), example["negatives"][0]
    assert [gold[start:end] for start, end in example["answers"]] == ["1987", "Divers"]
    assert FERRY in gold
    assert (example["id"], example["domain"], example["held"]) == ("q1", "wiki", False)
    assert (example["context"], example["paragraph_answers"]) == (
        "The loss. The Beacon. 4 March 1988",
        ["1987", "Divers"],
    )
    assert first["same"]
    assert first["context"] == example["context"]
    assert first["text"].startswith("Witness")
    assert [n["context"] for n in example["negatives"] if not n["same"]] == ["Untitled"] * 2


def test_an_article_that_is_refused_is_no_quiet_loss(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as index, pytest.raises(ValueError, match="1 articles were refused, the first"):
        take_in(index, [article("a", " ")])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted), min_size=1), st.data())
def test_no_other_passage_holds_more_answers(pairs: list[list[int]], data: st.DataObject) -> None:
    answers = [Span(start, end + 1) for start, end in pairs]
    passages = [
        passage(*sorted(span)) for span in data.draw(st.lists(st.tuples(st.integers(0, 22), st.integers(0, 22))))
    ]
    gold = most_answering(passages, answers)

    def held(one: Passage | None) -> int:
        return 0 if one is None else sum(one.span.start <= a.start and a.end <= one.span.end for a in answers)

    assert held(gold) == max(map(held, passages), default=0)

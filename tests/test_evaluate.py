import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import Invalid, NotFound
from index.ingest import put
from index.records import Article, Span
from service.evaluate import Evidence, Question, as_text, evaluated, locate, misses, read
from service.metrics import Place, Result, auroc, calibration_error, exact, f1, figures
from service.settings import Settings
from tests.archive import opened
from tests.worlds import TRIP

PIECE = Place("a", Span(10, 20))
OTHER = Place("b", Span(0, 10))


A = {"article": "a", "start": 10, "end": 20}
B = {"article": "b", "start": 0, "end": 10}


def result(rank: int | None, *, answerable: bool = True, says: bool = True, confidence: float = 0.5) -> Result:
    passages = tuple(PIECE if i == rank else OTHER for i in range(10))
    return Result("why?", ((PIECE,),) if answerable else (), True, passages, ((),) * 10, says, confidence)


def test_figures_are_those_that_a_hand_counts() -> None:
    found = [
        result(0, confidence=0.9),
        result(3, confidence=0.6),
        result(None, says=False, confidence=0.2),
        result(None, answerable=False, says=False, confidence=0.2),
        result(None, answerable=False, confidence=0.1),
    ]

    counted = figures(found)

    assert {name: counted[name] for name in counted if "length" not in name and "light" not in name} == {
        "questions": 5,
        "hit@1": pytest.approx(1 / 3),
        "hit@3": pytest.approx(1 / 3),
        "hit@5": pytest.approx(2 / 3),
        "hit@10": pytest.approx(2 / 3),
        "mrr@10": pytest.approx((1 + 1 / 4) / 3),
        "all-evidence recall@10": None,
        "complete@10": None,
        "answer's sentences hold the evidence": 0,
        "answer's sentences": None,
        "abstention auroc": pytest.approx((2 + 2 + 1.5) / 6),
        "says answerable when it is": pytest.approx(2 / 3),
        "abstains when it is not": 0.5,
        "calibration error": pytest.approx((0.1 + 0.4 + abs(0.4 - 1) + 0.1) / 5),
    }


def test_evidence_of_several_groups_needs_one_of_each() -> None:
    third = Place("c", Span(0, 5))
    one = Result("why?", ((PIECE, third), (OTHER,)), False, (third, PIECE), ((third,), ()), True, 0.9)

    assert (one.recall, one.rank) == (0.5, 0)
    assert figures([one])["complete@10"] == 0
    assert figures([one])["highlight iou"] == pytest.approx(5 / 25)
    assert figures([one])["top highlight has the evidence"] == 1


def test_a_short_answer_is_compared_as_squad_compares_it() -> None:
    told = replace(result(0), short="The Chinese balloon!", said=("a Chinese spy balloon", "balloon, chinese"))
    silent = replace(result(0), said=("a balloon",))

    assert figures([told, silent])["short answer f1"] == pytest.approx((1 + 0) / 2)
    assert figures([told, silent])["short answer exact"] == 0
    assert f1("spy balloon", "a Chinese spy balloon") == pytest.approx(2 * 2 / (2 + 3))
    assert f1("ship", "balloon") == 0
    assert exact("The  Balloon.", "balloon")
    assert not exact("balloons", "balloon")
    assert "short answer f1" not in figures([silent])


def test_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    assert calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)]) == 0
    assert calibration_error([(0.95, False)]) == pytest.approx(0.95)
    assert calibration_error([]) is None


def test_what_can_not_be_measured_is_left_open() -> None:
    assert auroc([0.5], []) is None
    assert "abstains when it is not                        -" in as_text([result(0)])


def test_misses_are_the_answerable_questions_without_evidence_in_the_first_three() -> None:
    found = list(misses([result(0), result(2), result(3), result(None), result(None, answerable=False)]))

    assert found == [
        {"question": "why?", "rank": 3, "evidence": [A], "got": [B, B, B]},
        {"question": "why?", "rank": None, "evidence": [A], "got": [B, B, B]},
    ]


@pytest.mark.parametrize(
    ("passage", "covered"),
    [
        (Place("a", Span(0, 100)), True),
        (Place("a", Span(51, 160)), True),
        (Place("a", Span(0, 59)), True),
        (Place("a", Span(0, 58)), False),
        (Place("b", Span(0, 100)), False),
    ],
)
def test_a_passage_covers_what_it_holds_nine_tenths_of(passage: Place, covered: bool) -> None:
    assert passage.holds(Place("a", Span(50, 60))) is covered


def article(id: str) -> Article:
    if id != TRIP.id:
        raise NotFound(id)
    return TRIP


def test_evidence_is_where_its_question_says_or_where_its_quote_stands() -> None:
    start = TRIP.text.index("balloon")

    assert locate(Evidence(article=TRIP.id, start=3, end=9), article) == (TRIP.id, (3, 9))
    assert locate(Evidence(article=TRIP.id, quote="balloon"), article) == (TRIP.id, (start, start + 7))


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (Evidence(article=TRIP.id, quote="zeppelin"), Invalid),
        (Evidence(article=TRIP.id), Invalid),
        (Evidence(article="none", quote="balloon"), NotFound),
    ],
)
def test_evidence_that_is_nowhere_is_a_fault(evidence: Evidence, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        locate(evidence, article)


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("2023/none", "no article has the id '2023/none'"),
        (TRIP.id, f"the quote 'zeppelin' is not in article {TRIP.id!r}"),
    ],
)
def test_evidence_that_is_nowhere_is_named_with_its_file_and_line(tmp_path: Path, id: str, said: str) -> None:
    file = tmp_path / "q.jsonl"
    evidence = [{"article": id, "quote": "zeppelin"}]
    file.write_text("\n" + json.dumps({"question": "a?", "evidence": evidence}), encoding="utf-8")

    with closing(opened(tmp_path / "data")) as index:
        put(index, TRIP)
        with pytest.raises((Invalid, NotFound)) as fault:
            evaluated(index, Settings(data=tmp_path), read(file))
    assert str(fault.value) == f"{file}, line 2: {said}"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no question"),
        (
            b'\n{"question": "a?", "answerable": false}\n{"question": 5}\n',
            "line 3: question: Input should be a valid string",
        ),
        (b"{", "line 1: the body is not JSON: EOF"),
        (b"\xff", "can't be read"),
    ],
)
def test_a_file_that_holds_no_questions_is_refused_with_its_line(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "q.jsonl").write_bytes(content)

    with pytest.raises(Invalid) as refused:
        read(tmp_path / "q.jsonl")

    assert complaint in str(refused.value)


def test_lines_may_hold_more_than_is_read(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"question": "a?", "answerable": false, "evidence": [], "style": ["x"]}\n')

    expected: Any = Question(question="a?", answerable=False, where=f"{tmp_path / 'q.jsonl'}, line 1")
    assert read(tmp_path / "q.jsonl") == [expected]

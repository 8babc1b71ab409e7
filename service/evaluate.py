"""How well the archive's questions are answered, on questions whose evidence is known.

A question line: ``{"id", "question", "answerable", "evidence": [{"article", "start", "end", "quote"}]}``, in Unicode
code points of the article's text; where ``start`` is missing, ``quote`` is looked up in it. A passage covers a piece of
evidence that it holds at least 90 % of.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from index.errors import Invalid
from index.folder import Index
from index.records import Article, Span
from service.ask import ask
from service.schemas import AskReply, AskRequest, complaints
from service.settings import Settings
from service.terminal import inert

DEPTHS = (1, 3, 5, 10)
DEPTH = max(DEPTHS)
COVERED = 0.9
MISSED_BEYOND = 3


class Evidence(BaseModel):
    article: str
    quote: str = ""
    start: int | None = None
    end: int | None = None


class Question(BaseModel):
    question: Annotated[str, Field(min_length=1, max_length=2000)]
    id: str = ""
    answerable: bool = True
    evidence: list[Evidence] = []


class Place(NamedTuple):
    article: str
    span: Span


class Result(NamedTuple):
    """``rank`` counts from 0, of the first passage that covers a piece of evidence; None where none does."""

    question: Question
    rank: int | None
    answerable: bool
    confidence: float
    first: str


def read(file: Path) -> list[Question]:
    """The questions of a file.

    Raises:
        Invalid: a line is not a question; names file and line.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"{file}: can't be read ({fault})") from fault
    questions = [_question(line, f"{file}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not questions:
        raise Invalid(f"{file}: holds no question")
    return questions


def _question(line: str, where: str) -> Question:
    try:
        return Question.model_validate_json(line)
    except ValidationError as fault:
        raise Invalid(f"{where}: {'; '.join(complaints(fault.errors()))}") from None


def evaluated(index: Index, settings: Settings, questions: Sequence[Question]) -> list[Result]:
    """Asks every question, for as many passages as are looked at.

    Raises:
        Invalid, NotFound: evidence is not where its question says.
    """
    evidence = [[locate(piece, index.article) for piece in question.evidence] for question in questions]
    return [
        result(
            question, places, ask(index, settings, AskRequest(question=question.question, top_k=DEPTH, writer="none"))
        )
        for question, places in zip(questions, evidence, strict=True)
    ]


def locate(evidence: Evidence, article: Callable[[str], Article]) -> Place:
    """Where a piece of evidence stands.

    Raises:
        Invalid: its quote is not in its article.
        NotFound: there is no such article.
    """
    if evidence.start is not None and evidence.end is not None:
        return Place(evidence.article, Span(evidence.start, evidence.end))
    start = article(evidence.article).text.find(evidence.quote)
    if start < 0 or not evidence.quote:
        raise Invalid(f"the quote {evidence.quote[:80]!r} is not in article {evidence.article!r}")
    return Place(evidence.article, Span(start, start + len(evidence.quote)))


def result(question: Question, evidence: Sequence[Place], reply: AskReply) -> Result:
    found = [Place(passage.article.id, Span(passage.start, passage.end)) for passage in reply.passages]
    rank = next((rank for rank, passage in enumerate(found) if any(covers(passage, piece) for piece in evidence)), None)
    first = reply.passages[0].text if reply.passages else ""
    return Result(question, rank, reply.answerable, reply.confidence, first)


def covers(passage: Place, piece: Place) -> bool:
    both = min(passage.span.end, piece.span.end) - max(passage.span.start, piece.span.start)
    return passage.article == piece.article and both >= COVERED * (piece.span.end - piece.span.start)


def figures(results: Sequence[Result]) -> dict[str, float | None]:
    """The measures of `footnote eval` by name; None where there is no question to measure one on."""
    asked = [one for one in results if one.question.answerable]
    refused = [one for one in results if not one.question.answerable]
    ranks = [DEPTH if one.rank is None else one.rank for one in asked]
    return {
        "questions": len(results),
        **{f"hit@{depth}": _mean([rank < depth for rank in ranks]) for depth in DEPTHS},
        f"mrr@{DEPTH}": _mean([1 / (rank + 1) if rank < DEPTH else 0 for rank in ranks]),
        "abstention auroc": auroc([one.confidence for one in asked], [one.confidence for one in refused]),
        "says answerable when it is": _mean([one.answerable for one in asked]),
        "abstains when it is not": _mean([not one.answerable for one in refused]),
    }


def _mean(values: Sequence[float]) -> float | None:
    return mean(values) if values else None


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """The chance that one of ``higher`` is above one of ``lower``, ties counting half."""
    if not higher or not lower:
        return None
    return mean((a > b) + (a == b) / 2 for a in higher for b in lower)


def misses(results: Sequence[Result]) -> Iterator[Mapping[str, Any]]:
    """The answerable questions whose evidence is not in the first passages, with what came first instead."""
    for one in results:
        if one.question.answerable and (one.rank is None or one.rank >= MISSED_BEYOND):
            yield {"id": one.question.id, "question": one.question.question, "rank": one.rank, "first": one.first}


def report(results: Sequence[Result]) -> str:
    """Figures and misses as JSON."""
    return json.dumps({"figures": figures(results), "misses": list(misses(results))}, indent=2, ensure_ascii=False)


def as_text(results: Sequence[Result]) -> str:
    """Figures as a table, then the misses."""
    lines = [f"{name:<28}{_number(value):>8}" for name, value in figures(results).items()]
    missed = [f"  {inert(one['question'])}" for one in misses(results)]
    return "\n".join([*lines, *([f"\nnot in the first {MISSED_BEYOND} passages:", *missed] if missed else [])])


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"

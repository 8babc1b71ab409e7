"""How well the archive's questions are answered, on questions whose evidence is known.

A question line: ``{"id", "question", "answerable", "evidence": [{"article", "start", "end", "quote", "group"}],
"any_of"}``, in Unicode code points of the article's text; where ``start`` is missing, ``quote`` is looked up in it.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from index.errors import Invalid, NotFound
from index.folder import Index
from index.records import Article, Span
from service.ask import ask
from service.metrics import DEPTH, Place, Result, figures
from service.schemas import AskReply, AskRequest, complaints
from service.settings import Settings
from service.terminal import inert

MISSED_BEYOND = 3


class Evidence(BaseModel):
    article: str
    quote: str = ""
    start: int | None = None
    end: int | None = None
    group: str | int | None = None


class Question(BaseModel):
    question: Annotated[str, Field(min_length=1, max_length=2000)]
    id: str = ""
    answerable: bool = True
    evidence: list[Evidence] = []
    any_of: bool = False
    where: str = ""


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
        question = Question.model_validate_json(line)
    except ValidationError as fault:
        raise Invalid(f"{where}: {'; '.join(complaints(fault.errors()))}") from None
    if question.answerable != bool(question.evidence):
        raise Invalid(f"{where}: evidence: an answerable question needs some, another must have none")
    return question.model_copy(update={"where": where})


def evaluated(index: Index, settings: Settings, questions: Sequence[Question]) -> list[Result]:
    """Asks every question, for as many passages as are looked at.

    Raises:
        Invalid, NotFound: evidence is not where its question says; names the question's file and line.
    """
    groups = [_placed(question, index.article) for question in questions]
    requests = [AskRequest(question=question.question, top_k=DEPTH, writer="quotes") for question in questions]
    return [
        result(question, evidence, words(evidence, index.article), ask(index, settings, request))
        for question, evidence, request in zip(questions, groups, requests, strict=True)
    ]


def _placed(question: Question, article: Callable[[str], Article]) -> tuple[tuple[Place, ...], ...]:
    try:
        return grouped(question, article)
    except (Invalid, NotFound) as fault:
        raise type(fault)(f"{question.where}: {fault}" if question.where else str(fault)) from None


def grouped(question: Question, article: Callable[[str], Article]) -> tuple[tuple[Place, ...], ...]:
    """A question's evidence in groups, a piece without one being a group by itself.

    Raises:
        Invalid: its quote is not in its article.
        NotFound: there is no such article.
    """
    groups: defaultdict[object, list[Place]] = defaultdict(list)
    for number, piece in enumerate(question.evidence):
        groups[("alone", number) if piece.group is None else piece.group].append(locate(piece, article))
    return tuple(map(tuple, groups.values()))


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


def words(groups: tuple[tuple[Place, ...], ...], article: Callable[[str], Article]) -> tuple[str, ...]:
    """What each piece of evidence says."""
    return tuple(piece.span.of(article(piece.article).text) for group in groups for piece in group)


def result(question: Question, groups: tuple[tuple[Place, ...], ...], said: tuple[str, ...], reply: AskReply) -> Result:
    return Result(
        question=question.question,
        groups=groups,
        any_of=question.any_of,
        passages=tuple(Place(p.article.id, Span(p.start, p.end)) for p in reply.passages),
        highlights=tuple(
            tuple(Place(p.article.id, Span(lit.start, lit.end)) for lit in p.highlights) for p in reply.passages
        ),
        answerable=reply.answerable,
        confidence=reply.confidence,
        quoted=_quoted(reply),
        short=reply.answer.short.text if reply.answer and reply.answer.short else None,
        said=said,
    )


def _quoted(reply: AskReply) -> tuple[Place, ...] | None:
    if reply.answer is None:
        return None
    return tuple(Place(sentence.article, Span(sentence.start, sentence.end)) for sentence in reply.answer.sentences)


def misses(results: Sequence[Result]) -> Iterator[Mapping[str, Any]]:
    """The answerable questions whose evidence is not in the first passages, and where it was found."""
    for one in results:
        if one.groups and (one.rank is None or one.rank >= MISSED_BEYOND):
            yield {
                "question": one.question,
                "rank": one.rank,
                "evidence": [_shown(place) for place in one.evidence],
                "got": [_shown(place) for place in one.passages[:MISSED_BEYOND]],
            }


def _shown(place: Place) -> dict[str, Any]:
    return {"article": place.article, "start": place.span.start, "end": place.span.end}


def report(results: Sequence[Result]) -> str:
    """Figures and misses as JSON."""
    return json.dumps({"figures": figures(results), "misses": list(misses(results))}, indent=2, ensure_ascii=False)


def as_text(results: Sequence[Result]) -> str:
    """Figures as a table, then the misses."""
    lines = [f"{name:<40}{_number(value):>8}" for name, value in figures(results).items()]
    missed = [f"  {inert(one['question'])}" for one in misses(results)]
    return "\n".join([*lines, *([f"\nnot in the first {MISSED_BEYOND} passages:", *missed] if missed else [])])


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"

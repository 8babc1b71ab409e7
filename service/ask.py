"""STORY: question in, answer out, step by step. The same for HTTP, the command line and every chat tool."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from index import dates
from index.errors import Invalid, NotFound
from index.folder import Index
from index.records import Span
from index.search import Found, Hit, Question, Reading, search
from index.state import Status
from service.citing import passage_reply, quoted
from service.conversation.carrying import full
from service.feeds.reporting import summed_up
from service.reporting import reported
from service.schemas import (
    Answer,
    AskReply,
    AskRequest,
    Cited,
    PassageReply,
    RankedReply,
    ReadingReply,
    Sentence,
    State,
    Unsupported,
    Verdict,
)
from service.settings import Settings
from service.writing.quotes import by_period, otherwise, quotes
from service.writing.writer import Writer, as_quoted

ONLY_COLLECTION = "default"
ANSWERED: tuple[Verdict, ...] = ("answered", "partly_answered", "ambiguous")


@dataclass(frozen=True)
class Ranked:
    """The passages as ranking alone has them, while the first are still read: their order may yet change."""

    reply: RankedReply


@dataclass(frozen=True)
class Searched:
    """What was found and how well it answers: the whole reply but for its answer."""

    reply: AskReply


@dataclass(frozen=True)
class Said:
    """A sentence of the answer, fit to leave."""

    sentence: Sentence


@dataclass(frozen=True)
class Replied:
    reply: AskReply


Event = Ranked | Searched | Said | Replied


def ask(index: Index, settings: Settings, request: AskRequest) -> AskReply:
    """The whole reply; raises as `answering` does."""
    return next(event.reply for event in answering(index, settings, request) if isinstance(event, Replied))


def answering(index: Index, settings: Settings, request: AskRequest) -> Generator[Event, None, None]:
    """Searches, judges, writes, and tells of each: the passages, every sentence, the whole reply.

    Closing it stops the work.

    Raises:
        NotFound: no such collection.
        Invalid: a writer that is not set up.
    """
    began = perf_counter()
    _refuse(request, settings)
    question = _question(index, request)
    found = (yield from _searching(index, question, settings)) if request.stream else search(index, question)
    verdict = _verdict(index, question, found, settings.threshold)
    reply = _reply(request, found, verdict, settings)
    answer, reply = reply.answer, reply.model_copy(update={"answer": None})
    yield Searched(_timed(reply, began))
    if answer:
        with closing(_writer(settings, request, verdict)(reply, answer)) as writing:
            for step in writing:
                if isinstance(step, Sentence):
                    yield Said(step)
                else:
                    answer = step
    yield Replied(_timed(reply.model_copy(update={"answer": answer}), began))


def _searching(index: Index, question: Question, settings: Settings) -> Generator[Event, None, Found]:
    def searched(tell: Callable[[Event], None]) -> Found:
        def ranked(hits: Sequence[Hit]) -> None:
            tell(Ranked(RankedReply(passages=_passages(hits, settings.origin))))

        return search(index, question, ranked=ranked)

    return (yield from reported(searched))


def _refuse(request: AskRequest, settings: Settings) -> None:
    if request.collection != ONLY_COLLECTION:
        raise NotFound(f"collection: there is no {request.collection!r}; there is {ONLY_COLLECTION!r}")
    if request.writer == "model" and not settings.llm_url:
        raise Invalid("writer: 'model' is asked for, but no language model is set; allowed are 'none' and 'quotes'")


def _question(index: Index, request: AskRequest) -> Question:
    as_of = request.as_of or datetime.now(UTC).astimezone().date()
    return Question(
        text=full(request.question, [(turn.question, turn.answer or "") for turn in request.history], as_of),
        top_k=request.top_k,
        filters=request.filters.records(),
        as_of=as_of,
        effort=request.effort or ("careful" if index.reader else "fast"),
    )


def _writer(settings: Settings, request: AskRequest, verdict: Verdict) -> Writer:
    """A line for each of several periods, and what contradicts a question, are best quoted as they are."""
    if settings.llm_url is None or request.writer == "quotes" or verdict not in ("answered", "partly_answered"):
        return as_quoted
    # Only who has set a model waits for what it takes to hold it to its quotes.
    from service.writing.model import model_writer

    return model_writer(settings) or as_quoted


def _verdict(index: Index, question: Question, found: Found, threshold: float) -> Verdict:
    if found.contradiction and not found.readings:
        return "false_premise"
    if found.confidence >= threshold:
        return "ambiguous" if found.readings else "partly_answered" if found.unsupported else "answered"
    if found.on_other_days >= threshold:
        return "outside_dates"
    if question.filters.published and _answered_undated(index, question) >= threshold:
        return "outside_dates"
    return "not_in_archive"


def _answered_undated(index: Index, question: Question) -> float:
    """How sure the archive is of the question when its dates are left out; one passage suffices to know."""
    return search(index, replace(question, top_k=1, filters=replace(question.filters, published=None))).confidence


def _reply(request: AskRequest, found: Found, verdict: Verdict, settings: Settings) -> AskReply:
    """All but the time, with the quoted answer, which another writer may put in other words."""
    is_answered, is_denied = verdict in ANSWERED, verdict == "false_premise"
    passages = _passages(found.hits, settings.origin)
    readings = [_reading(reading, found) for reading in found.readings] if verdict == "ambiguous" else []
    unsupported = _unsupported(found) if verdict == "partly_answered" else []
    return AskReply(
        question=request.question,
        understood_as=found.understood_as,
        verdict=verdict,
        answerable=is_answered,
        confidence=found.confidence,
        answer=_answer(found, verdict, readings, unsupported) if request.writer != "none" else None,
        readings=readings,
        unsupported=unsupported,
        contradicted=_contradicted(found) if is_denied else None,
        passages=passages,
        applied_filters=_applied(request, found),
        index=state(found.status, settings),
        took_ms=0,
        steps_ms={step: round(ms, 2) for step, ms in found.took.items()} if request.debug else None,
    )


def _passages(hits: Sequence[Hit], origin: str) -> list[PassageReply]:
    return [passage_reply(number, hit, origin) for number, hit in enumerate(hits, start=1)]


def _timed(reply: AskReply, began: float) -> AskReply:
    return reply.model_copy(update={"took_ms": round(1e3 * (perf_counter() - began), 2)})


def _answer(
    found: Found, verdict: Verdict, readings: list[ReadingReply], unsupported: list[Unsupported]
) -> Answer | None:
    if verdict == "false_premise" and found.contradiction:
        return otherwise(_sentence(found.contradiction.hit, found.contradiction.sentence, found))
    if verdict not in ANSWERED:
        return None
    if readings:
        return by_period(readings)
    said = [_sentence(one.hit, one.sentence, found) for one in found.statements]
    return quotes(said, _short(found), unsupported)


def _short(found: Found) -> Cited | None:
    if found.short is None:
        return None
    at = found.short.hit
    return Cited(**quoted(found.hits[at].article, found.short.sentence).model_dump(), citation=at + 1)


def _sentence(hit: int, sentence: Span, found: Found) -> Sentence:
    article = found.hits[hit].article
    return Sentence(**quoted(article, sentence).model_dump(), citation=hit + 1, article=article.id)


def _reading(reading: Reading, found: Found) -> ReadingReply:
    return ReadingReply(
        **_sentence(reading.hit, reading.sentence, found).model_dump(),
        period=dates.spell(reading.period),
        first=reading.period.first,
        last=reading.period.last,
    )


def _unsupported(found: Found) -> list[Unsupported]:
    asked = found.understood_as
    return [Unsupported(start=span.start, end=span.end, text=span.of(asked)) for span in found.unsupported]


def _contradicted(found: Found) -> Unsupported | None:
    span = found.contradiction and found.contradiction.span
    return Unsupported(start=span.start, end=span.end, text=span.of(found.understood_as)) if span else None


def _applied(request: AskRequest, found: Found) -> dict[str, Any]:
    filters = request.filters.model_dump(exclude_none=True)
    return {**filters, "undated_left_out": found.undated} if request.filters.published else filters


def state(status: Status, settings: Settings) -> State:
    return State(
        generation=status.generation,
        articles=status.articles,
        passages=status.passages,
        newest_published_at=status.newest_published_at,
        feeds=summed_up(settings),
    )

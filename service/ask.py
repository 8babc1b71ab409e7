"""STORY: question in, answer out. The same for HTTP, the command line and every chat tool."""

from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from urllib.parse import quote

from index import dates
from index.errors import FolderDamaged, Invalid, NotFound
from index.folder import Citation, Index, Whereabouts
from index.records import Article, Passage, Span
from index.search import Found, Hit, Question, Reading, search
from index.view import Status
from service.schemas import (
    Answer,
    ArticleHead,
    AskReply,
    AskRequest,
    CitationReply,
    Cited,
    PassageReply,
    Quote,
    QuoteNow,
    ReadingReply,
    Sentence,
    State,
    Unsupported,
    Verdict,
)
from service.settings import Settings
from service.writing.quotes import by_period, quotes

ONLY_COLLECTION = "default"
ANSWERED: tuple[Verdict, ...] = ("answered", "partly_answered", "ambiguous")


def ask(index: Index, settings: Settings, request: AskRequest) -> AskReply:
    """Searches, judges, writes.

    Raises:
        NotFound: no such collection.
        Invalid: a writer that is not set up.
    """
    began = perf_counter()
    _refuse(request)
    question = _question(index, request)
    found = search(index, question)
    verdict = _verdict(index, question, found, settings.threshold)
    is_answered = verdict in ANSWERED
    passages = [_passage(number, hit, settings.origin) for number, hit in enumerate(found.hits, start=1)]
    readings = [_reading(reading, found) for reading in found.readings] if verdict == "ambiguous" else []
    unsupported = _unsupported(found) if verdict == "partly_answered" else []
    return AskReply(
        question=request.question,
        understood_as=found.understood_as,
        verdict=verdict,
        answerable=is_answered,
        confidence=found.confidence,
        answer=_answer(found, passages, readings, unsupported) if is_answered and request.writer != "none" else None,
        readings=readings,
        unsupported=unsupported,
        passages=passages,
        applied_filters=_applied(request, found),
        index=state(found.status),
        took_ms=round(1e3 * (perf_counter() - began), 2),
    )


def cite(citation: Citation, origin: str) -> CitationReply:
    article, passage = citation.article, citation.passage
    return CitationReply(
        id=passage.id(article),
        current=citation.current,
        state=citation.state,
        **_quote(article, passage.span).model_dump(),
        side_story=passage.side_story,
        page=page_at(article, passage.span.start),
        article=_head(article, passage),
        link=link(article, origin),
        now=citation.now and _now(citation.now, passage, origin),
    )


def _now(now: Whereabouts, cited: Passage, origin: str) -> QuoteNow:
    article = now.article
    return QuoteNow(
        **_quote(article, now.span).model_dump(),
        passage=now.passage and now.passage.id(article),
        page=page_at(article, now.span.start),
        article=_head(article, now.passage or cited),
        link=link(article, origin),
    )


def _refuse(request: AskRequest) -> None:
    if request.collection != ONLY_COLLECTION:
        raise NotFound(f"collection: there is no {request.collection!r}; there is {ONLY_COLLECTION!r}")
    if request.writer == "model":
        raise Invalid("writer: 'model' is asked for, but no language model is set; allowed are 'none' and 'quotes'")


def _question(index: Index, request: AskRequest) -> Question:
    return Question(
        text=request.question,
        top_k=request.top_k,
        filters=request.filters.records(),
        as_of=request.as_of or datetime.now(UTC).astimezone().date(),
        effort=request.effort or ("careful" if index.reader else "fast"),
    )


def _verdict(index: Index, question: Question, found: Found, threshold: float) -> Verdict:
    if found.confidence >= threshold:
        return "ambiguous" if found.readings else "partly_answered" if found.unsupported else "answered"
    if question.filters.published and _answered_undated(index, question) >= threshold:
        return "outside_dates"
    return "not_in_archive"


def _answered_undated(index: Index, question: Question) -> float:
    """How sure the archive is of the question when its dates are left out; one passage suffices to know."""
    return search(index, replace(question, top_k=1, filters=replace(question.filters, published=None))).confidence


def _answer(
    found: Found, passages: list[PassageReply], readings: list[ReadingReply], unsupported: list[Unsupported]
) -> Answer | None:
    if readings:
        return by_period(readings)
    by_part = [_sentence(one.hit, one.sentence, found) for one in found.statements]
    answer = quotes(passages, by_part, unsupported)
    return answer.model_copy(update={"short": _short(found)}) if answer and not by_part else answer


def _short(found: Found) -> Cited | None:
    if found.short is None:
        return None
    return Cited(**_quote(found.hits[0].article, found.short).model_dump(), citation=1)


def _sentence(hit: int, sentence: Span, found: Found) -> Sentence:
    article = found.hits[hit].article
    return Sentence(**_quote(article, sentence).model_dump(), citation=hit + 1, article=article.id)


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


def _passage(number: int, hit: Hit, origin: str) -> PassageReply:
    article, passage = hit.article, hit.passage
    return PassageReply(
        citation=number,
        id=hit.id,
        score=hit.score,
        **_quote(article, passage.span).model_dump(),
        side_story=passage.side_story,
        page=page_at(article, passage.span.start),
        highlights=[_quote(article, highlight) for highlight in hit.highlights],
        also_in=[_head(other, passage) for other in hit.also_in],
        article=_head(article, passage),
        link=link(article, origin),
    )


def _quote(article: Article, span: Span) -> Quote:
    """What the article says there. Its text is read anew: a quote can't differ from what it quotes."""
    if not 0 <= span.start < span.end <= len(article.text):
        raise FolderDamaged(
            f"article {article.id!r} has no characters {span.start} to {span.end}: footnote reindex mends it"
        )
    return Quote(start=span.start, end=span.end, text=span.of(article.text))


def page_at(article: Article, at: int) -> int | None:
    """The number, from 1, of the page on which a character stands, by ``metadata.pages``; None where there are none."""
    starts = article.metadata.get("pages")
    if not isinstance(starts, list) or not starts or not all(type(start) is int for start in starts):
        return None
    return bisect_right(starts, at) if starts[0] <= at and starts == sorted(starts) else None


def _head(article: Article, passage: Passage) -> ArticleHead:
    """A side story stands in the same file, but the article's date is not its own."""
    return ArticleHead(
        id=article.id,
        title=article.title,
        source=article.source,
        author=article.author,
        url=article.url,
        published_at=None if passage.side_story else article.published_at,
        date_basis=None if passage.side_story else article.date_basis,
        sha256=article.sha256,
    )


def link(article: Article, origin: str) -> str:
    """Where a reader can check: the article at its publisher, else its page here."""
    return article.url if article.url and is_web_address(article.url) else origin + page_path(article.id)


def is_web_address(url: str | None) -> bool:
    """Articles are hostile: javascript: and the like must never become a link."""
    return url is not None and url.startswith(("https://", "http://"))


def page_path(id: str) -> str:
    return f"/articles/{quote(id)}"


def _applied(request: AskRequest, found: Found) -> dict[str, Any]:
    filters = request.filters.model_dump(exclude_none=True)
    return {**filters, "undated_left_out": found.undated} if request.filters.published else filters


def state(status: Status) -> State:
    return State(
        generation=status.generation,
        articles=status.articles,
        passages=status.passages,
        newest_published_at=status.newest_published_at,
    )

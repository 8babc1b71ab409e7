"""An article as it is read from a citation: at its place, with what became of the words, and ready to be cited."""

from typing import NamedTuple

from pydantic import BaseModel

from index.records import Article, DateBasis, Passage, Span
from index.whereabouts import Citation
from service.chat.markdown import escaped, linked
from service.citing import is_web_address, page_at, page_path
from service.page.fragment import at_place
from service.terminal import inert
from service.writing.words import Segment, dated, segments

AS_CITED = "This is the article as it was when it was cited. It has changed since."
MOVED = "The article has changed since this was cited. The words now stand elsewhere in it."
SUPERSEDED = "The article has changed since this was cited, and no longer says this:"
ELLIPSIS = " […] "


class Part(BaseModel):
    text: str
    marked: bool


class Reading(BaseModel):
    """The text is ``before``, the passage's parts, and ``after``; without a passage it is all in ``before``.

    ``notice`` says in words what became of the citation, ``earlier`` is what was cited where it stands no longer,
    ``as_cited`` the address of the text that has it. ``publisher`` is where the article came from, at the place.
    ``quote`` and ``markdown`` are the cited words with their source.
    """

    title: str
    source: str | None
    author: str | None
    published_at: str | None
    date_basis: DateBasis | None
    page: int | None
    side_story: bool
    before: str
    passage: list[Part]
    after: str
    notice: str
    earlier: str | None
    as_cited: str | None
    publisher: str | None
    quote: str | None
    markdown: str | None


class _Place(NamedTuple):
    """A passage in one version of its article, and what is marked there."""

    article: Article
    span: Span
    marks: tuple[Span, ...]
    side_story: bool


def at_range(article: Article, place: Span, origin: str) -> Reading:
    """The article with a stretch of it marked; a stretch that it does not have marks nothing."""
    is_there = place.start < place.end <= len(article.text)
    return _reading(_Place(article, place if is_there else Span(0, 0), (place,) if is_there else (), False), origin)


def at_citation(citation: Citation, marks: tuple[Span, ...], origin: str, *, as_cited: bool) -> Reading:
    """The article at a passage, as it is now or, ``as_cited``, as it was then; with those of ``marks`` inside it."""
    cited = citation.passage
    inside = tuple(sorted(mark for mark in marks if cited.span.start <= mark.start < mark.end <= cited.span.end))
    then = _Place(citation.article, cited.span, inside or (cited.span,), cited.side_story)
    if citation.current:
        return _reading(then, origin)
    if as_cited:
        return _reading(then, origin).model_copy(update={"notice": AS_CITED})
    return _reading(_now(citation, then), origin).model_copy(update=_became(citation, then))


def _now(citation: Citation, then: _Place) -> _Place:
    now = citation.now
    if now is None:
        return _Place(then.article, then.span, then.marks, then.side_story)
    found = now.passage or citation.passage
    if citation.state == "superseded":
        return _Place(now.article, now.span, (now.span,), found.side_story)
    marks = tuple(_moved(mark.of(then.article.text), now.article, now.span) for mark in then.marks)
    return _Place(now.article, now.span, tuple(mark for mark in marks if mark) or (now.span,), found.side_story)


def _moved(words: str, article: Article, span: Span) -> Span | None:
    start = article.text.find(words, *span)
    return Span(start, start + len(words)) if start >= 0 else None


def _became(citation: Citation, then: _Place) -> dict[str, str | None]:
    address = place_path(citation.article, citation.passage, then.marks, as_cited=True)
    if citation.state == "superseded":
        if citation.now is None:
            return {"notice": AS_CITED}
        return {"notice": SUPERSEDED, "earlier": _quote(then), "as_cited": address}
    return {"notice": MOVED if citation.state == "moved" else "", "as_cited": address}


def place_path(article: Article, passage: Passage, marks: tuple[Span, ...], *, as_cited: bool = False) -> str:
    return place(article.id, passage.id(article), marks, as_cited=as_cited)


def place(article: str, passage: str, marks: tuple[Span, ...], *, as_cited: bool = False) -> str:
    """The page here of an article at one of its passages."""
    fields = [f"passage={passage}", *(f"mark={mark.start}-{mark.end}" for mark in marks), *["as=cited"] * as_cited]
    return f"{page_path(article)}?{'&'.join(fields)}#cited"


def _reading(at: _Place, origin: str) -> Reading:
    article, (start, end) = at.article, at.span
    marks = [Span(mark.start - start, mark.end - start) for mark in at.marks]
    passage = list(segments(at.span.of(article.text), marks)) if at.marks else []
    publisher = article.url if is_web_address(article.url) else None
    if publisher and at.marks:
        publisher = at_place(publisher, article.text, at.marks[0])
    reading = Reading(
        title=article.title,
        source=article.source,
        author=article.author,
        published_at=None if at.side_story else article.published_at,
        date_basis=None if at.side_story else article.date_basis,
        page=page_at(article, start) if at.marks else None,
        side_story=at.side_story,
        before=article.text[: start if passage else None],
        passage=[_part(one) for one in passage],
        after=article.text[end:] if passage else "",
        notice="",
        earlier=None,
        as_cited=None,
        publisher=publisher,
        quote=None,
        markdown=None,
    )
    return _with_quotes(reading, at, publisher or origin + page_path(article.id)) if passage else reading


def _part(segment: Segment) -> Part:
    return Part(text=segment.text, marked=segment.marked)


def _quote(at: _Place) -> str:
    return ELLIPSIS.join(inert(mark.of(at.article.text)) for mark in at.marks)


def _with_quotes(reading: Reading, at: _Place, link: str) -> Reading:
    quote = _quote(at)
    date = dated(reading.published_at, reading.date_basis)
    about = [reading.author, reading.source, date, f"page {reading.page}" if reading.page else ""]
    said = [inert(part) for part in about if part]
    plain = f"“{quote}”\n{', '.join([inert(reading.title), *said])}\n{link}"
    markdown = f"> {escaped(quote)}\n>\n> {', '.join([linked(reading.title, link), *map(escaped, said)])}"
    return reading.model_copy(update={"quote": plain, "markdown": markdown})

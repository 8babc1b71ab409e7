"""The addresses that people open: the question box with what was found, and an article."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field

from index.errors import FootnoteError, NotFound
from index.records import Span
from service.api import index_of, settings_of
from service.ask import ask, state
from service.auth import may_ask
from service.faults import meaning
from service.page import reading
from service.page.look import Look, chosen, look
from service.page.reading import Reading
from service.page.rendering import failed, proof, refused, render, sentence
from service.schemas import AskReply, State, asked

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

# So many headlines are offered where no questions are set, none longer than fits two lines.
HEADLINES, LONGEST = 4, 140
MOST_MARKS = 50
# What ask.js loads: named in the page, so that a browser asks for all at once.
MODULES = (
    "ask.js",
    "box.js",
    "copying.js",
    "dom.js",
    "keeping.js",
    "keys.js",
    "reading.js",
    "results.js",
    "stream.js",
    "words.js",
)
FIELDS = {
    "question": "The question",
    "filters.published_after": "From",
    "filters.published_before": "To",
    "filters.source": "Publishers",
    "filters.tags": "Tags",
}
_SENT = re.compile(r" \(got .*\)$", re.DOTALL)


class Asked(BaseModel):
    """What the address says: a question, and which articles may answer."""

    q: str = ""
    source: list[str] = []
    tag: list[str] = []
    after: str = ""
    before: str = ""

    @property
    def filters(self) -> dict[str, Any]:
        given = {
            "source": self.source,
            "tags": self.tag,
            "published_after": self.after.strip(),
            "published_before": self.before.strip(),
        }
        return {name: value or None for name, value in given.items()}


class Place(BaseModel):
    """Where in an article: a passage by its name, and what is marked in it; or else a range of characters."""

    passage: str = Field("", max_length=64)
    mark: list[Annotated[str, Field(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$")]] = Field([], max_length=MOST_MARKS)
    as_: str = Field("", alias="as")
    start: int = Field(0, ge=0)
    end: int = Field(0, ge=0)

    @property
    def marks(self) -> tuple[Span, ...]:
        return tuple(Span(*map(int, one.split("-"))) for one in self.mark)


@router.get("/")
def home(request: Request, what: Annotated[Asked, Query()]) -> Response:
    try:
        may_ask(request)
        return _ask_page(request, what, reply=_reply(request, what))
    except HTTPException as refusal:
        return refused(request, refusal)
    except FootnoteError as fault:
        return _ask_page(request, what, meaning(fault).status, problem=_plainly(str(fault)))


@router.get("/articles/{id:path}")
def article(request: Request, id: str, place: Annotated[Place, Query()]) -> Response:
    try:
        may_ask(request)
        found = _read(request, id, place)
    except HTTPException as refusal:
        return refused(request, refusal)
    except FootnoteError as fault:
        return failed(request, fault)
    first = next((number for number, part in enumerate(found.passage) if part.marked), 0)
    return render(request, "article.html", reading=found, first=first)


@router.get("/page/reading/{id:path}", response_class=JSONResponse, dependencies=[Depends(may_ask)])
def read(request: Request, id: str, place: Annotated[Place, Query()]) -> Reading:
    """For the page's own script: what `article` shows."""
    return _read(request, id, place)


def _read(request: Request, id: str, place: Place) -> Reading:
    index, origin = index_of(request), settings_of(request).origin
    if not place.passage:
        return reading.at_range(index.article(id), Span(place.start, place.end), origin)
    citation = index.citation(place.passage)
    if citation.article.id != id:
        raise NotFound(f"article {id!r} has no passage {place.passage!r}")
    return reading.at_citation(citation, place.marks, origin, as_cited=place.as_ == "cited")


def _reply(request: Request, what: Asked) -> AskReply | None:
    if not what.q.strip():
        return None
    return ask(index_of(request), settings_of(request), asked(what.q, filters=what.filters))


def _ask_page(
    request: Request, what: Asked, status: int = 200, reply: AskReply | None = None, problem: str = ""
) -> Response:
    settings, shows_archive = settings_of(request), not what.q.strip() and not problem
    archive = _archive(request) if shows_archive else None
    return render(
        request,
        "ask.html",
        status,
        question=what.q,
        filters=what.filters,
        look=_look(request, reply),
        reply=reply,
        problem=problem,
        archive=archive,
        settled=bool(settings.examples),
        examples=settings.examples or (_headlines(request) if archive else ()),
        csrf=proof(request),
        modules=MODULES,
    )


def _plainly(fault: str) -> str:
    """A fault of the interface in the words of the page: its fields' names, and no value twice."""
    field, colon, words = _SENT.sub("", fault).partition(": ")
    return sentence(f"{FIELDS[field]}: {words}" if colon and field in FIELDS else fault)


def _look(request: Request, reply: AskReply | None) -> Look | None:
    try:
        return look(request, chosen(request), reply)
    except FootnoteError:
        return None


def _archive(request: Request) -> State | None:
    """What the archive holds; None while it is being opened: the box can be shown meanwhile."""
    try:
        return state(index_of(request).status(), settings_of(request))
    except FootnoteError:
        return None


def _headlines(request: Request) -> Sequence[str]:
    return [title for title in index_of(request).newest(HEADLINES) if len(title) <= LONGEST]

"""How the pages are made: templates, what every page shows, and the page of what went wrong."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from index import dates
from index.errors import FootnoteError
from index.records import Span
from service import session
from service.auth import scopes
from service.citing import page_path
from service.faults import meaning
from service.page import reading
from service.page.assets import WORDS
from service.schemas import AskReply, PassageReply
from service.writing.words import Segment, emphasised, highlighted, segments

TITLES = {
    401: "A key is needed",
    403: "Not allowed",
    404: "Nothing here",
    422: "That can’t be asked",
    429: "Too many requests",
    503: "Not ready yet",
}


def spelled(published_at: str) -> str:
    return dates.spell(dates.parse(published_at))


def moment(at: str) -> str:
    """A time of UTC to the minute, as people read it."""
    when = datetime.fromisoformat(at)
    return f"{when.day} {when:%b %Y, %H:%M}"


def sentence(words: str) -> str:
    """A fault's words, which run on from a name, as a sentence of their own."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?", "…")) else ".")


def _place(passage: PassageReply) -> str:
    """The passage in its article's page here, with what answers in it."""
    marks = tuple(Span(quote.start, quote.end) for quote in passage.highlights)
    return reading.place(passage.article.id, passage.id, marks)


def _noted(reply: AskReply, citation: int) -> int:
    """The number of the first sentence that cites a passage, 0 where none does."""
    said = reply.readings or (reply.answer.sentences if reply.answer else [])
    return next((number for number, one in enumerate(said, start=1) if one.citation == citation), 0)


def _plain(text: str) -> list[Segment]:
    return list(segments(text, []))


# Articles are hostile until escaped: autoescape stays on, and no template may say `safe`.
templates = Environment(
    loader=PackageLoader("service.page", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals.update(
    emphasised=emphasised,
    highlighted=highlighted,
    moment=moment,
    noted=_noted,
    page_path=page_path,
    place=_place,
    plain=_plain,
    segments=segments,
    spelled=spelled,
    **WORDS,
)


def render(request: Request, name: str, status: int = 200, **context: Any) -> Response:
    """A page, with what its head says to whoever asks for it."""
    headers: Mapping[str, str] = {"Retry-After": "1"} if status == 503 else {}
    context = {"may": allowed(request), "here": request.url.path} | context
    return HTMLResponse(templates.get_template(name).render(**context), status, headers=dict(headers))


def allowed(request: Request) -> frozenset[str]:
    """What a reader may do; nothing is said of it on a page that is a form's reply."""
    return scopes(request) if request.method in session.READING else frozenset()


def proof(request: Request) -> str:
    """What the forms of a page made for this request must send along."""
    held = session.held(request)
    return session.token(held) if held else ""


def failed(request: Request, fault: FootnoteError) -> Response:
    return problem(request, meaning(fault).status, str(fault))


def refused(request: Request, refusal: HTTPException) -> Response:
    if refusal.status_code == 401:
        reply = sign_in(request, 401, refusal.detail)
    else:
        reply = problem(request, refusal.status_code, refusal.detail)
    reply.headers.update(refusal.headers or {})
    return reply


def problem(request: Request, status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    title = TITLES.get(status, HTTPStatus(status).phrase)
    reply = render(request, "problem.html", status, title=title, problem=sentence(words))
    reply.headers.update(headers or {})
    return reply


def sign_in(request: Request, status: int, words: str = "", to: str = "") -> Response:
    """Asks for a key; who shows a good one comes to ``to``, or to where they were."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    to = to or (asked if request.method == "GET" else "/keep")
    return unstored(render(request, "sign_in.html", status, problem=words and sentence(words), to=to))


def unstored(reply: Response) -> Response:
    reply.headers["Cache-Control"] = "no-store"
    return reply

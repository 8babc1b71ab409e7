"""The addresses that people open: the question box, an article, and how they look."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from index.errors import FootnoteError
from index.records import Span
from service.api import index_of, settings_of
from service.ask import ask
from service.auth import may_ask
from service.citing import is_web_address, page_path
from service.faults import meaning
from service.schemas import AskReply, PassageReply, asked
from service.writing.words import TAKEN, UNSAID, VERDICTS, dated, emphasised, highlighted, segments

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def _place(passage: PassageReply) -> str:
    """The passage in its article's page here."""
    return f"{page_path(passage.article.id)}?start={passage.start}&end={passage.end}#cited"


# Articles are hostile until escaped: autoescape stays on, and no template may say `safe`.
templates = Environment(
    loader=PackageLoader("service.page", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals.update(
    dated=dated,
    emphasised=emphasised,
    highlighted=highlighted,
    place=_place,
    segments=segments,
    taken=TAKEN,
    unsaid=UNSAID,
    verdicts=VERDICTS,
)


@router.get("/")
def home(request: Request, q: str = "") -> Response:
    try:
        may_ask(request)
        return render("ask.html", question=q, reply=_reply(request, q), problem="")
    except HTTPException as refusal:
        return _refused(refusal)
    except FootnoteError as fault:
        return render("ask.html", meaning(fault).status, question=q, reply=None, problem=str(fault))


@router.get("/articles/{id:path}")
def article(
    request: Request,
    id: str,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    try:
        may_ask(request)
        found = index_of(request).article(id)
    except HTTPException as refusal:
        return _refused(refusal)
    except FootnoteError as fault:
        return render("problem.html", meaning(fault).status, problem=str(fault))
    parts = segments(found.text, [Span(start, end)])
    return render("article.html", article=found, parts=parts, url=found.url if is_web_address(found.url) else None)


@router.get("/style.css")
def style() -> Response:
    css = files("service.page").joinpath("style.css").read_bytes()
    return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=300"})


def _reply(request: Request, question: str) -> AskReply | None:
    return ask(index_of(request), settings_of(request), asked(question)) if question.strip() else None


def _refused(refusal: HTTPException) -> Response:
    reply = render("problem.html", refusal.status_code, problem=refusal.detail)
    reply.headers.update(refusal.headers or {})
    return reply


def render(name: str, status: int = 200, **context: Any) -> Response:
    headers: Mapping[str, str] = {"Retry-After": "1"} if status == 503 else {}
    return HTMLResponse(templates.get_template(name).render(**context), status, headers=dict(headers))

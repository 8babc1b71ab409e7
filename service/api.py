"""The HTTP interface, as the contract has it: each handler unwraps, calls, wraps."""

import json
from concurrent.futures import Future
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from index.articles import from_json, to_json
from index.errors import Invalid
from index.folder import Index
from index.ingest import put
from index.records import FileState
from service import schemas
from service.ask import answering, ask, state
from service.auth import let_in
from service.citing import cite
from service.faults import PROBLEM_JSON, NotReady
from service.feeds.reporting import all_of
from service.ledger import page
from service.settings import Settings
from service.streaming import Streamed, begun, frames

router = APIRouter()


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def index_of(request: Request) -> Index:
    """The open index.

    Raises:
        NotReady: it is still being opened, or can't be.
    """
    return ready(request.app.state.opened)


def ready(opened: "Future[Index]") -> Index:
    """The index once it is open; raises as `index_of`."""
    if not opened.done():
        raise NotReady("the model and the index are being opened")
    if fault := opened.exception():
        raise NotReady(f"the index can't be opened: {fault}") from fault
    return opened.result()


# Handlers get these in the event loop: what takes no time needs no thread.
async def _opened(request: Request) -> Index:
    return index_of(request)


async def _set(request: Request) -> Settings:
    return settings_of(request)


Opened = Annotated[Index, Depends(_opened)]
Set = Annotated[Settings, Depends(_set)]
MayAsk, MayWrite = Depends(let_in("ask")), Depends(let_in("write"))


async def _sent(request: Request, _: Annotated[None, MayWrite]) -> bytes:
    """The body, read by this name so that nobody's is read before they may write."""
    return await request.body()


Sent = Annotated[bytes, Depends(_sent)]

# What asking and writing are refused with: no key, one that does not allow it, too many requests.
REFUSED = (401, 403, 429)
EVERYWHERE = (414, 422, 431, 503)
# And what is sent: too slowly, too much, as something else.
SENT = (408, 413, 415)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: which errors an address has, beside those of every request."""
    content = {PROBLEM_JSON: {"schema": schemas.PROBLEM}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content} for status in (*statuses, *EVERYWHERE)
    }


@router.post(
    "/v1/ask",
    dependencies=[MayAsk],
    response_model=schemas.AskReply,
    responses={200: {"content": schemas.EVENTS}, **problems(*REFUSED, *SENT, 404)},
    summary="Ask the archive",
)
def answer(asked: schemas.AskRequest, index: Opened, settings: Set) -> Response:
    if asked.stream:
        return Streamed(frames(begun(answering(index, settings, asked))), settings.longest)
    # Written here: FastAPI would check a reply that is made of its own model, in one more thread.
    return Response(ask(index, settings, asked).model_dump_json(), media_type="application/json")


@router.get("/v1/articles", dependencies=[MayAsk], responses=problems(*REFUSED), summary="List the articles, by id")
def articles(
    index: Opened,
    cursor: Annotated[str, Query(max_length=1000, description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> schemas.ArticlesReply:
    # One more than asked for tells whether there is a next page.
    listed = index.articles(cursor, limit + 1)
    shown = [
        schemas.ArticleListed(**to_json(article, text=False) | {"sha256": sha256, "damaged": not sha256})
        for article, sha256 in listed[:limit]
    ]
    return schemas.ArticlesReply(articles=shown, next=shown[-1].id if len(listed) > limit else None)


@router.get(
    "/v1/articles/{id:path}",
    response_model=schemas.ArticleReply,
    dependencies=[MayAsk],
    responses=problems(*REFUSED, 404),
    summary="One article, with its text",
)
def article(id: str, index: Opened) -> Response:
    return JSONResponse(to_json(index.article(id), text=True))


@router.put(
    "/v1/articles/{id:path}",
    response_model=schemas.Written,
    responses={201: {"model": schemas.Written, "description": "Added"}, **problems(*REFUSED, *SENT)},
    summary="Add an article, or replace it",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": schemas.ARTICLE}}}},
)
def write(id: str, body: Sent, index: Opened, settings: Set) -> Response:
    article = from_json(_fields(id, body), max_characters=settings.max_characters)
    outcome = put(index, article)
    written = schemas.Written(id=article.id, outcome=outcome, sha256=article.sha256)
    return JSONResponse(written.model_dump(), 201 if outcome == "added" else 200)


@router.delete(
    "/v1/articles/{id:path}",
    status_code=204,
    dependencies=[MayWrite],
    responses=problems(*REFUSED, 404),
    summary="Remove an article, with its earlier versions",
)
def remove(id: str, index: Opened) -> None:
    index.delete(id)


@router.get(
    "/v1/sources",
    # Paths of this machine, and reasons that may quote what did not go in, are for those who bring files.
    dependencies=[MayWrite],
    responses=problems(*REFUSED),
    summary="List the files that were brought, and what became of each",
)
def sources(
    index: Opened,
    settings: Set,
    state: FileState | None = None,
    cursor: Annotated[int, Query(ge=0, lt=2**63, description="`next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> schemas.SourcesReply:
    feeds = [] if cursor else all_of(settings).feeds
    return page(index.files(cursor, limit + 1, state), limit).model_copy(update={"feeds": feeds})


@router.get(
    "/v1/feeds",
    # Addresses may hold what only their subscribers know.
    dependencies=[MayWrite],
    responses=problems(*REFUSED),
    summary="List the sources that are watched, and how fresh each is",
)
def feeds(settings: Set) -> schemas.FeedsReply:
    return all_of(settings)


@router.get(
    "/v1/citations/{id}",
    dependencies=[MayAsk],
    responses=problems(*REFUSED, 404),
    summary="A passage by the id that a reply gave it",
)
def citation(id: str, index: Opened, settings: Set) -> schemas.CitationReply:
    return cite(index.citation(id), settings.origin)


@router.get("/healthz", summary="Whether the process lives")
async def healthz() -> schemas.Alive:
    return schemas.Alive()


@router.get("/readyz", responses=problems(), summary="Whether it can answer, and from what")
def readyz(index: Opened, settings: Set) -> schemas.Ready:
    making = [schemas.Rebuilding(done=one.done, articles=one.articles) for one in index.unfinished()]
    now, damaged = state(index.status(), settings).model_dump(), len(index.damage)
    return schemas.Ready(**now, rebuilding=making[-1] if making else None, damaged=damaged)


def _fields(id: str, body: bytes) -> dict[str, Any]:
    """The article's fields as they were sent, under the id of the address."""
    fields = _object(body)
    if fields.get("id", id) != id:
        raise Invalid(f"id: the body says {fields['id']!r}, the address {id!r}")
    return {**fields, "id": id}


def _object(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    # Beside malformed JSON: bytes that are no UTF-8, numbers of too many digits, arrays nested too deep.
    except (ValueError, RecursionError) as fault:
        raise Invalid(f"the body is not JSON: {fault}") from fault
    if not isinstance(fields, dict):
        raise Invalid(f"the body must be a JSON object, not {type(fields).__name__}")
    return fields

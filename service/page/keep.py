"""Keeping the archive, for those who may: what came in and what became of it, what is kept, and keys."""

from time import time
from typing import Annotated, Any, get_args

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from index.errors import FootnoteError
from index.records import FileState
from service import session
from service.api import index_of
from service.auth import scopes, signed_in
from service.citing import page_path
from service.feeds.remembered import Remembered
from service.intake import jobs
from service.keyholders import keys_of, shown
from service.keys import SCOPES
from service.ledger import page
from service.page.kept import answers_of
from service.page.rendering import failed, render, sign_in, unstored
from service.page.watched import watched

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

JOBS, FILES, ARTICLES, ANSWERS = 10, 50, 25, 25


@router.get("/keep")
def keep(
    request: Request,
    state: FileState | None = None,
    file: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    article: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    try:
        return keeping(request, state, file, article)
    except FootnoteError as fault:
        return failed(request, fault)


def keeping(
    request: Request,
    state: FileState | None = None,
    file: int = 0,
    article: str = "",
    proof: str | None = None,
    **more: Any,
) -> Response:
    """The page, or where a key is shown that may do this."""
    may = scopes(request, proof)
    if not may & {"write", "admin"}:
        return _closed(request)
    held = session.held(request)
    context: dict[str, Any] = {"may": may, "csrf": session.token(held) if held else "", "signed_in": bool(held)}
    context |= {"state": state, "states": get_args(FileState), "all_scopes": SCOPES, "made": None}
    context |= _brought(request, state, file, article) if "write" in may else {}
    keys = [shown(key) for key in reversed(keys_of(request).all())] if "admin" in may else []
    return unstored(render(request, "keep.html", **context | {"keys": keys} | more))


def _brought(request: Request, state: FileState | None, file: int, article: str) -> dict[str, Any]:
    index = index_of(request)
    listed = index.articles(article, ARTICLES + 1)
    return {
        "jobs": jobs(index, limit=JOBS).jobs,
        "files": page(index.files(file, FILES + 1, state), FILES),
        "articles": [(one, page_path(one.id)) for one, _ in listed[:ARTICLES]],
        "next_article": listed[ARTICLES - 1][0].id if len(listed) > ARTICLES else None,
        "answers": answers_of(request).latest(ANSWERS),
        "watched": watched(Remembered(request.app.state.database).feeds(), time()),
    }


def _closed(request: Request) -> Response:
    """A key that is good for asking stays; one that opens nothing any more is let go."""
    held = session.held(request)
    if not held:
        return sign_in(request, 200)
    try:
        name = signed_in(request, held).name
    except HTTPException as refusal:
        reply = sign_in(request, 200, refusal.detail)
        session.let_go(reply)
        return reply
    return sign_in(request, 200, f"The key {name!r} may ask, but not keep the archive: show another")

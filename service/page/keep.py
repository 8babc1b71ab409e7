"""Keeping the archive, for those who may: what came in, bringing files, deleting articles, and keys."""

from collections.abc import Callable
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from index.errors import FootnoteError, Invalid
from index.records import FileState
from service import schemas, session
from service.api import index_of
from service.auth import admitted, bearer, scopes, signed_in
from service.citing import page_path
from service.faults import meaning
from service.intake import jobs
from service.keyholders import keys_of, made, shown
from service.keys import SCOPES, Scope
from service.ledger import page
from service.page.pages import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

JOBS, FILES, ARTICLES = 10, 50, 25
FORM_BYTES = 65_536
FORM = "application/x-www-form-urlencoded"


async def _fields(request: Request) -> FormData:
    said = request.headers.get("content-length", "")
    if not said.isdecimal() or int(said) > FORM_BYTES:
        raise HTTPException(413, f"the form has more than {FORM_BYTES} bytes, or does not say how many")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415, f"the form must be {FORM}")
    return await request.form()


Fields = Annotated[FormData, Depends(_fields)]


@router.get("/keep")
def keep(
    request: Request,
    state: FileState | None = None,
    file: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    article: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    try:
        return _page(request, state, file, article)
    except FootnoteError as fault:
        return render("problem.html", meaning(fault).status, problem=str(fault))


@router.post("/keep/in")
def sign_in(request: Request, fields: Fields) -> Response:
    key = _text(fields, "key").strip()
    try:
        session.refuse_foreign(request)
        signed_in(request, key)
    except HTTPException as refusal:
        return _closed(request, refusal.status_code, f"{refusal.detail[:1].upper()}{refusal.detail[1:]}.")
    reply = RedirectResponse("/keep", 303)
    session.hold(request, reply, key)
    return reply


@router.post("/keep/out")
def sign_out(request: Request, fields: Fields) -> Response:
    def out() -> Response:
        session.key_of(request, "write", _text(fields, "csrf"))
        reply = RedirectResponse("/keep", 303)
        session.let_go(reply)
        return reply

    return _done(out)


@router.post("/keep/articles/delete")
def delete(request: Request, fields: Fields) -> Response:
    def deleted() -> Response:
        _admit(request, fields, "write")
        index_of(request).delete(_text(fields, "id"))
        return RedirectResponse("/keep#articles", 303)

    return _done(deleted)


@router.post("/keep/keys")
def make_key(request: Request, fields: Fields) -> Response:
    def kept() -> Response:
        _admit(request, fields, "admin")
        key, token = made(keys_of(request), _key_request(fields))
        return _page(request, proof=_text(fields, "csrf"), made=shown(key) | {"token": token})

    return _done(kept)


@router.post("/keep/keys/revoke")
def revoke_key(request: Request, fields: Fields) -> Response:
    def revoked() -> Response:
        _admit(request, fields, "admin")
        keys_of(request).revoke(_text(fields, "id"))
        return RedirectResponse("/keep#keys", 303)

    return _done(revoked)


def _done(what: Callable[[], Response]) -> Response:
    try:
        return what()
    except HTTPException as refusal:
        return render("problem.html", refusal.status_code, problem=refusal.detail)
    except FootnoteError as fault:
        return render("problem.html", meaning(fault).status, problem=str(fault))


def _admit(request: Request, fields: FormData, scope: Scope) -> None:
    admitted(request, scope, bearer(request) or session.key_of(request, scope, _text(fields, "csrf")))


def _page(
    request: Request,
    state: FileState | None = None,
    file: int = 0,
    article: str = "",
    proof: str | None = None,
    **more: Any,
) -> Response:
    may = scopes(request, proof)
    if not may & {"write", "admin"}:
        problem = "The key that is held here may not do this: show another." if session.held(request) else ""
        return _closed(request, 200, problem)
    held = session.held(request)
    context: dict[str, Any] = {"may": may, "csrf": session.token(held) if held else "", "signed_in": bool(held)}
    context |= {"state": state, "states": get_args(FileState), "all_scopes": SCOPES, "made": None}
    context |= _brought(request, state, file, article) if "write" in may else {}
    keys = [shown(key) for key in reversed(keys_of(request).all())] if "admin" in may else []
    return _unstored(render("keep.html", **context | {"keys": keys} | more))


def _brought(request: Request, state: FileState | None, file: int, article: str) -> dict[str, Any]:
    index = index_of(request)
    listed = index.articles(article, ARTICLES + 1)
    return {
        "jobs": jobs(index, limit=JOBS).jobs,
        "files": page(index.files(file, FILES + 1, state), FILES),
        "articles": [(one, page_path(one.id)) for one, _ in listed[:ARTICLES]],
        "next_article": listed[ARTICLES - 1][0].id if len(listed) > ARTICLES else None,
    }


def _closed(request: Request, status: int, problem: str) -> Response:
    reply = _unstored(render("sign_in.html", status, problem=problem))
    if session.held(request):
        session.let_go(reply)
    return reply


def _unstored(reply: Response) -> Response:
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _text(fields: FormData, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def _key_request(fields: FormData) -> schemas.KeyRequest:
    rate = _text(fields, "rate")
    asked = {
        "name": _text(fields, "name"),
        "scopes": [scope for scope in fields.getlist("scope") if isinstance(scope, str)],
        "rate": int(rate) if rate.isdecimal() and rate.isascii() and len(rate) < 10 else rate or None,
        "expires": _text(fields, "expires") or None,
    }
    try:
        return schemas.KeyRequest.model_validate(asked)
    except ValidationError as fault:
        raise Invalid("; ".join(schemas.complaints(fault.errors()))) from None

"""What keepers change with the forms of their page: files brought, jobs cancelled, articles, answers and keys."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from index.errors import FootnoteError, Invalid
from service import schemas, session
from service.api import index_of
from service.auth import bearer
from service.intake import brought, cancelled
from service.keyholders import keys_of, made, shown
from service.page.forms import Fields, admit, done, text, texts
from service.page.keep import keeping
from service.page.kept import answers_of
from service.page.rendering import failed, proof, refused

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.post("/keep/files")
async def bring(request: Request) -> Response:
    """For browsers that run no script. Who may not is told before a byte of a file is read; the token comes with it."""
    try:
        if not bearer(request):
            session.refuse_foreign(request)
        await run_in_threadpool(admit, request, "write", proof(request))
        await brought(request, _proven)
    except HTTPException as refusal:
        return refused(request, refusal)
    except FootnoteError as fault:
        return failed(request, fault)
    return RedirectResponse("/keep#jobs", 303)


def _proven(request: Request, fields: dict[str, str]) -> None:
    admit(request, "write", fields.get("csrf", ""))


@router.post("/keep/jobs/cancel")
def cancel(request: Request, fields: Fields) -> Response:
    def ended() -> Response:
        admit(request, "write", text(fields, "csrf"))
        cancelled(index_of(request), text(fields, "id"))
        return RedirectResponse("/keep#jobs", 303)

    return done(request, ended)


@router.post("/keep/articles/delete")
def delete(request: Request, fields: Fields) -> Response:
    def deleted() -> Response:
        admit(request, "write", text(fields, "csrf"))
        index_of(request).delete(text(fields, "id"))
        return RedirectResponse("/keep#articles", 303)

    return done(request, deleted)


@router.post("/keep/answers/revoke")
def revoke_answer(request: Request, fields: Fields) -> Response:
    def revoked() -> Response:
        admit(request, "write", text(fields, "csrf"))
        answers_of(request).revoke(text(fields, "id"))
        return RedirectResponse("/keep#answers", 303)

    return done(request, revoked)


@router.post("/keep/keys")
def make_key(request: Request, fields: Fields) -> Response:
    def kept() -> Response:
        admit(request, "admin", text(fields, "csrf"))
        key, token = made(keys_of(request), _key_request(fields))
        return keeping(request, proof=text(fields, "csrf"), made=shown(key) | {"token": token})

    return done(request, kept)


@router.post("/keep/keys/revoke")
def revoke_key(request: Request, fields: Fields) -> Response:
    def revoked() -> Response:
        admit(request, "admin", text(fields, "csrf"))
        keys_of(request).revoke(text(fields, "id"))
        return RedirectResponse("/keep#keys", 303)

    return done(request, revoked)


def _key_request(fields: Any) -> schemas.KeyRequest:
    rate = text(fields, "rate")
    asked = {
        "name": text(fields, "name"),
        "scopes": texts(fields, "scope"),
        "rate": int(rate) if rate.isdecimal() and rate.isascii() and len(rate) < 10 else rate or None,
        "expires": text(fields, "expires") or None,
    }
    try:
        return schemas.KeyRequest.model_validate(asked)
    except ValidationError as fault:
        raise Invalid("; ".join(schemas.complaints(fault.errors()))) from None

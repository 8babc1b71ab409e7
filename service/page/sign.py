"""Signing in with a key, which the browser holds from then on, and signing out."""

import re

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service import session
from service.auth import signed_in
from service.page.forms import Fields, done, text
from service.page.rendering import sign_in

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

# A path of this service: what begins with two slashes is an address elsewhere.
_HERE = re.compile(r"/(?![/\\])[\x21-\x7e]*")


@router.post("/keep/in")
def enter(request: Request, fields: Fields) -> Response:
    shown, to = text(fields, "key").strip(), _place(text(fields, "to"))
    try:
        session.refuse_foreign(request)
        key = signed_in(request, shown)
    except HTTPException as refusal:
        return sign_in(request, refusal.status_code, refusal.detail, to)
    reply = RedirectResponse(to if to != "/keep" or key.scopes & {"write", "admin"} else "/", 303)
    session.hold(request, reply, shown)
    return reply


@router.post("/keep/out")
def leave(request: Request, fields: Fields) -> Response:
    def out() -> Response:
        session.key_of(request, "write", text(fields, "csrf"))
        reply = RedirectResponse("/keep", 303)
        session.let_go(reply)
        return reply

    return done(request, out)


def _place(to: str) -> str:
    return to if _HERE.fullmatch(to) else "/keep"

"""What the forms of the pages send, and what becomes of it: another page, or one that says why not."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from index.errors import FootnoteError
from service import session
from service.auth import Caller, admitted, bearer
from service.keys import Scope
from service.page.rendering import failed, refused

BYTES = 65_536
KIND = "application/x-www-form-urlencoded"


async def _fields(request: Request) -> FormData:
    said = request.headers.get("content-length", "")
    if not said.isdecimal() or int(said) > BYTES:
        raise HTTPException(413, f"the form has more than {BYTES} bytes, or does not say how many")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise HTTPException(415, f"the form must be {KIND}")
    return await request.form()


Fields = Annotated[FormData, Depends(_fields)]


def text(fields: FormData, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def texts(fields: FormData, name: str) -> list[str]:
    return [value for value in fields.getlist(name) if isinstance(value, str)]


def admit(request: Request, scope: Scope, proof: str) -> Caller:
    """Who sent a form; raises as `service.auth.admitted` does, and as `session.key_of` where no page here made it."""
    return admitted(request, scope, bearer(request) or session.key_of(request, scope, proof))


def done(request: Request, what: Callable[[], Response]) -> Response:
    """What came of a form, or the page of what went wrong with it."""
    try:
        return what()
    except HTTPException as refusal:
        return refused(request, refusal)
    except FootnoteError as fault:
        return failed(request, fault)

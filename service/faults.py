"""The border where faults become statuses and exit codes: one table, and one form (RFC 9457) for every error."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from index.errors import FolderDamaged, FolderHeld, FootnoteError, IndexMismatch, Invalid, ModelUnusable, NotFound

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER = "1"


class NotReady(FootnoteError):
    """Model and index are still being opened."""


class Meaning(NamedTuple):
    status: int
    exit_code: int


MEANINGS: dict[type[FootnoteError], Meaning] = {
    Invalid: Meaning(422, 2),
    NotFound: Meaning(404, 2),
    NotReady: Meaning(503, 3),
    FolderHeld: Meaning(503, 3),
    FolderDamaged: Meaning(500, 3),
    IndexMismatch: Meaning(500, 3),
    ModelUnusable: Meaning(500, 3),
}


def meaning(fault: FootnoteError) -> Meaning:
    return next(MEANINGS[kind] for kind in type(fault).__mro__ if kind in MEANINGS)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as RFC 9457 has it. 503 says when to come again."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": _writable(detail)}
    again = {"Retry-After": RETRY_AFTER} if status == 503 else {}
    return JSONResponse(body, status, headers={**again, **(headers or {})}, media_type=PROBLEM_JSON)


def _writable(text: str) -> str:
    # A detail names the value that was sent, which may hold halves of characters.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def install(app: FastAPI) -> None:
    app.exception_handler(FootnoteError)(_fault)
    app.exception_handler(RequestValidationError)(_unprocessable)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Exception)(_unforeseen)


async def _fault(_: Request, fault: FootnoteError) -> Response:
    return problem(meaning(fault).status, str(fault))


async def _unprocessable(_: Request, fault: RequestValidationError) -> Response:
    return problem(422, "; ".join(complaints(fault.errors())))


async def _http(request: Request, fault: HTTPException) -> Response:
    if fault.status_code == 405:
        return problem(405, f"{request.url.path} has no {request.method}", {"Allow": ", ".join(_methods(request))})
    if fault.status_code == 404 and fault.detail == HTTPStatus.NOT_FOUND.phrase:
        return problem(404, f"there is nothing at {request.url.path}")
    return problem(fault.status_code, fault.detail, fault.headers)


async def _unforeseen(_: Request, fault: Exception) -> Response:
    name = uuid4().hex[:12]
    logger.error("fault %s", name, exc_info=fault)
    return problem(500, f"something went wrong here; the log names it as fault {name}")


def _methods(request: Request) -> list[str]:
    """What the address does understand. Starlette's own `Allow` knows only the first of several routes with one path."""
    known = (route.methods for route in request.app.routes if route.matches(request.scope)[0] is Match.PARTIAL)
    methods = {method for one in known for method in one}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def complaints(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line an error of pydantic's: the field, what is wrong, and the value."""
    return [_complaint(error) for error in errors]


def _complaint(error: Mapping[str, Any]) -> str:
    field = _field(error["loc"])
    if error["type"] == "json_invalid":
        return f"the body is not JSON: {error['ctx']['error']} at character {error['loc'][-1]}"
    message = error["msg"].removeprefix("Value error, ")
    value = "" if error["type"] == "missing" else f" (got {_shown(error.get('input'))})"
    return f"{field or 'the body'}: {message}{value}"


def _field(location: Sequence[str | int]) -> str:
    inside = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return ".".join(str(part) for part in inside)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def of_validation(fault: ValidationError) -> Invalid:
    return Invalid("; ".join(complaints(fault.errors(include_url=False))))

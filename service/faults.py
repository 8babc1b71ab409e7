"""The border where faults become statuses and exit codes: one table, and one form (RFC 9457) for every error."""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from index.articles import shown
from index.errors import (
    BackupDamaged,
    ChangedOver,
    DiskFault,
    FolderDamaged,
    FolderHeld,
    FootnoteError,
    IndexMismatch,
    Invalid,
    ModelUnusable,
    NotFound,
)
from service.refusals import Refusals
from service.schemas import complaints

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER = "1"
# So many faults of one request are named.
COMPLAINTS = 20
OPENAIS = ("/v1/chat/", "/v1/models")
# What FastAPI says of bytes that are no UTF-8, numbers of too many digits and arrays nested too deep.
UNPARSED = "There was an error parsing the body"
UNFORESEEN = "something went wrong here; the log names it as fault {}"


# Makes a page of a request, a status, what is wrong in words, and headers.
Telling = Callable[[Request, int, str, Mapping[str, str] | None], Response]


class NotReady(FootnoteError):
    """Model and index are still being opened."""


class TooMany(FootnoteError):
    """Somebody has asked too often."""


class Meaning(NamedTuple):
    status: int
    exit_code: int


MEANINGS: dict[type[FootnoteError], Meaning] = {
    Invalid: Meaning(422, 2),
    NotFound: Meaning(404, 2),
    NotReady: Meaning(503, 3),
    TooMany: Meaning(429, 3),
    FolderHeld: Meaning(503, 3),
    DiskFault: Meaning(503, 3),
    FolderDamaged: Meaning(500, 3),
    BackupDamaged: Meaning(500, 3),
    IndexMismatch: Meaning(500, 3),
    ChangedOver: Meaning(503, 3),
    ModelUnusable: Meaning(500, 3),
}


def meaning(fault: FootnoteError) -> Meaning:
    return next(MEANINGS[kind] for kind in type(fault).__mro__ if kind in MEANINGS)


def problem(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as RFC 9457 has it. 503 says when to come again."""
    if _by_a_person(request) and (telling := _telling(request)):
        return telling(request, status, _writable(detail), headers)
    again = {"Retry-After": RETRY_AFTER} if status == 503 else {}
    body = _body(status, detail)
    if request.url.path.startswith(OPENAIS):
        body = as_openai_says(body)
    return JSONResponse(body, status, headers={**again, **(headers or {})}, media_type=PROBLEM_JSON)


def _by_a_person(request: Request) -> bool:
    """Whether somebody opened an address in a browser, rather than a program or a page's script."""
    is_interface = request.url.path.startswith(("/v1/", "/chat/", "/mcp"))
    return "text/html" in request.headers.get("accept", "") and request.method == "GET" and not is_interface


def _telling(request: Request) -> Telling | None:
    telling: Telling | None = request.app.state.telling
    return telling


def as_openai_says(body: dict[str, Any]) -> dict[str, Any]:
    """A problem with what OpenAI's clients look for beside it, as an extension of RFC 9457."""
    kind = "server_error" if body["status"] >= 500 else "invalid_request_error"
    error = {"message": body["detail"], "type": kind, "param": None, "code": body["title"].lower().replace(" ", "_")}
    return {**body, "error": error}


def late_problem(fault: Exception) -> dict[str, Any]:
    """The body of a problem whose status has left already; a fault that was not foreseen is logged here."""
    if isinstance(fault, FootnoteError):
        return _body(meaning(fault).status, str(fault))
    return _body(500, unforeseen(fault))


def unforeseen(fault: Exception) -> str:
    """What is said of a fault that is for the log, where it stands under a name."""
    name = _named(fault)
    logger.error("fault %s", name, exc_info=fault)
    return UNFORESEEN.format(name)


def _body(status: int, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": _writable(detail)}


def _writable(text: str) -> str:
    # A detail names the value that was sent, which may hold halves of characters.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def install(app: FastAPI, routes: Sequence[BaseRoute], telling: Telling | None = None) -> None:
    """Makes every error of ``app`` a problem; of ``routes``, a 405 tells which methods an address does have.

    People who open an address are told by a page, which ``telling`` makes of status, words and headers.
    """
    app.state.routes, app.state.telling, app.state.refusals = routes, telling, Refusals()
    app.exception_handler(FootnoteError)(_fault)
    app.exception_handler(RequestValidationError)(_unprocessable)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Exception)(_unforeseen)


async def _fault(request: Request, fault: FootnoteError) -> Response:
    return problem(request, meaning(fault).status, str(fault))


async def _unprocessable(request: Request, fault: RequestValidationError) -> Response:
    if _came_unread(request, fault):
        sent = shown(request.headers.get("content-type", ""))
        return problem(request, 415, f"the body must be sent with content-type: application/json, not {sent}")
    errors = fault.errors()
    more = [f"and {len(errors) - COMPLAINTS:,} more"] if len(errors) > COMPLAINTS else []
    return problem(request, 422, "; ".join([*complaints(errors[:COMPLAINTS]), *more]))


def _came_unread(request: Request, fault: RequestValidationError) -> bool:
    """Whether a body was not read as JSON, because its sender calls it something else: curl -d calls all a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    return not is_json and any(error["loc"] == ("body",) and error["input"] is not None for error in fault.errors())


async def _http(request: Request, fault: HTTPException) -> Response:
    if fault.status_code == 405:
        return problem(
            request, 405, f"{request.url.path} has no {request.method}", {"Allow": ", ".join(_methods(request))}
        )
    if fault.status_code == 404 and fault.detail == HTTPStatus.NOT_FOUND.phrase:
        return problem(request, 404, f"there is nothing at {request.url.path}")
    if fault.status_code == 400 and fault.detail == UNPARSED:
        return problem(request, 422, f"the body is not JSON: {fault.__cause__}")
    request.app.state.refusals.note(request.method, request.url.path, fault.status_code, fault.detail)
    return problem(request, fault.status_code, fault.detail, fault.headers)


async def _unforeseen(request: Request, fault: Exception) -> Response:
    # Starlette raises it on, and the server logs it with its trace and its name.
    return problem(request, 500, UNFORESEEN.format(_named(fault)))


def _named(fault: Exception) -> str:
    name = uuid4().hex[:12]
    fault.add_note(f"fault {name}")
    return name


def _methods(request: Request) -> list[str]:
    # Starlette's own `Allow` knows only the first of several routes with one path.
    partial = [route for route in request.app.state.routes if route.matches(request.scope)[0] is Match.PARTIAL]
    methods = {method for route in partial for method in route.methods}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)

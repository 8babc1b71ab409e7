"""Kept answers: to make one, to show it with what lets its link unfold in chats, and to revoke it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from index.errors import FootnoteError
from service import schemas, session
from service.answers import Answers, KeptAnswer
from service.api import REFUSED, SENT, index_of, problems, settings_of
from service.ask import ask
from service.auth import Caller, may_ask, may_write
from service.page.forms import Fields, admit, done, text, texts
from service.page.rendering import failed, proof, render

router = APIRouter()

# Longer descriptions are cut off by those who show them.
DESCRIBED = 300  # characters
# By all who have no key.
MOST_A_DAY = 1000
NOINDEX = {"X-Robots-Tag": "noindex, nofollow"}

AskedBy = Annotated[Caller, Depends(may_ask)]


def answers_of(request: Request) -> Answers:
    answers: Answers = request.app.state.answers
    return answers


@router.post(
    "/v1/answers",
    status_code=201,
    responses=problems(*REFUSED, *SENT, 404),
    summary="Ask, and keep the answer under an address of its own",
)
def keep(asked: schemas.AskRequest, by: AskedBy, request: Request, response: Response) -> schemas.KeptReply:
    id, reply = _kept(request, asked, by)
    response.headers["Location"] = path(id)
    return schemas.KeptReply(id=id, link=settings_of(request).origin + path(id), reply=reply)


@router.post("/a", include_in_schema=False)
def keep_here(request: Request, fields: Fields) -> Response:
    """The form beside an answer, where no script runs."""

    def there() -> Response:
        session.refuse_foreign(request)
        by = admit(request, "ask", "")
        filters = {"source": texts(fields, "source"), "tags": texts(fields, "tag")}
        days = {"published_after": text(fields, "after"), "published_before": text(fields, "before")}
        set_ = {name: value for name, value in {**filters, **days}.items() if value}
        id, _ = _kept(request, schemas.asked(text(fields, "q"), filters=set_), by)
        return RedirectResponse(path(id), 303)

    return done(request, there)


def _kept(request: Request, asked: schemas.AskRequest, by: Caller) -> tuple[str, schemas.AskReply]:
    if by.key is None:
        _refuse_too_many(answers_of(request))
    reply = ask(index_of(request), settings_of(request), asked)
    return answers_of(request).keep(reply, by.key.id if by.key else None), reply


def _refuse_too_many(answers: Answers) -> None:
    """Strangers can't fill the disk."""
    if answers.without_key(datetime.now(UTC) - timedelta(days=1)) >= MOST_A_DAY:
        told = f"{MOST_A_DAY:,} answers have been kept without a key within a day: a key keeps more"
        raise HTTPException(429, told, {"Retry-After": "3600"})


@router.delete(
    "/v1/answers/{id}",
    status_code=204,
    dependencies=[Depends(may_write)],
    responses=problems(*REFUSED, 404),
    summary="Revoke a kept answer",
)
def revoke(id: str, request: Request) -> None:
    answers_of(request).revoke(id)


@router.get("/a/{id}", response_class=HTMLResponse, include_in_schema=False)
def show(id: str, request: Request) -> Response:
    settings = settings_of(request)
    try:
        kept = answers_of(request).answer(id, index_of(request), settings.origin)
    except FootnoteError as fault:
        reply = failed(request, fault)
    else:
        url = settings.origin + path(id)
        reply = render(request, "kept.html", kept=kept, description=description(kept), url=url, csrf=proof(request))
    reply.headers.update(NOINDEX)
    return reply


def path(id: str) -> str:
    return f"/a/{id}"


def description(kept: KeptAnswer) -> str:
    """The answer in one line, for the card that a chat shows of a link."""
    said = " ".join([kept.shown.heading, *(line.before + line.text for line in kept.shown.lines)]).split()
    text = " ".join(said)
    return text if len(text) <= DESCRIBED else text[: DESCRIBED - 1].rsplit(" ", 1)[0] + "…"

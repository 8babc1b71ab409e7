"""Slack: a slash command, a mention or a direct message asks; acknowledged at once, answered when it is.

A slash command's answer is seen by who asked alone, a mention's in a thread under it, and earlier turns of that thread
are understood with it. A button keeps the answer and posts its link.
"""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from service.api import settings_of
from service.chat.blocks import KEEP, message
from service.chat.desk import BUSY, HELP, OPENED_WITHIN_SECONDS, Desk, telling
from service.chat.later import Work
from service.chat.mrkdwn import escaped, plain
from service.chat.slack_api import SlackApi
from service.chat.slack_requests import Command, Event, Happened, Pressed, key, parsed, refuse_forged
from service.schemas import AskReply, Turn
from service.settings import Settings
from service.writing.footnoted import footnoted

router = APIRouter(include_in_schema=False)


@router.post("/chat/slack")
async def slack(request: Request) -> Response:
    settings = settings_of(request)
    if not settings.slack_signing_secret:
        raise HTTPException(404, "Slack is not set up here: FOOTNOTE_SLACK_SIGNING_SECRET is not set")
    body = await request.body()
    refuse_forged(settings.slack_signing_secret.get_secret_value(), request.headers, body)
    sent = parsed(request.headers.get("content-type", ""), body)
    workspace = Workspace(request.app.state.desk, settings)
    match sent:
        case Happened(type="url_verification"):
            return JSONResponse({"challenge": sent.challenge})
        case Happened(event=Event(is_asked=True) as asked):
            return workspace.happened(sent, asked, key(sent, body))
        case Command():
            return workspace.commanded(sent, key(sent, body))
        case Pressed() if (offer := sent.value(KEEP)) and sent.response_url:
            return workspace.pressed(sent, offer, key(sent, body))
    return Response()


class Workspace:
    """What is done after each kind of request; none of it before the acknowledgement."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk, self._send, self._api = desk, desk.sender.send, SlackApi(settings, desk.sender)

    def commanded(self, sent: Command, key: str) -> Response:
        question = plain(sent.text)
        if not question:
            return JSONResponse(_ephemeral(HELP))

        def tell(words: str) -> None:
            self._send("POST", sent.response_url, "a note to Slack", json=_ephemeral(words))

        def answer() -> None:
            with telling(tell):
                if self._desk.is_first(key):
                    reply = self._reply(_who(sent.team_id, sent.user_id), question)
                    shown = {"response_type": "ephemeral", **self._message(reply)}
                    self._send("POST", sent.response_url, "an answer to Slack", json=shown)

        return Response() if self._desk.later.do(answer, _busy(tell)) else JSONResponse(_ephemeral(BUSY))

    def happened(self, sent: Happened, asked: Event, key: str) -> Response:
        def tell(words: str) -> None:
            thread = {"thread_ts": asked.thread_ts} if asked.thread_ts else {}
            note = {"channel": asked.channel, "user": asked.user, "text": escaped(words), **thread}
            self._api.post("chat.postEphemeral", note)

        def answer() -> None:
            with telling(tell):
                if self._desk.is_first(key):
                    self._answer(sent, asked, tell)

        later = self._desk.later
        if not later.do(answer, _busy(tell)) and not later.note(_busy(tell)):
            raise HTTPException(503, BUSY)
        return Response()

    def pressed(self, sent: Pressed, offer: str, key: str) -> Response:
        def tell(words: str) -> None:
            self._send(
                "POST", sent.response_url, "a note to Slack", json={**_ephemeral(words), "replace_original": False}
            )

        def keep() -> None:
            with telling(tell):
                if self._desk.is_first(key):
                    self._desk.count(_who(sent.team.id if sent.team else "", sent.user.id))
                    self._keep(sent, offer, tell)

        if not self._desk.later.do(keep, _busy(tell)) and not self._desk.later.note(_busy(tell)):
            raise HTTPException(503, BUSY)
        return Response()

    def _answer(self, sent: Happened, asked: Event, tell: Callable[[str], None]) -> None:
        question = plain(asked.text or "")
        if not question:
            tell(HELP)
            return
        history = self._api.history(sent, asked) if asked.thread_ts else []
        reply = self._reply(_who(sent.team_id, asked.user), question, history)
        place = {"channel": asked.channel, "thread_ts": asked.thread_ts or asked.ts}
        self._api.post("chat.postMessage", {**place, **self._message(reply)})

    def _keep(self, sent: Pressed, offer: str, tell: Callable[[str], None]) -> None:
        link, is_new = self._desk.keep(offer)
        if not is_new:
            tell(f"This answer is kept already: {link}")
            return
        thread = {"thread_ts": sent.container.thread_ts} if sent.container.thread_ts else {}
        shared = {"response_type": "in_channel", "replace_original": False, "unfurl_links": True, **thread}
        text = f"<@{escaped(sent.user.id)}> shares an answer: <{escaped(link)}>"
        self._send("POST", sent.response_url, "a link to Slack", json={**shared, "text": text})

    def _reply(self, who: str, question: str, history: Sequence[Turn] = ()) -> AskReply:
        return self._desk.ask(who, question, history, OPENED_WITHIN_SECONDS)

    def _message(self, reply: AskReply) -> dict[str, Any]:
        return message(footnoted(reply), self._desk.offer(reply))


def _who(team: str | None, user: str | None) -> str:
    return f"slack {team or ''} {user or ''}"


def _ephemeral(words: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": escaped(words)}


def _busy(tell: Callable[[str], None]) -> Work:
    def say() -> None:
        with telling(tell):
            tell(BUSY)

    return say

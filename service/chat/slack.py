"""Slack: a slash command, a mention or a direct message asks; acknowledged at once, answered when it is.

A slash command's answer is seen by who asked alone, a mention's in a thread under it, and earlier turns of that thread
are understood with it. A button keeps the answer and posts its link.
"""

from collections.abc import Callable
from time import time
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter

from service.api import settings_of
from service.chat.blocks import KEEP, message
from service.chat.desk import BUSY, HELP, OPENED_WITHIN_SECONDS, Desk, is_help, telling
from service.chat.later import Work
from service.chat.mrkdwn import escaped, plain
from service.chat.pending import Promise
from service.chat.slack_api import SlackApi
from service.chat.slack_requests import Command, Event, Happened, Pressed, Sent, key, parsed, refuse_forged
from service.schemas import AskReply
from service.settings import Settings
from service.writing.footnoted import footnoted

router = APIRouter(include_in_schema=False)

TOOL = "slack"
# A response_url is good for half an hour; a mention answered later than that would be a surprise.
ANSWERED_WITHIN_SECONDS = 1800.0
SENT: TypeAdapter[Sent] = TypeAdapter(Sent)


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
        case Command():
            return await workspace.commanded(sent, key(sent, body))
        case Happened(event=Event(is_asked=True)):
            return await workspace.taken(sent, key(sent, body))
        case Pressed() if sent.value(KEEP) and sent.response_url:
            return await workspace.taken(sent, key(sent, body))
    return Response()


class Workspace:
    """What is done after each kind of request; none of it before the acknowledgement."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk, self._send, self._api = desk, desk.sender.send, SlackApi(settings, desk.sender)

    async def commanded(self, sent: Command, key: str) -> Response:
        if is_help(plain(sent.text)):
            return JSONResponse(_ephemeral(HELP))
        is_taken = await self._promised(sent, key)
        return Response() if is_taken else JSONResponse(_ephemeral(BUSY))

    async def taken(self, sent: Happened | Pressed, key: str) -> Response:
        if not await self._promised(sent, key) and not self._desk.later.note(self._busy(sent)):
            raise HTTPException(503, BUSY)
        return Response()

    def work(self, sent: Sent) -> Work:
        """What is to be done for a command, a question or a button, and told of if it fails."""
        do = self._doing(sent)

        def work() -> None:
            with telling(self._teller(sent)):
                do()

        return work

    async def _promised(self, sent: Sent, key: str) -> bool:
        promise = Promise(key, TOOL, SENT.dump_json(sent).decode(), time() + ANSWERED_WITHIN_SECONDS)
        return await self._desk.promise(promise, self.work(sent), self._busy(sent))

    def _doing(self, sent: Sent) -> Work:
        match sent:
            case Command():
                return lambda: self._command(sent)
            case Happened(event=Event() as asked):
                return lambda: self._answer(sent, asked)
            case Pressed():
                return lambda: self._keep(sent)
            case _:
                return lambda: None

    def _teller(self, sent: Sent) -> Callable[[str], None]:
        """Says something to who sent it, alone."""
        match sent:
            case Happened(event=Event() as asked):
                return lambda words: self._whisper(asked, words)
            case Happened():
                return lambda _: None
        about = {"replace_original": False} if isinstance(sent, Pressed) else {}
        return lambda words: self._respond(sent.response_url, "a note to Slack", {**_ephemeral(words), **about})

    def _busy(self, sent: Sent) -> Work:
        tell = self._teller(sent)

        def say() -> None:
            with telling(tell):
                tell(BUSY)

        return say

    def _whisper(self, asked: Event, words: str) -> None:
        thread = {"thread_ts": asked.thread_ts} if asked.thread_ts else {}
        note = {"channel": asked.channel, "user": asked.user, "text": escaped(words), **thread}
        self._api.post("chat.postEphemeral", note)

    def _respond(self, url: str, what: str, message: dict[str, Any]) -> None:
        self._send("POST", url, what, json=message)

    def _command(self, sent: Command) -> None:
        who = _who(sent.team_id, sent.user_id)
        place = f"{who} {sent.channel_id}" if sent.channel_id else ""
        reply = self._desk.ask(who, plain(sent.text), patience=OPENED_WITHIN_SECONDS, place=place)
        self._respond(sent.response_url, "an answer to Slack", {"response_type": "ephemeral", **self._message(reply)})

    def _answer(self, sent: Happened, asked: Event) -> None:
        question = plain(asked.text or "")
        if is_help(question):
            self._whisper(asked, HELP)
            return
        history = self._api.history(sent, asked) if asked.thread_ts else []
        reply = self._desk.ask(_who(sent.team_id, asked.user), question, history, OPENED_WITHIN_SECONDS)
        place = {"channel": asked.channel, "thread_ts": asked.thread_ts or asked.ts}
        self._api.post("chat.postMessage", {**place, **self._message(reply)})

    def _keep(self, sent: Pressed) -> None:
        self._desk.count(_who(sent.team.id if sent.team else "", sent.user.id))
        link, is_new = self._desk.keep(sent.value(KEEP) or "")
        if not is_new:
            self._teller(sent)(f"This answer is kept already: {link}")
            return
        thread = {"thread_ts": sent.container.thread_ts} if sent.container.thread_ts else {}
        shared = {"response_type": "in_channel", "replace_original": False, "unfurl_links": True, **thread}
        text = f"<@{escaped(sent.user.id)}> shares an answer: <{escaped(link)}>"
        self._respond(sent.response_url, "a link to Slack", {**shared, "text": text})

    def _message(self, reply: AskReply) -> dict[str, Any]:
        return message(footnoted(reply), self._desk.offer(reply))


def again(desk: Desk, settings: Settings, sent: str) -> Work:
    """What is to be done for what came before a restart."""
    return Workspace(desk, settings).work(SENT.validate_json(sent))


def _who(team: str | None, user: str | None) -> str:
    return f"slack {team or ''} {user or ''}"


def _ephemeral(words: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": escaped(words)}

"""Teams: who mentions an outgoing webhook asks. It waits for the answer five seconds and no longer."""

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from index.errors import Invalid
from service.api import settings_of
from service.chat import teams_card
from service.chat.desk import HELP, OPENED_WITHIN_SECONDS, Desk, in_words, is_help
from service.chat.given import Given
from service.chat.late import TOO_LONG, Asked, within
from service.schemas import AskReply, complaints
from service.writing.footnoted import footnoted

router = APIRouter(include_in_schema=False)

STALE_SECONDS = 300
# Of the five that Teams waits; the way there and back takes some.
ANSWER_WITHIN_SECONDS = 3.5

Message = dict[str, Any]


class Part(Given):
    model_config = ConfigDict(alias_generator=to_camel)


class Named(Part):
    id: str = Field("", max_length=1000)


class Channel(Part):
    tenant: Named = Named()


class Activity(Part):
    """A message that mentions the webhook: ``text`` is HTML with the mention in it."""

    id: str = Field(min_length=1, max_length=1000)
    timestamp: AwareDatetime
    text: str = ""
    conversation: Named = Named()
    channel_data: Channel = Channel()

    @property
    def key(self) -> str:
        """By which it is known when it comes again."""
        return f"teams {self.conversation.id} {self.id}"


@router.post("/chat/teams")
async def teams(request: Request) -> JSONResponse:
    secret = settings_of(request).teams_secret
    if not secret:
        raise HTTPException(404, "Teams is not set up here: FOOTNOTE_TEAMS_SECRET is not set")
    body = await request.body()
    refuse_forged(secret.get_secret_value(), request.headers.get("authorization", ""), body)
    activity = parsed(body)
    refuse_stale(activity)
    desk: Desk = request.app.state.desk
    return JSONResponse(await answer(desk, activity))


def refuse_forged(secrets: str, given: str, body: bytes) -> None:
    """Raises HTTPException, 401, for a body that no webhook with one of these secrets has signed.

    HMAC-SHA256, as outgoing webhooks do it: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/
    """
    right = [f"HMAC {_signature(secret, body)}".encode() for secret in secrets.split(",")]
    if not any(hmac.compare_digest(one, given.encode("utf-8", "replace")) for one in right):
        raise HTTPException(401, "this is not signed with FOOTNOTE_TEAMS_SECRET")


def _signature(secret: str, body: bytes) -> str:
    return b64encode(hmac.digest(b64decode(secret), body, sha256)).decode()


def refuse_stale(activity: Activity, now: datetime | None = None) -> None:
    moment = now or datetime.now(UTC)
    if abs((moment - activity.timestamp).total_seconds()) > STALE_SECONDS:
        raise HTTPException(401, f"this was sent more than {STALE_SECONDS} seconds ago, or the clocks differ")


def parsed(body: bytes) -> Activity:
    """:raises Invalid: it has not the form that Teams gives it."""
    try:
        return Activity.model_validate_json(body)
    except ValidationError as fault:
        raise Invalid("; ".join(complaints(fault.errors()))) from None


async def answer(desk: Desk, activity: Activity) -> Message:
    """What is said in reply, be it why there is no answer.

    :raises HTTPException: 409, it was answered before.
    """
    who = f"teams {activity.channel_data.tenant.id}"
    # A conversation's id names its first message: it is a thread, which everybody in it follows.
    place = f"{who} {activity.conversation.id}" if activity.conversation.id else ""
    sent = Asked(activity.key, who, asked(activity.text), place)

    def ask() -> AskReply:
        if not desk.is_first(sent.key):
            raise HTTPException(409, "this was answered before")
        return desk.ask(who, sent.question, patience=OPENED_WITHIN_SECONDS, place=place)

    if is_help(sent.question):
        return teams_card.words(HELP)
    try:
        reply = await within(ANSWER_WITHIN_SECONDS, desk, sent, ask)
    except HTTPException:
        raise
    # Whatever it is, somebody waits for an answer; what was not foreseen is logged under a name.
    except Exception as fault:  # noqa: BLE001
        return teams_card.words(in_words(fault))
    return teams_card.leading(TOO_LONG.format("Teams"), reply) if isinstance(reply, str) else _message(reply)


def _message(reply: AskReply) -> Message:
    return teams_card.message(footnoted(reply))


def asked(html: str) -> str:
    """What somebody typed, without the mention and the markup around it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.said).split())


class _Reader(HTMLParser):
    """Collects the text outside of mentions."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._mentions = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "at":
            self._mentions += 1
        elif tag in ("br", "p", "div", "li", "td"):
            self.said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "at":
            self._mentions = max(self._mentions - 1, 0)

    def handle_data(self, data: str) -> None:
        if not self._mentions:
            self.said.append(data)

"""What Slack sends: signed, then parsed. Slash commands and buttons come as forms, events as JSON."""

import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from time import time
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import HTTPException
from pydantic import BaseModel, Field, ValidationError, WrapValidator

from index.errors import Invalid
from service.schemas import complaints

STALE_SECONDS = 300
MOST_FIELDS = 100


class Command(BaseModel):
    """A slash command."""

    text: str = ""
    command: str = "/ask"
    user_id: str = ""
    team_id: str = ""
    channel_id: str = ""
    response_url: str = Field(pattern="^https?://")
    trigger_id: str = ""


class Event(BaseModel):
    type: str
    subtype: str | None = None
    bot_id: str | None = None
    user: str | None = None
    text: str | None = None
    channel: str = ""
    channel_type: str | None = None
    ts: str = ""
    thread_ts: str | None = None

    @property
    def is_asked(self) -> bool:
        """Whether a person asks here: not a bot, this one least of all, and not what became of a message later."""
        is_ours = self.type == "app_mention" or (self.type == "message" and self.channel_type == "im")
        return is_ours and not self.bot_id and not self.subtype and bool(self.user and self.channel and self.ts)


def _known(value: object, validated: Callable[[object], Event | None]) -> Event | None:
    """None for one of the many that have another form: nobody asks by those."""
    try:
        return validated(value)
    except ValidationError:
        return None


class Authorization(BaseModel):
    user_id: str | None = None
    is_bot: bool = True


class Happened(BaseModel):
    """What the Events API sends: something happened, or (``url_verification``) the address is tried."""

    type: str
    challenge: str = ""
    event_id: str = ""
    team_id: str | None = None
    api_app_id: str | None = None
    event: Annotated[Event | None, WrapValidator(_known)] = None
    authorizations: list[Authorization] = []

    @property
    def bots(self) -> list[str]:
        """Who we are there."""
        return [one.user_id for one in self.authorizations if one.is_bot and one.user_id]


class Action(BaseModel):
    action_id: str = ""
    value: str | None = None


class Named(BaseModel):
    id: str = ""


class Container(BaseModel):
    thread_ts: str | None = None


class Pressed(BaseModel):
    """A button, or another interaction."""

    type: str
    actions: list[Action] = []
    user: Named = Named()
    team: Named | None = None
    container: Container = Container()
    response_url: str = ""
    trigger_id: str = ""

    def value(self, action: str) -> str | None:
        """That of the button with this id; None if another was pressed."""
        return next((one.value for one in self.actions if one.action_id == action), None)


Sent = Command | Happened | Pressed


def refuse_forged(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> None:
    """Raises HTTPException, 401, for what Slack has not signed with this secret within the last five minutes.

    See https://docs.slack.dev/authentication/verifying-requests-from-slack, version v0.
    """
    at = headers.get("x-slack-request-timestamp", "")
    signed = b"v0:" + at.encode("latin-1", "replace") + b":" + body
    right = "v0=" + hmac.new(secret.encode(), signed, sha256).hexdigest()
    given = headers.get("x-slack-signature", "")
    is_signed = hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))
    if not is_signed:
        raise HTTPException(401, "this is not signed with FOOTNOTE_SLACK_SIGNING_SECRET")
    moment = time() if now is None else now
    if not at.isdecimal() or abs(moment - int(at)) > STALE_SECONDS:
        raise HTTPException(401, f"this was signed more than {STALE_SECONDS} seconds ago, or the clocks differ")


def parsed(content_type: str, body: bytes) -> Sent | None:
    """None for what is no command, event or interaction, such as Slack's check of a certificate.

    Raises:
        Invalid: it has not the form that Slack gives it.
    """
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            return Happened.model_validate_json(body)
        form = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
        if "payload" in form:
            return Pressed.model_validate_json(form["payload"])
        return Command.model_validate(form) if "response_url" in form else None
    except ValidationError as fault:
        raise Invalid("; ".join(complaints(fault.errors()))) from None
    except ValueError as fault:
        raise Invalid(f"the body is no form: {fault}") from None


def key(sent: Command | Happened | Pressed, body: bytes) -> str:
    """By which it is known when it is sent again."""
    name = sent.event_id if isinstance(sent, Happened) else sent.trigger_id
    return f"slack {name or sha256(body).hexdigest()}"

"""Discord: the command ``/ask`` asks; it is acknowledged at once, and the answer put in that place when it is there.

A button under it keeps the answer and posts its link.
"""

from collections.abc import Callable, Mapping
from time import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from index.errors import Invalid
from service.api import settings_of
from service.chat.desk import BUSY, HELP, OPENED_WITHIN_SECONDS, Desk, telling
from service.chat.discord_embed import KEEP, Payload, message, shared, words
from service.schemas import complaints
from service.settings import Settings
from service.writing.footnoted import footnoted

router = APIRouter(include_in_schema=False)

STALE_SECONDS = 300
# Kinds of interactions, and of replies to them.
PING, COMMAND, COMPONENT = 1, 2, 3
PONG, MESSAGE, DEFERRED = 1, 4, 5
SEEN_BY_ONE = 64
# Discord may not know a reply yet whose acknowledgement it has just received (discord/discord-api-docs#7220).
NOT_YET = (404,)

Id = Field("", pattern=r"^\d{0,20}$")


class Named(BaseModel):
    id: str = Id


class Member(BaseModel):
    user: Named = Named()


class Option(BaseModel):
    name: str
    value: Any = None


class Data(BaseModel):
    options: list[Option] = []
    custom_id: str = ""


class Interaction(BaseModel):
    """A command, a button pressed, or Discord's trial of the address; ids and ``token`` become part of an address."""

    id: str = Field(pattern=r"^\d{1,20}$")
    application_id: str = Field(pattern=r"^\d{1,20}$")
    token: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.=-]*$", max_length=1000)
    type: int
    data: Data = Data()
    guild_id: str | None = None
    member: Member | None = None
    user: Named = Named()

    @property
    def who(self) -> str:
        """Who presses or asks: in a guild a member, elsewhere a user."""
        return self.member.user.id if self.member else self.user.id

    @property
    def question(self) -> str:
        said = (one.value for one in self.data.options if one.name == "question")
        return " ".join(str(next(said, "")).split())

    @property
    def offer(self) -> str:
        """What our button keeps; empty where another was pressed."""
        return self.data.custom_id.removeprefix(KEEP) if self.data.custom_id.startswith(KEEP) else ""


@router.post("/chat/discord")
async def discord(request: Request) -> JSONResponse:
    settings = settings_of(request)
    if not settings.discord_public_key:
        raise HTTPException(404, "Discord is not set up here: FOOTNOTE_DISCORD_PUBLIC_KEY is not set")
    body = await request.body()
    refuse_forged(settings.discord_public_key, request.headers, body)
    sent, guild = parsed(body), Guild(request.app.state.desk, settings)
    if sent.type == PING:
        return JSONResponse({"type": PONG})
    if sent.type == COMMAND:
        return JSONResponse(guild.commanded(sent))
    if sent.type == COMPONENT and sent.offer:
        return JSONResponse(guild.pressed(sent))
    raise Invalid(f"type: {sent.type} is no command, and no button of ours")


def refuse_forged(public_key: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> None:
    """Raises HTTPException, 401, for what Discord has not signed with its key within the last five minutes.

    Ed25519 over timestamp and body: https://discord.com/developers/docs/interactions/overview
    """
    at = headers.get("x-signature-timestamp", "")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    try:
        key.verify(bytes.fromhex(headers.get("x-signature-ed25519", "")), at.encode() + body)
    except (InvalidSignature, ValueError):
        raise HTTPException(401, "this is not signed by the holder of FOOTNOTE_DISCORD_PUBLIC_KEY") from None
    moment = time() if now is None else now
    if not at.isdecimal() or abs(moment - int(at)) > STALE_SECONDS:
        raise HTTPException(401, f"this was signed more than {STALE_SECONDS} seconds ago, or the clocks differ")


def parsed(body: bytes) -> Interaction:
    """:raises Invalid: it has not the form that Discord gives it."""
    try:
        return Interaction.model_validate_json(body)
    except ValidationError as fault:
        raise Invalid("; ".join(complaints(fault.errors()))) from None


class Guild:
    """What is done after each kind of interaction; none of it before the acknowledgement."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk, self._url = desk, settings.discord_api_url

    def commanded(self, sent: Interaction) -> Payload:
        if not sent.question:
            return _to_one(HELP)

        def answer() -> Payload:
            reply = self._desk.ask(_counted(sent), sent.question, patience=OPENED_WITHIN_SECONDS)
            return message(footnoted(reply), self._desk.offer(reply))

        return self._deferred(sent, answer)

    def pressed(self, sent: Interaction) -> Payload:
        def keep() -> Payload:
            self._desk.count(_counted(sent))
            link, _ = self._desk.keep(sent.offer)
            return shared(sent.who, link)

        return self._deferred(sent, keep)

    def _deferred(self, sent: Interaction, work: Callable[[], Payload]) -> Payload:
        """An acknowledgement; what ``work`` gives takes its place when it is done."""

        def tell(text: str) -> None:
            self._put(sent, words(text))

        def do() -> None:
            with telling(tell):
                if self._desk.is_first(f"discord {sent.id}"):
                    self._put(sent, work())

        def instead() -> None:
            with telling(tell):
                tell(BUSY)

        return {"type": DEFERRED} if self._desk.later.do(do, instead) else _to_one(BUSY)

    def _put(self, sent: Interaction, payload: Payload) -> None:
        url = f"{self._url}/webhooks/{sent.application_id}/{sent.token}/messages/@original"
        self._desk.sender.send("PATCH", url, "a reply to Discord", again=NOT_YET, json=payload)


def _counted(sent: Interaction) -> str:
    return f"discord {sent.guild_id or sent.who}"


def _to_one(text: str) -> Payload:
    return {"type": MESSAGE, "data": {**words(text), "flags": SEEN_BY_ONE}}

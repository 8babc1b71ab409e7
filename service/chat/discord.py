"""Discord: the command ``/ask`` asks; it is acknowledged at once, and the answer put in that place when it is there.

A button under it keeps the answer and posts its link.
"""

from collections.abc import Mapping
from time import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import Field, ValidationError

from index.errors import Invalid
from service.api import settings_of
from service.chat.desk import BUSY, HELP, OPENED_WITHIN_SECONDS, Desk, is_help, telling
from service.chat.discord_embed import KEEP, Payload, message, shared, words
from service.chat.given import Given
from service.chat.later import Work
from service.chat.pending import Promise
from service.schemas import complaints
from service.settings import Settings
from service.writing.footnoted import footnoted

router = APIRouter(include_in_schema=False)

TOOL = "discord"
STALE_SECONDS = 300
# An interaction's token is good for a quarter of an hour, of which some is left for sending.
ANSWERED_WITHIN_SECONDS = 840.0
# Kinds of interactions, and of replies to them.
PING, COMMAND, COMPONENT = 1, 2, 3
PONG, MESSAGE, DEFERRED = 1, 4, 5
SEEN_BY_ONE = 64
# Discord may not know a reply yet whose acknowledgement it has just received (discord/discord-api-docs#7220).
NOT_YET = (404,)

Id = Field("", pattern=r"^\d{0,20}$")


class Named(Given):
    id: str = Id


class Member(Given):
    user: Named = Named()


class Option(Given):
    name: str
    value: Any = None


class Data(Given):
    options: tuple[Option, ...] = ()
    custom_id: str = ""


class Interaction(Given):
    """A command, a button pressed, or Discord's trial of the address; ids and ``token`` become part of an address."""

    id: str = Field(pattern=r"^\d{1,20}$")
    application_id: str = Field(pattern=r"^\d{1,20}$")
    token: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.=-]*$", max_length=1000)
    type: int
    data: Data = Data()
    guild_id: str | None = None
    channel_id: str | None = None
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
    if sent.type == COMMAND or (sent.type == COMPONENT and sent.offer):
        return JSONResponse(await guild.taken(sent))
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

    async def taken(self, sent: Interaction) -> Payload:
        """An acknowledgement; what is done then takes its place."""
        if sent.type == COMMAND and is_help(sent.question):
            return _to_one(HELP)
        until = time() + ANSWERED_WITHIN_SECONDS
        promise = Promise(f"{TOOL} {sent.id}", TOOL, sent.model_dump_json(), until)
        return (
            {"type": DEFERRED}
            if await self._desk.promise(promise, self.work(sent), self._busy(sent))
            else _to_one(BUSY)
        )

    def work(self, sent: Interaction) -> Work:
        def work() -> None:
            with telling(lambda words: self._tell(sent, words)):
                self._put(sent, self._answer(sent) if sent.type == COMMAND else self._keep(sent))

        return work

    def _answer(self, sent: Interaction) -> Payload:
        place = f"{TOOL} {sent.channel_id} {sent.who}" if sent.channel_id and sent.who else ""
        reply = self._desk.ask(_counted(sent), sent.question, patience=OPENED_WITHIN_SECONDS, place=place)
        return message(footnoted(reply), self._desk.offer(reply))

    def _keep(self, sent: Interaction) -> Payload:
        self._desk.count(_counted(sent))
        link, _ = self._desk.keep(sent.offer)
        return shared(sent.who, link)

    def _busy(self, sent: Interaction) -> Work:
        def say() -> None:
            with telling(lambda words: self._tell(sent, words)):
                self._tell(sent, BUSY)

        return say

    def _tell(self, sent: Interaction, text: str) -> None:
        self._put(sent, words(text))

    def _put(self, sent: Interaction, payload: Payload) -> None:
        url = f"{self._url}/webhooks/{sent.application_id}/{sent.token}/messages/@original"
        self._desk.sender.send("PATCH", url, "a reply to Discord", again=NOT_YET, json=payload)


def again(desk: Desk, settings: Settings, sent: str) -> Work:
    """What is to be done for what came before a restart."""
    return Guild(desk, settings).work(parsed(sent.encode()))


def _counted(sent: Interaction) -> str:
    return f"discord {sent.guild_id or sent.who}"


def _to_one(text: str) -> Payload:
    return {"type": MESSAGE, "data": {**words(text), "flags": SEEN_BY_ONE}}

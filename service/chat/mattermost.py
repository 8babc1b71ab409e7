"""Mattermost: a slash command or an outgoing webhook asks, and the reply is the answer, in Markdown.

It waits some thirty seconds for a reply, so the answer is just that. A slash command's is seen by who asked alone, an
outgoing webhook's stands under the question.
"""

import hmac
import re
from hashlib import sha256
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from index.errors import Invalid
from service.api import settings_of
from service.chat import late
from service.chat.desk import HELP, Desk, in_words, is_help
from service.chat.given import Given
from service.chat.markdown import escaped
from service.chat.message import message
from service.schemas import AskReply, complaints
from service.settings import Settings
from service.writing.footnoted import footnoted

router = APIRouter(include_in_schema=False)

MOST_FIELDS = 100
# Mattermost refuses a longer post.
LONGEST_POST = 16_383  # characters
PATIENCE_SECONDS = 25.0
# Its Markdown does not know these escapes of CommonMark's (mattermost/marked, `inline.escape`).
UNKNOWN_ESCAPES = "<$=\\"
_ESCAPE = re.compile(r"\\(.)")
# What would call people or become a picture, outside of a link's address.
_LIVE = re.compile(r"(?P<address>\]\(<[^>]*>\))|(?<!\w)@(?=\w)|:(?=(?!\d\d:)[\w+-]+:)")


class Asked(Given):
    """A slash command, which has a ``command``, or what an outgoing webhook sends."""

    token: str = ""
    command: str = ""
    text: str = ""
    trigger_word: str | None = None
    team_id: str = ""
    user_id: str = ""
    channel_id: str = ""

    @property
    def question(self) -> str:
        """Without the word that set the webhook off, if it began with that."""
        text = self.text.strip()
        word = "" if self.command else self.trigger_word or ""
        return text.removeprefix(word).lstrip(" ,:").strip() if word else text


@router.post("/chat/mattermost")
async def mattermost(request: Request) -> Response:
    settings = settings_of(request)
    if not settings.mattermost_token:
        raise HTTPException(404, "Mattermost is not set up here: FOOTNOTE_MATTERMOST_TOKEN is not set")
    sent = _parsed(request.headers.get("content-type", ""), await request.body())
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    _refuse_forged(settings, sent.token or (shown.strip() if scheme.lower() == "token" else ""))
    return JSONResponse(await _answer(request.app.state.desk, sent))


async def _answer(desk: Desk, sent: Asked) -> dict[str, Any]:
    return {
        "response_type": "ephemeral" if sent.command else "comment",
        "text": await _words(desk, sent),
        # Else <!channel> in an article would call everybody.
        "skip_slack_parsing": True,
    }


async def _words(desk: Desk, sent: Asked) -> str:
    if is_help(sent.question):
        return HELP
    who = f"mattermost {sent.team_id} {sent.user_id}"
    # In which thread it is asked, Mattermost does not say.
    place = f"{who} {sent.channel_id}" if sent.channel_id else ""
    asked = late.Asked(f"mattermost {token_hex(8)}", who, sent.question, place)

    def ask() -> AskReply:
        return desk.ask(who, sent.question, patience=PATIENCE_SECONDS, place=place)

    try:
        reply = await late.within(PATIENCE_SECONDS, desk, asked, ask)
    # Whatever it is, somebody waits for an answer; what was not foreseen is logged under a name.
    except Exception as fault:  # noqa: BLE001
        return inert(escaped(in_words(fault)))
    if isinstance(reply, str):
        return f"{inert(escaped(late.TOO_LONG.format('Mattermost')))} <{reply}>"
    return whole(inert(message(footnoted(reply)).text), LONGEST_POST)


def inert(markdown: str) -> str:
    """The same to read there, calling nobody: a zero-width space stands in ``@channel`` and ``:smile:``."""
    calling_nobody = _LIVE.sub(lambda found: found[0] if found["address"] else f"{found[0]}\u200b", markdown)
    return _ESCAPE.sub(lambda found: f"&#{ord(found[1])};" if found[1] in UNKNOWN_ESCAPES else found[0], calling_nobody)


def whole(text: str, most: int) -> str:
    """As many lines as ``most`` characters hold: half a link would be none."""
    return text if len(text) <= most else text[: most + 1].rpartition("\n")[0]


def _parsed(content_type: str, body: bytes) -> Asked:
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            return Asked.model_validate_json(body)
        return Asked.model_validate(dict(parse_qsl(body.decode("utf-8"), max_num_fields=MOST_FIELDS)))
    except ValidationError as fault:
        raise Invalid("; ".join(complaints(fault.errors(include_input=False)))) from None
    except ValueError:
        raise Invalid("the body is no form") from None


def _refuse_forged(settings: Settings, token: str) -> None:
    assert settings.mattermost_token
    right = [one.strip() for one in settings.mattermost_token.get_secret_value().split(",") if one.strip()]
    given = sha256(token.encode("utf-8", "replace")).digest()
    # All are compared, and by digests of one length: how long it takes tells nothing.
    if not sum(hmac.compare_digest(sha256(one.encode()).digest(), given) for one in right):
        raise HTTPException(401, "this does not have the token of FOOTNOTE_MATTERMOST_TOKEN")

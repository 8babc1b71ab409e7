"""What is asked of Slack itself, with the bot's token: to post, and to tell what was said in a thread."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from service.chat.mrkdwn import plain
from service.chat.sending import Sender, Unsent
from service.chat.slack_requests import Event, Happened
from service.conversation.messages import turns
from service.schemas import Turn
from service.settings import Settings

logger = logging.getLogger(__name__)

PAGE, MOST_PAGES = 200, 5


class SlackApi:
    def __init__(self, settings: Settings, sender: Sender) -> None:
        self._sender = sender
        self._url, self._token = settings.slack_api_url, settings.slack_bot_token

    def post(self, method: str, message: Mapping[str, Any]) -> None:
        """Raises Unsent: it is not posted."""
        self._call("POST", method, json=message)

    def history(self, happened: Happened, asked: Event) -> list[Turn]:
        """The turns before a question in its thread; none where the token does not let them be read."""
        try:
            return turns(_spoken(self._thread(asked), happened, asked))
        except Unsent as fault:
            logger.info("a thread's earlier turns are not known: %s", fault)
            return []

    def _thread(self, asked: Event) -> Iterator[dict[str, Any]]:
        asking: dict[str, Any] = {
            "channel": asked.channel,
            "ts": asked.thread_ts,
            "latest": asked.ts,
            "limit": PAGE,
        }
        for _ in range(MOST_PAGES):
            page = self._call("GET", "conversations.replies", params=asking)
            yield from (one for one in page.get("messages") or [] if isinstance(one, dict))
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            asking["cursor"] = cursor

    def _call(self, http: str, method: str, **request: Any) -> dict[str, Any]:
        if not self._token:
            raise Unsent(f"{method} is not called: FOOTNOTE_SLACK_BOT_TOKEN is not set")
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        reply = self._sender.send(http, f"{self._url}/{method}", f"Slack's {method}", headers=headers, **request)
        if not isinstance(reply, dict) or not reply.get("ok"):
            why = reply.get("error", "") if isinstance(reply, dict) else "no JSON"
            raise Unsent(f"Slack refuses {method}: {str(why)[:200]}")
        return reply


def _spoken(messages: Iterable[dict[str, Any]], happened: Happened, asked: Event) -> Iterator[tuple[str, str]]:
    """Who said what before; in a channel, only what calls us by name was asked of us."""
    for one in messages:
        try:
            said = Event.model_validate({"type": "message", **one})
        except ValidationError:
            continue
        text = said.text or ""
        if said.ts == asked.ts:
            continue
        if said.user in happened.bots or (happened.api_app_id and one.get("app_id") == happened.api_app_id):
            yield "assistant", plain(text)
        elif not said.bot_id and (asked.channel_type == "im" or any(f"<@{bot}" in text for bot in happened.bots)):
            yield "user", plain(text)

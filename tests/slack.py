"""Slack as a peer: its signatures, and a small real server that takes what is sent to it, as strictly as Slack does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier

from tests.peers import Quiet, standing

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT, APP, TEAM = "U0BOT", "A0APP", "T0001"
TOKEN = "xoxb-1"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass
class Slack:
    """``posts`` are what was sent, with its ``path``; ``threads`` what conversations.replies tells, by their ts."""

    url: str
    posts: list[dict[str, Any]] = field(default_factory=list)
    threads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refusals: list[int] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    @property
    def settings(self) -> dict[str, Any]:
        return {"slack_signing_secret": SECRET, "slack_bot_token": TOKEN, "slack_api_url": f"{self.url}/api"}

    def response_url(self, name: str = "1") -> str:
        return f"{self.url}/commands/{name}"

    def sent(self, number: int, within: float = 20.0) -> list[dict[str, Any]]:
        """What was sent, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.posts) >= number, within), self.posts
            return list(self.posts)


def signed(body: bytes, kind: str, at: float | None = None, secret: str = SECRET) -> dict[str, Any]:
    """A request as Slack sends it, for a client's ``post``."""
    moment = str(int(time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=moment, body=body)
    assert signature
    head = {"Content-Type": kind, "X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signature}
    return {"content": body, "headers": head}


def command(text: str, response_url: str, trigger: str = "1.1", user: str = "U1") -> bytes:
    fields = {"command": "/ask", "text": text, "team_id": TEAM, "user_id": user, "channel_id": "C1"}
    return urlencode({**fields, "response_url": response_url, "trigger_id": trigger}).encode()


def happened(event: dict[str, Any], id: str = "Ev1") -> bytes:
    told = {"type": "event_callback", "event_id": id, "team_id": TEAM, "api_app_id": APP, "event": event}
    return json.dumps({**told, "authorizations": [{"user_id": BOT, "is_bot": True}]}).encode()


def mention(text: str, ts: str = "100.1", **more: Any) -> dict[str, Any]:
    return {"type": "app_mention", "user": "U1", "text": f"<@{BOT}> {text}", "channel": "C1", "ts": ts, **more}


def pressed(value: str, response_url: str, trigger: str = "9.1", **more: Any) -> bytes:
    action = {"type": "button", "action_id": "keep", "value": value}
    told = {"type": "block_actions", "user": {"id": "U2"}, "team": {"id": TEAM}, "trigger_id": trigger}
    return urlencode(
        {"payload": json.dumps({**told, "actions": [action], "response_url": response_url, **more})}
    ).encode()


def button(post: dict[str, Any]) -> str:
    """The value of the button under an answer."""
    [actions] = [block for block in post["blocks"] if block["type"] == "actions"]
    return str(actions["elements"][0]["value"])


def words(post: dict[str, Any]) -> list[str]:
    """The texts of an answer's blocks."""
    return [
        one["text"]
        for block in post["blocks"]
        for one in [*block.get("elements", []), *([block["text"]] if "text" in block else [])]
        if one["type"] == "mrkdwn"
    ]


def refuse_unfit(post: dict[str, Any]) -> None:
    """Raises what Slack would refuse a message for, as far as its own library knows."""
    blocks = post.get("blocks", [])
    assert len(blocks) <= 50
    assert len(post.get("text", "")) <= 40_000
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        assert parsed.to_dict() == block
    assert all(0 < len(text) <= 3000 for text in words({"blocks": blocks}))


@contextmanager
def slack() -> Iterator[Slack]:
    """The server: an unfit message or a wrong token is refused, and noted among the posts as such."""

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            asked = dict(parse_qsl(address.query))
            is_known = asked.get("ts") in one.threads and self.headers["Authorization"] == f"Bearer {TOKEN}"
            thread = one.threads.get(asked.get("ts", ""), [])
            self.reply({"ok": True, "messages": thread} if is_known else {"ok": False, "error": "missing_scope"})

        def do_POST(self) -> None:
            post = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if one.refusals:
                self.reply({}, one.refusals.pop(0))
                return
            try:
                refuse_unfit(post)
                if self.path.startswith("/api/"):
                    assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            except (AssertionError, SlackObjectFormationError) as fault:
                post = {"unfit": repr(fault), **post}
            with one.changed:
                one.posts.append({"path": self.path, **post})
                one.changed.notify_all()
            self.reply({"ok": True, "ts": "200.1"})

        def reply(self, told: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

    with standing(Handler) as url:
        one = Slack(url)
        yield one

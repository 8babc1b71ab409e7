"""Discord as a peer: its signatures, its reading of Markdown, and a small real server as strict as Discord."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from time import time
from typing import Any, NamedTuple

from discord_interactions import verify_key
from nacl.signing import SigningKey

from tests.peers import Quiet, standing

KEY = SigningKey(b"\7" * 32)
PUBLIC_KEY = KEY.verify_key.encode().hex()
APPLICATION, TOKEN = "1100", "aW50.ZXI_hY3-Rpb24"
PATCHED = re.compile(rf"/api/v10/webhooks/{APPLICATION}/([\w.-]+)/messages/@original")


@dataclass
class Discord:
    """``patches`` are what took an acknowledgement's place, each with its ``token``; ``refusals`` come before."""

    url: str
    patches: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    @property
    def settings(self) -> dict[str, Any]:
        return {"discord_public_key": PUBLIC_KEY, "discord_api_url": f"{self.url}/api/v10"}

    def sent(self, number: int, within: float = 20.0) -> list[dict[str, Any]]:
        """What was sent, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.patches) >= number, within), self.patches
            return list(self.patches)


def signed(sent: dict[str, Any] | bytes, at: float | None = None, key: SigningKey = KEY) -> dict[str, Any]:
    """A request as Discord sends it, for a client's ``post``."""
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    moment = str(int(time() if at is None else at))
    signature = key.sign(moment.encode() + body).signature.hex()
    assert verify_key(body, signature, moment, key.verify_key.encode().hex())
    head = {"X-Signature-Timestamp": moment, "X-Signature-Ed25519": signature, "Content-Type": "application/json"}
    return {"content": body, "headers": head}


def interaction(type: int, id: str = "1", **fields: Any) -> dict[str, Any]:
    member = {"user": {"id": "42", "username": "anna"}, "roles": []}
    told = {"id": id, "application_id": APPLICATION, "token": TOKEN, "type": type, "version": 1}
    return {**told, "guild_id": "77", "member": member, **fields}


def command(question: str, id: str = "1", **fields: Any) -> dict[str, Any]:
    option = {"name": "question", "type": 3, "value": question}
    return interaction(2, id, data={"id": "5", "name": "ask", "type": 1, "options": [option]}, **fields)


def pressed(custom_id: str, id: str = "9") -> dict[str, Any]:
    return interaction(3, id, data={"custom_id": custom_id, "component_type": 2}, message={"id": "3"})


class Shown(NamedTuple):
    """What a reader sees of Markdown, the words in bold, and where its links lead."""

    text: str
    bold: list[str]
    links: list[str]


def shown(markdown: str) -> Shown:
    """As Discord shows it; an assertion fails at what it would take for any other markup."""
    assert not re.search(r"^(?:[-+>#]|\d+\.)", markdown, re.MULTILINE), markdown
    text, marks = "", re.compile(r"\\([^0-9A-Za-z\s])|(\*\*)|\[Open\]\((https?://[^\s()]+)\)")
    bold: list[str] = []
    links: list[str] = []
    at, begun = 0, None
    while at < len(markdown):
        if found := marks.match(markdown, at):
            at = found.end()
            text += found[1] or ("Open" if found[3] else "")
            if found[3]:
                links.append(found[3])
            elif found[2]:
                bold += [text[begun:]] if begun is not None else []
                begun = len(text) if begun is None else None
            continue
        assert markdown[at] not in "\\`*_~|<>[]()#@:", (markdown, at)
        text, at = text + markdown[at], at + 1
    assert begun is None, markdown
    return Shown(text, bold, links)


def refuse_unfit(message: dict[str, Any]) -> None:
    """Raises what Discord would refuse a message for."""
    assert message["allowed_mentions"] == {"parse": []}
    assert len(message["content"]) <= 2000
    assert message["content"] or message["embeds"]
    assert len(message["embeds"]) <= 10
    total = 0
    for embed in message["embeds"]:
        assert 0 < len(embed["description"]) <= 4096
        assert len(embed["fields"]) <= 25
        assert all(0 < len(one["name"]) <= 256 and 0 < len(one["value"]) <= 1024 for one in embed["fields"])
        total += len(embed["description"]) + sum(len(one["name"] + one["value"]) for one in embed["fields"])
    assert total <= 6000
    for row in message["components"]:
        assert all(0 < len(one["label"]) <= 80 and 0 < len(one["custom_id"]) <= 100 for one in row["components"])


@contextmanager
def discord() -> Iterator[Discord]:
    """The server: an unfit message or another address is refused, and noted among the patches as such."""

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_PATCH(self) -> None:
            patch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if one.refusals:
                self.reply(one.refusals.pop(0))
                return
            try:
                refuse_unfit(patch)
                place = PATCHED.fullmatch(self.path)
                assert place
                patch["token"] = place[1]
            except (AssertionError, KeyError) as fault:
                patch = {"unfit": repr(fault), **patch}
            with one.changed:
                one.patches.append(patch)
                one.changed.notify_all()
            self.reply(200)

        def reply(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.send_header("Connection", "close")
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(b"{}")

    with standing(Handler) as url:
        one = Discord(url)
        yield one

"""How soon are chat tools acknowledged when many ask at once, and is any question lost?

``python -m benchmarks.chats [slack] [discord] [teams] [mattermost] [--at-once N] [--over SECONDS] [--rounds N]``
serves the seeds from a process of its own, lets N people ask at the same moment, or one after another within so many
seconds while others are being answered, and prints for each round: the seconds until half, 99 of 100
and the last of the requests were answered; how many took longer than the tool waits; how many answers there were in
the end, and when the last came. Slack and Discord are a third process, which takes what is sent to them as strictly.
"""

import argparse
import json
import multiprocessing
import os
import selectors
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, NamedTuple
from urllib.parse import urlencode

from index.discovery import find
from index.embedding import open_encoder
from index.ingest import ingest
from index.readers import Limits
from index.rebuild import open_index
from tests import discord, slack, test_chat_mattermost, test_chat_teams
from tests.processes import serving

SEEDS = Path(__file__).parent.parent / "seeds"
QUESTIONS = (
    "why was the February trip cancelled?",
    "Who rejected Lloyd Austin's request for a meeting?",
    "How will Walmart create 750,000 new American jobs?",
    "Which troops must be withdrawn from eastern Congo within 90 days?",
    "what is the boiling point of tungsten?",
)
# What each tool waits for, in seconds: Slack's is ours, its own is three.
WAITS = {"slack": 1.0, "discord": 3.0, "teams": 5.0, "mattermost": 30.0}
ALL_WITHIN = 120.0

# Its path, and what a client's ``post`` takes beside.
Request = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Told:
    """What a request was answered with, and after how many seconds."""

    status: int
    body: bytes
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="*", choices=[*WAITS, []], help="all by default")
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--over", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _peers() as (peers, settings):
        _take_in(Path(folder))
        with serving(folder, _environment(settings)) as (port, _):
            _all(port, _requests("mattermost", "warm", settings, 20), 0.0)
            for tool in arguments.tools or WAITS:
                for number in range(arguments.rounds):
                    requests = _requests(tool, f"{tool[0]}{number}", settings, arguments.at_once)
                    _round(tool, requests, arguments.over, port, peers)


def _take_in(folder: Path) -> None:
    index = open_index(folder, open_encoder())
    ingest(index, find([SEEDS]), Limits())
    index.close()


def _environment(settings: dict[str, str]) -> dict[str, str]:
    given = {f"FOOTNOTE_{name.upper()}": value for name, value in settings.items()}
    return {**given, "FOOTNOTE_RATE": "0", "FOOTNOTE_LOG_LEVEL": "error"}


def _round(tool: str, requests: list[Request], over: float, port: int, peers: Connection) -> None:
    began, many = monotonic(), len(requests)
    told = _all(port, requests, over)
    answers = _answers(tool, told) if tool in ("teams", "mattermost") else _sent(peers, many)
    last = monotonic() - began
    seconds = sorted(one.seconds for one in told)
    late = sum(one > WAITS[tool] for one in seconds)
    refused = sum(one.status != 200 for one in told)
    how = f"in {over:g} s" if over else "at once"
    half, most = seconds[many // 2], seconds[many * 99 // 100]
    print(
        f"{tool}: {many} {how}: half in {half:.2f} s, 99 % in {most:.2f} s, all in {seconds[-1]:.2f} s; "
        f"{late} after {WAITS[tool]:g} s, {refused} refused; {answers} after {last:.1f} s"
    )


def _answers(tool: str, told: list[Told]) -> str:
    bodies = [json.loads(one.body) for one in told if one.status == 200]
    said = ["\n".join(test_chat_teams.lines(one)) if tool == "teams" else one["text"] for one in bodies]
    answered = sum("[1]" in one for one in said)
    return f"{answered} answers, {len(said) - answered} told where the answer will stand"


def _sent(peers: Connection, many: int) -> str:
    """Of what Slack or Discord was sent since the last round, once it is all there, or no more comes."""
    until = monotonic() + ALL_WITHIN
    places: list[str] = []
    while len(places) < many and monotonic() < until:
        sleep(0.1)
        peers.send("sent?")
        places += peers.recv()
    return f"{len(set(places))} answers, {len(places) - len(set(places))} of them twice"


def _requests(tool: str, name: str, settings: dict[str, str], many: int) -> list[Request]:
    asked = [(f"{name}{number:03}", QUESTIONS[number % len(QUESTIONS)]) for number in range(many)]
    match tool:
        case "slack":
            url = settings["slack_api_url"].removesuffix("/api")
            bodies = [slack.command(text, f"{url}/commands/{id}", f"1.{id}") for id, text in asked]
            return [("/chat/slack", slack.signed(body, slack.FORM)) for body in bodies]
        case "discord":
            ids = range(int(name[1:]) * 10_000 + 1, 10**6)
            sent = [discord.command(text, str(id), token=f"T{id}") for id, (_, text) in zip(ids, asked, strict=False)]
            return [("/chat/discord", discord.signed(one)) for one in sent]
        case "teams":
            return [("/chat/teams", test_chat_teams.signed(test_chat_teams.activity(text, id))) for id, text in asked]
    head = {"Content-Type": slack.FORM}
    forms = [{**test_chat_mattermost.slash(text), "user_id": id} for id, text in asked]
    return [("/chat/mattermost", {"content": urlencode(form).encode(), "headers": head}) for form in forms]


def _all(port: int, requests: list[Request], over: float) -> list[Told]:
    """Sends each from a socket of its own when its turn comes, with next to no work of its own, and waits for all."""
    written = [_written(port, path, **request) for path, request in requests]
    told: list[Told] = []
    with selectors.DefaultSelector() as ready:
        first, sent = perf_counter(), 0
        while len(told) < len(written):
            while sent < len(written) and perf_counter() - first >= over * sent / len(written):
                ready.register(_sent_off(port, written[sent]), selectors.EVENT_READ, _Asked(perf_counter(), []))
                sent += 1
            for key, _ in ready.select(0.001 if sent < len(written) else ALL_WITHIN):
                if whole := key.data.read(key.fileobj):
                    ready.unregister(key.fileobj)
                    told.append(whole)
    return told


class _Asked(NamedTuple):
    began: float
    parts: list[bytes]

    def read(self, connection: socket.socket) -> Told | None:
        """What was told, once the connection is closed."""
        if part := connection.recv(2**20):
            self.parts.append(part)
            return None
        seconds = perf_counter() - self.began
        connection.close()
        head, _, body = b"".join(self.parts).partition(b"\r\n\r\n")
        return Told(int(head.split()[1]), body, seconds)


def _sent_off(port: int, request: bytes) -> socket.socket:
    # The backlog has room for all: this waits for nothing but the kernel.
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(request)
    return connection


def _written(port: int, path: str, content: bytes, headers: dict[str, str]) -> bytes:
    told = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Length": str(len(content)), **headers}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


@contextmanager
def _peers() -> Iterator[tuple[Connection, dict[str, str]]]:
    """Slack and Discord in a process of their own, and the settings by which a service finds them."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_stand, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours, ours.recv()
    finally:
        ours.send(None)
        process.join()


def _stand(asked: Connection) -> None:
    os.nice(5)
    with slack.slack() as one, discord.discord() as other:
        given = {"mattermost_token": test_chat_mattermost.TOKEN, "teams_secret": test_chat_teams.SECRET}
        asked.send({**one.settings, **other.settings, **given})
        while asked.recv():
            with one.changed, other.changed:
                places = [post["path"] for post in one.posts] + [patch["token"] for patch in other.patches]
                assert not [post for post in [*one.posts, *other.patches] if "unfit" in post]
                one.posts.clear()
                other.patches.clear()
            asked.send(places)


if __name__ == "__main__":
    main()

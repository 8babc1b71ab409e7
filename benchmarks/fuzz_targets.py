"""What is fuzzed: a reader of files, or what stands first before a chat tool's request, each with good examples.

A target takes bytes and returns whatever they are, or raises what it says of bad input. All else is a finding.
"""

import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from traceback import extract_tb
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from fastapi import HTTPException
from pydantic import ValidationError

from index.articles import from_json, to_json
from index.errors import Invalid
from index.readers import Limits, decoding, formats
from index.records import Article, RawFile
from service.chat import discord, mattermost, openai, slack_requests, teams
from service.chat.housekeeping import chore
from service.chat.mcp.tools import TOOLS
from service.conversation.carrying import full
from service.schemas import AskRequest

ROOT = Path(__file__).parents[1]
LIMITS = Limits(max_characters=200_000, max_bytes=2**20)
SENTENCE = "The February trip was cancelled over a balloon on 3 March 2023, said Ana Ruiz of the U.N. in Geneva."
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Target:
    run: Callable[[bytes], object]
    examples: Callable[[], Sequence[bytes]]


def target(name: str) -> Target:
    return _readers()[name] if name in _readers() else CHATS[name]


def names() -> list[str]:
    return [*_readers(), *CHATS]


def _readers() -> dict[str, Target]:
    kinds = {suffix: Target(_reading(suffix), _examples(suffix)) for suffix in FILES}
    return kinds | {"decoding": Target(_decoded, _encoded)}


def _reading(suffix: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> None:
        file = RawFile(f"a/file{suffix}", "a/file", lambda: BytesIO(data))
        try:
            for found in formats()[suffix].read(file, LIMITS):
                if isinstance(found, Article):
                    refuse_unfit(found)
        except (Invalid, OSError):
            pass
        # What a parsing library trips over is told as damage; what our own lines do is not foreseen.
        except Exception as fault:
            if _is_ours(fault):
                raise

    return read


def refuse_unfit(article: Article) -> None:
    """:raises AssertionError: a reader brought what no ingest would have taken."""
    given = to_json(article, text=True)
    assert to_json(from_json(given, max_characters=LIMITS.max_characters), text=True) == given


def _is_ours(fault: Exception) -> bool:
    last = extract_tb(fault.__traceback__)[-1]
    return Path(last.filename).is_relative_to(ROOT / "index") or Path(last.filename).is_relative_to(ROOT / "benchmarks")


def _decoded(data: bytes) -> None:
    with suppress(Invalid):
        decoding.decode(data).text.encode()


def _examples(suffix: str) -> Callable[[], Sequence[bytes]]:
    return FILES[suffix]


def _made(suffix: str) -> list[bytes]:
    from tests.mixed import files

    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))]
    return [made.data for made in files(texts, 60, 1) if made.suffix == suffix][:6]


def _archived() -> list[tuple[str, bytes]]:
    rows = f"id,title,text,published_at\n1,Trip,{SENTENCE!r},2023-06\n".encode()
    page = _made(".html")[0]
    return [
        ("a/one.txt", SENTENCE.encode()),
        ("b.html", page),
        ("articles.csv", b"file,title\nb.html,B\n"),
        ("c.csv", rows),
    ]


def _zips() -> list[bytes]:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in _archived():
            archive.writestr(name, data)
    return [out.getvalue()]


def _tars(mode: str) -> list[bytes]:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in _archived():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return [out.getvalue()]


def _lines() -> list[bytes]:
    one = {
        "id": "1",
        "title": "Trip",
        "text": SENTENCE,
        "published_at": "2023-06-18",
        "tags": ["a"],
        "metadata": {"b": 1},
    }
    return [json.dumps(one).encode() + b"\n" + json.dumps(one | {"id": "2", "url": "https://a.example/b"}).encode()]


def _encoded() -> list[bytes]:
    texts = {"utf-8": SENTENCE + " “é”", "cp1252": "“é” " + SENTENCE, "utf-16": SENTENCE, "koi8-r": "Привет, мир. " * 9}
    more = {"shift_jis": "日本語の文章です。" * 9, "gb18030": "中文文章。" * 9, "cp1251": "Привет, мир. " * 9}
    return [text.encode(encoding) for encoding, text in (texts | more).items()]


FILES: Mapping[str, Callable[[], list[bytes]]] = {
    ".html": lambda: _made(".html"),
    ".pdf": lambda: _made(".pdf"),
    ".docx": lambda: _made(".docx"),
    ".md": lambda: [
        *_made(".md"),
        f"---\ntitle: Trip\ndate: 2023-06-18\ntags: [a, b]\n---\n# A\n\n{SENTENCE}\n".encode(),
    ],
    ".txt": lambda: [SENTENCE.encode(), *_encoded()],
    ".csv": lambda: [*_made(".csv"), b'headline;content\r\n"a ""b""";"c\nd"\r\n'],
    ".json": lambda: [*_made(".json"), b'{"articles": [{"headline": "a", "content": "b"}]}'],
    ".jsonl": _lines,
    ".zip": _zips,
    ".tar": lambda: _tars("w"),
    ".tar.gz": lambda: _tars("w:gz"),
}


def _bearing(run: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """The same, where what is refused with a reason and a status below 500 is no finding."""

    def bear(data: bytes) -> None:
        with suppress(Invalid, ValidationError):
            try:
                run(data)
            except HTTPException as fault:
                if fault.status_code >= 500:
                    raise

    return bear


def _halves(data: bytes) -> tuple[str, bytes]:
    first, _, rest = data.partition(b"\n")
    return first.decode("latin-1"), rest


def _slack(data: bytes) -> None:
    is_json = data[:1] in b"{["
    sent = slack_requests.parsed(JSON if is_json else FORM, data)
    if isinstance(sent, slack_requests.Happened):
        assert sent.bots is not None
    if isinstance(sent, slack_requests.Pressed):
        sent.value("keep")
    if sent is not None:
        slack_requests.key(sent, data)


def _discord(data: bytes) -> None:
    sent = discord.parsed(data)
    assert isinstance(sent.question + sent.offer + sent.who, str)


def _teams(data: bytes) -> None:
    activity = teams.parsed(data)
    teams.refuse_stale(activity)
    teams.asked(activity.text)


def _mattermost(data: bytes) -> None:
    sent = mattermost._parsed(JSON if data[:1] in b"{[" else FORM, data)
    mattermost.inert(sent.question)


def _openai(data: bytes) -> None:
    request = openai.ChatRequest.model_validate_json(data)
    if request.model in openai.MODELS and chore(request.messages[-1].text) is None:
        _understood(openai._question(request))


def _mcp(data: bytes) -> None:
    name, arguments = _halves(data)
    tool = TOOLS.get(name, TOOLS["ask"])
    tool.takes.model_validate_json(arguments)


def _ask(data: bytes) -> None:
    _understood(AskRequest.model_validate_json(data))


def _understood(request: AskRequest) -> None:
    turns = [(turn.question, turn.answer or "") for turn in request.history]
    assert full(request.question, turns, request.as_of or date(2024, 5, 5)).strip()
    request.filters.records()


def _verifiers(data: bytes) -> None:
    signature, rest = _halves(data)
    at, body = _halves(rest)
    slacks = {"x-slack-request-timestamp": at, "x-slack-signature": signature}
    discords = {"x-signature-timestamp": at, "x-signature-ed25519": signature}
    _refused(partial(slack_requests.refuse_forged, "s", slacks, body))
    _refused(partial(discord.refuse_forged, "ab" * 32, discords, body))
    _refused(partial(teams.refuse_forged, "c2VjcmV0", signature, body))


def _refused(check: Callable[[], None]) -> None:
    try:
        check()
    except HTTPException as fault:
        if fault.status_code != 401:
            raise
    else:
        raise AssertionError("a forged request was let through")


def _json(*objects: Any) -> Callable[[], list[bytes]]:
    return lambda: [json.dumps(one).encode() for one in objects]


QUESTION = "why was the February trip cancelled?"
TURNS = [{"question": "who went?", "answer": "Ana Ruiz went."}, {"question": "when?", "answer": None}]
CHATS: Mapping[str, Target] = {
    "slack": Target(
        _bearing(_slack),
        lambda: [
            b"text=why%3F&response_url=https%3A%2F%2Fhooks.slack.com%2Fa&team_id=T1&user_id=U1&trigger_id=1.1",
            b"payload="
            + json.dumps({"type": "block_actions", "actions": [{"action_id": "keep", "value": "1"}]}).encode(),
            *_json(
                {"type": "url_verification", "challenge": "abc"},
                {
                    "type": "event_callback",
                    "event_id": "Ev1",
                    "team_id": "T1",
                    "authorizations": [{"user_id": "U0", "is_bot": True}],
                    "event": {
                        "type": "app_mention",
                        "user": "U1",
                        "text": "<@U0> why?",
                        "ts": "100.1",
                        "channel": "C1",
                    },
                },
            )(),
        ],
    ),
    "discord": Target(
        _bearing(_discord),
        _json(
            {"id": "1", "application_id": "2", "token": "abc", "type": 1},
            {
                "id": "1",
                "application_id": "2",
                "token": "abc",
                "type": 2,
                "data": {"options": [{"name": "question", "value": QUESTION}], "custom_id": "keep 1"},
                "guild_id": "3",
                "member": {"user": {"id": "4"}},
            },
        ),
    ),
    "teams": Target(
        _bearing(_teams),
        _json(
            {
                "type": "message",
                "id": "1",
                "timestamp": "2026-05-05T10:00:00.000Z",
                "text": f"<at>Footnote</at> {QUESTION}&nbsp;<b>now</b>",
                "conversation": {"id": "c"},
                "channelData": {"tenant": {"id": "t"}},
                "from": {"id": "u", "name": "Ana"},
            }
        ),
    ),
    "mattermost": Target(
        _bearing(_mattermost),
        lambda: [
            b"token=t&command=%2Fask&text=why%3F&team_id=a&user_id=b&channel_id=c",
            *_json({"token": "t", "trigger_word": "ask", "text": "ask: why? @all :smile: \\_", "user_id": "b"})(),
        ],
    ),
    "openai": Target(
        _bearing(_openai),
        _json(
            {
                "model": "footnote",
                "messages": [
                    {"role": "user", "content": "who went?"},
                    {"role": "assistant", "content": "Ana went. [1]\n\nSources:\n[1] A"},
                    {"role": "user", "content": [{"type": "text", "text": "why?"}]},
                ],
                "stream": True,
            }
        ),
    ),
    "mcp": Target(
        _bearing(_mcp),
        lambda: [
            b"ask\n" + json.dumps({"question": QUESTION, "top_k": 3, "history": TURNS}).encode(),
            b'search\n{"query": "trip"}',
            b'fetch\n{"id": "9f0c1b2a3d4e5f60"}',
        ],
    ),
    "ask": Target(
        _bearing(_ask),
        _json(
            {
                "question": "and in 2022?",
                "history": TURNS,
                "as_of": "2023-06-20",
                "filters": {"source": ["A"], "published_after": "2023", "published_before": "2023-12-31"},
            }
        ),
    ),
    "verifiers": Target(
        _verifiers,
        lambda: [b"v0=" + b"a" * 64 + b"\n1800000000\n{}", b"ab" * 64 + b"\n1800000000\n{}", b"HMAC YWJj\n1\n{}"],
    ),
}

"""Server-sent events over a real socket: only there can a client go away, and do bytes come when they are sent."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from index.errors import FolderDamaged
from index.reader.reading import Extract
from service import ask as story
from service import streaming
from service.app import create_app
from service.schemas import Answer, AskReply
from service.serving import listen
from service.settings import Settings
from service.writing.writer import Writer, Writing
from tests.worlds import ASKED, CANCELLED, TRIP, archive

GEESE = replace(TRIP, id="geese", text="Sixty geese crossed the frozen lake in January. It snowed.")
TWO = f"{ASKED} How many geese crossed the frozen lake?"
SOON = 10.0


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = tmp_path_factory.mktemp("data")
    with archive(path, TRIP, GEESE) as index:
        app = create_app(Settings(data=path, threshold=0.0), index)
        with running(app) as url, httpx.Client(base_url=url, timeout=SOON, trust_env=False) as client:
            yield client


@contextmanager
def running(app: Any) -> Iterator[str]:
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def events(body: str) -> list[dict[str, Any]]:
    """The fields of each event; a comment is a field without a name."""
    blocks = body.removesuffix("\n\n").split("\n\n")
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


def write_by(monkeypatch: pytest.MonkeyPatch, writer: Writer) -> None:
    monkeypatch.setattr(story, "_writer", lambda *_: writer)


def test_the_passages_come_first_then_each_sentence_then_the_whole_reply(client: httpx.Client) -> None:
    reply = client.post("/v1/ask", json={"question": TWO, "stream": True})
    whole = client.post("/v1/ask", json={"question": TWO}).json()

    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert (reply.headers["cache-control"], reply.headers["x-accel-buffering"]) == ("no-store", "no")
    found = events(reply.text)
    assert [(one["event"], one["id"]) for one in found] == [
        ("passages", "1"),
        ("sentence", "2"),
        ("sentence", "3"),
        ("reply", "4"),
    ]
    first, *said, last = [json.loads(one["data"]) for one in found]
    assert said == whole["answer"]["sentences"]
    assert last | {"took_ms": 0} == whole | {"took_ms": 0}
    assert first | {"took_ms": 0} == whole | {"took_ms": 0, "answer": None}


class Sleepy:
    """Reads nothing, and takes its time."""

    calibrated = False

    def read(self, *_: object) -> list[Extract]:
        time.sleep(0.3)
        return []


def test_while_passages_are_read_those_of_ranking_alone_come_first(tmp_path: Path) -> None:
    asked = {"question": ASKED, "stream": True}
    with archive(tmp_path, TRIP) as index:
        index.reader = Sleepy()
        with running(create_app(Settings(data=tmp_path, threshold=0.0), index)) as url:
            began = time.monotonic()
            with httpx.stream("POST", f"{url}/v1/ask", json=asked, timeout=SOON, trust_env=False) as reply:
                lines = reply.iter_lines()
                first, data = next(lines), next(lines)
                taken = time.monotonic() - began
                rest = "\n".join([first, data, *lines, ""])

    found = events(rest)
    assert [one["event"] for one in found] == ["ranked", "passages", "sentence", "reply"]
    assert taken < 0.3
    ranked, *_, reply = [json.loads(one["data"]) for one in found]
    assert list(ranked) == ["passages"]
    assert ranked["passages"] == reply["passages"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"collection": "sport"}, 404, "'sport'"),
        ({"stream": "yes"}, 422, "stream: Input should be a valid boolean (got 'yes')"),
        ({"filters": {"publisher": ["x"]}}, 422, "filters.publisher"),
    ],
)
def test_what_is_refused_is_refused_with_its_status(
    client: httpx.Client, asked: dict[str, Any], status: int, said: str
) -> None:
    reply = client.post("/v1/ask", json={"question": ASKED, "stream": True} | asked)

    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
    assert said in reply.json()["detail"]


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (FolderDamaged("the sky fell"), 500, "the sky fell"),
        (ZeroDivisionError("secret"), 500, "something went wrong here; the log names it as fault"),
    ],
)
def test_a_fault_on_the_way_is_the_last_event_and_a_problem(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, said: str
) -> None:
    def breaking(_: AskReply, quoted: Answer) -> Writing:
        yield quoted.sentences[0]
        raise fault

    write_by(monkeypatch, breaking)
    found = events(client.post("/v1/ask", json={"question": ASKED, "stream": True}).text)

    assert [(one["event"], one["id"]) for one in found] == [("passages", "1"), ("sentence", "2"), ("error", "3")]
    problem = json.loads(found[-1]["data"])
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert (problem["status"], problem["title"]) == (status, "Internal Server Error")
    assert said in problem["detail"]
    assert "secret" not in problem["detail"]


def test_sentences_leave_while_the_writer_still_writes_and_comments_fill_its_silence(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = threading.Event()

    def slow(_: AskReply, quoted: Answer) -> Writing:
        yield quoted.sentences[0]
        assert heard.wait(SOON)
        yield quoted

    write_by(monkeypatch, slow)
    monkeypatch.setattr(streaming, "QUIET_SECONDS", 0.05)
    with client.stream("POST", "/v1/ask", json={"question": ASKED, "stream": True}) as reply:
        names = []
        for line in reply.iter_lines():
            names += [line] if line.startswith((":", "event")) else []
            if line.startswith(":") and "event: sentence" in names:
                heard.set()

    told = [name for name in names if name.startswith("event")]
    assert told == ["event: passages", "event: sentence", "event: reply"]
    assert set(names[2:-1]) == {": ping"}


def test_a_client_that_goes_away_stops_the_work(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    stopped = threading.Event()

    def endless(_: AskReply, quoted: Answer) -> Writing:
        try:
            while True:
                said.append(CANCELLED)
                time.sleep(0.02)
                yield quoted.sentences[0]
        finally:
            stopped.set()

    write_by(monkeypatch, endless)
    with client.stream("POST", "/v1/ask", json={"question": ASKED, "stream": True}) as reply:
        lines = reply.iter_lines()
        while next(lines) != "event: sentence":
            pass

    assert stopped.wait(SOON)
    after = len(said)
    time.sleep(0.1)
    assert len(said) == after


def test_slow_writers_do_not_keep_others_from_their_answers(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on = threading.Event()

    def waiting(_: AskReply, quoted: Answer) -> Writing:
        assert going_on.wait(SOON)
        yield quoted

    write_by(monkeypatch, waiting)

    async def both() -> list[int]:
        async with httpx.AsyncClient(base_url=client.base_url, timeout=SOON, trust_env=False) as asker:
            slow = [
                asyncio.create_task(asker.post("/v1/ask", json={"question": ASKED, "stream": True})) for _ in range(5)
            ]
            alive = await asker.get("/healthz")
            going_on.set()
            return [alive.status_code, *[reply.status_code for reply in await asyncio.gather(*slow)]]

    assert asyncio.run(both()) == [200] * 6


def test_what_breaks_lines_in_an_article_does_not_break_an_event(tmp_path: Path) -> None:
    text = "The February trip was cancelled\u2028over a\r\n\tballoon\x85 event: reply\ndata: {}\n\n. Nobody was hurt."
    with archive(tmp_path, replace(TRIP, text=text)) as index:
        app = create_app(Settings(data=tmp_path, threshold=0.0), index)
        with running(app) as url:
            reply = httpx.post(f"{url}/v1/ask", json={"question": ASKED, "stream": True}, trust_env=False)

    found = events(reply.content.decode())
    assert found[0]["event"] == "passages"
    assert found[-1]["event"] == "reply"
    passage = json.loads(found[-1]["data"])["passages"][0]
    assert passage["text"] == text[passage["start"] : passage["end"]]
    assert "event: reply" in passage["text"]

"""Connections and requests that are too long, too slow or too many, as sockets have them."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest

from service.ask import ask
from tests.archive import opened
from tests.worlds import ASKED, TRIP, listening

SOON = 10.0
QUESTION = {"question": ASKED}
JSON = b"Host: 127.0.0.1\r\nContent-Type: application/json\r\n"
CHUNKED = b"POST /v1/ask HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with listening(tmp_path_factory.mktemp("data"), TRIP, rate=0) as url:
        yield url


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=SOON) as one:
        yield one


def heard(one: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    said = b""
    try:
        while piece := one.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


def problem(reply: bytes) -> tuple[int, str]:
    """The status of a reply and what its problem says of it; the body is checked to be a whole one."""
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower()
    said = json.loads(body)
    assert head.split(b" ")[1] == str(said["status"]).encode()
    return said["status"], said["detail"]


def told(url: str, *pieces: bytes) -> tuple[int, str]:
    with connected(url) as one:
        for piece in pieces:
            one.sendall(piece)
        return problem(heard(one))


def alive(url: str) -> bool:
    return bool(httpx.get(f"{url}/healthz", timeout=SOON).json() == {"status": "ok"})


def test_an_address_that_is_too_long_is_a_414(url: str) -> None:
    status, detail = told(url, b"GET /?q=" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

    assert (status, detail) == (414, "the address has more than 16384 bytes")
    assert alive(url)


@pytest.mark.parametrize(
    "fields",
    [b"x: " + b"a" * 40_000 + b"\r\n", b"x: a\r\n" * 101, b"x" * 40_000 + b": a\r\n"],
    ids=["long", "many", "name"],
)
def test_headers_that_are_too_many_or_too_long_are_a_431(url: str, fields: bytes) -> None:
    status, _ = told(url, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + b"\r\n")

    assert status == 431
    assert alive(url)


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nx: ",
        b"GET /",
        CHUNKED + b"1;",
        CHUNKED + b"0\r\nx: ",
    ],
    ids=["header", "address", "extension", "trailer"],
)
def test_what_never_ends_is_refused_after_some_kilobytes(url: str, begun: bytes) -> None:
    with connected(url) as one:
        one.sendall(begun)
        with pytest.raises(ConnectionError):
            one.sendall(b"a" * 2**25)
    assert alive(url)


def test_what_is_no_http_is_a_400(url: str) -> None:
    assert told(url, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n") == (
        400,
        "this is not a request of HTTP/1.1",
    )
    assert told(url, b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")[0] == 400


def test_a_chunk_without_a_length_is_a_400(url: str) -> None:

    assert told(url, CHUNKED, b"xyz\r\n")[0] == 400


def test_a_head_that_trickles_is_a_408_and_silence_is_closed(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr("service.connections.HEAD_SECONDS", 0.3)
    with connected(url) as slow, connected(url) as silent:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()

        assert heard(silent) == b""
        assert problem(heard(slow))[0] == 408
        assert time.monotonic() - began < SOON / 2


def test_lines_before_a_request_do_not_keep_a_connection(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr("service.connections.HEAD_SECONDS", 0.3)
    with connected(url) as one:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in one.recv(65536)
        began = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() < began + SOON:
                one.sendall(b"\r\n")
                time.sleep(0.05)

        assert time.monotonic() - began < SOON / 2


@pytest.mark.parametrize("length", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
def test_a_body_that_trickles_is_a_408(monkeypatch: pytest.MonkeyPatch, url: str, length: bytes) -> None:
    monkeypatch.setattr("service.middleware.GRACE_SECONDS", 0.3)
    head = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + length + b"\r\n\r\n"

    assert told(url, head, b"1\r\n{\r\n") == (408, "the body comes slower than 4096 bytes a second")
    assert alive(url)


def test_a_slow_body_that_keeps_the_pace_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr("service.middleware.GRACE_SECONDS", 0.5)
    body = json.dumps(QUESTION).encode().ljust(8000)
    head = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
    with connected(url) as one:
        one.sendall(head + b"Content-Length: 8000\r\n\r\n")
        for start in range(0, 8000, 2000):
            time.sleep(0.25)
            one.sendall(body[start : start + 2000])

        assert heard(one).startswith(b"HTTP/1.1 200 OK")


def test_a_chunked_body_that_is_too_long_is_a_413(tmp_path: Path) -> None:
    with listening(tmp_path, TRIP, max_body_bytes=2000) as url:
        status, detail = told(url, CHUNKED, b"3e8\r\n" + b" " * 1000 + b"\r\n" + b"3e9\r\n" + b" " * 1001 + b"\r\n")

    assert (status, detail) == (413, "the body has more than 2000 bytes")


def test_of_too_many_connections_the_longest_idle_gives_way(tmp_path: Path) -> None:
    with listening(tmp_path, TRIP, max_connections=10) as url, ExitStack() as stack:
        idle = [stack.enter_context(connected(url))]
        time.sleep(0.2)
        idle += [stack.enter_context(connected(url)) for _ in range(9)]
        for one in idle:
            one.sendall(b"GET /")
        time.sleep(0.2)
        assert alive(url)

        assert heard(idle[0]) == b""
        idle[9].sendall(b"healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert heard(idle[9]).startswith(b"HTTP/1.1 200 OK")


def test_where_every_connection_works_one_more_is_a_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(tmp_path, TRIP, max_connections=10) as url, held_up(monkeypatch) as held, ExitStack() as stack:
        working = [stack.enter_context(connected(url)) for _ in range(10)]
        body = json.dumps(QUESTION).encode()
        for one in working:
            one.sendall(
                b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
            )
            one.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        held.wait_for(10)

        assert told(url) == (503, "too many connections are open here")
        held.go_on()
        assert [heard(one)[:15] for one in working] == [b"HTTP/1.1 200 OK"] * 10


def test_who_reads_nothing_is_let_go(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.connections.LOOKED_AT_SECONDS", 0.2)
    document = httpx.get(f"{url}/openapi.json").content
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 250
    with connected(url) as one, connected(url) as other:
        for reader in (one, other):
            reader.sendall(asked)
        read = b""
        while len(read) < 250 * len(document):
            read += other.recv(2**20)
        time.sleep(1)

        assert read.count(b"200 OK") == 250
        assert 0 < len(heard(one)) < 249 * len(document)


class Held:
    """Questions that wait until they may go on."""

    def __init__(self) -> None:
        self._free, self._lock, self.running = threading.Event(), threading.Condition(), 0

    def ask(self, *given: Any) -> Any:
        with self._lock:
            self.running += 1
            self._lock.notify_all()
        assert self._free.wait(30)
        return ask(*given)

    def wait_for(self, running: int) -> None:
        with self._lock:
            assert self._lock.wait_for(lambda: self.running >= running, SOON)

    def go_on(self) -> None:
        self._free.set()


@contextmanager
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held()
    monkeypatch.setattr("service.api.ask", held.ask)
    try:
        yield held
    finally:
        held.go_on()


def asked(url: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/ask", json=QUESTION, timeout=30)


def at_once(count: int, what: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as threads:
        return [one.result() for one in [threads.submit(what) for _ in range(count)]]


def test_of_more_questions_than_may_wait_the_rest_is_told_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(tmp_path, TRIP, at_once=2) as url, held_up(monkeypatch) as held, ThreadPoolExecutor(10) as others:
        early = [others.submit(asked, url) for _ in range(10)]
        held.wait_for(2)
        time.sleep(0.5)
        late = at_once(5, lambda: asked(url))
        lives, page = alive(url), httpx.get(f"{url}/style.css").status_code
        was_running = held.running
        held.go_on()
        replies = [one.result() for one in early]

    assert [reply.status_code for reply in late] == [503] * 5
    assert {reply.headers["retry-after"] for reply in late} == {"2"}
    assert late[0].json()["detail"] == "too many requests of this kind wait already; please come again"
    assert (lives, page, was_running) == (True, 200, 2)
    assert [reply.status_code for reply in replies] == [200] * 10


def test_who_waits_too_long_is_told_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.lanes.PATIENCE", 0.2)
    with listening(tmp_path, TRIP, at_once=1) as url, held_up(monkeypatch) as held, ThreadPoolExecutor(1) as others:
        first = others.submit(asked, url)
        held.wait_for(1)
        second = asked(url)
        page = httpx.get(f"{url}/", params={"q": ASKED}, timeout=SOON)
        held.go_on()

        assert (second.status_code, page.status_code, first.result().status_code) == (503, 503, 200)
        assert asked(url).status_code == 200


def test_who_goes_away_while_waiting_takes_nobodys_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(tmp_path, TRIP, at_once=1) as url, held_up(monkeypatch) as held, ThreadPoolExecutor(5) as others:
        first = others.submit(asked, url)
        held.wait_for(1)
        for _ in range(4):
            with pytest.raises(httpx.TimeoutException):
                httpx.post(f"{url}/v1/ask", json=QUESTION, timeout=0.3)
        second = [others.submit(asked, url) for _ in range(4)]
        time.sleep(0.5)
        held.go_on()

        assert [one.result().status_code for one in (first, *second)] == [200] * 5
        assert held.running == 5


def test_a_question_that_takes_too_long_is_given_up_and_keeps_its_place_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.lanes.PATIENCE", 0.2)
    with listening(tmp_path, TRIP, at_once=1, ask_seconds=0.3) as url, held_up(monkeypatch) as held:
        late, beside = asked(url), asked(url)
        held.go_on()
        time.sleep(0.5)
        after = asked(url)

    assert (late.status_code, late.headers["retry-after"]) == (503, "2")
    assert late.json()["detail"] == "this takes longer than 0.3 seconds and is given up; please come again"
    assert (beside.status_code, after.status_code, held.running) == (503, 200, 2)


def test_a_stream_that_takes_too_long_ends_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def writer(*_: Any) -> Iterator[Any]:
        go_on.wait(SOON)
        yield from ()

    monkeypatch.setattr("service.ask._writer", lambda *_: writer)
    with listening(tmp_path, TRIP, threshold=0, ask_seconds=0.5) as url:
        reply = httpx.post(f"{url}/v1/ask", json=QUESTION | {"stream": True}, timeout=SOON)
        go_on.set()

    first, *_, last = reply.text.strip().split("\n\n")
    assert (reply.status_code, first.split("\n")[0]) == (200, "event: passages")
    name, data = last.split("\n")[:2]
    assert (name, json.loads(data.removeprefix("data: "))["status"]) == ("event: error", 503)


def test_bodies_of_all_requests_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.app.HELD_BYTES", 0)
    head = b"PUT /v1/articles/a HTTP/1.1\r\n" + JSON + b"Content-Length: 2000\r\n\r\n"
    with listening(tmp_path, TRIP, max_body_bytes=2000) as url, connected(url) as one, connected(url) as other:
        for sender in (one, other):
            sender.sendall(head + b" " * 1990)
        time.sleep(0.5)
        status, detail = told(url, head + b" " * 1990)
        for sender in (one, other):
            sender.sendall(b" " * 10)
            assert sender.recv(65536).startswith(b"HTTP/1.1 422")
        after = httpx.put(f"{url}/v1/articles/a", json={"title": "A", "text": "a" * 1500})

    assert (status, detail, after.status_code) == (503, "too much is being sent here at once", 201)


def written(url: str, n: int) -> int:
    return httpx.put(f"{url}/v1/articles/{n}", json={"title": "A", "text": "a"}, timeout=30).status_code


def test_writers_who_wait_for_another_hold_no_question_up(tmp_path: Path) -> None:
    with listening(tmp_path, TRIP, at_once=1, lock_timeout=30) as url, ThreadPoolExecutor(20) as others:
        with closing(opened(tmp_path)) as other, other.write():
            writes = [others.submit(written, url, n) for n in range(20)]
            time.sleep(0.3)
            reply = asked(url)
        outcomes = [one.result() for one in writes]

    assert (reply.status_code, outcomes) == (200, [201] * 20)


def test_five_hundred_at_once_are_each_replied_to(tmp_path: Path) -> None:
    body = json.dumps(QUESTION).encode()
    request = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
    with listening(tmp_path, TRIP, rate=0) as url, ExitStack() as stack:
        many = [stack.enter_context(connected(url)) for _ in range(500)]
        for one in many:
            one.settimeout(60)
            one.sendall(request + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        lives = alive(url)
        statuses = [heard(one).split(b" ")[1] for one in many]

    assert lives
    assert set(statuses) <= {b"200", b"503"}
    assert statuses.count(b"200") >= 16

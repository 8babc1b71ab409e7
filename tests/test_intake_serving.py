"""What is brought to a real `footnote serve`, and what of it outlives that."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from index.folder import open_store
from tests.test_serving import answered, free_port, process

# The whole service, but for an encoder of which the seconds that a passage takes are known.
FAKED = """
import time
from service import opening
from service.cli import main
from tests.fakes import WordEncoder
class Encoder(WordEncoder):
    def encode(self, inputs, *between):
        time.sleep(SECONDS * len(inputs))
        return super().encode(inputs, *between)
opening.encoder = lambda _: Encoder()
main()
"""
JSON_LINES = {"content-type": "application/jsonl"}


@contextmanager
def faked(folder: Path, seconds: float) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process that serves, and its address once it is ready."""
    port = free_port()
    code = FAKED.replace("SECONDS", str(seconds))
    running = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--data", str(folder), "--port", str(port)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "FOOTNOTE_READER": "none"},
    )
    try:
        answered(f"http://127.0.0.1:{port}/readyz", 240)
        yield running, f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.wait()


def story(id: str, spaces: int = 0) -> bytes:
    said = f"The {id} crossed the lake at dawn. " * 40
    return json.dumps({"id": id, "title": id, "text": said})[:-1].encode() + b" " * spaces + b"}\n"


def job(url: str, location: str, until: Any, seconds: float = 120) -> dict[str, Any]:
    """The job once it is as it should be."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found: dict[str, Any] = httpx.get(url + location).json()
        if until(found):
            return found
        time.sleep(0.02)
    raise TimeoutError(f"{location}: {found}")


def has_ended(job: dict[str, Any]) -> bool:
    return job["state"] not in ("waiting", "running")


def half_an_upload(url: str) -> socket.socket:
    """A stream of which the rest never comes."""
    address = httpx.URL(url)
    one = socket.create_connection((str(address.host), int(address.port or 0)))
    head = f"POST /v1/articles HTTP/1.1\r\nHost: {address.host}:{address.port}\r\nTransfer-Encoding: chunked\r\n"
    data = story("half") * 200
    one.sendall(f"{head}Content-Type: application/jsonl\r\n\r\n{len(data):x}\r\n".encode() + data + b"\r\n")
    return one


def folders(data: Path) -> int:
    return sum(found.is_dir() for found in (data / "intake").iterdir())


@pytest.mark.slow
def test_a_job_of_a_killed_service_goes_on_and_every_article_is_there_once(tmp_path: Path) -> None:
    ids = [f"goose{number}" for number in range(300)]
    with faked(tmp_path, 0.02) as (running, url):
        reply = httpx.post(f"{url}/v1/articles", content=b"".join(map(story, ids)), headers=JSON_LINES)
        then = httpx.post(f"{url}/v1/articles", content=story("last"), headers=JSON_LINES)
        assert (reply.status_code, then.status_code) == (202, 202)
        with half_an_upload(url):
            before = job(url, reply.headers["location"], lambda found: found["added"] > 0)
            while folders(tmp_path) < 3:
                time.sleep(0.02)
            running.kill()
            running.wait()
    assert (before["state"], before["added"] < 300) == ("running", True)

    with faked(tmp_path, 0) as (_, url):
        after = job(url, reply.headers["location"], has_ended)
        last = job(url, then.headers["location"], has_ended)
        listed = httpx.get(f"{url}/v1/articles?limit=1000").json()["articles"]
        end = time.monotonic() + 10
        while folders(tmp_path) and time.monotonic() < end:
            time.sleep(0.02)
    assert (after["state"], after["files_done"], after["articles"], after["rejected"]) == ("done", 1, 300, 0)
    assert after["added"] + after["unchanged"] == 300
    assert before["added"] <= after["added"]
    assert (last["state"], last["added"]) == ("done", 1)
    assert [one["id"] for one in listed] == sorted([*ids, "last"])
    assert folders(tmp_path) == 0


@pytest.mark.slow
def test_told_to_stop_in_the_middle_of_a_job_it_stops_in_time_and_the_job_waits(tmp_path: Path) -> None:
    with faked(tmp_path, 0.01) as (running, url):
        body = b"".join(story(f"goose{number}") for number in range(2_000))
        reply = httpx.post(f"{url}/v1/articles", content=body, headers=JSON_LINES)
        job(url, reply.headers["location"], lambda found: found["added"] > 0)
        told = time.monotonic()
        running.send_signal(signal.SIGTERM)
        code = running.wait(10)
        took = time.monotonic() - told
    store = open_store(tmp_path, 1.0)
    with store.reading() as snapshot:
        waiting = snapshot.jobs.next()
    store.close()
    assert (code, took < 3) == (0, True)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == ("waiting", 0)
    assert 0 < waiting.tally.added < 2_000


def most_memory(pid: int) -> int:
    """The most that a process ever had in memory, in bytes."""
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured by /proc")
def test_a_stream_far_larger_than_the_memory_it_takes_goes_in_whole(tmp_path: Path) -> None:
    def body() -> Iterator[bytes]:
        for number in range(5_000):
            yield json.dumps({"id": f"n{number}", "title": "N", "text": f"Number {number}."})[:-1].encode()
            yield b" " * 40_000 + b"}\n"

    with faked(tmp_path, 0) as (running, url):
        small = httpx.post(f"{url}/v1/articles", content=story("small"), headers=JSON_LINES)
        job(url, small.headers["location"], has_ended)
        before = most_memory(running.pid)
        reply = httpx.post(f"{url}/v1/articles", content=body(), headers=JSON_LINES, timeout=60)
        received = most_memory(running.pid)
        done = job(url, reply.headers["location"], has_ended)
    assert reply.json()["size"] > 200_000_000
    assert received - before < 32_000_000
    assert (done["state"], done["added"]) == ("done", 5_000)


@pytest.mark.slow
def test_a_file_that_is_brought_is_found_by_the_real_model(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    page = b"<html><head><title>Zoo</title></head><body><article><h1>Zoo</h1><p>A keeper of the zoo said that seven"
    page += (
        b" zebras had crossed the runway of the airport on Monday before they were caught.</p></article></body></html>"
    )
    with process(tmp_path, "--port", str(port), FOOTNOTE_API_KEY="k" * 32, FOOTNOTE_MAX_UPLOAD_BYTES="100000"):
        answered(f"{url}/readyz", 240)
        key = {"Authorization": f"Bearer {'k' * 32}"}
        files = {"files": ("zoo.html", page)}
        wrong = httpx.post(f"{url}/v1/articles", files=files)
        large = httpx.post(f"{url}/v1/articles", content=(b" " * 1000 for _ in range(1000)), headers=key | JSON_LINES)
        reply = httpx.post(f"{url}/v1/articles", files=files, headers=key)
        while not has_ended(done := httpx.get(url + reply.headers["location"], headers=key).json()):
            time.sleep(0.05)
        found = httpx.post(f"{url}/v1/ask", json={"question": "how many zebras crossed the runway?"}).json()
    assert (wrong.status_code, large.status_code, reply.status_code) == (401, 413, 202)
    assert large.json()["detail"] == "the body has more than 100000 bytes"
    assert (done["state"], done["added"]) == ("done", 1)
    assert (found["passages"][0]["article"]["id"], "seven" in found["answer"]["text"]) == ("zoo", True)

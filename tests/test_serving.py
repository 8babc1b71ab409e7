import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from index.errors import Invalid
from service.serving import listen
from tests.worlds import ASKED

SEEDS = Path(__file__).parent.parent / "seeds"


@contextmanager
def process(folder: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real `footnote serve`, which is ended at the latest here."""
    with said(folder).open("w") as stderr:
        running = subprocess.Popen(
            [sys.executable, "-c", "from service.cli import main; main()", "serve", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
            stderr=stderr,
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def said(folder: Path) -> Path:
    return folder / "stderr"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


def answered(url: str, seconds: float, status: int = 200) -> httpx.Response:
    """The reply once it has this status."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            reply = httpx.get(url)
        except httpx.TransportError:
            reply = None
        if reply is not None and reply.status_code == status:
            return reply
        time.sleep(0.05)
    raise TimeoutError(url)


@pytest.mark.slow
def test_a_demo_lives_at_once_answers_when_ready_and_stops_when_told(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    with process(tmp_path, "--port", str(port), FOOTNOTE_DEMO="1", FOOTNOTE_SEEDS=str(SEEDS)) as running:
        answered(f"{url}/healthz", 30)
        assert httpx.get(f"{url}/readyz").status_code == 503
        ready = answered(f"{url}/readyz", 120).json()
        reply = httpx.post(f"{url}/v1/ask", json={"question": ASKED}).json()
        told = time.monotonic()
        running.send_signal(signal.SIGTERM)
        code = running.wait(10)

    assert (code, time.monotonic() - told < 5) == (0, True)
    assert ready["articles"] == 5
    assert "balloon" in reply["passages"][0]["text"]


@pytest.mark.slow
def test_told_to_stop_while_it_opens_it_stops_in_time(tmp_path: Path) -> None:
    port = free_port()

    with process(tmp_path, "--port", str(port)) as running:
        answered(f"http://127.0.0.1:{port}/healthz", 30)
        told = time.monotonic()
        running.send_signal(signal.SIGTERM)
        code = running.wait(10)

    assert (code, time.monotonic() - told < 5) == (0, True)


@pytest.mark.slow
def test_several_processes_serve_one_folder_and_one_that_is_killed_is_started_anew(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    with process(tmp_path, "--port", str(port), "--workers", "2", FOOTNOTE_LOG_LEVEL="warning") as running:
        answered(f"{url}/readyz", 60)
        first = children(running.pid)
        os.kill(first[0], signal.SIGKILL)
        until = time.monotonic() + 20
        while len(second := children(running.pid)) < 2 or second == first:
            assert time.monotonic() < until
            time.sleep(0.05)
        put = httpx.put(f"{url}/v1/articles/geese", json={"title": "Geese", "text": "Nobody counted the geese."})
        replies = [httpx.post(f"{url}/v1/ask", json={"question": "who counted the geese?"}) for _ in range(8)]
        told = time.monotonic()
        running.send_signal(signal.SIGTERM)
        code = running.wait(10)

    assert (len(first), len(second), len({*first, *second})) == (2, 2, 3)
    assert put.status_code == 201
    assert [reply.json()["passages"][0]["article"]["id"] for reply in replies] == ["geese"] * 8
    assert (code, time.monotonic() - told < 5) == (0, True)
    assert "was ended by signal 9: another is started" in said(tmp_path).read_text()


@pytest.mark.slow
def test_processes_end_with_the_one_that_started_them_however_that_ends(tmp_path: Path) -> None:
    port = free_port()

    with process(tmp_path, "--port", str(port), "--workers", "2") as running:
        answered(f"http://127.0.0.1:{port}/healthz", 60)
        workers = children(running.pid)
        running.kill()
        until = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in workers):
            assert time.monotonic() < until
            time.sleep(0.05)

    assert len(workers) == 2


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.slow
def test_several_processes_that_can_open_nothing_end_and_say_why(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()

    with process(tmp_path, "--port", "0", "--workers", "2", FOOTNOTE_MODEL=str(tmp_path / "model")) as running:
        code = running.wait(120)

    assert code == 3
    assert "\nfootnote: FOOTNOTE_MODEL=" in said(tmp_path).read_text()


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    port = free_port()

    with process(tmp_path, "--port", str(port), FOOTNOTE_LOG_LEVEL="warning") as running:
        answered(f"http://127.0.0.1:{port}/healthz", 30)
        running.send_signal(signal.SIGINT)
        code = running.wait(10)

    assert code == 130
    assert "Traceback" not in said(tmp_path).read_text()


@pytest.mark.slow
def test_what_can_not_be_opened_ends_the_process_and_says_why(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "model").mkdir()

    with process(tmp_path, "--port", str(port), FOOTNOTE_MODEL=str(tmp_path / "model")) as running:
        code = running.wait(120)

    assert code == 3
    assert "\nfootnote: FOOTNOTE_MODEL=" in said(tmp_path).read_text()


def test_a_taken_port_is_told_with_what_chooses_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Invalid, match=rf"can't listen on 127.0.0.1 port {port}: .*--host and --port choose others"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.1", "no-such-host.invalid", "a" * 300, "a..b"])
def test_an_address_that_is_not_this_machines_is_told(host: str) -> None:
    with pytest.raises(Invalid, match="can't listen on"):
        listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_free_address_takes_connections_at_once(host: str) -> None:
    with listen(host, 0) as listening, socket.create_connection(("127.0.0.1", listening.getsockname()[1])):
        pass

"""The clock of a running service is set back by an hour and ahead by a year, and back: nothing breaks or is lost."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from index.export import exported
from tests.archive import assert_whole, opened, texts
from tests.keeping import kept, restored
from tests.processes import until

LIBRARIES = [Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), Path("/usr/local/lib/faketime").glob("*MT.so.1")]
LIBRARY = next((str(path) for found in LIBRARIES for path in found), None)
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="needs libfaketime: apt-get install faketime")

HOUR_BACK, YEAR_AHEAD, NOW = "-3600", "+31536000", "+0"
JUMPS = [NOW, HOUR_BACK, NOW, YEAR_AHEAD, HOUR_BACK, NOW]


class Service:
    """A running service, and its clock."""

    def __init__(self, folder: Path, port: int, clock: Path) -> None:
        self.folder, self._port, self._clock = folder, port, clock

    def set_clock(self, offset: str) -> None:
        self._clock.with_suffix(".new").write_text(offset + "\n")
        self._clock.with_suffix(".new").rename(self._clock)

    def now(self) -> datetime:
        """What its clock says."""
        with closing(self._connection()) as connection:
            connection.request("GET", "/healthz")
            return parsedate_to_datetime(connection.getresponse().headers["date"])

    def call(self, method: str, path: str, body: Any = None, key: str = "root") -> tuple[int, Any]:
        raw = isinstance(body, str)
        kind = "application/x-ndjson" if raw else "application/json"
        headers = {"authorization": f"Bearer {key}", "content-type": kind}
        with closing(self._connection()) as connection:
            connection.request(method, path, body if raw or body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            said = reply.read()
            return reply.status, json.loads(said) if said else None

    def _connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self._port, timeout=60)

    def first(self, question: str, key: str = "root") -> str:
        status, reply = self.call("POST", "/v1/ask", {"question": question}, key)
        assert status == 200, reply
        return str(reply["passages"][0]["text"])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    clock = tmp_path / "clock"
    clock.write_text(f"{NOW}\n")
    # As where an operator or a time server sets it: the monotonic clock and the times of files are not touched.
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    command = [sys.executable, "-m", "tests.clocked", str(tmp_path / "data"), str(port)]
    process = subprocess.Popen(command, env=os.environ | faked)
    try:
        until(process, port, "/readyz")
        yield Service(tmp_path / "data", port, clock)
    finally:
        process.terminate()
        process.wait()


def test_writes_answers_and_jobs_go_on_whatever_the_clock_says(service: Service, tmp_path: Path) -> None:
    cited, expected = list[str](), dict[str, str]()
    for step, offset in enumerate(JUMPS):
        service.set_clock(offset)
        text = f"In step {step} the balloon flew."
        status, _ = service.call("PUT", "/v1/articles/put", {"title": "Put", "text": text})
        assert status == (200 if step else 201)
        assert service.first(f"which balloon flew in step {step}?") == text
        cited.append(service.call("POST", "/v1/ask", {"question": "which balloon?"})[1]["passages"][0]["id"])
        lines = "".join(json.dumps({"id": f"j{step}-{n}", "title": "J", "text": f"Fox {n}."}) + "\n" for n in range(3))
        status, job = service.call("POST", "/v1/articles", lines)
        assert status == 202
        # The clock is set while the job runs.
        service.set_clock(JUMPS[step - 1])
        assert _ended(service, job["id"])["state"] == "done"
        expected |= {f"j{step}-{n}": f"Fox {n}." for n in range(3)} | {"put": text}
        service.call("DELETE", f"/v1/articles/j{step}-0")
        del expected[f"j{step}-0"]
    states = [service.call("GET", f"/v1/citations/{id}")[1]["state"] for id in cited]
    assert states == [*["superseded"] * (len(JUMPS) - 1), "stands"]
    copy = restored(kept(service.folder), tmp_path / "copy")
    with closing(opened(copy)) as index:
        assert texts(index) == expected
        assert_whole(index)
        with index.read_any() as snapshot:
            [line] = [json.loads(one) for one in exported(snapshot, _raise) if '"put"' in one]
        # In the order in which they came, whatever the clock said.
        said = [version["text"] for version in line["history"]["versions"]]
        assert said == [f"In step {step} the balloon flew." for step in range(len(JUMPS) - 1)]


def _raise(fault: Exception) -> None:
    raise fault


def _ended(service: Service, job: str) -> dict[str, Any]:
    for _ in range(600):
        found: dict[str, Any] = service.call("GET", f"/v1/jobs/{job}")[1]
        if found["state"] not in ("waiting", "running"):
            return found
        sleep(0.05)
    raise AssertionError(found)


def test_a_key_is_good_by_the_clock_and_a_rate_locks_nobody_out(service: Service) -> None:
    service.call("PUT", "/v1/articles/a", {"title": "A", "text": "The balloon flew."})
    day = (service.now() + timedelta(days=2)).date().isoformat()
    status, made = service.call("POST", "/v1/keys", {"name": "Anna", "scopes": ["ask"], "rate": 3, "expires": day})
    assert status == 201
    key = made["token"]
    assert service.first("which balloon?", key) == "The balloon flew."
    service.set_clock(YEAR_AHEAD)
    status, reply = service.call("POST", "/v1/ask", {"question": "which balloon?"}, key)
    assert (status, "expired" in reply["detail"]) == (401, True)
    # What was counted at a moment that lies an hour ahead now counts no longer.
    service.set_clock(HOUR_BACK)
    statuses = [service.call("POST", "/v1/ask", {"question": "which balloon?"}, key)[0] for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    service.set_clock("-3570")
    assert service.first("which balloon?", key) == "The balloon flew."

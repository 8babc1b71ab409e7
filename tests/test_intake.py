"""What is brought over HTTP: multipart files and streams, as jobs of the real application and the real store."""

import errno
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import Invalid
from index.folder import Index
from index.ingest import Progress, Summary, ingest
from index.jobs import Jobs
from index.rebuild import open_index
from index.spool import arriving
from service import jobs as worker
from service.app import create_app
from service.settings import Settings
from service.uploads import _Form, _written, cleaned
from tests.fakes import WordEncoder
from tests.test_api import refused
from tests.worlds import LOOPBACK, served

GEESE, SHIPS = b"Geese crossed the lake at dawn.\n", b"Ships sank in the bay.\n"
STREAM = {"content-type": "application/x-ndjson"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path) as one:
        yield one


def form(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", file) for file in files]


def ended(client: TestClient, location: str, seconds: float = 60) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(location).json()
        if job["state"] not in ("waiting", "running"):
            return job
        time.sleep(0.02)
    raise TimeoutError(location)


def taken_in(client: TestClient, *files: tuple[str, bytes], **more: Any) -> dict[str, Any]:
    reply = client.post("/v1/articles", files=form(*files), **more)
    assert reply.status_code == 202, reply.text
    return ended(client, reply.headers["location"])


def counts(job: dict[str, Any]) -> tuple[int, ...]:
    return tuple(job[name] for name in ("added", "unchanged", "replaced", "rejected"))


def lines(*ids: str, text: str = "Text of") -> bytes:
    return b"".join(json.dumps({"id": id, "title": id, "text": f"{text} {id}."}).encode() + b"\n" for id in ids)


def zipped(**files: bytes) -> bytes:
    data = BytesIO()
    with ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def spooled(path: Path) -> list[str]:
    return sorted(found.name for found in (path / "intake").iterdir() if found.is_dir())


def left(path: Path) -> list[str]:
    """What stays of uploads, the files of a job being removed just after it has ended."""
    until = time.monotonic() + 10
    while spooled(path) and time.monotonic() < until:
        time.sleep(0.02)
    return spooled(path)


def raw(name: bytes, content: bytes = GEESE, more: bytes = b"") -> dict[str, Any]:
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\n' + content
    return {
        "content": body + b"\r\n" + more + b"--b--\r\n",
        "headers": {"content-type": "multipart/form-data; boundary=b"},
    }


def test_files_a_zip_and_a_damaged_one_are_one_job_that_says_what_became_of_each(
    client: TestClient, tmp_path: Path
) -> None:
    files = (
        ("2023/geese.txt", GEESE),
        ("ships.md", SHIPS),
        ("all.zip", zipped(**{"in/a.txt": b"Foxes sleep.\n", "b.jsonl": lines("x") + b"{}\n"})),
        ("bad.docx", b"PK\x03\x04 not one"),
    )
    reply = client.post("/v1/articles", files=form(*files), params={"id_prefix": "new/"})

    brought = reply.json()
    assert (reply.status_code, reply.headers["location"]) == (202, f"/v1/jobs/{brought['id']}")
    assert [(one["name"], one["size"]) for one in brought["received"]] == [(name, len(data)) for name, data in files]
    assert (brought["files"], brought["size"]) == (4, sum(len(data) for _, data in files))
    job = ended(client, reply.headers["location"])
    assert (job["state"], job["files_done"], job["articles"]) == ("done", 4, 4)
    assert counts(job) == (4, 0, 0, 2)
    assert [(one["file"], one["line"]) for one in job["rejections"]] == [("all.zip/b.jsonl", 2), ("bad.docx", None)]
    listed = client.get("/v1/articles").json()["articles"]
    assert [one["id"] for one in listed] == ["new/2023/geese", "new/in/a", "new/ships", "new/x"]
    assert client.get("/v1/articles/new/2023/geese").json()["text"] == GEESE.decode()
    assert left(tmp_path) == []


def test_the_ledger_names_uploaded_files_and_the_same_again_is_unchanged(client: TestClient, tmp_path: Path) -> None:
    taken_in(client, ("sub/a.txt", GEESE), ("bad.html", b""))
    again = taken_in(client, ("sub/a.txt", GEESE))

    assert counts(again) == (0, 1, 0, 0)
    sources = client.get("/v1/sources").json()["sources"]
    assert [(one["file"], one["folder"], one["state"], one["size"]) for one in sources] == [
        ("upload:bad.html", None, "rejected", 0),
        ("upload:sub/a.txt", None, "unchanged", len(GEESE)),
    ]
    said = json.dumps([client.get("/v1/sources").json(), client.get(f"/v1/jobs/{again['id']}").json()])
    assert str(tmp_path) not in said


def test_a_table_among_the_files_describes_them_and_clashes_are_named_as_they_were_brought(client: TestClient) -> None:
    table = b"file,source,published_at\nsub/a.txt,Reuters,2023-06-18\nnone.txt,AP,\n"
    job = taken_in(client, ("sub/a.txt", GEESE), ("articles.csv", table), ("b.txt", SHIPS), ("b.md", SHIPS))

    found = client.get("/v1/articles/sub/a").json()
    assert (found["source"], found["published_at"], found["date_basis"]) == ("Reuters", "2023-06-18", "given")
    assert [(one["file"], one["line"], one["reason"]) for one in job["rejections"]] == [
        ("articles.csv", 3, "there is no file 'none.txt' beside it"),
        ("b.md", None, "comes to the same id 'b' as b.txt; none of them went in"),
        ("b.txt", None, "comes to the same id 'b' as b.md; none of them went in"),
    ]


def test_the_prefix_may_be_a_field_of_the_form(client: TestClient) -> None:
    reply = client.post("/v1/articles", files=form(("a.txt", GEESE)), data={"id_prefix": "form/"})

    assert ended(client, reply.headers["location"])["id_prefix"] == "form/"
    assert client.get("/v1/articles/form/a").status_code == 200
    detail = refused(
        client.post("/v1/articles?id_prefix=x", files=form(("a.txt", GEESE)), data={"id_prefix": "y"}), 422
    )
    assert detail == "id_prefix: the form says 'y', the address 'x'"


def test_a_stream_in_chunks_is_taken_in_whole(client: TestClient) -> None:
    data = lines(*(f"n{number:04}" for number in range(300))) + b"not json\n"
    chunks = (data[start : start + 777] for start in range(0, len(data), 777))
    reply = client.post("/v1/articles?name=feed.jsonl", content=chunks, headers=STREAM)

    job = ended(client, reply.headers["location"])
    assert counts(job) == (300, 0, 0, 1)
    assert job["rejections"] == [
        {"file": "feed.jsonl", "line": 301, "reason": "not JSON at character 1 of the line: Expecting value"}
    ]
    assert client.get("/readyz").json()["articles"] == 300


def test_a_body_over_the_bound_is_refused_by_it_and_leaves_nothing(tmp_path: Path) -> None:
    with served(tmp_path, max_upload_bytes=4096, max_body_bytes=1024) as client:
        whole = client.post("/v1/articles", files=form(("a.txt", b"x" * 5000)))
        chunked = client.post("/v1/articles", content=(b"x" * 1000 for _ in range(5)), headers=STREAM)
        small = client.post("/v1/articles", files=form(("a.txt", b"Words. " * 300)))

        for reply in (whole, chunked):
            assert refused(reply, 413) == "the body has more than 4096 bytes"
        assert ended(client, small.headers["location"])["added"] == 1
        assert [one["id"] for one in client.get("/v1/jobs").json()["jobs"]] == [small.json()["id"]]
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"../a.txt", "names a place outside"),
        (b"a/../../b.txt", "names a place outside"),
        (b"/etc/a.txt", "names a place outside"),
        (b"C:/a.txt", "names a place outside"),
        (b"C:\\Windows\\a.txt", "backslash"),
        (b"a\\b.txt", "backslash"),
        (b"a\0.txt", "NUL"),
        (b"a\x1b.txt", "control character"),
        (b"/", "names no file"),
        (b"..", "names no file"),
        (b"n" * 252 + b".txt", "longer than"),
        (b"\xff.txt", "not UTF-8"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_of_the_upload_stays(
    client: TestClient, tmp_path: Path, name: bytes, said: str
) -> None:
    detail = refused(client.post("/v1/articles", **raw(name)), 422)

    assert said in detail
    assert (client.get("/v1/jobs").json()["jobs"], spooled(tmp_path)) == ([], [])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.txt", "a.txt"),
        ("./a//b.txt", "a/b.txt"),
        ("Zeitung für alle/…é.txt", "Zeitung für alle/…é.txt"),
        (".DS_Store", None),
        ("sub/.git/a.txt", None),
    ],
)
def test_a_name_is_a_path_below_the_upload(name: str, path: str | None) -> None:
    assert cleaned(name) == path


@pytest.mark.parametrize(
    ("bound", "said"), [("MOST_FILES", "brings more than 2 files"), ("MOST_PARTS", "more than 2 parts")]
)
def test_a_body_of_very_many_files_or_parts_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, bound: str, said: str
) -> None:
    monkeypatch.setattr(f"service.uploads.{bound}", 2)
    hidden = "." if bound == "MOST_PARTS" else ""
    reply = client.post("/v1/articles", files=form(*((f"{hidden}{n}.txt", GEESE) for n in range(3))))

    assert (reply.status_code, said in reply.json()["detail"]) == (422, True)


def test_hidden_files_are_passed_over(client: TestClient) -> None:
    job = taken_in(client, ("sub/.DS_Store", b"\0"), ("sub/a.txt", GEESE))

    assert [one["name"] for one in job["received"]] == ["sub/a.txt"]


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "Content-Type: 'text/plain' is not taken"),
        ({"content": b"x", "headers": STREAM | {"content-encoding": "gzip"}}, 415, "Content-Encoding"),
        ({"content": b"", "headers": STREAM}, 422, "the body is empty"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 422, "has no boundary"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 422, "the body is not"),
        (raw(b"a.txt") | {"content": raw(b"a.txt")["content"][:-20]}, 422, "ends before its last part"),
        (raw(b""), 422, "brings no file"),
        (raw(b".hidden"), 422, "brings no file"),
        (raw(b"a.txt", more=raw(b"a.txt")["content"][:-7]), 422, "'a.txt' is brought twice"),
        (raw(b"a", more=raw(b"a/b.txt")["content"][:-7]), 422, "'a/b.txt' is brought twice, or as a file and as a"),
        ({"files": form(("a.txt", GEESE)), "data": {"prefix": "x"}}, 422, "'prefix' is no field of this form"),
        ({"files": form(("a.txt", GEESE)), "params": {"id_prefix": "a\nb"}}, 422, "id_prefix 'a\\nb'"),
        ({"content": lines("a"), "headers": STREAM, "params": {"name": "../x.jsonl"}}, 422, "names a place outside"),
        ({"content": lines("a"), "headers": STREAM, "params": {"name": "x.pdf"}}, 422, "not that of a .jsonl file"),
    ],
)
def test_a_body_that_brings_nothing_is_refused_with_its_reason(
    client: TestClient, tmp_path: Path, sent: dict[str, Any], status: int, said: str
) -> None:
    assert said in refused(client.post("/v1/articles", **sent), status)
    assert left(tmp_path) == []


def test_a_full_disk_is_a_503_that_says_so_and_leaves_nothing(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("index.spool.os.fsync", full)
        reply = client.post("/v1/articles", files=form(("a.txt", GEESE)))

    assert refused(reply, 503) == "the data folder can't hold it: No space left on device"
    assert (reply.headers["retry-after"], spooled(tmp_path)) == ("1", [])
    assert taken_in(client, ("a.txt", GEESE))["added"] == 1


WHOLE = raw(b"a.txt", more=raw(b"sub/b.md")["content"][:-7])["content"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3)), max_size=4),
    cut=st.integers(1, len(WHOLE)),
)
def test_any_form_is_received_whole_or_refused(tmp_path: Path, changes: list[tuple[int, bytes]], cut: int) -> None:
    body = bytearray(WHOLE)
    for at, piece in changes:
        body[at : at + 1] = piece
    spool = tmp_path / "intake"
    with arriving(spool, spool / "lock") as upload:
        try:
            sink = _Form(upload, b"b")
            for part in (bytes(body[:cut]), bytes(body[cut:])):
                _written(sink.write, part)
            sink.end()
        except Invalid:
            pass
        else:
            assert all((spool / upload.id / file.name).stat().st_size == file.size for file in upload.files)
    assert spooled(tmp_path) == []


def test_nobody_brings_or_sees_jobs_without_the_key(tmp_path: Path) -> None:
    with served(tmp_path, api_key="k" * 32) as client:
        wrong = {"Authorization": "Bearer wrong"}
        replies = [
            client.post("/v1/articles", files=form(("a.txt", GEESE)), headers=wrong),
            *(client.get(path, headers=wrong) for path in ("/v1/jobs", "/v1/jobs/x")),
            client.delete("/v1/jobs/x", headers=wrong),
        ]
        right = client.post(
            "/v1/articles", files=form(("a.txt", GEESE)), headers={"Authorization": f"Bearer {'k' * 32}"}
        )
    assert [reply.status_code for reply in replies] == [401] * 4
    assert right.status_code == 202


def test_jobs_are_listed_latest_first_a_page_at_a_time(client: TestClient) -> None:
    ids = [taken_in(client, (f"{name}.txt", GEESE))["id"] for name in "abc"]

    first = client.get("/v1/jobs?limit=2").json()
    second = client.get(f"/v1/jobs?limit=2&cursor={first['next']}").json()

    assert [one["id"] for one in first["jobs"] + second["jobs"]] == ids[::-1]
    assert second["next"] is None
    refused(client.get("/v1/jobs/none"), 404)
    refused(client.delete("/v1/jobs/none"), 404)
    assert "done already" in refused(client.delete(f"/v1/jobs/{ids[0]}"), 409)


def test_a_job_that_fails_says_why_and_the_next_one_runs(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(index: Index, files: Any, *more: Any) -> Summary:
        found = list(files)
        if found[0].id == "bad":
            raise MemoryError("no more")
        return ingest(index, found, *more)

    monkeypatch.setattr("service.jobs.ingest", failing)
    first, second = (taken_in(client, (name, GEESE)) for name in ("bad.txt", "good.txt"))

    assert (first["state"], first["reason"]) == ("failed", "MemoryError: no more")
    assert (second["state"], second["added"]) == ("done", 1)


def test_jobs_wait_for_each_other_and_are_cancelled_waiting_or_running(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(worker, "SAID_EVERY_SECONDS", 0.0)
    held = [True]
    at = worker._Course.at

    def slow(course: Any, step: Progress) -> None:
        at(course, step)
        while held[0] and step.articles == 2:
            time.sleep(0.01)
            at(course, step)

    monkeypatch.setattr(worker._Course, "at", slow)
    running, waiting, last = (
        client.post("/v1/articles", content=lines(*ids), headers=STREAM).headers["location"]
        for ids in (("a", "b", "c"), ("d",), ("e",))
    )
    while client.get(running).json()["articles"] < 2:
        time.sleep(0.01)
    assert [client.get(job).json()["state"] for job in (running, waiting, last)] == ["running", "waiting", "waiting"]
    assert [client.delete(job).json()["state"] for job in (waiting, running)] == ["cancelled", "cancelled"]
    held[0] = False

    assert ended(client, last)["added"] == 1
    assert [client.get(job).json()["state"] for job in (running, waiting)] == ["cancelled", "cancelled"]
    assert client.get("/v1/articles/c").status_code == client.get("/v1/articles/d").status_code == 404
    assert left(tmp_path) == []


def waiting_job(jobs: Jobs, *files: tuple[str, bytes]) -> str:
    with jobs.arriving() as arriving:
        for name, data in files:
            arriving.begin(name)
            arriving.write(data)
            arriving.end()
        return jobs.add(arriving, "").id


def test_what_was_never_acknowledged_is_cleared_at_start_and_what_was_goes_in(tmp_path: Path) -> None:
    with closing(open_index(tmp_path, WordEncoder())) as index:
        id = waiting_job(index.jobs, ("a.txt", GEESE))
        (tmp_path / "intake" / "torn").mkdir()
        (tmp_path / "intake" / "torn" / "b.txt").write_bytes(SHIPS)
        # One process that still receives keeps all that is there from being taken for leftovers.
        with index.jobs.arriving():
            index.jobs.clear_all_away()
            assert "torn" in spooled(tmp_path)
        with TestClient(create_app(Settings(data=tmp_path), index), **LOOPBACK) as client:
            assert ended(client, f"/v1/jobs/{id}")["added"] == 1
    assert left(tmp_path) == []


def test_of_two_services_on_a_folder_one_runs_the_jobs(tmp_path: Path) -> None:
    with closing(open_index(tmp_path, WordEncoder())) as index:
        id = waiting_job(index.jobs, ("a.txt", GEESE))
        with index.jobs.turn() as theirs, closing(open_index(tmp_path, WordEncoder())) as other:
            assert theirs
            with TestClient(create_app(Settings(data=tmp_path), other), **LOOPBACK) as client:
                time.sleep(0.3)
                assert client.get(f"/v1/jobs/{id}").json()["state"] == "waiting"
        with TestClient(create_app(Settings(data=tmp_path), index), **LOOPBACK) as client:
            assert ended(client, f"/v1/jobs/{id}")["state"] == "done"


def test_a_job_that_ends_the_service_again_and_again_fails(tmp_path: Path) -> None:
    with closing(open_index(tmp_path, WordEncoder())) as index:
        id = waiting_job(index.jobs, ("a.txt", GEESE))
        lost = waiting_job(index.jobs, ("b.txt", SHIPS))
        shutil.rmtree(tmp_path / "intake" / lost)
        for _ in range(worker.MOST_ATTEMPTS):
            assert index.jobs.begin(index.jobs.one(id))
        with TestClient(create_app(Settings(data=tmp_path), index), **LOOPBACK) as client:
            assert ended(client, f"/v1/jobs/{id}")["reason"] == "the service ended 5 times while it ran"
            assert "bring them again" in ended(client, f"/v1/jobs/{lost}")["reason"]


def test_a_job_that_was_stopped_goes_on_and_counts_what_it_brought_in_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHARACTERS", 1)
    at = worker._Course.at

    def stopping(course: Any, step: Progress) -> None:
        if step.articles == 4:
            course._stopping.set()
        at(course, step)

    with closing(open_index(tmp_path, WordEncoder())) as index:
        id = waiting_job(index.jobs, ("a.jsonl", lines(*"abcdef") + b"{}\n"))
        with monkeypatch.context() as patched:
            patched.setattr(worker._Course, "at", stopping)
            with TestClient(create_app(Settings(data=tmp_path), index), **LOOPBACK):
                while index.jobs.one(id).state != "waiting" or not index.jobs.one(id).tally.added:
                    time.sleep(0.01)
        stopped = index.jobs.one(id)
        assert (stopped.state, stopped.attempts, stopped.tally.added) == ("waiting", 0, 3)
        with TestClient(create_app(Settings(data=tmp_path), index), **LOOPBACK) as client:
            job = ended(client, f"/v1/jobs/{id}")
    assert (job["state"], job["articles"], *counts(job)) == ("done", 6, 6, 0, 0, 1)

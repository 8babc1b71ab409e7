"""What the disk changes of a data folder beside texts and passages: it is said, and never acted upon."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from index import sorting
from index.discovery import find, still_there, whole
from index.errors import FolderDamaged
from index.export import exported
from index.ingest import ingest, put
from index.jobs import CHANGED
from index.readers import Limits
from index.rebuild import reindex
from index.repair import check, repair
from index.store.checking import ROWS
from index.store.seals import SEALED
from index.verdict import shipped
from service.answers import Answers
from service.app import create_app
from service.calibration import Fit, keep, kept
from service.cli import cli
from service.damage import damages
from service.database import FILE, Database
from service.feeds.canonical import digest
from service.feeds.feed import FeedEntry
from service.feeds.remembered import FeedState, Remembered
from service.keys import Keys
from service.sealed import SEALED as OF_SERVICE
from service.settings import Settings
from tests.archive import ENCODER, filled, opened, texts
from tests.faults.operations import TEXTS, bring, run_jobs, write_files
from tests.test_repetition import BOX, boxed
from tests.worlds import LOOPBACK

NAMES = ("Ann", "Ben", "Cyd", "Dan")


def changed_on_disk(file: Path, sql: str) -> None:
    """Change rows without their seals, as a disk would."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        # No seal is found to be right, so that none is made anew.
        connection.create_function("seal", -1, lambda *_: -1)
        connection.execute("PRAGMA ignore_check_constraints = ON")
        assert connection.execute(sql).rowcount > 0


def lived(data: Path, files: Path) -> None:
    """A folder in every table of which are rows."""
    write_files(files, TEXTS | {"trip": "The NATO (North Atlantic Treaty Organization) trip was on."})
    with closing(opened(data)) as index:
        ingest(index, find([files]), Limits())
        write_files(files, TEXTS | {"fox": "The North Atlantic Treaty Organization (NATO) met foxes."})
        ingest(index, find([files]), Limits())
        for n in range(4):
            put(index, boxed(n, BOX.format(NAMES[n], n + 3)))
        with index.jobs.arriving() as arriving:
            arriving.begin("broken.json")
            arriving.write(b"{")
            arriving.end()
            index.jobs.add(arriving, "")
        run_jobs(index)
        bring(index)
        index.delete("harbour")


@pytest.fixture(scope="module")
def a_life(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("life")
    lived(place / "data", place / "files")
    return place / "data"


def test_every_row_that_was_ever_written_has_its_seal(a_life: Path) -> None:
    assert [*check(a_life)] == []
    with closing(sqlite3.connect(a_life / "store.sqlite")) as connection:
        empty = [table for table in SEALED if not connection.execute(f"SELECT 1 FROM {table}").fetchone()]
    assert empty == []
    assert SEALED.keys() == ROWS.keys()


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("ledger", "sha256 = 'f00' WHERE number = 1", "line 1 of the ledger, of article 'fox'"),
        ("files", "file = file || 'x' WHERE number = 1", "the ledger's line of the file '"),
        ("brought", "fingerprint = 'f00' WHERE article = 'fox'", "what the ledger says that file 1 brought: 'fox'"),
        ("jobs", "prefix = 'p' WHERE state = 'waiting'", "job '"),
        ("job_rejections", "reason = 'other'", "what was rejected of job 1: 'broken.json'"),
        ("editions", "axes = zeroblob(length(axes))", "what made edition 1"),
        ("cuts", "abbreviations = '[]' WHERE abbreviations <> '[]'", "the abbreviations of version "),
        ("repeats", "furniture = 0", "what is judged of a paragraph of 'herald'"),
        ("marks", "sentences = x'01'", "the mark on passage "),
        ("state", "next_passage = 1", "the count of writes and passages"),
    ],
)
def test_a_row_that_the_disk_has_changed_is_said_and_a_repair_goes_on_without_it(
    a_life: Path, tmp_path: Path, table: str, change: str, said: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(a_life, data)
    changed_on_disk(data / "store.sqlite", f"UPDATE {table} SET {change}")
    assert {one.what[: len(said)] for one in check(data)} == {said}
    copied_over = ("ledger", "files", "brought", "jobs", "job_rejections")
    lost = repair(data).salvaged.lost
    assert [line.split()[4] for line in lost] == ([table] if table in copied_over else [])
    reindex(data, ENCODER)
    assert [*check(data)] == []
    with closing(opened(data)) as index, closing(opened(a_life)) as before:
        assert texts(index) == texts(before)


def test_no_article_is_pruned_by_a_line_that_the_disk_has_changed(tmp_path: Path) -> None:
    files = tmp_path / "files"
    write_files(files, TEXTS)
    with closing(opened(tmp_path / "data")) as index:
        ingest(index, find([files]), Limits())
    changed_on_disk(
        tmp_path / "data" / "store.sqlite", "UPDATE files SET file = file || 'x' WHERE file LIKE '%fox.txt'"
    )
    with closing(opened(tmp_path / "data")) as index:
        (files / "trip.txt").unlink()
        assert index.prune(whole(files), still_there(files)).articles == ("trip",)
        assert texts(index).keys() == {"fox", "harbour"}
        [line] = [filed for filed in index.files(0, 9) if filed.origin.file.endswith("fox.txtx")]
        assert line.reason == "its line in the ledger is damaged: give the file again"
        assert ingest(index, find([files]), Limits()).unchanged == 2


def test_a_job_that_the_disk_has_changed_is_not_run_and_nothing_that_was_brought_is_removed(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as index:
        bring(index)
    changed_on_disk(tmp_path / "store.sqlite", "UPDATE jobs SET id = 'f' || substr(id, 2), state = 'waitinh'")
    with closing(opened(tmp_path)) as index:
        index.jobs.clear_all_away()
        run_jobs(index)
        [job] = index.jobs.listed(2**62, 9)
        assert (job.state, job.reason) == (
            "failed",
            f"its line in the store is damaged: bring it again; what was brought lies in intake/{job.id}",
        )
        assert texts(index) == {}
    [brought] = [path for path in (tmp_path / "intake").iterdir() if path.is_dir()]
    assert {path.name: path.read_text("utf-8") for path in brought.iterdir()} == {
        f"{id}.txt": text.replace("\r\n", "\n") for id, text in TEXTS.items()
    }


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


def test_what_the_disk_has_changed_of_an_upload_does_not_come_to_be_an_article(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as index:
        bring(index)
        job = index.jobs.next()
        assert job is not None
        flipped(tmp_path / "intake" / job.id / "fox.txt")
        assert [(one.file, one.todo) for one in check(tmp_path)] == [(f"intake/{job.id}/fox.txt", "bring it again")]
        run_jobs(index)
        _, _, rejected = index.jobs.details(job.id)
        assert [(one.file, one.reason) for one in rejected] == [("fox.txt", CHANGED)]
        assert texts(index) == {id: text for id, text in TEXTS.items() if id != "fox"}


def test_cells_are_held_against_their_checksums(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    sorting.make(tmp_path, ENCODER.dimension)
    assert [*check(tmp_path)] == []
    name = sorting.newest(tmp_path, 1)
    flipped(tmp_path / "cells" / str(name) / "cells.faiss")
    [damage] = check(tmp_path)
    assert (damage.file, damage.todo) == (f"cells/{name}", "they are made again when it is served")


def told(data: Path, command: str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(cli, [command, "--data", str(data)])
    return done.exit_code, done.stdout.splitlines()


def test_a_calibration_that_the_disk_has_changed_is_said_and_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.opening.encoder", lambda _: ENCODER)
    filled(tmp_path, TEXTS).close()
    own = replace(shipped(), fast=replace(shipped().fast, offset=-1.25))
    file = keep(Fit(own, 20, 0.5, 0.4), tmp_path)
    assert kept(tmp_path) == own
    file.write_text(file.read_text().replace("-1.25", "-1.35"))
    status, lines = told(tmp_path, "check")
    assert (status, lines[0].partition(": ")[0]) == (3, "calibration.json")
    assert "it differs from its checksum" in lines[0]
    assert told(tmp_path, "repair")[0] == 0
    assert (told(tmp_path, "check"), kept(tmp_path)) == ((0, [f"{tmp_path} is whole"]), shipped())
    [aside] = tmp_path.glob("damaged-*/calibration.json")
    assert "-1.35" in aside.read_text()


def test_a_calibration_of_before_checksums_counts(tmp_path: Path) -> None:
    file = keep(Fit(shipped(), 20, 0.5, 0.4), tmp_path)
    said = json.loads(file.read_text())
    del said["checksum"]
    file.write_text(json.dumps(said))
    assert kept(tmp_path) == shipped()


@pytest.mark.parametrize("instead", ["nothing", "another"])
def test_that_keys_are_gone_altogether_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instead: str) -> None:
    monkeypatch.setattr("service.opening.encoder", lambda _: ENCODER)
    filled(tmp_path, TEXTS).close()
    for _ in range(2):
        with closing(Database(tmp_path, 5.0)) as database:
            Keys(database).create("Anna", frozenset(["ask"]))
    assert [*damages(tmp_path)] == []
    for path in tmp_path.glob(f"{FILE}*"):
        path.unlink()
    if instead == "another":
        with closing(Database(tmp_path, 5.0)) as database:
            Keys(database).create("Ben", frozenset(["ask"]))
    [damage] = damages(tmp_path)
    assert damage.file == FILE
    assert ("is gone" in damage.what) == (instead == "nothing")
    assert told(tmp_path, "check")[0] == 3
    assert (
        f"keys, kept answers and what was known of sources are gone with {FILE}: make new keys"
        in told(tmp_path, "repair")[1]
    )
    assert told(tmp_path, "check") == (0, [f"{tmp_path} is whole"])


def remembering(database: Database) -> Remembered:
    remembered = Remembered(database)
    remembered.watch([FeedState("Harbour", "http://harbour.example/feed")])
    entry = FeedEntry(link="http://harbour.example/a", title="A", guid="a")
    remembered.sort_in("feed", [entry], 1.0)
    [listed] = remembered.due("feed", 1.0, 9)
    remembered.settle([replace(listed, state="in", due_at=None)], "", [(digest("a"), "harbour.example/a")])
    return remembered


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("kept", "body = '{}'"),
        ("pending", "sent = '{}'"),
        ("feeds", "next_at = 1e12"),
        ("entries", "article = 'other'"),
        ("addresses", "article = 'other'"),
    ],
)
def test_what_the_service_remembers_is_sealed(tmp_path: Path, table: str, change: str) -> None:
    filled(tmp_path, TEXTS).close()
    with closing(Database(tmp_path, 5.0)) as database:
        remembered = remembering(database)
        assert Answers(database).keep_as("kept", "why?", '{"heading": "", "remarks": [], "lines": [], "notes": []}')
        with database.writing() as connection:
            connection.execute(
                "INSERT INTO pending (id, tool, sent, until, owner, leased) VALUES ('p', 't', '[]', 9e9, 'o', 0)"
            )
            assert [t for t in OF_SERVICE if not connection.execute(f"SELECT 1 FROM {t}").fetchone()] == []
    assert [*damages(tmp_path)] == []
    changed_on_disk(tmp_path / FILE, f"UPDATE {table} SET {change}")
    assert [one.file for one in damages(tmp_path)] == [FILE]
    with closing(Database(tmp_path, 5.0)) as database:
        remembered, answers = Remembered(database), Answers(database)
        assert bool(remembered.feeds()) == (table != "feeds")
        assert bool(remembered.article("", [digest("a")])) == (table != "addresses")
        # Not known again, it is brought again.
        entry = FeedEntry(link="http://harbour.example/a", title="A", guid="a")
        assert remembered.sort_in("feed", [entry], 2.0) == (0 if table == "entries" else 1)
        [listed] = answers.latest(9)
        assert listed.question == (
            "why?" if table != "kept" else "This answer is not what was kept: the disk has changed it."
        )
        with closing(opened(tmp_path)) as index:
            if table == "kept":
                with pytest.raises(FolderDamaged, match="the answer kept under 'kept' is not what was"):
                    answers.answer("kept", index, "")
                answers.revoke("kept")
            else:
                assert answers.answer("kept", index, "").question == "why?"


# Texts that are damaged are never shown as if they were whole


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """The text of one article and the title of another are not what was stored."""
    filled(tmp_path, TEXTS).close()
    changed_on_disk(tmp_path / "store.sqlite", "UPDATE versions SET text = replace(text, 'Owls', 'Owlt')")
    changed_on_disk(tmp_path / "store.sqlite", "UPDATE versions SET title = 'Untotled' WHERE article = 'trip'")
    return tmp_path


def test_an_article_that_the_disk_has_changed_is_a_problem_that_names_it(damaged: Path) -> None:
    index = opened(damaged)
    with closing(index), TestClient(create_app(Settings(data=damaged), index), **LOOPBACK) as client:
        replies = {id: client.get(f"/v1/articles/{id}") for id in TEXTS}
        listed = client.get("/v1/articles").json()["articles"]
    assert {id: reply.status_code for id, reply in replies.items()} == {"trip": 500, "harbour": 200, "fox": 500}
    assert replies["fox"].headers["content-type"] == "application/problem+json"
    assert replies["fox"].json()["detail"] == (
        "article 'fox' is not what was stored, its text is damaged: "
        "restore it from a backup, or let `footnote repair` save what can be read"
    )
    assert "its title or another field is damaged" in replies["trip"].json()["detail"]
    assert [(one["id"], one["title"], one["damaged"]) for one in listed] == [
        ("fox", "Untitled", False),
        ("harbour", "Untitled", False),
        ("trip", "(damaged: not what was stored)", True),
    ]


def test_an_export_names_what_it_leaves_out(damaged: Path) -> None:
    lost: list[str] = []
    with closing(opened(damaged)) as index, index.read_any() as snapshot:
        lines = [json.loads(line)["id"] for line in exported(snapshot, lambda fault: lost.append(str(fault)))]
    assert lines == ["harbour"]
    assert [line.split(" is not")[0] for line in lost] == ["article 'fox'", "article 'trip'"]


def test_an_export_says_of_a_passage_that_it_can_not_be_cited(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    changed_on_disk(tmp_path / "store.sqlite", "UPDATE passages SET start = start + 1 WHERE number = 1")
    lost: list[str] = []
    with closing(opened(tmp_path)) as index, index.read_any() as snapshot:
        lines = [json.loads(line) for line in exported(snapshot, lambda fault: lost.append(str(fault)))]
    assert lost == ["what cites a damaged passage of article 'trip'; run `footnote repair`"]
    assert {line["id"]: line["history"]["cited"] for line in lines}["trip"] == [[53, 95]]
    assert {line["id"] for line in lines} == TEXTS.keys()


def test_no_headline_that_the_disk_has_changed_is_shown(damaged: Path) -> None:
    with closing(opened(damaged)) as index:
        assert index.newest(9) == ["Untitled", "Untitled"]

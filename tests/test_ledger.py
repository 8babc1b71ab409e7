"""What became of every file: the ledger, by the real store, the command line and HTTP."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient

from index.discovery import find
from index.folder import Index
from index.ingest import Summary, ingest, put
from index.readers import Limits, text
from index.records import Article, Entry, Origin, RawFile, Rejection
from index.store import Store
from service import cli, opening
from service.app import create_app
from service.settings import Settings
from tests.archive import article, assert_whole, opened, texts
from tests.fakes import WordEncoder
from tests.worlds import LOOPBACK, served

GEESE, SHIPS = "Geese crossed the lake at dawn.\n", "Ships sank in the bay.\n"
LIMITS = Limits(max_characters=10_000)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = opened(tmp_path / "data")
    yield index
    index.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "files", **{"a.txt": GEESE, "b.txt": SHIPS})


def written(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return folder


def lines(*articles: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, articles)) + "\n"


def one(id: str, said: str) -> dict[str, Any]:
    return {"id": id, "title": id.upper(), "text": said}


def taken_in(index: Index, *paths: Path, **options: Any) -> Summary:
    return ingest(index, find(paths, **options), LIMITS)


def states(index: Index) -> dict[str, tuple[str, int]]:
    """The state of each file by its name, and how many articles it brought."""
    return {Path(filed.origin.file).name: (filed.state, filed.articles) for filed in index.files(0, 1_000)}


def reasons(index: Index) -> dict[str, str | None]:
    return {Path(filed.origin.file).name: filed.reason for filed in index.files(0, 1_000)}


def test_a_folder_of_the_first_format_opens_with_what_it_holds_and_gets_a_ledger(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "store.sqlite")
    connection.executescript((resources.files("index.migrations") / "0001_articles_and_passages.sql").read_text())
    connection.execute("INSERT INTO meta VALUES ('store', '\"0\"')")
    connection.execute(
        "INSERT INTO versions (article, fingerprint, sha256, title, text, tags, metadata, added_at, added_in)"
        " VALUES ('a', '', ?, 'Title', 'Some text', '[]', '{}', '2026-01-01', 1)",
        (article("a", "Some text").sha256,),
    )
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()

    store = Store(tmp_path / "store.sqlite", 1.0)
    with store.writing() as transaction:
        assert (transaction.article("a").text, transaction.files(0, 10)) == ("Some text", [])
        transaction.enter(Entry(Origin("/x/a.txt"), "in"))
    with store.reading() as snapshot:
        assert [filed.origin for filed in snapshot.files(0, 10)] == [Origin("/x/a.txt")]
    store.close()


def test_every_file_has_a_line_with_its_state_size_and_hash(index: Index, folder: Path) -> None:
    written(folder, **{"c.jsonl": lines(one("x", GEESE), {"id": "y"}, one("z", SHIPS)), "d.txt": "", "e.png": "png"})
    taken_in(index, folder)

    assert states(index) == {
        "a.txt": ("in", 1),
        "b.txt": ("in", 1),
        "c.jsonl": ("in", 2),
        "d.txt": ("rejected", 0),
        "e.png": ("rejected", 0),
    }
    filed = index.files(0, 10)[0]
    assert (filed.origin, filed.size) == (Origin(f"{folder}/a.txt", f"{folder}"), len(GEESE))
    assert filed.sha256 == index.article("a").sha256
    said = reasons(index)
    assert [said[name] for name in ("a.txt", "b.txt")] == [None, None]
    assert str(said["c.jsonl"]).startswith("line 2: ")
    assert all(said[name] for name in ("d.txt", "e.png"))


def test_a_reason_names_what_inside_a_file_did_not_go_in_and_how_much_more(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(file: RawFile, _: Limits) -> Iterator[Article | Rejection]:
        yield article(file.id, GEESE)
        yield Rejection(f"{file.name}/x.txt", "is empty")
        yield Rejection(f"{file.name}/y.jsonl", "title is missing", 7)
        yield Rejection(file.name, "is damaged at its end")
        yield Rejection(file.name, "one more", 9)
        yield Rejection(file.name, "and another", 10)

    monkeypatch.setattr("index.readers.text.read", read)
    taken_in(index, folder / "a.txt")
    said = "x.txt: is empty; y.jsonl, line 7: title is missing; is damaged at its end; and 2 more"
    assert reasons(index) == {"a.txt": said}
    assert states(index) == {"a.txt": ("in", 1)}


def test_an_archive_is_one_file_that_brings_what_is_in_it(index: Index, folder: Path) -> None:
    with ZipFile(folder / "all.zip", "w") as archive:
        for name, content in {"x.txt": GEESE, "sub/y.txt": SHIPS, "empty.txt": ""}.items():
            archive.writestr(name, content)
    taken_in(index, folder / "all.zip")
    assert states(index) == {"all.zip": ("in", 2)}
    assert str(reasons(index)["all.zip"]).startswith("empty.txt: ")
    assert taken_in(index, folder / "all.zip").unchanged == 2


def test_a_second_time_says_what_changed_and_what_did_not(index: Index, folder: Path) -> None:
    taken_in(index, folder)
    written(folder, **{"b.txt": GEESE, "c.txt": SHIPS})
    taken_in(index, folder)
    assert states(index) == {"a.txt": ("unchanged", 1), "b.txt": ("replaced", 1), "c.txt": ("in", 1)}


def test_an_unchanged_file_is_not_read_again(index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken_in(index, folder)
    written(folder, **{"b.txt": GEESE})
    read: list[str] = []
    reader = text.read

    def noted(file: RawFile, limits: Limits) -> Iterator[Article]:
        read.append(file.id)
        return reader(file, limits)

    monkeypatch.setattr("index.readers.text.read", noted)
    summary = taken_in(index, folder)
    assert (read, summary.unchanged, summary.replaced) == (["b"], 1, 1)


def test_a_file_is_read_again_when_something_else_changed_its_article(index: Index, folder: Path) -> None:
    taken_in(index, folder)
    put(index, article("a", "Foxes sleep."))
    index.delete("b")
    summary = taken_in(index, folder)
    assert (summary.replaced, summary.added, summary.unchanged) == (1, 1, 0)
    assert texts(index) == {"a": GEESE, "b": SHIPS}
    assert_whole(index)


def test_a_file_is_read_again_when_its_row_in_the_table_or_a_bound_changed(index: Index, folder: Path) -> None:
    taken_in(index, folder)
    written(folder, **{"articles.csv": "file,source\na.txt,Reuters\n"})
    assert taken_in(index, folder).replaced == 1
    assert index.article("a").source == "Reuters"
    summary = ingest(index, find([folder]), Limits(max_characters=25))
    assert (summary.unchanged, len(summary.rejected)) == (1, 1)
    assert states(index) == {"a.txt": ("rejected", 1), "b.txt": ("unchanged", 1)}


def test_a_rejected_file_is_tried_again_whenever_it_is_given(index: Index, folder: Path) -> None:
    written(folder, **{"c.txt": "x" * 100})
    ingest(index, find([folder]), Limits(max_characters=50))
    assert states(index)["c.txt"] == ("rejected", 0)
    taken_in(index, folder)
    assert states(index)["c.txt"] == ("in", 1)
    assert reasons(index)["c.txt"] is None


def test_files_that_clash_or_can_not_be_read_are_rejected_each_for_itself(index: Index, folder: Path) -> None:
    written(folder, **{"a.md": SHIPS})
    (folder / "nowhere.txt").symlink_to(folder / "gone")
    taken_in(index, folder)
    assert states(index) == {
        "a.md": ("rejected", 0),
        "a.txt": ("rejected", 0),
        "b.txt": ("in", 1),
        "nowhere.txt": ("rejected", 0),
    }
    assert "same id 'a' as" in str(reasons(index)["a.txt"])
    assert "a.md; none" in str(reasons(index)["a.txt"])
    assert "a.txt; none" in str(reasons(index)["a.md"])


def test_a_file_that_was_not_read_again_still_refuses_another_text_for_its_ids(index: Index, folder: Path) -> None:
    taken_in(index, folder)
    written(folder, **{"c.jsonl": lines(one("a", SHIPS))})
    for _ in range(2):
        assert len(taken_in(index, folder).rejected) == 1
    assert index.article("a").text == GEESE
    assert states(index)["c.jsonl"] == ("rejected", 0)


def test_a_file_has_a_line_for_each_way_in_which_it_was_given(index: Index, folder: Path) -> None:
    taken_in(index, folder)
    taken_in(index, folder / "a.txt", id_prefix="wire/")
    taken_in(index, folder / "a.txt")
    ways = {filed.origin: filed.state for filed in index.files(0, 10) if filed.origin.file.endswith("a.txt")}
    file = f"{folder}/a.txt"
    assert ways == {Origin(file, f"{folder}"): "in", Origin(file, "", "wire/"): "in", Origin(file): "unchanged"}


def test_a_line_is_written_in_one_step_with_the_articles_of_its_file(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHARACTERS", 1)
    written(folder, **{"c.jsonl": lines(one("x", GEESE), one("y", SHIPS), one("z", "Foxes sleep."))})
    seen: list[dict[str, tuple[str, int]]] = []
    ingest(index, find([folder]), LIMITS, lambda _: seen.append(states(index)))
    a, b = {"a.txt": ("in", 1)}, {"b.txt": ("in", 1)}
    assert seen == [{}, a, a | b, a | b | {"c.jsonl": ("in", 1)}, a | b | {"c.jsonl": ("in", 2)}]
    assert states(index)["c.jsonl"] == ("in", 3)


def test_a_file_whose_ingest_was_interrupted_is_read_again(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHARACTERS", 1)
    written(folder, **{"c.jsonl": lines(one("x", GEESE), one("y", SHIPS), one("z", "Foxes sleep."))})

    def stop(progress: Any) -> None:
        if progress.articles == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(index, find([folder]), LIMITS, stop)
    assert sorted(texts(index)) == ["a", "b", "x", "y"]
    taken_in(index, folder)
    assert sorted(texts(index)) == ["a", "b", "x", "y", "z"]
    assert states(index)["c.jsonl"] == ("in", 3)


def test_the_lines_of_files_without_a_new_article_are_written_many_at_a_time(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_ENTRIES", 2)
    written(folder, **{f"{n}.txt": f"Number {n} flies.\n" for n in range(5)}, **{"bad.txt": ""})
    taken_in(index, folder)
    before = index.status()
    taken_in(index, folder)
    assert index.status() == before
    assert sorted(states(index).values()) == [("rejected", 0), *[("unchanged", 1)] * 7]


def test_files_of_which_a_part_was_rejected_are_among_the_rejected(index: Index, folder: Path) -> None:
    written(folder, **{"c.jsonl": lines(one("x", GEESE), {"id": "y"}), "d.txt": ""})
    for state in ("in", "unchanged"):
        taken_in(index, folder)
        found = [(Path(filed.origin.file).name, filed.state) for filed in index.files(0, 10, "rejected")]
        assert found == [("c.jsonl", state), ("d.txt", "rejected")]
    index.delete("x")
    assert [Path(filed.origin.file).name for filed in index.files(0, 10, "rejected")] == ["d.txt"]


def test_only_the_line_stays_of_a_file_whose_articles_are_deleted(index: Index, folder: Path) -> None:
    written(folder, **{"c.jsonl": lines(one("x", GEESE), one("y", SHIPS))})
    taken_in(index, folder)
    index.delete("a")
    index.delete("x")
    assert states(index) == {"a.txt": ("gone", 0), "b.txt": ("in", 1), "c.jsonl": ("in", 1)}
    assert reasons(index)["a.txt"] == "its articles were deleted"


def footnote(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder())
    monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_command_line_lists_files_as_a_table_and_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path
) -> None:
    written(folder, **{"\x1b[31m.txt": ""})
    footnote(monkeypatch, "ingest", "--data", tmp_path / "data", folder)
    capsys.readouterr()

    assert footnote(monkeypatch, "sources", "--data", tmp_path / "data") == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["state", "articles", "bytes", "when", "file"]
    cells = [row.split(maxsplit=4) for row in rows]
    assert [[*row[:3], row[4]] for row in cells if row[0] == "in"] == [
        ["in", "1", str(len(GEESE)), f"{folder}/a.txt"],
        ["in", "1", str(len(SHIPS)), f"{folder}/b.txt"],
    ]
    assert [row[0] for row in cells].count("rejected") == 1
    assert all(row.isprintable() for row in rows)

    assert footnote(monkeypatch, "sources", "--data", tmp_path / "data", "--json", "--state", "rejected") == 0
    reply = json.loads(capsys.readouterr().out)
    assert ([one["state"] for one in reply["sources"]], reply["next"]) == (["rejected"], None)
    assert footnote(monkeypatch, "sources", "--data", tmp_path / "data", "--state", "lost") == 2
    assert footnote(monkeypatch, "sources", "--data", tmp_path / "none") == 2


def test_http_lists_files_a_page_at_a_time_to_those_who_may_write(index: Index, tmp_path: Path, folder: Path) -> None:
    written(folder, **{"c.txt": ""})
    taken_in(index, folder)
    app = create_app(Settings(data=tmp_path / "data"), index)
    with TestClient(app, **LOOPBACK) as client:
        first = client.get("/v1/sources", params={"limit": 2}).json()
        second = client.get("/v1/sources", params={"limit": 2, "cursor": first["next"]}).json()
        rejected = client.get("/v1/sources?state=rejected").json()["sources"]
        assert client.get("/v1/sources?state=lost").status_code == 422
        assert client.get("/v1/sources?cursor=x").status_code == 422
    assert [one["file"] for one in first["sources"]] == [f"{folder}/a.txt", f"{folder}/b.txt"]
    assert ([one["file"] for one in second["sources"]], second["next"]) == ([f"{folder}/c.txt"], None)
    assert rejected == second["sources"]
    filed = dict(first["sources"][0])
    assert filed.pop("at").startswith("20")
    assert filed == {
        "file": f"{folder}/a.txt",
        "folder": f"{folder}",
        "id_prefix": "",
        "state": "in",
        "reason": None,
        "size": len(GEESE),
        "sha256": index.article("a").sha256,
        "articles": 1,
    }


def test_a_stranger_is_not_shown_the_paths_of_files(tmp_path: Path) -> None:
    with served(tmp_path, client={**LOOPBACK, "client": ("203.0.113.9", 50000)}) as client:
        assert client.get("/v1/sources").status_code == 403
    with served(tmp_path, api_key="k" * 32) as client:
        assert client.get("/v1/sources").status_code == 401
        assert client.get("/v1/sources", headers={"Authorization": f"Bearer {'k' * 32}"}).status_code == 200

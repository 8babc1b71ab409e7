"""Data folders as earlier versions wrote them, kept in fixtures/formats, open or are brought up to date."""

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.embedding import Vectors
from index.errors import IndexMismatch
from index.export import exported
from index.folder import Index, open_store
from index.ingest import ingest, put
from index.readers import Limits
from index.rebuild import open_index, reindex
from index.records import Origin, RawFile
from index.store import newest_format
from service.database import Database
from service.keys import Keys
from tests.archive import article, found, texts
from tests.fakes import WordEncoder
from tests.keeping import kept, restored

FORMATS = Path(__file__).parent / "fixtures" / "formats"
NEWEST = newest_format("index.migrations")


class SmallEncoder(WordEncoder):
    dimension = 64

    def word_embeddings(self) -> Vectors:
        return np.eye(64, dtype=np.float32)


@dataclass(frozen=True)
class Old:
    """A data folder of an earlier format, and what was in it."""

    folder: Path
    format: int
    expected: dict[str, Any]


@pytest.fixture(params=sorted(int(path.name.split(".")[0]) for path in FORMATS.glob("*.tar.gz")))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    with tarfile.open(FORMATS / f"{request.param}.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    expected = json.loads((tmp_path / "expected.json").read_text())
    assert format_of(tmp_path / "data" / "store.sqlite") == expected["format"] == request.param
    return Old(tmp_path / "data", request.param, expected)


def format_of(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def opened(folder: Path) -> Index:
    """As people would: where it was made with other settings, they do as they are told."""
    try:
        return open_index(folder, SmallEncoder())
    except IndexMismatch:
        reindex(folder, SmallEncoder())
        return open_index(folder, SmallEncoder())


@pytest.fixture
def index(old: Old) -> Iterator[Index]:
    with closing(opened(old.folder)) as index:
        yield index


def test_there_is_a_folder_of_every_format_before_the_newest() -> None:
    kept = {int(path.name.split(".")[0]) for path in FORMATS.glob("*.tar.gz")}
    assert kept >= set(range(1, NEWEST))


def test_every_text_is_there_and_every_citation_says_what_it_said(old: Old, index: Index) -> None:
    assert texts(index) == old.expected["texts"]
    said = {id: index.citation(id) for id in old.expected["cited"]}
    assert {id: c.passage.span.of(c.article.text) for id, c in said.items()} == old.expected["cited"]
    assert [c.state for c in said.values()].count("superseded") == 1
    assert {tuple(index.article("2023/trip").tags), index.article("wire/1").metadata["n"]} == {("trips",), 1}


def test_questions_are_answered_and_articles_taken_in(old: Old, index: Index) -> None:
    assert found(index, "why was the March trip off?")[0] == (
        "2023/trip",
        "The March trip was off.\r\n\r\nNobody was hurt.",
    )
    assert put(index, article("new", "Geese came home.")) == "added"
    assert found(index, "home")[0] == ("new", "Geese came home.")
    line = json.dumps({"id": "filed", "title": "Filed", "text": "Foxes slept in June 2022."}).encode()
    files = [RawFile("lines.jsonl", "lines", lambda: BytesIO(line), origin=Origin("/old/lines.jsonl"))]
    assert ingest(index, files, Limits()).unchanged == 1
    index.delete("filed")
    assert texts(index) == {id: text for id, text in old.expected["texts"].items() if id != "filed"} | {
        "new": "Geese came home."
    }
    assert [filed.state for filed in index.files(0, 9)] == ["gone"]


def test_what_a_publisher_repeats_is_counted(old: Old, index: Index) -> None:
    with index.read_any() as snapshot:
        repeated = [(one.publisher, one.articles) for one in snapshot.repeats.boilerplate()]
    assert repeated == [("The Wire", 4)]
    assert format_of(old.folder / "store.sqlite") == NEWEST


def test_what_was_brought_and_waited_is_taken_in(old: Old, index: Index) -> None:
    if old.format < 3:
        assert index.jobs.next() is None
        return
    job = index.jobs.next()
    assert job is not None
    assert (job.id, job.state) == (old.expected["job"], "waiting")
    assert ingest(index, index.jobs.found(job), Limits()).added == 1
    assert index.article("visit").text == "The visit\n\nThe minister came on foot."


def test_keys_open_what_they_opened(old: Old) -> None:
    with closing(Database(old.folder, 5)) as database:
        names = [key.name for key in map(Keys(database).of, old.expected["tokens"]) if key]
        assert names == ([] if old.format < 2 else ["Anna"])


def test_a_reindex_keeps_every_citation(old: Old) -> None:
    reindex(old.folder, SmallEncoder("words-2"))
    with closing(open_index(old.folder, SmallEncoder("words-2"))) as index:
        for id, said in old.expected["cited"].items():
            citation = index.citation(id)
            assert citation.passage.span.of(citation.article.text) == said
        assert texts(index) == old.expected["texts"]


def test_a_backup_of_it_is_as_old_and_is_brought_up_to_date_when_it_is_restored(old: Old, tmp_path: Path) -> None:
    copy = restored(kept(old.folder), tmp_path / "copy")
    assert format_of(old.folder / "store.sqlite") == format_of(copy / "store.sqlite") == old.format
    with closing(opened(copy)) as index:
        assert texts(index) == old.expected["texts"]


def test_an_export_of_it_is_taken_in_by_a_new_archive(old: Old, tmp_path: Path) -> None:
    with closing(open_store(old.folder, 5)) as store, store.reading() as snapshot:
        said = "".join(exported(snapshot, _raise)).encode()
    with closing(open_index(tmp_path / "new", SmallEncoder())) as index:
        ingest(index, [RawFile("e.jsonl", "e", lambda: BytesIO(said))], Limits())
        assert texts(index) == old.expected["texts"]
        assert {index.citation(id).passage.id(index.citation(id).article) for id in old.expected["cited"]} == {
            *old.expected["cited"]
        }


def _raise(fault: Exception) -> None:
    raise fault

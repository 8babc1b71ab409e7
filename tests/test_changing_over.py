"""Another model takes over under questions and writes."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from index.embedding import Vectors
from index.errors import ChangedOver, IndexMismatch, ModelUnusable
from index.folder import Index
from index.ingest import put
from index.makers import Maker
from index.prepare import prepare
from index.rebuild import maker, open_index, reindex
from index.spool import locked
from service import opening
from service.app import create_app
from service.settings import Settings
from tests.archive import article, assert_whole, filled, found, texts
from tests.fakes import WordEncoder
from tests.worlds import LOOPBACK

TEXTS = {f"a{n}": f"Balloon {n} flew over Montana.\n\n# Later\n\nGeese followed balloon {n}." for n in range(5)}


class Narrow(WordEncoder):
    name, dimension = "maker/narrow", 64

    def word_embeddings(self) -> Vectors:
        return np.eye(64, dtype=np.float32)


def known(made_by: Mapping[str, object]) -> Maker | None:
    encoder = {"words": WordEncoder, "maker/narrow": Narrow}[str(made_by["model"])](str(made_by["fingerprint"]))
    return maker(encoder, made_by)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    filled(tmp_path, TEXTS).close()
    with closing(open_index(tmp_path, WordEncoder(), find_maker=known)) as index:
        yield index


@pytest.mark.parametrize("other", [WordEncoder("words-2"), Narrow("narrow-1")])
def test_who_answers_goes_on_with_the_model_that_took_over(index: Index, tmp_path: Path, other: WordEncoder) -> None:
    before = found(index, "balloon 3 in Montana")
    reindex(tmp_path, other)
    assert found(index, "balloon 3 in Montana")[:1] == before[:1]
    assert (index.encoder.fingerprint, index.encoder.dimension) == (other.fingerprint, other.dimension)
    assert put(index, article("new", "Ships sank.")) == "added"
    assert found(index, "ships")[0] == ("new", "Ships sank.")
    with closing(open_index(tmp_path, other)) as again:
        assert texts(again) == TEXTS | {"new": "Ships sank."}


def test_what_answers_no_longer_takes_no_room(index: Index, tmp_path: Path) -> None:
    for encoder in (WordEncoder("words-2"), Narrow("narrow-1"), WordEncoder("words-3")):
        assert found(index, "balloon")
        reindex(tmp_path, encoder)
    assert found(index, "balloon")
    put(index, article("new", "Ships sank."))
    assert found(index, "ships")
    gc.collect()
    mapped = Path("/proc/self/maps").read_text().splitlines()
    assert [line for line in mapped if str(tmp_path / "vectors") in line and line.endswith("(deleted)")] == []
    assert len(index.makers._known) <= 3


def test_a_question_under_way_sees_the_edition_that_it_began_with(index: Index, tmp_path: Path) -> None:
    with index.view() as view:
        reindex(tmp_path, Narrow("narrow-1"))
        assert found(index, "balloon")
        numbers, _ = view.nearest(view.encoder.encode_questions(["balloon 3"])[0].whole, 1)
        [kept] = view.passages(numbers).values()
        assert view.version(kept.version).id == "a3"
        assert view.encoder.dimension == 512


def test_what_was_encoded_before_the_change_is_encoded_again(index: Index, tmp_path: Path) -> None:
    prepared = prepare([article("new", "Ships sank.")], index.encoder)
    reindex(tmp_path, WordEncoder("words-2"))
    with pytest.raises(ChangedOver, match="another model answers"):
        index.put(prepared)
    assert "new" not in texts(index)

    changes = iter([WordEncoder("words-3"), WordEncoder("words-4")])

    class Slow(WordEncoder):
        def encode(self, *given: Any) -> Any:
            if change := next(changes, None):
                reindex(tmp_path, change)
            return super().encode(*given)

    index.makers.find = lambda made_by: maker(Slow(str(made_by["fingerprint"])), made_by)
    index.makers.now.maker = maker(Slow("words-2"), index.made_by)
    assert put(index, article("new", "Ships sank.")) == "added"
    assert index.encoder.fingerprint == "words-4"
    assert found(index, "ships")[0] == ("new", "Ships sank.")


def test_where_the_model_is_not_to_be_had_it_is_said(index: Index, tmp_path: Path) -> None:
    index.makers.find = lambda _: None
    reindex(tmp_path, WordEncoder("words-2"))
    with pytest.raises(IndexMismatch, match="fingerprint 'words-2', which is now 'words-1': run `footnote reindex`"):
        index.status()
    index.makers.find = known
    assert_whole(index)


@pytest.mark.parametrize("other", [WordEncoder("words-2"), Narrow("narrow-1")])
def test_questions_and_writes_never_fail_while_models_change(index: Index, tmp_path: Path, other: WordEncoder) -> None:
    over, faults, asked = threading.Event(), list[Exception](), list[bool]()

    def again_and_again(what: Callable[[int], None]) -> None:
        for count in takewhile(lambda _: not over.is_set(), range(10**6)):
            try:
                what(count)
            except Exception as fault:  # noqa: BLE001
                faults.append(fault)

    def ask(_: int) -> None:
        asked.append(found(index, "geese followed balloon 3")[0][0] == "a3")

    def write(count: int) -> None:
        put(index, article("counted", f"Count {count}."))
        asked.append(found(index, f"count {count}")[0] == ("counted", f"Count {count}."))

    threads = [threading.Thread(target=again_and_again, args=[what]) for what in (ask, write)]
    for thread in threads:
        thread.start()
    for encoder in (other, WordEncoder("words-1"), other):
        reindex(tmp_path, encoder, 60)
        time.sleep(0.3)
    over.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(asked) > 10
    assert all(asked)
    assert index.encoder.fingerprint == other.fingerprint
    with closing(open_index(tmp_path, other)) as again:
        assert texts(again).keys() == TEXTS.keys() | {"counted"}


KILLED = """
import sys, time
from pathlib import Path
import index.rebuild as rebuild
from tests.fakes import WordEncoder
rebuild.BATCH_ARTICLES = 1
rebuild.reindex(Path(sys.argv[1]), WordEncoder("words-2"), progress=lambda _: print("step", flush=True))
print("done", flush=True)
"""


@pytest.mark.parametrize("steps", [1, 3, 5])
def test_a_killed_change_is_gone_on_with(index: Index, tmp_path: Path, steps: int) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for _ in range(steps):
            assert process.stdout.readline() == b"step\n"
        os.kill(process.pid, signal.SIGKILL)
    assert found(index, "geese followed balloon 3")[0][0] == "a3"
    put(index, article("a9", "Ships sank."))
    again = subprocess.run(command, check=True, capture_output=True).stdout.split()
    assert again.count(b"step") <= len(TEXTS) + 1 - steps
    assert again[-1] == b"done"
    assert found(index, "ships")[0] == ("a9", "Ships sank.")
    assert index.encoder.fingerprint == "words-2"


# Over HTTP


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Set to another model than the folder was made with."""
    filled(tmp_path, TEXTS).close()

    def encoder(settings: Settings) -> WordEncoder:
        match settings.model:
            case "maker/narrow":
                return Narrow("narrow-1")
            case "words":
                return WordEncoder()
        raise ModelUnusable("is nowhere")

    monkeypatch.setattr(opening, "encoder", encoder)
    return Settings(data=tmp_path, model="maker/narrow", reader_ms=0)


def test_a_service_set_to_another_model_answers_at_once_and_changes_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    class Waiting(Narrow):
        def encode(self, *given: Any) -> Any:
            go.wait(30)
            return super().encode(*given)

    inner = opening.encoder
    monkeypatch.setattr(opening, "encoder", lambda s: Waiting("narrow-1") if s.model != "words" else inner(s))
    monkeypatch.setattr("index.rebuild.BATCH_ARTICLES", 2)
    with TestClient(create_app(settings), **LOOPBACK) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        until(lambda: client.get("/readyz").json()["rebuilding"] == {"done": 0, "articles": 5})
        index: Index = client.app.state.opened.result()  # type: ignore[attr-defined]
        assert index.encoder.name == "words"
        assert asked(client) == "a3"
        assert client.put("/v1/articles/new", json={"title": "New", "text": "Ships sank."}).status_code == 201
        go.set()
        while index.encoder.name == "words":
            assert asked(client) == "a3"
        assert index.encoder.name == "maker/narrow"
        said = client.get("/readyz").json()
        assert (said["articles"], said["passages"], said["rebuilding"]) == (6, 11, None)


def test_of_several_processes_one_makes_the_archive_anew(settings: Settings) -> None:
    with locked(settings.data / "rebuilding.lock"), TestClient(create_app(settings), **LOOPBACK) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        index: Index = client.app.state.opened.result()  # type: ignore[attr-defined]
        time.sleep(0.5)
        assert (index.encoder.name, index.unfinished()) == ("words", [])
        reindex(settings.data, Narrow("narrow-1"))
        assert asked(client) == "a3"
        assert index.encoder.name == "maker/narrow"


def asked(client: TestClient) -> str:
    reply = client.post("/v1/ask", json={"question": "which geese followed balloon 3?"})
    assert reply.status_code == 200
    return str(reply.json()["passages"][0]["article"]["id"])


def until(holds: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_service_whose_archive_has_a_model_that_is_nowhere_says_what_to_do(settings: Settings) -> None:
    reindex(settings.data, type("Lost", (WordEncoder,), {"name": "maker/lost"})("lost-1"))
    with TestClient(create_app(settings), **LOOPBACK) as client:
        until(lambda: "footnote reindex" in client.get("/readyz").json().get("detail", ""))


def test_a_model_that_is_nowhere_is_not_looked_for_at_every_question(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str | None] = []

    def encoder(settings: Settings) -> WordEncoder:
        looked.append(settings.model)
        raise ModelUnusable("is nowhere")

    monkeypatch.setattr(opening, "encoder", encoder)
    find = opening.finding(settings)
    lost = {"model": "maker/lost", "fingerprint": "lost-1"}
    assert [find(lost), find(lost)] == [None, None]
    assert looked == ["maker/lost"]
    monkeypatch.setattr(opening, "LOOKED_FOR_AGAIN_SECONDS", 0.0)
    assert find(lost) is None
    assert looked == ["maker/lost"] * 2

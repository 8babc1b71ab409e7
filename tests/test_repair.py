import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.errors import FolderDamaged, FolderHeld
from index.found import Question
from index.ingest import put
from index.rebuild import reindex
from index.records import Article, Filters
from index.repair import check, repair
from index.search import search
from index.store import pages
from index.store.checking import check_store
from index.store.salvage import salvage
from service.cli import cli
from service.damage import damages
from service.database import FILE, Database
from service.feeds.remembered import Remembered
from service.keys import Keys, damaged_keys, repaired
from tests.archive import ENCODER, article, assert_whole, filled, opened, texts

PAGE = 4096
TEXTS = {f"a{n}": f"Balloon {n} flew over Montana.\n\n# Later\n\nGeese followed balloon {n}." for n in range(4)}


@pytest.fixture(scope="module")
def long_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file with texts of many pages, of one, and earlier ones."""
    folder = tmp_path_factory.mktemp("long")
    chance = random.Random(1)
    with closing(opened(folder)) as index:
        for n in range(24):
            words = " ".join(f"w{chance.randrange(10**6)}" for _ in range(chance.choice([5, 300, 3000])))
            put(index, Article(f"long/{n}", f"Title {n}", f"{words}.", source="The Times", tags=("one", "two")))
        put(index, article("long/3", "Short now."))
        index.delete("long/4")
    return folder / "store.sqlite"


def stored(store: Path) -> dict[str, Article]:
    with closing(sqlite3.connect(store)) as connection:
        sql = "SELECT article, title, text, source, tags FROM versions WHERE replaced_in IS NULL"
        return {
            id: Article(id, title, text, source=source, tags=("one", "two") if "one" in tags else ())
            for id, title, text, source, tags in connection.execute(sql)
        }


def assert_saved_or_said(damaged: Path, folder: Path, before: dict[str, Article]) -> bool:
    """Whether all was saved: each article is, as it was, or it is said by its name that it is not."""
    said = [damage.what for damage in check_store(damaged)]
    target = folder / "new.sqlite"
    for path in folder.glob("new.sqlite*"):
        path.unlink()
    saved = salvage(damaged, target)
    after = stored(target)
    lost = {id for id in before if after.get(id) != before[id]}
    assert lost == {id for id in lost for line in saved.lost if repr(id) in line}
    assert after.keys() <= before.keys() | {"long/3"}
    assert said or not lost
    return not lost


def damaged_by(store: Path, folder: Path, at: int, change: Callable[[bytes], bytes], size: int) -> Path:
    damaged = folder / "damaged.sqlite"
    shutil.copy(store, damaged)
    with damaged.open("r+b") as file:
        file.seek(at)
        data = change(file.read(size))
        file.seek(at)
        file.write(data)
    return damaged


def test_rows_are_read_past_sqlite_as_sqlite_reads_them(long_store: Path) -> None:
    with closing(sqlite3.connect(long_store)) as connection:
        expected = connection.execute("SELECT number, article, text, tags, replaced_in FROM versions").fetchall()
    found = [row for row in pages.rows(long_store) if len(row.values) == 20]
    assert sorted((r, v[1], v[5], v[13], v[19]) for r, v in found) == sorted(expected)


def test_whichever_page_is_gone_each_article_is_saved_as_it_was_or_its_loss_is_said(
    long_store: Path, tmp_path: Path
) -> None:
    before, whole = stored(long_store), 0
    at_once = range(0, long_store.stat().st_size, PAGE)[:: int(os.environ.get("FOOTNOTE_PAGES", "8"))]
    for at in at_once:
        damaged = damaged_by(long_store, tmp_path, at, lambda data: bytes(len(data)), PAGE)
        whole += assert_saved_or_said(damaged, tmp_path, before)
    assert 0 < whole < len(at_once)


def test_whichever_bit_is_flipped_each_article_is_saved_as_it_was_or_its_loss_is_said(
    long_store: Path, tmp_path: Path
) -> None:
    before, chance = stored(long_store), random.Random(2)
    for _ in range(int(os.environ.get("FOOTNOTE_FLIPS", "30"))):
        at, bit = chance.randrange(long_store.stat().st_size), chance.randrange(8)
        damaged = damaged_by(long_store, tmp_path, at, lambda data, bit=bit: bytes([data[0] ^ 1 << bit]), 1)  # type: ignore[misc]
        assert_saved_or_said(damaged, tmp_path, before)


def damage_text(path: Path, word: bytes) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(word)
    data[at] ^= 1
    path.write_bytes(bytes(data))


def test_a_damaged_article_is_left_out_of_answers_named_by_check_and_the_rest_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, TEXTS).close()
    damage_text(tmp_path / "store.sqlite", b"Geese followed balloon 2")
    found = [*check(tmp_path)]
    assert [(one.file, one.what) for one in found] == [("store.sqlite", "article 'a2', version 3: its text")]
    index = opened(tmp_path)
    with pytest.raises(FolderDamaged, match=r"article 'a2' is not what was stored, its text is damaged: restore it"):
        index.article("a2")
    hits = search(index, Question("geese", top_k=10)).hits
    assert {hit.article.id for hit in hits} == {"a0", "a1", "a3"}
    assert [line.partition(":")[0] for line in index.damage] == [
        "article 'a2' is not what was stored, its text is damaged"
    ]
    index.close()
    monkeypatch.setattr("service.opening.encoder", lambda _: ENCODER)
    checked = CliRunner().invoke(cli, ["check", "--data", str(tmp_path)])
    assert (checked.exit_code, checked.stdout.splitlines()[0]) == (3, "store.sqlite: article 'a2', version 3: its text")
    mended = CliRunner().invoke(cli, ["repair", "--data", str(tmp_path)])
    [aside] = tmp_path.glob("damaged-*")
    assert (mended.exit_code, mended.stdout.splitlines()) == (
        0,
        [
            "saved 3 articles and 0 earlier texts",
            "not saved as it was: article 'a2', version 3: its text is damaged, bring it again",
            "not saved as it was: article 'a2': nothing of it can be read",
            f"the damaged store is kept in {aside}",
            "3 articles in 6 passages",
        ],
    )
    whole = CliRunner().invoke(cli, ["check", "--data", str(tmp_path)])
    assert (whole.exit_code, whole.stdout) == (0, f"{tmp_path} is whole\n")
    index = opened(tmp_path)
    assert texts(index) == {id: text for id, text in TEXTS.items() if id != "a2"}
    assert_whole(index)
    assert put(index, article("a2", TEXTS["a2"])) == "added"
    assert_whole(index)
    index.close()


def test_what_a_passage_says_is_not_believed_where_its_row_was_changed(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        connection.execute("UPDATE passages SET start = start + 1 WHERE version = 1")
        connection.commit()
    assert {one.what for one in check(tmp_path)} == {"passage 1 of article 'a0'", "passage 2 of article 'a0'"}
    index = opened(tmp_path)
    assert {hit.article.id for hit in search(index, Question("balloon", top_k=10)).hits} == {"a1", "a2", "a3"}
    index.close()
    repair(tmp_path)
    reindex(tmp_path, ENCODER)
    index = opened(tmp_path)
    assert texts(index) == TEXTS
    assert_whole(index)
    index.close()


def test_a_passage_that_was_cited_before_its_article_changed_can_still_be_shown_after_a_repair(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS)
    [earlier, *_] = [hit.id for hit in search(index, Question("montana", filters=Filters(article=("a0",)))).hits]
    put(index, article("a0", "Ships sank."))
    index.close()
    damage_text(tmp_path / "store.sqlite", b"Geese followed balloon 2")
    repair(tmp_path)
    reindex(tmp_path, ENCODER)
    index = opened(tmp_path)
    citation = index.citation(earlier)
    assert (citation.passage.span.of(citation.article.text), citation.current) == (
        "Balloon 0 flew over Montana.",
        False,
    )
    index.close()


def test_what_is_whole_is_not_touched_by_a_repair_and_what_is_in_use_is_refused(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS)
    with pytest.raises(FolderHeld, match="is in use: stop what serves or writes it"):
        repair(tmp_path)
    index.close()
    before = stored(tmp_path / "store.sqlite")
    assert repair(tmp_path).aside is None
    assert [*tmp_path.glob("damaged-*")] == []
    assert stored(tmp_path / "store.sqlite") == before


def test_a_store_of_which_nothing_can_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    (tmp_path / "store.sqlite").write_bytes(b"\0" * 40_960)
    with pytest.raises(FolderDamaged, match="nothing can be read of"):
        repair(tmp_path)
    assert (tmp_path / "store.sqlite").read_bytes() == b"\0" * 40_960
    assert [*tmp_path.glob("damaged-*")] == []


def test_an_emptied_store_beside_vectors_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    (tmp_path / "store.sqlite").write_bytes(b"")
    with pytest.raises(FolderDamaged, match=r"its store\.sqlite is new or was emptied"):
        opened(tmp_path)
    assert (tmp_path / "store.sqlite").read_bytes() == b""


@pytest.mark.parametrize(
    "change", ["expires_at = '2999-01-01T00:00:00+00:00'", "revoked_at = NULL", "scopes = '[\"admin\"]'", "rate = NULL"]
)
def test_a_key_that_the_disk_has_changed_opens_nothing(tmp_path: Path, change: str) -> None:
    with closing(Database(tmp_path, 30.0)) as database:
        keys = Keys(database)
        key, token = keys.create("Anna", frozenset(["ask"]), rate=5)
        other, opens = keys.create("Ben", frozenset(["ask"]))
        keys.revoke(key.id)
        assert keys.of(token) is not None
        with database.writing() as connection:
            connection.execute(f"UPDATE keys SET {change} WHERE id = ?", (key.id,))
        assert keys.of(token) is None
        assert keys.of(opens) == other
        assert keys.all() == [other]
    assert [(one.file, one.what) for one in damaged_keys(tmp_path)] == [(FILE, f"key {key.id!r}, of 'Anna'")]
    repaired(tmp_path)
    assert [*damaged_keys(tmp_path)] == []
    with closing(Database(tmp_path, 30.0)) as database:
        assert Keys(database).all() == [other]
        assert Keys(database).of(opens) == other


def _changed(file: Path, was: bytes, now: bytes) -> None:
    """As the disk does it: the words stand in the file wherever they stood."""
    data = file.read_bytes()
    assert was in data
    file.write_bytes(data.replace(was, now))


def test_a_title_that_is_no_text_any_more_costs_nothing_but_itself(tmp_path: Path) -> None:
    with closing(filled(tmp_path, TEXTS)) as index:
        put(index, Article("harbour", "Harbour news", "Ships lay in the bay."))
    _changed(tmp_path / "store.sqlite", b"Harbour news", b"Harb\xefur news")
    done = repair(tmp_path)
    assert [line for line in done.salvaged.lost if "'harbour'" in line] == [
        "article 'harbour', version 5: saved, but its title or another field is damaged: bring it again"
    ]
    reindex(tmp_path, ENCODER)
    with closing(opened(tmp_path)) as index:
        saved = index.article("harbour")
        assert (saved.title, saved.text) == ("Harb\ufffdur news", "Ships lay in the bay.")
        assert [hit.article.id for hit in search(index, Question("what lay in the bay?")).hits][:1] == ["harbour"]


def test_a_moment_that_is_no_text_any_more_costs_nothing_but_itself(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    _changed(tmp_path / "store.sqlite", b"+00:00", b"+0\xb0:00")
    repair(tmp_path)
    reindex(tmp_path, ENCODER)
    with closing(opened(tmp_path)) as index:
        assert texts(index) == TEXTS


def test_a_schema_that_sqlite_can_not_spell_is_said(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    _changed(tmp_path / "store.sqlite", b"COLLATE NOCASE", b"COLLATE NOC\xacSE")
    assert [damage.file for damage in check_store(tmp_path / "store.sqlite")]
    repair(tmp_path)
    reindex(tmp_path, ENCODER)
    with closing(opened(tmp_path)) as index:
        assert texts(index) == TEXTS


def test_that_a_column_of_the_services_file_has_another_name_is_said_and_mended(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    with closing(Database(tmp_path, 30.0)) as database:
        _, token = Keys(database).create("Anna", frozenset(["ask"]))
        Remembered(database).watch([])
    _changed(tmp_path / FILE, b"whole_at", b"whole_au")
    assert [(one.file, one.what) for one in damages(tmp_path)] == [
        (FILE, "can't be read: no such column: feeds.whole_at")
    ]
    repaired(tmp_path)
    assert [*damages(tmp_path)] == []
    with closing(Database(tmp_path, 30.0)) as database:
        key = Keys(database).of(token)
    assert key is not None
    assert key.name == "Anna"


def test_whatever_file_is_flipped_or_cut_it_is_mended_or_said_and_nothing_wrong_is_shown() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.faults.damage",
            "--places",
            "4",
            "--every",
            os.environ.get("FOOTNOTE_EVERY", "9"),
        ],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    *lines, total = [line.split() for line in run.stdout.splitlines()]
    assert {line[0].partition("/")[0] for line in lines[1:]} == {
        "backend.json", "calibration.json", "cells", "intake", "service.sqlite", "store.sqlite", "vectors", "words",
    }  # fmt: skip
    assert total[0] == "all"
    assert total[-1] == "0"

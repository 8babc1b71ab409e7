import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import FolderDamaged, FolderHeld, IndexMismatch, Invalid, NotFound
from index.folder import Index, open_store
from index.ingest import put
from index.prepare import prepare
from index.rebuild import reindex
from index.store.originals import is_in_use
from index.upkeep import Upkeep
from service.database import Database
from service.keys import Keys
from tests.archive import ENCODER, article, assert_whole, filled, found, opened, texts
from tests.fakes import WordEncoder
from tests.keeping import PLAN, kept, restored, snapshot_of, unpacked

TEXTS = {f"a{n}": f"Balloon {n} flew over Montana.\n\n# Later\n\nGeese followed balloon {n}." for n in range(3)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    filled(tmp_path / "data", TEXTS).close()
    return tmp_path / "data"


def ids(index: Index) -> set[str]:
    with index.view() as view:
        return {kept.id for kept in view.passages(view._snapshot.live_numbers(view._state.edition)).values()}


def test_a_backup_restores_to_the_same_archive(folder: Path, tmp_path: Path) -> None:
    index = opened(folder)
    [earlier, *_] = ids(index)
    old = index.citation(earlier)
    put(index, article(old.article.id, "Ships sank 🎈.\r\n"))
    expected = (texts(index), ids(index), found(index, "balloon"), index.status())
    copy = restored(kept(folder), tmp_path / "copy")
    before = snapshot_of(copy)
    index.close()
    with closing(opened(copy)) as other:
        assert (texts(other), ids(other), found(other, "balloon"), other.status()) == expected
        assert other.citation(earlier).passage.span.of(other.citation(earlier).article.text) == old.passage.span.of(
            old.article.text
        )
        assert_whole(other)
    # Nothing had to be made again.
    assert _derived(before) == _derived(snapshot_of(copy))


def _derived(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name.startswith(("vectors", "words")) and "lock" not in name}


def test_without_the_index_it_is_made_again_from_the_articles(folder: Path, tmp_path: Path) -> None:
    small = kept(folder, "small.tgz", type(PLAN)(PLAN.databases, whole=False))
    assert [name for name, _ in unpacked(small)] == ["footnote-backup.json", "store.sqlite", "SHA256SUMS"]
    with closing(opened(restored(small, tmp_path / "copy"))) as index:
        assert texts(index) == TEXTS
        assert_whole(index)


def test_keys_kept_answers_and_calibration_are_in_it(folder: Path, tmp_path: Path) -> None:
    (folder / "calibration.json").write_text("{}")
    with closing(Database(folder, 5)) as database:
        key, token = Keys(database).create("Anna", frozenset(["ask"]), expires=datetime.now(UTC) + timedelta(9))
        copy = restored(kept(folder), tmp_path / "copy")
        Keys(database).revoke(key.id)
    with closing(Database(copy, 5)) as database:
        assert Keys(database).of(token) == key
    assert (copy / "calibration.json").read_text() == "{}"


def test_what_was_brought_and_waits_is_in_it_and_what_was_taken_in_is_not(folder: Path, tmp_path: Path) -> None:
    index, name = opened(folder), "2023/" + "long-" * 40 + "näme\N{BALLOON}.txt"
    for _ in range(2):
        with index.jobs.arriving() as brought:
            brought.begin(name)
            brought.write(b"Ships sank.")
            brought.end()
            index.jobs.add(brought, "")
    done, waiting = reversed(index.jobs.listed(99, 9))
    index.jobs.begin(done)
    index.jobs.done(done, done.tally, [])
    index.close()
    with closing(opened(restored(kept(folder), tmp_path / "copy"))) as other:
        assert other.jobs.next() == waiting
    files = [path for path in (tmp_path / "copy" / "intake").rglob("*") if path.is_file()]
    assert [(str(path.relative_to(tmp_path / "copy" / "intake")), path.read_bytes()) for path in files] == [
        (f"{waiting.id}/{name}", b"Ships sank.")
    ]


def test_what_was_deleted_is_nowhere_in_it(folder: Path) -> None:
    with closing(opened(folder)) as index:
        index.delete("a0")
        assert b"Balloon 0" not in b"".join(data for _, data in unpacked(kept(folder)))


def test_a_reindex_under_way_goes_on_from_the_backup(folder: Path, tmp_path: Path) -> None:
    other = WordEncoder("words-2")
    with closing(Index(folder, other, {"model": "other"}, lambda *_: "", 5)) as index:
        edition = Upkeep(index).begin_edition()
        Upkeep(index).extend(edition, prepare([index.article("a0")], other))
    copy = restored(kept(folder), tmp_path / "copy")
    with closing(Index(copy, other, {"model": "other"}, lambda *_: "", 5)) as index:
        assert Upkeep(index).begin_edition() == edition
        assert [a.id for batch in Upkeep(index).lacking(edition, 9) for a in batch] == ["a1", "a2"]


def test_every_backup_beside_a_writer_holds_one_whole_state(tmp_path: Path) -> None:
    folder, over, faults = tmp_path / "data", threading.Event(), list[Exception]()
    index = filled(folder, {id: f"Count 0, said of {id}." for id in TEXTS})

    def write() -> None:
        count = 0
        try:
            while not over.is_set():
                count += 1
                index.put(prepare([article(id, f"Count {count}, said of {id}.") for id in TEXTS], ENCODER))
                if count % 5 == 0:
                    index.delete("a1")
                if count % 7 == 0:
                    reindex(folder, ENCODER)
        except Exception as fault:  # noqa: BLE001
            faults.append(fault)

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    for n in range(4):
        copy = restored(kept(folder), tmp_path / f"copy{n}")
        with closing(opened(copy)) as other:
            assert_whole(other)
            counts = {text.split(",")[0] for text in texts(other).values()}
            assert len(counts) == 1, counts
            seen |= counts
        shutil.rmtree(copy)
    over.set()
    writer.join()
    index.close()
    assert not faults
    assert len(seen) > 1


def test_a_backup_waits_for_a_writer_no_longer_than_it_is_told(folder: Path) -> None:
    with closing(opened(folder)) as index, index.write(), pytest.raises(FolderHeld, match=r"waited 0\.1 s"):
        kept(folder, plan=type(PLAN)(PLAN.databases, lock_timeout=0.1))
    assert not [*folder.parent.glob("kept*")]


def test_questions_and_writes_go_on_while_a_backup_copies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.store.originals.STEP_PAGES", 1)
    steps: list[int] = []
    with closing(opened(folder, lock_timeout=1)) as index:

        def between(*_: int) -> None:
            steps.append(len(found(index, "balloon")))
            if len(steps) < 5:
                put(index, article(f"new{len(steps)}", "Foxes slept."))

        from index.backup.taking import take

        header = take(folder, folder.with_name("kept.tar"), PLAN, progress=between)
        assert (header.articles, len(texts(index))) == (3, 7)
    assert len(steps) > 20


def test_a_file_that_is_there_is_replaced_only_when_told(folder: Path) -> None:
    from index.backup.taking import take

    target = folder.with_name("kept.tar")
    target.write_text("precious")
    with pytest.raises(Invalid, match=r"kept\.tar is there already: choose another name, or say --overwrite"):
        take(folder, target, PLAN)
    assert target.read_text() == "precious"
    take(folder, target, PLAN, overwrite=True)
    assert len(unpacked(target)) > 3


def test_a_failed_backup_leaves_the_one_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept(folder).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("index.backup.taking.read", _no_room)
        with pytest.raises(OSError, match="No space left"):
            kept(folder)
    assert {path.name: path.is_dir() for path in folder.parent.iterdir()} == {"data": True, "kept.tar": False}
    assert (folder.parent / "kept.tar").read_bytes() == before


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_a_killed_backup_left_is_cleared_by_the_next(folder: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from tests.keeping import kept; "
        "import index.backup.taking as t; t.read = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
        "kept(Path(sys.argv[1]))"
    )
    assert subprocess.run([sys.executable, "-c", script, str(folder)], check=False).returncode == -9
    part = folder.with_name("kept.tar.part")
    assert sorted(path.name for path in part.iterdir()) == ["backup", "lock", "store.sqlite"]
    kept(folder)
    assert not part.exists()


def test_two_backups_to_one_file_do_not_mix(folder: Path) -> None:
    from index.spool import locked

    with locked(folder.with_name("kept.tar.part") / "lock"), pytest.raises(FolderHeld, match="another backup"):
        kept(folder)


def test_a_damaged_store_is_not_kept_as_if_it_were_whole(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.sqlite")) as connection:
        connection.execute("UPDATE versions SET text = 'Balloon 7' WHERE article = 'a1'")
        connection.commit()
    with pytest.raises(FolderDamaged, match="article 'a1' of .* is not what was stored"):
        kept(folder)


@pytest.mark.parametrize(("format", "database"), [(99, "store.sqlite"), (77, "service.sqlite")])
def test_a_folder_of_a_newer_footnote_is_not_kept(folder: Path, format: int, database: str) -> None:
    with closing(sqlite3.connect(folder / database)) as connection:
        connection.execute(f"PRAGMA user_version = {format}")
    with pytest.raises(IndexMismatch, match=rf"{database} was made by a newer Footnote \(format {format}\)"):
        kept(folder)


def test_a_folder_without_an_archive_has_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"holds no archive: it has no store\.sqlite"):
        kept(tmp_path / "data")


# Restoring


def test_only_an_empty_or_missing_folder_is_restored_to(folder: Path, tmp_path: Path) -> None:
    backup, empty = kept(folder), tmp_path / "empty"
    empty.mkdir()
    assert texts_in(restored(backup, empty)) == TEXTS
    with pytest.raises(Invalid, match="empty is not empty: name another by --data, or say --replace"):
        restored(backup, empty)


def texts_in(folder: Path) -> dict[str, str]:
    with closing(opened(folder)) as index:
        return texts(index)


def test_what_is_replaced_is_kept_inside(folder: Path) -> None:
    backup = kept(folder)
    with closing(opened(folder)) as index:
        put(index, article("a9", "Foxes slept."))
    restored(backup, folder, replace=True)
    assert texts_in(folder) == TEXTS
    [before] = folder.glob("before-*")
    assert texts_in(before) == TEXTS | {"a9": "Foxes slept."}
    # A second time, the first stays.
    restored(backup, folder, replace=True)
    assert before in folder.glob("before-*")


def test_a_folder_in_use_is_not_replaced(folder: Path) -> None:
    backup = kept(folder)
    before = snapshot_of(folder)
    script = (
        "import sys; from pathlib import Path; from tests.archive import opened; index = opened(Path(sys.argv[1])); "
        "index.status(); print('open', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    with process:
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(FolderHeld, match="is in use: stop whoever serves or writes it first"):
            restored(backup, folder, replace=True)
        process.stdin.close()
    assert not is_in_use(folder / "store.sqlite")
    assert {name: data for name, data in snapshot_of(folder).items() if "sqlite" not in name} == {
        name: data for name, data in before.items() if "sqlite" not in name
    }
    assert restored(backup, folder, replace=True) == folder


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The crash comes when as many files and folders were moved as the list says."""
    left = [10**9]
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", renamed)
        yield left


@pytest.mark.parametrize("occupied", [False, True])
def test_a_restore_that_breaks_off_is_never_half_an_archive(tmp_path: Path, steps: list[int], occupied: bool) -> None:
    filled(tmp_path / "data", {"a": "Balloon flew."}).close()
    backup, broken = kept(tmp_path / "data"), 0
    for crash in range(10 if occupied else 5):
        target = tmp_path / f"copy{crash}"
        if occupied:
            filled(target, {"old": "Foxes slept."}).close()
        steps[0] = crash
        try:
            restored(backup, target, replace=True)
        except KeyboardInterrupt:
            broken += 1
            steps[0] = 10**9
            if crash:
                with pytest.raises(FolderHeld, match="run `footnote restore` again"):
                    open_store(target, 1)
            else:
                assert target.exists() == occupied
            olds = [*target.glob("before-*/store.sqlite"), *target.glob("store.sqlite")]
            assert bool(olds) == occupied
            restored(backup, target, replace=True)
        steps[0] = 10**9
        assert texts_in(target) == {"a": "Balloon flew."}
    assert broken == (9 if occupied else 4)


def test_where_there_is_no_room_nothing_is_made(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("index.backup.restoring.shutil.disk_usage", lambda _: usage)
    with pytest.raises(OSError, match=r"it needs [\d,]+ bytes, and 1,000 are free"):
        restored(kept(folder), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_citation_of_a_deleted_article_stays_gone(folder: Path, tmp_path: Path) -> None:
    with closing(opened(folder)) as index:
        [id, *_] = sorted(i for i in ids(index) if index.citation(i).article.id == "a0")
        index.delete("a0")
    with closing(opened(restored(kept(folder), tmp_path / "copy"))) as other, pytest.raises(NotFound):
        other.citation(id)

"""The writes that faults are tried on: each over the same archive of three articles, each telling what it does.

A line is told before a write begins, with what it changes, and one when it is acknowledged. What a folder holds is a
mapping of names to values: the text of "article:ID", what opens with "key:NAME", what a "job" that waits brings.
"""

import json
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic, sleep

from index.backup.shape import read
from index.backup.taking import take
from index.discovery import find, still_there, whole
from index.errors import IndexMismatch
from index.folder import Index
from index.ingest import ingest, put
from index.prepare import prepare
from index.readers import Limits
from index.rebuild import reindex
from index.records import Filters, RawFile, Rejection
from index.store.seals import SEALED
from service.database import Database
from service.jobs import Worker
from service.keys import Keys
from tests.archive import ENCODER, article, assert_whole, found, opened, texts
from tests.fakes import WordEncoder
from tests.keeping import PLAN

Holdings = dict[str, str | None]
Tell = Callable[[bytes], None]

OTHER = WordEncoder("words-2")
# Beyond two attempts of the worker, which pauses two seconds between them.
PATIENCE = 5.0
DONE = b'{"done": true}'
TEXTS = {
    "trip": "The February trip was cancelled over a 🎈 balloon.\r\n\r\n# Later\r\n\r\nGeese followed it over Montana.",
    "harbour": "Ships lay in the harbour for eleven days.\n\nNobody was paid.",
    "fox": "Foxes slept beside the railway.\n\n# Elsewhere\n\nOwls did not.",
}
HELD: Holdings = {f"article:{id}": text for id, text in TEXTS.items()}
BROUGHT = "three files"
BACKUP = "kept.tar"
FIRST_OF = {"trip": "February", "harbour": "Ships", "fox": "Foxes", "new": "Volcano", "gone": "Nothing"}


@dataclass(frozen=True)
class Operation:
    """A write: what it starts from, and what it does to an open folder beside ``files``, which it brings.

    ``also`` holds more of what it leaves, and says what is held then; ``mends`` is the one step that people do.
    """

    name: str
    begins: Callable[[Path, Path], Holdings]
    does: Callable[[Path, Path, Tell], None]
    also: Callable[[Path, Holdings], Holdings] = lambda _, holds: holds
    mends: Callable[[Path, Path], None] = lambda *_: None


def begun(tell: Tell, **changes: str | None) -> None:
    tell(json.dumps({"begun": changes}).encode())


def told_done(tell: Tell) -> None:
    tell(DONE)


@contextmanager
def telling(tell: Tell, changes: Mapping[str, str | None]) -> Iterator[None]:
    begun(tell, **changes)
    yield
    told_done(tell)


# What folders are before


def nothing(_: Path, files: Path) -> Holdings:
    write_files(files, TEXTS)
    return {}


def three(data: Path, files: Path) -> Holdings:
    """Three articles, of which two are in a second text; found in a folder given."""
    write_files(files, TEXTS | {"trip": "An earlier text.", "fox": "Another one."})
    with closing(opened(data)) as index:
        ingest(index, find([files]), Limits())
        write_files(files, TEXTS)
        ingest(index, find([files]), Limits())
    return dict(HELD)


def older(data: Path, files: Path) -> Holdings:
    """As an earlier Footnote left it: without what migrations from 0003 on brought."""
    held = three(data, files)
    with closing(sqlite3.connect(data / "store.sqlite")) as connection:
        downgrade(connection)
    return held


def waiting(data: Path, _: Path) -> Holdings:
    """Nothing in, and a job of three files that waits."""
    with closing(opened(data)) as index:
        bring(index)
    return {"job": BROUGHT}


def keyed(data: Path, files: Path) -> Holdings:
    held = three(data, files)
    with closing(Database(data, 30.0)) as database:
        key, _ = Keys(database).create("Anna", frozenset(["ask"]))
    (files.parent / "key").write_text(key.id)
    return held | {"key:Anna": "good"}


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for id, text in texts.items():
        (folder / f"{id}.txt").write_text(text, encoding="utf-8", newline="")


def downgrade(connection: sqlite3.Connection) -> None:
    """Make of a store of today's format one of format 2, which has neither jobs nor counted paragraphs."""
    unseal(connection)
    tables = ("marks", "repeats", "paragraphs", "outlined", "job_rejections", "job_files", "jobs")
    connection.executescript("".join(f"DROP TABLE {table};" for table in tables))
    connection.executescript("DROP INDEX versions_overview;")
    connection.execute("PRAGMA user_version = 2")


def unseal(connection: sqlite3.Connection) -> None:
    """Take away what formats from 6 on seal rows with."""
    for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    for table in (*SEALED, "passages"):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN seal")
    connection.execute("DROP TABLE seals")


# What is done to them


def taking_in(data: Path, files: Path, tell: Tell) -> None:
    with closing(opened(data)) as index, telling(tell, HELD):
        ingest(index, find([files]), Limits())


def putting(data: Path, _: Path, tell: Tell) -> None:
    with closing(opened(data)) as index:
        for id, text in TEXTS.items():
            with telling(tell, {f"article:{id}": text}):
                put(index, article(id, text))


def updating(data: Path, _: Path, tell: Tell) -> None:
    changed = {"trip": "February had 28 days.", "fox": "Foxes woke up.\n\nOwls had gone."}
    with closing(opened(data)) as index, telling(tell, {f"article:{id}": text for id, text in changed.items()}):
        index.put(prepare([article(id, text) for id, text in changed.items()], ENCODER))


def deleting(data: Path, _: Path, tell: Tell) -> None:
    with closing(opened(data)) as index:
        for id in ("trip", "fox"):
            if id in texts(index):
                with telling(tell, {f"article:{id}": None}):
                    index.delete(id)


def forgetting(data: Path, _: Path, tell: Tell) -> None:
    with closing(opened(data)) as index, telling(tell, {"article:trip": None, "article:harbour": None}):
        index.delete_chosen(Filters(article=("trip", "harbour")))


def pruning(data: Path, files: Path, tell: Tell) -> None:
    (files / "fox.txt").unlink(missing_ok=True)
    with closing(opened(data)) as index, telling(tell, {"article:fox": None}):
        index.prune(whole(files), still_there(files))


def changing_over(data: Path, _: Path, tell: Tell) -> None:
    with telling(tell, {}):
        reindex(data, OTHER)


def migrating(data: Path, _: Path, tell: Tell) -> None:
    with telling(tell, {}):
        opened(data).close()


def bring(index: Index) -> None:
    with index.jobs.arriving() as arriving:
        for id, text in TEXTS.items():
            arriving.begin(f"{id}.txt")
            arriving.write(text.encode())
            arriving.end()
        index.jobs.add(arriving, "")


def uploading(data: Path, _: Path, tell: Tell) -> None:
    with closing(opened(data)) as index, telling(tell, {"job": BROUGHT}):
        bring(index)


def running(data: Path, _: Path, tell: Tell) -> None:
    with closing(opened(data)) as index:
        # Its articles are there before it is said to be done; run again, it changes nothing of them.
        tell(json.dumps({"begun": HELD | {"job": None}, "midway": HELD}).encode())
        run_jobs(index)
        told_done(tell)


def run_jobs(index: Index) -> None:
    future: Future[Index] = Future()
    future.set_result(index)
    worker = Worker(2_000_000)
    worker.start(future)
    try:
        end = monotonic() + PATIENCE
        while index.jobs.next() is not None:
            if monotonic() > end:
                raise TimeoutError(f"jobs wait after {PATIENCE} seconds")
            sleep(0.002)
        # Its last step, removing the files, may come after the line that says that it is done.
        sleep(0.01)
    finally:
        worker.stop()


def keying(data: Path, files: Path, tell: Tell) -> None:
    with closing(Database(data, 30.0)) as database:
        keys = Keys(database)
        with telling(tell, {"key:Ben": "good"}):
            keys.create("Ben", frozenset(["write"]))
        with telling(tell, {"key:Anna": "revoked"}):
            keys.revoke((files.parent / "key").read_text())


def backing_up(data: Path, _: Path, tell: Tell) -> None:
    """To a file inside the data folder, where its calls are counted."""
    with telling(tell, {"backup": "whole"}):
        take(data, data / BACKUP, PLAN, overwrite=True)


USUAL = (
    Operation("ingest", nothing, taking_in),
    Operation("put", nothing, putting),
    Operation("update", three, updating),
    Operation("delete", three, deleting),
    Operation("forget", three, forgetting),
    Operation("prune", three, pruning),
    Operation("change-over", three, changing_over),
    Operation("migration", older, migrating),
    Operation("upload", three, uploading),
    Operation("job", waiting, running),
    Operation("keys", keyed, keying),
    Operation("backup", keyed, backing_up),
)


# What is there after


def held(data: Path) -> Holdings:
    """What a folder holds when it is opened as every start opens it; all that it holds is found, and quoted rightly.

    :raises AssertionError: something is found by half, or not as it stands.
    """
    index = _opened(data)
    with closing(index):
        assert_whole(index)
        _assert_found(index)
        holds: Holdings = {f"article:{id}": text for id, text in texts(index).items()}
        assert _leftovers(data, index) <= 1
        for job in index.jobs.listed(2**62, 10):
            assert job.state in ("waiting", "running", "done"), job
            if job.state != "done":
                holds["job"] = _brought(index.jobs.found(job))
    if (data / BACKUP).exists():
        read(data / BACKUP, lambda _, pieces: [*pieces])
        holds["backup"] = "whole"
    with closing(Database(data, 30.0)) as database:
        holds |= {f"key:{key.name}": "revoked" if key.revoked_at else "good" for key in Keys(database).all()}
    return holds


def _brought(files: Iterable[RawFile | Rejection]) -> str:
    said = {}
    for raw in files:
        assert isinstance(raw, RawFile), raw
        with raw.open() as file:
            said[raw.id] = file.read().decode()
    assert said == TEXTS
    return BROUGHT


def _opened(data: Path) -> Index:
    try:
        return opened(data)
    except IndexMismatch:
        return opened(data, OTHER)


def _assert_found(index: Index) -> None:
    for id, text in texts(index).items():
        word = FIRST_OF.get(id) or text.split()[0]
        assert id in [one for one, _ in found(index, word)], f"{id} is not found by {word!r}"


def _leftovers(data: Path, index: Index) -> int:
    """How many uploads without an unfinished job lie there: at most the one under way, until the next start."""
    brought = {path.name for path in (data / "intake").iterdir() if path.is_dir()} if (data / "intake").is_dir() else ()
    index.jobs.clear_all_away()
    left = {path.name for path in (data / "intake").iterdir() if path.is_dir()} if (data / "intake").is_dir() else set()
    unfinished = {job.id for job in index.jobs.listed(2**62, 10) if job.state in ("waiting", "running")}
    assert left == unfinished
    return len(set(brought) - unfinished)


def settled(data: Path) -> None:
    """Let what waits run, and take one more article in: all works as before."""
    with closing(_opened(data)) as index:
        run_jobs(index)
        index.put(prepare([article("newest", "Volcanoes slept.")], index.encoder))
        assert_whole(index)
        assert texts(index)["newest"] == "Volcanoes slept."


def fresh(operation: Operation, folder: Path) -> Holdings:
    """A folder with what an operation starts from, and what it holds."""
    quiet()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return operation.begins(folder / "data", folder / "files")


@cache
def warm() -> None:
    """What every process would do once by itself is done before they are forked."""
    prepare([article(id, text) for id, text in TEXTS.items()], ENCODER)


def quiet() -> None:
    """Faults that are meant to come need no log."""
    logging.disable(logging.CRITICAL)

"""More writes that faults are tried on: what lies beside the store, comes by itself, or happens while somebody asks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any
from unittest import mock

from index import sorting
from index.backup.restoring import restore
from index.backup.taking import take
from index.folder import RESTORING, Index
from index.found import Question
from index.ingest import put
from index.makers import Maker
from index.readers import confined
from index.rebuild import maker, reindex
from index.search import search
from index.vectors import open_cells
from index.verdict import shipped
from service.backups import databases
from service.calibration import Fit, keep, kept
from service.database import Database
from service.feeds import visiting
from service.feeds.fetching import NONE, Fetched, Fetcher, Unchanged, Validators
from service.feeds.setup import visits
from service.feeds.watching import Watch
from service.keys import Keys
from service.settings import Settings
from tests.archive import ENCODER, article, found, opened, texts
from tests.faults.operations import HELD, OTHER, Holdings, Operation, Tell, keyed, telling, three
from tests.keeping import PLAN
from tests.web import HTML, XML, item, parsed_here, rss, story

KEPT = "before.tar"
SITE = "http://daily.example"
STORIES = {"sea": "Herons waited by the sea all morning long.", "hill": "Lambs slept on the hill until the evening."}
LISTED = {f"daily.example/{id}": f"{id.title()} story" for id in STORIES}
FEED = rss(*(item(f"{SITE}/{id}", f"{id.title()} story", id) for id in STORIES))


# What folders are before


def seven(data: Path, _: Path) -> Holdings:
    """As many segments as stay apart: the next one is joined with them."""
    said = {f"n{n}": f"Number{n} stood beside others." for n in range(7)}
    with closing(opened(data)) as index:
        for id, text in said.items():
            put(index, article(id, text))
    return {f"article:{id}": text for id, text in said.items()}


def in_cells(data: Path, files: Path) -> Holdings:
    """Cells are there, and lack an article."""
    held = three(data, files)
    sorting.make(data, ENCODER.dimension)
    with closing(opened(data)) as index:
        put(index, article("late", "Badgers dug."))
    return held | {"article:late": "Badgers dug."}


def another(data: Path, files: Path) -> Holdings:
    """An archive with a key, and a backup of another."""
    keyed(data, files)
    take(data, files.parent / KEPT, PLAN)
    with closing(opened(data)) as index:
        for id in ("trip", "fox"):
            index.delete(id)
        put(index, article("mine", "Otters swam."))
    with closing(Database(data, 30.0)) as database:
        Keys(database).create("Ben", frozenset(["write"]))
    kept_here = {id: text for id, text in HELD.items() if id == "article:harbour"}
    return kept_here | {"article:mine": "Otters swam.", "key:Anna": "good", "key:Ben": "good"}


def empty(data: Path, files: Path) -> Holdings:
    (files.parent / "sources.toml").write_text(f'[[source]]\nname = "Daily"\naddress = "{SITE}/feed"\n')
    opened(data).close()
    return {}


# What is done to them


def joining(data: Path, _: Path, tell: Tell) -> None:
    with closing(opened(data)) as index, telling(tell, {"article:n7": "Number7 came last."}):
        put(index, article("n7", "Number7 came last."))


def sorting_in(data: Path, _: Path, tell: Tell) -> None:
    with telling(tell, {}):
        sorting.make(data, ENCODER.dimension)


def restoring(data: Path, files: Path, tell: Tell) -> None:
    gone: dict[str, str | None] = {"article:mine": None, "key:Ben": None}
    with telling(tell, gone | HELD):
        restore(files.parent / KEPT, data, databases(), replace=True)


def changing_under_a_service(data: Path, _: Path, tell: Tell) -> None:
    """One index answers and writes while the other model takes over, and then goes on with that."""
    with closing(_either(data)) as served:

        def meanwhile(_: int) -> None:
            if "new" not in texts(served):
                with telling(tell, {"article:new": "Volcano woke while it changed."}):
                    put(served, article("new", "Volcano woke while it changed."))
            _ask(served)

        _ask(served)
        with telling(tell, {}):
            reindex(data, OTHER, progress=meanwhile)
        # Where nothing was left to be made anew.
        meanwhile(0)


def _either(data: Path) -> Index:
    def find(made_by: Mapping[str, object]) -> Maker:
        return maker(OTHER if made_by["fingerprint"] == OTHER.fingerprint else ENCODER, made_by)

    from index.rebuild import open_index

    return open_index(data, ENCODER, find_maker=find)


def _ask(index: Index) -> None:
    for hit in search(index, Question("February")).hits:
        assert hit.passage.span.of(hit.article.text) in hit.article.text
        assert texts(index)[hit.article.id] == hit.article.text


def calibrating(data: Path, _: Path, tell: Tell) -> None:
    own = replace(shipped(), fast=replace(shipped().fast, offset=shipped().fast.offset + 1))
    with telling(tell, {"calibration": "own"}):
        keep(Fit(own, 20, 0.5, 0.4), data)


class _Site(Fetcher):
    """A feed and its pages, without a network; it says that nothing changed to who knows it."""

    def get(self, address: str, known: Validators = NONE, **_: Any) -> Fetched | Unchanged:
        here = Validators(etag=f'"{address}"')
        if known.etag == here.etag:
            return Unchanged(here)
        if address == f"{SITE}/feed":
            return Fetched(address, FEED.encode(), XML, validators=here)
        id = address.rpartition("/")[2]
        page = story(f"{id.title()} story", STORIES[id], "It went on like that, and nobody minded in the least.")
        return Fetched(address, page.encode(), HTML, validators=here)


@contextmanager
def _in_this_process() -> Iterator[None]:
    """Starting one for each file is most of their time."""
    with mock.patch.object(confined, "PARSED", ()), mock.patch.object(visiting, "parsed", parsed_here):
        yield


def watching(data: Path, files: Path, tell: Tell) -> None:
    with _in_this_process(), closing(opened(data)) as index, closing(Database(data, 30.0)) as database:
        all_visits = visits(index, Settings(data=data, fetch_pause=0), database)
        site = _Site(all_visits.fetcher.guard, all_visits.fetcher.pace, all_visits.fetcher.clock)
        watch = Watch(replace(all_visits, fetcher=site), files.parent / "sources.toml", Event(), lambda: 0.0)
        watch.load()
        [source] = watch._sources.values()
        source = source.model_copy(update={"robots": False})
        with telling(tell, dict.fromkeys([f"article:{id}" for id in LISTED], "there")):
            visit = watch.visit(source)
            assert visit.fault is None, visit.fault


# What must hold of what they leave


def mended_by_restoring(data: Path, files: Path) -> None:
    """As docs/backup.md says: where a restore broke off, running it again does the whole."""
    if (data / RESTORING).is_dir():
        restore(files.parent / KEPT, data, databases(), replace=True)


def cells_serve(data: Path, holds: Holdings) -> Holdings:
    """Those that have their name are whole, and search by way of them finds what search without them does."""
    with closing(opened(data)) as index:
        exact = found(index, "February")
        name = sorting.newest(data, 1)
        if name is not None:
            index.makers.now.states.use(open_cells(data / sorting.CELLS, name, ENCODER.dimension), 1)
        near = found(index, "February")
        assert near[0] == exact[0]
        assert sorted(near) == sorted(exact)
    return holds


def calibrated(data: Path, holds: Holdings) -> Holdings:
    return holds if kept(data) == shipped() else holds | {"calibration": "own"}


def taken_in_once(data: Path, holds: Holdings) -> Holdings:
    """What is remembered as taken in is there, and came but once."""
    with closing(opened(data)) as index, index.read_any() as snapshot:
        events = snapshot._sql.execute("SELECT article, count(*) FROM ledger GROUP BY article").fetchall()
        assert {count for _, count in events} <= {1}, events
        there = {head.id: head.title for head, _ in snapshot.articles("", 99)}
    with closing(Database(data, 30.0)) as database, database.reading() as connection:
        entries = connection.execute("SELECT state, article FROM entries").fetchall() if connection else []
        assert {article for state, article in entries if state == "in"} <= there.keys(), entries
        [(etag,)] = connection.execute("SELECT etag FROM feeds").fetchall() or [(None,)] if connection else [(None,)]
    assert etag is None or len(entries) == len(LISTED), "what stands at a source counts as known, and is not"
    assert there.items() <= LISTED.items(), there
    return {name: "there" if name in {f"article:{id}" for id in LISTED} else value for name, value in holds.items()}


Holding = Callable[[Path, Holdings], Holdings]

OTHERS = (
    Operation("join", seven, joining),
    Operation("cells", in_cells, sorting_in, also=cells_serve),
    Operation("service", three, changing_under_a_service),
    Operation("calibration", three, calibrating, also=calibrated),
    Operation("watch", empty, watching, also=taken_in_once),
    Operation("restore", another, restoring, mends=mended_by_restoring),
)

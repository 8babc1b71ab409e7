"""Damage: every file of a data folder flipped and cut in several places, one at a time, and what becomes of that.

    $ python -m tests.faults.damage [--places N]

Whatever is shown afterwards must be what was stored: a text as it came, a passage that it holds. What is gone must have
been said. Ends with 1 where that does not hold.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from index import sorting
from index.embedding.backends import REMEMBERED, _remembered
from index.errors import FolderDamaged, FootnoteError, Invalid, NotFound
from index.folder import Index
from index.found import Question
from index.rebuild import reindex
from index.records import RawFile
from index.repair import repair
from index.search import search
from index.verdict import shipped
from service.answers import DAMAGED, Answers, in_words
from service.calibration import Fit, keep, kept
from service.damage import damages, put_aside
from service.database import Database
from service.feeds.feed import FeedEntry
from service.feeds.remembered import FeedState, Remembered
from service.keys import Keys, repaired
from tests.archive import ENCODER, assert_whole, opened, texts
from tests.faults.operations import FIRST_OF, TEXTS, fresh, quiet, warm
from tests.faults.registry import OPERATIONS
from tests.faults.trying import apart

Kind = Literal["bit", "page", "cut", "empty", "gone"]
KINDS: tuple[Kind, ...] = ("bit", "page", "cut", "empty", "gone")
# Nothing of these is lost that anybody wants: locks, and what is only for a while.
LOCKS = (".lock", "asking", "-shm")
# Of what can't be made again so many times as many places are tried.
DATABASES = 10
# Whoever wants what is shipped back removes it.
TAKEN_AWAY = ("calibration.json",)
OWN = replace(shipped(), fast=replace(shipped().fast, offset=-1.25))
BROUGHT, KEPT, SAID = "Herons stood in the reeds.", "kept", "Nobody knows."
FEED = "http://harbour.example/feed"
ENTRY = FeedEntry(link="http://harbour.example/a", guid="a", title="A", text="Seals lay on the rocks.")
Result = Literal["unseen", "mended", "said", "wrong"]
RESULTS: tuple[Result, ...] = ("unseen", "mended", "said", "wrong")


@dataclass(frozen=True)
class Case:
    """A file of a data folder, and what befalls it: one bit, a page of zeros, its end, all of it; ``place`` 0 to 1."""

    file: str
    kind: Kind
    place: float


@dataclass(frozen=True)
class Outcome:
    """``unseen``: all is there, nothing noticed it; ``mended`` by a start, or ``said`` and what can be read saved."""

    case: Case
    result: Result
    why: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.damage")
    parser.add_argument("--places", type=int, default=24, help="in how many places of each file a bit is flipped")
    parser.add_argument("--every", type=int, default=1, help="one case in so many")
    options = parser.parse_args()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        outcomes = tried(Path(folder), options.places, options.every)
    for one in outcomes:
        if one.result == "wrong":
            print(f"{one.case}: {one.why}", file=sys.stderr)
    print(table(outcomes))
    sys.exit(any(one.result == "wrong" for one in outcomes))


def tried(place: Path, places: int, every: int = 1) -> list[Outcome]:
    warm()
    before, now = place / "before", place / "now"
    apart(lambda: fresh(OPERATIONS["keys"], now))
    apart(lambda: furnish(now / "data"))
    now.rename(before)
    outcomes = []
    for case in cases(before / "data", places)[::every]:
        shutil.rmtree(now, ignore_errors=True)
        shutil.copytree(before, now)
        damage(now / "data", case)
        try:
            result = apart(lambda: _outcome(now / "data"))
            outcomes.append(Outcome(case, result))
        except AssertionError as fault:
            outcomes.append(Outcome(case, "wrong", str(fault)))
    return outcomes


def furnish(data: Path) -> None:
    """All that a data folder may hold beside articles and keys."""
    sorting.make(data, ENCODER.dimension)
    keep(Fit(OWN, 20, 0.5, 0.4), data)
    (data / REMEMBERED).write_text(json.dumps({"ab" * 8: "int8"}, indent=1), encoding="utf-8")
    with closing(opened(data)) as index, index.jobs.arriving() as arriving:
        arriving.begin("brought.txt")
        arriving.write(BROUGHT.encode())
        arriving.end()
        index.jobs.add(arriving, "new/")
    with closing(Database(data, 30.0)) as database:
        Answers(database).keep_as(KEPT, "why?", in_words(SAID))
        remembered = Remembered(database)
        remembered.watch([FeedState("Harbour", FEED)])
        remembered.sort_in(FEED, [ENTRY], 1.0)


def cases(data: Path, places: int) -> list[Case]:
    """The same every time: bits at places spread over each file, some pages, and cuts."""
    chance, wanted, all_places = random.Random(1), list[Case](), places
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.stat().st_size and not path.name.endswith(LOCKS):
            name = path.relative_to(data).as_posix()
            places = all_places * (DATABASES if path.suffix == ".sqlite" else 1)
            wanted += [Case(name, "bit", (at + chance.random()) / places) for at in range(places)]
            wanted += [Case(name, "page", (at + chance.random()) / (places // 4)) for at in range(places // 4)]
            wanted += [Case(name, "cut", (at + chance.random()) / (places // 4)) for at in range(places // 4)]
            wanted.append(Case(name, "empty", 0.0))
            if name not in TAKEN_AWAY:
                wanted.append(Case(name, "gone", 0.0))
    return wanted


def damage(data: Path, case: Case) -> None:
    path = data / case.file
    if case.kind == "gone":
        path.unlink()
        return
    size = path.stat().st_size
    at = min(int(case.place * size), size - 1)
    with path.open("r+b") as file:
        if case.kind == "empty":
            file.truncate(0)
        elif case.kind == "cut":
            file.truncate(at)
        elif case.kind == "page":
            file.seek(at // 4096 * 4096)
            file.write(bytes(min(4096, size - at // 4096 * 4096)))
        else:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << at % 8]))


def _outcome(data: Path) -> Result:
    """What people see: is all there, or is it said; and what a repair saves."""
    quiet()
    warnings.simplefilter("ignore")
    if not (data / "store.sqlite").is_file():
        seen = _seen(data)
        assert any("store.sqlite is new or was emptied" in fault for fault in seen.faults), seen
        return "said"
    said = [*damages(data)]
    seen = _seen(data)
    assert not any(" is called " in fault for fault in seen.faults), seen.faults
    if not seen.faults and seen.whole and (seen.all_else or said):
        return "mended" if said else "unseen"
    assert said, f"nothing is said of {seen}"
    try:
        done = repair(data)
    except FolderDamaged:
        return "said"  # nothing can be read of it
    repaired(data)
    assert all(put_aside(data))
    reindex(data, ENCODER)
    assert not [one for one in damages(data) if not one.file.startswith("intake/")], "a repair leaves what is damaged"
    after = _seen(data)
    lost = {id for id in TEXTS if id not in after.texts}
    told = {id for id in TEXTS for line in done.salvaged.lost if repr(id) in line}
    faults = [fault for fault in after.faults if not any(fault.startswith(f"{id} is ") for id in told)]
    assert not faults, f"a repair leaves {faults}"
    assert lost <= told, f"{lost - told} went without a word"
    return "said"


@dataclass
class _Seen:
    texts: dict[str, str]
    faults: list[str]
    whole: bool = False
    # Whether all beside articles is there too.
    all_else: bool = True


def _seen(data: Path) -> _Seen:
    seen = _Seen({}, [])
    try:
        with closing(opened(data)) as index:
            _look(index, seen)
    except FootnoteError as fault:
        seen.faults.append(str(fault))
    for look in (_look_at_keys, _look_at_memory):
        with closing(Database(data, 30.0)) as database:
            try:
                look(database, seen)
            except FolderDamaged as fault:
                seen.faults.append(str(fault))
    try:
        own = kept(data)
        assert own in (OWN, shipped()), "a calibration is neither what was fitted nor what is shipped"
        seen.all_else &= own == OWN
    except Invalid as fault:
        seen.faults.append(str(fault))
    assert set(_remembered(data).values()) <= {"int8"}, "another backend is remembered"
    return seen


def _look_at_keys(database: Database, seen: _Seen) -> None:
    keys = Keys(database).all()
    assert all((key.name, sorted(key.scopes)) == ("Anna", ["ask"]) for key in keys), "a key opens more doors"
    seen.all_else &= bool(keys)


def _look_at_memory(database: Database, seen: _Seen) -> None:
    """Kept answers and sources."""
    listed = [one.question for one in Answers(database).latest(9)]
    assert listed in ([], ["why?"], [DAMAGED]), listed
    if listed == ["why?"]:
        heading = Answers(database)._kept(KEPT)[2]["heading"]
        assert heading == SAID, f"an answer says {heading!r}"
    remembered = Remembered(database)
    due = remembered.due(FEED, 1.0, 9)
    assert [one.entry for one in due] in ([], [ENTRY]), due
    feeds = [(one.name, one.address) for one in remembered.feeds()]
    assert feeds in ([], [("Harbour", FEED)]), feeds
    seen.all_else &= listed == ["why?"] and bool(due) and bool(feeds)


def _look(index: Index, seen: _Seen) -> None:
    for id, text in TEXTS.items():
        try:
            found = index.article(id)
            assert found.text == text, f"{id} is shown as {found.text!r}"
            # After a repair a title may have been changed, if that was said: its text is saved.
            if found.title != _title(text):
                seen.faults.append(f"{id} is called {found.title!r}")
            seen.texts[id] = found.text
        except NotFound:
            seen.faults.append(f"{id} is not found")
        except FolderDamaged as fault:
            seen.faults.append(str(fault))
        hits = search(index, Question(FIRST_OF[id])).hits
        for hit in hits:
            assert hit.article.text == TEXTS[hit.article.id], f"a hit quotes {hit.article.text!r}"
            assert hit.id == hit.passage.id(hit.article), "a hit has another's id"
            for span in (hit.passage.span, *hit.highlights):
                assert 0 <= span.start < span.end <= len(hit.article.text), f"a hit quotes {span}"
        if id not in {hit.article.id for hit in hits}:
            seen.faults.append(f"{id} is not found by its words")
    _look_at_jobs(index, seen)
    if not seen.faults:
        assert texts(index) == TEXTS
        assert_whole(index)
        seen.whole = True


def _look_at_jobs(index: Index, seen: _Seen) -> None:
    """What was brought is read as it was, or not at all."""
    job = index.jobs.next()
    try:
        found = [*index.jobs.found(job)] if job else []
    except Invalid:
        found = []
    for one in found:
        if isinstance(one, RawFile):
            with one.open() as file:
                assert (one.id, file.read().decode()) == ("new/brought", BROUGHT), one
    seen.all_else &= any(isinstance(one, RawFile) for one in found)


def _title(text: str) -> str:
    return text.splitlines()[0]


def table(outcomes: Sequence[Outcome]) -> str:
    """A row a kind of file and of damage, a column for what became of it."""
    counts = Counter((_kind(o.case.file), o.case.kind, o.result) for o in outcomes)
    lines = [["file", "damage", "cases", *RESULTS]]
    for file in dict.fromkeys(_kind(o.case.file) for o in outcomes):
        for kind in KINDS:
            row = [counts[file, kind, result] for result in RESULTS]
            lines.append([file, kind, str(sum(row)), *map(str, row)])
    totals = [sum(n for k, n in counts.items() if k[2] == result) for result in RESULTS]
    lines.append(["all", "", str(sum(totals)), *map(str, totals)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def _kind(file: str) -> str:
    top, _, rest = file.partition("/")
    return f"{top}/*{os.path.splitext(rest)[1]}" if rest else top  # noqa: PTH122


if __name__ == "__main__":
    main()

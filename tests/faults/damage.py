"""Damage: every file of a data folder flipped and cut in several places, one at a time, and what becomes of that.

    $ python -m tests.faults.damage [--places N]

Whatever is shown afterwards must be what was stored: a text as it came, a passage that it holds. What is gone must have
been said. Ends with 1 where that does not hold.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.errors import FolderDamaged, FootnoteError, NotFound
from index.folder import Index
from index.found import Question
from index.rebuild import reindex
from index.repair import check, repair
from index.search import search
from service.database import Database
from service.keys import Keys, damaged_keys, repaired
from tests.archive import ENCODER, assert_whole, opened, texts
from tests.faults.operations import FIRST_OF, TEXTS, fresh, quiet, warm
from tests.faults.registry import OPERATIONS
from tests.faults.trying import apart

Kind = Literal["bit", "page", "cut", "empty"]
KINDS: tuple[Kind, ...] = ("bit", "page", "cut", "empty")
# Nothing of these is lost that anybody wants: locks, and what is only for a while.
LOCKS = (".lock", "asking", "-shm")
# Of what can't be made again so many times as many places are tried.
DATABASES = 10
Result = Literal["unseen", "mended", "said", "wrong"]
RESULTS: tuple[Result, ...] = ("unseen", "mended", "said", "wrong")


@dataclass(frozen=True)
class Case:
    """A file of a data folder, and what befalls it: one bit, a page of zeros, or its end; ``place`` from 0 to 1."""

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
    return wanted


def damage(data: Path, case: Case) -> None:
    path = data / case.file
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
    said = [*check(data), *damaged_keys(data)] if (data / "store.sqlite").is_file() else []
    seen = _seen(data)
    if not seen.faults and seen.whole and (seen.keys or said):
        return "mended" if said else "unseen"
    assert said, f"nothing is said of {seen}"
    try:
        done = repair(data)
    except FolderDamaged:
        return "said"  # nothing can be read of it
    repaired(data)
    reindex(data, ENCODER)
    after = _seen(data)
    lost = {id for id in TEXTS if id not in after.texts}
    told = {id for id in lost for line in done.salvaged.lost if repr(id) in line}
    assert not after.faults, f"a repair leaves {after.faults}"
    assert lost == told, f"{lost - told} went without a word"
    return "said"


@dataclass
class _Seen:
    texts: dict[str, str]
    faults: list[str]
    whole: bool = False
    keys: bool = False


def _seen(data: Path) -> _Seen:
    seen = _Seen({}, [])
    try:
        with closing(opened(data)) as index:
            _look(index, seen)
    except FootnoteError as fault:
        seen.faults.append(str(fault))
    with closing(Database(data, 30.0)) as database:
        try:
            keys = Keys(database).all()
            assert all((key.name, sorted(key.scopes)) == ("Anna", ["ask"]) for key in keys), "a key opens more doors"
            seen.keys = bool(keys)
        except FolderDamaged as fault:
            seen.faults.append(str(fault))
    return seen


def _look(index: Index, seen: _Seen) -> None:
    for id, text in TEXTS.items():
        try:
            found = index.article(id)
            assert found.text == text, f"{id} is shown as {found.text!r}"
            assert found.title == _title(text), f"{id} is called {found.title!r}"
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
    if not seen.faults:
        assert texts(index) == TEXTS
        assert_whole(index)
        seen.whole = True


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

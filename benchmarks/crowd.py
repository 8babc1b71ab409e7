"""Writers, deleters and askers in several processes on one folder, each against what all know to be acknowledged.

    $ make crowd MINUTES=10

Every article says a word that only this text of it has. What all processes share is a number for each article: which
text of it was acknowledged, whether it is deleted, and whether somebody writes it now. A question whose article nobody
wrote while it ran must find its words, or nothing where it is deleted; every quote must be its article's, at its place.
One process more makes vectors and words anew, over and over, while the others write and ask.
"""

import argparse
import faulthandler
import hashlib
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from index.errors import FolderHeld, NotFound
from index.folder import Index
from index.ingest import put
from index.prepare import prepare
from index.rebuild import reindex
from index.records import Article
from service.ask import ask
from service.schemas import AskRequest, PassageReply
from service.settings import Settings
from tests.archive import ENCODER, assert_whole, opened, texts

ARTICLES = 60
LONGEST_SECONDS = 20.0  # that one question may take
PAUSE_SECONDS = 5.0  # between two reindexings
FILLER = ["geese", "lake", "ships", "bay", "foxes", "meadow", "railway", "bread", "flour", "moon", "harbour", "engine"]


class State(NamedTuple):
    """Of an article: which text of it was acknowledged last; the parts of one number, so that they change together."""

    version: int
    deleted: bool
    writing: bool

    @classmethod
    def of(cls, number: int) -> "State":
        return cls(number >> 2, bool(number & 2), bool(number & 1))

    def __int__(self) -> int:
        return self.version << 2 | self.deleted << 1 | self.writing


@dataclass
class Done:
    """What one process did, how long its questions and its writes took, and what was wrong."""

    steps: int = 0
    checked: int = 0
    held: int = 0
    seconds: list[float] = field(default_factory=list)
    writing: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def name(number: int) -> str:
    return f"crowd/{number}"


def word(number: int, version: int) -> str:
    return "k" + hashlib.sha256(f"{number} {version}".encode()).hexdigest()[:9]


@cache
def text(number: int, version: int) -> str:
    """Three parts, each a passage with words of its own."""
    chance = Random(f"{number} {version}")
    said = (" ".join(chance.choices(FILLER, k=30)) for _ in range(3))
    parts = "\n\n".join(f"# Part {n}\n\nOf {one} in part {n}." for n, one in enumerate(said))
    return f"Report {word(number, version)} of the 🎈 year.\n\n{parts}\n"


class Crowd:
    """One process of many."""

    def __init__(self, folder: Path, states: Any, seed: int) -> None:
        self._folder, self._states, self._seed = folder, states, seed
        self._chance, self.done = Random(seed), Done()

    def state(self, number: int) -> State:
        return State.of(self._states.get_obj()[number])

    def write(self, index: Index, mine: list[int]) -> None:
        """Puts articles of its own anew, one at a time or several; those of odd numbers wait for who deletes them."""
        free = [n for n in mine if n % 2 == 0 or self.state(n).deleted]
        chosen = self._chance.sample(free, min(len(free), self._chance.choice((1, 1, 3))))
        before = {n: self.state(n) for n in chosen}
        for n in chosen:
            self._say(n, before[n]._replace(writing=True))
        articles = [Article(name(n), "Report", text(n, before[n].version + 1)) for n in chosen]
        with self._undone(before):
            if len(articles) == 1:
                put(index, articles[0])
            elif articles:
                index.put(prepare(articles, ENCODER))
        for n in chosen:
            self._say(n, State(before[n].version + 1, deleted=False, writing=False))

    def delete(self, index: Index, mine: list[int]) -> None:
        """Deletes articles of odd numbers."""
        there = [n for n in mine if n % 2 and not self.state(n).deleted and not self.state(n).writing]
        if there:
            n = self._chance.choice(there)
            before = self.state(n)
            self._say(n, before._replace(writing=True))
            with self._undone({n: before}):
                index.delete(name(n))
            self._say(n, before._replace(deleted=True))
        else:
            self.done.steps -= 1
            time.sleep(0.01)

    def ask(self, index: Index, mine: list[int]) -> None:
        n = self._chance.choice(mine)
        before, began = self.state(n), time.perf_counter()
        request = AskRequest(question=f"what of report {word(n, before.version)}?", top_k=5, effort="fast")
        reply = ask(index, Settings(data=self._folder, threshold=0), request)
        self.done.seconds.append(time.perf_counter() - began)
        after = self.state(n)
        for passage in reply.passages:
            self._refuse_torn(passage)
        if before == after and not before.writing and before.version:
            self.done.checked += 1
            found = [p for p in reply.passages if word(n, before.version) in p.text]
            if before.deleted == bool(found):
                self.done.wrong.append(f"{name(n)} {before} found {[p.article.id for p in found]}")

    def read(self, index: Index, mine: list[int]) -> None:
        n = self._chance.choice(mine)
        before = self.state(n)
        try:
            held: str | None = index.article(name(n)).text
        except NotFound:
            held = None
        expected = None if before.deleted or not before.version else text(n, before.version)
        if before == self.state(n) and not before.writing and held != expected:
            self.done.wrong.append(f"{name(n)} {before} has another text: {held!r:.100}")
        time.sleep(0.005)

    def rebuild(self, index: Index, _: list[int]) -> None:
        time.sleep(PAUSE_SECONDS)
        reindex(index.path, ENCODER)

    @contextmanager
    def _undone(self, before: Mapping[int, State]) -> Iterator[None]:
        """Who is told that another held the folder for too long has changed nothing."""
        began = time.perf_counter()
        try:
            yield
            self.done.writing.append(time.perf_counter() - began)
        except FolderHeld:
            for number, state in before.items():
                self._say(number, state)
            raise

    def _say(self, number: int, state: State) -> None:
        self._states.get_obj()[number] = int(state)

    def _refuse_torn(self, passage: PassageReply) -> None:
        n = int(passage.article.id.removeprefix("crowd/"))
        newest = self.state(n).version + 1
        of = next((v for v in range(newest, 0, -1) if _sha256(n, v) == passage.article.sha256), None)
        if of is None or text(n, of)[passage.start : passage.end] != passage.text:
            self.done.wrong.append(f"torn: {passage.article.id} {passage.start}-{passage.end} {passage.text!r:.100}")


@cache
def _sha256(number: int, version: int) -> str:
    return hashlib.sha256(text(number, version).encode()).hexdigest()


ROLES: dict[str, Callable[[Crowd, Index, list[int]], None]] = {
    "writes": Crowd.write,
    "deletes": Crowd.delete,
    "asks": Crowd.ask,
    "reads": Crowd.read,
    "rebuilds": Crowd.rebuild,
}


class Part(NamedTuple):
    """What one process does, on which articles, for how many seconds."""

    role: str
    seed: int
    folder: Path
    mine: list[int]
    seconds: float


def work(part: Part, states: Any, told: Any) -> None:
    """One process: its role, over and over; what it did is told in the end."""
    faulthandler.enable()
    crowd, until = Crowd(part.folder, states, part.seed), time.monotonic() + part.seconds
    try:
        with closing(opened(part.folder)) as index:
            while time.monotonic() < until:
                try:
                    ROLES[part.role](crowd, index, part.mine)
                    crowd.done.steps += 1
                except FolderHeld:
                    crowd.done.held += 1
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        crowd.done.wrong.append(traceback.format_exc())
    told.put((part.role, crowd.done))


def crowd(folder: Path, seconds: float, each: int = 2) -> dict[str, Done]:
    """What all did by role, and what was wrong, the folder in the end included."""
    context = get_context("spawn")
    states: Any = context.Array("q", ARTICLES)
    told = context.Queue()
    opened(folder).close()
    for n in range(1, ARTICLES, 2):
        states.get_obj()[n] = int(State(0, deleted=True, writing=False))
    parts = [Part(*one, folder, [*range(ARTICLES)], seconds) for one in (("asks", 1), ("reads", 2), ("rebuilds", 3))]
    for n in range(each):
        parts += [Part(role, 10 + n, folder, _share(n, each), seconds) for role in ("writes", "deletes")]
        parts += [Part("asks", 20 + n, folder, [*range(ARTICLES)], seconds)]
    processes = [context.Process(target=work, args=(part, states, told)) for part in parts]
    for process in processes:
        process.start()
    done = {role: Done() for role in ROLES}
    done["the folder"] = Done()
    for _ in processes:
        _add(done, *told.get(timeout=seconds + 120))
    for process in processes:
        process.join()
    done["the folder"].wrong += [f"a process ended with {p.exitcode}" for p in processes if p.exitcode]
    done["the folder"].wrong += wrong_in(folder, [State.of(number) for number in states.get_obj()])
    return done


def _share(number: int, of: int) -> list[int]:
    """Those of one process, odd and even ones."""
    return [n for n in range(ARTICLES) if n // 2 % of == number]


def _add(done: dict[str, Done], role: str, more: Done) -> None:
    one = done[role]
    one.steps, one.checked, one.held = one.steps + more.steps, one.checked + more.checked, one.held + more.held
    one.seconds, one.writing = one.seconds + more.seconds, one.writing + more.writing
    one.wrong += more.wrong
    if more.seconds and max(more.seconds) > LONGEST_SECONDS:
        one.wrong.append(f"a question took {max(more.seconds):.1f} s")


def wrong_in(folder: Path, states: list[State]) -> list[str]:
    with closing(opened(folder)) as index:
        expected = {name(n): text(n, s.version) for n, s in enumerate(states) if s.version and not s.deleted}
        if texts(index) != expected:
            return ["in the end the folder holds other texts than were acknowledged"]
        assert_whole(index)
    return []


def told(what: str, seconds: list[float]) -> str:
    half, most, longest = np.percentile(np.array(seconds), (50, 99, 100)) * 1e3
    return f"{what}: median {half:.0f} ms, 99th percentile {most:.0f} ms, longest {longest:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    with TemporaryDirectory() as at:
        done = crowd(Path(at), 60 * parser.parse_args().minutes)
    for role, one in done.items():
        counts = f"{one.steps:>10,} steps{one.checked:>10,} checked{one.held:>6} told to come again"
        print(f"{role:<12}{counts}{len(one.wrong):>6} wrong")
    print(told("questions", done["asks"].seconds))
    print(told("writes", done["writes"].writing + done["deletes"].writing))
    print("\n".join(line for one in done.values() for line in one.wrong[:5]))
    sys.exit(any(one.wrong or one.held for one in done.values()))


if __name__ == "__main__":
    main()

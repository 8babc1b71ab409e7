"""One case: a fault at one call of one operation, then a start as ever; what is there, compared with what was told."""

import ctypes
import json
import os
import random
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from index.errors import FootnoteError
from tests.faults.operations import DONE, Holdings, Operation, Tell, fresh, held, quiet, settled, warm
from tests.faults.power import Image, images, put, watched
from tests.faults.registry import OPERATIONS
from tests.faults.supervised import KINDS, Call, Fault, Plan, supervised

FAILED = b'{"failed": true}'
# Seconds, after which a process is taken to hang.
PATIENCE = 60
# What a whole run tries of each call.
FAULTS: tuple[Fault, ...] = ("kill", "torn", "EIO", "short", "ENOSPC")
WRITES = ("torn", "short")
# At which of the calls of the next start the process is killed once more: the first ones are the start's own.
AGAIN = (1, 2, 3, 5, 8, 13, 21, 34)
TWICE = "twice"
_NEW_NAMESPACE, _PRIVATE = 0x00020000, 0x44000


@dataclass(frozen=True)
class Case:
    """A fault, and at which call of its kind it comes: the n-th, counted from 1.

    Where ``again`` is not 0, the next start, and what it does again, are killed too, at that call of whatever kind.
    """

    operation: str
    fault: str
    kind: str
    at: int
    again: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a case; ``wrong`` says what should not have been, None where all is as it must be."""

    case: Case
    call: Call | None
    acknowledged: int
    wrong: str | None


def apart(what: Callable[[], Any]) -> Any:
    """What a function gives in a process of its own, so that no thread of it is left here."""
    ours, theirs = get_context("fork").Pipe(duplex=False)
    child = os.fork()
    if not child:
        signal.alarm(PATIENCE)
        try:
            theirs.send((what(), None))
        except BaseException as fault:  # noqa: BLE001 - it is raised where it is waited for
            theirs.send((None, "".join(traceback.format_exception(fault)[-3:])))
        finally:
            os._exit(0)
    theirs.close()
    try:
        given, wrong = ours.recv()
    except EOFError:
        given, wrong = None, "the process died"
    os.waitpid(child, 0)
    if wrong is not None:
        raise AssertionError(wrong)
    return given


class Bench:
    """A place to try cases of one operation: its beginning is made once and copied for each."""

    def __init__(self, operation: Operation, place: Path) -> None:
        self.operation, self._place = operation, place
        warm()
        self._now, self._before = place / "now", place / "before"
        # Made where cases run: the ledger knows the paths of files.
        self._begins: Holdings = apart(lambda: fresh(operation, self._now))
        shutil.rmtree(self._before, ignore_errors=True)
        self._now.rename(self._before)
        told, status, plan = supervised(self._done, self._copied() / "data", Plan())
        assert (status, told[-1]) == (0, DONE), f"{operation.name} fails by itself: {told[-1].decode()}"
        self.calls, self._ends = plan.calls, after(self._begins, _changes(told))

    def tried(self, case: Case) -> Outcome:
        folder = self._copied()
        fault: Any = "kill" if case.again else case.fault
        plan = Plan(fault, case.kind, case.at, lasting=case.fault == "ENOSPC")
        run = self._done if fault in ("kill", "torn") else self._failing
        told, status, _ = supervised(run, folder / "data", plan, FAILED)
        if case.again and plan.struck and status == signal.SIGKILL:
            return self._tried_again(case, told)
        wrong = self._wrong(told, status, plan)
        return Outcome(case, plan.struck, told.count(DONE), wrong)

    def _tried_again(self, case: Case, told: list[bytes]) -> Outcome:
        """What was killed is started again, and killed in the midst of that."""
        first = self._place / "first"
        shutil.rmtree(first, ignore_errors=True)
        shutil.copytree(self._now, first)
        plan = Plan("kill", "any", case.again)
        try:
            begins = apart(lambda: self._held_of(possible(self._begins, told)))
            shutil.rmtree(self._now)
            first.rename(self._now)
            again, status, _ = supervised(self._done, self._now / "data", plan)
            if plan.struck is None and status == 0:
                return Outcome(case, None, told.count(DONE), None)
            if status != signal.SIGKILL:
                return Outcome(case, plan.struck, told.count(DONE), f"ended with {status}: {again[-1:]}")
            apart(lambda: self._hold(possible(begins, again)))
        except AssertionError as fault:
            return Outcome(case, plan.struck, told.count(DONE), str(fault))
        return Outcome(case, plan.struck, told.count(DONE), None)

    def after_power(self, every: int, first: int = 0) -> Iterator[Outcome]:
        """What may be on the disk when the power goes before each call of the operation, and at its end."""
        for case, told, image, call in [*self._images()][first::every]:
            shutil.rmtree(self._now, ignore_errors=True)
            shutil.copytree(self._before, self._now)
            shutil.rmtree(self._now / "data", ignore_errors=True)
            put(image, self._now / "data")
            try:
                apart(partial(self._hold, possible(self._begins, told)))
                yield Outcome(case, call, told.count(DONE), None)
            except AssertionError as fault:
                yield Outcome(case, call, told.count(DONE), str(fault))

    def _images(self) -> Iterator[tuple[Case, list[bytes], Image, Call]]:
        """Each image once for what was told by then."""
        plan, folder, known = Plan(), self._copied(), set[int]()
        chance = random.Random(self.operation.name)
        moments = watched(plan, folder / "data", lambda: supervised(self._done, folder / "data", plan))
        for at, moment in enumerate(moments, 1):
            for way, image in images(moment, chance):
                mark = hash((moment.told, frozenset(image.items())))
                if mark not in known:
                    known.add(mark)
                    call = moment.call or Call("power", "end", "")
                    yield Case(self.operation.name, way, "power", at), plan.told[: moment.told], image, call

    def filled_up(self, free: int) -> Outcome:
        """The operation on a disk of its own that has so many bytes free, which is then given room."""
        case = Case(self.operation.name, "ENOSPC", "disk", free)
        try:
            told, wrong = apart(lambda: self._on_small_disk(free))
        except AssertionError as fault:
            return Outcome(case, None, 0, str(fault))
        return Outcome(case, Call("disk", "tmpfs", "") if FAILED in told else None, told.count(DONE), wrong)

    def _on_small_disk(self, free: int) -> tuple[list[bytes], str | None]:
        disk = self._copied()
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.unshare(_NEW_NAMESPACE) == 0
        assert libc.mount(None, b"/", None, _PRIVATE, None) == 0
        assert libc.mount(b"tmpfs", bytes(disk), b"tmpfs", 0, b"size=64m") == 0
        shutil.copytree(self._before, disk, dirs_exist_ok=True)
        room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        filler = disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(room - free, 4096))
        told, status, plan = supervised(lambda tell: self._failing(tell, filler), disk / "data", Plan())
        filler.unlink(missing_ok=True)
        return told, self._wrong(told, status, plan, must_strike=False)

    def _copied(self) -> Path:
        shutil.rmtree(self._now, ignore_errors=True)
        shutil.copytree(self._before, self._now)
        return self._now

    def _done(self, tell: Tell) -> None:
        quiet()
        self.operation.does(self._now / "data", self._now / "files", tell)

    def _failing(self, tell: Tell, filler: Path | None = None) -> None:
        """As a service that goes on: what failed is tried again once the fault is over."""
        try:
            self._done(tell)
        except (FootnoteError, OSError):
            if filler is not None:
                filler.unlink()
            tell(FAILED)
            self._done(tell)

    def _wrong(self, told: list[bytes], status: int, plan: Plan, *, must_strike: bool = True) -> str | None:
        if must_strike and plan.struck is None:
            return None  # it ended before so many calls: threads do not always make as many
        killed = plan.fault in ("kill", "torn") and must_strike
        if status != (signal.SIGKILL if killed else 0):
            return f"ended with {status}: {told[-1:]}"
        try:
            apart(lambda: self._hold(possible(self._begins, told)))
        except AssertionError as fault:
            return str(fault)
        return None

    def _held_of(self, allowed: list[Holdings]) -> Holdings:
        quiet()
        self.operation.mends(self._now / "data", self._now / "files")
        holds = self._holds()
        assert holds in allowed, f"it holds {holds}, not one of {allowed}"
        return holds

    def _holds(self) -> Holdings:
        return self.operation.also(self._now / "data", held(self._now / "data"))

    def _hold(self, allowed: list[Holdings]) -> None:
        """Start again, as often as it takes to see all: what is there, what the operation does now, what comes then."""
        self._held_of(allowed)
        self._done(lambda _: None)
        again = self._holds()
        assert again == self._ends, f"done again it holds {again}, not {self._ends}"
        settled(self._now / "data")


def _changes(told: list[bytes]) -> Holdings:
    changes: Holdings = {}
    for line in told:
        changes |= json.loads(line).get("begun", {})
    return changes


def after(state: Holdings, changes: Mapping[str, str | None]) -> Holdings:
    return {name: value for name, value in {**state, **changes}.items() if value is not None}


def possible(state: Holdings, told: list[bytes]) -> list[Holdings]:
    """The states that a folder may be in: all that was acknowledged, and what was begun last wholly or not at all.

    What has two steps may be between them.
    """
    changes: Holdings = {}
    midway: Holdings = {}
    for line in map(json.loads, told):
        if "begun" in line:
            changes, midway = line["begun"], line.get("midway", {})
        elif "done" in line:
            state, changes, midway = after(state, changes), {}, {}
    return [state, after(state, midway), after(state, changes)]


def cases(name: str, calls: list[Call], every: int = 1, first: int = 1) -> list[Case]:
    """A case for each fault at each call, or at every so many; and every second kill with another after it."""
    counts = {kind: sum(call.kind == kind for call in calls) for kind in KINDS}
    wanted = [
        Case(name, fault, kind, at)
        for kind, count in counts.items()
        for fault in FAULTS
        if kind == "write" or fault not in WRITES
        for at in range(1, count + 1)
    ]
    kills = [case for case in wanted if case.fault == "kill"][::2]
    wanted += [replace(case, fault=TWICE, again=AGAIN[n % len(AGAIN)]) for n, case in enumerate(kills)]
    return wanted[first - 1 :: every]


def calls_of(name: str, folder: Path) -> list[Call]:
    return Bench(OPERATIONS[name], folder / name).calls


def tried(name: str, folder: Path, wanted: Sequence[Case]) -> list[Outcome]:
    """Some cases of one operation, one after another, in a place of their own."""
    bench = Bench(OPERATIONS[name], folder / f"{name}-{wanted[0].kind}-{wanted[0].fault}-{wanted[0].at}")
    return [bench.tried(case) for case in wanted]


def sampled(name: str, folder: Path, every: int, levels: Sequence[int]) -> list[Outcome]:
    """A few cases of each kind of one operation, others for each."""
    bench = Bench(OPERATIONS[name], folder / name)
    first = 1 + random.Random(name).randrange(every)
    wanted = cases(name, bench.calls, every, first) or cases(name, bench.calls, every)
    outcomes = [bench.tried(case) for case in wanted]
    outcomes += bench.after_power(every, first // 4)
    return [*outcomes, *(bench.filled_up(free) for free in levels)]


def powerless(name: str, folder: Path, every: int, share: tuple[int, int]) -> list[Outcome]:
    """One share of many of what may be on the disk after the power went."""
    number, of = share
    bench = Bench(OPERATIONS[name], folder / f"{name}-power-{number}")
    return [*bench.after_power(every * of, every * number)]


def filled(name: str, folder: Path, levels: Sequence[int]) -> list[Outcome]:
    """The operation with so many bytes free on its disk, one level after another."""
    bench = Bench(OPERATIONS[name], folder / f"{name}-disk-{levels[0]}")
    return [bench.filled_up(free) for free in levels]

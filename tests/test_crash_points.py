"""A sample of `make faults`: in a process of its own, since who supervises must have no threads."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from index.errors import DiskFault
from index.jobs import Jobs
from tests.archive import opened, texts
from tests.faults.__main__ import table
from tests.faults.operations import TEXTS, bring, run_jobs
from tests.faults.power import Disk, Moment, images
from tests.faults.registry import OPERATIONS
from tests.faults.supervised import Call, Plan, is_possible
from tests.faults.trying import Case, Outcome, cases

ROOT = Path(__file__).parents[1]
# One case in so many: FOOTNOTE_FAULTS=1 for all.
EVERY = os.environ.get("FOOTNOTE_FAULTS", "600")
WHY_NOT = is_possible()


@pytest.mark.timeout(600)
@pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
def test_a_fault_at_any_call_of_a_write_loses_nothing_and_leaves_nothing_by_half() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--every", EVERY, "--jobs", "2"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = run.stdout.splitlines()
    assert {line.split()[0] for line in said} == {"operation", "all", *OPERATIONS}
    assert said[-1].split()[-1] == "0"


def test_cases_are_every_fault_at_every_call_but_for_what_only_a_write_can_do() -> None:
    calls = [Call("write", "write", "a"), Call("sync", "fsync", "a"), Call("write", "pwrite64", "a")]
    assert [(case.kind, case.fault, case.at, case.again) for case in cases("put", calls)] == [
        ("write", "kill", 1, 0), ("write", "kill", 2, 0), ("write", "torn", 1, 0), ("write", "torn", 2, 0),
        ("write", "EIO", 1, 0), ("write", "EIO", 2, 0), ("write", "short", 1, 0), ("write", "short", 2, 0),
        ("write", "ENOSPC", 1, 0), ("write", "ENOSPC", 2, 0),
        ("sync", "kill", 1, 0), ("sync", "EIO", 1, 0), ("sync", "ENOSPC", 1, 0),
        ("write", "twice", 1, 1), ("sync", "twice", 1, 2),
    ]  # fmt: skip


def test_the_table_counts_cases_at_which_a_fault_came_and_failures() -> None:
    call = Call("write", "write", "a")
    outcomes = [
        Outcome(Case("put", "kill", "write", 1), call, 0, None),
        Outcome(Case("put", "EIO", "write", 1), call, 0, "gone"),
        Outcome(Case("put", "kill", "write", 2), None, 1, None),
        Outcome(Case("put", "names", "power", 7), call, 1, None),
    ]
    assert [line.split() for line in table(outcomes).splitlines()] == [
        ["operation", "call", "kill", "torn", "EIO", "short", "ENOSPC", "twice", "power", "failures"],
        ["put", "write", "1", "0", "1", "0", "0", "0", "-", "1"],
        ["put", "power", "-", "-", "-", "-", "-", "-", "1", "0"],
        ["all", "1", "0", "1", "0", "0", "0", "1", "1"],
    ]


def moments(folder: Path, *steps: Callable[[], object]) -> Moment:
    """What is known of a folder before the last call, of a run of calls on it."""
    disk, plan = Disk(folder), Plan()
    for step in steps:
        match step():
            case Call() as call:
                disk.before(plan, call)
    disk.end(plan)
    disk.close()
    return disk.moments[-1]


def possible_after(moment: Moment) -> set[tuple[tuple[str, bytes | None], ...]]:
    chance = random.Random(1)
    return {tuple(sorted(image.items())) for _ in range(200) for _, image in images(moment, chance)}


def test_without_power_a_file_has_what_was_synced_and_may_have_more(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    moment = moments(
        tmp_path,
        lambda: (tmp_path / "a").write_bytes(b"older"),
        lambda: Call("sync", "fsync", "a"),
        lambda: (tmp_path / "a").write_bytes(b"older and older"),
    )
    found = {content for ((_, content),) in possible_after(moment)}
    assert b"older" in found
    assert b"older and older" in found
    assert {content[:5] for content in found if content is not None} == {b"older"}


def test_without_power_a_name_is_sure_once_its_folder_was_synced(tmp_path: Path) -> None:
    (tmp_path / "a.new").write_bytes(b"new")
    unsynced = moments(
        tmp_path, lambda: (tmp_path / "a.new").rename(tmp_path / "a"), lambda: Call("write", "write", "b")
    )
    assert possible_after(unsynced) == {(("a", b"new"),), (("a.new", b"new"),)}
    synced = moments(tmp_path, lambda: (tmp_path / "a").rename(tmp_path / "b"), lambda: Call("sync", "fsync", "."))
    assert possible_after(synced) == {(("b", b"new"),)}


def test_without_power_what_goes_to_another_folder_is_in_one_of_the_two(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a").write_bytes(b"kept")
    moment = moments(tmp_path, lambda: (tmp_path / "one" / "a").rename(tmp_path / "two" / "a"))
    folders: tuple[tuple[str, bytes | None], ...] = (("one", None), ("two", None))
    assert possible_after(moment) == {
        tuple(sorted((*folders, ("one/a", b"kept")))), tuple(sorted((*folders, ("two/a", b"kept")))),
    }  # fmt: skip


def test_a_job_waits_while_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened(tmp_path)
    bring(index)
    real, until = Jobs.found, monotonic() + 0.5

    def full(jobs: Jobs, job: object) -> object:
        if monotonic() < until:
            raise DiskFault("no space left on device")
        return real(jobs, job)  # type: ignore[arg-type]

    monkeypatch.setattr(Jobs, "found", full)
    monkeypatch.setattr("service.jobs.PAUSE_SECONDS", 0.1)
    run_jobs(index)
    assert texts(index) == TEXTS
    assert [(job.state, job.attempts) for job in index.jobs.listed(2**62, 10)] == [("done", 1)]
    index.close()

"""A sample of `make faults`: in a process of its own, since who supervises must have no threads."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from index.errors import DiskFault
from index.jobs import Jobs
from tests.archive import opened, texts
from tests.faults.__main__ import table
from tests.faults.operations import TEXTS, bring, run_jobs
from tests.faults.registry import OPERATIONS
from tests.faults.supervised import Call, is_possible
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
    assert [(case.kind, case.fault, case.at) for case in cases("put", calls)] == [
        ("write", "kill", 1), ("write", "kill", 2), ("write", "torn", 1), ("write", "torn", 2),
        ("write", "EIO", 1), ("write", "EIO", 2), ("write", "short", 1), ("write", "short", 2),
        ("write", "ENOSPC", 1), ("write", "ENOSPC", 2), ("sync", "kill", 1), ("sync", "EIO", 1), ("sync", "ENOSPC", 1),
    ]  # fmt: skip


def test_the_table_counts_cases_at_which_a_fault_came_and_failures() -> None:
    call = Call("write", "write", "a")
    outcomes = [
        Outcome(Case("put", "kill", "write", 1), call, 0, None),
        Outcome(Case("put", "EIO", "write", 1), call, 0, "gone"),
        Outcome(Case("put", "kill", "write", 2), None, 1, None),
    ]
    assert [line.split() for line in table(outcomes).splitlines()] == [
        ["operation", "call", "kill", "torn", "EIO", "short", "ENOSPC", "failures"],
        ["put", "write", "1", "0", "1", "0", "0", "1"],
        ["all", "1", "0", "1", "0", "0", "1"],
    ]


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

"""The tables of jobs: what was brought to be taken in, and how far that has come."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from index.records import JobState, Received, Rejection
from index.store.kinds import Job, Tally
from index.store.seals import SEALED

KEPT = 1_000
"""Ended jobs that are remembered."""
QUOTED = 1_000
"""Rejections of one job that are remembered."""

DAMAGED = "its line in the store is damaged: bring it again; what was brought lies in intake/{}"

_SEALED = SEALED["jobs"]
_UNFINISHED = f"state IN ('waiting', 'running') AND {_SEALED}"
_COLUMNS = f"""{_SEALED}, number, id, prefix, state, reason, attempts, received_at, began_at, ended_at,
    (SELECT count(*) FROM job_files WHERE job = jobs.number),
    (SELECT coalesce(sum(size), 0) FROM job_files WHERE job = jobs.number),
    files_done, articles, added, unchanged, replaced, rejected"""


class Jobs:
    """The jobs as one state of the store has them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    def one(self, id: str) -> Job | None:
        return next(iter(self._found("id = ?", id)), None)

    def listed(self, before: int, limit: int) -> list[Job]:
        """The latest first, of numbers below ``before``."""
        return self._found("number < ? ORDER BY number DESC LIMIT ?", before, limit)

    def next(self) -> Job | None:
        """The oldest that has not ended."""
        return next(iter(self._found(f"{_UNFINISHED} ORDER BY number LIMIT 1")), None)

    def unfinished(self) -> set[str]:
        """The ids of those that have not ended, or of which nobody can tell."""
        return {row[0] for row in self._sql.execute(f"SELECT id FROM jobs WHERE ({_UNFINISHED}) OR NOT ({_SEALED})")}

    def are_whole(self) -> bool:
        """Whether the disk has changed none of them."""
        return not self._sql.execute(f"SELECT 1 FROM jobs WHERE NOT ({_SEALED}) LIMIT 1").fetchone()

    def files(self, job: Job) -> list[Received]:
        sql = "SELECT name, size, sha256 FROM job_files WHERE job = ? ORDER BY number"
        return [Received(*row) for row in self._sql.execute(sql, (job.number,))]

    def rejections(self, job: Job) -> list[Rejection]:
        sql = "SELECT file, reason, line FROM job_rejections WHERE job = ? ORDER BY number"
        return [Rejection(*row) for row in self._sql.execute(sql, (job.number,))]

    def _found(self, where: str, *values: object) -> list[Job]:
        rows = self._sql.execute(f"SELECT {_COLUMNS} FROM jobs WHERE {where}", values)
        return [_job(*row) for row in rows]


class ChangingJobs(Jobs):
    """The jobs as a write changes them."""

    def add(self, id: str, prefix: str, files: Sequence[Received]) -> None:
        sql = "INSERT INTO jobs (id, prefix, state, received_at) VALUES (?, ?, 'waiting', ?)"
        number = self._sql.execute(sql, (id, prefix, _now())).lastrowid
        rows = [(number, count, *file) for count, file in enumerate(files)]
        self._sql.executemany("INSERT INTO job_files VALUES (?, ?, ?, ?, ?)", rows)

    def begin(self, job: Job) -> bool:
        """Let it run, from its start; false if it has ended meanwhile."""
        sql = f"""UPDATE jobs SET state = 'running', attempts = attempts + 1, began_at = coalesce(began_at, ?),
            rejected = 0 WHERE number = ? AND {_UNFINISHED}"""
        self._sql.execute("DELETE FROM job_rejections WHERE job = ?", (job.number,))
        return self._sql.execute(sql, (_now(), job.number)).rowcount > 0

    def advance(self, job: Job, tally: Tally, rejections: Sequence[Rejection]) -> bool:
        """Say how far it has come, and all that was rejected so far; false if it was cancelled meanwhile."""
        sql = """UPDATE jobs SET files_done = ?, articles = ?, added = ?, unchanged = ?, replaced = ?, rejected = ?
            WHERE number = ? AND state = 'running'"""
        running = self._sql.execute(sql, (*tally, job.number)).rowcount > 0
        counted = self._sql.execute("SELECT count(*) FROM job_rejections WHERE job = ?", (job.number,))
        said = counted.fetchone()[0]
        new = enumerate(rejections[said:QUOTED], start=said)
        rows = [(job.number, count, one.file, one.line, one.reason) for count, one in new]
        sql = "INSERT INTO job_rejections (job, number, file, line, reason) VALUES (?, ?, ?, ?, ?)"
        self._sql.executemany(sql, rows)
        return running

    def put_back(self, job: Job) -> None:
        """Let it wait again, first of all, as if it had not been begun."""
        sql = "UPDATE jobs SET state = 'waiting', attempts = attempts - 1 WHERE number = ? AND state = 'running'"
        self._sql.execute(sql, (job.number,))

    def end(self, job: Job, state: JobState, reason: str | None = None) -> None:
        """Let an unfinished one have ended, and forget the oldest of many that have."""
        sql = f"UPDATE jobs SET state = ?, reason = ?, ended_at = ? WHERE number = ? AND {_UNFINISHED}"
        self._sql.execute(sql, (state, reason, _now(), job.number))
        old = f"SELECT number FROM jobs WHERE NOT {_UNFINISHED} ORDER BY number DESC LIMIT -1 OFFSET {KEPT}"
        self._sql.execute(f"DELETE FROM jobs WHERE number IN ({old})")


def _job(is_sealed: bool, *row: Any) -> Job:
    """One that the disk has changed has failed, whatever it says."""
    job = Job._make((*row[:11], Tally._make(row[11:])))
    return job if is_sealed else job._replace(state="failed", reason=DAMAGED.format(job.id))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

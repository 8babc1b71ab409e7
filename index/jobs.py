"""What was brought to be taken in: its files in a folder of its own until it has ended, its line in the store.

A job is there once its line is committed. Files without a line, or of a job that has ended, are left over.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from index.discovery import shown, uploaded
from index.errors import Invalid, NotFound
from index.readers.tables import TABLE
from index.records import JobState, RawFile, Received, Rejection
from index.spool import Arriving, arriving, clear, is_as_received, locked
from index.store import Job, Store, Tally

CHANGED = "is not what was brought: the disk has changed it, bring it again"
GONE = "is gone from the data folder: bring it again"


class Jobs:
    """The jobs of a data folder. Safe to use from many threads, and beside other processes on the same folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder

    def arriving(self) -> AbstractContextManager[Arriving]:
        """Takes files; they are forgotten at its end unless they were added."""
        return arriving(self._folder, self._folder / "arriving.lock")

    def add(self, brought: Arriving, prefix: str) -> Job:
        """Let files wait to be taken in, ``prefix`` put before their ids; a crash loses nothing once this returns."""
        brought.settle()
        with self._store.writing() as transaction:
            transaction.jobs.add(brought.id, prefix, brought.files)
        brought.kept = True
        return self.one(brought.id)

    def one(self, id: str) -> Job:
        """:raises NotFound: there is none of this id, or no longer."""
        return self.details(id)[0]

    def details(self, id: str) -> tuple[Job, list[Received], list[Rejection]]:
        """A job, its files, and what of it was rejected, as far as that is quoted.

        :raises NotFound: there is none of this id, or no longer.
        """
        with self._store.reading() as snapshot:
            job = snapshot.jobs.one(id)
            if job is None:
                raise NotFound(f"no job has the id {id!r}")
            return job, snapshot.jobs.files(job), snapshot.jobs.rejections(job)

    def listed(self, before: int, limit: int) -> list[Job]:
        """The latest first, of numbers below ``before``."""
        with self._store.reading() as snapshot:
            return snapshot.jobs.listed(before, limit)

    def waiting(self) -> int:
        """How many have not ended."""
        with self._store.reading() as snapshot:
            return len(snapshot.jobs.unfinished())

    def next(self) -> Job | None:
        """The oldest that has not ended."""
        with self._store.reading() as snapshot:
            return snapshot.jobs.next()

    def turn(self) -> AbstractContextManager[bool]:
        """Whether it is ours to run jobs: one process does at a time."""
        return locked(self._folder / "running.lock")

    def begin(self, job: Job) -> bool:
        """Let it run, from its start; false if it has ended meanwhile."""
        with self._store.writing() as transaction:
            return transaction.jobs.begin(job)

    def found(self, job: Job) -> Iterator[RawFile | Rejection]:
        """The files to read.

        :raises Invalid: they are gone.
        """
        folder = self._folder / job.id
        if not folder.is_dir():
            raise Invalid("its files are gone from the data folder: bring them again")
        return self._as_brought(job, folder)

    def _as_brought(self, job: Job, folder: Path) -> Iterator[RawFile | Rejection]:
        """Without what the disk has changed since: that must not come to be an article."""
        _, files, _ = self.details(job.id)
        known = {shown(Path(file.name)): file for file in files}
        tables = [file for file in files if Path(file.name).name == TABLE and not is_as_received(folder, file)]
        if tables:
            raise Invalid(f"{tables[0].name} {CHANGED}")
        yield from (Rejection(file.name, GONE) for file in files if not (folder / file.name).is_file())
        for found in uploaded(folder, job.prefix):
            if isinstance(found, RawFile) and found.name in known and not is_as_received(folder, known[found.name]):
                yield Rejection(found.name, CHANGED)
            else:
                yield found

    def advance(self, job: Job, tally: Tally, rejections: Sequence[Rejection]) -> bool:
        """Say how far it has come, and all that was rejected so far; false if it was cancelled meanwhile."""
        with self._store.writing() as transaction:
            return transaction.jobs.advance(job, tally, rejections)

    def put_back(self, job: Job) -> None:
        """Let it wait again, first of all, as if it had not been begun."""
        with self._store.writing() as transaction:
            transaction.jobs.put_back(job)

    def done(self, job: Job, tally: Tally, rejections: Sequence[Rejection]) -> None:
        """Let it have ended well, if it was not cancelled meanwhile."""
        with self._store.writing() as transaction:
            transaction.jobs.advance(job, tally, rejections)
            transaction.jobs.end(job, "done")
        self.clear_away(job)

    def failed(self, job: Job, reason: str) -> None:
        with self._store.writing() as transaction:
            transaction.jobs.end(job, "failed", reason)
        self.clear_away(job)

    def cancel(self, id: str) -> JobState:
        """Let it end, whatever it has taken in staying in; says in which state it was.

        :raises NotFound: there is none of this id, or no longer.
        """
        with self._store.writing() as transaction:
            job = transaction.jobs.one(id)
            if job is None:
                raise NotFound(f"no job has the id {id!r}")
            transaction.jobs.end(job, "cancelled")
        # The files of one that runs are removed by whoever runs it.
        if job.state == "waiting":
            self.clear_away(job)
        return job.state

    def clear_away(self, job: Job) -> None:
        """Remove the files of a job if it has ended."""
        with self._store.reading() as snapshot:
            wanted = snapshot.jobs.unfinished()
        if job.id not in wanted:
            shutil.rmtree(self._folder / job.id, ignore_errors=True)

    def clear_all_away(self) -> None:
        """Remove files that no unfinished job needs, unless some are being brought just now."""
        if not self._folder.is_dir():
            return
        with locked(self._folder / "arriving.lock") as alone:
            if alone:
                with self._store.reading() as snapshot:
                    wanted, is_known = snapshot.jobs.unfinished(), snapshot.jobs.are_whole()
                # One whose line the disk has changed may be any of them.
                if is_known:
                    clear(self._folder, wanted)

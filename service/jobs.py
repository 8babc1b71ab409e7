"""The worker: what was brought is taken in, a job at a time and in order, in a thread of the service."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Event
from time import monotonic

from index.errors import DiskFault, FolderHeld, FootnoteError
from index.folder import Index
from index.ingest import Progress, Summary, ingest
from index.jobs import Jobs
from index.readers import Limits
from index.records import Rejection
from index.store import Job, Tally
from service.background import Background

logger = logging.getLogger(__name__)

# How long it waits before it looks again, for jobs that another process has left.
PAUSE_SECONDS = 2.0
# How often a running job says how far it has come, and sees whether it was cancelled.
SAID_EVERY_SECONDS = 0.5
# A job that the service does not survive must not keep it from the next one.
MOST_ATTEMPTS = 5


class _Stopped(Exception):
    """The service is being stopped."""


class _Cancelled(Exception):
    """The job is not wanted any more."""


class Worker(Background):
    """Runs jobs from when the index is open until it is stopped."""

    def __init__(self, max_characters: int) -> None:
        super().__init__("jobs")
        self._limits, self._news = Limits(max_characters=max_characters), Event()
        self._put_back: Callable[[], None] = _nothing

    def wake(self) -> None:
        """There is a new job."""
        self._news.set()

    def stop(self) -> None:
        """Ends it soon; the job that runs goes on when the service is started again."""
        self._stopping.set()
        self._news.set()
        super().stop()
        if self._thread is not None:
            # Articles are still being encoded: what becomes of them is seen when the job goes on.
            with suppress(FootnoteError):
                self._put_back()

    def _work(self, index: Index) -> None:
        with suppress(FootnoteError, OSError):
            index.jobs.clear_all_away()
        while not self._stopping.is_set():
            self._news.clear()
            goes_on = self._stepped(index)
            if not goes_on and not self._stopping.is_set():
                self._news.wait(PAUSE_SECONDS)

    def _stepped(self, index: Index) -> bool:
        """Runs the next job if there is one and no other process does; false where that is to be seen later."""
        try:
            if index.jobs.next() is None:
                return False
            with index.jobs.turn() as ours:
                job = index.jobs.next() if ours else None
                return job is not None and self._run(index, job)
        # Whatever it is, the jobs that come later must not wait for ever.
        except Exception:
            if not self._stopping.is_set():
                logger.exception("a job could not be run; it is tried again")
            return False

    def _run(self, index: Index, job: Job) -> bool:
        if job.attempts >= MOST_ATTEMPTS:
            index.jobs.failed(job, f"the service ended {MOST_ATTEMPTS} times while it ran")
            return True
        if not index.jobs.begin(job):
            return True
        course = _Course(index.jobs, job, self._stopping)
        self._put_back = partial(index.jobs.put_back, job)
        try:
            summary = ingest(index, index.jobs.found(job), self._limits, course.at)
        except _Cancelled:
            index.jobs.clear_away(job)
        except (_Stopped, FolderHeld):
            course.say()
            index.jobs.put_back(job)
            return False
        except DiskFault as fault:
            # What was acknowledged must not be given up for a disk that is full for a while.
            logger.warning("job %s waits: %s", job.id, fault)
            index.jobs.put_back(job)
            return False
        except Exception as fault:
            if self._stopping.is_set():
                raise
            logger.exception("job %s failed", job.id)
            index.jobs.failed(job, _reason(fault))
        else:
            index.jobs.done(job, *course.whole(summary))
        finally:
            self._put_back = _nothing
        return True


def _nothing() -> None:
    pass


def _reason(fault: Exception) -> str:
    return str(fault) if isinstance(fault, FootnoteError) else f"{type(fault).__name__}: {fault}"


class _Course:
    """How far a job has come. What it took in before a restart is not new then, but counts as what it was."""

    def __init__(self, jobs: Jobs, job: Job, stopping: Event) -> None:
        self._jobs, self._job, self._stopping = jobs, job, stopping
        self._step, self._said_at = Progress(0, 0, ""), monotonic()

    def at(self, step: Progress) -> None:
        """To be called with every step.

        :raises _Stopped: the service is being stopped.
        :raises _Cancelled: the job is not wanted any more.
        """
        self._step = step
        if self._stopping.is_set():
            raise _Stopped
        if monotonic() - self._said_at >= SAID_EVERY_SECONDS:
            self._said_at = monotonic()
            with suppress(FolderHeld):
                self.say()

    def say(self) -> None:
        """:raises _Cancelled: the job is not wanted any more."""
        step = self._step
        tally = self._tally(max(step.files - 1, 0), step.articles, step.summary)
        if not self._jobs.advance(self._job, tally, step.summary.rejected):
            raise _Cancelled

    def whole(self, summary: Summary) -> tuple[Tally, Sequence[Rejection]]:
        """Where it has come to in the end."""
        return self._tally(self._job.files, self._step.articles, summary), summary.rejected

    def _tally(self, files: int, articles: int, summary: Summary) -> Tally:
        before = self._job.tally
        return Tally(
            files=min(files, self._job.files),
            articles=articles,
            added=before.added + summary.added,
            unchanged=max(summary.unchanged - before.added - before.replaced, 0),
            replaced=before.replaced + summary.replaced,
            rejected=len(summary.rejected),
        )

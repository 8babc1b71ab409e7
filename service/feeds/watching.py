"""STORY: sources watched: each visited when it is due, by itself, and what is known of how that goes."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from random import random
from threading import Event, Lock, Thread

from index.errors import FolderHeld, FootnoteError, Invalid
from index.ingest import Progress, Summary
from index.spool import locked
from service.feeds.fetching import NONE
from service.feeds.freshness import moment, quiet_for
from service.feeds.pacing import Stopped
from service.feeds.remembered import FeedState
from service.feeds.sources import Source, read
from service.feeds.unfetched import Unfetched
from service.feeds.visiting import Visit, Visits

logger = logging.getLogger(__name__)

# Sources that are visited at the same time, so that one whose server is slow does not hold the others.
AT_ONCE = 4
LOOK_EVERY = 1.0
# What is due at one moment is spread by a share of its interval, so that not all come at the full hour.
JITTER = 0.1
DAILY_JITTER = 300.0
# After failures in a row: twice as long each time, from its interval or this, up to a day.
FIRST_AGAIN, LONGEST_AGAIN = 1_800.0, 86_400.0
# What its server says is gone for good may come back all the same.
GONE_AGAIN = 7 * 86_400.0
# A server that says "unchanged" for so long is asked for all of it once: some say so for ever.
WHOLE_EVERY = 7 * 86_400.0
LOCK = "watching.lock"


def next_visit(
    source: Source, now: float, failures: int, fault: Unfetched | None, chance: Callable[[], float]
) -> float:
    """When a source is due again.

    Args:
        source: what is watched.
        now: seconds since 1970.
        failures: how many visits failed in a row, this one included.
        fault: why this one did.
        chance: gives a number from 0 to 1.
    """
    if fault is None:
        if source.at is None:
            return now + source.every * (1 + JITTER * chance())
        return _next_day(source, now) + DAILY_JITTER * chance()
    again = min(min(source.every, FIRST_AGAIN) * float(2 ** min(failures, 20)), LONGEST_AGAIN)
    if fault.status == 410:
        again = GONE_AGAIN
    return now + max(again * (1 + JITTER * chance()), fault.after or 0)


def _next_day(source: Source, now: float) -> float:
    assert source.at is not None
    at = datetime.combine(datetime.fromtimestamp(now, UTC).date(), source.at, UTC)
    while at.timestamp() <= now:
        at += timedelta(days=1)
    return at.timestamp()


@dataclass
class Watch:
    """Watches the sources of a file, which may be changed meanwhile."""

    visits: Visits
    file: Path
    stopping: Event
    chance: Callable[[], float] = random

    def __post_init__(self) -> None:
        self._lock, self._busy = Lock(), set[str]()
        self._sources: dict[str, Source] = {}
        self._read_at: float | None = None

    def run(self, folder: Path) -> None:
        """Watches until told to stop; while another process does, it waits for its turn.

        Raises:
            Invalid: the file of sources is wrong at the start.
        """
        read(self.file)
        waiting: SimpleQueue[Source | None] = SimpleQueue()
        workers = [
            Thread(target=self._work, args=(waiting,), name=f"watching {n}", daemon=True) for n in range(AT_ONCE)
        ]
        for worker in workers:
            worker.start()
        while not self.stopping.is_set():
            with locked(folder / LOCK) as ours:
                if ours:
                    # Not before: another process may watch by another file.
                    self.load()
                    self._hand_out(waiting)
            self.stopping.wait(LOOK_EVERY * 10)
        for _ in workers:
            waiting.put(None)

    def once(self) -> Iterator[tuple[Source, Visit]]:
        """Visits all sources, due or not, but for those that failed and are to be left alone for now."""
        self.load()
        states, now = self._states(), self.visits.clock.now()
        for source in self._sources.values():
            before = states[source.name]
            if before.failures and before.next_at > now:
                reason = f"{before.reason}; it is left alone until {moment(before.next_at)}"
                yield source, Visit(Summary(), fault=Unfetched(reason))
            else:
                yield source, self.visit(source)

    def step(self) -> list[tuple[Source, Visit]]:
        """Visits the sources that are due, one after the other."""
        self.reload()
        return [(source, self.visit(source)) for source in self.due()]

    def load(self) -> None:
        """Reads the file; from now on its sources are watched, and no others.

        Raises:
            Invalid: it is wrong.
        """
        sources = read(self.file)
        before = {state.name: state for state in self.visits.remembered.feeds()}
        self.visits.remembered.watch([self._state(source, before.get(source.name)) for source in sources])
        self._sources, self._read_at = {source.name: source for source in sources}, self._changed_at()

    def reload(self) -> None:
        """Reads the file again if it has changed; while it is wrong, what it said before holds."""
        if self._changed_at() == self._read_at:
            return
        try:
            self.load()
        except Invalid as fault:
            self._read_at = self._changed_at()
            logger.error("%s; what it said before holds", fault)

    def _changed_at(self) -> float | None:
        try:
            return self.file.stat().st_mtime
        except OSError:
            return None

    def due(self) -> list[Source]:
        """The sources whose turn it is, the longest overdue first."""
        now = self.visits.clock.now()
        states = sorted(self.visits.remembered.feeds(), key=lambda state: state.next_at)
        return [self._sources[one.name] for one in states if one.next_at <= now and one.name in self._sources]

    def visit(self, source: Source) -> Visit:
        """Visits a source and remembers how it went."""
        before = self._state(source, self._states().get(source.name))
        now = self.visits.clock.now()
        asked_whole = before.whole_at is None or now - before.whole_at >= WHOLE_EVERY
        known = NONE if asked_whole else before.validators
        visit = self.visits.visit(source, known, self._stop_if_asked)
        after = self._after(source, before, visit, now)
        self.visits.remembered.keep(after)
        _log(source, visit, after)
        return visit

    def _states(self) -> dict[str, FeedState]:
        return {state.name: state for state in self.visits.remembered.feeds()}

    def _state(self, source: Source, before: FeedState | None) -> FeedState:
        """What is known of a source; of one with a new address nothing but its name."""
        silent_after = source.silent_after or 0.0
        now = self.visits.clock.now()
        if before is None or before.address != source.address:
            return FeedState(source.name, source.address, first_at=now, next_at=now, silent_after=silent_after)
        if before.failures:
            return before
        return replace(before, next_at=min(before.next_at, next_visit(source, now, 0, None, lambda: 1.0)))

    def _after(self, source: Source, before: FeedState, visit: Visit, now: float) -> FeedState:
        done = self.visits.clock.now()
        failures = before.failures + 1 if visit.fault else 0
        brought = visit.summary.added + visit.summary.replaced > 0
        state = replace(
            before,
            tried_at=now,
            failures=failures,
            next_at=next_visit(source, done, failures, visit.fault, self.chance),
            brought_at=done if brought else before.brought_at,
        )
        if visit.fault is not None:
            return replace(state, reason=visit.fault.reason)
        times = self.visits.remembered.times(source.feed)
        return replace(
            state,
            answered_at=now,
            reason=None,
            notice=visit.notice if visit.whole else before.notice,
            etag=visit.validators.etag,
            modified=visit.validators.modified,
            whole_at=now if visit.whole else before.whole_at,
            silent_after=source.silent_after or quiet_for(times),
        )

    def _stop_if_asked(self, _: Progress) -> None:
        if self.stopping.is_set():
            raise Stopped

    def _hand_out(self, waiting: "SimpleQueue[Source | None]") -> None:
        """While the lock is held: hands what is due to the workers, until told to stop."""
        while not self.stopping.is_set():
            try:
                self.reload()
                for source in self.due():
                    with self._lock:
                        if source.name in self._busy:
                            continue
                        self._busy.add(source.name)
                    waiting.put(source)
            except (FootnoteError, OSError):
                logger.exception("what is due can't be told; it is tried again")
            self.stopping.wait(LOOK_EVERY)

    def _work(self, waiting: "SimpleQueue[Source | None]") -> None:
        while (source := waiting.get()) is not None and not self.stopping.is_set():
            try:
                self.visit(source)
            except Stopped:
                logger.info("%s: goes on when the service is started again", source.name)
            except FolderHeld as fault:
                self._put_off(source, str(fault))
            # Whatever it is, the other sources must not wait for it, nor this one be visited without a pause.
            except Exception:
                if not self.stopping.is_set():
                    logger.exception("%s: could not be visited; it is tried again", source.name)
                    self._put_off(source, "a fault of this service, which its log names")
            finally:
                with self._lock:
                    self._busy.discard(source.name)

    def _put_off(self, source: Source, reason: str) -> None:
        before = self._state(source, self._states().get(source.name))
        now, fault = self.visits.clock.now(), Unfetched(reason)
        failures = before.failures + 1
        due = next_visit(source, now, failures, fault, self.chance)
        self.visits.remembered.keep(replace(before, tried_at=now, failures=failures, reason=fault.reason, next_at=due))


def _log(source: Source, visit: Visit, after: FeedState) -> None:
    if visit.fault is not None:
        logger.warning("%s: %s (%d in a row)", source.name, visit.fault.reason, after.failures)
    elif visit.summary.added or visit.summary.replaced:
        logger.info("%s: %d added, %d replaced", source.name, visit.summary.added, visit.summary.replaced)

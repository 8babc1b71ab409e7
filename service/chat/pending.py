"""What chat tools were told is taken, on the disk until it is answered: a process may be killed between.

Each is owned by one process, as long as that renews its lease (Gray and Cheriton, 1989); what a dead one has left, the
next that starts takes over. Commits are for all that wait together, so that a flood needs few of them.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Condition, Thread
from time import monotonic, time
from typing import Any, Literal

from index.errors import FootnoteError
from index.store import Connection
from service.database import Database
from service.sealed import SEALED

logger = logging.getLogger(__name__)

LEASE_SECONDS, RENEWED_SECONDS = 8.0, 2.5
CLOSING_SECONDS = 1.0
# Taken over at once; the rest once these are under way.
MOST = 100

# "known": it waits already. "unkept": it could not be written, and lasts as long as the process.
Keeping = Literal["new", "known", "unkept"]


@dataclass(frozen=True)
class Promise:
    """What was acknowledged: ``id`` tells it when it is sent again, ``sent`` is what the tool sent, as JSON.

    ``until`` is the moment, in seconds since 1970, to which the tool takes an answer.
    """

    id: str
    tool: str
    sent: str
    until: float


@dataclass(frozen=True)
class _Task:
    what: Callable[[Connection], Any]
    otherwise: Any
    done: "Future[Any]" = field(default_factory=Future)


class Pending:
    """The promises of one data folder, as one process sees them. A thread of its own writes, from the first on."""

    def __init__(self, database: Database) -> None:
        self._database, self._me = database, token_hex(8)
        self._changed = Condition()
        self._thread: Thread | None = None
        self._tasks: list[_Task] = []
        self._held: set[str] = set()
        self._gone: set[str] = set()
        self._is_new = self._is_over = False
        self._renewed = 0.0

    def keep(self, promise: Promise) -> "Future[Keeping]":
        """Done once it has reached the disk; it fails never."""
        return self._asked(lambda connection: self._keep(connection, promise), "unkept")

    def claim(self) -> "Future[tuple[list[Promise], bool]]":
        """What processes that live no longer have left, the oldest ends aside, and whether there is more to come."""
        return self._asked(self._claim, ([], False))

    def fulfilled(self, id: str) -> None:
        """It is answered: nothing of it stays."""
        with self._changed:
            self._held.discard(id)
            self._gone.add(id)
            self._is_new = True
            self._begin()
            self._changed.notify()

    def close(self) -> None:
        """Writes what is to be written yet; what is not answered stays for the next process."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        if self._thread:
            self._thread.join(CLOSING_SECONDS)

    def _asked(self, what: Callable[[Connection], Any], otherwise: Any) -> "Future[Any]":
        task = _Task(what, otherwise)
        # Who waits for it may go away; it is written all the same.
        task.done.set_running_or_notify_cancel()
        with self._changed:
            self._tasks.append(task)
            self._begin()
            self._changed.notify()
        return task.done

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="promises", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        is_over = False
        while not is_over:
            with self._changed:
                wait = RENEWED_SECONDS if self._held or self._gone else None
                self._changed.wait_for(lambda: self._tasks or self._is_new or self._is_over, wait)
                tasks, gone, is_over = self._tasks, set(self._gone), self._is_over
                self._tasks, self._is_new = [], False
            self._written(tasks, gone)

    def _written(self, tasks: list[_Task], gone: set[str]) -> None:
        try:
            with self._database.writing() as connection:
                outcomes = [task.what(connection) for task in tasks]
                connection.executemany("DELETE FROM pending WHERE id = ?", [(id,) for id in gone])
                self._renew(connection)
        except (FootnoteError, OSError) as fault:
            logger.warning("questions of chat tools are not safe from a crash: %s", fault)
            outcomes, gone = [task.otherwise for task in tasks], set()
        for task, outcome in zip(tasks, outcomes, strict=True):
            task.done.set_result(outcome)
        with self._changed:
            self._gone -= gone
            is_idle = not (self._held or self._gone or self._tasks)
        if is_idle:
            self._forget()

    def _forget(self) -> None:
        try:
            self._database.flush()
        except FootnoteError as fault:
            logger.info("what was answered is not overwritten yet: %s", fault)

    def _keep(self, connection: Connection, promise: Promise) -> Keeping:
        row = (promise.id, promise.tool, promise.sent, promise.until, self._me, time() + LEASE_SECONDS)
        sql = "INSERT OR IGNORE INTO pending (id, tool, sent, until, owner, leased) VALUES (?, ?, ?, ?, ?, ?)"
        if not connection.execute(sql, row).rowcount:
            return "known"
        with self._changed:
            self._held.add(promise.id)
        return "new"

    def _claim(self, connection: Connection) -> tuple[list[Promise], bool]:
        now = time()
        connection.execute("DELETE FROM pending WHERE until <= ?", (now,))
        # No lease reaches further than one that is given now, but where the clock was set back since.
        free = f"""SELECT id FROM pending WHERE (leased <= :now OR leased > :lease) AND owner != :me
            AND {SEALED["pending"]} ORDER BY until LIMIT :most"""
        sql = f"UPDATE pending SET owner = :me, leased = :lease WHERE id IN ({free}) RETURNING id, tool, sent, until"
        values = {"me": self._me, "now": now, "lease": now + LEASE_SECONDS, "most": MOST}
        rows = connection.execute(sql, values).fetchall()
        [(others,)] = connection.execute("SELECT count(*) FROM pending WHERE owner != ?", (self._me,)).fetchall()
        with self._changed:
            self._held.update(row[0] for row in rows)
        return [Promise(*row) for row in rows], bool(others)

    def _renew(self, connection: Connection) -> None:
        if monotonic() - self._renewed >= RENEWED_SECONDS:
            sql = "UPDATE pending SET leased = ? WHERE owner = ?"
            connection.execute(sql, (time() + LEASE_SECONDS, self._me))
            self._renewed = monotonic()

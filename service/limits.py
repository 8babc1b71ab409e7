"""How many requests a minute, counted over all processes that serve one data folder."""

import logging
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import time

from index.errors import FolderDamaged, FolderHeld, IndexMismatch
from index.store import Connections

logger = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds
FILE = "limits.sqlite"
MINUTE = 60.0  # seconds
# Those who have not asked for a minute are forgotten, now and then.
SWEPT_EVERY = 1000

# A bucket that holds a minute's requests and fills up steadily, told by one moment (GCRA; ATM Forum, 1996). A clock
# that was set back must not lock anybody out for longer than that.
COUNTED = """
    INSERT INTO arrivals VALUES (:who, :now + :gap) ON CONFLICT (who) DO UPDATE
    SET used = max(min(used, :now + :minute), :now) + :gap
    WHERE max(min(used, :now + :minute), :now) + :gap <= :now + :minute RETURNING used"""


class Limits:
    """Counts of one data folder, in a file that is lost without harm."""

    def __init__(self, folder: Path) -> None:
        self._file, self._lock, self._counted = folder / FILE, Lock(), 0
        self._connections: Connections | None = None

    def wait(self, who: str, rate: int, now: float | None = None) -> float:
        """Seconds that ``who`` has to wait before another request, with ``rate`` a minute and as many at once.

        0 says that this one may go on, and counts it. What can't be counted is let through.
        """
        now = time() if now is None else now
        try:
            return self._counting(who, now, MINUTE / rate)
        except FolderHeld:
            return 0.0
        except (FolderDamaged, IndexMismatch, OSError) as fault:
            logger.warning("requests can't be counted: %s", fault)
            self._begin_anew()
            return 0.0

    def close(self) -> None:
        if self._connections:
            self._connections.close()

    def _counting(self, who: str, now: float, gap: float) -> float:
        with self._open().writing() as connection:
            if connection.execute(COUNTED, {"who": who, "now": now, "gap": gap, "minute": MINUTE}).fetchall():
                self._counted += 1
                if self._counted % SWEPT_EVERY == 0:
                    connection.execute("DELETE FROM arrivals WHERE used < ?", (now,))
                return 0.0
            [used] = connection.execute("SELECT used FROM arrivals WHERE who = ?", (who,)).fetchone()
        return float(max(min(used, now + MINUTE) + gap - now - MINUTE, 0.001))

    def _open(self) -> Connections:
        with self._lock:
            if self._connections is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                connections = Connections(self._file, PATIENCE, lasting=False)
                connections.migrate("service.migrations.limits")
                self._connections = connections
            return self._connections

    def _begin_anew(self) -> None:
        with self._lock:
            self.close()
            self._connections = None
            for file in (self._file, *(self._file.with_name(FILE + end) for end in ("-wal", "-shm"))):
                with suppress(OSError):
                    file.unlink(missing_ok=True)

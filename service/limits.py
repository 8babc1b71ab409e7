"""How many requests a minute, counted over all processes that serve one data folder."""

from time import time

from index.store import Connection
from service.fleeting import Fleeting

MINUTE = 60.0  # seconds
# Those who have not asked for a minute are forgotten, now and then.
SWEPT_EVERY = 1000

# A bucket that holds a minute's requests and fills up steadily, told by one moment (GCRA; ATM Forum, 1996). A moment
# further ahead than any can be was counted before the clock was set back: it must not lock anybody out until then.
COUNTED = """
    INSERT INTO arrivals VALUES (:who, :now + :gap) ON CONFLICT (who) DO UPDATE
    SET used = iif(used > :now + :minute, :now, max(used, :now)) + :gap
    WHERE iif(used > :now + :minute, :now, max(used, :now)) + :gap <= :now + :minute RETURNING used"""


class Limits:
    """Counts of one data folder, in a file that is lost without harm."""

    def __init__(self, file: Fleeting) -> None:
        self._file, self._counted = file, 0

    def wait(self, who: str, rate: int, now: float | None = None) -> float:
        """Seconds that ``who`` has to wait before another request, with ``rate`` a minute and as many at once.

        0 says that this one may go on, and counts it. What can't be counted is let through.
        """
        now, gap = time() if now is None else now, MINUTE / rate
        return self._file.tried(lambda connection: self._counting(connection, who, now, gap), 0.0)

    def _counting(self, connection: Connection, who: str, now: float, gap: float) -> float:
        if connection.execute(COUNTED, {"who": who, "now": now, "gap": gap, "minute": MINUTE}).fetchall():
            self._counted += 1
            if self._counted % SWEPT_EVERY == 0:
                connection.execute("DELETE FROM arrivals WHERE used < ?", (now,))
            return 0.0
        [used] = connection.execute("SELECT used FROM arrivals WHERE who = ?", (who,)).fetchone()
        return float(max(used + gap - now - MINUTE, 0.001))

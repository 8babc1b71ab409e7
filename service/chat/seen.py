"""What has come already: chat tools send again what they think was not received."""

from time import time

from index.store import Connection
from service.fleeting import Fleeting

# Slack's last retry comes after five minutes.
REMEMBERED_SECONDS = 3600.0


class Seen:
    """The ids of requests, over all processes that serve one data folder, for an hour."""

    def __init__(self, file: Fleeting) -> None:
        self._file = file

    def is_first(self, id: str, now: float | None = None) -> bool:
        """Whether it is the first with this id, which is remembered. What can't be remembered counts as the first."""
        now = time() if now is None else now
        return self._file.tried(lambda connection: _is_first(connection, id, now), otherwise=True)


def _is_first(connection: Connection, id: str, now: float) -> bool:
    connection.execute("DELETE FROM seen WHERE at < ?", (now - REMEMBERED_SECONDS,))
    return connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (id, now)).rowcount == 1

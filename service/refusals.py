"""What chat tools are refused, in the log: they show their people a failure, and nobody why."""

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic

logger = logging.getLogger(__name__)

AT = frozenset({"/chat/slack", "/chat/mattermost", "/chat/teams", "/chat/discord"})
# What is wrong with a secret or a clock is told in words of ours alone; other faults name what people sent.
STATUSES = frozenset({401, 404})
# Whoever sends forged requests must not fill the log with them.
AGAIN_SECONDS = 60.0


class Refusals:
    """Those of one process. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._logged = dict[tuple[str, str], float]()

    def note(self, method: str, path: str, status: int, why: str) -> None:
        """Logs a refusal of a chat tool's request, the same at most once a minute."""
        if method == "POST" and path in AT and status in STATUSES and self._is_due(path, why):
            logger.warning("a request to %s is refused: %s", path, why)

    def _is_due(self, path: str, why: str) -> bool:
        now = self._clock()
        with self._lock:
            is_due = now - self._logged.get((path, why), -AGAIN_SECONDS) >= AGAIN_SECONDS
            if is_due:
                self._logged[path, why] = now
        return is_due

"""What is sent to a chat tool: JSON over HTTP, again where that is no harm, and never without end."""

from collections.abc import Collection
from json import loads
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from httpx2 import Client, Response

TIMEOUT_SECONDS, CONNECTING_SECONDS = 10.0, 5.0
MOST_BYTES = 8 * 2**20
# Tried again after so many seconds, unless told when.
PAUSES = (0.5, 1.0, 2.0, 4.0)
LONGEST_PAUSE = 30.0


class Unsent(Exception):
    """The other side did not take it; says why, in words for a log and without secrets."""


class Sender:
    """Sends from many threads over connections that all share; nothing is loaded or opened before the first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._client: Client | None = None

    def send(self, method: str, url: str, what: str, *, again: Collection[int] = (), **request: Any) -> Any:
        """Sends a request and gives the JSON of its response, None where that is none; ``what`` names it in a log.

        It is sent again where the other side has not taken it: no connection, 429, 5xx, and the statuses ``again``.

        Raises:
            Unsent: it was not taken in the end.
        """
        why = ""
        for pause in [*PAUSES, None]:
            try:
                with self._opened().stream(method, url, **request) as response:
                    if response.status_code < 300:
                        return _json(response)
                    why, told = f"it answered {response.status_code}", response.headers.get("retry-after", "")
                    if response.status_code not in (429, *again) and response.status_code < 500:
                        break
            except _not_sent() as fault:
                why, told = f"{type(fault).__name__}: {fault}", ""
            except _failed() as fault:
                why = f"{type(fault).__name__}: {fault}"
                break
            if pause:
                sleep(min(float(told), LONGEST_PAUSE) if told.isdecimal() else pause)
        raise Unsent(f"{what} could not be sent: {why}"[:500])

    def close(self) -> None:
        with self._lock:
            if self._client:
                self._client.close()

    def _opened(self) -> "Client":
        from httpx2 import Client, Timeout

        with self._lock:
            if self._client is None:
                timeout = Timeout(TIMEOUT_SECONDS, connect=CONNECTING_SECONDS)
                # What is sent holds words of the archive: it goes to this address, and to no other that it names.
                self._client = Client(timeout=timeout, follow_redirects=False)
            return self._client


def _json(response: "Response") -> Any:
    """Of a response that is no JSON, or too long, None: that it was taken is known all the same."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    try:
        return loads(body)
    except (ValueError, RecursionError):
        return None


def _not_sent() -> tuple[type[Exception], ...]:
    from httpx2 import ConnectError, ConnectTimeout

    return ConnectError, ConnectTimeout


def _failed() -> tuple[type[Exception], ...]:
    from httpx2 import HTTPError, InvalidURL

    return HTTPError, InvalidURL

"""HTTP that ends: by a deadline, after so many bytes, or when nobody waits any more.

Imported only where a language model is asked: its client takes a while to load.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from threading import Event
from time import monotonic

from httpx2 import BaseTransport, HTTPTransport, Request, Response, SyncByteStream

# What the client would tell of this machine and of accounts that are none of these settings.
TELLING = ("x-stainless-", "openai-organization", "openai-project")


class Exceeded(Exception):
    """A response came too late or was too long, or nobody waits for it."""


@dataclass(frozen=True)
class Bound:
    """``deadline`` is a reading of `time.monotonic`; ``most`` counts bytes of a response's body."""

    deadline: float
    most: int
    stopped: Event = field(default_factory=Event)

    def check(self, read: int) -> None:
        if self.stopped.is_set() or monotonic() > self.deadline:
            raise Exceeded("nobody waits any longer")
        if read > self.most:
            raise Exceeded(f"more than {self.most} bytes")


class BoundedTransport(BaseTransport):
    """Connections that all share, and responses each within a bound."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound

    def handle_request(self, request: Request) -> Response:
        self._bound.check(0)
        # What comes is counted as it comes, so it must not come packed.
        request.headers["Accept-Encoding"] = "identity"
        for name in [name for name in request.headers if name.lower().startswith(TELLING)]:
            del request.headers[name]
        response = _connections().handle_request(request)
        if "content-encoding" in response.headers:
            response.close()
            raise Exceeded("a packed response, which was not asked for")
        assert isinstance(response.stream, SyncByteStream)
        return Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, self._bound),
            extensions=response.extensions,
        )


class _Bounded(SyncByteStream):
    def __init__(self, stream: SyncByteStream, bound: Bound) -> None:
        self._stream, self._bound = stream, bound

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for chunk in self._stream:
            read += len(chunk)
            self._bound.check(read)
            yield chunk

    def close(self) -> None:
        self._stream.close()


@cache
def _connections() -> HTTPTransport:
    return HTTPTransport()

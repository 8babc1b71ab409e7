"""Connections that are slow, long-winded or too many: each is bounded before the application sees a request of it."""

import json
from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import ClassVar

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.faults import PROBLEM_JSON, RETRY_AFTER

# In bytes; names, values and what stands between them count.
MOST_URL, MOST_HEAD, MOST_HEADERS = 16 * 2**10, 32 * 2**10, 100
# What a body may have around it, chunk by chunk: lengths, extensions, trailers.
FRAMING, FRAMING_PER_BYTE = 64 * 2**10, 16
# From a connection, or from the first byte of a request, to the end of its headers.
HEAD_SECONDS = 10.0
# A reply goes out at this pace, looked at so often, or no more of it does.
LOOKED_AT_SECONDS, SLOWEST_READER = 30.0, 1024  # bytes a second
# Who is refused while still sending hears it only if that is taken for a moment longer (RFC 9112, 9.6).
LINGER_SECONDS, LINGER_BYTES = 2.0, 2**20

REASONS = {
    400: "this is not a request of HTTP/1.1",
    408: f"the head of the request did not come within {HEAD_SECONDS:g} seconds",
    414: f"the address has more than {MOST_URL} bytes",
    431: f"the request has more than {MOST_HEADERS} header fields, or more than {MOST_HEAD} bytes of them",
    503: "too many connections are open here",
}


class Bounded(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with bounds for a request's head, for who does not read, and for how many there are.

    Where a connection more would be too many, the one that has waited longest without a request running gives way.
    """

    most: ClassVar[int] = 1000

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        self._head: TimerHandle | None = None
        self._looks: TimerHandle | None = None
        self._piece = self._raw = self._received = self._left = 0
        self._is_waiting, self._since, self._is_refused = True, self.loop.time(), False
        super().connection_made(transport)
        if len(self.connections) > self.most and not self._one_gives_way():
            self._refuse(503)
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head, self._looks):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            self._pass_over(len(data))
            return
        if self._is_waiting and self._head is None:
            self._await_head()
        self._piece = len(data)
        self._raw += self._piece
        super().data_received(data)
        if self._raw > FRAMING + FRAMING_PER_BYTE * self._received:
            self._refuse(414 if len(self.url) > MOST_URL else 431)

    def on_message_begin(self) -> None:
        self._raw, self._received = self._piece, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_waiting = False
        if self._head is not None:
            self._head.cancel()
            self._head = None
        if status := self._excess():
            self.app = _refusing(status)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self.pipeline:
            self._is_waiting, self._since = True, self.loop.time()
        self._look_again()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_again()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        self._refuse(400)

    def _await_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _too_slow(self) -> None:
        self._head = None
        if self._raw:
            self._refuse(408)
        else:
            self.transport.close()

    def _excess(self) -> int | None:
        if len(self.url) > MOST_URL:
            return 414
        size = sum(len(name) + len(value) + 4 for name, value in self.headers)
        return 431 if size > MOST_HEAD or len(self.headers) > MOST_HEADERS else None

    def _one_gives_way(self) -> bool:
        others = (one for one in self.connections if one is not self and isinstance(one, Bounded) and one._is_waiting)
        oldest = min(others, key=lambda one: one._since, default=None)
        if oldest is not None:
            self.connections.discard(oldest)
            oldest.transport.abort()
        return oldest is not None

    def _refuse(self, status: int) -> None:
        """Replies at once, whatever was sent, and closes once the sender does or a moment is over."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        if not self._is_waiting and (self.cycle.response_started or self.pipeline):
            # Two replies to one request would be read as one, and the next.
            self.transport.abort()
            return
        if not self._is_waiting:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(_reply(status))
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _pass_over(self, length: int) -> None:
        self._raw += length
        if self._raw > LINGER_BYTES:
            self.transport.abort()

    def _look_again(self) -> None:
        self._left = self.transport.get_write_buffer_size()
        if self._left and self._looks is None:
            self._looks = self.loop.call_later(LOOKED_AT_SECONDS, self._look)

    def _look(self) -> None:
        self._looks, before = None, self._left
        if self.transport.get_write_buffer_size() > max(before - LOOKED_AT_SECONDS * SLOWEST_READER, 0):
            self.transport.abort()
        else:
            self._look_again()


def bounded(most: int) -> type[Bounded]:
    """The protocol for at most so many connections."""
    return type("Bounded", (Bounded,), {"most": most})


def _body(status: int) -> bytes:
    title = HTTPStatus(status).phrase
    return json.dumps({"type": "about:blank", "title": title, "status": status, "detail": REASONS[status]}).encode()


def _fields(status: int, length: int) -> list[tuple[bytes, bytes]]:
    again = [(b"retry-after", RETRY_AFTER.encode())] if status == 503 else []
    kind = (b"content-type", PROBLEM_JSON.encode())
    return [kind, (b"content-length", str(length).encode()), (b"connection", b"close"), *again]


def _reply(status: int) -> bytes:
    body = _body(status)
    fields = b"".join(b"%b: %b\r\n" % field for field in _fields(status, len(body)))
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (status, HTTPStatus(status).phrase.encode(), fields, body)


def _refusing(status: int) -> ASGIApp:
    body = _body(status)

    async def refuse(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": _fields(status, len(body))})
        await send({"type": "http.response.body", "body": body})

    return refuse

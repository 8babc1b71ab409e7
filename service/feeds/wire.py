"""Connections that are bounded and go only where they may: the address that was judged is the one connected to.

Every connection is resolved, judged and opened here, those after a redirect too, so that a name that changes its
address meanwhile (DNS rebinding) gets nowhere. Imported only where something is fetched.
"""

import ssl
from collections.abc import Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from httpcore2 import (
    URL,
    ConnectError,
    ConnectionPool,
    ConnectTimeout,
    HTTPProxy,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    Request,
    SyncBackend,
)
from httpx2 import BaseTransport, Response, SyncByteStream
from httpx2 import Request as Asked

from service.feeds.addresses import Guard
from service.feeds.unfetched import Unfetched


class Bound:
    """What one fetch may take: seconds in all, and bytes as they come over the wire, headers included."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._until, self._came = monotonic() + seconds, 0

    def left(self, most: float | None) -> float:
        """The seconds that are left for a step, of ``most`` at most.

        Raises:
            Unfetched: there are none.
        """
        left = self._until - monotonic()
        if left <= 0:
            raise Unfetched(f"took longer than {self._seconds:g} seconds")
        return left if most is None else min(left, most)

    def leave_out(self, since: float) -> None:
        """Do not count the time since a reading of `monotonic`."""
        self._until += monotonic() - since

    def count(self, data: bytes) -> bytes:
        self._came += len(data)
        if self._came > self._most:
            raise Unfetched(f"sends more than {self._most:,} bytes", lasting=True)
        return data


class Transport(BaseTransport):
    """Sends one request a connection, each within one bound; with a proxy, that judges where names lead."""

    def __init__(self, guard: Guard, bound: Bound, context: ssl.SSLContext, proxy: str | None = None) -> None:
        if proxy:
            backend: NetworkBackend = _Anywhere(bound)
            self._pool: ConnectionPool = HTTPProxy(proxy, ssl_context=context, network_backend=backend)
        else:
            self._pool = ConnectionPool(ssl_context=context, network_backend=_Guarded(guard, bound))

    def handle_request(self, request: Asked) -> Response:
        url = request.url
        target = URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = Request(request.method, target, headers=request.headers.raw, extensions=request.extensions)
        came = self._pool.handle_request(sent)
        assert isinstance(came.stream, Iterable)
        return Response(came.status, headers=came.headers, stream=_Body(came.stream), extensions=came.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()


class _Anywhere(NetworkBackend):
    """Connects wherever it is told to: to a proxy that was set."""

    def __init__(self, bound: Bound) -> None:
        self._bound, self._real = bound, SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> NetworkStream:
        seconds = self._bound.left(timeout)
        return _Stream(self._real.connect_tcp(host, port, seconds, local_address, socket_options), self._bound)


class _Guarded(_Anywhere):
    """Connects to where a name leads now, if it may, and to nothing else."""

    def __init__(self, guard: Guard, bound: Bound) -> None:
        super().__init__(bound)
        self._guard = guard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> NetworkStream:
        failed: Exception | None = None
        for address in self._resolved(host, port, self._bound.left(timeout)):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as fault:
                failed = fault
        raise failed or ConnectError(f"{host} has no address")

    def _resolved(self, host: str, port: int, seconds: float) -> list[str]:
        """Looking a name up can't be bounded: whoever does it is left behind when it takes too long."""
        told: SimpleQueue[list[str] | Exception] = SimpleQueue()
        Thread(target=_told, args=(told, self._guard, host, port), name="resolving", daemon=True).start()
        try:
            found = told.get(timeout=seconds)
        except Empty:
            raise Unfetched(f"{host} could not be found in {seconds:.0f} seconds") from None
        if isinstance(found, Exception):
            raise found
        return found


def _told(told: "SimpleQueue[list[str] | Exception]", guard: Guard, host: str, port: int) -> None:
    try:
        told.put(guard.reachable(host, port))
    except Exception as fault:  # noqa: BLE001 - it is raised where it is waited for
        told.put(fault)


class _Stream(NetworkStream):
    """A connection whose every step is counted and bounded."""

    def __init__(self, stream: NetworkStream, bound: Bound) -> None:
        self._stream, self._bound = stream, bound

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._bound.count(self._stream.read(max_bytes, self._bound.left(timeout)))
        except ReadTimeout:
            self._bound.left(timeout)  # says so where it is the whole that took too long
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._bound.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._bound.left(timeout)), self._bound)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

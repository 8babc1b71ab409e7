"""What holds for every request and reply, whatever answers it."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from types import MappingProxyType

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.values import MOST, Values

SAFETY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        # No script can make markup of a string.
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

# Without it the server would read the rest of a body to keep the connection.
CLOSE = {"Connection": "close"}
FORM = "application/x-www-form-urlencoded"
# So long any body may take, and one that comes at this pace as long as it needs.
GRACE_SECONDS, SLOWEST_SENDER = 30.0, 4096  # bytes a second


class SafeHeaders:
    """Adds to every reply what keeps a browser from running or leaking anything."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = SAFETY) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_safely)


class HeadAsGet:
    """Answers HEAD wherever GET is answered: the same headers, no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, send_bodiless)


class BodyLimit:
    """Stops reading a request at ``most`` bytes, whether it told its length or comes in chunks of unknown number.

    ``but`` has another bound for some, by method and path: these go to the disk as they come. Of the others ``held``
    bytes are in memory at once, and where they can be JSON, each has so many values at most. Whose body is not there
    after a while, and comes slower than anybody's, is let go.
    """

    def __init__(
        self, app: ASGIApp, most: int, held: int, but: Mapping[tuple[str, str], int] = MappingProxyType({})
    ) -> None:
        self.app, self.most, self.but, self._room = app, most, but, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kind = (scope["method"], scope["path"])
        headers = Headers(scope=scope)
        body = _Body(receive, headers.get("content-length", ""), self.but.get(kind, self.most))
        counts, held = self.but.get(kind, 0) <= self.most, 0
        is_form = scope["method"] == "POST" and headers.get("content-type", "").lower().startswith(FORM)
        values = None if is_form else Values()

        async def receive_bounded() -> Message:
            nonlocal held
            message = await body.receive()
            if counts:
                held += self._hold(message)
                _refuse_many(values, message)
            return message

        try:
            await self.app(scope, receive_bounded, send)
        finally:
            self._room += held

    def _hold(self, message: Message) -> int:
        length = len(message.get("body", b""))
        if length > self._room:
            raise HTTPException(503, "too much is being sent here at once", CLOSE | {"Retry-After": "2"})
        self._room -= length
        return length


def _refuse_many(values: Values | None, message: Message) -> None:
    if values is not None:
        values.take(message.get("body", b""))
        if values.count > MOST:
            raise HTTPException(413, f"the body holds more than {MOST:,} values", CLOSE)


class _Body:
    """One request's body, within its bounds."""

    def __init__(self, receive: Receive, told: str, most: int) -> None:
        self._receive, self._most, self._is_whole = receive, most, False
        self._told = int(told) if told.isdecimal() else 0
        self.received = 0
        self._due = monotonic() + GRACE_SECONDS

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        self._refuse(self._told)
        message = await self._in_time()
        self.received += len(message.get("body", b""))
        self._refuse(self.received)
        self._is_whole = not message.get("more_body", False)
        return message

    async def _in_time(self) -> Message:
        left = self._due + self.received / SLOWEST_SENDER - monotonic()
        try:
            async with asyncio.timeout(max(left, 0)):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"the body comes slower than {SLOWEST_SENDER} bytes a second", CLOSE) from None

    def _refuse(self, length: int) -> None:
        if length > self._most:
            raise HTTPException(413, f"the body has more than {self._most} bytes", CLOSE)

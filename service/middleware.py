"""What holds for every request and reply, whatever answers it."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

    ``but`` has another bound for some, by method and path.
    """

    def __init__(self, app: ASGIApp, most: int, but: Mapping[tuple[str, str], int] = MappingProxyType({})) -> None:
        self.app, self.most, self.but = app, most, but

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        received, most = 0, self.but.get((scope["method"], scope["path"]), self.most)

        async def receive_bounded() -> Message:
            nonlocal received
            _refuse(int(told) if told.isdecimal() else 0, most)
            message = await receive()
            received += len(message.get("body", b""))
            _refuse(received, most)
            return message

        await self.app(scope, receive_bounded, send)


def _refuse(length: int, most: int) -> None:
    if length > most:
        # Without `close` the server would read the rest to keep the connection.
        raise HTTPException(413, f"the body has more than {most} bytes", {"Connection": "close"})

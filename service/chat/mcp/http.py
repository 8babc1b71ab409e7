"""Streamable HTTP at ``/mcp``: each POST stands by itself, so that any worker can answer it, with plain JSON."""

from asyncio import Event
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from anyio import sleep_forever, to_thread
from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from index.folder import Index
from service.addresses import is_address, is_own, name_of
from service.auth import may_ask
from service.settings import Settings

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

router = APIRouter()

PATH = "/mcp"
# What clients send of the protocol in headers.
HEADERS = ("mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name")
# A question with a hundred turns before it has less.
MOST_BYTES = 4 * 2**20


class Endpoint:
    """The protocol's server, made when it is first asked for: its library takes a second and 24 MB."""

    def __init__(self, index: Callable[[], Index], settings: Settings) -> None:
        self._index, self._settings = index, settings
        self._wanted, self._ready = Event(), Event()
        self._manager: StreamableHTTPSessionManager | None = None

    async def run(self) -> None:
        """Makes the server once somebody wants it, and keeps it until it is cancelled."""
        await self._wanted.wait()
        self._manager = await to_thread.run_sync(self._made)
        async with self._manager.run():
            self._ready.set()
            await sleep_forever()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._wanted.set()
        await self._ready.wait()
        assert self._manager
        await self._manager.handle_request(scope, receive, send)

    def _made(self) -> "StreamableHTTPSessionManager":
        from service.chat.mcp.server import http_manager

        return http_manager(self._index, self._settings)


class Handed(Response):
    """The reply that an endpoint gives."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)


def may_connect(request: Request) -> None:
    """Lets those through who may ask, but for web pages that are not listed.

    Raises HTTPException as `may_ask` does; 403 for a foreign ``Origin``; 421 where somebody without a key asks by a
    name that may have been made to lead here (DNS rebinding).
    """
    caller, settings = may_ask(request), request.app.state.settings
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is not None and not _is_listed(origin, request, settings):
        raise HTTPException(403, "the Origin is not this service's; FOOTNOTE_ORIGINS lists web pages that may ask")
    if caller.key is None and not _is_known(name_of(f"//{host}"), settings):
        raise HTTPException(421, f"the Host {host!r} is not this service's; FOOTNOTE_PUBLIC_URL says its name")


def _is_listed(origin: str, request: Request, settings: Settings) -> bool:
    return origin in settings.origins or is_own(origin, request) or origin == _origin(settings.public_url)


def _origin(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if url else None


def _is_known(name: str, settings: Settings) -> bool:
    """Nobody elsewhere can make an address, or a name without a dot, lead here."""
    if not (settings.is_local or settings.public_url):
        return True
    ours = (settings.host, urlsplit(settings.public_url or "").hostname)
    return "." not in name or is_address(name) or name in ours


@router.post(PATH, dependencies=[Depends(may_connect)], include_in_schema=False)
async def connect(request: Request) -> Response:
    return Handed(request.app.state.mcp)

"""How much is worked at at once: what comes beside waits its turn for a moment, and what is too much comes again."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.faults import problem
from service.settings import Settings

logger = logging.getLogger(__name__)

# So many wait for each that is worked at, and so long.
WAITING, PATIENCE = 4, 10.0  # seconds
# Of changes one is written at a time; of files, what is received waits for the network.
WRITERS, BRINGERS, OTHERS = 8, 8, 16
FREE = ("/healthz", "/readyz", "/openapi.json", "/style.css", "/widget.js")
CHANGED = ("/keep", "/v1/keys")
TOO_MUCH = "too many requests of this kind wait already; please come again"
TOO_LONG = "this takes longer than {:g} seconds and is given up; please come again"
AGAIN = {"Retry-After": "2"}
BODIES = ("POST", "PUT", "PATCH")


@dataclass
class Lane:
    """So many requests at once, so many that wait, so long; ``seconds`` bounds what one takes once it has begun.

    Where it takes them ``whole``, their bodies are there before they enter: slow senders hold nobody up.
    """

    at_once: int
    waiting: int
    patience: float
    seconds: float | None = None
    whole: bool = True
    _turns: asyncio.Semaphore = field(init=False)
    _queued: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.at_once)

    async def enter(self, receive: Receive) -> bool:
        """Waits for a turn; False where too many wait, or it did not come in time.

        :raises ClientDisconnect: who asked has gone away meanwhile.
        """
        if not self._turns.locked():
            return await self._turns.acquire()
        if self._queued >= self.waiting:
            return False
        self._queued += 1
        try:
            return await self._waited(receive)
        finally:
            self._queued -= 1

    def leave(self) -> None:
        self._turns.release()

    async def _waited(self, receive: Receive) -> bool:
        turn, gone = asyncio.ensure_future(self._turns.acquire()), asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((turn, gone), timeout=self.patience, return_when=asyncio.FIRST_COMPLETED)
            if gone.done() and not turn.done():
                raise ClientDisconnect
            return turn.done()
        finally:
            for one in (turn, gone):
                one.cancel()


class Lanes:
    """Puts each request for which ``lane`` names one into it.

    What takes too long there is replied to with a 503, and holds its place until it has ended.
    """

    def __init__(self, app: ASGIApp, lane: Callable[[Scope], Lane | None]) -> None:
        self.app, self._lane = app, lane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lane = self._lane(scope) if scope["type"] == "http" else None
        if lane is None:
            await self.app(scope, receive, send)
        else:
            await _Passage(self.app, lane, scope, receive, send).run()


class _Passage:
    """One request on its way through a lane."""

    def __init__(self, app: ASGIApp, lane: Lane, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._lane, self._scope = app, lane, scope
        self._receive, self._send = receive, send
        self._entered = self._started = self._is_late = False
        self._due: asyncio.TimerHandle | None = None
        self._late: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        try:
            if not self._waits_for_body() and not await self._enter():
                await self._reply(TOO_MUCH)
                return
        except ClientDisconnect:
            return
        work = asyncio.ensure_future(self._worked())
        try:
            await asyncio.wait((work, self._late), return_when=asyncio.FIRST_COMPLETED)
            if self._is_late:
                await self._reply(TOO_LONG.format(self._lane.seconds))
            else:
                await work
        except asyncio.CancelledError:
            work.cancel()
            raise

    def _waits_for_body(self) -> bool:
        return self._lane.whole and self._scope["method"] in BODIES

    async def _enter(self) -> bool:
        self._entered = await self._lane.enter(self._receive)
        if self._entered and self._lane.seconds is not None:
            self._due = asyncio.get_running_loop().call_later(self._lane.seconds, self._be_late)
        return self._entered

    async def _worked(self) -> None:
        try:
            await self._app(self._scope, self._received, self._sent)
        except Exception:
            if not self._is_late:
                raise
            logger.exception("what took too long has failed")
        finally:
            if self._due:
                self._due.cancel()
            if self._entered:
                self._lane.leave()

    def _be_late(self) -> None:
        # What is being told already is bounded by who tells it.
        if not self._started:
            self._is_late = True
            self._late.set_result(None)

    async def _received(self) -> Message:
        message = await self._receive()
        is_whole = message["type"] == "http.request" and not message.get("more_body", False)
        if is_whole and not self._entered and not await self._enter():
            raise HTTPException(503, TOO_MUCH, AGAIN)
        return message

    async def _sent(self, message: Message) -> None:
        if not self._is_late:
            self._started = True
            await self._send(message)

    async def _reply(self, detail: str) -> None:
        response = problem(Request(self._scope), 503, detail, AGAIN)
        await response(self._scope, self._receive, self._send)


async def _gone(receive: Receive) -> None:
    with suppress(HTTPException):
        while (await receive())["type"] != "http.disconnect":
            pass


def lanes(settings: Settings) -> Callable[[Scope], Lane | None]:
    """Which lane a request belongs into: one for questions and reading, one for changes, one for bringing files.

    None for what is done in a moment, and for chat tools, which are acknowledged at once and have a queue of their own.
    """
    asking = Lane(settings.at_once, WAITING * settings.at_once, PATIENCE, settings.longest)
    writing = Lane(WRITERS, WAITING * WRITERS, settings.lock_timeout)
    bringing = Lane(BRINGERS, BRINGERS, PATIENCE, whole=False)

    def lane(scope: Scope) -> Lane | None:
        method, path = scope["method"], scope["path"]
        if path in FREE or path.startswith("/chat/") or _is_asset(path):
            return None
        if (method, path) == ("POST", "/v1/articles"):
            return bringing
        return writing if method in ("PUT", "DELETE") or (method == "POST" and path.startswith(CHANGED)) else asking

    return lane


def _is_asset(path: str) -> bool:
    return path.startswith("/page/") and not path.startswith("/page/reading/")


def threads(settings: Settings) -> int:
    """How many threads suffice for every lane, and for what is in none."""
    return settings.at_once + WRITERS + BRINGERS + OTHERS

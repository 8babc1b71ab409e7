"""An answer as server-sent events, each step as it comes, while the event loop stays free."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from time import monotonic
from typing import TypeVar

from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from service.ask import Event, Ranked, Replied, Said, Searched
from service.faults import NotReady, as_openai_says, late_problem

# What stands between may close a connection on which nothing moves for half a minute.
QUIET_SECONDS = 10.0
# Nginx would hold events back until it has a buffer full of them.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Steps = Generator[Event, None, None]
Frames = Generator[bytes, None, None]
Step = TypeVar("Step")


class Streamed(EventSourceResponse):
    """Frames as they are made. When the client goes away they are closed, once the one at hand is done.

    After so many ``seconds`` an error is the last, whoever still works at the next.
    """

    def __init__(self, frames: Frames, seconds: float) -> None:
        self._content = _as_they_come(frames, seconds)
        super().__init__(self._content, headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._content):
            await super().__call__(scope, receive, send)


def begun(steps: Generator[Step, None, None]) -> Generator[Step, None, None]:
    """The same steps, once the first is done: what is refused is refused with its status; raises as that step does."""
    return _going_on(next(steps), steps)


def _going_on(first: Step, steps: Generator[Step, None, None]) -> Generator[Step, None, None]:
    with closing(steps):
        yield first
        yield from steps


def frames(steps: Steps) -> Frames:
    """Each step as the bytes of an event; a fault on the way is one too, and the last."""
    number = 0
    with closing(steps):
        try:
            for number, step in enumerate(steps, start=1):
                yield _frame(step, number)
        # Whatever it is: the status has left long ago, and the client must learn that no more will come.
        except Exception as fault:  # noqa: BLE001
            yield format_sse_event(event="error", data_str=json.dumps(late_problem(fault)), id=str(number + 1))


def _frame(step: Event, number: int) -> bytes:
    match step:
        case Ranked(reply):
            name, data = "ranked", reply.model_dump_json()
        case Searched(reply):
            name, data = "passages", reply.model_dump_json()
        case Said(sentence):
            name, data = "sentence", sentence.model_dump_json()
        case Replied(reply):
            name, data = "reply", reply.model_dump_json()
    return format_sse_event(event=name, data_str=data, id=str(number))


def _late(seconds: float) -> bytes:
    problem = late_problem(NotReady(f"this takes longer than {seconds:g} seconds and is given up; please come again"))
    return format_sse_event(event="error", data_str=json.dumps(as_openai_says(problem)))


async def _as_they_come(frames: Frames, seconds: float) -> AsyncGenerator[bytes, None]:
    """The frames, each made in a thread, with a comment whenever one is long in coming."""
    until = monotonic() + seconds
    making = asyncio.ensure_future(run_in_threadpool(next, frames, None))
    try:
        while True:
            while not (await asyncio.wait([making], timeout=min(QUIET_SECONDS, max(until - monotonic(), 0))))[0]:
                if monotonic() >= until:
                    yield _late(seconds)
                    return
                yield KEEPALIVE_COMMENT
            if (frame := making.result()) is None:
                return
            yield frame
            making = asyncio.ensure_future(run_in_threadpool(next, frames, None))
    finally:
        # A step can't be interrupted: it ends in its thread, and only then can the rest be closed.
        making.add_done_callback(lambda _: asyncio.get_running_loop().run_in_executor(None, frames.close))

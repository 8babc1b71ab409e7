"""For tools that take an answer as the reply to their request alone: what comes too late for that stands on a page."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from secrets import token_urlsafe
from time import time

from service.answers import in_words, references
from service.chat.desk import BUSY, Desk
from service.chat.desk import in_words as told
from service.chat.later import Work
from service.chat.pending import Promise
from service.faults import NotReady
from service.schemas import AskReply
from service.settings import Settings

TOOL = "late"
STANDS_SECONDS = 3600.0
WORKING = "This is being answered: load the page again in a moment."
TOO_LONG = "This takes longer than {} waits for an answer. Within a minute it will be here, for an hour:"


@dataclass(frozen=True)
class Asked:
    """Who asks what, where; ``key`` tells the request when it comes again."""

    key: str
    who: str
    question: str
    place: str = ""


async def within(seconds: float, desk: Desk, asked: Asked, work: Callable[[], AskReply]) -> AskReply | str:
    """The reply, or else the link under which it will stand for an hour; raises what ``work`` raises in time.

    :raises NotReady: too much waits, or the service ends.
    """
    done: Future[AskReply] = Future()
    # Who waits for it may go away; it is asked all the same.
    done.set_running_or_notify_cancel()
    if not desk.later.do(lambda: _settle(done, work), lambda: done.set_exception(NotReady(BUSY))):
        raise NotReady(BUSY)
    waiting = asyncio.wrap_future(done)
    # Else a fault would be logged as one that nobody looked at.
    waiting.add_done_callback(lambda over: over.cancelled() or over.exception())
    await asyncio.wait([waiting], timeout=seconds)
    return done.result() if done.done() else _promised(desk, asked, done)


def again(desk: Desk, _: Settings, sent: str) -> Work:
    """What is to be done for what came before a restart."""
    id, fields = json.loads(sent)
    asked = Asked(**fields)

    def work() -> None:
        done: Future[AskReply] = Future()
        _settle(done, lambda: desk.ask(asked.who, asked.question, place=asked.place))
        _show(desk, id, asked, done)

    return work


def _promised(desk: Desk, asked: Asked, done: "Future[AskReply]") -> str:
    id = token_urlsafe(16)
    sent = json.dumps([id, asdict(asked)])
    desk.pending.keep(Promise(asked.key, TOOL, sent, time() + STANDS_SECONDS))
    # One after another, so that the answer has the last word.
    desk.later.note(lambda: desk.answers.show_for(STANDS_SECONDS, id, asked.question, in_words(WORKING)))
    done.add_done_callback(lambda done: desk.later.note(lambda: _end(desk, id, asked, done)))
    return desk.link(id)


def _end(desk: Desk, id: str, asked: Asked, done: "Future[AskReply]") -> None:
    # What the end of the service cut off stays promised.
    if not isinstance(done.exception(), NotReady):
        _show(desk, id, asked, done)
        desk.pending.fulfilled(asked.key)


def _show(desk: Desk, id: str, asked: Asked, done: "Future[AskReply]") -> None:
    fault = done.exception()
    body = in_words(told(fault)) if isinstance(fault, Exception) else references(done.result())
    desk.answers.show_for(STANDS_SECONDS, id, asked.question, body)


def _settle(done: "Future[AskReply]", work: Callable[[], AskReply]) -> None:
    try:
        done.set_result(work())
    # Whatever it is, it belongs to the request that waits for it.
    except BaseException as fault:  # noqa: BLE001
        done.set_exception(fault)

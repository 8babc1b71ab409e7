"""Where the chat tools meet: a question is counted, asked and told of in the same way, whichever brought it."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from math import ceil
from threading import Event, Thread

from index.errors import FootnoteError, Invalid, NotFound
from index.folder import Index
from service.answers import Answers
from service.ask import ask
from service.chat.later import Later, Work
from service.chat.memory import Memory
from service.chat.offers import Offers
from service.chat.pending import LEASE_SECONDS, Keeping, Pending, Promise
from service.chat.seen import Seen
from service.chat.sending import Sender, Unsent
from service.database import Database
from service.faults import NotReady, TooMany, unforeseen
from service.fleeting import Fleeting
from service.limits import Limits
from service.page.kept import path
from service.schemas import AskReply, Turn, asked
from service.schemas.requests import LONGEST_QUESTION
from service.settings import Settings

logger = logging.getLogger(__name__)

# Of a request's body: a button of Slack's brings the whole message along.
MOST_BYTES = 2**20
# After a restart, questions wait for the index.
OPENED_WITHIN_SECONDS = 30.0
# An acknowledgement waits for the disk no longer than this; after that only a crash in the next seconds loses it.
KEPT_WITHIN_SECONDS = 0.4
HELP = "Ask me something that the archive may answer, such as: why was the February trip cancelled?"
TOO_LONG = "A question has at most {:,} characters, and this one has {:,}."
BUSY = "I can't answer this just now: too many questions wait, or I am being restarted. Please ask again in a minute."


def is_help(question: str) -> bool:
    """Whether nothing is asked but what can be asked."""
    return question.strip().lower() in ("", "help", "/help", "?")


# What concerns who asks, and not where the archive lies.
TOLD = (Invalid, NotFound, NotReady, TooMany)
# What is to be done for what a tool sent before a restart.
Again = Callable[["Desk", Settings, str], Work]


class Desk:
    """What all chat tools need of one service."""

    def __init__(self, settings: Settings, opened: "Future[Index]", answers: Answers, file: Fleeting) -> None:
        self.later, self.sender, self.answers = Later(), Sender(), answers
        self._settings, self._opened = settings, opened
        self._limits, self._seen, self._offers = Limits(file), Seen(file), Offers(file, answers)
        self._memory = Memory(60.0 * settings.chat_memory)
        self._promises = Database(settings.data, KEPT_WITHIN_SECONDS)
        self.pending, self._stopped = Pending(self._promises), Event()

    async def promise(self, made: Promise, work: Work, busy: Work) -> bool:
        """Has ``work`` done once, also after a restart; then what is acknowledged is answered.

        False where too much waits already: then it is not done. Where the service ends before its turn and it can't be
        kept, ``busy`` is done instead.
        """
        with self.later.arriving():
            kept = self.pending.keep(made)
            await asyncio.wait([asyncio.wrap_future(kept)], timeout=KEPT_WITHIN_SECONDS)
        if _is(kept, "known"):
            return True
        if self.later.do(partial(self._fulfil, made.id, work), lambda: None if _is(kept, "new") else busy()):
            return True
        self.pending.fulfilled(made.id)
        return False

    def resume(self, tools: Mapping[str, Again]) -> None:
        """Does beside all else what was acknowledged and not answered before this process began."""
        if self._settings.has_chats:
            Thread(target=self._resume, args=(tools,), name="resuming", daemon=True).start()

    def is_first(self, id: str) -> bool:
        """Whether nothing with this id came within the last hour, to whichever process."""
        return self._seen.is_first(id)

    def count(self, who: str) -> None:
        """:raises TooMany: ``who`` has come too often within a minute."""
        rate = self._settings.rate
        if rate and (wait := self._limits.wait(who, rate)):
            raise TooMany(f"You have asked {rate} times within a minute. Please ask again in {ceil(wait)} s.")

    def ask(
        self, who: str, question: str, history: Sequence[Turn] = (), patience: float = 0.0, place: str = ""
    ) -> AskReply:
        """The reply to a question of ``who``, waiting ``patience`` seconds for the index.

        ``place`` is where it is asked, if the tool does not tell what was said there: it is understood with what was
        asked in that place within the last minutes.

        Raises:
            TooMany, NotReady, Invalid: as their words say.
        """
        self.count(who)
        if len(question) > LONGEST_QUESTION:
            raise Invalid(TOO_LONG.format(LONGEST_QUESTION, len(question)))
        before = [*history, *self._memory.turns(place)]
        reply = ask(self._index(patience), self._settings, asked(question).model_copy(update={"history": before}))
        self._memory.add(place, reply)
        return reply

    def stop(self) -> None:
        """Finishes what can be finished soon; what was promised beyond that stays for the next process."""
        self._stopped.set()
        self.later.stop()
        self.pending.close()
        self._promises.close()
        self.sender.close()

    def offer(self, reply: AskReply) -> str | None:
        """The id under which this answer can be kept in the next days; None where there is no answer."""
        return self._offers.offer(reply) if reply.answer else None

    def keep(self, id: str) -> tuple[str, bool]:
        """The link under which the answer is kept now, and whether it was not before.

        :raises NotFound: it was offered too long ago.
        """
        is_new = self._offers.accept(id)
        return self.link(id), is_new

    def link(self, id: str) -> str:
        """Where the answer with this id stands, or will stand."""
        return self._settings.origin + path(id)

    def _fulfil(self, id: str, work: Work, was_begun: bool = False) -> None:
        """What was begun before a restart counts as not answered, whether it has been seen or not."""
        try:
            if self.is_first(id) or was_begun:
                work()
        finally:
            self.pending.fulfilled(id)

    def _resume(self, tools: Mapping[str, Again]) -> None:
        self.later.begin()
        are_more = True
        while are_more and not self._stopped.is_set():
            # The first time, this makes the file too: no acknowledgement has to wait for that.
            promises, are_more = self.pending.claim().result()
            for promise in promises:
                self._take_over(promise, tools[promise.tool])
            if are_more:
                self._stopped.wait(0 if promises else LEASE_SECONDS / 4)

    def _take_over(self, promise: Promise, again: Again) -> None:
        def work() -> None:
            self._opened.exception()
            again(self, self._settings, promise.sent)()

        logger.info("what %s was told is taken, before the start, is done now", promise.tool)
        while not self.later.do(partial(self._fulfil, promise.id, work, was_begun=True), lambda: None):
            if self._stopped.wait(1.0):
                return

    def _index(self, patience: float) -> Index:
        try:
            return self._opened.result(patience)
        except TimeoutError:
            raise NotReady("The archive is being opened. Please ask again in a minute.") from None
        except FootnoteError as fault:
            logger.warning("a question can't be answered: %s", fault)
            raise NotReady("The archive can't be opened; the log says why.") from fault


def _is(kept: "Future[Keeping]", what: Keeping) -> bool:
    return kept.done() and kept.result() == what


@contextmanager
def telling(tell: Callable[[str], object]) -> Iterator[None]:
    """Says in words what fails inside, to those who asked; what can't be sent is logged."""
    try:
        try:
            yield
        except Unsent:
            raise
        # Whatever it is, somebody waits for an answer; what was not foreseen is logged under a name.
        except Exception as fault:  # noqa: BLE001
            tell(in_words(fault))
    except Unsent as fault:
        logger.warning("%s", fault)


def in_words(fault: Exception) -> str:
    """For people of a chat: what is wrong with the machine is for its log."""
    return str(fault) if isinstance(fault, TOLD) else unforeseen(fault)

"""Where the chat tools meet: a question is counted, asked and told of in the same way, whichever brought it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from math import ceil

from index.errors import FootnoteError
from index.folder import Index
from service.answers import Answers
from service.ask import ask
from service.chat.later import Later
from service.chat.offers import Offers
from service.chat.seen import Seen
from service.chat.sending import Sender, Unsent
from service.faults import NotReady, TooMany, late_problem
from service.fleeting import Fleeting
from service.limits import Limits
from service.page.kept import path
from service.schemas import AskReply, Turn, asked
from service.settings import Settings

logger = logging.getLogger(__name__)

# Of a request's body: a button of Slack's brings the whole message along.
MOST_BYTES = 2**20
# After a restart, questions wait for the index.
OPENED_WITHIN_SECONDS = 30.0
HELP = "Ask me something that the archive may answer, such as: why was the February trip cancelled?"
BUSY = "I can't answer this just now: too many questions wait, or I am being restarted. Please ask again in a minute."


class Desk:
    """What all chat tools need of one service."""

    def __init__(self, settings: Settings, opened: "Future[Index]", answers: Answers, file: Fleeting) -> None:
        self.later, self.sender = Later(), Sender()
        self._settings, self._opened = settings, opened
        self._limits, self._seen, self._offers = Limits(file), Seen(file), Offers(file, answers)

    def is_first(self, id: str) -> bool:
        """Whether nothing with this id came within the last hour, to whichever process."""
        return self._seen.is_first(id)

    def count(self, who: str) -> None:
        """:raises TooMany: ``who`` has come too often within a minute."""
        rate = self._settings.rate
        if rate and (wait := self._limits.wait(who, rate)):
            raise TooMany(f"You have asked {rate} times within a minute. Please ask again in {ceil(wait)} s.")

    def ask(self, who: str, question: str, history: Sequence[Turn] = (), patience: float = 0.0) -> AskReply:
        """The reply to a question of ``who``, waiting ``patience`` seconds for the index.

        Raises:
            TooMany, NotReady, Invalid: as their words say.
        """
        self.count(who)
        request = asked(question).model_copy(update={"history": list(history)})
        return ask(self._index(patience), self._settings, request)

    def stop(self) -> None:
        """Finishes what can be finished soon."""
        self.later.stop()
        self.sender.close()

    def offer(self, reply: AskReply) -> str | None:
        """The id under which this answer can be kept in the next days; None where there is no answer."""
        return self._offers.offer(reply) if reply.answer else None

    def keep(self, id: str) -> tuple[str, bool]:
        """The link under which the answer is kept now, and whether it was not before.

        :raises NotFound: it was offered too long ago.
        """
        is_new = self._offers.accept(id)
        return self._settings.origin + path(id), is_new

    def _index(self, patience: float) -> Index:
        try:
            return self._opened.result(patience)
        except TimeoutError:
            raise NotReady("The archive is being opened. Please ask again in a minute.") from None
        except FootnoteError as fault:
            raise NotReady(f"The archive can't be opened: {fault}") from fault


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
    return str(fault) if isinstance(fault, FootnoteError) else str(late_problem(fault)["detail"])

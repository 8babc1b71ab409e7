"""Answers that can be kept for some days: the button under one keeps just what stands there, whenever it is pressed."""

from secrets import token_urlsafe
from time import time

from index.errors import NotFound
from index.store import Connection
from service.answers import Answers, references
from service.fleeting import Fleeting
from service.schemas import AskReply

OFFERED_SECONDS = 7 * 86_400.0
TOO_OLD = "this answer is too old to be kept, or its link was revoked: ask again"


class Offers:
    """The answers of one data folder that were given in the last days, by reference as kept ones are."""

    def __init__(self, file: Fleeting, answers: Answers) -> None:
        self._file, self._answers = file, answers

    def offer(self, reply: AskReply, now: float | None = None) -> str:
        """The id by which `accept` knows it, 22 characters; nobody can guess it."""
        id, now, body = token_urlsafe(16), time() if now is None else now, references(reply)
        self._file.tried(lambda connection: _offer(connection, id, now, reply.understood_as, body), None)
        return id

    def accept(self, id: str, now: float | None = None) -> bool:
        """Keeps it under this id; False if it is kept already.

        :raises NotFound: it was offered too long ago, or never, or was kept and revoked.
        """
        since = (time() if now is None else now) - OFFERED_SECONDS
        offered = self._file.tried(lambda connection: _offered(connection, id, since), None)
        if offered is None:
            if not self._answers.is_kept(id):
                raise NotFound(TOO_OLD)
            return False
        is_new = self._answers.keep_as(id, *offered)
        self._file.tried(lambda connection: _withdraw(connection, id), None)
        return is_new


def _offer(connection: Connection, id: str, now: float, question: str, body: str) -> None:
    connection.execute("DELETE FROM offered WHERE at < ?", (now - OFFERED_SECONDS,))
    connection.execute("INSERT INTO offered VALUES (?, ?, ?, ?)", (id, now, question, body))


def _offered(connection: Connection, id: str, since: float) -> tuple[str, str] | None:
    row: tuple[str, str] | None = connection.execute(
        "SELECT question, body FROM offered WHERE id = ? AND at >= ?", (id, since)
    ).fetchone()
    return row


def _withdraw(connection: Connection, id: str) -> None:
    connection.execute("DELETE FROM offered WHERE id = ?", (id,))

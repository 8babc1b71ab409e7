"""What was asked a moment ago, for tools that do not tell what was said before: in this process only."""

from threading import Lock
from time import monotonic

from cachetools import TTLCache

from service.conversation.carrying import REMEMBERED
from service.conversation.messages import turns
from service.schemas import AskReply, Turn

# Of an answer; beyond that nobody means what it names.
LONGEST_ANSWER = 4000
MOST_PLACES = 1000


class Memory:
    """The last turns of each place where people ask; ``seconds`` after the last they are forgotten, 0 keeps none."""

    def __init__(self, seconds: float) -> None:
        self._places: TTLCache[str, list[Turn]] = TTLCache(MOST_PLACES if seconds else 0, seconds, monotonic)
        self._lock = Lock()

    def turns(self, place: str) -> list[Turn]:
        """Those of a place, oldest first."""
        with self._lock:
            return list(self._places.get(place, ()))

    def add(self, place: str, reply: AskReply) -> None:
        if not place or not self._places.maxsize:
            return
        answer = reply.answer.text[:LONGEST_ANSWER] if reply.answer else ""
        said = turns([("user", reply.understood_as), ("assistant", answer)])
        with self._lock:
            self._places[place] = [*self._places.get(place, ()), *said][-REMEMBERED:]

"""Questions that come together are encoded together: one pass over the model costs less than one for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from threading import Lock

from index.embedding.encoding import EncodedQuestion, Encoder

# At most so many at once: a pass over more takes as long for each.
MOST = 8


@dataclass
class _Asked:
    """A question that waits until it is encoded, or until it is its turn to encode."""

    encoder: Encoder
    text: str
    encoded: EncodedQuestion | BaseException | None = None
    turn: Lock = field(default_factory=Lock)


class Together:
    """Encodes questions of many threads. One at a time does so, for all that came while the one before was at it."""

    def __init__(self) -> None:
        self._changing, self._is_busy = Lock(), False
        self._waiting: list[_Asked] = []

    def encode(self, encoder: Encoder, text: str) -> EncodedQuestion:
        """What ``encoder.encode_questions`` gives for a text, and raises."""
        mine = _Asked(encoder, text)
        if not self._is_first(mine):
            mine.turn.acquire()
        if mine.encoded is None:
            self._lead()
        if isinstance(mine.encoded, EncodedQuestion):
            return mine.encoded
        assert mine.encoded is not None
        raise mine.encoded

    def _is_first(self, mine: _Asked) -> bool:
        with self._changing:
            self._waiting.append(mine)
            if self._is_busy:
                mine.turn.acquire()
                return False
            self._is_busy = True
            return True

    def _lead(self) -> None:
        batch = self._batch()
        try:
            encoded: Sequence[EncodedQuestion | BaseException]
            encoded = batch[0].encoder.encode_questions([one.text for one in batch])
        except BaseException as fault:  # noqa: BLE001 - each raises it in its own thread
            encoded = [fault] * len(batch)
        for one, result in zip(batch, encoded, strict=True):
            one.encoded = result
        self._pass_on(batch)

    def _batch(self) -> list[_Asked]:
        """Those who have waited longest: whoever leads is the first of them."""
        with self._changing:
            encoder = self._waiting[0].encoder
            batch = [*takewhile(lambda one: one.encoder is encoder, self._waiting[:MOST])]
            del self._waiting[: len(batch)]
        return batch

    def _pass_on(self, batch: Sequence[_Asked]) -> None:
        with self._changing:
            self._is_busy = bool(self._waiting)
            after = self._waiting[:1]
        for one in [*batch[1:], *after]:
            one.turn.release()

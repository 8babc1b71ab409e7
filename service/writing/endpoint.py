"""An OpenAI-compatible endpoint, which is down, slow or talks nonsense whenever it likes."""

import queue
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from service.writing.prompting import Message

if TYPE_CHECKING:
    from openai import OpenAI

    from service.writing.bounded import Bound

# What a client without a key sends all the same: it insists on one.
NO_KEY = "none"
# So many bytes of a stream are read, and so many more for each token that may be written: wrapping takes most of them.
FEWEST_BYTES, BYTES_A_TOKEN = 65_536, 2048
LONGEST_CONNECTING = 5.0


class Unanswered(Exception):
    """The endpoint gave no whole answer; says why, in words for a log."""


Pieces = queue.Queue[str | Unanswered | None]


@dataclass(frozen=True)
class Endpoint:
    """Where a language model is asked, and which; nothing is loaded or opened before it is."""

    url: str
    model: str
    key: str | None
    retries: int
    most_tokens: int

    def write(self, messages: Sequence[Message], deadline: float) -> Generator[str, None, None]:
        """What the model writes, in pieces as they come. Closing it stops the work.

        Raises:
            Unanswered: it did not come whole before ``deadline``, a reading of `time.monotonic`.
        """
        from service.writing.bounded import Bound

        bound = Bound(deadline, FEWEST_BYTES + BYTES_A_TOKEN * self.most_tokens)
        pieces: Pieces = queue.Queue()
        # In a thread, as looking a name up, say, can't be told to end in time.
        Thread(target=self._ask, args=(messages, bound, pieces), name="language model", daemon=True).start()
        try:
            while (piece := _next(pieces, deadline)) is not None:
                yield piece
        finally:
            bound.stopped.set()

    def _ask(self, messages: Sequence[Message], bound: "Bound", pieces: Pieces) -> None:
        try:
            self._read(messages, bound, pieces)
            pieces.put(None)
        # Whatever an endpoint makes its client raise, the quotes stand in; in this thread nobody would see it.
        except Exception as fault:  # noqa: BLE001
            pieces.put(Unanswered(f"{type(fault).__name__}: {fault}"[:300]))

    def _read(self, messages: Sequence[Message], bound: "Bound", pieces: Pieces) -> None:
        with self._client(bound).chat.completions.create(
            model=self.model,
            messages=cast(Any, messages),
            stream=True,
            max_tokens=self.most_tokens,
            temperature=0,
        ) as stream:
            for event in stream:
                if text := _text(event):
                    pieces.put(text)

    def _client(self, bound: "Bound") -> "OpenAI":
        from httpx2 import Timeout
        from openai import DefaultHttpxClient, OpenAI

        from service.writing.bounded import BoundedTransport

        left = max(bound.deadline - monotonic(), 0.001)
        return OpenAI(
            base_url=self.url,
            api_key=self.key or NO_KEY,
            max_retries=self.retries,
            timeout=Timeout(left, connect=min(left, LONGEST_CONNECTING)),
            # The archive's texts go to this address, and to no other that it names.
            http_client=DefaultHttpxClient(transport=BoundedTransport(bound), follow_redirects=False),
        )


def _next(pieces: Pieces, deadline: float) -> str | None:
    try:
        piece = pieces.get(timeout=max(deadline - monotonic(), 0))
    except queue.Empty:
        raise Unanswered("it did not answer in time") from None
    if isinstance(piece, Unanswered):
        raise piece
    return piece


def _text(event: object) -> str | None:
    """The text in an event, which has whatever form the endpoint gave it: the client checks none."""
    choices = getattr(event, "choices", None)
    delta = getattr(choices[0], "delta", None) if isinstance(choices, list) and choices else None
    content = getattr(delta, "content", None)
    return content if isinstance(content, str) else None

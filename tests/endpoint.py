"""A small real server that speaks OpenAI's protocol as a test tells it to."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tests.peers import Quiet, standing


@dataclass
class Endpoint:
    """``asked`` are the requests so far, ``keys`` what each showed as its key; ``over`` is set when the test is."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    @property
    def settings(self) -> dict[str, Any]:
        return {"llm_url": self.url, "llm_model": "small"}


# What is written to the connection after the head, given the request and the endpoint.
Body = Callable[[dict[str, Any], Endpoint], Iterable[bytes]]


def event(content: str) -> bytes:
    chunk = {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": content}}]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def says(text: str) -> Body:
    """The text in pieces of seven characters, then the end."""
    return lambda *_: [*(event(text[at : at + 7]) for at in range(0, len(text), 7)), DONE]


@contextmanager
def endpoint(
    body: Body, status: int = 200, failing: int = 0, kind: str = "text/event-stream", head: dict[str, str] | None = None
) -> Iterator[Endpoint]:
    """The server; the first ``failing`` requests get a 503."""

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            one.asked.append(request | {"path": self.path})
            one.keys.append(self.headers["Authorization"])
            self.send_response(503 if len(one.asked) <= failing else status)
            for name, value in {"Content-Type": kind, "Connection": "close", **(head or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for part in body(request, one):
                    self.wfile.write(part)
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                one.over.set()
            self.close_connection = True

    with standing(Handler) as url:
        one = Endpoint(f"{url}/v1")
        try:
            yield one
        finally:
            one.over.set()

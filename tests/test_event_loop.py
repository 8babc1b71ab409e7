"""While anything is computed, the event loop goes on: others are answered, and health is told."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx2 as httpx
import pytest

from index.embedding import EncodedQuestion
from index.ingest import put
from index.rebuild import open_index
from service.app import create_app
from service.settings import Settings
from tests.fakes import WordEncoder
from tests.worlds import ASKED, TRIP

STEP, SLOW, LONGEST = 0.01, 2.0, 1.5  # seconds


class SlowEncoder(WordEncoder):
    """Its questions and passages take their time."""

    def encode_questions(self, texts: Sequence[str]) -> list[EncodedQuestion]:
        sleep(SLOW)
        return super().encode_questions(texts)

    def encode(self, *inputs: Any) -> Any:
        sleep(SLOW)
        return super().encode(*inputs)


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Any]:
    with closing(open_index(tmp_path, SlowEncoder())) as index:
        put(index, TRIP)
        yield create_app(Settings(data=tmp_path, anonymous=True), index)


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """How long the loop was kept each time, in seconds."""
    kept: list[float] = []

    async def look() -> None:
        while True:
            began = monotonic()
            await asyncio.sleep(STEP)
            kept.append(monotonic() - began - STEP)

    looking = asyncio.create_task(look())
    try:
        yield kept
    finally:
        looking.cancel()


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/ask", {"json": {"question": ASKED}}),
    ("POST", "/v1/ask", {"json": {"question": ASKED, "stream": True}}),
    ("POST", "/v1/chat/completions", {"json": {"model": "footnote", "messages": [{"role": "user", "content": ASKED}]}}),
    ("PUT", "/v1/articles/geese", {"json": {"title": "Geese", "text": "Nobody counted the geese."}}),
    ("GET", "/", {"params": {"q": ASKED}}),
]


@pytest.mark.parametrize(("method", "path", "said"), REQUESTS)
def test_nothing_that_is_asked_or_brought_keeps_the_event_loop(
    application: Any, method: str, path: str, said: dict[str, Any]
) -> None:
    async def asked() -> tuple[int, float, list[float]]:
        transport = httpx.ASGITransport(app=application, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            await client.get("/")  # what the first request imports is no part of it
            async with watched() as kept:
                began = monotonic()
                reply = await client.request(method, path, **said, timeout=60)
                return reply.status_code, monotonic() - began, kept

    status, took, kept = asyncio.run(asked())

    assert status in (200, 201)
    assert took >= SLOW
    assert max(kept) < LONGEST

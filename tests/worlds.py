"""A small archive behind the real application, for tests of what people and programs see of it."""

import atexit
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp
from threading import Thread
from typing import Any

from fastapi.testclient import TestClient

from index.folder import Index
from index.ingest import put
from index.rebuild import open_index
from index.records import Article
from index.repair import STORE
from service.app import create_app
from service.serving import Server, config, listen
from service.settings import Settings
from tests.fakes import WordEncoder

TRIP = Article(
    id="2023/trip",
    title="Talks in Beijing",
    text="The talks were held in June.\r\n\r\nThe February trip was cancelled over a 🎈 balloon. Nobody was hurt.\r\n",
    source="The Times",
    published_at="2023-06-18",
    date_basis="inferred",
)
CANCELLED = "The February trip was cancelled over a 🎈 balloon."
ASKED = "why was the February trip cancelled?"

LOOPBACK: dict[str, Any] = {"client": ("127.0.0.1", 50000), "base_url": "http://127.0.0.1:8000"}


# Archives by what is in them: making one takes many times as long as copying it.
MADE: dict[tuple[str, ...], Path] = {}


@contextmanager
def archive(path: Path, *articles: Article) -> Iterator[Index]:
    """An archive in a folder, with these articles in it beside those that it has."""
    is_new = not (path / STORE).exists()
    if is_new:
        copytree(_made(articles), path, dirs_exist_ok=True)
    with closing(open_index(path, WordEncoder())) as index:
        for article in () if is_new else articles:
            put(index, article)
        yield index


def _made(articles: tuple[Article, ...]) -> Path:
    key = tuple(article.fingerprint for article in articles)
    if key not in MADE:
        folder = Path(mkdtemp(prefix="footnote-made-"))
        atexit.register(rmtree, folder, ignore_errors=True)
        with closing(open_index(folder, WordEncoder())) as index:
            for article in articles:
                put(index, article)
        MADE[key] = folder
    return MADE[key]


@contextmanager
def listening(path: Path, *articles: Article, **settings: Any) -> Iterator[str]:
    """The address of the real application over an archive of these articles, for clients that need a socket."""
    with archive(path, *articles) as index, listen("127.0.0.1", 0) as socket:
        port = socket.getsockname()[1]
        app = create_app(Settings(data=path, port=port, **settings), index)
        server = Server(config(app, app.state.settings.max_connections))
        thread = Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(path: Path, *articles: Article, client: dict[str, Any] = LOOPBACK, **settings: Any) -> Iterator[TestClient]:
    """A client of the real application over an archive of these articles."""
    with archive(path, *articles) as index:
        app = create_app(Settings(data=path, **settings), index)
        with TestClient(app, **client) as one:
            yield one

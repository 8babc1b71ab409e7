"""A small web for tests: a real server whose every page a test decides, to the byte, and an archive that reads it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from html import escape
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from index.errors import Invalid
from index.folder import Index
from index.ingest import Summary
from index.readers import Limits
from index.readers.confined import Reading
from service.database import Database
from service.feeds import visiting
from service.feeds.addresses import Guard, Resolver
from service.feeds.feed import Document, document
from service.feeds.fetching import Fetched, Fetcher
from service.feeds.kinds import Kind
from service.feeds.pacing import Clock
from service.feeds.remembered import Remembered
from service.feeds.robots import Robots
from service.feeds.setup import visits
from service.feeds.sources import once
from service.feeds.unfetched import Unfetched
from service.feeds.visiting import Visits
from service.settings import Settings
from tests.archive import opened
from tests.pages import page
from tests.peers import Quiet, standing

HTML, XML = "text/html; charset=utf-8", "application/rss+xml"
Answer = Callable[["Request"], None]


class Request(Quiet):
    """One request, answered as its path is told to."""

    web: "Web"

    def do_GET(self) -> None:
        path = self.path
        self.web.asked.append((path, {name.lower(): value for name, value in self.headers.items()}))
        answer = self.web.answers.get(path) or self.web.answers.get(path.partition("?")[0])
        # Who has heard enough goes away.
        with suppress(OSError):
            if answer is None:
                self.says(b"", status=404)
            else:
                answer(self)

    def says(self, body: bytes, media: str = HTML, status: int = 200, **headers: str) -> None:
        """``headers`` have ``_`` in place of ``-``."""
        self.send_response(status)
        said = {"content-type": media, "content-length": str(len(body))}
        for name, value in (said | {n.replace("_", "-"): v for n, v in headers.items()}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drips(self, *pieces: bytes, pause: float = 0.1, times: int = 100) -> None:
        """Bytes as they are, one after the other, the last again and again."""
        for piece in (*pieces[:-1], *[pieces[-1]] * times):
            self.wfile.write(piece)
            self.wfile.flush()
            sleep(pause)


@dataclass
class Web:
    """``asked`` are the requests that came, each a path and its headers in lower case."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def says(self, path: str, body: str | bytes, media: str = HTML, status: int = 200, **headers: str) -> None:
        data = body if isinstance(body, bytes) else body.encode()
        self.answers[path] = lambda request: request.says(data, media, status, **headers)

    def leads(self, path: str, to: str, status: int = 302) -> None:
        self.says(path, b"", status=status, location=to)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked if path != "/robots.txt"]


@contextmanager
def web() -> Iterator[Web]:
    one = Web()
    with standing(type("Asked", (Request,), {"web": one})) as url:
        one.url = url
        yield one


def story(title: str, *sentences: str, markup: str = "") -> str:
    """A page whose story is of these sentences, each a paragraph."""
    return page(title, "".join(f"<p>{escape(one)}</p>" for one in sentences), markup=markup)


def item(link: str, title: str = "", guid: str = "", published: float | None = None, text: str = "") -> str:
    parts = {"link": link, "title": title, "description": text}
    parts |= {"pubDate": formatdate(published, usegmt=True)} if published is not None else {}
    said = "".join(f"<{name}>{escape(said)}</{name}>" for name, said in parts.items() if said)
    return f'<item>{said}{f"""<guid isPermaLink="false">{escape(guid)}</guid>""" if guid else ""}</item>'


def rss(*items: str, title: str = "The Daily Example") -> str:
    return f'<rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'


class Hands(Clock):
    """A clock that only moves when it is told to, or when somebody sleeps."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.at = now

    def now(self) -> float:
        return self.at

    def ticks(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class World:
    """An archive, and what visits the web for it."""

    index: Index
    visits: Visits
    remembered: Remembered

    def ingest(self, address: str, **said: Any) -> Summary:
        """As `footnote ingest` of an address."""
        source = once(address, "", robots=said.pop("robots", True)).model_copy(update=said)
        return self.visits.visit(source, eager=True).summary

    def articles(self) -> dict[str, str]:
        """Titles by id."""
        return {head.id: head.title for head, _ in self.index.articles("", 10_000)}

    def reasons(self) -> dict[str, str | None]:
        """Of all files in the ledger."""
        return {filed.origin.file: filed.reason for filed in self.index.files(0, 10_000)}


@contextmanager
def world(path: Path, clock: Clock | None = None, resolve: Resolver | None = None, **settings: Any) -> Iterator[World]:
    """``settings`` in place of those of a web on this machine that is asked without pauses."""
    said: dict[str, Any] = {
        "data": path,
        "fetch_networks": "127.0.0.0/8",
        "fetch_pause": 0,
        "fetch_timeout": 5,
    } | settings
    with closing(opened(path)) as index, closing(Database(path, 30.0)) as database:
        found = visits(index, Settings(**said), database, clock)
        if resolve is not None:
            found = _resolving(found, resolve)
        yield World(index, found, found.remembered)


@contextmanager
def one_reader(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """All visits read pages with one process, and feeds in this one: starting one for each is most of their time."""
    with Reading(Limits()) as reading:
        patch.setattr(visiting, "Reading", lambda _: nullcontext(reading))
        patch.setattr(visiting, "parsed", parsed_here)
        yield


def parsed_here(came: Fetched, kind: Kind) -> Document:
    try:
        return document(came.body, kind, came.address, came.charset)
    except Invalid as fault:
        raise Unfetched(str(fault), lasting=True) from fault


def _resolving(found: Visits, resolve: Resolver) -> Visits:
    """The same, with names that lead where a test says."""
    guard = Guard(found.fetcher.guard.allowed, resolve)
    fetcher: Fetcher = replace(found.fetcher, guard=guard)
    return replace(found, fetcher=fetcher, robots=Robots(fetcher, found.clock))

"""The command `footnote watch`."""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event

from index.errors import FolderHeld
from index.spool import locked
from service.database import Database
from service.feeds.setup import watch
from service.feeds.sources import Source
from service.feeds.sources import read as refuse_wrong
from service.feeds.visiting import Visit
from service.feeds.watching import LOCK, Watch
from service.opening import open_to_write
from service.progress import many, rejected
from service.settings import Settings
from service.terminal import inert


def run(settings: Settings) -> None:
    """Watches until SIGINT or SIGTERM.

    Raises:
        Invalid: no file of sources is set, or it is wrong.
    """
    stopping = Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopping.set())
    with _watch(settings, stopping) as watching:
        watching.run(settings.data)


def once(settings: Settings) -> list[tuple[Source, Visit]]:
    """Visits each source once.

    Raises:
        Invalid: no file of sources is set, or it is wrong.
        FolderHeld: another process watches.
    """
    with _watch(settings, Event()) as watching, locked(settings.data / LOCK) as ours:
        if not ours:
            raise FolderHeld(f"another process watches for {settings.data} already")
        return [*watching.once()]


def table(visits: list[tuple[Source, Visit]]) -> str:
    """A line a source, and behind it what was rejected."""
    return "\n".join(line for source, visit in visits for line in _lines(source, visit))


def _lines(source: Source, visit: Visit) -> Iterator[str]:
    if visit.fault is not None:
        yield f"{inert(source.name)}: {inert(visit.fault.reason)}"
        return
    summary = visit.summary
    yield f"{inert(source.name)}: {many(summary.added, 'article')} added, {summary.replaced} replaced"
    yield from rejected(summary.rejected)


@contextmanager
def _watch(settings: Settings, stopping: Event) -> Iterator[Watch]:
    if settings.sources is not None:
        refuse_wrong(settings.sources)  # before the wait for the model
    with closing(Database(settings.data, settings.lock_timeout)) as database, closing(open_to_write(settings)) as index:
        yield watch(index, settings, database, stopping)

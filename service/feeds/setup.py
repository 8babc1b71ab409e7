"""From settings to what visits sources."""

from threading import Event

from index.errors import Invalid
from index.folder import Index
from index.readers import Limits
from service.database import Database
from service.feeds.addresses import Guard
from service.feeds.fetching import Bounds, Fetcher
from service.feeds.pacing import Clock, Pace
from service.feeds.remembered import Remembered
from service.feeds.robots import Robots
from service.feeds.visiting import Visits
from service.feeds.watching import Watch
from service.settings import Settings


def watch(index: Index, settings: Settings, database: Database, stopping: Event | None = None) -> Watch:
    """What watches the sources of the file that is set.

    Raises:
        Invalid: none is set.
    """
    if settings.sources is None:
        raise Invalid("FOOTNOTE_SOURCES names no file of sources; --sources does too")
    stopping = stopping or Event()
    return Watch(visits(index, settings, database, Clock(stopping)), settings.sources, stopping)


def visits(index: Index, settings: Settings, database: Database, clock: Clock | None = None) -> Visits:
    """What visits sources for an archive, as is set; ``clock`` ends its waiting too."""
    clock = clock or Clock()
    fetcher = Fetcher(
        Guard(settings.fetch_networks),
        Pace(settings.fetch_pause, clock),
        clock,
        Bounds(settings.fetch_timeout, settings.fetch_max_bytes),
        settings.fetch_contact or settings.public_url,
        settings.fetch_proxy,
    )
    limits = Limits(max_characters=settings.max_characters)
    return Visits(index, fetcher, Robots(fetcher, clock), Remembered(database), clock, limits)

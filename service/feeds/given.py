"""Addresses that somebody gives to `footnote ingest`, each taken in once."""

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from index.folder import Index
from index.ingest import Progress, Summary
from service.database import Database
from service.feeds.setup import visits
from service.feeds.sources import once
from service.feeds.visiting import add
from service.settings import Settings

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def refuse_unfetchable(given: Sequence[str]) -> None:
    """Of files and addresses that somebody gives, before any is taken in.

    Raises:
        Invalid: one is an address that can't be fetched, whatever stands there.
    """
    for one in given:
        if _ADDRESS.match(one) and not Path(one).exists():
            once(one, "", robots=True)


def take_in(
    index: Index,
    settings: Settings,
    addresses: Sequence[str],
    id_prefix: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Takes in what stands at addresses: pages, and all that feeds and sitemaps list.

    Raises:
        Invalid: one can't be fetched, whatever stands there.
    """
    sources = [once(address, id_prefix, robots=settings.fetch_robots) for address in dict.fromkeys(addresses)]
    whole = Summary()
    if sources:
        with closing(Database(settings.data, settings.lock_timeout)) as database:
            all_visits = visits(index, settings, database)
            for source in sources:
                add(whole, all_visits.visit(source, progress=progress, eager=True).summary)
    return whole

"""STORY: one source visited: what stands at its address, what of it is new, and the articles behind that, taken in."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from hashlib import sha256
from io import BytesIO
from threading import Lock

from index.articles import to_json
from index.folder import Index
from index.ingest import Progress, Summary, ingest
from index.readers import Limits
from index.readers.confined import Reading
from index.records import Entry, Origin, RawFile, Rejection
from service.feeds.addresses import host_of
from service.feeds.canonical import clean, key
from service.feeds.feed import Document, FeedEntry
from service.feeds.fetching import NONE, Fetched, Fetcher, Unchanged, Validators
from service.feeds.kinds import Kind, kind_of
from service.feeds.pacing import Clock
from service.feeds.pages import STAYS, Brought, Pages
from service.feeds.parsing import parsed
from service.feeds.remembered import Listed, Remembered
from service.feeds.robots import Robots
from service.feeds.sources import Source
from service.feeds.unfetched import Unfetched
from service.feeds.unpacking import opened

# Articles that are fetched before they are taken in together.
CHUNK = 16
# Sitemaps of one sitemap of sitemaps, the newest first.
MOST_MAPS = 50
# After so many failures one after the other a host's other pages wait for the next visit.
MOST_FAILURES = 3
# How an article that was read already is handed to the story that takes files in.
READ = ".jsonl"


@dataclass(frozen=True)
class Visit:
    """What came of one: ``whole`` says that all of it came, not only that nothing changed."""

    summary: Summary
    validators: Validators = NONE
    fault: Unfetched | None = None
    whole: bool = False
    notice: str | None = None


@dataclass
class Visits:
    """Visits sources, from many threads; articles go in one batch after the other."""

    index: Index
    fetcher: Fetcher
    robots: Robots
    remembered: Remembered
    clock: Clock
    limits: Limits
    _taking: Lock = field(default_factory=Lock, init=False)

    def visit(
        self,
        source: Source,
        known: Validators = NONE,
        progress: Callable[[Progress], None] = lambda _: None,
        *,
        eager: bool = False,
    ) -> Visit:
        """Brings what is new at a source's address, and what waits from visits before.

        Whatever its server does is told in the visit. What was taken in is there whole, should it end early; what
        ``progress`` raises ends it.

        Args:
            source: what to visit.
            known: of what stood there the last time.
            progress: is told how far it is.
            eager: what could not be had before is tried again now, however soon that is.
        """
        summary = Summary()
        with Reading(self.limits) as reading:
            robots = self.robots if source.robots else None
            pages = Pages(source, self.index, self.fetcher, robots, self.remembered, self.clock, reading)
            try:
                visit = self._looked(
                    source, self.fetcher.get(source.address, known, permit=pages.permit), pages, summary
                )
            except Unfetched as fault:
                self._reject(source, source.address, fault, summary)
                return Visit(summary, fault=fault)
            if eager:
                self.remembered.hasten(source.feed, self.clock.now())
            _TakingIn(self, pages, summary, progress).run()
            return visit

    def take(self, files: Sequence[RawFile | Rejection], progress: Callable[[Progress], None]) -> Summary:
        """Takes articles in as files are."""
        with self._taking:
            return ingest(self.index, files, self.limits, progress)

    def _reject(self, source: Source, address: str, fault: Unfetched, summary: Summary) -> None:
        reason = fault.reason
        if fault.is_gone and self.remembered.article(source.id_prefix, [key(address)]):
            reason = f"{reason}; {STAYS}"
        folder = "" if address == source.address else source.address
        rejection = Rejection(address, reason, origins=(Origin(address, folder, source.id_prefix),))
        add(summary, self.take([rejection], lambda _: None))

    def _looked(self, source: Source, came: Fetched | Unchanged, pages: Pages, summary: Summary) -> Visit:
        """What stands there, remembered to be fetched.

        Raises:
            Unfetched: it is not what can be read.
        """
        if isinstance(came, Unchanged):
            return Visit(summary, came.validators)
        came = replace(came, body=opened(came.body, self.fetcher.bounds.most))
        notice = f"has moved for good to {came.moved}" if came.moved else None
        kind = kind_of(came.body)
        _refuse(kind, came, source)
        if kind == "page":
            pages.ready[source.address] = came
            entries = [FeedEntry(link=source.address)]
        else:
            found = parsed(came, kind)
            if not found.entries and not found.maps:
                raise Unfetched(f"is a {kind} with nothing in it")
            pages.title = found.title
            entries = [*found.entries, *self._of_maps(found, pages, summary)]
            self.index.enter([_line(source, came)])
        same = self.remembered.sort_in(source.feed, entries, self.clock.now(), anew=kind == "page")
        summary.unchanged += same
        return Visit(summary, came.validators, whole=True, notice=notice)

    def _of_maps(self, found: Document, pages: Pages, summary: Summary) -> Iterator[FeedEntry]:
        """What stands in the sitemaps of a sitemap; one that can't be read takes nothing else along."""
        for address in found.maps[:MOST_MAPS]:
            try:
                came = self.fetcher.get(address, permit=pages.permit)
                assert isinstance(came, Fetched)
                came = replace(came, body=opened(came.body, self.fetcher.bounds.most))
                if kind_of(came.body) != "sitemap":
                    raise Unfetched("is no sitemap, though a sitemap lists it as one", lasting=True)
                yield from parsed(came, "sitemap").entries
            except Unfetched as fault:
                self._reject(pages.source, address, fault, summary)


class _TakingIn:
    """The entries of one source that are due, a chunk at a time."""

    def __init__(self, visits: Visits, pages: Pages, summary: Summary, progress: Callable[[Progress], None]) -> None:
        self._visits, self._pages, self._summary, self._progress = visits, pages, summary, progress
        self._source, self._tried = pages.source, set[str]()
        self._failures: Counter[str] = Counter()

    def run(self) -> None:
        while next_ones := self._next():
            self._tried |= {listed.key for listed in next_ones}
            self._take([brought for listed in next_ones if (brought := self._fetched(listed))])

    def _next(self) -> list[Listed]:
        left = self._source.most - len(self._tried)
        if left <= 0:
            return []
        now = self._visits.clock.now()
        due = self._visits.remembered.due(self._source.feed, now, len(self._tried) + CHUNK)
        return [listed for listed in due if listed.key not in self._tried][: min(CHUNK, left)]

    def _fetched(self, listed: Listed) -> Brought | None:
        """None for what waits because its host fails again and again."""
        entry = listed.entry
        host = host_of(entry.link or "")
        if self._failures[host] >= MOST_FAILURES:
            return None
        self._progress(Progress(len(self._tried), len(self._tried), self._pages.address(listed, entry), self._summary))
        brought = self._pages.brought(listed)
        self._failures[host] = self._failures[host] + 1 if brought.is_put_off else 0
        return brought

    def _take(self, chunk: Sequence[Brought]) -> None:
        raw = [file for one in chunk if (file := _raw(self._source, one))]
        self._summary.unchanged += len(chunk) - len(raw)
        taken = self._visits.take(raw, self._progress)
        add(self._summary, taken)
        refused = {rejection.file: rejection.reason for rejection in taken.rejected}
        settled = [_settled(one, refused.get(one.address)) for one in chunk]
        keys = [(key, one.article.id) for one in chunk if one.article for key in one.keys]
        self._visits.remembered.settle(settled, self._source.id_prefix, keys)


def add(whole: Summary, part: Summary) -> None:
    """Counts, rejections and notes of a part to those of the whole."""
    for one in fields(Summary):
        ours, theirs = getattr(whole, one.name), getattr(part, one.name)
        setattr(whole, one.name, ours | theirs if isinstance(ours, dict) else ours + theirs)


def _refuse(kind: Kind, came: Fetched, source: Source) -> None:
    if not came.body.strip():
        raise Unfetched("answers with nothing")
    is_as_said = kind.endswith(source.kind) or kind.startswith(source.kind) if source.kind else True
    if not is_as_said:
        what = f"a {kind}" if kind != "page" else came.media[:80] or "something unnamed"
        raise Unfetched(f"is {what}, not the {source.kind} that it should be", lasting=True)


def _origin(address: str, source: Source) -> Origin:
    return Origin(address, "" if address == clean(source.address) else source.address, source.id_prefix)


def _line(source: Source, came: Fetched) -> Entry:
    """The ledger's line of a feed or sitemap itself."""
    return Entry(
        Origin(source.address, "", source.id_prefix), "in", None, len(came.body), sha256(came.body).hexdigest()
    )


def _raw(source: Source, brought: Brought) -> RawFile | Rejection | None:
    origin = _origin(brought.address, source)
    if brought.reason is not None:
        return Rejection(brought.address, brought.reason, origins=(origin,))
    if brought.article is None:
        return None
    said = {name: value for name, value in to_json(brought.article, text=True).items() if value is not None}
    line = json.dumps(said, ensure_ascii=False).encode()
    return RawFile(brought.address, brought.article.id, partial(BytesIO, line), origin=origin, suffix=READ)


def _settled(brought: Brought, refused: str | None) -> Listed:
    if refused is None or brought.article is None:
        return brought.listed
    return replace(brought.listed, state="given up", reason=refused, due_at=None, body=None)

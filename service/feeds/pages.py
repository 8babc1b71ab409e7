"""One entry to the article behind it, or to why there is none; and what is to be remembered of either."""

import logging
from dataclasses import dataclass, field, replace

from index.errors import FootnoteError, NotFound
from index.folder import Index
from index.readers.confined import Reading
from index.records import Article
from service.feeds import entries
from service.feeds.canonical import clean, is_front, key
from service.feeds.feed import FeedEntry
from service.feeds.fetching import Fetched, Fetcher, Unchanged, Validators
from service.feeds.kinds import kind_of
from service.feeds.pacing import Clock, Stopped
from service.feeds.remembered import Listed, Remembered
from service.feeds.robots import Robots
from service.feeds.sources import Source
from service.feeds.unfetched import Unfetched

logger = logging.getLogger(__name__)

# A page that can't be had just now is tried again after so long; then its feed's own words are all there is.
AGAIN = (600.0, 3_600.0, 21_600.0)
STAYS = "what it said stays in the archive"


@dataclass(frozen=True)
class Brought:
    """What came of an entry: its article if there is one to take in, or why not; and its line from now on.

    ``address`` is what the ledger calls it.
    """

    listed: Listed
    article: Article | None = None
    keys: tuple[str, ...] = ()
    reason: str | None = None
    address: str = ""

    @property
    def is_put_off(self) -> bool:
        """Whether it failed in a way that may pass."""
        return self.reason is not None and self.listed.due_at is not None


@dataclass
class Pages:
    """Gets the articles of one source."""

    source: Source
    index: Index
    fetcher: Fetcher
    robots: Robots | None
    remembered: Remembered
    clock: Clock
    reading: Reading
    title: str | None = None
    ready: dict[str, Fetched] = field(default_factory=dict)
    met: dict[str, str | None] = field(default_factory=dict)

    def brought(self, listed: Listed) -> Brought:
        """The article of an entry that is due."""
        entry = listed.entry
        try:
            outcome = self._outcome(listed, entry)
        except (FootnoteError, Stopped):
            raise
        # Hostile pages find faults that nobody has listed: one must not keep the others of its source out for ever.
        except Exception:
            logger.exception("%s could not be read", entry.link)
            outcome = self._without(listed, entry, Unfetched("meets a fault of this service, which its log names"))
        return replace(outcome, address=self.address(listed, entry))

    def address(self, listed: Listed, entry: FeedEntry) -> str:
        """What an entry is called in the ledger."""
        return clean(entry.link) if entry.link and not entry.shares else f"{self.source.address}#{listed.key}"

    def _outcome(self, listed: Listed, entry: FeedEntry) -> Brought:
        now = self.clock.now()
        listed = replace(listed, fetched_at=now)
        try:
            came = self._page(entry, listed)
            if isinstance(came, Unchanged):
                return Brought(self._done(listed, came.validators))
            article = entries.joined(entries.of_page(came, self.reading), entry, came, now)
            keys = [key(entry.link or ""), key(came.address), key(article.url or came.address)]
            return self._named(listed, entry, article, keys, came.validators)
        except Unfetched as fault:
            return self._without(listed, entry, fault)

    def permit(self, address: str) -> float | None:
        """Whether a site lets robots in; raises as `Robots.permit` does."""
        return self.robots.permit(address) if self.robots else None

    def _page(self, entry: FeedEntry, listed: Listed) -> Fetched | Unchanged:
        if entry.link is None:
            raise Unfetched("it has no address of its own", lasting=True)
        if entry.shares:
            raise Unfetched("it shares its address with other entries", lasting=True)
        if came := self.ready.pop(entry.link, None):
            return came
        if not self.source.pages:
            raise Unfetched("its feed's own words are wanted", lasting=True)
        found = self.fetcher.get(entry.link, listed.validators, permit=self.permit)
        if isinstance(found, Fetched):
            if is_front(found.address) and not is_front(entry.link):
                raise Unfetched("leads to the front page of a site", lasting=True)
            if (kind := kind_of(found.body)) != "page":
                raise Unfetched(f"is a {kind} itself", lasting=True)
        return found

    def _named(
        self, listed: Listed, entry: FeedEntry, article: Article, keys: list[str], validators: Validators
    ) -> Brought:
        """The article under the id that it has by any of its addresses."""
        known = self.remembered.article(self.source.id_prefix, keys)
        id = listed.article or (known[1] if known else None)
        if id is None and any(self._differs(listed, self.met.get(one)) for one in keys[1:] if one != keys[0]):
            raise Unfetched("leads where another entry leads", lasting=True)
        if known and known[0] != keys[0] and listed.article is None and self._is_anothers(listed, known[1]):
            raise Unfetched("leads where another entry leads", lasting=True)
        article = entries.given(article, self.source.publisher, self.title, self.source.tags)
        self.met |= dict.fromkeys(keys[1:], listed.title)
        whole = self._over(id or self.source.id_prefix + entries.id_of(article, entry, self.source.address), article)
        return Brought(replace(self._done(listed, validators), article=whole.id), whole, tuple(dict.fromkeys(keys)))

    def _over(self, id: str, article: Article) -> Article:
        return entries.over(self._current(id), replace(article, id=id))

    def _is_anothers(self, listed: Listed, article: str) -> bool:
        """Whether it is known as that of an entry with another title: both were led to a page of consent, say."""
        return any(self._differs(listed, other.title) for other in self.remembered.others(listed, article))

    def _differs(self, listed: Listed, title: str | None) -> bool:
        return bool(listed.title and title and title != listed.title)

    def _current(self, id: str) -> Article | None:
        try:
            return self.index.article(id)
        except NotFound:
            return None

    def _done(self, listed: Listed, validators: Validators) -> Listed:
        """An entry whose page is in; it is looked at again while that is wanted."""
        looks = listed.looks if listed.state == "waiting" else listed.looks + 1
        waits = [listed.seen_at + after for after in self.source.looks]
        due = next((when for when in waits[looks:] if when > self.clock.now()), None)
        if due is not None:
            looks = waits.index(due)
        return replace(
            listed,
            state="in",
            looks=looks,
            due_at=due,
            attempts=0,
            reason=None,
            body=listed.body if due else None,
            etag=validators.etag,
            modified=validators.modified,
        )

    def _without(self, listed: Listed, entry: FeedEntry, fault: Unfetched) -> Brought:
        """What becomes of an entry whose page brought nothing: it waits, its article stays, or its feed's words do."""
        again = None if fault.lasting or listed.attempts >= len(AGAIN) else AGAIN[listed.attempts]
        listed = replace(listed, attempts=listed.attempts + 1, reason=fault.reason, etag=None, modified=None)
        if again is not None:
            due = self.clock.now() + max(again, fault.after or 0)
            return Brought(replace(listed, due_at=due), reason=f"{fault.reason}; it is tried again")
        ended = replace(listed, due_at=None, body=None)
        try:
            return self._of_feed(ended, entry, fault)
        except Unfetched as nothing:
            if listed.article:
                state = "gone" if fault.is_gone else "kept"
                return Brought(replace(ended, state=state), reason=f"{fault.reason}; {STAYS}")  # type: ignore[arg-type]
            return Brought(replace(ended, state="given up"), reason=nothing.reason)

    def _of_feed(self, listed: Listed, entry: FeedEntry, fault: Unfetched) -> Brought:
        """:raises Unfetched: its feed says nothing, or the archive has better."""
        article = entries.of_feed(entry, fault.reason, self.clock.now())
        article = entries.given(article, self.source.publisher, self.title, self.source.tags)
        keys = [key(entry.link)] if entry.link and not entry.shares else []
        known = self.remembered.article(self.source.id_prefix, keys)
        id = listed.article or (known[1] if known else None)
        id = id or self.source.id_prefix + entries.id_of(article, entry, self.source.address)
        current = self._current(id)
        if current is not None and (not entries.is_of_feed(current) or listed.article != id):
            raise Unfetched(f"{fault.reason}; {STAYS}", lasting=True)
        return Brought(replace(listed, state="of feed", article=id), self._over(id, article), tuple(keys))

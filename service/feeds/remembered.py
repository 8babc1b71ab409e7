"""What is known of feeds, of what they listed, and of the addresses of articles, from one visit to the next."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal
from urllib.parse import urldefrag

from index.store import Connection
from service.database import Database
from service.feeds.canonical import digest, key
from service.feeds.feed import FeedEntry
from service.feeds.fetching import NONE, Validators
from service.feeds.parsing import entry_of
from service.sealed import SEALED

EntryState = Literal["waiting", "in", "of feed", "kept", "gone", "given up"]
"""Of an entry: to be fetched; its page is in; what the feed says of it is; it is in as it was, as its page can't be had
any more; the same, as its site says that it is gone; nothing of it can be had."""

# A feed whose entries change each time it is asked, by a counter in them say, must not have each fetched each time.
AGAIN_SECONDS = 1_800.0
# A feed's rhythm is that of so many entries.
LATEST = 50


@dataclass(frozen=True)
class FeedState:
    """How the watching of a feed goes; its columns."""

    name: str
    address: str
    first_at: float = 0.0
    tried_at: float | None = None
    answered_at: float | None = None
    brought_at: float | None = None
    next_at: float = 0.0
    failures: int = 0
    reason: str | None = None
    notice: str | None = None
    etag: str | None = None
    modified: str | None = None
    whole_at: float | None = None
    silent_after: float = 0.0

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.modified)


@dataclass(frozen=True)
class Listed:
    """An entry as it is remembered; its columns."""

    feed: str
    key: str
    guid: str | None
    title: str | None
    digest: str
    state: EntryState
    body: str | None
    attempts: int
    looks: int
    due_at: float | None
    seen_at: float
    fetched_at: float | None = None
    published: str | None = None
    article: str | None = None
    etag: str | None = None
    modified: str | None = None
    reason: str | None = None

    @property
    def entry(self) -> FeedEntry:
        return entry_of(json.loads(self.body or "{}"))

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.modified) if self.state in ("in", "waiting") else NONE


_FEED, _LISTED = [[column.name for column in fields(of)] for of in (FeedState, Listed)]


class Remembered:
    """Of one data folder. Safe to use from many threads, and beside other processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def feeds(self) -> list[FeedState]:
        """All that is watched, by name."""
        with self._database.reading() as connection:
            sql = f"SELECT {', '.join(_FEED)} FROM feeds WHERE {SEALED['feeds']} ORDER BY name"
            found = connection.execute(sql) if connection else ()
            return [FeedState(*row) for row in found]

    def keep(self, state: FeedState) -> None:
        with self._database.writing() as connection:
            _put(connection, "feeds", [state])

    def watch(self, states: Sequence[FeedState]) -> None:
        """From now on these are watched and no others; what they listed before stays known."""
        with self._database.writing() as connection:
            names = json.dumps([state.name for state in states])
            connection.execute("DELETE FROM feeds WHERE name NOT IN (SELECT value FROM json_each(?))", (names,))
            _put(connection, "feeds", states)

    def sort_in(self, feed: str, entries: Sequence[FeedEntry], now: float, *, anew: bool = False) -> int:
        """Remember what a feed lists; what is new or changed waits to be fetched, or ``anew`` all. Says how many don't.

        An entry is known again by its address, or by an id that no other entry has: some feeds change the ones, some
        the others, and some give all entries one id.
        """
        entries = _told_apart(entries)
        often = Counter(entry.guid for entry in entries)
        seen, same = dict[str, Listed](), 0
        with self._database.writing() as connection:
            for entry in entries:
                guid = entry.guid if entry.guid and often[entry.guid] == 1 else None
                known = _known(connection, feed, _key(entry), guid)
                listed = _sorted(feed, entry, guid, known, now)
                if listed.key in seen:
                    continue
                if anew:
                    listed = replace(listed, state="waiting", body=json.dumps(asdict(entry)), attempts=0, due_at=now)
                seen[listed.key] = listed
                same += known is not None and listed.state != "waiting"
            _put(connection, "entries", seen.values())
        return same

    def due(self, feed: str, now: float, limit: int) -> list[Listed]:
        """Entries to be fetched by now, what is new first, then as they were listed."""
        sql = f"""SELECT {", ".join(_LISTED)} FROM entries WHERE feed = ? AND due_at <= ? AND {SEALED["entries"]}
            ORDER BY state <> 'waiting', attempts, due_at LIMIT ?"""
        with self._database.reading() as connection:
            found = connection.execute(sql, (feed, now, limit)) if connection else ()
            return [Listed(*row) for row in found]

    def hasten(self, feed: str, now: float) -> None:
        """Whatever waits is due now."""
        with self._database.writing() as connection:
            connection.execute("UPDATE entries SET due_at = ? WHERE feed = ? AND state = 'waiting'", (now, feed))

    def settle(self, listed: Iterable[Listed], prefix: str, addresses: Iterable[tuple[str, str]] = ()) -> None:
        """Remember what became of entries, and by which keys of addresses articles are known."""
        with self._database.writing() as connection:
            _put(connection, "entries", listed)
            rows = [(prefix, key, article) for key, article in addresses]
            # One that the disk has changed is written anew.
            connection.execute(f"DELETE FROM addresses WHERE NOT ({SEALED['addresses']})")
            sql = "INSERT OR IGNORE INTO addresses (prefix, key, article) VALUES (?, ?, ?)"
            connection.executemany(sql, rows)

    def article(self, prefix: str, keys: Iterable[str]) -> tuple[str, str] | None:
        """The first of these keys that leads to an article, and its id."""
        sql = f"SELECT article FROM addresses WHERE prefix = ? AND key = ? AND {SEALED['addresses']}"
        with self._database.reading() as connection:
            for key in keys:
                if connection and (row := connection.execute(sql, (prefix, key)).fetchone()):
                    return key, row[0]
        return None

    def others(self, listed: Listed, article: str) -> list[Listed]:
        """Other entries of the same feed that brought an article."""
        sql = f"""SELECT {", ".join(_LISTED)} FROM entries
            WHERE feed = ? AND article = ? AND key <> ? AND {SEALED["entries"]}"""
        with self._database.reading() as connection:
            found = connection.execute(sql, (listed.feed, article, listed.key)) if connection else ()
            return [Listed(*row) for row in found]

    def times(self, feed: str) -> list[tuple[float, str | None]]:
        """When the latest entries were first seen, and when they say that they were published."""
        sql = "SELECT seen_at, published FROM entries WHERE feed = ? ORDER BY seen_at DESC LIMIT ?"
        with self._database.reading() as connection:
            return [*connection.execute(sql, (feed, LATEST))] if connection else []


def _put(connection: Connection, table: str, rows: Iterable[Any]) -> None:
    columns = _FEED if table == "feeds" else _LISTED
    sql = f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    connection.executemany(sql, [[getattr(row, column) for column in columns] for row in rows])


def _told_apart(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """With those marked whose links are no articles' own: several places in one page, or one address for everything."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    titles: defaultdict[str, set[str | None]] = defaultdict(set)
    for entry in entries:
        if entry.link:
            places[key(entry.link)].add(urldefrag(entry.link).fragment)
            titles[key(entry.link)].add(entry.title)
    shared = {one for one in places if len(titles[one]) > 2 or (len(titles[one]) > 1 and len(places[one]) > 1)}
    return [replace(one, shares=True) if one.link and key(one.link) in shared else one for one in entries]


def _key(entry: FeedEntry) -> str:
    if entry.link and not entry.shares:
        return key(entry.link)
    return f"guid:{entry.guid}" if entry.guid else f"text:{_digest(entry)}"


def _digest(entry: FeedEntry) -> str:
    """The same while an entry says the same, whatever it is called and however its address is written."""
    said = asdict(entry) | {"guid": None, "link": entry.link and key(entry.link), "shares": None}
    return digest(json.dumps(said, sort_keys=True))


def _known(connection: Connection, feed: str, key: str, guid: str | None) -> Listed | None:
    sql = f"SELECT {', '.join(_LISTED)} FROM entries WHERE feed = ? AND {SEALED['entries']} AND "
    row = connection.execute(f"{sql} key = ?", (feed, key)).fetchone()
    if row is None and guid is not None:
        row = connection.execute(f"{sql} guid = ? LIMIT 1", (feed, guid)).fetchone()
    return Listed(*row) if row else None


def _sorted(feed: str, entry: FeedEntry, guid: str | None, known: Listed | None, now: float) -> Listed:
    mark, body = _digest(entry), json.dumps(asdict(entry))
    published = entry.published or entry.updated
    if known is None:
        return Listed(
            feed, _key(entry), guid, entry.title, mark, "waiting", body, 0, 0, now, seen_at=now, published=published
        )
    if known.digest == mark:
        return replace(known, guid=guid or known.guid)
    due = max(now, (known.fetched_at or 0) + AGAIN_SECONDS)
    return replace(
        known,
        guid=guid or known.guid,
        title=entry.title,
        digest=mark,
        state="waiting",
        body=body,
        attempts=0,
        due_at=due,
    )

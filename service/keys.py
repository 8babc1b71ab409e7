"""Keys: random tokens with scopes, shown once and stored as digests."""

import hmac
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any, Literal, get_args

from index import dates
from index.errors import FolderDamaged, Invalid, NotFound
from index.repair import kept_aside
from index.store.checking import Damage, check_database
from index.store.salvage import copied, merge
from service import sealed
from service.database import FILE, Database

Scope = Literal["ask", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

MARK = "fn"
TIMEOUT = 30.0  # seconds
NOBODY = sha256(b"").digest()
COLUMNS = "id, name, scopes, rate, created_at, expires_at, revoked_at"
SEALED = "seal(id, name, digest, scopes, rate, created_at, expires_at, revoked_at)"
IS_SEALED = f"seal = {SEALED}"
SEALING = f"UPDATE keys SET seal = {SEALED} WHERE id = ?"


@dataclass(frozen=True)
class Key:
    """What a token allows: ``rate`` is how many requests a minute, None for any number; times are ISO 8601, UTC."""

    id: str
    name: str
    scopes: frozenset[Scope]
    rate: int | None = None
    created_at: str = ""
    expires_at: str | None = None
    revoked_at: str | None = None

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < datetime.fromisoformat(self.expires_at))

    @property
    def last_day(self) -> str | None:
        """The last day on which it is good, in UTC; None for ever."""
        if self.expires_at is None:
            return None
        return (datetime.fromisoformat(self.expires_at) - timedelta.resolution).date().isoformat()


class Keys:
    """The keys of one data folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, scopes: frozenset[Scope], rate: int | None = None, expires: datetime | None = None
    ) -> tuple[Key, str]:
        """A new key with its token, which nobody can learn from here again.

        :raises Invalid: it would be good for nothing, or has expired already.
        """
        now = datetime.now(UTC)
        if not scopes:
            raise Invalid(f"scope: a key needs one of {', '.join(SCOPES)}")
        if expires is not None and expires <= now:
            raise Invalid(f"expires: {expires.isoformat()} has passed")
        key = Key(token_hex(4), name, scopes, rate, _spelled(now), None if expires is None else _spelled(expires))
        token = f"{MARK}_{key.id}_{token_urlsafe(32)}"
        row = (key.id, name, _digest(token), json.dumps(sorted(scopes)), rate, key.created_at, key.expires_at, None)
        with self._database.writing() as connection:
            connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)
            connection.execute(SEALING, (key.id,))
        return key, token

    def all(self) -> list[Key]:
        """Every key that ever was and is as it was stored, oldest first."""
        with self._database.reading() as connection:
            sql = f"SELECT {COLUMNS} FROM keys WHERE {IS_SEALED} ORDER BY created_at, id"
            return [_key(row) for row in connection.execute(sql)] if connection else []

    def revoke(self, id: str) -> Key:
        """From now on its token opens nothing.

        :raises NotFound: no key has this id.
        """
        sql = f"UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING {COLUMNS}"
        if id in {key.id for key in self.all()}:
            with self._database.writing() as connection:
                rows = connection.execute(sql, (_spelled(datetime.now(UTC)), id)).fetchall()
                connection.execute(SEALING, (id,))
            return _key(rows[0])
        raise NotFound(f"no key has the id {id!r}: footnote keys list shows them")

    def of(self, token: str) -> Key | None:
        """The key of a token, good or not any longer; None where there is none, or the disk has changed it."""
        mark, _, rest = token.partition("_")
        if mark != MARK:
            return None
        with self._database.reading() as connection:
            sql = f"SELECT digest, {COLUMNS} FROM keys WHERE id = ? AND {IS_SEALED}"
            row = connection and connection.execute(sql, (rest.partition("_")[0],)).fetchone()
        # An id that is none takes the same time.
        is_right = hmac.compare_digest(_digest(token), row[0] if row else NOBODY)
        return _key(row[1:]) if row and is_right else None


def damaged_keys(folder: Path) -> Iterator[Damage]:
    """The keys of a data folder that the disk has changed, as far as it can be read."""
    with closing(Database(folder, TIMEOUT)) as database, suppress(FolderDamaged), database.reading() as connection:
        rows = connection.execute(f"SELECT id, name FROM keys WHERE {IS_SEALED} IS NOT TRUE") if connection else ()
        for id, name in rows:
            yield Damage(
                FILE, f"key {id!r}, of {name!r}", "it opens nothing: make a new one with `footnote keys create`"
            )


def _damaged_rows(folder: Path) -> bool:
    """Whether any row is not what was stored, or can't be asked for: names of columns can change too."""
    try:
        with closing(Database(folder, TIMEOUT)) as database, database.reading() as connection:
            conditions = {"keys": IS_SEALED} | sealed.SEALED
            counts = (f"SELECT 1 FROM {t} WHERE ({whole}) IS NOT TRUE LIMIT 1" for t, whole in conditions.items())
            return connection is not None and any(connection.execute(sql).fetchone() for sql in counts)
    except FolderDamaged:
        return True


def repaired(folder: Path) -> list[str]:
    """Put what can be read of keys and kept answers into a whole file, where theirs is damaged; says what was done."""
    file = folder / FILE
    if not file.exists() or not file.stat().st_size or not ([*check_database(file)] or _damaged_rows(folder)):
        return []
    aside = kept_aside(folder, FILE)
    merge(aside / FILE)
    for end in ("", "-wal", "-shm"):
        (folder / f"{FILE}{end}").unlink(missing_ok=True)
    with closing(Database(folder, TIMEOUT)) as database, database.writing() as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        which = {name: IS_SEALED if name == "keys" else "TRUE" for (name,) in tables}
        connection.execute("DELETE FROM identity")
        lost = [*copied(aside / FILE, connection, which, sealed.SEALED)]
        connection.execute("INSERT OR IGNORE INTO identity VALUES (1, lower(hex(randomblob(16))))")
        left = connection.execute("SELECT count(*) FROM keys").fetchone()[0]
    said = [f"not every line of {table} can be read" for table in lost]
    return [
        f"{left} keys are good as they were, others open nothing: make new ones",
        *said,
        f"{FILE} is kept in {aside}",
    ]


def end_of(day: str) -> datetime:
    """The first moment after a day, month or year, in UTC.

    :raises ValueError: it is none.
    """
    last = dates.parse(day).last
    return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _key(row: Sequence[Any]) -> Key:
    id, name, scopes, *rest = row
    return Key(id, name, frozenset(json.loads(scopes)), *rest)

"""Keys: random tokens with scopes, shown once and stored as digests."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any, Literal, get_args

from index import dates
from index.errors import Invalid, NotFound
from service.database import Database

Scope = Literal["ask", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

MARK = "fn"
NOBODY = sha256(b"").digest()
COLUMNS = "id, name, scopes, rate, created_at, expires_at, revoked_at"


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
            connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return key, token

    def all(self) -> list[Key]:
        """Every key that ever was, oldest first."""
        with self._database.reading() as connection:
            sql = f"SELECT {COLUMNS} FROM keys ORDER BY created_at, id"
            return [_key(row) for row in connection.execute(sql)] if connection else []

    def revoke(self, id: str) -> Key:
        """From now on its token opens nothing.

        :raises NotFound: no key has this id.
        """
        sql = f"UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING {COLUMNS}"
        if id in {key.id for key in self.all()}:
            with self._database.writing() as connection:
                rows = connection.execute(sql, (_spelled(datetime.now(UTC)), id)).fetchall()
            return _key(rows[0])
        raise NotFound(f"no key has the id {id!r}: footnote keys list shows them")

    def of(self, token: str) -> Key | None:
        """The key of a token, good or not any longer; None where there is none."""
        mark, _, rest = token.partition("_")
        if mark != MARK:
            return None
        with self._database.reading() as connection:
            sql = f"SELECT digest, {COLUMNS} FROM keys WHERE id = ?"
            row = connection and connection.execute(sql, (rest.partition("_")[0],)).fetchone()
        # An id that is none takes the same time.
        is_right = hmac.compare_digest(_digest(token), row[0] if row else NOBODY)
        return _key(row[1:]) if row and is_right else None


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

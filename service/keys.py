"""Keys: random tokens with scopes, shown once and stored as digests."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any, Literal, get_args

from index.errors import Invalid, NotFound
from index.store import Connections

Scope = Literal["ask", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

FILE = "service.sqlite"
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
    """The keys of one data folder. Safe to use from many threads, and beside other processes."""

    def __init__(self, folder: Path, timeout: float) -> None:
        """``timeout`` bounds, in seconds, the wait for another writer. Nothing is made before the first key is."""
        self._file, self._connections, self._is_open = folder / FILE, Connections(folder / FILE, timeout), False

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
        self._open()
        with self._connections.writing() as connection:
            connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return key, token

    def all(self) -> list[Key]:
        """Every key that ever was, oldest first."""
        if not self._is_there():
            return []
        with self._connections.reading() as connection:
            rows = connection.execute(f"SELECT {COLUMNS} FROM keys ORDER BY created_at, id").fetchall()
        return [_key(row) for row in rows]

    def revoke(self, id: str) -> Key:
        """From now on its token opens nothing.

        :raises NotFound: no key has this id.
        """
        now = _spelled(datetime.now(UTC))
        if self._is_there():
            sql = f"UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING {COLUMNS}"
            with self._connections.writing() as connection:
                rows = connection.execute(sql, (now, id)).fetchall()
            if rows:
                return _key(rows[0])
        raise NotFound(f"no key has the id {id!r}: footnote keys list shows them")

    def of(self, token: str) -> Key | None:
        """The key of a token, good or not any longer; None where there is none."""
        mark, _, rest = token.partition("_")
        if mark != MARK or not self._is_there():
            return None
        with self._connections.reading() as connection:
            sql = f"SELECT digest, {COLUMNS} FROM keys WHERE id = ?"
            row = connection.execute(sql, (rest.partition("_")[0],)).fetchone()
        # An id that is none takes the same time.
        is_right = hmac.compare_digest(_digest(token), NOBODY if row is None else row[0])
        return _key(row[1:]) if row is not None and is_right else None

    def close(self) -> None:
        self._connections.close()

    def _is_there(self) -> bool:
        if self._is_open:
            return True
        if not self._file.exists():
            return False
        self._open()
        return True

    def _open(self) -> None:
        if not self._is_open:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as fault:
                raise Invalid(f"{self._file.parent} can't be made: {fault}") from fault
            self._connections.migrate("service.migrations.service")
            self._is_open = True


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _key(row: Sequence[Any]) -> Key:
    id, name, scopes, *rest = row
    return Key(id, name, frozenset(json.loads(scopes)), *rest)

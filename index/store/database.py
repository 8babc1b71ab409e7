"""The archive's database: SQLite, which alone is the truth."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.store.connections import Connections
from index.store.snapshot import Snapshot
from index.store.transaction import Transaction


class Store:
    """One database file."""

    def __init__(self, path: Path, timeout: float) -> None:
        """Open or make the database, and bring its schema up to date.

        ``timeout`` bounds, in seconds, how long a write waits for another writer.

        :raises FolderDamaged: the file is not a database that can be read.
        :raises IndexMismatch: it was made by a newer Footnote.
        """
        self._connections = Connections(path, timeout)
        identity = (json.dumps(uuid.uuid4().hex),)
        self._connections.migrate(
            "index.migrations", lambda new: new.execute("INSERT INTO meta VALUES ('store', ?)", identity)
        )

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """One state of the store, whatever is written meanwhile."""
        with self._connections.reading() as connection:
            yield Snapshot(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """The right to write; committed at the end, rolled back on any exception.

        :raises FolderHeld: another writer kept it for too long.
        """
        with self._connections.writing() as connection:
            yield Transaction(connection)

    def flush(self) -> None:
        """Empty the write-ahead log where nobody needs it: what was deleted is then nowhere in the store's files."""
        self._connections.flush()

    def close(self) -> None:
        """Close every connection: those that are in use when they come back."""
        self._connections.close()

"""What the service remembers beside the archive: keys and kept answers, in an SQLite file of its own."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from index.errors import Invalid
from index.store import Connection, Connections, note

logger = logging.getLogger(__name__)

FILE, STORE, NAME = "service.sqlite", "store.sqlite", "service"
OTHER = "is not the one that this archive had: the keys, kept answers and sources of that are gone"


class Database:
    """The service's file in one data folder. Safe to use from many threads, and beside other processes."""

    def __init__(self, folder: Path, timeout: float) -> None:
        """``timeout`` bounds, in seconds, the wait for another writer. Nothing is made before the first write."""
        self._file, self._connections, self._is_open = folder / FILE, Connections(folder / FILE, timeout), False

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """One state of it; None where nothing was ever written."""
        if not self._is_open and not self._file.exists():
            yield None
            return
        self._open()
        with self._connections.reading() as connection:
            yield connection

    def writing(self) -> AbstractContextManager[Connection]:
        """The right to write; committed at the end."""
        self._open()
        return self._connections.writing()

    def flush(self) -> None:
        """What was deleted is then nowhere in its files, unless somebody reads."""
        self._connections.flush()

    def close(self) -> None:
        self._connections.close()

    def _open(self) -> None:
        if self._is_open:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise Invalid(f"{self._file.parent} can't be made: {fault}") from fault
        self._connections.migrate("service.migrations.service")
        self._is_open = True
        with self._connections.reading() as connection:
            [(identity,)] = connection.execute("SELECT id FROM identity").fetchall()
        if note(self._file.with_name(STORE), NAME, identity) != identity:
            logger.warning("%s: %s", self._file, OTHER)

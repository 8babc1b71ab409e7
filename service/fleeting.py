"""What all processes of a data folder share for minutes or days, in a file that is lost without harm."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from index.errors import FolderDamaged, FolderHeld, IndexMismatch
from index.store import Connection, Connections

logger = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds
FILE = "limits.sqlite"

Outcome = TypeVar("Outcome")


class Fleeting:
    """The file of one data folder. Safe to use from many threads, and beside other processes."""

    def __init__(self, folder: Path) -> None:
        self._file, self._lock = folder / FILE, Lock()
        self._connections: Connections | None = None

    def tried(self, what: Callable[[Connection], Outcome], otherwise: Outcome) -> Outcome:
        """What ``what`` gives, committed; ``otherwise`` where the file can't be used, which is then begun anew."""
        try:
            with self.open().writing() as connection:
                return what(connection)
        except FolderHeld:
            return otherwise
        except (FolderDamaged, IndexMismatch, OSError) as fault:
            logger.warning("what is remembered for a while is lost: %s", fault)
            self._begin_anew()
            return otherwise

    def open(self) -> Connections:
        with self._lock:
            if self._connections is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                connections = Connections(self._file, PATIENCE, lasting=False)
                connections.migrate("service.migrations.limits")
                self._connections = connections
            return self._connections

    def close(self) -> None:
        if self._connections:
            self._connections.close()

    def _begin_anew(self) -> None:
        with self._lock:
            self.close()
            self._connections = None
            for file in (self._file, *(self._file.with_name(FILE + end) for end in ("-wal", "-shm"))):
                with suppress(OSError):
                    file.unlink(missing_ok=True)

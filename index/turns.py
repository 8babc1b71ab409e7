"""Questions first: who takes much in lets them pass, be they asked in this process or in another on the same folder.

While questions run, a file of the data folder is locked, shared by all who ask. Who takes much in looks between two
steps whether it is free. The system lets go for who was killed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from time import monotonic, sleep

# Beside questions without a pause an ingest goes on, a step at a time.
LONGEST_WAIT = 0.25
LOOK_EVERY = 0.001


class Turns:
    """Who goes first in one data folder. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        """``path`` is the file to lock, made if it is not there; where none can be, only this process counts."""
        self._counting = threading.Lock()
        self._asking = 0
        # Locks are between opened files, so that one who asks and one who looks need one each.
        self._shared, self._looked = _Locked(path), _Locked(path)

    def close(self) -> None:
        """Let go; other processes do not see who still asks."""
        self._shared.close()
        self._looked.close()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a question runs."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._counting:
            self._asking += more
            if self._asking == 1 and more == 1:
                self._shared.share()
            elif self._asking == 0:
                self._shared.free()

    def give_way(self) -> None:
        """Wait while questions run, for ``LONGEST_WAIT`` seconds at most."""
        until = monotonic() + LONGEST_WAIT
        while (self._asking or self._looked.is_shared()) and monotonic() < until:
            sleep(LOOK_EVERY)


class _Locked:
    """A file that is locked without ever waiting for it."""

    def __init__(self, path: Path) -> None:
        self._file: FileIO | None = None
        with suppress(OSError):
            self._file = FileIO(path, "a")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    __del__ = close

    def share(self) -> None:
        """Who looks at this moment does not see it, rather than keep a question waiting."""
        with suppress(ImportError, OSError, ValueError):
            self._lock("LOCK_SH")

    def is_shared(self) -> bool:
        try:
            self._lock("LOCK_EX")
        except BlockingIOError:
            return True
        except (ImportError, OSError, ValueError):
            return False  # no locks on this system or file system, or closed
        self.free()
        return False

    def free(self) -> None:
        with suppress(ImportError, OSError, ValueError):
            self._lock("LOCK_UN")

    def _lock(self, kind: str) -> None:
        import fcntl  # which not every system has

        if self._file is not None:
            fcntl.flock(self._file, getattr(fcntl, kind) | fcntl.LOCK_NB)

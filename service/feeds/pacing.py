"""How often one host is asked: a pause between two requests, and none at all while it wants to be left alone."""

from threading import Event, Lock
from time import monotonic, time

from service.feeds.unfetched import Unfetched

# A host that wants more than this between two requests is asked this seldom all the same.
LONGEST_PAUSE = 60.0
# Within one visit; beyond it the rest waits for the next.
LONGEST_WAIT = 30.0


class Stopped(Exception):
    """Nobody wants it any more: the service ends."""


class Clock:
    """The time, and waiting, which ends when told to stop. A test has its own."""

    def __init__(self, stopping: Event | None = None) -> None:
        self._stopping = stopping or Event()

    def now(self) -> float:
        """Seconds since 1970, in UTC."""
        return time()

    def ticks(self) -> float:
        """Seconds of a clock that is never set."""
        return monotonic()

    def sleep(self, seconds: float) -> None:
        """:raises Stopped: meanwhile, or before."""
        if self._stopping.wait(seconds):
            raise Stopped


class Pace:
    """Safe to use from many threads: who comes second waits behind who came first."""

    def __init__(self, pause: float, clock: Clock) -> None:
        """``pause`` is how many seconds lie between two requests to one host, unless it asks for more."""
        self._pause, self._clock, self._lock = pause, clock, Lock()
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def wait(self, host: str, asked_for: float = 0.0) -> None:
        """Waits for this host's turn; ``asked_for`` is the pause that its site wishes, in seconds.

        Raises:
            Unfetched: it wants to be left alone for longer than is waited.
        """
        pause = min(max(self._pause, asked_for), LONGEST_PAUSE)
        with self._lock:
            now = self._clock.ticks()
            turn = max(self._next.get(host, now), now)
            until = max(turn, self._held.get(host, now))
            if until - now > LONGEST_WAIT:
                raise Unfetched(f"{host} wants to be left alone for {until - now:.0f} seconds", after=until - now)
            self._next[host] = until + pause
            self._tidy(now)
        if until > now:
            self._clock.sleep(until - now)

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for so long, as it asked."""
        with self._lock:
            until = self._clock.ticks() + seconds
            self._held[host] = max(until, self._held.get(host, until))

    def _tidy(self, now: float) -> None:
        if len(self._next) > 1_000:
            self._next = {host: when for host, when in self._next.items() if when > now}
            self._held = {host: when for host, when in self._held.items() if when > now}

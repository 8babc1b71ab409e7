"""What sites ask of robots (RFC 9309), read by Protego and kept for a day."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.feeds.fetching import ROBOT, Bounds, Fetched, Fetcher
from service.feeds.pacing import Clock
from service.feeds.unfetched import Forbidden, Unfetched

if TYPE_CHECKING:
    from protego import Protego

# RFC 9309, 2.4 and 2.5: no longer than a day, and 500 KiB at least; what follows is not read.
KEPT_SECONDS = 86_400.0
MOST_BYTES = 500 * 2**10
# A site that can't say what it wishes is asked again after this.
AGAIN_SECONDS = 600.0
MOST_SITES = 1_000
FETCHED = Bounds(seconds=30.0, most=MOST_BYTES, whole=False)


@dataclass(frozen=True)
class _Wishes:
    """A site's; ``rules`` are None where all is allowed, and ``refused`` says why nothing is."""

    until: float
    rules: "Protego | None" = None
    refused: str | None = None


class Robots:
    """Safe to use from many threads."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher, self._clock, self._lock = fetcher, clock, Lock()
        self._kept: OrderedDict[str, _Wishes] = OrderedDict()

    def permit(self, address: str) -> float | None:
        """The pause between two requests that a site wishes, in seconds, if it wishes one.

        Raises:
            Forbidden: it asks not to be fetched.
            Unfetched: its wishes can't be had just now.
        """
        parts = urlsplit(address)
        site = f"{parts.scheme}://{parts.netloc}"
        wishes = self._wishes(site)
        if wishes.refused:
            raise Unfetched(wishes.refused)
        if wishes.rules is None or address == f"{site}/robots.txt":
            return None
        if not wishes.rules.can_fetch(address, ROBOT):
            raise Forbidden(f"the robots.txt of {parts.hostname} asks not to fetch it")
        return wishes.rules.crawl_delay(ROBOT)

    def _wishes(self, site: str) -> _Wishes:
        with self._lock:
            kept = self._kept.get(site)
        if kept is not None and kept.until > self._clock.now():
            return kept
        wishes = self._asked(site, kept)
        with self._lock:
            self._kept[site] = wishes
            self._kept.move_to_end(site)
            while len(self._kept) > MOST_SITES:
                self._kept.popitem(last=False)
        return wishes

    def _asked(self, site: str, before: _Wishes | None) -> _Wishes:
        now = self._clock.now()
        try:
            came = self._fetcher.get(f"{site}/robots.txt", bounds=FETCHED)
        except Forbidden:
            raise
        except Unfetched as fault:
            if fault.status is not None and 400 <= fault.status < 500 and fault.status != 429:
                return _Wishes(now + KEPT_SECONDS)
            if before is not None and before.refused is None:
                return _Wishes(now + AGAIN_SECONDS, before.rules)
            why = f"the robots.txt of {urlsplit(site).hostname} can't be had: {fault.reason}"
            return _Wishes(now + AGAIN_SECONDS, refused=why)
        assert isinstance(came, Fetched)
        return _Wishes(now + KEPT_SECONDS, _rules(came.body))


def _rules(body: bytes) -> "Protego":
    from protego import Protego

    whole = body if len(body) < MOST_BYTES else body.rpartition(b"\n")[0]  # its last line may be cut
    return Protego.parse(whole.decode("utf-8-sig", "replace"))

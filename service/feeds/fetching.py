"""One address fetched, within bounds of time, bytes and redirects: what came of it, or why nothing did."""

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import cached_property
from importlib.metadata import version
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urldefrag, urljoin

from index.articles import shown
from service.feeds.addresses import Guard, host_of
from service.feeds.pacing import Clock, Pace
from service.feeds.unfetched import Unfetched
from service.feeds.unpacking import unpacked

if TYPE_CHECKING:
    from httpx2 import Client, Response

    from service.feeds.wire import Bound

MOST_REDIRECTS = 5
CONNECTING_SECONDS, SILENT_SECONDS = 10.0, 20.0
# A server may ask to be left alone, but not for ever.
LONGEST_AFTER = 7 * 86_400.0
HEADER_BYTES = 2**18
LONGEST_VALIDATOR = 1_000  # characters
PERMANENT, REDIRECTS = (301, 308), (301, 302, 303, 307, 308)
ROBOT = "Footnote"
ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, application/pdf;q=0.8, text/plain;q=0.8, */*;q=0.5"
)
_CHARSET = re.compile(r"""(?i);\s*charset\s*=\s*["']?([\w.:-]+)""")


class Validators(NamedTuple):
    """What a server calls the state of a page, word for word: sent back, they let it say that nothing changed."""

    etag: str | None = None
    modified: str | None = None


NONE = Validators()


@dataclass(frozen=True)
class Fetched:
    """What an address holds. ``address`` is the last one that it led to; ``moved`` where it has moved for good."""

    address: str
    body: bytes
    media: str = ""
    charset: str | None = None
    validators: Validators = NONE
    moved: str | None = None


@dataclass(frozen=True)
class Unchanged:
    """It holds what it did when its validators were given, which these replace."""

    validators: Validators


@dataclass(frozen=True)
class Bounds:
    """``seconds`` for one address with all its redirects; ``most`` bytes of a body, packed or unpacked.

    Where ``whole`` is not set, so many bytes suffice, and what follows is left.
    """

    seconds: float = 60.0
    most: int = 32 * 2**20
    whole: bool = True


class _Redirect(NamedTuple):
    to: str
    permanent: bool


@dataclass
class Fetcher:
    """Fetches, from many threads; who asks, and ``contact`` to whom one may turn, is said to every server."""

    guard: Guard
    pace: Pace
    clock: Clock
    bounds: Bounds = Bounds()
    contact: str | None = None
    proxy: str | None = None

    @property
    def agent(self) -> str:
        return f"{ROBOT}/{version('footnote')}{f' (+{self.contact})' if self.contact else ''}"

    def get(
        self,
        address: str,
        known: Validators = NONE,
        *,
        permit: Callable[[str], float | None] = lambda _: None,
        bounds: Bounds | None = None,
    ) -> Fetched | Unchanged:
        """What an address holds now, by way of its redirects.

        Args:
            address: of http or https; what follows a ``#`` is not sent.
            known: of what was fetched from it before.
            permit: is asked for every address on the way, and gives the pause that its site wishes, in seconds.
            bounds: in place of the fetcher's own.

        Raises:
            Unfetched: nothing came; `Forbidden` where nothing was asked for.
        """
        from service.feeds.wire import Bound

        bounds = bounds or self.bounds
        bound = Bound(bounds.seconds, bounds.most + HEADER_BYTES)
        moved, is_moving = None, True
        with self._client(bound) as client:
            for _ in range(MOST_REDIRECTS + 1):
                self._wait(address, permit, bound)
                came = self._once(client, address, known, bounds)
                if not isinstance(came, _Redirect):
                    return replace(came, moved=moved) if isinstance(came, Fetched) else came
                address, is_moving = came.to, is_moving and came.permanent
                moved = address if is_moving else moved
        raise Unfetched(f"redirects more than {MOST_REDIRECTS} times", lasting=True)

    def _wait(self, address: str, permit: Callable[[str], float | None], bound: "Bound") -> None:
        """What is waited for is no fault of the server: it does not count."""
        since = monotonic()
        self.guard.check(address)
        self.pace.wait(host_of(address), permit(address) or 0)
        bound.leave_out(since)

    def _once(
        self, client: "Client", address: str, known: Validators, bounds: Bounds
    ) -> Fetched | Unchanged | _Redirect:
        with _in_words(), client.stream("GET", urldefrag(address).url, headers=_conditions(known)) as response:
            status = response.status_code
            if status in REDIRECTS:
                return self._redirect(address, response)
            if status == 304 and known != NONE:
                return Unchanged(_validators(response, known))
            if status not in (200, 203):
                raise self._refusal(address, response)
            body = unpacked(response.iter_raw(), _packing(response), bounds.most, whole=bounds.whole)
            said = response.headers.get("content-type", "")
            media, charset = said.partition(";")[0].strip().lower(), _CHARSET.search(said)
            label = charset.group(1).lower() if charset else None
            return Fetched(address, body, media, label, _validators(response, NONE))

    def _redirect(self, address: str, response: "Response") -> _Redirect:
        to = response.headers.get("location", "").strip()
        if not to:
            raise Unfetched(f"answers {response.status_code} without saying where it is", status=response.status_code)
        try:
            return _Redirect(urljoin(address, to), response.status_code in PERMANENT)
        except ValueError as fault:
            raise Unfetched(f"redirects to what is no address: {fault}", lasting=True) from fault

    def _refusal(self, address: str, response: "Response") -> Unfetched:
        status, after = response.status_code, _after(response, self.clock.now())
        if status in (429, 503) and after:
            self.pace.hold(host_of(address), after)
        again = f"; it asks to come again in {after:.0f} seconds" if after else ""
        lasting = 400 <= status < 500 and status not in (408, 425, 429)
        return Unfetched(f"answers {status}{again}", lasting=lasting, status=status, after=after)

    @contextmanager
    def _client(self, bound: "Bound") -> Iterator["Client"]:
        from httpx2 import Client, Timeout

        from service.feeds.wire import Transport

        headers = {"user-agent": self.agent, "accept": ACCEPT, "accept-encoding": "gzip, deflate"}
        timeout = Timeout(SILENT_SECONDS, connect=CONNECTING_SECONDS)
        transport = Transport(self.guard, bound, self._context, self.proxy)
        with Client(transport=transport, headers=headers, timeout=timeout, trust_env=False) as client:
            yield client

    @cached_property
    def _context(self) -> ssl.SSLContext:
        from httpx2 import create_ssl_context

        return create_ssl_context()


def _conditions(known: Validators) -> dict[str, str]:
    said = {"if-none-match": known.etag, "if-modified-since": known.modified}
    return {name: value for name, value in said.items() if value}


def _validators(response: "Response", known: Validators) -> Validators:
    """Both anew, also those of a 304: a server that changes one of them would be asked in vain for ever."""
    etag, modified = (_kept(response.headers.get(name)) for name in ("etag", "last-modified"))
    return Validators(etag or known.etag, modified or known.modified)


def _kept(value: str | None) -> str | None:
    return value if value and len(value) <= LONGEST_VALIDATOR and value.isascii() and value.isprintable() else None


def _packing(response: "Response") -> str:
    return str(response.headers.get("content-encoding", "")).strip().lower()


def _after(response: "Response", now: float) -> float | None:
    """The seconds that Retry-After asks for; a date counts from the server's own, whose clock may be wrong."""
    said = response.headers.get("retry-after", "").strip()
    seconds: float | None
    if said.isdecimal():
        seconds = float(said[:9])
    else:
        until, theirs = _moment(said), _moment(response.headers.get("date", ""))
        seconds = None if until is None else until - (now if theirs is None else theirs)
    return min(seconds, LONGEST_AFTER) if seconds and seconds > 0 else None


def _moment(said: str) -> float | None:
    try:
        return parsedate_to_datetime(said).timestamp()
    except (ValueError, OverflowError):
        return None


@contextmanager
def _in_words() -> Iterator[None]:
    """What the libraries raise, as one fault that says what happened."""
    import httpcore2
    import httpx2

    try:
        yield
    except (httpcore2.ConnectTimeout, httpcore2.ReadTimeout, httpcore2.WriteTimeout) as fault:
        raise Unfetched("does not answer in time") from fault
    except (httpcore2.ConnectError, httpcore2.ProxyError) as fault:
        raise Unfetched(f"can't be reached: {_said(fault)}") from fault
    except (httpcore2.NetworkError, httpcore2.RemoteProtocolError) as fault:
        raise Unfetched("breaks off, or does not speak HTTP") from fault
    except (httpcore2.LocalProtocolError, httpcore2.UnsupportedProtocol, httpx2.InvalidURL) as fault:
        raise Unfetched(f"is no address: {_said(fault)}", lasting=True) from fault
    except (httpx2.HTTPError, OSError, ValueError) as fault:
        raise Unfetched(f"can't be fetched: {_said(fault)}") from fault


def _said(fault: Exception) -> str:
    return shown(str(fault) or type(fault).__name__)[1:-1]

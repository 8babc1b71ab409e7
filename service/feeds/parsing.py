"""Feeds and sitemaps read in a process of its own, ended by a bound of time or of memory."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

from index.errors import Invalid
from service.feeds.feed import Document, FeedEntry, document
from service.feeds.fetching import Fetched
from service.feeds.kinds import Kind
from service.feeds.unfetched import Unfetched

SECONDS = 60.0
MEMORY_BYTES = 2 * 2**30

_MAIN = "import sys; sys.path[:] = {path!r}; from service.feeds.parsing import main; main()"


def parsed(came: Fetched, kind: Kind) -> Document:
    """What stands in a feed or sitemap that came.

    Raises:
        Unfetched: it can't be read, or not within bounds.
    """
    head = json.dumps([kind, came.address, came.charset]).encode()
    try:
        done = subprocess.run(  # its own code, and input that it reads as data
            [sys.executable, "-P", "-c", _MAIN.format(path=sys.path)],
            input=head + b"\n" + came.body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unfetched(f"is a {kind} that takes longer than {SECONDS:g} seconds to read", lasting=True) from None
    if done.returncode:
        raise Unfetched(
            f"is a {kind} that ends its reader: it takes too much memory, or is made to do harm", lasting=True
        )
    return _understood(json.loads(done.stdout))


def _understood(told: dict[str, object]) -> Document:
    if "refused" in told:
        raise Unfetched(str(told["refused"]), lasting=True)
    entries = told["entries"]
    maps = told["maps"]
    assert isinstance(entries, list)
    assert isinstance(maps, list)
    title = told["title"]
    return Document(None if title is None else str(title), tuple(map(entry_of, entries)), tuple(map(str, maps)))


def entry_of(fields: dict[str, object]) -> FeedEntry:
    """An entry from what `asdict` and JSON made of it."""
    tags = fields["tags"]
    assert isinstance(tags, list)
    return FeedEntry(**{**fields, "tags": tuple(map(str, tags))})  # type: ignore[arg-type]


def main() -> None:
    """What the process does: one document in, what stands in it out."""
    _confine()
    head, _, body = sys.stdin.buffer.read().partition(b"\n")
    kind, address, charset = json.loads(head)
    try:
        told: dict[str, object] = asdict(document(body, kind, address, charset))
    except Invalid as fault:
        told = {"refused": str(fault)}
    sys.stdout.write(json.dumps(told))


def _confine() -> None:
    try:
        import resource  # which not every system has

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, most))
    except (ImportError, OSError, ValueError):
        pass

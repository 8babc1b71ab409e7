"""Whether a file has to be read again: by its bytes, and by all else that shapes its articles."""

import hashlib
import json
from dataclasses import astuple
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from index.readers import Limits
from index.records import RawFile

CHUNK_BYTES = 2**20


class Weighed(NamedTuple):
    """A file's bytes: how many, and their hash."""

    size: int
    sha256: str


def weighed(file: RawFile) -> Weighed:
    """:raises OSError: it can't be read."""
    size, hashed = 0, hashlib.sha256()
    with file.open() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            size += len(chunk)
            hashed.update(chunk)
    return Weighed(size, hashed.hexdigest())


def recipe(file: RawFile, limits: Limits) -> str:
    """A hash of what shapes a file's articles beside its bytes: what is said of it, the readers, their libraries."""
    said = [file.id, file.id_prefix, file.encoding, dict(file.given), *astuple(limits), _readers()]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@cache
def _readers() -> str:
    hashed = hashlib.sha256()
    package = resources.files("index")
    for source in [package / "articles.py", *sorted(_sources(package / "readers"), key=lambda found: found.name)]:
        hashed.update(source.read_bytes())
    for installed in sorted({f"{one.name} {one.version}" for one in metadata.distributions()}):
        hashed.update(installed.encode())
    return hashed.hexdigest()


def _sources(folder: Traversable) -> list[Traversable]:
    found = [*folder.iterdir()]
    inner = [source for one in found if one.is_dir() for source in _sources(one)]
    return inner + [one for one in found if one.name.endswith(".py")]

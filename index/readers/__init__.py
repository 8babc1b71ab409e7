"""One format a file: bytes in, articles out. A new format is one new module here, found by itself.

A format module has ``SUFFIXES`` (lower case, with the dot), ``BRINGS_IDS`` (its articles have ids of their own, so that
the file's name is none) and ``read``, which yields what it can and raises `Invalid` where the file as a whole is bad.
"""

import logging
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from operator import itemgetter
from typing import Protocol, cast

from index.articles import shown
from index.errors import Invalid
from index.records import Article, RawFile, Rejection

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How much is taken: characters of one article's text, bytes of a file or line that holds one article."""

    max_characters: int = 2_000_000
    max_bytes: int = 64 * 2**20


class Format(Protocol):
    """What a format module offers."""

    SUFFIXES: tuple[str, ...]
    BRINGS_IDS: bool

    def read(self, file: RawFile, limits: Limits) -> Iterator[Article | Rejection]: ...


def read(file: RawFile, limits: Limits) -> Iterator[Article | Rejection]:
    """The articles of a file in their order, and a rejection for each that can't be one: bad input raises nothing."""
    suffix = suffix_of(file.suffix or file.name)
    if not suffix:
        known = ", ".join(formats())
        yield Rejection(file.name, f"no reader for this kind of file; there are those for {known}", no_kind=True)
        return
    try:
        yield from formats()[suffix].read(file, limits)
    except Invalid as fault:
        yield Rejection(file.name, str(fault))
    except OSError as fault:
        yield Rejection(file.name, f"can't be read: {fault.strerror or fault}")
    except Exception as fault:  # noqa: BLE001 - hostile files find faults in parsing libraries that nobody has listed
        _log.exception("the reader of %s failed", file.name)
        yield Rejection(file.name, f"is damaged: its reader failed with {type(fault).__name__} ({shown(str(fault))})")


def suffix_of(name: str) -> str:
    """The longest known suffix that a file's name has, lower case; empty where it has none."""
    return max((suffix for suffix in formats() if name.lower().endswith(suffix)), key=len, default="")


@cache
def formats() -> Mapping[str, Format]:
    """The known formats by suffix, in the suffixes' order."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    kinds = [cast(Format, module) for module in modules if hasattr(module, "SUFFIXES")]
    return dict(sorted(((suffix, kind) for kind in kinds for suffix in kind.SUFFIXES), key=itemgetter(0)))

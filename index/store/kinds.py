"""What the store hands out, beside the words that all share."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.records import FileState, JobState, Origin, Passage

Numbers = NDArray[np.int64]
Event = Literal["added", "replaced", "deleted"]


@dataclass(frozen=True)
class Kept:
    """A passage as the store has it: its number, what it is a passage of, and in which edition."""

    number: int
    id: str
    version: int
    edition: int
    passage: Passage
    removed: bool


class Current(NamedTuple):
    """The number of an article's current version, and the article's fingerprint."""

    version: int
    fingerprint: str


class Unfinished(NamedTuple):
    """An edition that is being made: by what, and how many of how many articles it has."""

    number: int
    made_by: dict[str, Any]
    done: int
    articles: int


class Filed(NamedTuple):
    """A line of the ledger: a file, what became of it when it was last given, and how many articles it brought."""

    number: int
    origin: Origin
    state: FileState
    reason: str | None
    at: str
    size: int | None
    sha256: str | None
    recipe: str | None
    articles: int


class Filterable(NamedTuple):
    """A version's number and what filters ask of it; its passages have the numbers from ``begins`` up to ``ends``."""

    version: int
    article: str
    first: int | None
    last: int | None
    source: str | None
    tags: tuple[str, ...]
    begins: int
    ends: int


class Tally(NamedTuple):
    """How far a job has come: files done, articles read, and what became of them."""

    files: int = 0
    articles: int = 0
    added: int = 0
    unchanged: int = 0
    replaced: int = 0
    rejected: int = 0


class Job(NamedTuple):
    """What was brought at once, to be taken in: ``files`` of so many bytes in all, and what became of them so far.

    ``prefix`` is put before their ids; ``attempts`` counts how often it was begun without being ended or put back.
    """

    number: int
    id: str
    prefix: str
    state: JobState
    reason: str | None
    attempts: int
    received_at: str
    began_at: str | None
    ended_at: str | None
    files: int
    size: int
    tally: Tally

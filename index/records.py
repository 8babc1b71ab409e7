"""The words that all share. Every record is frozen; every offset counts Unicode code points."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any, BinaryIO, Literal, NamedTuple

DateBasis = Literal["stated", "given", "inferred"]
Role = Literal["heading", "text", "furniture"]
Part = Literal["text", "heading", "side", "furniture", "sentence"]
FileState = Literal["in", "unchanged", "replaced", "rejected", "gone"]
JobState = Literal["waiting", "running", "done", "failed", "cancelled"]


class Span(NamedTuple):
    """A half-open range of characters, ``text[start:end]``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


class Period(NamedTuple):
    """Days from ``first`` to ``last``, both included: what a partial date such as ``2024-04`` leaves open."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def overlaps(self, other: "Period") -> bool:
        return self.first <= other.last and other.first <= self.last


class Spoken(NamedTuple):
    """Days that a passage speaks of, and the number of the sentence in which it does."""

    period: Period
    sentence: int


class Cited(NamedTuple):
    """A stretch of a text that was a passage of it, and may have been cited."""

    start: int
    end: int
    side_story: bool = False


@dataclass(frozen=True)
class History:
    """What an archive knew of an article beside the article: when each of its texts came, and what could be cited.

    ``added_at`` is ISO 8601; ``earlier`` are the texts that it replaced, the oldest first.
    """

    added_at: str
    cited: tuple[Cited, ...] = ()
    earlier: tuple["Earlier", ...] = ()


@dataclass(frozen=True)
class Earlier:
    """A text that an article had, with when it came and what of it could be cited."""

    article: "Article"
    added_at: str
    cited: tuple[Cited, ...] = ()


@dataclass(frozen=True)
class Notes:
    """What is told of an article's reading and is no part of it: its line, and what of its file says nothing to us.

    ``history`` is what another archive kept of it.
    """

    line: int | None = None
    unknown: tuple[str, ...] = ()
    unread_front_matter: bool = False
    history: History | None = None


@dataclass(frozen=True)
class Article:
    """An article as it came. ``text`` is never rewritten: every offset anywhere points into it."""

    id: str
    title: str
    text: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | None = None
    updated_at: str | None = None
    date_basis: DateBasis | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    notes: Notes = field(default=Notes(), compare=False, repr=False)

    @cached_property
    def sha256(self) -> str:
        """Of the text in UTF-8, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Of every field: two articles with the same fingerprint are the same article."""
        record = {f.name: getattr(self, f.name) for f in fields(self) if f.compare}
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


class Origin(NamedTuple):
    """A file in one way that it was given, as the ledger knows it.

    ``file`` is its whole path; ``folder`` the one given that it was found in, empty if it was given by itself;
    ``prefix`` what was put before its ids.
    """

    file: str
    folder: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Entry:
    """What the ledger is told of a file.

    ``size`` counts bytes; ``recipe`` is of all beside its content that shapes its articles, None where it has to be
    read again whatever it holds. ``brought`` has the fingerprint of each article that it brought since it was last
    entered, by id; ``anew`` says that those before are of an earlier reading.
    """

    origin: Origin
    state: FileState
    reason: str | None = None
    size: int | None = None
    sha256: str | None = None
    recipe: str | None = None
    brought: Mapping[str, str] = field(default_factory=dict)
    anew: bool = False


@dataclass(frozen=True)
class RawFile:
    """A file that was found, not yet read, and what its bringer says of it.

    ``name`` is for people, its suffix says the format. ``id`` is what its article is called, ``id_prefix`` included; a
    format whose articles bring ids of their own puts ``id_prefix`` before each instead. ``given`` are fields of an
    article that stand over what the file says. Nothing is held in memory: ``open`` starts reading at the first byte.
    ``origin`` is what the ledger calls it; what has none is not entered there. ``suffix`` says the format of what has
    no name of a file, such as an address.
    """

    name: str
    id: str
    open: Callable[[], BinaryIO]
    given: Mapping[str, Any] = field(default_factory=dict)
    encoding: str | None = None
    id_prefix: str = ""
    origin: Origin | None = None
    suffix: str = ""


class Received(NamedTuple):
    """A file that was brought over HTTP: its name, its size in bytes, and its hash."""

    name: str
    size: int
    sha256: str


class Block(NamedTuple):
    """A paragraph, heading or list item of a text, or furniture that is not the story.

    ``story`` is 0 for the article's own story and counts up for other items that stand in the same file. A ``tied``
    block goes with the one before it: an item with its list, what an introducing line announces with that line.
    """

    span: Span
    role: Role
    story: int = 0
    tied: bool = False


class Unit(NamedTuple):
    """A paragraph of an article, or a sentence in one that speaks for the site.

    ``fingerprint`` is the same for what one publisher repeats. ``part`` tells what patterns take it for; ``side`` is a
    paragraph of another story in the same file.
    """

    fingerprint: int
    span: Span
    part: Part


@dataclass(frozen=True)
class Passage:
    """A stretch of whole sentences of one article, what is searched and quoted.

    ``sentences`` lie inside ``span``, in order, as offsets into the article's text; one longer than a highlight may be
    is cut at its clauses. ``times`` are the days that it speaks of, relative ones counted from the article's own date.
    """

    span: Span
    sentences: tuple[Span, ...]
    side_story: bool = False
    times: tuple[Spoken, ...] = ()

    def id(self, article: Article) -> str:
        """The name under which this passage of this text is cited, for ever."""
        name = "\n".join((article.id, article.sha256, str(self.span.start), str(self.span.end)))
        return hashlib.sha256(name.encode()).hexdigest()[:16]


class Facts(NamedTuple):
    """The publisher of a passage, the days on which it may have been published, and those that it speaks of."""

    source: str | None
    published: Period | None
    times: tuple[Spoken, ...]

    def dating(self, sentence: int) -> int | None:
        """The sentence that says when: this one, else the last before it that can, else the first after."""
        dated = [spoken.sentence for spoken in self.times]
        return max((one for one in dated if one <= sentence), default=min(dated, default=None))

    def days(self, sentence: int) -> tuple[Period, ...]:
        """When what a sentence tells was: the days that are spoken of there, else those of publication."""
        dating = self.dating(sentence)
        spoken = tuple(period for period, at in self.times if at == dating)
        return spoken or ((self.published,) if self.published else ())


class Countable(NamedTuple):
    """What an article is counted by: ``first`` and ``last`` are the ordinals of the days that its date leaves open."""

    id: str
    first: int | None
    last: int | None
    source: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Filters:
    """Which passages may be found. Ends of periods are included; an empty filter lets everything through."""

    source: tuple[str, ...] = ()
    article: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: Period | None = None


@dataclass(frozen=True)
class Rejection:
    """A file, or a line of one, that did not go in, and why; ``origins`` are the files that are done with thereby.

    ``no_kind`` says that no reader knows files of its suffix.
    """

    file: str
    reason: str
    line: int | None = None
    origins: tuple[Origin, ...] = ()
    no_kind: bool = False

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {self.reason}"

"""What is asked, and what is found: the words of a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from index.records import Article, Filters, Passage, Period, Span
from index.state import Status
from index.verdict import Signals

EVERYTHING = Filters()

Effort = Literal["fast", "careful"]


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


@dataclass(frozen=True)
class Question:
    """What is asked. ``as_of`` is the asker's day, from which "last week" counts."""

    text: str
    top_k: int = 5
    filters: Filters = EVERYTHING
    as_of: date = field(default_factory=_today)
    effort: Effort = "fast"


@dataclass(frozen=True)
class Hit:
    """A passage that was found; ``score`` compares it with others of the same question, ``highlights`` answer best."""

    id: str
    article: Article
    passage: Passage
    score: float
    highlights: tuple[Span, ...]
    also_in: tuple[Article, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Days that a question may mean, and what answers it then: a sentence, and the place of its hit."""

    period: Period
    hit: int
    sentence: Span


@dataclass(frozen=True)
class Statement:
    """A sentence or words that answer, and the place of their hit."""

    hit: int
    sentence: Span


@dataclass(frozen=True)
class Contradicted:
    """The place of a hit, its sentence that says otherwise, and which words of ``understood_as`` that denies."""

    hit: int
    sentence: Span
    span: Span


@dataclass(frozen=True)
class Found:
    """Passages, best first; the probability that they answer; and how many undated articles a date filter left out.

    ``readings`` are the periods that a question may mean which gives no year, each with what answers it: two or none.
    ``statements`` are the sentences that answer, in the order in which they read well, each once.
    ``short`` are the few words that answer, in one of those sentences, where a reader found some.
    ``unsupported`` are stretches of ``understood_as`` that the archive has nothing on, where it has on the others.
    ``contradiction`` is where a hit says otherwise than the question takes for granted. ``on_other_days`` is the
    probability that the archive answers but for the year that the question names, where what was found is of others.
    ``took`` are the milliseconds of each step.
    """

    hits: tuple[Hit, ...]
    readings: tuple[Reading, ...]
    statements: tuple[Statement, ...]
    unsupported: tuple[Span, ...]
    short: Statement | None
    confidence: float
    signals: Signals | None
    understood_as: str
    undated: int
    status: Status
    contradiction: Contradicted | None = None
    on_other_days: float = 0.0
    took: Mapping[str, float] = field(default_factory=dict, compare=False)

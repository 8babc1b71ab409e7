"""What a question asks: its parts, the publishers that it names, the days that it means."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from index import dates
from index.dates import Asked
from index.english import ABOUT_ARTICLES, FUNCTION_WORDS
from index.records import Period, Span

# A part needs this many words that tell something; a shorter one goes with the next, the last with the one before.
SHORTEST_PART = 4
SHORTEST_NAME = 3
# How far back "before 2020" and how far on "since 2020" look for dates in words.
YEARS = 30
NEARLY_A_YEAR = 300
WORD = re.compile(r"[^\W_]+")
BETWEEN_PARTS = re.compile(
    r"[,;:?]\s+ | \s(?=(?:and|while|whereas|but|or|than|versus|vs|compared)\s)", re.IGNORECASE | re.VERBOSE
)
# Of several questions in one, each needs this many words that tell something.
SHORTEST_QUESTION = 2
_ASKING = r"(?:(?:who|what|when|where|why|how)(?:['’]?s)? | whom | whose | which)\b"
_AUXILIARY = r"(?:is|are|was|were|has|have|had|can|could|will|would|should)"
# "... and did Xi", "... and is there": but not "... and did not", "... and is the first", "... and Will".
_BEGINNING = rf"""
    (?: (?:about|after|at|before|by|during|for|from|in|of|on|since|to|under|until|with)\s )? {_ASKING}
    | (?:do|does|did)\s (?!(?:not|so|well)\b)
    | (?-i:{_AUXILIARY})\s (?: (?:there|it|he|she|they|we|you|i)\b | (?-i:[A-Z]) )
"""
BETWEEN_QUESTIONS = re.compile(
    rf"\s*\?\s+ (?:(?:and|but|or)\s+)? (?:also\s+)? | [,;]?\s+(?:and|but)\s+ (?:(?:also|then)\s+)? (?={_BEGINNING})",
    re.IGNORECASE | re.VERBOSE,
)
ASKS = re.compile(rf"\b{_ASKING} | ^\W*(?:do|does|did|{_AUXILIARY})\s | \?\s*$", re.IGNORECASE | re.VERBOSE)

_HAPPENED = re.compile(
    r"\bwhat(?:['’]s|\s(?:has|had|have))?\s(?:else\s)?(?:happen\w*|went\son|took\splace)\b|\btime\s?line\b|\bchronolog"
    r"|\bin\s(?:what|which)\sorder\b|\bhow\s(?:has|have|had|did)\b.*\b(?:chang|develop|evolv|unfold)|\bhistory\sof\b",
    re.IGNORECASE,
)
_EVENTS = re.compile(r"\b(?:else|happen\w*|went\son|took\splace|time\s?line|chronolog\w*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A stretch of a question, with the publishers that it names and the days that it asks for."""

    span: Span
    publishers: frozenset[str]
    times: tuple[Asked, ...]


@dataclass(frozen=True)
class Understood:
    """A question taken apart.

    ``parts`` are at least two, or none where there is nothing to take apart. ``questions`` are those of several in one
    that could each be asked alone: at least two, or none. ``names`` are where it speaks of publishers and days, which
    say where to look rather than what for.
    """

    text: str
    whole: Part
    parts: tuple[Part, ...]
    questions: tuple[Span, ...]
    names: tuple[Span, ...]
    as_of: date

    @property
    def topic(self) -> str:
        """What it says but for the days that it asks for."""
        text = self.text
        for time in reversed(self.whole.times):
            text = f"{text[: time.span.start]} {text[time.span.end :]}"
        return text

    @property
    def asks_but_for_days(self) -> bool:
        """Whether it asks what happened on some days, and nothing else."""
        said = _EVENTS.sub(" ", self.topic)
        is_bare = all(word.group().lower() in FUNCTION_WORDS for word in WORD.finditer(said))
        return bool(self.whole.times) and is_bare and asks_what_happened(self.text)

    def is_today(self, time: Asked) -> bool:
        """Whether it says but "today", which often means no more than "now"."""
        said = time.span.of(self.text)
        return time.period == (self.as_of, self.as_of) and not any(map(str.isdigit, said))


def understand(text: str, sources: Iterable[str], as_of: date) -> Understood:
    """Take a question apart, given the archive's publishers and the asker's day."""
    publishers = named(text, sources)
    times = dates.asked(text, as_of)
    names = tuple(sorted([*publishers, *(asked.span for asked in times)]))
    whole = _part(Span(0, len(text)), publishers, times)
    spans = _spans(text, names)
    parts = [_part(span, publishers, times) for span in spans]
    parts = [_inherit(part, whole) for part in parts] if len(parts) > 1 else []
    return Understood(text, whole, tuple(parts), tuple(_questions(text, names)), names, as_of)


def named(text: str, sources: Iterable[str]) -> dict[Span, frozenset[str]]:
    """Where a text names which publishers: as they write themselves, or by one part of a name like "News | Sport"."""
    known: dict[str, set[str]] = {}
    for source in sources:
        for name in {source, *re.split(r"\s[|–—-]\s", source)}:
            if len(name.strip()) >= SHORTEST_NAME:
                known.setdefault(name.strip(), set()).add(source)
    found: dict[Span, frozenset[str]] = {}
    for name in sorted((name for name in known if name in text), key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            span = Span(*match.span())
            if not any(span.overlaps(other) for other in found):
                found[span] = frozenset(known[name])
    return found


def _part(span: Span, publishers: dict[Span, frozenset[str]], times: Sequence[Asked]) -> Part:
    inside = [names for place, names in publishers.items() if span.start <= place.start < span.end]
    asked = tuple(time for time in times if span.start <= time.span.start < span.end)
    return Part(span, frozenset[str]().union(*inside), asked)


def _inherit(part: Part, whole: Part) -> Part:
    """A part that names no publisher may speak of any that the question names."""
    return part if part.publishers else Part(part.span, whole.publishers, part.times)


def _spans(text: str, names: Sequence[Span]) -> list[Span]:
    """A question cut where clauses meet, those that say too little being joined to the one before or after."""
    cuts = [match for match in BETWEEN_PARTS.finditer(text) if not _inside(match.span(), names)]
    edges = [0, *(match.end() for match in cuts), len(text)]
    spans: list[Span] = []
    for span in itertools.starmap(Span, itertools.pairwise(edges)):
        if spans and _content(text, spans[-1], names) < SHORTEST_PART:
            spans[-1] = Span(spans[-1].start, span.end)
        else:
            spans.append(span)
    if len(spans) > 1 and _content(text, spans[-1], names) < SHORTEST_PART:
        last = spans.pop()
        spans[-1] = Span(spans[-1].start, last.end)
    return spans


def _questions(text: str, names: Sequence[Span]) -> list[Span]:
    """The questions in one, without what joins them: at least two, or none."""
    cuts = [cut for cut in BETWEEN_QUESTIONS.finditer(text) if not _inside(cut.span(), names)]
    starts = [0, *(cut.end() for cut in cuts)]
    ends = [*(cut.start() for cut in cuts), len(text.rstrip(" \t\r\n?.!"))]
    found: list[Span] = []
    for span, until in zip(map(Span, starts, ends), [*starts[1:], len(text)], strict=True):
        asks = bool(ASKS.search(text[span.start : until]))
        if found and not (asks and min(_content(text, one, names) for one in (found[-1], span)) >= SHORTEST_QUESTION):
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found if len(found) > 1 else []


def _inside(cut: tuple[int, int], names: Sequence[Span]) -> bool:
    return any(name.start < edge < name.end for name in names for edge in cut)


def _content(text: str, span: Span, names: Sequence[Span]) -> int:
    """How many words of a part say what is looked for."""
    words = (m for m in WORD.finditer(text, *span) if not any(n.start <= m.start() < n.end for n in names))
    return sum(m.group().lower() not in FUNCTION_WORDS | ABOUT_ARTICLES for m in words)


def calendar_words(time: Asked) -> list[list[str]]:
    """The words that the date of what is asked for would have: one of each group. Empty where they tell nothing."""
    if isinstance(time.recurring, dates.Yearly):
        return [_months(time.recurring.in_year(2000))]
    if time.period is None:
        return []
    first, last = (day.year for day in time.period)
    first, last = (
        (max(first, last - YEARS), last) if time.period.first == date.min else (first, min(last, first + YEARS))
    )
    years = range(first, last + 1)
    is_long = time.is_open or (time.period.last - time.period.first).days > NEARLY_A_YEAR
    months = [] if is_long else _months(time.period)
    return [group for group in (months, [str(year) for year in years]) if group]


def _months(period: Period) -> list[str]:
    first, last = (day.year * 12 + day.month - 1 for day in period)
    return [dates.ENGLISH.months[month % 12] for month in range(first, last + 1)]


def asks_what_happened(question: str) -> bool:
    """Whether it asks for events, of which the earlier are told first."""
    return bool(_HAPPENED.search(question))

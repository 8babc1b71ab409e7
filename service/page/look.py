"""Looking at the archive: a timeline to choose a range on, publishers and tags, all of them filters of questions."""

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Request
from pydantic import ValidationError

from index.dates import parse, spell
from index.errors import Invalid
from index.records import Period
from service.api import index_of
from service.overview import named, overview
from service.schemas import AskFilters, AskReply, Bucket, Counted, OverviewReply, complaints

HEIGHT, TOP = 40, 12  # pixels: of the highest bar, and what is above it for marks
MOST_STEPS = 1_000
MOST_NAMES = 100
TICKS = 4


class Bar(NamedTuple):
    """Places and widths are in hundredths of the whole, heights in pixels."""

    x: float
    width: float
    y: float
    height: float
    label: str


class Step(NamedTuple):
    """A date that a range may begin or end with; ``value`` is empty for what leaves that end open."""

    value: str
    label: str
    period: str
    start: float
    end: float
    chosen: bool


class Tick(NamedTuple):
    """A word under the axis; one ``beside`` an end has no room where the screen is small."""

    x: float
    anchor: str
    label: str
    beside: bool = False


class Choice(NamedTuple):
    value: str
    articles: int
    chosen: bool


class Facet(NamedTuple):
    """Names to filter by; ``more`` counts those that are not shown."""

    name: str
    title: str
    choices: list[Choice]
    more: int

    @property
    def many(self) -> int:
        return len(self.choices) + self.more


class Chip(NamedTuple):
    """A filter that is set, and the address without it; a range of dates is one, whose name and value are empty."""

    name: str
    value: str
    label: str
    without: str


@dataclass(frozen=True)
class Look:
    """What is shown of the archive; ``bars`` and all that goes with them are empty where no time passes in it."""

    tally: str
    undated: str
    asked: tuple[tuple[str, str | None], ...]
    chips: list[Chip]
    cleared: str
    bars: list[Bar]
    marks: list[float]
    ticks: list[Tick]
    after: list[Step]
    before: list[Step]
    facets: list[Facet]

    @property
    def shade(self) -> tuple[float, float]:
        """Where the chosen range begins and ends."""
        start = next((step.start for step in self.after if step.chosen), 0.0)
        return start, max(next((step.end for step in self.before if step.chosen), 100.0), start)


def chosen(request: Request) -> AskFilters:
    """The filters in an address: ``source`` and ``tag``, several times perhaps, ``after`` and ``before``.

    :raises Invalid: one can't be one.
    """
    said = request.query_params
    names = {"source": said.getlist("source"), "tags": said.getlist("tag")}
    days = {"published_after": said.get("after"), "published_before": said.get("before")}
    fields = {**{key: [name for name in value if name] for key, value in names.items()}, **days}
    try:
        return AskFilters.model_validate({key: value for key, value in fields.items() if value})
    except ValidationError as fault:
        raise Invalid("; ".join(complaints(fault.errors()))) from None


def look(request: Request, filters: AskFilters, reply: AskReply | None = None) -> Look:
    """What the filters let through, with the passages of a reply on it."""
    found, question = overview(index_of(request), filters.records()), request.query_params.get("q", "")
    axis = Axis.of(found)
    return Look(
        tally=_tally(found, filters),
        undated=_undated(found.undated, filters),
        asked=(("after", filters.published_after), ("before", filters.published_before)),
        chips=[*_chips(filters, question)],
        cleared=_address(question, AskFilters()),
        bars=[*axis.bars(found.buckets)],
        marks=axis.marks(reply),
        ticks=axis.ticks(),
        after=axis.steps(filters.published_after, "the beginning", 0),
        before=axis.steps(filters.published_before, "the end", -1),
        facets=[
            _facet("source", "Publishers", found.sources, filters.source or ()),
            _facet("tag", "Tags", found.tags, filters.tags or ()),
        ],
    )


@dataclass(frozen=True)
class Axis:
    """The archive's days, months or years in order, from the first with an article to the last."""

    found: OverviewReply
    periods: Sequence[Period]

    @classmethod
    def of(cls, found: OverviewReply) -> "Axis":
        if found.first is None or found.last is None or found.first == found.last:
            return cls(found, ())
        last, periods = parse(found.last), [parse(found.first)]
        while periods[-1] != last:
            periods.append(parse(named(periods[-1].last + timedelta(days=1), found.unit)))
        return cls(found, periods)

    def bars(self, buckets: Iterable[Bucket]) -> Iterator[Bar]:
        most = max((bucket.articles for bucket in buckets), default=0)
        for bucket in buckets if self.periods else ():
            start, end = self._place(parse(bucket.period))
            height = max(HEIGHT * bucket.articles / most, 2.0)
            label = f"{spell(parse(bucket.period))}: {_articles(bucket.articles)}"
            yield Bar(start, (end - start) * 0.86, round(TOP + HEIGHT - height, 1), round(height, 1), label)

    def marks(self, reply: AskReply | None) -> list[float]:
        """The middle of each bucket in which a passage was published."""
        days = [p.article.published_at for p in (reply.passages if reply else []) if p.article.published_at]
        places = (self._place(parse(named(parse(day).first, self.found.unit))) for day in days if self.periods)
        return sorted({round((start + end) / 2, 2) for start, end in places})

    def ticks(self) -> list[Tick]:
        """What is written under it: its ends in full, and years or months between as far as there is room."""
        if not self.periods:
            return []
        ends = [Tick(0, "start", spell(self.periods[0])), Tick(100, "end", spell(self.periods[-1]))]
        between = [one for one in self.periods[1:-1] if self.found.unit == "year" or one.first.month == 1]
        places = [(self._place(one)[0], one) for one in between if self.found.unit != "day"]
        fitting = [(x, one) for x, one in places if 16 < x < 82]
        kept = fitting[:: max(-(-len(fitting) // TICKS), 1)]
        return [*ends, *(Tick(x, "middle", str(one.first.year), not 28 < x < 68) for x, one in kept)]

    def steps(self, asked: str | None, open_end: str, end: int) -> list[Step]:
        """Where a range may begin or end; that date is among them which is ``asked`` for, whatever it is."""
        if not self.periods:
            return []
        every = -(-len(self.periods) // MOST_STEPS)
        periods = [*self.periods[::every]]
        steps = [self._step(period, named(period.first, self.found.unit), asked) for period in periods]
        last = steps[end]
        steps[end] = last._replace(value="", label=open_end, chosen=not asked)
        if asked and not any(step.chosen for step in steps):
            at = bisect([period.first for period in periods], parse(asked).first)
            steps.insert(min(at, len(steps) - 1) if end else max(at, 1), self._step(parse(asked), asked, asked))
        return steps

    def _step(self, period: Period, value: str, asked: str | None) -> Step:
        return Step(value, spell(period), value, *self._place(period), value == asked)

    def _place(self, period: Period) -> tuple[float, float]:
        first, last = self.periods[0].first, self.periods[-1].last
        days = (last - first).days + 1
        start, end = (period.first - first).days, (period.last - first).days + 1
        return _percent(start / days), _percent(end / days)


def _percent(share: float) -> float:
    return round(100 * min(max(share, 0), 1), 3)


def _facet(name: str, title: str, counted: list[Counted], asked: Collection[str]) -> Facet:
    wanted = {one.casefold() for one in asked}
    found = [Choice(one.name, one.articles, one.name.casefold() in wanted) for one in counted]
    missing = [Choice(one, 0, True) for one in asked if one.casefold() not in {c.value.casefold() for c in found}]
    shown = [choice for at, choice in enumerate(found) if at < MOST_NAMES or choice.chosen]
    return Facet(name, title, missing + shown, len(found) - len(shown))


def _chips(filters: AskFilters, question: str) -> Iterator[Chip]:
    after, before = filters.published_after, filters.published_before
    if after or before:
        undated = filters.model_copy(update={"published_after": None, "published_before": None})
        yield Chip("", "", _range(after, before), _address(question, undated))
    for field, name in (("source", "source"), ("tags", "tag")):
        chosen = getattr(filters, field) or []
        for value in chosen:
            rest = filters.model_copy(update={field: [one for one in chosen if one != value]})
            yield Chip(name, value, value, _address(question, rest))


def _range(after: str | None, before: str | None) -> str:
    if after and before:
        return spell(Period(parse(after).first, parse(before).last))
    return f"from {spell(parse(after))}" if after else f"until {spell(parse(before or ''))}"


def _address(question: str, filters: AskFilters) -> str:
    given = {
        "q": question,
        "source": filters.source,
        "tag": filters.tags,
        "after": filters.published_after,
        "before": filters.published_before,
    }
    return "/?" + urlencode({name: value for name, value in given.items() if value}, doseq=True)


def _tally(found: OverviewReply, filters: AskFilters) -> str:
    if filters != AskFilters():
        return f"{_articles(found.articles)} with these filters."
    if found.first is None or found.last is None:
        return f"{_articles(found.articles)}."
    return f"{_articles(found.articles)}, {spell(Period(parse(found.first).first, parse(found.last).last))}."


def _undated(count: int, filters: AskFilters) -> str:
    if not count:
        return ""
    return f"{count:,} undated, left out." if filters.published else f"{count:,} of them undated."


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count:,} articles"

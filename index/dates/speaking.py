"""What an article and a question speak of, and how well the two fit."""

import re
from datetime import date
from typing import NamedTuple

from index.dates.doubt import settled
from index.dates.english import ENGLISH
from index.dates.language import Language
from index.dates.periods import is_short, later, one_day
from index.dates.points import Basis, Point, points
from index.dates.reading import Reading
from index.dates.recurring import Recurring, Yearly
from index.dates.tense import nearest, tense_at
from index.records import Period, Span

_DIRECTION = re.compile(
    r"""
    (?: (?P<inclusive> Ua )? (?P<before> b2? ) | (?P<since> s ) | (?P<after> f ) | (?P<until> [vB] ) ) h?
    """,
    re.VERBOSE,
)


HALF = 0.5


class Mention(NamedTuple):
    """A date that an article speaks of: exactly one of ``period`` and ``recurring`` is set."""

    span: Span
    period: Period | None
    recurring: Recurring | None
    basis: Basis


class Asked(NamedTuple):
    """A date that a question asks for: exactly one of ``period`` and ``recurring`` is set.

    An open end ("since 2020") is ``date.max`` or ``date.min``.
    """

    span: Span
    period: Period | None
    recurring: Recurring | None

    @property
    def is_open(self) -> bool:
        return self.period is not None and (date.min in self.period or date.max in self.period)


def mentions(text: str, base: Period | None, language: Language = ENGLISH) -> tuple[Mention, ...]:
    """The dates that an article speaks of, in order and disjoint, as offsets into its text.

    ``base`` is when it was published, from which relative phrases count; see the package for the rules.
    """
    reading = settled(Reading(text, language, lenient=False))
    written: dict[Yearly, Period] = {}
    return tuple(_mention(reading, point, base, written) for point in points(reading, base))


def _mention(reading: Reading, point: Point, base: Period | None, written: dict[Yearly, Period]) -> Mention:
    span = _span(reading, point.first, point.last)
    if isinstance(point.when, Period):
        if is_short(point.when):
            written[_yearly(point.when)] = point.when
        return Mention(span, point.when, None, point.basis)
    if isinstance(point.when, Yearly) and point.when in written:
        return Mention(span, written[point.when], None, "relative")
    if base is None:
        return Mention(span, None, point.when, point.basis)
    return Mention(span, nearest(point.when, base, tense_at(reading, point.first, point.last)), None, "relative")


def _yearly(period: Period) -> Yearly:
    """As a day of any year, by which a text that gave the year once can speak of it again; months are not so bound."""
    return Yearly((period.first.month, period.first.day), (period.last.month, period.last.day))


def asked(question: str, as_of: date, language: Language = ENGLISH) -> tuple[Asked, ...]:
    """The dates that a question asks for, in order and disjoint, as offsets into it; ``as_of`` is the asker's day.

    The span takes in what opens or ends a period ("since", "before", "between"); before, after and since a bare month
    say nothing that could be held to, so that it alone counts.
    """
    reading = settled(Reading(question, language, lenient=True))
    return tuple(_asked(reading, point) for point in points(reading, one_day(as_of)))


def _asked(reading: Reading, point: Point) -> Asked:
    if not isinstance(point.when, Period):
        return Asked(_span(reading, point.first, point.last), None, point.when)
    first, last, period = _opened(reading, point, point.when)
    return Asked(_span(reading, first, last), period, None)


def _opened(reading: Reading, point: Point, period: Period) -> tuple[int, int, Period]:
    """The period with an open end, where a word before or after it gives one; "before or after" gives none."""
    start = max(point.first - 4, 0)
    found = next((m for m in _DIRECTION.finditer(reading.kinds, start, point.first) if m.end() == point.first), None)
    if reading.kinds[point.first - 1] == "F" and reading.kinds[point.last] in "Ug":
        return point.first - 1, point.last + 1, Period(period.first, date.max)
    if not found or (reading.kinds[found.start() - 1] == "a" and not found["inclusive"]):
        return point.first, point.last, period
    return found.start(), point.last, _open(period, found)


def _open(period: Period, found: re.Match[str]) -> Period:
    if found["since"]:
        return Period(period.first, date.max)
    if found["after"]:
        return Period(later(period.last, 1), date.max)
    return Period(date.min, later(period.first, -1) if found["before"] and not found["inclusive"] else period.last)


def _span(reading: Reading, first: int, last: int) -> Span:
    return Span(reading.starts[first], reading.ends[last - 1])


def fits(asked: Asked, period: Period) -> float:
    """How well a mention's or an article's period fits what was asked, 0 to 1: the share of it that was asked for.

    So a day within an asked month fits fully, a year of which a month was asked by a twelfth, a month of which a day
    was asked by a thirtieth. What recurs fits as well as the best of its times.
    """
    if asked.period:
        return _share(period, asked.period)
    return max(_share(period, time) for time in _times(asked.recurring, period)) if asked.recurring else 0.0


def time_of(asked: Asked, period: Period) -> Period | None:
    """Of the times of what was asked for, the one that a mention's or an article's period is of, by half at least."""
    if asked.recurring is None:
        return None
    time = max(_times(asked.recurring, period), key=lambda time: _share(period, time))
    return time if _share(period, time) >= HALF else None


def _times(recurring: Recurring, period: Period) -> tuple[Period, ...]:
    return recurring.around(period.first) + recurring.around(period.last)


def _share(period: Period, time: Period) -> float:
    common = (min(period.last, time.last) - max(period.first, time.first)).days + 1
    return max(common, 0) / ((period.last - period.first).days + 1)

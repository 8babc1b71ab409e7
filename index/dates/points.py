"""The points in time that a text names, and the periods from one to another."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from index.dates.forms import Meant, Phrase, phrases
from index.dates.periods import latest, third
from index.dates.reading import Reading
from index.dates.recurring import Recurring, Weekly, Yearly, spread
from index.records import Period

Basis = Literal["stated", "relative"]

_LEADING = "IuUoh"
_TO = re.compile(",?[-2v/]h?")
_AND = re.compile(",?Ah?")


class Point(NamedTuple):
    """What the words from ``first`` up to ``last`` mean."""

    first: int
    last: int
    when: Period | Recurring
    basis: Basis


def points(reading: Reading, origin: Period | None) -> Iterator[Point]:
    """In order and disjoint; what is relative counts from ``origin``, and is left out without one.

    "From June to August 2023" is one, and so are two dates with "between" before and "and" amid them.
    """
    held: Point | None = None
    for point in _single_points(reading, origin):
        whole = _from_to(reading, held, point) if held else None
        if held and not whole:
            yield held
        held = whole or point
    if held:
        yield held


def _single_points(reading: Reading, origin: Period | None) -> Iterator[Point]:
    for phrase, meant in phrases(reading):
        if point := _placed(phrase, _part_of(meant, phrase), origin):
            yield point


def _part_of(meant: Meant, phrase: Phrase) -> Meant:
    """The early, middle or late part, where the phrase says so."""
    parts = phrase.values("part")
    if len(parts) != 1 or isinstance(meant, Weekly):
        return meant
    part = parts[0]
    if isinstance(meant, Period):
        return third(meant, part)
    if isinstance(meant, Yearly):
        first, last = third(meant.in_year(2000), part)
        return Yearly((first.month, first.day), (last.month, last.day))
    return lambda day: third(meant(day), part)


def _placed(phrase: Phrase, meant: Meant, origin: Period | None) -> Point | None:
    first = phrase.first
    while phrase.reading.kinds[first] in _LEADING:
        first += 1
    if isinstance(meant, Period | Yearly | Weekly):
        return Point(first, phrase.last, meant, "stated")
    return Point(first, phrase.last, spread(meant, origin), "relative") if origin else None


def _from_to(reading: Reading, start: Point, end: Point) -> Point | None:
    first = start.first - (reading.kinds[start.first - 1] == "h")
    before, amid = reading.kinds[first - 1], reading.kinds[start.last : max(end.first, start.last)]
    if not (_TO.fullmatch(amid) or (before == "K" and _AND.fullmatch(amid))):
        return None
    when = _range(start.when, end.when)
    basis: Basis = "stated" if start.basis == end.basis == "stated" else "relative"
    return Point(first - 1 if before in "KF" else start.first, end.last, when, basis) if when else None


def _range(start: Period | Recurring, end: Period | Recurring) -> Period | Yearly | None:
    """From one to the other; the one without a year takes that of the other, or its neighbour."""
    if isinstance(start, Weekly) or isinstance(end, Weekly):
        return None
    if isinstance(start, Yearly):
        if isinstance(end, Yearly):
            return Yearly(start.first, end.last)
        around = start.around(end.first)
        return _ordered(latest(one for one in around if one.first <= end.first) or around[0], end)
    if isinstance(end, Yearly):
        around = end.around(start.last)
        return _ordered(start, next((one for one in around if one.last >= start.last), around[-1]))
    return _ordered(start, end)


def _ordered(start: Period, end: Period) -> Period | None:
    in_order = start.first <= end.first and start.last <= end.last and start != end
    return Period(start.first, end.last) if in_order else None

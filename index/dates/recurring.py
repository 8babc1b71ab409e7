"""What comes back every year or week, and which one of them a day is in or near."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from index.dates.periods import IN_MONTHS, clamped, later, latest, months, one_day
from index.records import Period


class Yearly(NamedTuple):
    """Days of any year, from ``first`` to ``last`` as (month, day), both included; it may run over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def in_year(self, year: int) -> Period:
        """The one that begins in that year (1 to 9998); a day that its month lacks is the month's last."""
        return Period(clamped(year, *self.first), clamped(year + (self.last < self.first), *self.last))

    def around(self, day: date) -> tuple[Period, ...]:
        """Those that begin two years before, the year before, this year and the next."""
        return tuple(self.in_year(min(max(day.year + shift, 1), 9998)) for shift in (-2, -1, 0, 1))


class Weekly(NamedTuple):
    """Days of any week, from ``weekday``, where 0 is Monday; a weekend has two."""

    weekday: int
    days: int = 1

    def around(self, day: date) -> tuple[Period, ...]:
        """Those of two weeks before, the week before, this week and the next."""
        days = (later(day, self.weekday - day.weekday() + shift) for shift in (-14, -7, 0, 7))
        return tuple(Period(first, later(first, self.days - 1)) for first in days)


Recurring = Yearly | Weekly
Rule = Callable[[date], Period]


def containing(day: date, unit: str) -> Period:
    """The calendar day, week from Monday, weekend of that week, month … that the day lies in."""
    if unit in IN_MONTHS:
        size = IN_MONTHS[unit]
        return months((day.year * 12 + day.month - 1) // size * size, size)
    if unit == "a_day":
        return one_day(day)
    return {"a_week": Weekly(0, 7), "a_weekend": Weekly(5, 2)}[unit].around(day)[-2]


def chosen(recurring: Recurring, day: date, shift: int) -> Period:
    """The last that was over (-1), the one of this time (0) or the next to begin (1)."""
    around = recurring.around(day)
    if shift < 0:
        return latest(one for one in around if one.last < day) or around[0]
    if shift > 0:
        return next((one for one in around if one.first > day), around[-1])
    return next((one for one in around if one.first <= day <= one.last), around[-2])


def spread(rule: Rule, origin: Period) -> Period:
    """What a rule gives from any day of a period."""
    return Period(rule(origin.first).first, rule(origin.last).last)

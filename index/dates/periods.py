"""Days, months and years on the calendar, where nothing overflows."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from index.records import Period

IN_DAYS = {"a_day": 1, "a_week": 7, "a_weekend": 7}
IN_MONTHS = {"a_month": 1, "a_quarter": 3, "a_year": 12, "a_decade": 120, "a_century": 1200}


def one_day(day: date) -> Period:
    return Period(day, day)


def is_short(period: Period) -> bool:
    return (period.last - period.first).days < 7


def exists(year: int, month: int, day: int) -> bool:
    return 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def later(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def months(first: int, count: int) -> Period:
    """``count`` months from the one with that number, which is 12 for January of the year 1."""
    start, end = (min(max(month, 12), 9999 * 12 + 11) for month in (first, first + count - 1))
    return Period(clamped(start // 12, start % 12 + 1, 1), clamped(end // 12, end % 12 + 1, 31))


def years(first: int, last: int) -> Period:
    return months(first * 12, (last - first + 1) * 12)


def moved(day: date, unit: str, count: int) -> date:
    if unit in IN_DAYS:
        return later(day, count * IN_DAYS[unit])
    month = months(day.year * 12 + day.month - 1 + count * IN_MONTHS[unit], 1).first
    return clamped(month.year, month.month, day.day)


def third(period: Period, part: int) -> Period:
    """Its beginning (0), middle (1) or end (2), in whole years or months where it has three of them."""
    for size in (12, 1):
        if (count := _whole(period, size)) >= 3:
            first = (period.first.year * 12 + period.first.month - 1) // size
            start, end = (first + (part + shift) * count // 3 for shift in (0, 1))
            return months(start * size, (end - start) * size)
    days = (period.last - period.first).days + 1
    if days < 3:
        return period
    return Period(*(later(period.first, (part + shift) * days // 3 - shift) for shift in (0, 1)))


def _whole(period: Period, size: int) -> int:
    """How many whole times ``size`` months the period is; 0 if it is not."""
    first, end = (day.year * 12 + day.month - 1 for day in (period.first, later(period.last, 1)))
    count, left = divmod(end - first, size)
    return 0 if left or first % size or period != months(first, count * size) else count


def latest(periods: Iterable[Period]) -> Period | None:
    return max(periods, default=None)

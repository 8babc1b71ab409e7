"""Dates in words again."""

from datetime import date

from index.dates.english import ENGLISH
from index.dates.language import Language
from index.dates.periods import later
from index.dates.recurring import Recurring, Weekly, Yearly
from index.records import Period


def spell(when: Period | Recurring, language: Language = ENGLISH) -> str:
    """As one would search for it: "16 June 2023", "February 2023", "12 to 18 June 2023", "27 June", "Friday"."""
    if isinstance(when, Weekly):
        first, last = ([language.weekdays[(when.weekday + shift) % 7]] for shift in (0, when.days - 1))
        return _up_to(first, last, language)
    if isinstance(when, Yearly):
        period = when.in_year(2000)
        first, last = (_words(day, min(_grain(period), 1), language)[:-1] for day in period)
        return _up_to(first, last, language)
    return _spell_period(when, language)


def _spell_period(period: Period, language: Language) -> str:
    first, last = (_words(day, _grain(period), language) for day in period)
    if period.last == date.max:
        return " ".join([language.since, *first])
    if period.first == date.min:
        return " ".join([language.until, *last])
    return _up_to(first, last, language)


def _grain(period: Period) -> int:
    """Whether it is of whole years (2), whole months (1) or days (0)."""
    if period.first.day != 1 or (period.last != date.max and later(period.last, 1).day != 1):
        return 0
    return 2 if period.first.month == 1 and period.last.month == 12 else 1


def _words(day: date, grain: int, language: Language) -> list[str]:
    return [str(day.day), language.months[day.month - 1], str(day.year)][grain:]


def _up_to(first: list[str], last: list[str], language: Language) -> str:
    """ "12 to 18 June 2023": what both end with is said once."""
    if first == last:
        return " ".join(last)
    shared = next(at for at in range(len(first)) if first[-1 - at] != last[-1 - at])
    return " ".join([*first[: len(first) - shared], language.to, *last])

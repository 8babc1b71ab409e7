"""What "February" and "last week" mean, in an article and in a question."""

import re
from calendar import monthrange
from datetime import date

from index.records import Period

_ISO = re.compile(
    r"""
    (?P<year>[0-9]{4})
    (?: - (?P<month>[0-9]{2})
        (?: - (?P<day>[0-9]{2})
            (?: [T ] (?:[01][0-9]|2[0-3]) : [0-5][0-9] (?: : (?:[0-5][0-9]|60) (?: [.,][0-9]{1,9} )? )?
                (?: Z | [+-] (?:[01][0-9]|2[0-3]) :? [0-5][0-9] )?
            )?
        )?
    )?
    """,
    re.VERBOSE,
)
_ISO_FORMS = "2024, 2024-04, 2024-04-30 or 2024-04-30T09:00:00Z"


def parse(text: str) -> Period:
    """The days that an ISO 8601 date leaves open: ``2024``, ``2024-04``, ``2024-04-30`` or ``2024-04-30T09:00:00+02:00``.

    A timestamp stands for the day that it writes, its offset not applied: that is the day its publisher printed on it,
    and the one that "today" in its article means.

    Raises:
        ValueError: the text has another form, or names a day that the calendar lacks.
    """
    found = _ISO.fullmatch(text)
    if not found:
        raise ValueError(f"{_shown(text)} is not an ISO 8601 date such as {_ISO_FORMS}")
    year, month, day = (int(part) if part else None for part in found.group("year", "month", "day"))
    try:
        return _period(int(year or 0), month, day)
    except ValueError as fault:
        raise ValueError(f"{_shown(text)} names a day that is not in the calendar") from fault


def _period(year: int, month: int | None = None, day: int | None = None) -> Period:
    if month is None:
        return Period(date(year, 1, 1), date(year, 12, 31))
    if day is None:
        first = date(year, month, 1)
        return Period(first, first.replace(day=monthrange(year, month)[1]))
    return Period(date(year, month, day), date(year, month, day))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")

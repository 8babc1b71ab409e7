"""Dates as ISO 8601 writes them."""

import re

from index.dates.periods import clamped, exists
from index.records import Period

_ISO = re.compile(
    r"""
    (?P<year> [0-9]{4} )
    (?: - (?P<month> [0-9]{2} )
        (?: - (?P<day> [0-9]{2} )
            (?: [T\ ] (?: [01][0-9] | 2[0-3] ) : [0-5][0-9] (?: : (?: [0-5][0-9] | 60 ) (?: [.,][0-9]{1,9} )? )?
                (?: Z | [+-] (?: [01][0-9] | 2[0-3] ) :? [0-5][0-9] )?
            )?
        )?
    )?
    """,
    re.VERBOSE,
)


def parse(text: str) -> Period:
    """The days that an ISO 8601 date leaves open: ``2024``, ``2024-04``, ``2024-04-30``, ``2024-04-30T09:00:00+02:00``.

    A timestamp stands for the day that it writes, its offset not applied: that is the day its publisher printed on it,
    and the one that "today" in its article means.

    Raises:
        ValueError: the text has another form, or names a day that the calendar lacks.
    """
    found = _ISO.fullmatch(text)
    if not found:
        forms = "2024, 2024-04, 2024-04-30 or 2024-04-30T09:00:00Z"
        raise ValueError(f"{_shown(text)} is not an ISO 8601 date such as {forms}")
    year, month, day = (int(part) if part else None for part in found.group("year", "month", "day"))
    if not exists(year or 0, month or 1, day or 1):
        raise ValueError(f"{_shown(text)} names a day that is not in the calendar")
    return Period(clamped(year or 0, month or 1, day or 1), clamped(year or 0, month or 12, day or 31))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")

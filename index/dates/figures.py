"""Numbers and dates that are written in figures."""

import re
from datetime import date

from index.dates.iso import parse
from index.dates.language import KINDS
from index.dates.periods import exists, one_day, years
from index.records import Period

_FIGURES = re.compile(
    r"""
    (?P<nth_digits> [1-9] | [12][0-9] | 3[01] ) (?: st | nd | rd | th )
  | (?P<decade> [0-9]{3}0 ) s
  | (?P<year> [0-9]{4} ) ['’]s
  | (?P<short_decade> [3-9]0 ) s
  | q (?P<quarter> [1-4] )
  | h (?P<half> [12] )
  | fy (?P<fiscal> [0-9]{4} )
    """,
    re.VERBOSE,
)
_YEARS = range(1000, 2200)


def number(word: str) -> tuple[str, int]:
    value = int(word) if len(word) <= 4 else 0
    if len(word) <= 2 and 1 <= value <= 31:
        return "D", value
    if len(word) == 4 and value in _YEARS:
        return "Y", value
    return ("N", value) if 0 < value < 1000 else ("_", 0)


def figured(word: str) -> tuple[str, int]:
    """The kind and value of figures with letters: "3rd", "1840s", "q2"."""
    found = _FIGURES.fullmatch(word)
    return _valued(str(found.lastgroup), int(found[str(found.lastgroup)])) if found else ("_", 0)


def _valued(name: str, value: int) -> tuple[str, int]:
    if name == "short_decade":
        return KINDS["decade"], 1900 + value
    if name in ("year", "fiscal"):
        return ("Y", value) if value in _YEARS else ("_", 0)
    return KINDS[name], value


def numeric_period(figures: str) -> Period | None:
    """The date in figures, unless it could be two: 05/06/2023 is a day in May or in June."""
    if "-" in figures:
        return _two_years(figures) or _parsed(figures.upper())
    parts = [int(part) for part in re.split("[./]", figures)]
    year, one, other = parts if parts[0] > 31 else (parts[2], parts[0], parts[1])
    if parts[0] > 31 or one == other or other > 12:
        return _checked_day(year, one, other)
    return _checked_day(year, other, one) if one > 12 else None


def _two_years(figures: str) -> Period | None:
    """1914-18 is no month; 2005-06 may be a month or two years, of which the first has that month in it."""
    year, end = int(figures[:4]), int(figures[5:7])
    two = len(figures) == 7 and end > year % 100 and (end > 12 or end == year % 100 + 1)
    return years(year, year - year % 100 + end) if two and year else None


def _parsed(figures: str) -> Period | None:
    try:
        return parse(figures)
    except ValueError:
        return None


def _checked_day(year: int, month: int, day: int) -> Period | None:
    return one_day(date(year, month, day)) if exists(year, month, day) else None

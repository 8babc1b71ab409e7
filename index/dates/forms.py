"""The ways of writing a date: patterns over kinds of words, and what each means."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from index.dates.doubt import is_year
from index.dates.figures import numeric_period
from index.dates.language import KINDS
from index.dates.periods import IN_DAYS, IN_MONTHS, exists, later, moved, one_day, years
from index.dates.reading import Reading
from index.dates.recurring import Recurring, Rule, Weekly, Yearly, chosen, containing
from index.records import Period


class Phrase(NamedTuple):
    """The words of a reading from ``first`` up to ``last`` that have the form of a date."""

    reading: Reading
    first: int
    last: int

    def has(self, *kinds: str) -> bool:
        return any(KINDS[kind] in self.reading.kinds[self.first : self.last] for kind in kinds)

    def values(self, *kinds: str) -> list[int]:
        letters = {KINDS[kind] for kind in kinds}
        return [self.reading.values[at] for at in range(self.first, self.last) if self.reading.kinds[at] in letters]

    def value(self, *kinds: str) -> int | None:
        return next(iter(self.values(*kinds)), None)

    @property
    def shift(self) -> int:
        """-1 for "last" and "this past", 1 for "next" and "this coming", 0 for "this"."""
        return next((value for value in self.values("last", "past", "next", "coming")), 0)

    @property
    def unit(self) -> str:
        return next(unit for unit in (*IN_DAYS, *IN_MONTHS) if self.has(unit))

    def of_year(self, yearly: Yearly) -> "Meant":
        """In the year that the phrase names, in that of "last year", or in any."""
        if year := self.value("year"):
            return yearly.in_year(year)
        if self.has("a_year"):
            return lambda day: yearly.in_year(min(max(day.year + self.shift, 1), 9998))
        return yearly


Meant = Period | Recurring | Rule


def _numeric(phrase: Phrase) -> Meant | None:
    return numeric_period(phrase.reading.word(phrase.first))


def _days(phrase: Phrase) -> Meant | None:
    month, days = phrase.value("month") or 0, phrase.values("digits", "nth_digits", "nth_word")
    if days != sorted(days) or not exists(phrase.value("year") or 2000, month, days[-1]):
        return None
    return phrase.of_year(Yearly((month, days[0]), (month, days[-1])))


def _month(phrase: Phrase) -> Meant | None:
    month = phrase.value("month") or 0
    return phrase.of_year(Yearly((month, 1), (month, 31)))


def _week_of_month(phrase: Phrase) -> Meant | None:
    month, week = phrase.value("month") or 0, phrase.value("last", "nth_word", "nth_digits") or 0
    if not -1 <= week <= 4:
        return None
    first, last = (25, 31) if week < 0 else (7 * week - 6, 7 * week)
    return phrase.of_year(Yearly((month, first), (month, last)))


def _season(phrase: Phrase) -> Meant | None:
    month = phrase.value("season", "fall") or 0
    return phrase.of_year(Yearly((month, 1), ((month + 1) % 12 + 1, 31)))


def _quarter(phrase: Phrase) -> Meant | None:
    number = phrase.value("quarter", "nth_word", "nth_digits", "last") or 0
    number = 4 if number < 0 else number
    return phrase.of_year(Yearly((3 * number - 2, 1), (3 * number, 31))) if number <= 4 else None


def _half(phrase: Phrase) -> Meant | None:
    number = phrase.value("half", "nth_word", "nth_digits", "last") or 0
    number = 2 if number < 0 else number
    return phrase.of_year(Yearly((6 * number - 5, 1), (6 * number, 31))) if number <= 2 else None


def _which_of_year(phrase: Phrase) -> Meant | None:
    recurring = _month(phrase) if phrase.has("month") else _season(phrase)
    return (lambda day: chosen(recurring, day, phrase.shift)) if isinstance(recurring, Yearly) else recurring


def _short_years(phrase: Phrase) -> Meant | None:
    """ "2015-18", if it counts up."""
    year, end = phrase.value("year") or 0, phrase.value("digits") or 0
    return years(year, year - year % 100 + end) if end > year % 100 else None


def _year(phrase: Phrase) -> Meant | None:
    at = next(at for at in range(phrase.first, phrase.last) if phrase.reading.kinds[at] == "Y")
    year = phrase.reading.values[at]
    return years(year, year) if phrase.has("part") or is_year(phrase.reading, at) else None


_CONTINUES_DECADES = re.compile("E[A,-]E")


def _decade(phrase: Phrase) -> Meant | None:
    """ "The 1840s", of whose century the second of "the 1840s and 50s" is too; "the 1800s" are a whole one."""
    year, before = phrase.value("decade") or 0, phrase.first - 2
    if len(phrase.reading.word(phrase.last - 1)) == 3 and _CONTINUES_DECADES.match(
        phrase.reading.kinds, max(before, 0)
    ):
        year = phrase.reading.values[before] // 100 * 100 + year % 100
    return years(year, year + (99 if year % 100 == 0 and year < 2000 else 9))


def _century(phrase: Phrase) -> Meant | None:
    numbers = phrase.values("nth_word", "nth_digits")
    if phrase.reading.kinds[phrase.last] == "0" or max(numbers) > 21:
        return None
    return years(max(100 * numbers[0] - 100, 1), 100 * numbers[-1] - 1)


def _week_day(phrase: Phrase) -> Meant | None:
    before = phrase.first - 1
    feast = phrase.reading.word(before) in phrase.reading.language.feasts
    title = _is_title(phrase) and (
        phrase.reading.kinds[before] != KINDS["on"] or phrase.reading.kinds[before + 2] == "p"
    )
    return None if feast or title else Weekly(phrase.value("weekday") or 0)


def _day_of_week(phrase: Phrase) -> Meant | None:
    weekday = Weekly(phrase.value("weekday") or 0)
    return lambda day: weekday.around(moved(day, "a_week", phrase.shift))[-2]


def _which_weekday(phrase: Phrase) -> Meant | None:
    weekday = Weekly(phrase.value("weekday") or 0)
    return lambda day: chosen(weekday, day, phrase.shift)


def _weekend(phrase: Phrase) -> Meant | None:
    if not phrase.has("last", "past", "this", "next", "coming"):
        return Weekly(5, 2)
    return lambda day: chosen(Weekly(5, 2), day, phrase.shift)


def _rolling(phrase: Phrase) -> Meant | None:
    """ "The past three months": the time up to the day, or from it on."""
    unit, count = phrase.unit, phrase.value("digits", "number", "few", "one") or 1
    if phrase.shift > 0:
        return lambda day: Period(day, moved(day, unit, count))
    return lambda day: Period(moved(day, unit, -count), day)


def _ago(phrase: Phrase) -> Meant | None:
    unit, count = phrase.unit, phrase.value("digits", "number") or 1
    return lambda day: containing(moved(day, unit, -count), unit)


def _unit(phrase: Phrase) -> Meant | None:
    """ "Last week", "earlier this month", "the end of the year"."""
    if _is_title(phrase):
        return None
    unit, shift, earlier, later = phrase.unit, phrase.shift, phrase.has("earlier"), phrase.has("later")

    def meant(day: date) -> Period:
        whole = containing(moved(day, unit, shift), unit)
        return Period(whole.first if not later else day, whole.last if not earlier else day) if not shift else whole

    return meant


def _day_word(phrase: Phrase) -> Meant | None:
    shift = (phrase.value("dayword") or 0) - phrase.has("before") + phrase.has("after")
    return None if _is_title(phrase) else lambda day: one_day(later(day, shift))


def _day_part(phrase: Phrase) -> Meant | None:
    return lambda day: one_day(later(day, phrase.shift))


def _nothing(_: Phrase) -> Meant | None:
    """What counts from a time in the story ("the next day", "the last week of the trial") or from none ("each May")."""
    return None


def _is_title(phrase: Phrase) -> bool:
    """Whether capitals make it a part of a name: USA Today, Last Week Tonight, the Sunday Times."""
    reading = phrase.reading
    if not reading.is_capital(phrase.first):
        return False
    inside = reading.is_capital(phrase.last - 1) and phrase.last - phrase.first > 1
    after = reading.is_name(phrase.last) or (reading.kinds[phrase.last] == "p" and reading.is_capital(phrase.last))
    return inside or after or (reading.is_capital(phrase.first - 1) and not phrase.has("weekday"))


_SHORTHANDS = {
    "OF_YEAR": "(comma? of? the? fiscal? a_year? year | of? the? WHICH fiscal? a_year)",
    "WHICH": "(last | this? past | next | this? coming | this)",
    "NAMED": "((weekday | weekday_abbreviated) comma?)",
    "PART": "(part (dash | of | in)? the?)",
    "UPTO": "((dash | to | until) the?)",
    "DAY": "(digits | nth_digits)",
    "NTH": "(nth_digits | nth_word)",
    "COUNT": "(one? (digits | number) of? | one)",
    "FEW": "(one? few)",
    "UNIT": "(a_day | a_week | LONG)",
    "LONG": "(a_month | a_quarter | a_year | a_decade | a_century)",
}
_FORMS: tuple[tuple[str, Callable[[Phrase], Meant | None]], ...] = (
    ("numeric", _numeric),
    ("NAMED? (month the? DAY (UPTO | and) the? DAY | the? DAY (UPTO | and) the? DAY of? month) OF_YEAR?", _days),
    ("NAMED? (month the? DAY | the? DAY of? month | the? nth_word of month) OF_YEAR?", _days),
    ("the? (NTH | last) (a_week | weekday) (of | in) month OF_YEAR?", _week_of_month),
    ("PART? month OF_YEAR", _month),
    ("(earlier | later)? WHICH a_year comma? in PART? month", _month),
    ("PART? WHICH month | PART? WHICH a_year? (season | fall)", _which_of_year),
    ("PART? month", _month),
    ("(in | during)? the? PART? (season | fall) OF_YEAR | (in | during) the? season", _season),
    ("the? (quarter | (NTH | last) dash? a_quarter) OF_YEAR | quarter", _quarter),
    ("the? (half | (NTH | last) dash? halves) OF_YEAR | half", _half),
    ("year (dash | slash) digits", _short_years),
    ("PART? fiscal? a_year? year", _year),
    ("PART? decade", _decade),
    ("PART? NTH ((and | UPTO) the? part? NTH)? dash? a_century", _century),
    ("the? (last | next) UNIT of | the (next | coming) UNIT | the? (last | next) a_day | this a_day", _nothing),
    ("the? (last | this? past) (COUNT | FEW) UNIT | (the last | the past | this? past) UNIT", _rolling),
    ("the? (next | coming) (COUNT | FEW) UNIT", _rolling),
    ("weekday (of | on)? WHICH a_week | WHICH a_week comma? on? weekday", _day_of_week),
    ("WHICH part? weekday", _which_weekday),
    ("weekday", _week_day),
    ("every (UNIT | month | season | weekday | a_weekend)", _nothing),
    ("WHICH a_weekend | the a_weekend", _weekend),
    ("COUNT UNIT ago", _ago),
    ("(PART | earlier | later)? WHICH UNIT | (part of | (earlier | later) in) the (a_week | LONG)", _unit),
    ("(the? a_day (before | after))? dayword", _day_word),
    ("(this | last) daypart", _day_part),
)


def _compiled(form: str) -> str:
    for name, meaning in _SHORTHANDS.items():  # each may stand in those above it
        form = re.sub(rf"\b{name}\b", meaning, form)
    form = re.sub(r"\w+", lambda name: re.escape(KINDS[name[0]]), form)
    return form.replace(" ", "").replace("(", "(?:")


_NEVER_FIRST = "[-_!,;/UoAab2sfvBFKi]"  # passed over quickly
_ANY_FORM = re.compile(f"(?!{_NEVER_FIRST})(?:{'|'.join(f'({_compiled(form)})' for form, _ in _FORMS)})")


def phrases(reading: Reading) -> Iterator[tuple[Phrase, Meant]]:
    """The phrases that have the form of a date and mean one, each with what it means."""
    for found in _ANY_FORM.finditer(reading.kinds):
        phrase = Phrase(reading, *found.span())
        meant = _FORMS[(found.lastindex or 1) - 1][1](phrase)
        if meant is not None:
            yield phrase, meant

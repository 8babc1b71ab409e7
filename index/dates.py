"""What "February" and "last week" mean, in an article and in a question.

A text is read once into words of a few kinds (a month, a day, "last", a unit …), each one letter, so that every way of
writing a date is one short pattern over kinds. A language is one table of words (`Language`), English the first.

An article speaks from its own date (`mentions`):

- what lacks only its year or week is the one that fits the tense: a month, season or weekday the latest begun, after a
  word of the future ("will", "set for", "upcoming") the next to end, where a month before or ahead counts as now; a day
  of a month is the nearest where no verb tells, or the one that the text wrote in full before;
- "last week" is the calendar week before (Monday to Sunday), "last November" the latest that was over, "the past year"
  the year up to the article's day; "early", "mid" and "late" are thirds;
- from an article dated only by month or year, relative phrases leave wider periods; from an undated one they are left
  out, and what lacks its year recurs (`Yearly`, `Weekly`).

A question speaks from the asker's day (`asked`), except that a bare month, day or weekday fits any year or week.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

from index.records import Period, Span

Basis = Literal["stated", "relative"]
Tense = Literal["past", "future"] | None


class Yearly(NamedTuple):
    """Days of any year, from ``first`` to ``last`` as (month, day), both included; it may run over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def in_year(self, year: int) -> Period:
        """The one that begins in that year (1 to 9998); a day that its month lacks is the month's last."""
        return Period(_clamped(year, *self.first), _clamped(year + (self.last < self.first), *self.last))

    def around(self, day: date) -> tuple[Period, ...]:
        """Those that begin two years before, the year before, this year and the next."""
        return tuple(self.in_year(min(max(day.year + shift, 1), 9998)) for shift in (-2, -1, 0, 1))


class Weekly(NamedTuple):
    """Days of any week, from ``weekday``, where 0 is Monday; a weekend has two."""

    weekday: int
    days: int = 1

    def around(self, day: date) -> tuple[Period, ...]:
        """Those of two weeks before, the week before, this week and the next."""
        days = (_later(day, self.weekday - day.weekday() + shift) for shift in (-14, -7, 0, 7))
        return tuple(Period(first, _later(first, self.days - 1)) for first in days)


Recurring = Yearly | Weekly
_Rule = Callable[[date], Period]


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


# --- ISO 8601 -------------------------------------------------------------------------------------------------------

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
    if not _exists(year or 0, month or 1, day or 1):
        raise ValueError(f"{_shown(text)} names a day that is not in the calendar")
    return Period(_clamped(year or 0, month or 1, day or 1), _clamped(year or 0, month or 12, day or 31))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


# --- The calendar, where nothing overflows --------------------------------------------------------------------------

_IN_DAYS = {"a_day": 1, "a_week": 7, "a_weekend": 7}
_IN_MONTHS = {"a_month": 1, "a_quarter": 3, "a_year": 12, "a_decade": 120, "a_century": 1200}


def _one(day: date) -> Period:
    return Period(day, day)


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _later(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _months(first: int, count: int) -> Period:
    """``count`` months from the one with that number, which is 12 for January of the year 1."""
    start, end = (min(max(month, 12), 9999 * 12 + 11) for month in (first, first + count - 1))
    return Period(_clamped(start // 12, start % 12 + 1, 1), _clamped(end // 12, end % 12 + 1, 31))


def _years(first: int, last: int) -> Period:
    return _months(first * 12, (last - first + 1) * 12)


def _moved(day: date, unit: str, count: int) -> date:
    if unit in _IN_DAYS:
        return _later(day, count * _IN_DAYS[unit])
    month = _months(day.year * 12 + day.month - 1 + count * _IN_MONTHS[unit], 1).first
    return _clamped(month.year, month.month, day.day)


def _containing(day: date, unit: str) -> Period:
    """The calendar day, week from Monday, weekend of that week, month … that the day lies in."""
    if unit in _IN_MONTHS:
        size = _IN_MONTHS[unit]
        return _months((day.year * 12 + day.month - 1) // size * size, size)
    return {"a_day": _one(day), "a_week": Weekly(0, 7).around(day)[-2], "a_weekend": Weekly(5, 2).around(day)[-2]}[unit]


def _third(period: Period, part: int) -> Period:
    """Its beginning (0), middle (1) or end (2), in whole years or months where it has three of them."""
    for size in (12, 1):
        if (count := _whole(period, size)) >= 3:
            first = (period.first.year * 12 + period.first.month - 1) // size
            start, end = (first + (part + shift) * count // 3 for shift in (0, 1))
            return _months(start * size, (end - start) * size)
    days = (period.last - period.first).days + 1
    if days < 3:
        return period
    return Period(*(_later(period.first, (part + shift) * days // 3 - shift) for shift in (0, 1)))


def _whole(period: Period, size: int) -> int:
    """How many whole times ``size`` months the period is; 0 if it is not."""
    first, end = (day.year * 12 + day.month - 1 for day in (period.first, _later(period.last, 1)))
    count, left = divmod(end - first, size)
    return 0 if left or first % size or period != _months(first, count * size) else count


def _chosen(recurring: Recurring, day: date, shift: int) -> Period:
    """The last that was over (-1), the one of this time (0) or the next to begin (1)."""
    around = recurring.around(day)
    if shift < 0:
        return _latest(one for one in around if one.last < day) or around[0]
    if shift > 0:
        return next((one for one in around if one.first > day), around[-1])
    return next((one for one in around if one.first <= day <= one.last), around[-2])


def _latest(periods: Iterable[Period]) -> Period | None:
    return max(periods, default=None)


def _spread(rule: _Rule, origin: Period) -> Period:
    """What a rule gives from any day of a period."""
    return Period(rule(origin.first).first, rule(origin.last).last)


def _nearest(recurring: Recurring, base: Period, tense: Tense) -> Period:
    """The one that a text of that date and tense means; one within a base of many days before all others."""
    if isinstance(recurring, Weekly):
        return _spread(lambda day: _in_tense(recurring, day, tense), base)
    within = _latest(one for one in recurring.around(base.last) if base.first != base.last and one.overlaps(base))
    return within or _in_tense(recurring, base.first if tense == "future" else base.last, tense)


def _is_short(period: Period) -> bool:
    return (period.last - period.first).days < 7


_ABOUT_NOW = 31  # days: what is farther off in the other direction would not be named without its year


def _in_tense(recurring: Recurring, day: date, tense: Tense) -> Period:
    around, slack = recurring.around(day), _ABOUT_NOW if isinstance(recurring, Yearly) else 0
    if tense == "future":
        return next((one for one in around if one.last >= _later(day, -slack)), around[-1])
    if tense is None and isinstance(recurring, Yearly) and _is_short(around[0]):
        return min(around, key=lambda one: abs((one.first - day).days))
    return _latest(one for one in around if one.first <= _later(day, slack)) or around[0]


# --- The words of a language ----------------------------------------------------------------------------------------

# Each kind of word is one letter in the patterns below.
_KINDS = {
    "numeric": "@", "month": "M", "doubtful": "m", "digits": "D", "nth_digits": "R", "nth_word": "O", "year": "Y",
    "number": "N", "one": "1", "few": "V", "weekday": "W", "weekday_abbreviated": "w", "season": "S", "fall": "r",
    "quarter": "Q", "half": "H", "halves": "j", "decade": "E", "a_day": "d", "a_week": "k", "a_weekend": "e",
    "a_month": "n", "a_quarter": "q", "a_year": "y", "a_decade": "c", "a_century": "z", "daypart": "p", "dayword": "t",
    "part": "P", "last": "L", "past": "l", "this": "T", "next": "X", "coming": "x", "earlier": "<", "later": ">",
    "ago": "G", "the": "h", "its": "i", "of": "o", "in": "I", "on": "U", "during": "u", "and": "A", "or": "a",
    "to": "2", "since": "s", "before": "b", "after": "f", "until": "v", "by": "B", "from": "F", "between": "K",
    "onwards": "g", "every": "%", "fiscal": "C", "era": "0", "comma": ",", "dash": "-", "slash": "/", "pause": ";",
    "stop": "!", "other": "_",
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """One table of words: ``words`` by kind with their values, then the sets that settle what is in doubt."""

    words: Mapping[str, Mapping[str, int]]
    months: tuple[str, ...]  # as they are spelled out, January first
    weekdays: tuple[str, ...]  # Monday first
    verbs: frozenset[str]  # months that in lower case are other words
    after_the: frozenset[str]  # of those, the ones that after "the" can only be the month
    marches: frozenset[str]  # what follows a march that is not a month
    counted: frozenset[str]  # a number before one of these counts, and dates nothing
    titles: frozenset[str]  # of people, written with a full stop
    feasts: frozenset[str]  # before a weekday they make the name of something else
    modals: frozenset[str]  # of the future
    ahead: frozenset[str]  # what else makes a date after it lie in the future
    due: frozenset[str]  # the same, unless one of `was` stands before
    was: frozenset[str]
    be: frozenset[str]  # turns a participle into the future
    past: frozenset[str]
    past_ending: str
    predicates: frozenset[str]  # what can follow a month that is a sentence's subject
    to: str  # as a period is spelled out
    since: str
    until: str

    @cached_property
    def lookup(self) -> dict[str, tuple[str, int]]:
        return {word: (_KINDS[kind], value) for kind, words in self.words.items() for word, value in words.items()}

    @cached_property
    def spelled_out(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.months + self.weekdays)

    def is_past(self, word: str) -> bool:
        return word in self.past or word.endswith(self.past_ending)


def _numbered(words: str, first: int = 0) -> dict[str, int]:
    return {word: number for number, word in enumerate(words.split(), first)}


def _alike(words: str, value: int = 0) -> dict[str, int]:
    return dict.fromkeys(words.split(), value)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = Language(
    words={
        "month": _numbered("january february", 1) | {"july": 7} | _numbered("september october november december", 9),
        "doubtful": {"march": 3, "april": 4, "june": 6, "august": 8, "sept": 9}
        | _numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1),
        "weekday": _numbered("monday tuesday wednesday thursday friday saturday sunday")
        | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3},
        "weekday_abbreviated": _numbered("mon tue wed thu fri sat sun"),
        "season": {"spring": 3, "summer": 6, "autumn": 9, "winter": 12},
        "fall": {"fall": 9},
        "nth_word": _numbered(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
            1,
        ),
        "number": _numbered("two three four five six seven eight nine ten eleven twelve", 2) | {"couple": 2},
        "one": _alike("a an one", 1),
        "few": {"few": 4, "several": 6},
        "halves": _alike("half"),
        "a_day": _alike("day days"),
        "a_week": _alike("week weeks"),
        "a_weekend": _alike("weekend weekends"),
        "a_month": _alike("month months"),
        "a_quarter": _alike("quarter quarters"),
        "a_year": _alike("year years"),
        "a_decade": _alike("decade decades"),
        "a_century": _alike("century centuries"),
        "daypart": _alike("morning afternoon evening night"),
        "dayword": {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1},
        "part": {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2},
        "last": _alike("last", -1),
        "past": _alike("past", -1),
        "this": _alike("this current"),
        "next": _alike("next", 1),
        "coming": _alike("coming upcoming", 1),
        "earlier": _alike("earlier"),
        "later": _alike("later"),
        "ago": _alike("ago"),
        "the": _alike("the"),
        "its": _alike("its his her their our my your both another that"),
        "every": _alike("each every"),
        "of": _alike("of"),
        "in": _alike("in"),
        "on": _alike("on"),
        "during": _alike("during over throughout within circa"),
        "and": _alike("and &"),
        "or": _alike("or"),
        "to": _alike("to through thru"),
        "since": _alike("since"),
        "before": _alike("before prior"),
        "after": _alike("after"),
        "until": _alike("until till"),
        "by": _alike("by"),
        "from": _alike("from"),
        "between": _alike("between"),
        "onwards": _alike("onward onwards"),
        "fiscal": _alike("fiscal financial"),
        "era": _alike("bc bce"),
    },
    months=_listed("January February March April May June July August September October November December"),
    weekdays=_listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    verbs=frozenset({"may", "march", "mar", "sat", "sun", "wed", "dec", "jan"}),
    after_the=frozenset({"may"}),
    marches=_names("on to for from through of"),
    counted=_names(
        "people persons men women children others soldiers troops workers jobs homes deaths cases votes seats "
        "points goals runs yards games wins percent per times miles metres meters kilometres kilometers km feet "
        "tons tonnes dollars euros pounds yen yuan cents million billion trillion thousand hundred dozen minutes "
        "hours days weeks months years decades pages words items units members students"
    ),
    titles=_names("mr mrs ms dr prof st gen sen rep gov"),
    feasts=_names("black good super cyber ash bloody palm fat giving shrove maundy freaky"),
    modals=_names("will shall may might must would"),
    ahead=_names(
        "forthcoming plans plan planning hopes hoping aims aiming intends intend expects expecting invited "
        "invitation tentatively begins starts opens ahead"
    ),
    due=_names("scheduled slated planned expected due set supposed anticipated poised"),
    was=_names("was were had been"),
    be=frozenset({"be"}),
    past=_names(
        "said told met made won held saw came went took began became gave got had led left lost put ran set sent "
        "sold spoke stood struck thought wrote was were did fell found fought flew rose shot showed shut hit cut "
        "let paid read brought bought built caught chose drew drove hurt kept knew laid meant quit rode swore "
        "threw wore"
    ),
    past_ending="ed",
    predicates=_names("is was has had will brings marks sees"),
    to="to",
    since="since",
    until="until",
)


# --- Reading a text into kinds --------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""
    (?<![\w./-]) (?P<numeric> [0-9]{4}-[0-9]{2} (?: -[0-9]{2} (?: T[0-9:.]+ (?: Z | [+-][0-9]{2}:?[0-9]{2} )? )? )?
                           | [0-9]{4}/[0-9]{1,2}/[0-9]{1,2}
                           | [0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}
                         ) (?! [\w/-] | \.[0-9] )                       # a date in figures
  | [0-9]+ (?: [.,:][0-9]+ )+                                   # a decimal, a thousand, a time, a version
  | [^\W_]+ (?: ['’][^\W\d_]{1,2} \b )?                         # a word, "year's"
  | &
    """,
    re.VERBOSE,
)
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
_GAPS = {"": "", ",": ",", "-": "-", "–": "-", "—": "-", "\u2011": "-", "/": "/"}
_MONEY = frozenset("$€£¥₹#")
_GLUE = frozenset("/_@=+.:")
_DIGITS = "0123456789"


class _Reading:
    """A text as parallel lists: one kind, value, start and end a word or mark, with a stop before and after all."""

    def __init__(self, text: str, language: Language, lenient: bool) -> None:
        self.text, self.language, self.lenient = text, language, lenient
        self.starts, self.ends, self.values, self._kinds = [0], [0], [0], ["!"]
        self._read()
        self._add("!", 0, len(text), len(text))
        self.kinds = "".join(self._kinds)
        self._settle_months()

    def word(self, at: int) -> str:
        return self.text[self.starts[at] : self.ends[at]].lower()

    def is_capital(self, at: int) -> bool:
        return self.text[self.starts[at] : self.ends[at]][:1].isupper()

    def is_name(self, at: int) -> bool:
        """Whether a capital stands there that no month or weekday explains."""
        return self.kinds[at] == "_" and self.is_capital(at)

    def opens(self, at: int) -> bool:
        return self.kinds[at - 1] in "!;"

    def _add(self, kind: str, value: int, start: int, end: int) -> None:
        self._kinds.append(kind)
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)

    def _read(self) -> None:
        text, lookup, counted, end = self.text, self.language.lookup, self.language.counted, 0
        for found in _TOKEN.finditer(text):
            start, stop = found.span()
            if text[end:start] != " ":
                self._add_gap(end, start)
            word = text[start:stop].lower()
            if word in counted and self._kinds[-1] in "DY" and self._kinds[-2:] != ["I", "Y"]:
                self._kinds[-1] = "N"
            kind, value = lookup.get(word) or self._unlisted(word, found)
            self._add(kind, value, start, stop - 2 if kind != "_" and word[-2:-1] in ("'", "’") else stop)
            end = stop

    def _add_gap(self, start: int, end: int) -> None:
        gap = self.text[start:end]
        kind = _GAPS.get(gap.strip()) if gap.count("\n") < 2 else "!"
        if kind is None:
            kind = self._pause(gap, start)
        if kind and start < end:
            self._add(kind, 0, start, end)

    def _pause(self, gap: str, start: int) -> str:
        """The full stop of an abbreviation is no pause at all, and that of an initial no end of a sentence."""
        if gap.strip() == ".":
            word = self.word(-1)
            if word in self.language.titles or (self._kinds[-1] in "mMwW" and word not in self.language.spelled_out):
                return ""
            if start == self.starts[-1] + 1:
                return ";"
        return "!" if any(stop in gap for stop in ".!?…。") else ";"

    def _unlisted(self, word: str, found: re.Match[str]) -> tuple[str, int]:
        if found.lastgroup:
            return ("@", 0) if _numeric_period(word) else ("_", 0)
        if word[0] in _DIGITS or word[-1] in _DIGITS:
            return self._figures(word, found.start(), found.end())
        return self.language.lookup.get(word[:-2], ("_", 0)) if word.endswith(("'s", "’s")) else ("_", 0)

    def _figures(self, word: str, start: int, end: int) -> tuple[str, int]:
        before = self.text[start - 1 : start]
        if self.text[end : end + 1] == "%" or before in _MONEY:
            return "_", 0
        if word.isascii() and word.isdigit():
            return _number(word) if len(word) < 4 or before not in _GLUE else ("_", 0)
        named = _FIGURES.fullmatch(word)
        return _figured(str(named.lastgroup), int(named[str(named.lastgroup)])) if named else ("_", 0)

    def _settle_months(self) -> None:
        doubtful = [at for at, kind in enumerate(self._kinds) if kind == "m"]
        for at in doubtful:
            self._kinds[at] = "M" if _is_month(self, at) else "_"
        self.kinds = "".join(self._kinds) if doubtful else self.kinds


def _number(word: str) -> tuple[str, int]:
    value = int(word) if len(word) <= 4 else 0
    if len(word) <= 2 and 1 <= value <= 31:
        return "D", value
    if len(word) == 4 and value in _YEARS:
        return "Y", value
    return ("N", value) if 0 < value < 1000 else ("_", 0)


def _figured(name: str, value: int) -> tuple[str, int]:
    if name == "short_decade":
        return _KINDS["decade"], 1900 + value
    if name in ("year", "fiscal"):
        return ("Y", value) if value in _YEARS else ("_", 0)
    return _KINDS[name], value


def _numeric_period(figures: str) -> Period | None:
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
    return _years(year, year - year % 100 + end) if two and year else None


def _parsed(figures: str) -> Period | None:
    try:
        return parse(figures)
    except ValueError:
        return None


def _checked_day(year: int, month: int, day: int) -> Period | None:
    return _one(date(year, month, day)) if _exists(year, month, day) else None


# --- What is in doubt -----------------------------------------------------------------------------------------------

_SURE_CUES = "ILlTXxPsvu"
_CUES = _SURE_CUES + "obfBFK"
_NUMBER_AFTER = re.compile("[DRY]|hR|[,o]Y|o?h?[LTXlx]{1,2}y")
_YEAR_AFTER = re.compile("[DR]?,?o?Y|h?R")


def _is_month(reading: _Reading, at: int) -> bool:
    """Whether "may" is the month, "June" no first name and "Sat" no verb, as far as the words beside it tell."""
    lower, word = not reading.is_capital(at), reading.word(at)
    if _beside_number(reading, at):
        return not lower or word not in reading.language.verbs or _surely_dated(reading, at)
    cue = reading.kinds[at - 1]
    if cue == "-" and reading.kinds[at - 2] == "P":
        cue = "P"
    if word not in reading.language.spelled_out:
        return cue in _SURE_CUES
    return _is_lower_month(reading, at, cue) if lower else _is_capital_month(reading, at, cue)


def _beside_number(reading: _Reading, at: int) -> bool:
    before = reading.kinds[max(at - 2, 0) : at]
    return bool(_NUMBER_AFTER.match(reading.kinds, at + 1)) or before[-1:] in ("D", "R") or before in ("Do", "Ro", "Oo")


def _surely_dated(reading: _Reading, at: int) -> bool:
    """For "may 5" and "10 may": a year or an ordinal, or a word before it that asks for a date."""
    if _YEAR_AFTER.match(reading.kinds, at + 1) or reading.kinds[at - 1] in "Ro":
        return True
    if reading.kinds[at - 1] == "D":
        return reading.kinds[at - 2] in "U,Ww" + _CUES
    return reading.lenient or reading.kinds[at - 1] in "U,Ww" + _CUES


def _is_lower_month(reading: _Reading, at: int, cue: str) -> bool:
    word = reading.word(at)
    if word not in reading.language.verbs:
        return True
    if cue == "T":
        return reading.kinds[at + 1] in "!;,"
    return cue in _CUES or (cue == "h" and word in reading.language.after_the)


def _is_capital_month(reading: _Reading, at: int, cue: str) -> bool:
    if cue in _SURE_CUES:
        return True
    if reading.is_name(at + 1) or (cue not in _CUES and reading.is_name(at - 1)):
        return False
    following = reading.word(at + 1)
    if reading.opens(at):
        return following in reading.language.predicates or reading.language.is_past(following)
    verb = reading.word(at) in reading.language.verbs - reading.language.after_the
    return cue in _CUES or not (verb and following in reading.language.marches)


_YEAR_CUES = "IsbfvuPCyR/BM"
_WEAK_YEAR_CUES = "hi1To2FKUW"
_POSSIBLE_YEARS = range(1500, 2100)
_LIKELY_YEARS = range(1900, 2100)


def _is_year(reading: _Reading, at: int) -> bool:
    """Whether four digits are a year: words before it say so, or a name or a pause does and it is of our time."""
    value, before, after = reading.values[at], reading.kinds[at - 1], reading.kinds[at + 1]
    if after == "0":
        return False
    if before in _YEAR_CUES or _continues_years(reading, at) or _begins_years(reading, at):
        return True
    if before in _WEAK_YEAR_CUES or reading.text[reading.starts[at] - 3 : reading.starts[at] - 1] in ("'s", "’s"):
        return value in _POSSIBLE_YEARS and (value % 100 != 0 or after in ",;!" or reading.is_name(at + 1))
    if reading.lenient and value % 100 != 0:
        return value in _POSSIBLE_YEARS
    return value in _LIKELY_YEARS and (before in ";!" or reading.is_name(at - 1) or reading.lenient)


def _continues_years(reading: _Reading, at: int) -> bool:
    """The second of "2017 and 2018", "2015, 2016" or "2015-2018"."""
    return reading.kinds[max(at - 3, 0) : at].rstrip(",-Aa")[-1:] == "Y" and reading.kinds[at - 1] in ",-Aa"


def _begins_years(reading: _Reading, at: int) -> bool:
    """The first of "between 1402 and 1405" or "(1568–1609)"."""
    two = reading.kinds[at + 1] in "A-2" and reading.kinds[at + 2 : at + 3] == "Y" and reading.kinds[at - 1] in "KF;"
    return two and reading.values[at] < reading.values[at + 2]


def _tense(reading: _Reading, first: int, last: int) -> Tense:
    """By the nearest word of time before the phrase in its sentence, else by the first verb after it."""
    before, after = range(first - 1, max(first - 16, 0), -1), range(last, min(last + 12, len(reading.kinds)))
    if reading.kinds[first - 1] == _KINDS["since"]:
        return "past"
    if tense := _nearest_tense(reading, before, _tense_of_word) or _nearest_tense(reading, after, _tense_of_verb):
        return tense
    return "future" if reading.kinds[first - 1] == _KINDS["until"] else None


def _nearest_tense(reading: _Reading, places: range, tense_of: Callable[[_Reading, int], Tense]) -> Tense:
    for at in places:
        if reading.kinds[at] == "!":
            return None
        if tense := tense_of(reading, at):
            return tense
    return None


def _tense_of_word(reading: _Reading, at: int) -> Tense:
    word, language = reading.word(at), reading.language
    if reading.kinds[at] in "Xx":
        return "future" if reading.kinds[at + 1] == "_" else None
    if word in language.due:
        return "past" if {reading.word(at - 1), reading.word(max(at - 2, 0))} & language.was else "future"
    return "future" if word in language.ahead else _tense_of_verb(reading, at)


def _tense_of_verb(reading: _Reading, at: int) -> Tense:
    word, language = reading.word(at), reading.language
    if reading.kinds[at] != "_":
        return None
    if word in language.modals or word.endswith(("'ll", "’ll")):
        return "future"
    if reading.is_capital(at) or not language.is_past(word):
        return None
    return "future" if reading.word(at - 1) in language.be else "past"


# --- The ways of writing a date -------------------------------------------------------------------------------------


class _Phrase(NamedTuple):
    """The words of a reading from ``first`` up to ``last`` that have the form of a date."""

    reading: _Reading
    first: int
    last: int

    def has(self, *kinds: str) -> bool:
        return any(_KINDS[kind] in self.reading.kinds[self.first : self.last] for kind in kinds)

    def values(self, *kinds: str) -> list[int]:
        letters = {_KINDS[kind] for kind in kinds}
        return [self.reading.values[at] for at in range(self.first, self.last) if self.reading.kinds[at] in letters]

    def value(self, *kinds: str) -> int | None:
        return next(iter(self.values(*kinds)), None)

    @property
    def shift(self) -> int:
        """-1 for "last" and "this past", 1 for "next" and "this coming", 0 for "this"."""
        return next((value for value in self.values("last", "past", "next", "coming")), 0)

    @property
    def unit(self) -> str:
        return next(unit for unit in (*_IN_DAYS, *_IN_MONTHS) if self.has(unit))

    def of_year(self, yearly: Yearly) -> "_Meant":
        """In the year that the phrase names, in that of "last year", or in any."""
        if year := self.value("year"):
            return yearly.in_year(year)
        if self.has("a_year"):
            return lambda day: yearly.in_year(min(max(day.year + self.shift, 1), 9998))
        return yearly


_Meant = Period | Recurring | _Rule | None


def _numeric(phrase: _Phrase) -> _Meant:
    return _numeric_period(phrase.reading.word(phrase.first))


def _days(phrase: _Phrase) -> _Meant:
    month, days = phrase.value("month") or 0, phrase.values("digits", "nth_digits", "nth_word")
    if days != sorted(days) or not _exists(phrase.value("year") or 2000, month, days[-1]):
        return None
    return phrase.of_year(Yearly((month, days[0]), (month, days[-1])))


def _month(phrase: _Phrase) -> _Meant:
    month = phrase.value("month") or 0
    return phrase.of_year(Yearly((month, 1), (month, 31)))


def _week_of_month(phrase: _Phrase) -> _Meant:
    month, week = phrase.value("month") or 0, phrase.value("last", "nth_word", "nth_digits") or 0
    if not -1 <= week <= 4:
        return None
    first, last = (25, 31) if week < 0 else (7 * week - 6, 7 * week)
    return phrase.of_year(Yearly((month, first), (month, last)))


def _season(phrase: _Phrase) -> _Meant:
    month = phrase.value("season", "fall") or 0
    return phrase.of_year(Yearly((month, 1), ((month + 1) % 12 + 1, 31)))


def _quarter(phrase: _Phrase) -> _Meant:
    number = phrase.value("quarter", "nth_word", "nth_digits", "last") or 0
    number = 4 if number < 0 else number
    return phrase.of_year(Yearly((3 * number - 2, 1), (3 * number, 31))) if number <= 4 else None


def _half(phrase: _Phrase) -> _Meant:
    number = phrase.value("half", "nth_word", "nth_digits", "last") or 0
    number = 2 if number < 0 else number
    return phrase.of_year(Yearly((6 * number - 5, 1), (6 * number, 31))) if number <= 2 else None


def _which_of_year(phrase: _Phrase) -> _Meant:
    recurring = _month(phrase) if phrase.has("month") else _season(phrase)
    return (lambda day: _chosen(recurring, day, phrase.shift)) if isinstance(recurring, Yearly) else recurring


def _short_years(phrase: _Phrase) -> _Meant:
    """ "2015-18", if it counts up."""
    year, end = phrase.value("year") or 0, phrase.value("digits") or 0
    return _years(year, year - year % 100 + end) if end > year % 100 else None


def _year(phrase: _Phrase) -> _Meant:
    at = next(at for at in range(phrase.first, phrase.last) if phrase.reading.kinds[at] == "Y")
    year = phrase.reading.values[at]
    return _years(year, year) if phrase.has("part") or _is_year(phrase.reading, at) else None


_CONTINUES_DECADES = re.compile("E[A,-]E")


def _decade(phrase: _Phrase) -> _Meant:
    """ "The 1840s", of whose century the second of "the 1840s and 50s" is too; "the 1800s" are a whole one."""
    year, before = phrase.value("decade") or 0, phrase.first - 2
    if len(phrase.reading.word(phrase.last - 1)) == 3 and _CONTINUES_DECADES.match(
        phrase.reading.kinds, max(before, 0)
    ):
        year = phrase.reading.values[before] // 100 * 100 + year % 100
    return _years(year, year + (99 if year % 100 == 0 and year < 2000 else 9))


def _century(phrase: _Phrase) -> _Meant:
    numbers = phrase.values("nth_word", "nth_digits")
    if phrase.reading.kinds[phrase.last] == "0" or max(numbers) > 21:
        return None
    return _years(max(100 * numbers[0] - 100, 1), 100 * numbers[-1] - 1)


def _week_day(phrase: _Phrase) -> _Meant:
    before = phrase.first - 1
    feast = phrase.reading.word(before) in phrase.reading.language.feasts
    title = _is_title(phrase) and (
        phrase.reading.kinds[before] != _KINDS["on"] or phrase.reading.kinds[before + 2] == "p"
    )
    return None if feast or title else Weekly(phrase.value("weekday") or 0)


def _day_of_week(phrase: _Phrase) -> _Meant:
    weekday = Weekly(phrase.value("weekday") or 0)
    return lambda day: weekday.around(_moved(day, "a_week", phrase.shift))[-2]


def _which_weekday(phrase: _Phrase) -> _Meant:
    weekday = Weekly(phrase.value("weekday") or 0)
    return lambda day: _chosen(weekday, day, phrase.shift)


def _weekend(phrase: _Phrase) -> _Meant:
    if not phrase.has("last", "past", "this", "next", "coming"):
        return Weekly(5, 2)
    return lambda day: _chosen(Weekly(5, 2), day, phrase.shift)


def _rolling(phrase: _Phrase) -> _Meant:
    """ "The past three months": the time up to the day, or from it on."""
    unit, count = phrase.unit, phrase.value("digits", "number", "few", "one") or 1
    if phrase.shift > 0:
        return lambda day: Period(day, _moved(day, unit, count))
    return lambda day: Period(_moved(day, unit, -count), day)


def _ago(phrase: _Phrase) -> _Meant:
    unit, count = phrase.unit, phrase.value("digits", "number") or 1
    return lambda day: _containing(_moved(day, unit, -count), unit)


def _unit(phrase: _Phrase) -> _Meant:
    """ "Last week", "earlier this month", "the end of the year"."""
    if _is_title(phrase):
        return None
    unit, shift, earlier, later = phrase.unit, phrase.shift, phrase.has("earlier"), phrase.has("later")

    def meant(day: date) -> Period:
        whole = _containing(_moved(day, unit, shift), unit)
        return Period(whole.first if not later else day, whole.last if not earlier else day) if not shift else whole

    return meant


def _day_word(phrase: _Phrase) -> _Meant:
    shift = (phrase.value("dayword") or 0) - phrase.has("before") + phrase.has("after")
    return None if _is_title(phrase) else lambda day: _one(_later(day, shift))


def _day_part(phrase: _Phrase) -> _Meant:
    return lambda day: _one(_later(day, phrase.shift))


def _nothing(_: _Phrase) -> _Meant:
    """What counts from a time in the story ("the next day", "the last week of the trial") or from none ("each May")."""
    return None


def _is_title(phrase: _Phrase) -> bool:
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
_FORMS: tuple[tuple[str, Callable[[_Phrase], _Meant]], ...] = (
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
    form = re.sub(r"\w+", lambda name: re.escape(_KINDS[name[0]]), form)
    return form.replace(" ", "").replace("(", "(?:")


_NEVER_FIRST = "[-_!,;/UoAab2sfvBFKi]"  # passed over quickly
_ANY_FORM = re.compile(f"(?!{_NEVER_FIRST})(?:{'|'.join(f'({_compiled(form)})' for form, _ in _FORMS)})")


# --- Points in time, and from one to another ------------------------------------------------------------------------

_LEADING = "IuUoh"
_TO = re.compile(",?[-2v/]h?")
_AND = re.compile(",?Ah?")
_DIRECTION = re.compile(
    r"""
    (?: (?P<inclusive> Ua )? (?P<before> b2? ) | (?P<since> s ) | (?P<after> f ) | (?P<until> [vB] ) ) h?
    """,
    re.VERBOSE,
)


class _Point(NamedTuple):
    """What the words from ``first`` up to ``last`` mean."""

    first: int
    last: int
    when: Period | Recurring
    basis: Basis


def _points(reading: _Reading, origin: Period | None) -> Iterator[_Point]:
    for found in _ANY_FORM.finditer(reading.kinds):
        first, last = found.span()
        phrase = _Phrase(reading, first, last)
        meant = _FORMS[(found.lastindex or 1) - 1][1](phrase)
        if meant is not None and (point := _placed(phrase, _part_of(meant, phrase), origin)):
            yield point


def _part_of(meant: Period | Recurring | _Rule, phrase: _Phrase) -> Period | Recurring | _Rule:
    """The early, middle or late part, where the phrase says so."""
    parts = phrase.values("part")
    if len(parts) != 1 or isinstance(meant, Weekly):
        return meant
    part = parts[0]
    if isinstance(meant, Period):
        return _third(meant, part)
    if isinstance(meant, Yearly):
        first, last = _third(meant.in_year(2000), part)
        return Yearly((first.month, first.day), (last.month, last.day))
    return lambda day: _third(meant(day), part)


def _placed(phrase: _Phrase, meant: Period | Recurring | _Rule, origin: Period | None) -> _Point | None:
    first = phrase.first
    while phrase.reading.kinds[first] in _LEADING:
        first += 1
    if isinstance(meant, Period | Yearly | Weekly):
        return _Point(first, phrase.last, meant, "stated")
    return _Point(first, phrase.last, _spread(meant, origin), "relative") if origin else None


def _joined(reading: _Reading, points: Iterator[_Point]) -> Iterator[_Point]:
    """ "From June to August 2023" is one period; so are two dates with "between" before and "and" amid them."""
    held: _Point | None = None
    for point in points:
        whole = _from_to(reading, held, point) if held else None
        if held and not whole:
            yield held
        held = whole or point
    if held:
        yield held


def _from_to(reading: _Reading, start: _Point, end: _Point) -> _Point | None:
    first = start.first - (reading.kinds[start.first - 1] == "h")
    before, amid = reading.kinds[first - 1], reading.kinds[start.last : max(end.first, start.last)]
    if not (_TO.fullmatch(amid) or (before == "K" and _AND.fullmatch(amid))):
        return None
    when = _range(start.when, end.when)
    basis: Basis = "stated" if start.basis == end.basis == "stated" else "relative"
    return _Point(first - 1 if before in "KF" else start.first, end.last, when, basis) if when else None


def _range(start: Period | Recurring, end: Period | Recurring) -> Period | Yearly | None:
    """From one to the other; the one without a year takes that of the other, or its neighbour."""
    if isinstance(start, Weekly) or isinstance(end, Weekly):
        return None
    if isinstance(start, Yearly):
        if isinstance(end, Yearly):
            return Yearly(start.first, end.last)
        around = start.around(end.first)
        return _ordered(_latest(one for one in around if one.first <= end.first) or around[0], end)
    if isinstance(end, Yearly):
        around = end.around(start.last)
        return _ordered(start, next((one for one in around if one.last >= start.last), around[-1]))
    return _ordered(start, end)


def _ordered(start: Period, end: Period) -> Period | None:
    in_order = start.first <= end.first and start.last <= end.last and start != end
    return Period(start.first, end.last) if in_order else None


# --- What an article and a question speak of ------------------------------------------------------------------------


def mentions(text: str, base: Period | None, language: Language = ENGLISH) -> tuple[Mention, ...]:
    """The dates that an article speaks of, in order and disjoint, as offsets into its text.

    ``base`` is when it was published, from which relative phrases count; see the top of this file for the rules.
    """
    reading = _Reading(text, language, lenient=False)
    written: dict[Yearly, Period] = {}
    return tuple(_mention(reading, point, base, written) for point in _joined(reading, _points(reading, base)))


def _mention(reading: _Reading, point: _Point, base: Period | None, written: dict[Yearly, Period]) -> Mention:
    span = _span(reading, point.first, point.last)
    if isinstance(point.when, Period):
        if _is_short(point.when):
            written[_yearly(point.when)] = point.when
        return Mention(span, point.when, None, point.basis)
    if isinstance(point.when, Yearly) and point.when in written:
        return Mention(span, written[point.when], None, "relative")
    if base is None:
        return Mention(span, None, point.when, point.basis)
    return Mention(span, _nearest(point.when, base, _tense(reading, point.first, point.last)), None, "relative")


def _yearly(period: Period) -> Yearly:
    """As a day of any year, by which a text that gave the year once can speak of it again; months are not so bound."""
    return Yearly((period.first.month, period.first.day), (period.last.month, period.last.day))


def asked(question: str, as_of: date, language: Language = ENGLISH) -> tuple[Asked, ...]:
    """The dates that a question asks for, in order and disjoint, as offsets into it; ``as_of`` is the asker's day.

    The span takes in what opens or ends a period ("since", "before", "between"); before, after and since a bare month
    say nothing that could be held to, so that it alone counts.
    """
    reading = _Reading(question, language, lenient=True)
    points = _joined(reading, _points(reading, _one(as_of)))
    return tuple(_asked(reading, point) for point in points)


def _asked(reading: _Reading, point: _Point) -> Asked:
    if not isinstance(point.when, Period):
        return Asked(_span(reading, point.first, point.last), None, point.when)
    first, last, period = _opened(reading, point, point.when)
    return Asked(_span(reading, first, last), period, None)


def _opened(reading: _Reading, point: _Point, period: Period) -> tuple[int, int, Period]:
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
        return Period(_later(period.last, 1), date.max)
    return Period(date.min, _later(period.first, -1) if found["before"] and not found["inclusive"] else period.last)


def _span(reading: _Reading, first: int, last: int) -> Span:
    return Span(reading.starts[first], reading.ends[last - 1])


def fits(asked: Asked, period: Period) -> float:
    """How well a mention's or an article's period fits what was asked, 0 to 1: the share of it that was asked for.

    So a day within an asked month fits fully, a year of which a month was asked by a twelfth, a month of which a day
    was asked by a thirtieth. What recurs fits as well as the best of its times.
    """
    if asked.period:
        return _share(period, asked.period)
    return max(_share(period, time) for time in _times(asked.recurring, period)) if asked.recurring else 0.0


def _times(recurring: Recurring, period: Period) -> tuple[Period, ...]:
    return recurring.around(period.first) + recurring.around(period.last)


def _share(period: Period, time: Period) -> float:
    common = (min(period.last, time.last) - max(period.first, time.first)).days + 1
    return max(common, 0) / ((period.last - period.first).days + 1)


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
    if period.first.day != 1 or (period.last != date.max and _later(period.last, 1).day != 1):
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

"""Whether a text speaks of what was or of what will be, and which time of many it so means."""

from collections.abc import Callable
from datetime import date
from typing import Literal

from index.dates.language import KINDS
from index.dates.periods import is_short, later, latest
from index.dates.reading import Reading
from index.dates.recurring import Recurring, Weekly, Yearly, spread
from index.records import Period

Tense = Literal["past", "future"] | None

_ABOUT_NOW = 31  # days: what is farther off in the other direction would not be named without its year


def tense_at(reading: Reading, first: int, last: int) -> Tense:
    """By the nearest word of time before the phrase in its sentence, else by the first verb after it."""
    before, after = range(first - 1, max(first - 16, 0), -1), range(last, min(last + 12, len(reading.kinds)))
    if reading.kinds[first - 1] == KINDS["since"]:
        return "past"
    if tense := _nearest_tense(reading, before, _tense_of_word) or _nearest_tense(reading, after, _tense_of_verb):
        return tense
    return "future" if reading.kinds[first - 1] == KINDS["until"] else None


def _nearest_tense(reading: Reading, places: range, tense_of: Callable[[Reading, int], Tense]) -> Tense:
    for at in places:
        if reading.kinds[at] == "!":
            return None
        if tense := tense_of(reading, at):
            return tense
    return None


def _tense_of_word(reading: Reading, at: int) -> Tense:
    word, language = reading.word(at), reading.language
    if reading.kinds[at] in "Xx":
        return "future" if reading.kinds[at + 1] == "_" else None
    if word in language.due:
        return "past" if {reading.word(at - 1), reading.word(max(at - 2, 0))} & language.was else "future"
    return "future" if word in language.ahead else _tense_of_verb(reading, at)


def _tense_of_verb(reading: Reading, at: int) -> Tense:
    word, language = reading.word(at), reading.language
    if reading.kinds[at] != "_":
        return None
    if word in language.modals or word.endswith(("'ll", "’ll")):
        return "future"
    if reading.is_capital(at) or not language.is_past(word):
        return None
    return "future" if reading.word(at - 1) in language.be else "past"


def nearest(recurring: Recurring, base: Period, tense: Tense) -> Period:
    """The one that a text of that date and tense means; one within a base of many days before all others."""
    if isinstance(recurring, Weekly):
        return spread(lambda day: _in_tense(recurring, day, tense), base)
    within = latest(one for one in recurring.around(base.last) if base.first != base.last and one.overlaps(base))
    return within or _in_tense(recurring, base.first if tense == "future" else base.last, tense)


def _in_tense(recurring: Recurring, day: date, tense: Tense) -> Period:
    around, slack = recurring.around(day), _ABOUT_NOW if isinstance(recurring, Yearly) else 0
    if tense == "future":
        return next((one for one in around if one.last >= later(day, -slack)), around[-1])
    if tense is None and isinstance(recurring, Yearly) and is_short(around[0]):
        return min(around, key=lambda one: abs((one.first - day).days))
    return latest(one for one in around if one.first <= later(day, slack)) or around[0]

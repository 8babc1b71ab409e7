"""Whether "may" is a month and 1995 a year: what the words beside them tell."""

import re

from index.dates.reading import Reading

_SURE_CUES = "ILlTXxPsvu"
_CUES = _SURE_CUES + "obfBFK"
_NUMBER_AFTER = re.compile("[DRY]|hR|[,o]Y|o?h?[LTXlx]{1,2}y")
_YEAR_AFTER = re.compile("[DR]?,?o?Y|h?R")


def settled(reading: Reading) -> Reading:
    """The same, each word that may be a month now one or none."""
    doubtful = [at for at, kind in enumerate(reading.kinds) if kind == "m"]
    if doubtful:
        kinds = list(reading.kinds)
        for at in doubtful:
            kinds[at] = "M" if _is_month(reading, at) else "_"
        reading.kinds = "".join(kinds)
    return reading


def _is_month(reading: Reading, at: int) -> bool:
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


def _beside_number(reading: Reading, at: int) -> bool:
    before = reading.kinds[max(at - 2, 0) : at]
    return bool(_NUMBER_AFTER.match(reading.kinds, at + 1)) or before[-1:] in ("D", "R") or before in ("Do", "Ro", "Oo")


def _surely_dated(reading: Reading, at: int) -> bool:
    """For "may 5" and "10 may": a year or an ordinal, or a word before it that asks for a date."""
    if _YEAR_AFTER.match(reading.kinds, at + 1) or reading.kinds[at - 1] in "Ro":
        return True
    if reading.kinds[at - 1] == "D":
        return reading.kinds[at - 2] in "U,Ww" + _CUES
    return reading.lenient or reading.kinds[at - 1] in "U,Ww" + _CUES


def _is_lower_month(reading: Reading, at: int, cue: str) -> bool:
    word = reading.word(at)
    if word not in reading.language.verbs:
        return True
    if cue == "T":
        return reading.kinds[at + 1] in "!;,"
    return cue in _CUES or (cue == "h" and word in reading.language.after_the)


def _is_capital_month(reading: Reading, at: int, cue: str) -> bool:
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


def is_year(reading: Reading, at: int) -> bool:
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


def _continues_years(reading: Reading, at: int) -> bool:
    """The second of "2017 and 2018", "2015, 2016" or "2015-2018"."""
    return reading.kinds[max(at - 3, 0) : at].rstrip(",-Aa")[-1:] == "Y" and reading.kinds[at - 1] in ",-Aa"


def _begins_years(reading: Reading, at: int) -> bool:
    """The first of "between 1402 and 1405" or "(1568–1609)"."""
    two = reading.kinds[at + 1] in "A-2" and reading.kinds[at + 2 : at + 3] == "Y" and reading.kinds[at - 1] in "KF;"
    return two and reading.values[at] < reading.values[at + 2]

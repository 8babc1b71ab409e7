"""What Footnote needs to know of a language to read its dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

# Each kind of word is one letter in the patterns of dates.
KINDS = {
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
        return {word: (KINDS[kind], value) for kind, words in self.words.items() for word, value in words.items()}

    @cached_property
    def spelled_out(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.months + self.weekdays)

    def is_past(self, word: str) -> bool:
        return word in self.past or word.endswith(self.past_ending)

"""A text read once into words of a few kinds."""

import re

from index.dates.figures import figured, number, numeric_period
from index.dates.language import Language

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
_GAPS = {"": "", ",": ",", "-": "-", "–": "-", "—": "-", "\u2011": "-", "/": "/"}
_MONEY = frozenset("$€£¥₹#")
_GLUE = frozenset("/_@=+.:")
_DIGITS = "0123456789"


class Reading:
    """A text as parallel lists: one kind, value, start and end a word or mark, with a stop before and after all."""

    def __init__(self, text: str, language: Language, lenient: bool) -> None:
        self.text, self.language, self.lenient = text, language, lenient
        self.starts, self.ends, self.values, self._kinds = [0], [0], [0], ["!"]
        self._read()
        self._add("!", 0, len(text), len(text))
        self.kinds = "".join(self._kinds)

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
            return ("@", 0) if numeric_period(word) else ("_", 0)
        if word[0] in _DIGITS or word[-1] in _DIGITS:
            return self._figures(word, found.start(), found.end())
        return self.language.lookup.get(word[:-2], ("_", 0)) if word.endswith(("'s", "’s")) else ("_", 0)

    def _figures(self, word: str, start: int, end: int) -> tuple[str, int]:
        before = self.text[start - 1 : start]
        if self.text[end : end + 1] == "%" or before in _MONEY:
            return "_", 0
        if word.isascii() and word.isdigit():
            return number(word) if len(word) < 4 or before not in _GLUE else ("_", 0)
        return figured(word)

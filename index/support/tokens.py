"""A sentence as tokens that can be compared: numbers by value, words by stem, names by capital."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from index.english import FUNCTION_WORDS
from index.lexical import stems
from index.records import Span
from index.support import lists

_LONG = "|".join(map(re.escape, sorted(lists.SHORT_FORMS, key=len, reverse=True)))
_TOKEN = re.compile(
    rf"""
    (?<!\w) (?P<long> {_LONG} ) (?!\w)
  | (?P<number> \d+ (?: [,.:]\d+ )* (?: (?=[^\W\d_])\w+ )? )
  | (?P<dotted> (?: [A-Za-z]\. ){{2,}} [A-Za-z]? (?!\w) )
  | (?P<word> [^\W\d_]\w* (?: ['’](?!s\b)\w+ )? )
  | (?P<percent> % )
    """,
    re.VERBOSE,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")


class Kind(Enum):
    NUMBER = "number"
    NAME = "name"
    WORD = "word"
    NEGATION = "negation"
    SMALL = "small"


@dataclass(frozen=True)
class Token:
    """A word with where it stands; tokens with the same ``key`` say the same."""

    span: Span
    text: str
    key: str
    kind: Kind


def tokens(text: str) -> list[Token]:
    plain = unicodedata.normalize("NFC", text) if not text.isascii() else text
    # Offsets are into what was given; a text that changes when it is composed keeps its own form.
    said = plain if len(plain) == len(text) else text
    return list(_tokens(said))


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        span, word = Span(*found.span()), found.group()
        if word.lower().endswith(("n't", "n’t")):
            yield Token(span, word, word.lower()[:-3], Kind.SMALL)
            yield Token(span, word, "not", Kind.NEGATION)
        else:
            yield _token(span, word, str(found.lastgroup))


def _token(span: Span, word: str, form: str) -> Token:
    lower = word.lower().replace("’", "'")
    name = Kind.NAME if word[0].isupper() else Kind.WORD
    match form:
        case "number":
            return Token(span, word, _value(lower), Kind.NUMBER)
        case "long":
            return Token(span, word, lists.SHORT_FORMS[word], name)
        case "percent":
            return Token(span, word, "percent", Kind.WORD)
        case "dotted":
            return Token(span, word, key(lower.replace(".", "")), name)
        case _:
            return _word(span, word, lower)


def _word(span: Span, word: str, lower: str) -> Token:
    if lower in lists.NUMBERS:
        return Token(span, word, f"#{lists.NUMBERS[lower]}", Kind.NUMBER)
    if lower in lists.NEGATIONS:
        return Token(span, word, "not", Kind.NEGATION)
    # "US" and "IT" are names, though "us" and "it" are none.
    if lower in FUNCTION_WORDS and lower not in lists.TELLING and not (word.isupper() and len(word) > 1):
        return Token(span, word, lower, Kind.SMALL)
    return Token(span, word, key(lower), Kind.NAME if word[0].isupper() else Kind.WORD)


def key(lower: str) -> str:
    """What a word is compared by: its stem, or that of the word that stands for its like."""
    if lower in lists.ALIKE:
        return lists.ALIKE[lower]
    stem = "".join(stems(lower)) or lower
    return lists.ALIKE.get(stem, stem)


def _value(figures: str) -> str:
    if _THOUSANDS.fullmatch(figures):
        figures = figures.replace(",", "")
    if ordinal := _ORDINAL.fullmatch(figures):
        figures = ordinal[1]
    return f"#{figures.lstrip('0') or '0'}"

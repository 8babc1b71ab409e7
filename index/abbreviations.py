"""Abbreviations and what they stand for: those that a text explains, and those that general English knows.

What a text explains is found after Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text" (2003), made stricter: every content word of the long form must give at least its first letter.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from index.english import ABBREVIATIONS, COMMON_WORDS, OF_A_COUNTRY

SHORTEST, LONGEST = 2, 10
MOST_WORDS = 10
MOST_EXPANSIONS = 12
# How far back from a parenthesis its long form may begin.
REACH = 200

WORD = re.compile(r"[^\W_]+")
# "R&D" and "U.S." are one token each; a possessive is none of it.
TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?|[^\W_]+(?:&[^\W_]+)*")
IN_PARENTHESES = re.compile(r"\(([^()\n]{2,120})\)")
# "the People's Republic of China, or PRC"; "Sam Bankman-Fried, known as SBF".
NAMED = re.compile(
    r"(?:, (?:or|a\.?k\.?a\.?)"
    r"|(?:,? (?:also|better|widely|commonly))? (?:known|abbreviated|referred to)(?: simply)? (?:as|to|by))"
    r" (?:the )?[\"“'‘]?([A-Z][A-Za-z&.]{1,9})\b(?!-)"
)
QUOTES = "\"'“”‘’ "
LEADING = re.compile(
    r"^(?:or|the|also|known as|abbreviated as|aka|a\.k\.a\.|hereafter|hereinafter|formerly|e\.g\.|i\.e\.)\s+"
)
# Where a long form cannot go on: at a sentence's end, a line's end or a parenthesis.
BREAK = re.compile(r"[.!?;:][\s\"”’]|[()\n]")
SMALL_WORDS = frozenset(
    WORD.findall(
        """a an and at by de del der des di do du el et for from in la las le les of on or s the to und v van von
        with y"""
    )
)


class Abbreviation(NamedTuple):
    """``short`` stands for ``long``, both as written."""

    short: str
    long: str


class Glossary:
    """Which abbreviation stands for what, and the other way round: general English's and an archive's own."""

    def __init__(self, explained: Iterable[Abbreviation] = ()) -> None:
        """Take in what an archive explains; its senses come before those of general English."""
        self._longs: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._shorts: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
        for short, long in (*explained, *GENERAL_ABBREVIATIONS):
            self._longs[_plain(short)].setdefault(long)
            self._shorts[_words(long)].setdefault(short)
        self._most_words = max(map(len, self._shorts))

    def expansions(self, question: str) -> tuple[str, ...]:
        """The long forms of a question's abbreviations and the abbreviations of its long forms.

        What the question has itself is left out. Abbreviations that are common words are looked for only in capitals,
        with dots or, as for "us", where a country is meant; and none such is given for a long form but "US".
        """
        found = dict.fromkeys((*self._of_shorts(question), *self._of_longs(question)))
        asked = f" {' '.join(_words(question))} "
        return tuple(other for other in found if f" {' '.join(_words(other))} " not in asked)[:MOST_EXPANSIONS]

    def _of_shorts(self, question: str) -> Iterator[str]:
        shouted = question.isupper()
        for match in TOKEN.finditer(question):
            plain = _plain(match.group())
            for short in (plain, plain.removesuffix("s")):
                if short in self._longs and _is_meant(short, match, question, shouted):
                    yield from self._longs[short]
                    break

    def _of_longs(self, question: str) -> Iterator[str]:
        words = _words(question)
        for first in range(len(words)):
            for last in range(first + 1, min(first + self._most_words, len(words)) + 1):
                shorts = self._shorts.get(words[first:last], {})
                yield from (short for short in shorts if short == "US" or not ("." in short or _is_word(_plain(short))))


def explained(text: str) -> tuple[Abbreviation, ...]:
    """The abbreviations that a text explains, each once, in order."""
    found = [*_in_parentheses(text), *_named(text)]
    return tuple(dict.fromkeys(pair for _, pair in sorted(found, key=lambda item: item[0])))


def _general() -> Iterator[Abbreviation]:
    for line in ABBREVIATIONS.strip().splitlines():
        shorts, longs = line.split(" = ")
        yield from (Abbreviation(short, long) for short in shorts.split() for long in longs.split(" | "))


def _is_word(short: str) -> bool:
    return short in COMMON_WORDS or short.removesuffix("s") in COMMON_WORDS


def _plain(short: str) -> str:
    return short.replace(".", "").lower()


def _words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text.lower()))


GENERAL_ABBREVIATIONS = tuple(_general())


def _is_meant(short: str, match: re.Match[str], question: str, shouted: bool) -> bool:
    """Whether an abbreviation is meant where its letters stand."""
    before, after = question[: match.start()].rstrip(), question[match.end() :]
    if short in {"am", "pm"} and before[-1:].isdigit():
        return False
    if not _is_word(short) or "." in match.group():
        return True
    if match.group().rstrip("s").isupper() and not shouted:
        return True
    return short == "us" and _is_country(before.lower(), after.lower())


def _is_country(before: str, after: str) -> bool:
    """ "us" means the country after "the" (but not "the us and them") and before what a country has."""
    following = WORD.match(after.lstrip(" '’"))
    if re.match(r"-[^\W\d_]", after) or re.search(r"[^\W\d_]-$", before):
        return True
    if following is not None and following.group() in OF_A_COUNTRY:
        return True
    return re.search(r"\bthe$", before) is not None and not re.match(r" (?:and|vs|versus) them\b", after)


def _in_parentheses(text: str) -> Iterator[tuple[int, Abbreviation]]:
    for match in IN_PARENTHESES.finditer(text):
        inside = LEADING.sub("", re.split(r"[;,]", match.group(1))[0].strip(QUOTES)).strip(QUOTES)
        before = text[max(match.start() - REACH, 0) : match.start()].rstrip(QUOTES)
        if _is_short(inside):
            long = _long_before(inside, before)
            if long is not None:
                yield match.start(), Abbreviation(_singular(inside), long)
        else:
            short = before.rsplit(maxsplit=1)[-1].strip(QUOTES) if before else ""
            if _is_short(short) and _spells(_letters(short), _words_in(inside)):
                yield match.start(), Abbreviation(_singular(short), inside)


def _named(text: str) -> Iterator[tuple[int, Abbreviation]]:
    for match in NAMED.finditer(text):
        short = match.group(1).rstrip(".") if "." not in match.group(1)[:-1] else match.group(1)
        long = _long_before(short, text[max(match.start() - REACH, 0) : match.start()]) if _is_short(short) else None
        if long is not None:
            yield match.start(), Abbreviation(_singular(short), long)


def _is_short(text: str) -> bool:
    """Two to ten letters and digits without a space, two of them capitals at least."""
    letters = text.replace(".", "").replace("&", "")
    capitals = sum(letter.isupper() for letter in letters)
    return SHORTEST <= len(letters) <= LONGEST and letters.isalnum() and letters[0].isalpha() and capitals >= 2


def _singular(short: str) -> str:
    return short[:-1] if len(short) > SHORTEST and short[-1] == "s" and short[:-1].isupper() else short


def _letters(short: str) -> str:
    return re.sub(r"[.&]", "", _singular(short)).lower()


def _words_in(text: str) -> list[re.Match[str]]:
    return list(WORD.finditer(text))


def _long_before(short: str, before: str) -> str | None:
    """The shortest run of words at the end of a text that spells an abbreviation and keeps to one sentence.

    One that does so by first letters alone goes before one that takes others too.
    """
    letters, words = _letters(short), _words_in(before)
    for most in (1, LONGEST):
        for first in range(len(words) - 1, max(len(words) - MOST_WORDS, 0) - 1, -1):
            long = before[words[first].start() :]
            if BREAK.search(long) or short in long:
                break
            if words[first].group().lower() not in SMALL_WORDS and _spells(letters, words[first:], most):
                return long.rstrip(" ,")
    return None


def _spells(letters: str, words: Sequence[re.Match[str]], most: int = LONGEST) -> bool:
    """Whether each content word gives its first letter, and up to ``most`` in order, so that all are spelt.

    There are two words at least, and the first gives some.
    """
    texts = [word.group().lower() for word in words]
    if not 2 <= len(texts) <= MOST_WORDS:
        return False
    spelt = {0}
    for i, text in enumerate(texts):
        after = {end for start in spelt for end in islice(_taken(letters, start, text), most)}
        spelt = after | (spelt if i and text in SMALL_WORDS else set())
    return len(letters) in spelt


def _taken(letters: str, start: int, word: str) -> Iterator[int]:
    """How far a word can take the spelling: by its first letter, then by further ones in its order."""
    at = 0 if letters[start : start + 1] == word[0] else -1
    while at >= 0:
        start += 1
        yield start
        at = word.find(letters[start], at + 1) if start < len(letters) else -1

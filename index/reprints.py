"""Passages that are reprints of one another → one result, for which one copy speaks.

A sentence is matched in another text where enough of its word pairs stand there too: that bears with edited words,
other quotation marks and another order, and a sentence told in other words has few. Two passages are of the same story
where nearly the whole of one stands in the other's article: a quotation in common is not enough, and how paragraphs
were joined into passages does not matter. Sentences alike that disagree in numbers, dates or names tell of two events.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, compress
from typing import NamedTuple
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from index.records import Period

SENTENCE = 0.4  # of its word pairs: a sentence is matched
STORY = 0.7  # of its words, in matched sentences: a passage stands in an article
HALF = 0.5  # of the shorter's words: two passages say the same
FEWEST = 12  # words: anything shorter is matched by chance
QUOTATION = 60  # words: up to so many in common may be a quotation, which what stands about it must bear out
BESIDE = 0.5  # of its word pairs: what stands about a passage is of the same story
APART = 31  # days
LITTLE = 20  # words: what stands about a passage is nothing
VERBATIM = 0.7  # of its word pairs: a brief that is all of its article is a copy, not another's telling of the same

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# A character of Chinese or Japanese is a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_GAPS = {ord(c): " " for c in map(chr, range(128)) if not c.isalnum()}  # the same for ASCII, three times as fast
_DIGITS = re.compile(r"\d+")
_MONTHS = "January February March April May June July August September October November December"
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_CALENDAR = {*_MONTHS.split(), *_WEEKDAYS.split()}
_AFTER = ".,;:!?…\"'”’)"
_PAIRING = np.int64(0x5851F42D4C957F2D)
_LAST = date.max


@dataclass(frozen=True)
class Copy:
    """A passage that was found: its sentences, and the one of them for which it was (``best``), where that is known.

    ``around`` is its article's text before and after the passage, some thousand characters each way; it is read only
    where passages overlap in part, or in little.
    """

    article: str
    sentences: tuple[str, ...]
    published: Period | None = None
    source: str | None = None
    best: int | None = None
    around: str = ""
    times: tuple[Period, ...] = ()


@dataclass(frozen=True)
class Group:
    """One result: the copy that speaks, and one copy of each other article, in rank order."""

    speaker: int
    others: tuple[int, ...]


def joined(copies: Sequence[Copy], named: Collection[str] = ()) -> list[Group]:
    """Reprints among passages in rank order, as groups in rank order of their best; numbers are places in ``copies``.

    A copy of a publisher in ``named`` speaks, else the earliest dated, else the best; always one that has the sentence
    for which the best was found. A passage that the speaker repeats from an article that the group names already is in
    no group. Passages of one article are never joined.
    """
    if not copies:
        return []
    articles = np.unique([copy.article for copy in copies], return_inverse=True)[1]
    same, says = _compared(copies, articles)
    preferred = _preference(copies, named)
    groups: list[Group] = []
    free = np.ones(len(copies), bool)
    for best in range(len(copies)):
        if free[best]:
            able = np.flatnonzero(free & same[:, best] & says[:, best]).tolist()
            speaker = min([best, *able], key=preferred.__getitem__)
            members = free & (same[speaker] | same[best])
            members &= articles != articles[speaker]
            free &= ~members
            free[speaker] = False
            groups.append(Group(speaker, _first_of_each(copies, np.flatnonzero(members).tolist())))
    return groups


def _preference(copies: Sequence[Copy], named: Collection[str]) -> list[tuple[bool, bool, date, int]]:
    """What speaks first has the least. A partial date counts from when it is surely past."""
    names = {name.casefold() for name in named}
    return [
        (
            (copy.source or "").casefold() not in names,
            copy.published is None,
            copy.published.last if copy.published else _LAST,
            rank,
        )
        for rank, copy in enumerate(copies)
    ]


def _first_of_each(copies: Sequence[Copy], places: Sequence[int]) -> tuple[int, ...]:
    first = {copies[i].article: i for i in reversed(places)}
    return tuple(sorted(first.values()))


# Comparing: rows are the texts that are looked into, columns the shingles, sentences or passages that are looked for.


class _Shingles:
    """The word pairs of all sentences of all copies, one after another, as places in a list of distinct ones.

    The last word of a sentence stands alone, so that a sentence has as many shingles as words.
    """

    def __init__(self, copies: Sequence[Copy]) -> None:
        sentences = [copy.sentences or ("",) for copy in copies]
        words = [_words(sentence) for sentence in chain.from_iterable(sentences)]
        self.lengths = np.fromiter(map(len, words), np.int64, len(words))
        self.starts = _starts(self.lengths)
        self.first_sentences = _starts(np.fromiter(map(len, sentences), np.int64, len(sentences)))
        self.totals = np.add.reduceat(self.lengths, self.first_sentences)
        hashes = _paired(list(chain.from_iterable(words)), self.starts + self.lengths - 1)
        self.distinct, self.places = np.unique(hashes, return_inverse=True)

    def held_by(self, owners: Integers) -> Bools:
        """Which shingles each owner has, shape (owners, distinct); ``owners`` has the number of each passage's."""
        held = np.zeros((int(owners.max()) + 1, len(self.distinct)), bool)
        held[np.repeat(owners, self.totals), self.places] = True
        return held

    def matched(self, held: Bools) -> Bools:
        """Which sentences are matched in each row, shape (rows, sentences)."""
        shared = np.add.reduceat(held[:, self.places], self.starts, axis=1, dtype=np.int64)
        matched: Bools = shared >= SENTENCE * self.lengths
        return matched

    def words(self, matched: Bools) -> Integers:
        """The words of each passage in matched sentences, shape (rows, passages)."""
        return np.add.reduceat(matched * self.lengths, self.first_sentences, axis=1)


def _compared(copies: Sequence[Copy], articles: Integers) -> tuple[Bools, Bools]:
    """Which pairs are reprints, either way round; and whether a row has the sentence for which a column was found."""
    shingles = _Shingles(copies)
    matched = shingles.matched(shingles.held_by(np.arange(len(copies))))
    words = shingles.words(matched)
    parts = words / shingles.totals
    says = _says(copies, shingles, matched, parts)
    alike = (np.maximum(parts, parts.T) >= HALF) | says | says.T
    long = (words >= FEWEST) & (words.T >= FEWEST) | (np.minimum(parts, parts.T) >= STORY)
    likely = alike & long & (articles[:, None] != articles)
    same = likely & _same_story(copies, shingles, articles, likely)
    for one, other in np.argwhere(np.triu(same)).tolist():
        pair = _split(copies, shingles, matched, one, other), _split(copies, shingles, matched, other, one)
        short = max(words[one, other], words[other, one]) < QUOTATION
        if _disagree(*pair) or _apart(copies[one], copies[other]) or (short and not _beside(*pair)):
            same[one, other] = same[other, one] = False
    return same, says


def _says(copies: Sequence[Copy], shingles: _Shingles, matched: Bools, parts: Floats) -> Bools:
    """Where it is not known for which sentence a passage was found, half of it will do."""
    best = [copy.best or 0 for copy in copies]
    known = np.array([copy.best is not None for copy in copies])
    return np.where(known, matched[:, shingles.first_sentences + best], parts >= HALF)


def _same_story(copies: Sequence[Copy], shingles: _Shingles, articles: Integers, likely: Bools) -> Bools:
    """Pairs of which one passage stands in the other's article, as far as it was found or, in doubt, is ``around``."""
    held = shingles.held_by(articles)
    within = _within(shingles, articles, held)
    doubtful = np.flatnonzero((likely & ~within).any(axis=1))
    for i in doubtful.tolist():
        if copies[i].around:
            held[articles[i]] |= np.isin(shingles.distinct, _paired(_words(copies[i].around)))
    return _within(shingles, articles, held) if len(doubtful) else within


def _within(shingles: _Shingles, articles: Integers, held: Bools) -> Bools:
    parts = shingles.words(shingles.matched(held)) / shingles.totals
    within: Bools = parts[articles] >= STORY
    return within | within.T


class _Split(NamedTuple):
    """A passage's sentences that are matched in another, and the rest of its article as far as it is known."""

    said: list[str]
    unsaid: list[str]
    around: str

    @property
    def rest(self) -> str:
        return "\n".join((*self.unsaid, self.around))

    def holds(self, words: Integers) -> float:
        """How much of what another article has besides is here."""
        return float(np.isin(words, _paired(_words("\n".join((*self.said, self.rest))))).mean())


def _split(copies: Sequence[Copy], shingles: _Shingles, matched: Bools, of: int, by: int) -> _Split:
    sentences, first = copies[of].sentences, shingles.first_sentences[of]
    there = matched[by, first : first + len(sentences)]
    return _Split(list(compress(sentences, there)), list(compress(sentences, ~there)), copies[of].around)


def _beside(one: _Split, other: _Split) -> bool:
    """What two articles have besides the sentences in common is alike too; with nothing besides, they are verbatim."""
    rests = _paired(_words(one.rest)), _paired(_words(other.rest))
    if min(map(len, rests)) < LITTLE:
        said = sorted((_paired(_words(" ".join(pair.said))) for pair in (one, other)), key=len)
        return float(np.isin(said[0], said[1]).mean()) >= VERBATIM
    return max(one.holds(rests[1]), other.holds(rests[0])) >= BESIDE


def _disagree(one: _Split, other: _Split) -> bool:
    """In what both say, each has as many figures that the other lacks as both have in common, or as many names."""
    if one.said == other.said:
        return False
    ours, theirs, seen, known = map(_marks, (one.said, other.said, one.said + one.unsaid, other.said + other.unsaid))
    lacked = [(min(len(a - d), len(b - c)), len(a & b)) for a, b, c, d in zip(ours, theirs, seen, known, strict=True)]
    return any(missing >= max(1, common) for missing, common in lacked)


def _apart(one: Copy, other: Copy) -> bool:
    """They speak of days, and of none less than a month apart."""
    gaps = [max((a.first - b.last).days, (b.first - a.last).days) for a in one.times for b in other.times]
    return min(gaps, default=0) > APART


def _marks(sentences: Sequence[str]) -> tuple[set[str], set[str]]:
    """Figures, days and months among them, and names: capitalised words but those that begin a sentence."""
    words = chain.from_iterable(sentence.split()[1:] for sentence in sentences)
    names = {word.rstrip(_AFTER) for word in words if word[0].isupper()}
    return (_CALENDAR & names) | set(_DIGITS.findall(" ".join(sentences))), names - _CALENDAR


# Words


def _words(text: str) -> list[str]:
    """The words of a text, marks and cases aside; a text without any is one itself."""
    if text.isascii():
        return text.lower().translate(_GAPS).split() or [text]
    return _WORD.findall(normalize("NFKC", text).casefold()) or [text]


def _paired(words: Sequence[str], lasts: Integers | None = None) -> Integers:
    """Each word with the next as one number; those at ``lasts`` stand alone."""
    alone = np.fromiter(map(hash, words), np.int64, len(words))
    pairs = alone.copy()
    pairs[:-1] = pairs[:-1] * _PAIRING + alone[1:]
    if lasts is not None:
        pairs[lasts] = alone[lasts]
    return pairs


def _starts(lengths: Integers) -> Integers:
    return np.cumsum(lengths) - lengths

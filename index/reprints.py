"""Passages that are reprints of one another → one result, for which one copy speaks.

A sentence is matched in another text where enough of its word pairs stand there too: that bears with edited words,
other quotation marks and another order, and a sentence told in other words has few. Two passages are of the same story
where nearly the whole of one stands in the other's article: a quotation in common is not enough, and how paragraphs
were joined into passages does not matter. Sentences alike that disagree in numbers, dates or names tell of two events.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.records import Period
from index.shingles import Bools, Integers, are_in, numbered, paired, share_in

SENTENCE = 0.4  # of its word pairs: a sentence is matched
STORY = 0.7  # of its words, in matched sentences: a passage stands in an article
HALF = 0.5  # of the shorter's words: two passages say the same
FEWEST = 12  # words: anything shorter is matched by chance
QUOTATION = 60  # words: up to so many in common may be a quotation, which what stands about it must bear out
BESIDE = 0.5  # of its word pairs: what stands about a passage is of the same story
APART = 31  # days
LITTLE = 20  # words: what stands about a passage is nothing
VERBATIM = 0.7  # of its word pairs: a brief that is all of its article is a copy, not another's telling of the same

Floats = NDArray[np.float64]

_DIGITS = re.compile(r"\d+")
_MONTHS = "January February March April May June July August September October November December"
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_CALENDAR = {*_MONTHS.split(), *_WEEKDAYS.split()}
_AFTER = ".,;:!?…\"'”’)"
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
    if not same.any():
        return [Group(i, ()) for i in range(len(copies))]
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

    def __init__(self, words: "_Words") -> None:
        said = [_or_itself(*one) for one in zip(words.of_sentences, words.sentences, strict=True)]
        self.lengths = np.fromiter(map(len, said), np.int64, len(said))
        self.starts = _starts(self.lengths)
        self.first_sentences = words.firsts
        self.totals = np.add.reduceat(self.lengths, self.first_sentences)
        hashes = paired(np.concatenate(said), self.starts + self.lengths - 1)
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
    told = _Words(copies)
    shingles = _Shingles(told)
    matched = shingles.matched(shingles.held_by(np.arange(len(copies))))
    words = shingles.words(matched)
    parts = words / shingles.totals
    says = _says(copies, shingles, matched, parts)
    alike = (np.maximum(parts, parts.T) >= HALF) | says | says.T
    long = (words >= FEWEST) & (words.T >= FEWEST) | (np.minimum(parts, parts.T) >= STORY)
    likely = alike & long & (articles[:, None] != articles)
    same = likely & _same_story(told, shingles, articles, likely) if likely.any() else likely
    for one, other in np.argwhere(np.triu(same)).tolist():
        pair = told.split(matched, one, other), told.split(matched, other, one)
        if told.disagree(*pair) or _apart(copies[one], copies[other]):
            same[one, other] = same[other, one] = False
    short = same & (np.maximum(words, words.T) < QUOTATION)
    told.learn_around(np.flatnonzero(short.any(axis=1)).tolist())
    for one, other in np.argwhere(np.triu(short)).tolist():
        if not told.are_beside(told.split(matched, one, other), told.split(matched, other, one)):
            same[one, other] = same[other, one] = False
    return same, says


def _says(copies: Sequence[Copy], shingles: _Shingles, matched: Bools, parts: Floats) -> Bools:
    """Where it is not known for which sentence a passage was found, half of it will do."""
    best = [copy.best or 0 for copy in copies]
    known = np.array([copy.best is not None for copy in copies])
    return np.where(known, matched[:, shingles.first_sentences + best], parts >= HALF)


def _same_story(words: "_Words", shingles: _Shingles, articles: Integers, likely: Bools) -> Bools:
    """Pairs of which one passage stands in the other's article, as far as it was found or, in doubt, is ``around``."""
    held = shingles.held_by(articles)
    within = _within(shingles, articles, held)
    doubtful = np.flatnonzero((likely & ~within).any(axis=1)).tolist()
    words.learn_around(doubtful)
    for place in doubtful:
        held[articles[place]] |= are_in(shingles.distinct, paired(words.around[place]))
    return _within(shingles, articles, held) if doubtful else within


def _within(shingles: _Shingles, articles: Integers, held: Bools) -> Bools:
    parts = shingles.words(shingles.matched(held)) / shingles.totals
    within: Bools = parts[articles] >= STORY
    return within | within.T


class _Split(NamedTuple):
    """A copy's sentences that are matched in another, and those that are not, by their numbers."""

    copy: int
    said: list[int]
    unsaid: list[int]


class _Words:
    """The sentences of all copies, one after another, their words as numbers, and those ``around`` once learned."""

    def __init__(self, copies: Sequence[Copy]) -> None:
        by_copy = [copy.sentences or ("",) for copy in copies]
        self.sentences = list(chain.from_iterable(by_copy))
        self.counts = np.fromiter(map(len, by_copy), np.int64, len(by_copy))
        self.firsts = _starts(self.counts)
        self.of_sentences = numbered(self.sentences)
        self.around, self._copies = dict[int, Integers](), copies
        self._marks = cache(lambda number: _marks(self.sentences[number]))

    def learn_around(self, places: Iterable[int]) -> None:
        """Have the words about these copies at hand."""
        new = [place for place in places if place not in self.around]
        self.around.update(zip(new, numbered([self._copies[place].around for place in new]), strict=True))

    def split(self, matched: Bools, of: int, by: int) -> _Split:
        first, count = int(self.firsts[of]), int(self.counts[of])
        there = matched[by, first : first + count].tolist()
        said, unsaid = list[int](), list[int]()
        for number, is_there in enumerate(there, first):
            (said if is_there else unsaid).append(number)
        return _Split(of, said, unsaid)

    def are_beside(self, one: _Split, other: _Split) -> bool:
        """What two articles have besides the sentences in common is alike too; with nothing, they are verbatim."""
        rests = self._rest(one), self._rest(other)
        if min(map(len, rests)) < LITTLE:
            fewer, more = sorted((paired(self._said(one)), paired(self._said(other))), key=len)
            return share_in(fewer, more) >= VERBATIM
        return self._holds(one, rests[0], rests[1]) or self._holds(other, rests[1], rests[0])

    def _holds(self, split: _Split, rest: Integers, words: Integers) -> bool:
        """Whether most of what another article has besides is in this one, of which the rest is known."""
        return share_in(paired(words), paired(np.concatenate([self._said(split), rest]))) >= BESIDE

    def _said(self, split: _Split) -> Integers:
        words = np.concatenate([self.of_sentences[number] for number in split.said])
        return _or_itself(words, " ".join(self.sentences[number] for number in split.said))

    def _rest(self, split: _Split) -> Integers:
        return np.concatenate([*(self.of_sentences[number] for number in split.unsaid), self.around[split.copy]])

    def disagree(self, one: _Split, other: _Split) -> bool:
        """In what both say, each has as many figures that the other lacks as both have in common, or as many names."""
        if self._texts(one.said) == self._texts(other.said):
            return False
        ours, theirs = self._marks_in(one.said), self._marks_in(other.said)
        seen, known = self._marks_in([*one.said, *one.unsaid]), self._marks_in([*other.said, *other.unsaid])
        lacked = [
            (min(len(a - d), len(b - c)), len(a & b)) for a, b, c, d in zip(ours, theirs, seen, known, strict=True)
        ]
        return any(missing >= max(1, common) for missing, common in lacked)

    def _texts(self, numbers: Iterable[int]) -> list[str]:
        return [self.sentences[number] for number in numbers]

    def _marks_in(self, sentences: Iterable[int]) -> tuple[set[str], set[str]]:
        figures, names = zip(*map(self._marks, sentences), strict=True)
        return set().union(*figures), set().union(*names)


def _apart(one: Copy, other: Copy) -> bool:
    """They speak of days, and of none less than a month apart."""
    gaps = [max((a.first - b.last).days, (b.first - a.last).days) for a in one.times for b in other.times]
    return min(gaps, default=0) > APART


def _marks(sentence: str) -> tuple[set[str], set[str]]:
    """Figures, days and months among them, and names: capitalised words but those that begin a sentence."""
    names = {word.rstrip(_AFTER) for word in sentence.split()[1:] if word[0].isupper()}
    return (_CALENDAR & names) | set(_DIGITS.findall(sentence)), names - _CALENDAR


def _or_itself(words: Integers, text: str) -> Integers:
    """A text without words is one itself."""
    return words if len(words) else np.array([hash(text)], np.int64)


def _starts(lengths: Integers) -> Integers:
    return np.cumsum(lengths) - lengths

"""How well a question is met by what was found: what the verdict goes by."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise

import numpy as np

from index import ranking
from index.abbreviations import GENERAL_ABBREVIATIONS
from index.embedding import EncodedQuestion
from index.english import ABOUT_ARTICLES, FUNCTION_WORDS
from index.questions import WORD, Understood
from index.records import Span
from index.vectors import Floats
from index.verdict import SUPPORTED, Mask, Signals, covered, names_met, unsupported
from index.view import View

# How many passages are asked whether they answer, and how many of them for the sense.
JUDGED, OF_SENSE = 10, 3
SHORTS = frozenset(short for short, _ in GENERAL_ABBREVIATIONS)


@dataclass(frozen=True)
class Evidence:
    """A passage that was found: what is known about it, the terms of each of its sentences, and which answers best."""

    number: int
    about: str
    said: Sequence[Sequence[str]]
    best: int


@dataclass(frozen=True)
class Support:
    """The sentence of a passage that covers a part of a question best."""

    number: int
    sentence: int


@dataclass(frozen=True)
class Judgement:
    """How well a question is met as a whole, and part by part.

    ``support``: of each part that has some, in the question's order, the passages that support it, best first.
    ``unsupported``: of several questions in one, those that have none, where another has. ``signals`` are None where
    there is nothing to compare, or no word that says what is looked for. ``words`` are the question's, and ``met`` says
    of each passage, by its number, how well each of its sentences meets each of them, from 0 to 1: (sentences, words).
    """

    signals: Signals | None
    support: tuple[tuple[Support, ...], ...] = ()
    unsupported: tuple[Span, ...] = ()
    words: tuple[Span, ...] = ()
    met: Mapping[int, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Word:
    """A word of a question, with its tokens and the terms that the word index knows it by."""

    span: Span
    text: str
    tokens: list[int]
    terms: frozenset[str]

    @property
    def is_small(self) -> bool:
        return self.text.lower() in FUNCTION_WORDS

    @property
    def is_name(self) -> bool:
        """A number or a capital that no beginning of a sentence calls for."""
        return any(map(str.isdigit, self.text)) or (self.span.start > 0 and self.text[:1].isupper())


def judged(view: View, encoded: EncodedQuestion, asked: Understood, found: Sequence[Evidence]) -> Judgement:
    """How well the question is met by what was found, best first."""
    words = _words(view, encoded, asked)
    if not found or not _says_anything(words):
        return Judgement(None)
    likeness, owners, ends = view.token_cosines(encoded.tokens, np.array([one.number for one in found], np.int64))
    by_sentence = ranking.best_by_sentence(likeness, owners, ends, [len(one.said) for one in found])
    stands = _stands(view, words, found)
    met = np.where(stands, 1, by_sentence @ _shares(words, len(encoded.spans)))
    met[[not terms for one in found for terms in one.said]] = 0  # furniture: what stands about it is not its own
    tops = ranking.best_in(likeness, ends)[:OF_SENSE]
    rarities = view.term_rarities([word.terms for word in words]) * _telling(words, asked)
    names = np.array([word.is_name for word in words], bool)
    parts = _parts(words, asked)
    signals = Signals(
        covered=covered(met, parts),
        names=names_met(stands[found[0].best], names, rarities),
        sense=float(tops[:, _small(words)].mean()),
    )
    spans, by_passage = tuple(word.span for word in words), _by_passage(met, found)
    if not asked.parts and not asked.questions:
        return Judgement(signals, words=spans, met=by_passage)
    questions = [[part & own for part in parts if (part & own).any()] for own in _inside(words, asked.questions)]
    # Of a question that is cut off before its first word nothing can be told.
    lacking = unsupported([covered(met, question) if question else 1.0 for question in questions])
    supported = chain(*(own for place, own in enumerate(questions) if place not in lacking)) if questions else parts
    return Judgement(
        signals,
        tuple(filter(None, (_support(met[:, part].mean(axis=1), found) for part in supported))),
        tuple(asked.questions[place] for place in lacking),
        spans,
        by_passage,
    )


def _by_passage(met: Floats, found: Sequence[Evidence]) -> dict[int, Floats]:
    stretches = pairwise(accumulate((len(one.said) for one in found), initial=0))
    return {one.number: met[begins:ends] for one, (begins, ends) in zip(found, stretches, strict=True)}


def _support(met: Floats, found: Sequence[Evidence]) -> tuple[Support, ...]:
    """The passages with a sentence that supports a part, best first; ``met`` says how well each of all does."""
    best = [(float(own.max()), Support(number, int(own.argmax()))) for number, own in _by_passage(met, found).items()]
    return tuple(support for covers, support in sorted(best, key=lambda one: -one[0]) if covers >= SUPPORTED)


def _words(view: View, encoded: EncodedQuestion, asked: Understood) -> list[Word]:
    """The question's words, each with the tokens that it is made of."""
    found: list[Word] = []
    starts = [token.start for token in encoded.spans]
    for match in WORD.finditer(asked.text):
        span = Span(*match.span())
        tokens = list(range(bisect_left(starts, span.start), bisect_left(starts, span.end)))
        if tokens:
            found.append(Word(span, match.group(), tokens, frozenset(view.terms(match.group()))))
    return found


def _says_anything(words: Sequence[Word]) -> bool:
    """Whether a word says what is looked for: "WHO" does, but not in "WHO IS IT"."""
    is_shouted = len(words) > 1 and all(word.text.isupper() for word in words)
    return any(not word.is_small or (word.text in SHORTS and not is_shouted) for word in words)


def _places(words: Sequence[Word]) -> dict[str, list[int]]:
    """Which of the words each term stands for."""
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        for term in word.terms:
            places.setdefault(term, []).append(number)
    return places


def _stands(view: View, words: Sequence[Word], found: Sequence[Evidence]) -> Mask:
    """Which words stand in which sentence, or in what is known about all of a passage's: (sentences, words)."""
    places, at = _places(words), list[tuple[int, int]]()
    begins = 0
    for one in found:
        known = places.keys() & view.terms(one.about)
        for row, terms in enumerate(one.said, begins):
            at += [(row, place) for term in known.union(places.keys() & terms) for place in places[term]]
        begins += len(one.said)
    stands = np.zeros((begins, len(words)), bool)
    if at:
        stands[tuple(np.array(at).T)] = True
    return stands


def _shares(words: Sequence[Word], tokens: int) -> Floats:
    """How much of each word each token is, shape (tokens, words)."""
    shares = np.zeros((tokens, len(words)), np.float32)
    for number, word in enumerate(words):
        shares[word.tokens, number] = 1 / len(word.tokens)
    return shares


def _telling(words: Sequence[Word], asked: Understood) -> Mask:
    """Which words say what is looked for, in a question that names publishers: not that they report it."""
    telling = np.array([not asked.whole.publishers or word.text.lower() not in ABOUT_ARTICLES for word in words], bool)
    return telling if telling.any() else ~telling


def _parts(words: Sequence[Word], asked: Understood) -> list[Mask]:
    """The words that tell something of each part of the question, or of the whole."""
    said = _telling(words, asked) & np.array([not word.is_small for word in words], bool)
    naming = np.array([any(word.span.overlaps(name) for name in asked.names) for word in words], bool)
    inside = _inside(words, [part.span for part in asked.parts])
    parts = [said & mask & ~naming for mask in inside] or [said]
    kept = [part for part in parts if part.any()]
    return kept or [np.ones(len(words), bool)]


def _inside(words: Sequence[Word], stretches: Sequence[Span]) -> list[Mask]:
    """The words of each stretch of the question."""
    return [np.array([span.start <= word.span.start < span.end for word in words], bool) for span in stretches]


def _small(words: Sequence[Word]) -> list[int]:
    """The tokens of small words; all where there are none."""
    small = [token for word in words if word.is_small for token in word.tokens]
    return small or [token for word in words for token in word.tokens]

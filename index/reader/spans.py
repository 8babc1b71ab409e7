"""From a reader's logits to the words that answer, and to the sentence that holds them."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from index.records import Span

Floats = NDArray[np.float32]
Scores = NDArray[np.float64]

# How many word pieces an answer has, at most.
MAX_PIECES = 30

PAIRS = {'"': '"', "(": ")", "[": "]", "{": "}", "\u201c": "\u201d", "\u2018": "\u2019", "\u00ab": "\u00bb"}
CLOSING = {closing: opening for opening, closing in PAIRS.items()}
# Punctuation that belongs to the word beside it: "#1", "5%", "AT&T".
WORDLIKE = frozenset("#%&@§‰")
# "U.S." and "a.m." end with a point of their own.
POINTS_OF_ITS_OWN = re.compile(r"(?:\b[^\W\d_]{1,3}\.){2,}$")


def answer(text: str, pieces: Sequence[Span], scores: Scores) -> tuple[Span, float] | None:
    """The best span in characters of ``text``, in whole words, with its log-probability among all that may be one.

    ``pieces`` are the text's, ``scores`` those of ``span_scores``. None where nothing can be an answer.
    """
    if not np.isfinite(scores).any():
        return None
    first, further = divmod(int(np.argmax(scores)), MAX_PIECES)
    span = _trimmed(text, _whole_words(text, Span(pieces[first].start, pieces[first + further].end)))
    return span, -float(np.log(np.exp(scores - scores.max()).sum()))


def in_sentences(sentences: Sequence[Span], pieces: Sequence[Span], scores: Scores) -> Floats:
    """The probability of each sentence that it holds the answer, shape (sentences,).

    It is a softmax over the best span that lies within each. ``sentences`` are in order and disjoint.
    """
    best = np.full(len(sentences), -np.inf)
    if sentences and len(pieces):
        owners = _owners(sentences, pieces)
        inside = (_windows(owners, -2) == owners[:, None]) & (owners >= 0)[:, None]
        within = np.where(inside, scores, -np.inf).max(axis=1)
        np.maximum.at(best, owners[owners >= 0], within[owners >= 0])
    if not np.isfinite(best).any():
        return uniform(len(sentences))
    likely = np.exp(best - best.max())
    probabilities: Floats = (likely / likely.sum()).astype(np.float32)
    return probabilities


def uniform(sentences: int) -> Floats:
    """What is known of where the answer is before anything is read."""
    return np.full(sentences, 1 / max(sentences, 1), np.float32)


def span_scores(text: str, pieces: Sequence[Span], start: Floats, end: Floats) -> Scores:
    """``start[i] + end[i + k]`` at (i, k), shape (pieces, MAX_PIECES), for the logits of a passage's pieces, (pieces,).

    Minus infinity stands where there is no such span, or where it has no letter and no digit.
    """
    if not pieces:
        return np.empty((0, MAX_PIECES))
    said = np.cumsum([0, *(any(map(str.isalnum, span.of(text))) for span in pieces)])
    speaks = _windows(said[1:], 0) > said[:-1, None]
    scores = start.astype(np.float64)[:, None] + _windows(end.astype(np.float64), -np.inf)
    return np.where(speaks, scores, -np.inf)


def _windows(values: NDArray[Any], beyond: float) -> NDArray[Any]:
    """Each value and those that follow it, ``beyond`` behind the last, shape (values, MAX_PIECES)."""
    return sliding_window_view(np.pad(values, (0, MAX_PIECES - 1), constant_values=beyond), MAX_PIECES)


def _owners(sentences: Sequence[Span], pieces: Sequence[Span]) -> NDArray[np.int64]:
    """In which sentence each piece lies, -1 for none."""
    starts, ends = np.array(sentences).T
    begin, end = np.array(pieces).T
    numbers = np.searchsorted(starts, begin, side="right") - 1
    return np.where((numbers >= 0) & (end <= ends[numbers]), numbers, -1)


def _whole_words(text: str, span: Span) -> Span:
    start, end = span
    while start > 0 and _is_inside_word(text, start):
        start -= 1
    while end < len(text) and _is_inside_word(text, end):
        end += 1
    return Span(start, end)


def _is_inside_word(text: str, at: int) -> bool:
    """Whether a word, or a number with its points and commas, goes on from the character before ``at`` to the next."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M"):
        return True
    if before in ".,":
        return at > 1 and text[at - 2].isdigit() and after.isdigit()
    if after in ".,":
        return before.isdigit() and text[at + 1 : at + 2].isdigit()
    return _is_of_word(before) and _is_of_word(after)


def _is_of_word(character: str) -> bool:
    # Chinese and Japanese are written without spaces: there each character may begin a word.
    spaced = unicodedata.east_asian_width(character) not in "WF"
    return spaced and (character.isalnum() or unicodedata.category(character).startswith("M"))


def _trimmed(text: str, span: Span) -> Span:
    """Without the spaces and punctuation at either end that belong to the sentence and not to the answer.

    Brackets and quotation marks go where they have no partner within, or where they are around the whole.
    """
    start, end = span
    while _is_loose_first(text[start:end]):
        start += 1
    while _is_loose_last(text[start:end]):
        end -= 1
    return Span(start, end)


def _is_loose_first(said: str) -> bool:
    first = said[0]
    if closing := PAIRS.get(first):
        return said.find(closing, 1) in {-1, len(said) - 1} or said.count(first) > said.count(closing)
    if first in "-.":
        return not said[1].isdigit()
    return _is_punctuation(first)


def _is_loose_last(said: str) -> bool:
    last = said[-1]
    if opening := CLOSING.get(last):
        return said.find(opening) in {-1, len(said) - 1} or said.count(last) > said.count(opening)
    if last == ".":
        return POINTS_OF_ITS_OWN.search(said) is None
    return _is_punctuation(last)


def _is_punctuation(character: str) -> bool:
    """Whether it separates or surrounds words: spaces and control characters do too."""
    return unicodedata.category(character)[0] in "PZC" and character not in WORDLIKE

"""What a reader is: a question and passages in, and of each passage whether it answers, with which words and where."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Protocol

from index.reader.spans import Floats, Scores, answer, in_sentences
from index.records import Span


@dataclass(frozen=True)
class Told:
    """A passage as it is read: ``context`` stands before its ``text`` and holds no answer.

    ``sentences`` are spans of the text, in order and disjoint.
    """

    context: str
    text: str
    sentences: tuple[Span, ...]

    @property
    def whole(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True)
class Extract:
    """What reading a passage with the question gives.

    ``answers`` is the logit that the passage answers, on the reader's own scale. ``span`` are the words of its text
    that would be the answer, ``score`` their log-probability among all its spans, and ``peak`` their logit, to be
    compared with other passages' on the same question: both minus infinity without a span.
    ``sentences``, shape (sentences,), are the probabilities of each that the answer is in it.
    """

    answers: float
    span: Span | None
    score: float
    peak: float
    sentences: Floats


# Whether those that were read so far leave nothing to the others.
Enough = Callable[[Sequence[Extract]], bool]


def never(_: Sequence[Extract]) -> bool:
    return False


class Reader(Protocol):
    """Whatever reads a question and passages together."""

    @property
    def calibrated(self) -> bool:
        """Whether the shipped confidence is fitted to what its ``answers`` mean."""
        ...

    def read(self, question: str, passages: Sequence[Told], enough: Enough = never) -> list[Extract]:
        """Extracts of the first passages, in their order: of all where time allows and ``enough`` never says so."""
        ...


def read_in_time(extracts: Iterable[Extract], seconds: float, enough: Enough) -> list[Extract]:
    """As many extracts as come in so many seconds, but one at least.

    None is begun that would take too long, if it took as long as the longest so far.
    """
    begun = monotonic()
    longest, last = 0.0, begun
    read: list[Extract] = []
    for extract in extracts:
        read.append(extract)
        now = monotonic()
        longest, last = max(longest, now - last), now
        if now + longest > begun + seconds or enough(read):
            break
    return read


def extract(told: Told, pieces: Sequence[Span], scores: Scores, answers: float) -> Extract:
    """What the scores of a passage's spans say, as ``span_scores`` gives them for the ``pieces`` of its text."""
    span, score = answer(told.text, pieces, scores) or (None, -inf)
    peak = float(scores.max(initial=-inf))
    return Extract(answers, span, score, peak, in_sentences(told.sentences, pieces, scores))

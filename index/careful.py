"""Effort: careful. The first passages are read with the question: their order, the confidence, the few words."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from index.candidates import Recipe
from index.folder import Index
from index.reader.reading import Reader, Told
from index.records import Span
from index.rereading import enough, gains, sureness
from index.shown import Shown
from index.verdict import ReadSignals, Signals
from index.view import View

# How many passages a reader gets to read, time permitting.
READ = 4
# Of passages that the shipped reader finds to answer less surely than this (a logit) few hold the few words asked for.
UNSURE = -2.0


def read(index: Index, reader: Reader, ranked: list[Shown], question: str, recipe: Recipe) -> list[Shown]:
    """The candidates in the order that reading the first ones with the question gives."""
    first = ranked[:READ]
    scores = [one.score for one in ranked[: READ + 1]]
    told = [_told(index, shown) for shown in first]
    extracts = reader.read(question, told, enough(scores, recipe.answers, recipe.spans))
    gained = gains(extracts, recipe.answers, recipe.spans)
    read = [
        replace(one, extract=extract, gain=float(gain), marks=recipe.marks * extract.sentences)
        for one, gain, extract in zip(first, gained, extracts, strict=False)
    ]
    return sorted([*read, *ranked[len(read) :]], key=lambda one: -one.rank)


def surer(signals: Signals | None, reader: Reader, ranked: Sequence[Shown]) -> Signals | None:
    """The signals with what reading tells, where the confidence is fitted to this reader."""
    if signals is None or not reader.calibrated:
        return signals
    return ReadSignals(**asdict(signals), answers=sureness([one.extract for one in ranked if one.extract]))


def short(view: View, question: str, shown: Sequence[Shown]) -> Span | None:
    """The words of the first passage that answer, in the sentence that is quoted.

    None that only say the question again, and none where the reader is sure that the passage does not answer.
    """
    if not shown or shown[0].extract is None or shown[0].extract.span is None or shown[0].extract.answers < UNSURE:
        return None
    begins, quoted = shown[0].kept.passage.span.start, shown[0].best_sentence
    found = Span(begins + shown[0].extract.span.start, begins + shown[0].extract.span.end)
    if set(view.terms(found.of(shown[0].article.text))) <= set(view.terms(question)):
        return None
    return found if quoted.start <= found.start and found.end <= quoted.end else None


def _told(index: Index, shown: Shown) -> Told:
    """A passage for the reader, blank where it is furniture."""
    passage = shown.kept.passage
    sentences = tuple(Span(s.start - passage.span.start, s.end - passage.span.start) for s in passage.sentences)
    text = passage.span.of(shown.article.text)
    for number in shown.furniture:
        start, end = sentences[number]
        text = text[:start] + " " * (end - start) + text[end:]
    return Told(index.context(shown.article, passage), text, sentences)

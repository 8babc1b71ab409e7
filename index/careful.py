"""Effort: careful. The first passages are read with the question: their order, the confidence, the few words."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

from index.candidates import Recipe
from index.folder import Index
from index.found import Statement
from index.kinds import may_answer
from index.reader.reading import Extract, Reader, Told
from index.records import Span
from index.rereading import enough, gains, over_seam, sureness
from index.seams import led_up_to, refers_back
from index.shown import Shown
from index.verdict import ReadSignals, Signals
from index.view import View

# How many passages a reader gets to read, time permitting.
READ = 4
# Of passages that the shipped reader finds to answer less surely than this (a logit) few hold the few words asked for.
UNSURE = -2.0


class ToRead(NamedTuple):
    """One reading: of which candidate, and as what."""

    place: int
    told: Told


def to_read(index: Index, view: View, ranked: Sequence[Shown], recipe: Recipe) -> list[ToRead]:
    """The first candidates as they are read: one that refers back, the best of such, again behind what it refers to."""
    found, seams = list[ToRead](), recipe.seams
    for place, one in enumerate(ranked[:READ]):
        told = _told(index, one)
        found.append(ToRead(place, told))
        if seams and (before := _before(view, one)):
            found.append(ToRead(place, replace(told, context=f"{told.context}\n{before}".lstrip("\n"))))
            seams = False
    return found


def read(reader: Reader, ranked: list[Shown], tasks: Sequence[ToRead], question: str, recipe: Recipe) -> list[Shown]:
    """The candidates in the order that reading the first ones with the question gives."""
    is_enough = enough([one.score for one in ranked[: READ + 1]], recipe.answers, recipe.spans)

    def is_enough_here(read: Sequence[Extract]) -> bool:
        last, left = tasks[len(read) - 1].place, tasks[len(read) :]
        return all(task.place != last for task in left) and is_enough(_by_candidate(tasks, read)[1])

    alone, best = _by_candidate(tasks, reader.read(question, [task.told for task in tasks], is_enough_here))
    gained = gains(best, recipe.answers, recipe.spans)
    # Confidence is fitted to passages read alone.
    extracts = [replace(one, answers=by_itself.answers) for by_itself, one in zip(alone, best, strict=True)]
    read = [
        replace(one, extract=extract, gain=float(gain), marks=recipe.marks * extract.sentences)
        for one, gain, extract in zip(ranked, gained, extracts, strict=False)
    ]
    return sorted([*read, *ranked[len(read) :]], key=lambda one: -one.rank)


def _by_candidate(tasks: Sequence[ToRead], extracts: Sequence[Extract]) -> tuple[list[Extract], list[Extract]]:
    """Of each candidate that was read what it tells alone, and what counts of all that it tells."""
    alone, best = dict[int, Extract](), dict[int, Extract]()
    for task, extract in zip(tasks, extracts, strict=False):
        own = alone.setdefault(task.place, extract)
        best[task.place] = over_seam(own, extract, task.told.sentences)
    return list(alone.values()), list(best.values())


def surer(signals: Signals | None, reader: Reader, ranked: Sequence[Shown]) -> Signals | None:
    """The signals with what reading tells, where the confidence is fitted to this reader."""
    if signals is None or not reader.calibrated:
        return signals
    return ReadSignals(**asdict(signals), answers=sureness([one.extract for one in ranked if one.extract]))


def short(view: View, question: str, shown: Sequence[Shown], quoted: Sequence[Statement]) -> Statement | None:
    """The words that answer, of the first passage whose words for it stand in a sentence that is quoted.

    None that only say the question again or can't be of the kind that is asked for, and none where the reader is sure
    that the passage does not answer.
    """
    asked = set(view.terms(question))
    for place, one in enumerate(shown):
        found = _span(one)
        within = found and any(said.hit == place and _holds(said.sentence, found) for said in quoted)
        if found and within and not set(view.terms(words := found.of(one.article.text))) <= asked:
            return Statement(place, found) if may_answer(question, words) else None
    return None


def _span(one: Shown) -> Span | None:
    """Where in its article a passage has the words that answer."""
    if one.extract is None or one.extract.span is None or one.extract.answers < UNSURE:
        return None
    begins, (start, end) = one.kept.passage.span.start, one.extract.span
    return Span(begins + start, begins + end)


def _holds(sentence: Span, words: Span) -> bool:
    return sentence.start <= words.start and words.end <= sentence.end


def _told(index: Index, shown: Shown) -> Told:
    """A passage for the reader, blank where it is furniture."""
    passage = shown.kept.passage
    sentences = tuple(Span(s.start - passage.span.start, s.end - passage.span.start) for s in passage.sentences)
    text = passage.span.of(shown.article.text)
    for number in shown.furniture:
        start, end = sentences[number]
        text = text[:start] + " " * (end - start) + text[end:]
    return Told(index.context(shown.article, passage), text, sentences)


def _before(view: View, shown: Shown) -> str:
    """What leads up to a passage that refers back; nothing where one of the two has furniture in it."""
    passage, text = shown.kept.passage, shown.article.text
    if shown.furniture or not refers_back(passage.sentences[0].of(text)):
        return ""
    before = view.before(shown.kept)
    return led_up_to(text, before.passage, passage) if before and not view.furniture(before.number) else ""

"""STORY: question in, passages out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from index import careful, verdict
from index.asked_days import may_be_then, of_other_days
from index.candidates import FOUND, RECIPE, ByWords, Candidates, Recipe, by_sense, by_words
from index.contradicting import HELD, contradicted
from index.embedding import EncodedQuestion
from index.english import FUNCTION_WORDS
from index.folder import Index
from index.found import Effort, Found, Hit, Question, Reading, Statement
from index.judging import JUDGED, judged
from index.kinds import left_open
from index.laps import Laps
from index.once import once
from index.questions import Understood, understand
from index.quoting import statements
from index.ranking import pool
from index.readings import Telling, readings
from index.records import Facts, Filters, Span
from index.reprints import Group
from index.shown import Shown, marked
from index.spelling import corrected
from index.store import Kept
from index.view import View

__all__ = ["Effort", "Found", "Hit", "Question", "Reading", "Statement", "search"]

# How many more candidates are looked at than are shown: reprints take places.
SPARE, FEWEST_SHOWN = 2, 20
A_YEAR = 366  # days


def search(
    index: Index, question: Question, recipe: Recipe = RECIPE, ranked: Callable[[tuple[Hit, ...]], None] | None = None
) -> Found:
    """Find the passages that answer a question.

    ``ranked`` is told the hits as ranking alone has them, where reading is still to change their order.
    """
    laps = Laps()
    found = _found(index, question, recipe, laps, ranked)
    alone = {span: span.of(found.understood_as) for span in found.unsupported}
    lacking = [span for span, text in alone.items() if not _answers(index, question, text, recipe)]
    laps.lap("asking parts alone")
    return replace(found, unsupported=tuple(lacking), took=laps.ms)


def _answers(index: Index, question: Question, text: str, recipe: Recipe) -> bool:
    """Whether the archive has one of several questions when it is asked alone: a longer one can crowd it out."""
    alone = replace(question, text=text, top_k=1, effort="fast")
    return _found(index, alone, recipe, Laps()).confidence >= verdict.ALONE


def _found(
    index: Index,
    question: Question,
    recipe: Recipe,
    laps: Laps,
    tell: Callable[[tuple[Hit, ...]], None] | None = None,
) -> Found:
    with index.asked() as view:
        laps.lap("opening")
        text = corrected(question.text, view.vocabulary, index.knows_word).text if recipe.spelling else question.text
        laps.lap("spelling")
        encoded, asked, candidates = _looked_for(index, view, replace(question, text=text), recipe, laps)
        ranked = _ranked(view, candidates, question.top_k, recipe, laps)
        judgement = judged(view, encoded, asked, [shown.evidence for shown in ranked[:JUDGED]])
        signals = judgement.signals if may_be_then(asked, ranked[:JUDGED]) else None
        laps.lap("judging")
        # Each passage would answer but one of several parts or questions, and be taken for no answer.
        is_one = not asked.parts and not asked.questions
        named = asked.whole.publishers | set(question.filters.source)
        if index.reader is not None and question.effort == "careful" and is_one:
            if tell:
                tell(_hits(ranked, _groups(view, ranked, named, recipe)[: question.top_k]))
            tasks = careful.to_read(index, view, ranked, recipe)
            with index.working.reading():
                ranked = careful.read(index.reader, ranked, tasks, text, recipe)
            signals = careful.surer(signals, index.reader, ranked) if recipe.sure else signals
            laps.lap("reading")
        is_elsewhen = bool(ranked) and of_other_days(view, asked, ranked[0])
        sure = verdict.confidence(signals, index.calibration)
        groups = _groups(view, ranked, named, recipe)
        laps.lap("reprints")
        speakers = [ranked[group.speaker] for group in groups[: max(question.top_k, HELD)]]
        groups, spoken = groups[: question.top_k], speakers[: question.top_k]
        quoted = statements(text, judgement.support, spoken, recipe)
        laps.lap("quoting")
        contradiction = contradicted(asked, judgement, speakers, len(spoken))
        laps.lap("premises")
        found = Found(
            hits=_hits(ranked, groups),
            readings=_readings(view, asked, question.filters, spoken),
            statements=quoted,
            unsupported=judgement.unsupported or _left_open(text, spoken, quoted),
            short=careful.short(view, text, spoken, quoted),
            confidence=verdict.NOTHING_FOUND if is_elsewhen else sure,
            signals=signals,
            understood_as=text,
            undated=view.undated(question.filters) if question.filters.published else 0,
            status=view.status,
            contradiction=contradiction,
            on_other_days=sure if is_elsewhen else 0.0,
        )
        laps.lap("marking")
        return found


def _looked_for(
    index: Index, view: View, question: Question, recipe: Recipe, laps: Laps
) -> tuple[EncodedQuestion, Understood, Candidates | None]:
    """The question as vectors and as it is understood, and the passages that may answer, None where there are none.

    One thread waits for the model and looks for vectors, meanwhile another looks for words.
    """
    allowed = view.allowed(question.filters)

    def worded() -> ByWords:
        return by_words(view, understand(question.text, view.sources, question.as_of), allowed, recipe)

    words = index.working.beside(worded)
    with index.working.waiting():
        encoded = index.together.encode(view.encoder, question.text)
    laps.lap("embedding")
    nearest, _ = view.nearest(encoded.whole, FOUND, allowed)
    laps.lap("nearest")
    found = words()
    numbers = view.found(pool(nearest, found.numbers, by_sense(view, encoded, found.asked, allowed)))
    candidates = Candidates(view, encoded, found, numbers) if len(numbers) else None
    laps.lap("finding")
    return encoded, found.asked, candidates


def _ranked(view: View, candidates: Candidates | None, top_k: int, recipe: Recipe, laps: Laps) -> list[Shown]:
    """The candidates that may come to be shown, best first."""
    if candidates is None:
        return []
    scores, order = candidates.ordered(recipe)
    laps.lap("ranking")
    order = order[: max(FEWEST_SHOWN, top_k * SPARE)]
    numbers = candidates.numbers[order]
    kept = view.passages(numbers)
    told = [_told(view, kept.get(number)) for number in numbers.tolist()]
    # What is damaged is left out, and named where it can be mended: the rest answers.
    order = order[[one is not None for one in told]]
    found = [one for one in told if one is not None]
    laps.lap("fetching")
    answering = candidates.sentences(order, [one.said for one in found])
    return [
        replace(one, score=score, sentences=sentences)
        for one, score, sentences in zip(found, scores[order].tolist(), answering, strict=True)
    ]


def _told(view: View, one: Kept | None) -> Shown | None:
    """A candidate with what it says, before it is known how well that answers; None where it is not what was stored."""
    article = view.quoted(one)
    if one is None or article is None:
        return None
    furniture = view.furniture(one.number)
    sentences = enumerate(one.passage.sentences)
    said = [[] if n in furniture else view.terms(sentence.of(article.text)) for n, sentence in sentences]
    return Shown(0.0, one, article, said, np.empty(0, np.float32), furniture)


def _groups(view: View, ranked: Sequence[Shown], named: Collection[str], recipe: Recipe) -> list[Group]:
    return once(view, ranked, named) if recipe.once else [Group(i, ()) for i in range(len(ranked))]


def _left_open(text: str, spoken: Sequence[Shown], quoted: Sequence[Statement]) -> tuple[Span, ...]:
    span = left_open(text, [one.sentence.of(spoken[one.hit].article.text) for one in quoted])
    return (span,) if span else ()


def _hits(ranked: Sequence[Shown], groups: Sequence[Group]) -> tuple[Hit, ...]:
    spoken = [ranked[group.speaker] for group in groups]
    also = [tuple(ranked[i].article for i in group.others) for group in groups]
    return tuple(
        Hit(one.kept.id, one.article, one.kept.passage, one.rank, highlights, others)
        for one, highlights, others in zip(spoken, marked(spoken), also, strict=True)
    )


def _readings(view: View, asked: Understood, filters: Filters, shown: Sequence[Shown]) -> tuple[Reading, ...]:
    """None where a filter says which year; what can't have more than one is not looked into."""
    times = asked.whole.times
    if len(times) != 1 or times[0].recurring is None or (filters.published and filters.published.days <= A_YEAR):
        return ()
    words = [term for term in view.terms(asked.topic) if term not in FUNCTION_WORDS]
    weights = dict(zip(words, view.rarities(words).tolist(), strict=True))
    found = readings(times, [_telling(view, one, weights) for one in shown])
    return tuple(Reading(period, place, shown[place].best_sentence) for period, place in found.items())


def _telling(view: View, shown: Shown, weights: Mapping[str, float]) -> Telling:
    said = {*view.terms(shown.about), *chain.from_iterable(shown.said)}
    covered = sum(weight for term, weight in weights.items() if term in said)
    facts = Facts(shown.article.source, shown.published, shown.kept.passage.times)
    answers = float(shown.sentences[shown.best])
    return Telling(shown.article.id, shown.score, answers, covered, facts.days(shown.best))

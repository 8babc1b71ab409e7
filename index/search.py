"""STORY: question in, passages out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import chain
from typing import Literal

import numpy as np

from index import dates, verdict
from index.candidates import RECIPE, Candidates, Recipe, find
from index.embedding import EncodedQuestion
from index.english import FUNCTION_WORDS
from index.errors import FolderDamaged
from index.folder import Index
from index.judging import JUDGED, Evidence, Support, judged
from index.questions import Understood, understand
from index.reader.reading import Extract, Reader, Told
from index.readings import Telling, readings
from index.records import Article, Facts, Filters, Passage, Period, Span
from index.reprints import Copy, Group, joined
from index.rereading import enough, gains, sureness
from index.spelling import corrected
from index.store import Kept
from index.vectors import Floats
from index.verdict import ReadSignals, Signals
from index.view import Status, View

EVERYTHING = Filters()

# How many more candidates are looked at than are shown: reprints take places.
SPARE, FEWEST_SHOWN = 2, 20
# How many passages a reader gets to read, time permitting.
READ = 4
# Reprints are at least so alike; their words decide.
LEAST_LIKE = 0.75
AROUND = 3000
# Of passages that the shipped reader finds to answer less surely than this (a logit) few hold the few words asked for.
UNSURE = -2.0
# A sentence this close to the best is marked too.
NEARLY, MOST_MARKED = 0.03, 2
A_YEAR = 366  # days

Effort = Literal["fast", "careful"]


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


@dataclass(frozen=True)
class Question:
    """What is asked. ``as_of`` is the asker's day, from which "last week" counts."""

    text: str
    top_k: int = 5
    filters: Filters = EVERYTHING
    as_of: date = field(default_factory=_today)
    effort: Effort = "fast"


@dataclass(frozen=True)
class Hit:
    """A passage that was found; ``score`` compares it with others of the same question, ``highlights`` answer best."""

    id: str
    article: Article
    passage: Passage
    score: float
    highlights: tuple[Span, ...]
    also_in: tuple[Article, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Days that a question may mean, and what answers it then: a sentence, and the place of its hit."""

    period: Period
    hit: int
    sentence: Span


@dataclass(frozen=True)
class Statement:
    """A sentence that answers a part of a question, and the place of its hit."""

    hit: int
    sentence: Span


@dataclass(frozen=True)
class Found:
    """Passages, best first; the probability that they answer; and how many undated articles a date filter left out.

    ``readings`` are the periods that a question may mean which gives no year, each with what answers it: two or none.
    ``statements`` answer the parts of a question that has several, in their order, as far as a hit does.
    ``short`` are the few words that answer, in the first hit's best sentence, where a reader found some.
    ``unsupported`` are stretches of ``understood_as`` that the archive has nothing on, where it has on the others.
    """

    hits: tuple[Hit, ...]
    readings: tuple[Reading, ...]
    statements: tuple[Statement, ...]
    unsupported: tuple[Span, ...]
    short: Span | None
    confidence: float
    signals: Signals | None
    understood_as: str
    undated: int
    status: Status


@dataclass(frozen=True)
class Shown:
    """A candidate that may be shown: its score, and of each of its sentences the terms and how well it answers.

    ``gain`` is what reading adds to the score, ``marks`` what it adds to each sentence.
    """

    score: float
    kept: Kept
    article: Article
    said: list[list[str]]
    sentences: Floats
    extract: Extract | None = None
    gain: float = 0.0
    marks: Floats | float = 0.0

    @property
    def rank(self) -> float:
        return self.score + self.gain

    @property
    def answering(self) -> Floats:
        return np.asarray(self.sentences + self.marks, dtype=np.float32)

    @property
    def best(self) -> int:
        return int(np.argmax(self.answering))

    @property
    def about(self) -> str:
        return f"{self.article.title}. {self.article.source or ''}"

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.kept.number, self.about, self.said, self.best)

    @property
    def published(self) -> Period | None:
        """A side story does not carry its article's date."""
        date = None if self.kept.passage.side_story else self.article.published_at
        return None if date is None else dates.parse(date)

    @property
    def best_sentence(self) -> Span:
        return self.kept.passage.sentences[self.best]


def search(index: Index, question: Question, recipe: Recipe = RECIPE) -> Found:
    """Find the passages that answer a question."""
    found = _found(index, question, recipe)
    alone = {span: span.of(found.understood_as) for span in found.unsupported}
    lacking = [span for span, text in alone.items() if not _answers(index, question, text, recipe)]
    return replace(found, unsupported=tuple(lacking))


def _answers(index: Index, question: Question, text: str, recipe: Recipe) -> bool:
    """Whether the archive has one of several questions when it is asked alone: a longer one can crowd it out."""
    alone = replace(question, text=text, top_k=1, effort="fast")
    return _found(index, alone, recipe).confidence >= verdict.ALONE


def _found(index: Index, question: Question, recipe: Recipe) -> Found:
    with index.view() as view:
        text = corrected(question.text, view.vocabulary, index.knows_word).text if recipe.spelling else question.text
        encoded = index.encoder.encode_question(text)
        asked = understand(text, view.sources, question.as_of)
        ranked = _ranked(view, encoded, asked, question, recipe)
        judgement = judged(view, encoded, asked, [shown.evidence for shown in ranked[:JUDGED]])
        signals = judgement.signals
        # Each passage would answer but one of several parts or questions, and be taken for no answer.
        is_one = not asked.parts and not asked.questions
        if index.reader is not None and question.effort == "careful" and is_one:
            ranked = _read(index, index.reader, ranked, text, recipe)
            signals = _surer(signals, index.reader, ranked) if recipe.sure else signals
        named = asked.whole.publishers | set(question.filters.source)
        groups = _groups(view, ranked, named, recipe)[: question.top_k]
        spoken = [ranked[group.speaker] for group in groups]
        return Found(
            hits=_hits(ranked, groups),
            readings=_readings(view, asked, question.filters, spoken),
            statements=_statements(judgement.support, spoken),
            unsupported=judgement.unsupported,
            short=_short(view, text, spoken),
            confidence=verdict.confidence(signals, index.calibration),
            signals=signals,
            understood_as=text,
            undated=view.undated(question.filters) if question.filters.published else 0,
            status=view.status,
        )


def _ranked(view: View, encoded: EncodedQuestion, asked: Understood, question: Question, recipe: Recipe) -> list[Shown]:
    """The candidates that may come to be shown, best first."""
    others = view.terms(". ".join(view.glossary.expansions(asked.text))) if recipe.abbreviations else []
    numbers = find(view, encoded, asked, others, view.allowed(question.filters))
    if not len(numbers):
        return []
    candidates = Candidates(view, encoded, asked, others, numbers)
    scores, order = candidates.ordered(recipe)
    order = order[: max(FEWEST_SHOWN, question.top_k * SPARE)]
    kept = view.passages(numbers[order])
    shown = []
    for i in order.tolist():
        one = kept[int(numbers[i])]
        article = view.version(one.version)
        if one.passage.id(article) != one.id:
            raise FolderDamaged(f"passage {one.id} is not what was stored: run `footnote reindex`")
        said = [view.terms(sentence.of(article.text)) for sentence in one.passage.sentences]
        shown.append(Shown(float(scores[i]), one, article, said, candidates.sentences(i, said)))
    return shown


def _read(index: Index, reader: Reader, ranked: list[Shown], question: str, recipe: Recipe) -> list[Shown]:
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


def _told(index: Index, shown: Shown) -> Told:
    passage = shown.kept.passage
    sentences = tuple(Span(s.start - passage.span.start, s.end - passage.span.start) for s in passage.sentences)
    return Told(index.context(shown.article, passage), passage.span.of(shown.article.text), sentences)


def _surer(signals: Signals | None, reader: Reader, ranked: Sequence[Shown]) -> Signals | None:
    """The signals with what reading tells, where the confidence is fitted to this reader."""
    if signals is None or not reader.calibrated:
        return signals
    return ReadSignals(**asdict(signals), answers=sureness([one.extract for one in ranked if one.extract]))


def _short(view: View, question: str, shown: Sequence[Shown]) -> Span | None:
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


def _groups(view: View, ranked: Sequence[Shown], named: Collection[str], recipe: Recipe) -> list[Group]:
    return _once(view, ranked, named) if recipe.once else [Group(i, ()) for i in range(len(ranked))]


def _hits(ranked: Sequence[Shown], groups: Sequence[Group]) -> tuple[Hit, ...]:
    spoken = [ranked[group.speaker] for group in groups]
    marked = _marked(spoken)
    also = [tuple(ranked[i].article for i in group.others) for group in groups]
    return tuple(
        Hit(one.kept.id, one.article, one.kept.passage, one.rank, highlights, others)
        for one, highlights, others in zip(spoken, marked, also, strict=True)
    )


def _statements(parts: Sequence[Sequence[Support]], shown: Sequence[Shown]) -> tuple[Statement, ...]:
    """The best sentence for each part among the passages that are shown, each once."""
    places = {one.kept.number: place for place, one in enumerate(shown)}
    best = (next((one for one in part if one.number in places), None) for part in parts)
    chosen = [(places[one.number], one.sentence) for one in best if one]
    return tuple(Statement(at, shown[at].kept.passage.sentences[number]) for at, number in dict.fromkeys(chosen))


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


def _once(view: View, ranked: Sequence[Shown], named: Collection[str]) -> list[Group]:
    """Reprints as one result each; few questions find any, so that they are looked for only among like passages."""
    alike = view.likeness(np.array([shown.kept.number for shown in ranked], np.int64)) >= LEAST_LIKE
    articles = np.unique([shown.article.id for shown in ranked], return_inverse=True)[1]
    if not (alike & (articles[:, None] != articles)).any():
        return [Group(i, ()) for i in range(len(ranked))]
    return joined([_copy(shown) for shown in ranked], named)


def _copy(shown: Shown) -> Copy:
    text, span = shown.article.text, shown.kept.passage.span
    return Copy(
        article=shown.article.id,
        sentences=tuple(sentence.of(text) for sentence in shown.kept.passage.sentences),
        published=shown.published,
        source=shown.article.source,
        best=shown.best,
        times=tuple(period for period, _ in shown.kept.passage.times),
        around=text[max(span.start - AROUND, 0) : span.start] + text[span.end : span.end + AROUND],
    )


def _marked(shown: Sequence[Shown]) -> list[tuple[Span, ...]]:
    """The sentences of each that answer: the first one's best, and any other that is nearly as good, but few."""
    if not shown:
        return []
    first = shown[0].best
    least = float(shown[0].answering[first]) - NEARLY
    rivals = [
        (-float(score), place, number)
        for place, one in enumerate(shown)
        for number, score in enumerate(one.answering)
        if score >= least and (place, number) != (0, first)
    ]
    chosen = [(0, first), *((place, number) for _, place, number in sorted(rivals)[: MOST_MARKED - 1])]
    return [
        tuple(one.kept.passage.sentences[number] for place, number in chosen if place == at)
        for at, one in enumerate(shown)
    ]

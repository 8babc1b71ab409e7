"""What a question takes for granted, held against the passages that are shown for it."""

from collections.abc import Sequence

from index.found import Contradicted
from index.judging import Judgement
from index.premises import Passage, Sentence, Told, contradiction
from index.questions import Understood
from index.records import Period, Span
from index.shown import Shown

# How many passages are held against the question.
HELD = 3


def contradicted(asked: Understood, judgement: Judgement, shown: Sequence[Shown], hits: int) -> Contradicted | None:
    """Where one of so many hits, the first of those ``shown``, says otherwise than the question takes for granted.

    Of several questions in one, each would be crowded out by the others: none of them is held against anything.
    """
    if asked.questions:
        return None
    held = [one for one in shown[:HELD] if one.kept.number in judgement.met]
    passages = [Passage(_sentences(one), judgement.met[one.kept.number], one.published) for one in held]
    found = contradiction(Told(asked.text, judgement.words, passages, asked.whole.times))
    if found is None:
        return None
    place, sentence = shown.index(held[found.passage]), held[found.passage].kept.passage.sentences[found.sentence]
    return Contradicted(place, sentence, found.span) if place < hits else None


def _sentences(shown: Shown) -> tuple[Sentence, ...]:
    passage, text = shown.kept.passage, shown.article.text
    days: dict[int, list[Period]] = {}
    for period, number in passage.times:
        days.setdefault(number, []).append(period)
    spans: Sequence[Span] = passage.sentences
    return tuple(Sentence(span.of(text), tuple(days.get(number, ()))) for number, span in enumerate(spans))

"""The quoted answer: sentences exactly as their article has them, each with its citation."""

from collections.abc import Sequence

from service.schemas import Answer, PassageReply, Quote, ReadingReply, Sentence, Unsupported
from service.writing.words import OTHERWISE, TAKEN, UNSAID


def quotes(
    passages: Sequence[PassageReply], by_part: Sequence[Sentence] = (), unsupported: Sequence[Unsupported] = ()
) -> Answer | None:
    """A sentence for each part of the question, or the best evidence of all: the first passage's first highlight.

    None where there is neither.
    """
    sentences = list(by_part) or [_sentence(best, best.highlights[0]) for best in passages[:1] if best.highlights]
    if not sentences:
        return None
    lines = [f"{sentence.text} [{sentence.citation}]" for sentence in sentences]
    return Answer(text="\n".join([*lines, *unsaid(unsupported)]), writer="quotes", sentences=sentences)


def unsaid(unsupported: Sequence[Unsupported]) -> list[str]:
    """One line in the question's own words, or none."""
    return [f"{UNSAID} {'; '.join(f'“{part.text}”' for part in unsupported)}"] if unsupported else []


def otherwise(sentence: Sentence) -> Answer:
    """What the archive does say, where it contradicts what the question takes for granted."""
    text = f"{OTHERWISE} {sentence.text} [{sentence.citation}]"
    return Answer(text=text, writer="quotes", sentences=[sentence])


def taken(contradicted: Unsupported | None) -> list[str]:
    """One line of what the question takes for granted and the archive contradicts, or none."""
    return [f"{TAKEN} “{contradicted.text}”"] if contradicted else []


def by_period(readings: Sequence[ReadingReply]) -> Answer:
    """A line for each period that the question may mean."""
    lines = [f"{reading.period}: {reading.text} [{reading.citation}]" for reading in readings]
    sentences = [Sentence.model_validate(reading.model_dump()) for reading in readings]
    return Answer(text="\n".join(lines), writer="quotes", sentences=sentences)


def _sentence(passage: PassageReply, quote: Quote) -> Sentence:
    return Sentence(**quote.model_dump(), citation=passage.citation, article=passage.article.id)

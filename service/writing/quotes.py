"""The quoted answer: sentences exactly as their article has them, each with its citation."""

from collections.abc import Sequence

from service.schemas import Answer, Cited, ReadingReply, Sentence, Unsupported
from service.writing.words import OTHERWISE, TAKEN, UNSAID


def quotes(
    sentences: Sequence[Sentence], short: Cited | None = None, unsupported: Sequence[Unsupported] = ()
) -> Answer | None:
    """The sentences that answer, a line each, and what the archive does not say; None where none answers."""
    if not sentences:
        return None
    lines = [f"{sentence.text} [{sentence.citation}]" for sentence in sentences]
    text = "\n".join([*lines, *unsaid(unsupported)])
    return Answer(text=text, writer="quotes", short=short, sentences=list(sentences))


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

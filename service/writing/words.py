"""How answers and passages are put for people: words, and which of them are marked."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from index.records import DateBasis, Span
from service.schemas import Answer, PassageReply, Sentence, Verdict

VERDICTS: dict[Verdict, str] = {
    "answered": "The archive answers this.",
    "partly_answered": "The archive answers a part of this.",
    "ambiguous": "The archive answers this for more than one time.",
    "false_premise": "The archive says otherwise.",
    "outside_dates": "The archive answers this, but not within the dates asked for.",
    "not_in_archive": "Nothing in the archive answers this.",
}
UNSAID = "The archive does not say:"
OTHERWISE, TAKEN = "The archive says otherwise:", "The question takes for granted:"
_BASES: dict[DateBasis, str] = {"stated": "", "given": "", "inferred": " (inferred)"}


def dated(published_at: str | None, basis: DateBasis | None) -> str:
    """A date as people read it: as precise as is known, said to be inferred where it is, empty where there is none."""
    if published_at is None:
        return ""
    return published_at + (_BASES[basis] if basis else "")


class Segment(NamedTuple):
    text: str
    marked: bool


def segments(text: str, marks: Iterable[Span]) -> Iterator[Segment]:
    """The whole of ``text`` in order, cut where a mark begins or ends. Marks may overlap, touch and stick out."""
    position = 0
    for mark in sorted(marks):
        start, end = max(mark.start, position), min(mark.end, len(text))
        if start < end:
            yield from _plain(text[position:start])
            yield Segment(text[start:end], True)
            position = end
    yield from _plain(text[position:])


def emphasised(answer: Answer, sentence: Sentence) -> list[Segment]:
    """A sentence of an answer with the few words marked that are the answer, where they stand in it."""
    short = answer.short
    if short is None or short.citation != sentence.citation:
        return list(segments(sentence.text, []))
    place = Span(short.start - sentence.start, short.end - sentence.start)
    # A language model's sentence is about what stands there, and need not have its words.
    is_there = place.start >= 0 and place.of(sentence.text) == short.text
    return list(segments(sentence.text, [place] if is_there else []))


def _plain(text: str) -> Iterator[Segment]:
    if text:
        yield Segment(text, False)


def highlighted(passage: PassageReply) -> list[Segment]:
    """A passage's text with the sentences marked that answer."""
    spans = (Span(quote.start - passage.start, quote.end - passage.start) for quote in passage.highlights)
    return list(segments(passage.text, spans))

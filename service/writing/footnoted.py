"""An answer with its footnotes, before any tool gives it a form: the same lines, numbers, links and quotes for all."""

from collections.abc import Iterator
from dataclasses import dataclass

from index.records import Span
from service.schemas import AskReply, PassageReply, Quote, Sentence, Verdict
from service.writing.quotes import unsaid
from service.writing.words import VERDICTS, dated

# Of passages that do not answer, so many are shown.
NEAREST = 3
NEAREST_PASSAGES = "The nearest passages:"
SOURCES = "Sources:"


@dataclass(frozen=True)
class Line:
    """A sentence of the answer with the number of its note; ``short`` is where the few words stand in its ``text``."""

    text: str
    note: int
    before: str = ""
    short: Span | None = None


@dataclass(frozen=True)
class Note:
    """A passage that is cited: ``quotes`` are its exact words, with their article's offsets."""

    number: int
    id: str
    title: str
    source: str
    date: str
    page: int | None
    link: str
    quotes: tuple[str, ...]

    @property
    def about(self) -> str:
        """Publisher, date and page, as far as they are known."""
        page = f"page {self.page}" if self.page else ""
        return ", ".join(part for part in (self.source, self.date, page) if part)


@dataclass(frozen=True)
class Footnoted:
    """``heading`` is empty where the lines speak for themselves; without lines, ``notes`` are the nearest passages."""

    heading: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def introduction(self) -> str:
        """What stands over the notes."""
        return SOURCES if self.lines else NEAREST_PASSAGES


def footnoted(reply: AskReply) -> Footnoted:
    lines = tuple(_lines(reply))
    cited = {line.note for line in lines}
    shown = [one for one in reply.passages if one.citation in cited] if lines else reply.passages[:NEAREST]
    return Footnoted(
        heading=heading(reply.verdict),
        lines=lines,
        remarks=tuple(unsaid(reply.unsupported)) if lines else (),
        notes=tuple(_note(one, reply) for one in shown),
    )


def heading(verdict: Verdict) -> str:
    """What stands over the answer; an answer that is whole speaks for itself."""
    return "" if verdict == "answered" else VERDICTS[verdict]


def _lines(reply: AskReply) -> Iterator[Line]:
    if reply.answer is None:
        return
    if reply.readings:
        yield from (Line(one.text, one.citation, f"{one.period}: ") for one in reply.readings)
    else:
        yield from (Line(one.text, one.citation, short=_short(reply, one)) for one in reply.answer.sentences)


def _short(reply: AskReply, sentence: Sentence) -> Span | None:
    short = reply.answer and reply.answer.short
    if (
        not short
        or short.citation != sentence.citation
        or not sentence.start <= short.start < short.end <= sentence.end
    ):
        return None
    return Span(short.start - sentence.start, short.end - sentence.start)


def _note(passage: PassageReply, reply: AskReply) -> Note:
    article = passage.article
    return Note(
        number=passage.citation,
        id=passage.id,
        title=article.title,
        source=article.source or "",
        date=dated(article.published_at, article.date_basis),
        page=passage.page,
        link=passage.link,
        quotes=tuple(one.text for one in quotes_of(passage, reply)),
    )


def quotes_of(passage: PassageReply, reply: AskReply) -> list[Quote]:
    """What a passage is quoted for: the sentences that the answer cites, else those that answer, else all of it."""
    said = reply.answer.sentences if reply.answer else []
    cited = [_quote(passage, one) for one in said if one.citation == passage.citation and _is_in(passage, one)]
    return cited or passage.highlights or [_quote(passage, passage)]


def _quote(passage: PassageReply, place: Sentence | PassageReply) -> Quote:
    # A language model's sentence has words of its own; what it cites has the article's.
    text = passage.text[place.start - passage.start : place.end - passage.start]
    return Quote(start=place.start, end=place.end, text=text)


def _is_in(passage: PassageReply, sentence: Sentence) -> bool:
    return passage.start <= sentence.start < sentence.end <= passage.end

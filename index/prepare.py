"""An article, made ready to be put into an index: cut into passages, each with what is searched of it."""

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from index import dates
from index.abbreviations import explained
from index.chunking import Limits, cut
from index.cleaning import outline
from index.embedding import Encoder, Input
from index.prepared import Prepared
from index.records import Article, Block, Passage, Span, Spoken, Unit
from index.repetition import units

# How many of the word pieces that the model sees go to title, publisher and date, at most.
CONTEXT_PIECES = 40
# A passage by itself may come to a piece more than it did within its text.
MARGIN = 4
SETTINGS_FORMAT = 2

T = TypeVar("T")


def limits(encoder: Encoder, context_pieces: int = CONTEXT_PIECES) -> Limits:
    """How long passages may be for a model that reads them behind so much context: nothing of one is cut off unseen."""
    return Limits(tokens=min(Limits().tokens, encoder.limit - context_pieces - MARGIN))


def made_by(encoder: Encoder) -> dict[str, object]:
    """What shapes passages and vectors: an index made by other things can't be read with these."""
    shape = limits(encoder)
    return {
        "model": encoder.name,
        "fingerprint": encoder.fingerprint,
        "dimension": encoder.dimension,
        "passages": [SETTINGS_FORMAT, shape.tokens, shape.characters, shape.join, shape.highlight],
    }


def prepare(
    articles: Sequence[Article], encoder: Encoder, between: Callable[[], None] = lambda: None
) -> list[Prepared]:
    """Cut articles and encode their passages. ``between`` is called before each step: an article, a few passages."""
    outlines = [outline(article.text, article.title) for article in _each(articles, between)]
    cuts = [_cut(a, blocks, encoder) for a, blocks in zip(_each(articles, between), outlines, strict=True)]
    contexts = [tuple(context(a, p, encoder) for p in c) for a, c in zip(articles, cuts, strict=True)]
    inputs = [
        as_input(a, p, said)
        for a, c, x in zip(articles, cuts, contexts, strict=True)
        for p, said in zip(c, x, strict=True)
    ]
    encoded = iter(encoder.encode(inputs, between))
    return [
        Prepared(a, c, x, tuple(islice(encoded, len(c))), units(a, o, c), explained(a.text), encoder.fingerprint)
        for a, o, c, x in zip(articles, outlines, cuts, contexts, strict=True)
    ]


def outlined(article: Article, passages: Sequence[Passage]) -> tuple[Unit, ...]:
    """What is counted of an article that is cut already."""
    return units(article, outline(article.text, article.title), passages)


def _each(items: Iterable[T], between: Callable[[], None]) -> Iterator[T]:
    for item in items:
        between()
        yield item


def cut_article(article: Article, encoder: Encoder) -> tuple[Passage, ...]:
    """An article's passages, each with the days that it speaks of."""
    return _cut(article, outline(article.text, article.title), encoder)


def _cut(article: Article, blocks: Sequence[Block], encoder: Encoder) -> tuple[Passage, ...]:
    said = len(encoder.pieces(context(article, None, encoder)))
    passages = cut(article.text, blocks, encoder.pieces, limits(encoder, said))
    base = None if article.published_at is None else dates.parse(article.published_at)
    main = dates.mentions(article.text, base)
    return tuple(replace(passage, times=_times(article, passage, main)) for passage in passages)


def _times(article: Article, passage: Passage, main: Sequence[dates.Mention]) -> tuple[Spoken, ...]:
    """A side story's "last week" counts from a date that nobody knows, not from its article's."""
    start = passage.span.start
    if passage.side_story:
        found = [(m, m.span.start + start) for m in dates.mentions(passage.span.of(article.text), None)]
    else:
        found = [(mention, mention.span.start) for mention in main]
    inside = ((m.period, at) for m, at in found if m.period is not None and start <= at < passage.span.end)
    ends = [sentence.end for sentence in passage.sentences]
    return tuple(dict.fromkeys(Spoken(period, bisect(ends, at)) for period, at in inside))


def as_input(article: Article, passage: Passage, said: str) -> Input:
    """A passage as the model reads it, behind its context."""
    start = passage.span.start
    sentences = tuple(Span(s.start - start, s.end - start) for s in passage.sentences)
    return Input(said, passage.span.of(article.text), sentences)


def context(article: Article, passage: Passage | None, encoder: Encoder) -> str:
    """What is searched with a passage and is no part of it: title, publisher, date.

    A side story has its publisher alone: title and date are another story's.
    """
    if passage is not None and passage.side_story:
        return article.source or ""
    date = "" if article.published_at is None else dates.spell(dates.parse(article.published_at))
    said = ". ".join(part for part in (article.title, article.source, date) if part)
    pieces = encoder.pieces(said)
    return said if len(pieces) <= CONTEXT_PIECES else said[: pieces[CONTEXT_PIECES - 1][1]]

"""Rows of the tables, made from the words that all share and back."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from index import dates
from index.errors import FolderDamaged
from index.records import Article, Facts, Passage, Period, Span, Spoken
from index.store.kinds import Kept


def from_article(article: Article) -> dict[str, object]:
    period = None if article.published_at is None else dates.parse(article.published_at)
    return {
        "article": article.id,
        "fingerprint": article.fingerprint,
        "sha256": article.sha256,
        "title": article.title,
        "text": article.text,
        "url": article.url,
        "source": article.source,
        "author": article.author,
        "published_at": article.published_at,
        "updated_at": article.updated_at,
        "date_basis": article.date_basis,
        "language": article.language,
        "tags": json.dumps(article.tags),
        "metadata": json.dumps(dict(article.metadata)),
        "published_first": period and period.first.toordinal(),
        "published_last": period and period.last.toordinal(),
    }


def to_article(row: Sequence[Any]) -> Article:
    *plain, tags, metadata, _ = row
    try:
        values = (*plain, tuple(json.loads(tags)), json.loads(metadata))
    except ValueError as error:
        raise FolderDamaged(f"article {row[0]!r} is not what was stored: restore the folder from a backup") from error
    return Article(*values)


def to_kept(row: Sequence[Any]) -> Kept:
    number, id, version, edition, start, end, sentences, times, side_story, removed_in = row
    offsets = np.frombuffer(sentences, dtype="<u4").reshape(-1, 2)
    spans = tuple(Span(start + int(a), start + int(b)) for a, b in offsets)
    passage = Passage(Span(start, end), spans, bool(side_story), _times(times))
    return Kept(number, id, version, edition, passage, removed_in is not None)


def to_facts(source: str | None, first: int | None, last: int | None, side_story: int, times: bytes) -> Facts:
    if first is None or last is None or side_story:
        return Facts(source, None, _times(times))
    return Facts(source, Period(date.fromordinal(first), date.fromordinal(last)), _times(times))


def _times(blob: bytes) -> tuple[Spoken, ...]:
    rows = np.frombuffer(blob, dtype="<i4").reshape(-1, 3).tolist()
    days = date.fromordinal
    return tuple(Spoken(Period(days(first), days(last)), sentence) for first, last, sentence in rows)


def sentences_of(passage: Passage) -> bytes:
    """A passage's sentences as offsets from its start, four bytes each."""
    return (np.array(passage.sentences, dtype=np.int64).reshape(-1, 2) - passage.span.start).astype("<u4").tobytes()


def times_of(passage: Passage) -> bytes:
    """The periods that a passage speaks of: first day, last day and number of the sentence, four bytes each."""
    rows = [(period.first.toordinal(), period.last.toordinal(), sentence) for period, sentence in passage.times]
    return np.array(rows, dtype="<i4").tobytes()

"""Reprints among what was found → one result each."""

from collections.abc import Collection, Sequence

import numpy as np

from index.reprints import Copy, Group, joined
from index.shown import Shown
from index.view import View

# Reprints are at least so alike; their words decide.
LEAST_LIKE = 0.75
AROUND = 3000


def once(view: View, ranked: Sequence[Shown], named: Collection[str]) -> list[Group]:
    """Reprints as one result each; few questions find any, so that they are looked for only among like passages."""
    alike = view.likeness(np.array([shown.kept.number for shown in ranked], np.int64)) >= LEAST_LIKE
    articles = np.unique([shown.article.id for shown in ranked], return_inverse=True)[1]
    if not (alike & (articles[:, None] != articles)).any():
        return [Group(i, ()) for i in range(len(ranked))]
    return joined([_copy(shown) for shown in ranked], named)


def _copy(shown: Shown) -> Copy:
    """Furniture is in many an article: it tells nothing of which are copies."""
    text, span = shown.article.text, shown.kept.passage.span
    told = [number for number in range(len(shown.said)) if number not in shown.furniture]
    return Copy(
        article=shown.article.id,
        sentences=tuple(shown.kept.passage.sentences[number].of(text) for number in told),
        published=shown.published,
        source=shown.article.source,
        best=told.index(shown.best),
        times=tuple(period for period, _ in shown.kept.passage.times),
        around=text[max(span.start - AROUND, 0) : span.start] + text[span.end : span.end + AROUND],
    )

"""What was cited once, and where its words are now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.errors import FolderDamaged, NotFound
from index.records import Article, Passage, Span
from index.store import Snapshot
from index.tracing import likest, traced


@dataclass(frozen=True)
class Whereabouts:
    """Where the current text of an article has what was cited; with the passage that is searched there, if one is."""

    article: Article
    span: Span
    passage: Passage | None


@dataclass(frozen=True)
class Citation:
    """A passage in the text that it was cited from; ``current`` if that is still the article's text.

    It ``stands`` where the current text has its words in the same place, has ``moved`` where it has them elsewhere, the
    white space between them aside, and is ``superseded`` where it has not. ``now`` is where they stand; of a superseded
    one the passage that took its place, None if there is nothing like it.
    """

    article: Article
    passage: Passage
    current: bool
    state: Literal["stands", "moved", "superseded"]
    now: Whereabouts | None


def cited(snapshot: Snapshot, id: str) -> Citation:
    """:raises NotFound: no passage was ever cited so, or its article is deleted."""
    kept = snapshot.cited(id)
    article = snapshot.version(kept.version)
    if kept.passage.id(article) != id:
        raise FolderDamaged(f"passage {id} is not what was stored: run `footnote reindex`")
    return _citation(article, kept.passage, *_as_it_is(snapshot, article.id))


def _as_it_is(snapshot: Snapshot, id: str) -> tuple[Article, list[Passage]]:
    """An article's current text, and its passages that are searched."""
    current = snapshot.current(id)
    if current is None:
        raise NotFound(f"no article has the id {id!r}")
    kept = snapshot.passages_of(current.version, snapshot.edition()).values()
    return snapshot.version(current.version), [one.passage for one in kept]


def _citation(article: Article, passage: Passage, newer: Article, passages: Sequence[Passage]) -> Citation:
    current = newer.sha256 == article.sha256
    span = passage.span if current else traced(passage.span, article.text, newer.text)
    if span is None:
        instead = likest(passage.span, article.text, (one.span for one in passages), newer.text)
        now = instead and Whereabouts(newer, instead, _at(instead, passages))
        return Citation(article, passage, current, "superseded", now)
    state: Literal["stands", "moved"] = "stands" if span.start == passage.span.start else "moved"
    return Citation(article, passage, current, state, Whereabouts(newer, span, _at(span, passages)))


def _at(span: Span, passages: Sequence[Passage]) -> Passage | None:
    """The passage that has the most of a stretch of text."""
    shared = {one.span: min(one.span.end, span.end) - max(one.span.start, span.start) for one in passages}
    return max((one for one in passages if shared[one.span] > 0), key=lambda one: shared[one.span], default=None)

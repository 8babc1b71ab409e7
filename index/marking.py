"""Keeps the marks on passages in step with what repeats: a layer over them that changes no id and no offset.

What a write costs grows with its articles: of a fingerprint only some articles are looked at, again only once it stands
in half as many more, a publisher's all only when its articles are an eighth of the way to twice as many.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import log2

from index import repetition
from index.records import Article, Unit
from index.repetition import COUNTED, FEWEST, LOOKED_AT, Page
from index.store import Standing, Transaction

GROWN = 1.5
FEW = 64


@dataclass(frozen=True)
class Outlined:
    """A version with its paragraphs."""

    version: int
    article: Article
    units: tuple[Unit, ...]


def enter(transaction: Transaction, batch: Sequence[Outlined], generation: int, left: Iterable[int] = ()) -> None:
    """Count the paragraphs of these current versions, and mark what is furniture now; ``left`` are marks that went."""
    left, touched, grown = {*left}, set[int](), dict[str, int]()
    for one in batch:
        publisher = repetition.publisher(one.article).casefold()
        changed, is_new = transaction.repeats.enter(one.version, publisher, one.units)
        touched |= changed
        grown[publisher] = grown.get(publisher, 0) + is_new
    for publisher, new in grown.items():
        now = transaction.repeats.articles_of(publisher, COUNTED)
        if _size(now) != _size(now - new):
            left |= transaction.repeats.judged(publisher)
    settle(transaction, touched, left, generation, [one.version for one in batch])


def _size(articles: int) -> int:
    """What a publisher's shares are judged anew for: each article of few, an eighth of many."""
    return articles if articles < FEW else int(8 * log2(articles))


def settle(
    transaction: Transaction,
    touched: Collection[int],
    left: Collection[int],
    generation: int,
    versions: Iterable[int] = (),
) -> None:
    """Judge what may have become furniture or ceased to be, and mark the passages of all versions concerned.

    ``touched`` are fingerprints that stand in more articles than before, ``left`` those in fewer or of other weight.
    """
    changed = _judged(transaction, touched, left)
    concerned = {version for mark in changed for version in transaction.repeats.versions_with(mark)}
    for version in concerned.union(versions):
        _mark(transaction, version, generation)


def _judged(transaction: Transaction, touched: Collection[int], left: Collection[int]) -> list[int]:
    """The fingerprints that became furniture, or are so no longer."""
    repeats, pages = transaction.repeats, cache(lambda version: _page(transaction, version))
    changed = []
    for one in repeats.standings({*touched, *left}, COUNTED):
        if _is_to_be_judged(one, one.fingerprint in left):
            was, now = one.furniture, False
            if one.articles < FEWEST:
                repeats.drop(one.fingerprint)
            else:
                versions = repeats.versions_with(one.fingerprint, LOOKED_AT)
                publisher = repeats.publisher(versions[0])
                of = repeats.articles_of(publisher, COUNTED)
                now = repetition.is_furniture(one.fingerprint, [*map(pages, versions)], one.articles, of)
                repeats.judge(one.fingerprint, publisher, one.articles, now)
            if was != now:
                changed.append(one.fingerprint)
    return changed


def _is_to_be_judged(one: Standing, left: bool) -> bool:
    if not one.judged:
        return one.articles >= FEWEST
    return left or (not one.furniture and one.articles >= GROWN * one.judged)


def _page(transaction: Transaction, version: int) -> Page:
    return Page(transaction.version(version).text, transaction.repeats.units(version))


def _mark(transaction: Transaction, version: int, generation: int) -> None:
    """Mark a version's passages, in every edition, as its paragraphs are judged."""
    repeats = transaction.repeats
    had, furniture = repeats.marks_of(version), repeats.furniture_in(version)
    if not had and not furniture:
        return
    stretches = repetition.marked(repeats.units(version), furniture)
    passages = (transaction.passages_of(version, edition) for edition in transaction.words())
    now = {n: repetition.flags(kept.passage, stretches) for own in passages for n, kept in own.items()}
    repeats.mark({n: flags for n, flags in now.items() if flags != had.get(n, b"")}, generation)

"""STORY: the store in, lines out for another archive: each article, its earlier texts, what could be cited."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from index import histories
from index.articles import to_json
from index.errors import FolderDamaged
from index.records import Article, Earlier, History
from index.store import Snapshot

# Of earlier texts, in characters: an article with more has several lines, each with some of them.
LINE_CHARACTERS = 4_000_000


def exported(snapshot: Snapshot, damaged: Callable[[FolderDamaged], None]) -> Iterator[str]:
    """A line of JSON for every article, by id; ``damaged`` is told what could not be read and is left out."""
    for _, versions in groupby(snapshot.versions(), key=itemgetter(1)):
        texts = [*_texts(snapshot, versions, damaged)]
        if texts and texts[-1][1]:
            *earlier, (newest, _) = texts
            yield from _lines(newest, [one for one, _ in earlier])


def _texts(
    snapshot: Snapshot, versions: Iterable[tuple[int, str, str, bool]], damaged: Callable[[FolderDamaged], None]
) -> Iterator[tuple[Earlier, bool]]:
    for number, id, added_at, is_current in versions:
        if snapshot.has_damaged_passages(number):
            damaged(FolderDamaged(f"what cites a damaged passage of article {id!r}; run `footnote repair`"))
        try:
            yield Earlier(snapshot.version(number), added_at, tuple(snapshot.cited_of(number))), is_current
        except FolderDamaged as fault:
            damaged(fault)


def _lines(newest: Earlier, earlier: list[Earlier]) -> Iterator[str]:
    for some in _parts(earlier):
        history = History(newest.added_at, newest.cited, tuple(some))
        yield _line(newest.article, history)


def _line(article: Article, history: History) -> str:
    said = to_json(article, text=True) | {histories.NAME: histories.to_object(history)}
    return json.dumps(said, ensure_ascii=False) + "\n"


def _parts(earlier: list[Earlier]) -> Iterator[list[Earlier]]:
    """All of them in order, as many at a time as fit into a line; once none where there are none."""
    part: list[Earlier] = []
    characters = 0
    for one in earlier:
        characters += len(one.article.text)
        if part and characters > LINE_CHARACTERS:
            yield part
            part, characters = [], len(one.article.text)
        part.append(one)
    yield part

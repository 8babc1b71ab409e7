"""A small archive for tests, and what must hold of any."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from index.folder import Index
from index.ingest import put
from index.lexical import Sought
from index.prepare import cut_article
from index.rebuild import open_index
from index.records import Article, Filters
from index.store import Kept
from tests.fakes import WordEncoder

ALL = 10_000
ENCODER = WordEncoder()
EVERYTHING = Filters()


def opened(path: Path, encoder: WordEncoder = ENCODER, lock_timeout: float = 30.0) -> Index:
    return open_index(path, encoder, lock_timeout)


def article(id: str, text: str, **fields: Any) -> Article:
    return Article(id, fields.pop("title", "Untitled"), text, **fields)


def filled(path: Path, texts: Mapping[str, str]) -> Index:
    index = opened(path)
    for id, text in texts.items():
        put(index, article(id, text))
    return index


def seen(index: Index, question: str, filters: Filters = EVERYTHING) -> list[tuple[Article, Kept]]:
    """All that vectors and words bring of a state, nearest first: what is ranked, before reprints are made one."""
    with index.view() as view:
        allowed = view.allowed(filters)
        near, _ = view.nearest(index.encoder.encode_questions([question])[0].whole, ALL, allowed)
        matching, _ = view.matching(Sought(view.terms(question)), ALL, allowed)
        kept = view.passages(np.concatenate([near, matching]))
        return [(view.version(kept[n].version), kept[n]) for n in dict.fromkeys([*near.tolist(), *matching.tolist()])]


def found(index: Index, question: str, filters: Filters = EVERYTHING) -> list[tuple[str, str]]:
    """The articles and quotes of all that vectors and words bring, nearest first."""
    return [(article.id, kept.passage.span.of(article.text)) for article, kept in seen(index, question, filters)]


def worded(index: Index, word: str) -> list[tuple[str, str]]:
    """Each passage that a word finds, with its article, in the order in which they came in."""
    with index.view() as view:
        numbers, _ = view.matching(Sought(view.terms(word)), ALL)
        kept = view.passages(np.sort(numbers))
        versions = [(view.version(k.version), k.passage) for k in kept.values()]
        return [(article.id, passage.span.of(article.text)) for article, passage in versions]


def texts(index: Index) -> dict[str, str]:
    return {head.id: index.article(head.id).text for head, _ in index.articles("", ALL)}


def assert_whole(index: Index) -> None:
    """All passages of all articles, and nothing else, are found by vectors and words, and quote what they should."""
    articles = {id: index.article(id) for id in texts(index)}
    with index.view() as view:
        live = np.sort(view.nearest(np.ones(ENCODER.dimension, np.float32), ALL)[0])
        kept = view.passages(live)
        assert sorted(kept) == live.tolist()
        assert (view.status.articles, view.status.passages) == (len(articles), len(kept))
        cut = {id: cut_article(article, ENCODER) for id, article in articles.items()}
        assert {id: _passages(view, id, kept) for id in articles} == cut
        for number, one in kept.items():
            text = articles[view.version(one.version).id].text
            quote = one.passage.span.of(text)
            assert one.id == one.passage.id(articles[view.version(one.version).id])
            terms = view.terms(quote)
            assert not terms or number in view.matching(Sought(terms), ALL)[0]


def _passages(view: Any, id: str, kept: Mapping[int, Any]) -> tuple[Any, ...]:
    numbers = view.allowed(Filters(article=(id,))).tolist()
    return tuple(kept[number].passage for number in numbers)

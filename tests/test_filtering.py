"""What columns in memory let through of a large archive is what its store does."""

from datetime import date
from pathlib import Path

import pytest

from index.folder import Index
from index.ingest import put
from index.rebuild import reindex
from index.records import Filters, Period
from tests.archive import ENCODER, article, opened

MAY = Period(date(2023, 5, 1), date(2023, 5, 31))
FILTERS = [
    Filters(source=("THE POST",)),
    Filters(source=("The Post", "Die Zeit"), published=MAY),
    Filters(source=("nobody",)),
    Filters(tags=("sea", "war")),
    Filters(tags=("war",), source=("Die Zeit",)),
    Filters(published=MAY),
    Filters(published=Period(date(2023, 5, 9), date(2023, 5, 9))),
    Filters(article=("b",), published=MAY),
]


def let_through(index: Index) -> list[tuple[list[int], int]]:
    with index.view() as view:
        allowed = [view.allowed(filters) for filters in FILTERS]
        return [
            (sorted(view.live(numbers).tolist()) if numbers is not None else [], view.undated(filters))
            for numbers, filters in zip(allowed, FILTERS, strict=True)
        ]


def assert_the_same(index: Index, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], int]]:
    by_store = let_through(index)
    with monkeypatch.context() as patch:
        patch.setattr("index.view.IN_COLUMNS", 0)
        # What is kept of the store's own answers would hide the columns'.
        index._filtered._allowed.clear()
        assert let_through(index) == by_store
        index._filtered._allowed.clear()
    return by_store


def test_columns_let_through_what_the_store_does_after_every_kind_of_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = opened(tmp_path)
    assert assert_the_same(index, monkeypatch) == [([], 0)] * len(FILTERS)
    story = "Ships sank.\n\n# Other\n\nGeese flew home over the sea."
    put(index, article("a", story, source="The Post", published_at="2023-05-09", tags=("sea",)))
    put(index, article("b", "Tanks rolled.", source="Die Zeit", published_at="2023-05", tags=("war", "sea")))
    put(index, article("c", "Nobody knows when.", source="the post", tags=("peace",)))
    put(index, article("d", "Nobody knows who.", published_at="2022-12-31"))
    first = assert_the_same(index, monkeypatch)
    assert first[0][0] != []
    assert [undated for _, undated in first] == [1, 1, 0, 0, 0, 1, 1, 0]
    put(index, article("b", "Tanks rolled back.", source="The Post", published_at="2023-06-01", tags=("peace",)))
    put(index, article("e", "Frogs sang.", source="Die Zeit", published_at="2023-05-31", tags=("war",)))
    second = assert_the_same(index, monkeypatch)
    assert second[4] == (second[4][0], 0)
    assert len(second[4][0]) == 1
    index.delete("c")
    index.delete("a")
    assert [undated for _, undated in assert_the_same(index, monkeypatch)] == [0] * len(FILTERS)
    reindex(tmp_path, ENCODER)
    assert len(assert_the_same(index, monkeypatch)[5][0]) == 1
    index.close()

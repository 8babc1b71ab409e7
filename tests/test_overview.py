from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from index.census import Census
from index.records import Article, Countable, Filters, Period
from tests.worlds import TRIP, served

ARTICLES = [
    TRIP,
    Article("a", "A", "A strike was called.", source="the times", published_at="2024", tags=("world", "strikes")),
    Article("b", "B", "A strike was ended.", source="Reuters", published_at="2024-04-02", tags=("strikes", "strikes")),
    Article("c", "C", "Nobody knows when.", source="Reuters"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("data"), *ARTICLES) as one:
        yield one


def overview(client: TestClient, **filters: Any) -> Any:
    reply = client.get("/v1/overview", params=filters)
    assert reply.status_code == 200
    return reply.json()


def counted(**counts: int) -> list[dict[str, Any]]:
    return [{"name": name.replace("_", " "), "articles": articles} for name, articles in counts.items()]


def test_an_archive_of_less_than_ten_years_is_counted_by_months_publishers_and_tags(client: TestClient) -> None:
    assert overview(client) == {
        "articles": 4,
        "unit": "month",
        "first": "2023-06",
        "last": "2024-04",
        "buckets": [
            {"period": "2023-06", "articles": 1},
            {"period": "2024-01", "articles": 1},
            {"period": "2024-04", "articles": 1},
        ],
        "undated": 1,
        "sources": counted(Reuters=2, The_Times=2),
        "tags": counted(strikes=2, world=1),
    }


def test_a_filter_bounds_every_count_but_that_of_its_own_kind(client: TestClient) -> None:
    of_one = overview(client, source="THE TIMES")
    since = overview(client, published_after="2024-02")
    tagged = overview(client, tags=["world", "sport"])

    assert (of_one["articles"], of_one["undated"]) == (2, 0)
    assert of_one["sources"] == counted(Reuters=2, The_Times=2)
    assert of_one["tags"] == counted(strikes=1, world=1)
    assert [bucket["period"] for bucket in of_one["buckets"]] == ["2023-06", "2024-01"]
    assert (since["articles"], since["undated"], len(since["buckets"])) == (2, 1, 3)
    assert since["sources"] == counted(Reuters=1, The_Times=1)
    assert (tagged["articles"], tagged["sources"], tagged["tags"]) == (
        1,
        counted(The_Times=1),
        counted(strikes=2, world=1),
    )


def test_the_reach_of_the_archive_does_not_depend_on_the_filters(client: TestClient) -> None:
    nothing = overview(client, source="nobody", article="b")

    assert (nothing["articles"], nothing["buckets"], nothing["first"], nothing["last"]) == (0, [], "2023-06", "2024-04")


@pytest.mark.parametrize(
    ("last", "unit", "buckets"),
    [
        ("2023-09-18", "day", ["2023-06-18", "2023-09-18"]),
        ("2023-09-19", "month", ["2023-06", "2023-09"]),
        ("2033-06-19", "year", ["2023", "2033"]),
        ("9999-12-31", "year", ["2023", "9999"]),
    ],
)
def test_how_long_it_reaches_says_what_is_counted_by(tmp_path: Path, last: str, unit: str, buckets: list[str]) -> None:
    with served(tmp_path, TRIP, Article("z", "Z", "The last one.", published_at=last)) as client:
        found = overview(client)

    assert (found["unit"], [bucket["period"] for bucket in found["buckets"]]) == (unit, buckets)


def test_what_is_written_and_deleted_is_counted_at_once(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        assert overview(client)["articles"] == 0
        client.put("/v1/articles/new", json={"title": "T", "text": "Some words.", "tags": ["x"]})
        assert (overview(client)["articles"], overview(client)["undated"], overview(client)["first"]) == (1, 1, None)
        client.delete("/v1/articles/new")
        assert (overview(client)["articles"], overview(client)["tags"]) == (0, [])


@pytest.mark.parametrize(
    "wrong", ["publishd_after=2023", "published_after=June", "published_after=2024&published_before=2023"]
)
def test_a_filter_that_is_none_is_refused(client: TestClient, wrong: str) -> None:
    assert client.get(f"/v1/overview?{wrong}").status_code == 422


ROWS = st.lists(
    st.builds(
        lambda first, length, source, tags: Countable("x", first, first and first + length, source, tags),
        st.none() | st.integers(738_000, 738_010),
        st.integers(0, 5),
        st.sampled_from([None, "A", "a", "B"]),
        st.lists(st.sampled_from(["s", "t"]), max_size=3).map(tuple),
    ),
    max_size=12,
)
FILTERS = st.builds(
    Filters,
    source=st.sampled_from([(), ("a",), ("B", "none")]),
    tags=st.sampled_from([(), ("s",), ("s", "t")]),
    published=st.none() | st.just(Period(date.fromordinal(738_004), date.fromordinal(738_007))),
)


@given(ROWS, FILTERS)
def test_the_counts_are_those_of_going_through_the_articles(rows: list[Countable], filters: Filters) -> None:
    found = Census.of(rows).overview(filters)

    through = [row for row in rows if passes(row, filters, "source", "tags", "published")]
    assert found.articles == len(through)
    in_time = [row for row in rows if passes(row, filters, "source", "tags")]
    assert sum(one.articles for one in found.dated) == sum(row.first is not None for row in in_time)
    assert found.undated == sum(row.first is None for row in in_time)
    sources = Counter(row.source.lower() for row in rows if row.source and passes(row, filters, "tags", "published"))
    assert {one.name.lower(): one.articles for one in found.sources} == sources
    tags = Counter(tag for row in rows if passes(row, filters, "source", "published") for tag in set(row.tags))
    assert {one.name: one.articles for one in found.tags} == tags


def passes(row: Countable, filters: Filters, *kinds: str) -> bool:
    source = not filters.source or (row.source or "").lower() in [one.lower() for one in filters.source]
    tags = not filters.tags or bool({*filters.tags} & {*row.tags})
    dated = filters.published is None or (
        row.first is not None
        and row.last is not None
        and row.first <= filters.published.last.toordinal()
        and row.last >= filters.published.first.toordinal()
    )
    return all({"source": source, "tags": tags, "published": dated}[kind] for kind in kinds)

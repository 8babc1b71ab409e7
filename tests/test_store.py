import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import dates
from index.errors import FolderDamaged, FolderHeld, IndexMismatch, NotFound
from index.records import Article, Filters, Passage, Period, Span
from index.store import Store

AXES = np.eye(2, dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite", 1.0)
    with store.writing() as transaction:
        transaction.add_edition({"model": "words"}, "w", AXES)
    yield store
    store.close()


def put(store: Store, article: Article, *passages: Passage) -> list[int]:
    """One write, as the folder does it; the numbers of the passages."""
    with store.writing() as transaction:
        generation = transaction.generation() + 1
        transaction.remove_passages(transaction.all_passages_of(article.id), generation)
        version = transaction.put(article, generation)
        numbered = dict(enumerate(passages, transaction.reserve(len(passages))))
        transaction.add_passages(article, version, transaction.edition(), numbered, ())
        transaction.advance(generation)
    return [*numbered]


def passage(start: int, end: int, side_story: bool = False) -> Passage:
    return Passage(Span(start, end), (Span(start, start + 2), Span(start + 2, end)), side_story)


def dated(id: str, published_at: str | None, **fields: object) -> Article:
    return Article(id, "Title", "Some text", published_at=published_at, **fields)  # type: ignore[arg-type]


def allowed(store: Store, filters: Filters) -> list[int]:
    with store.reading() as snapshot:
        numbers = snapshot.allowed(filters)
        assert numbers is not None
        return [*map(int, numbers)]


def published(first: str, last: str) -> Filters:
    return Filters(published=Period(dates.parse(first).first, dates.parse(last).last))


def test_an_article_comes_back_as_it_went_in(store: Store) -> None:
    article = Article(
        "a/ß",
        "Títle",
        "line one\r\n\tline two \U0001f388 e\u0301 \u05d0\u05d1",
        url="https://example.org/a",
        source="Reuters",
        author="A. N. Other",
        published_at="2023-02",
        updated_at="2023-02-04T10:00:00Z",
        date_basis="stated",
        language="en",
        tags=("spy", "balloon"),
        metadata={"nested": {"list": [1, None, "two"]}},
    )
    put(store, article)
    with store.reading() as snapshot:
        assert snapshot.article("a/ß") == article
        assert snapshot.articles("", 10) == [(replace(article, text=""), article.sha256)]


def test_a_passage_comes_back_with_its_sentences_and_its_id(store: Store) -> None:
    article = Article("a", "Title", "Some text of words")
    first, second = put(store, article, passage(0, 9), passage(10, 18, side_story=True))
    with store.reading() as snapshot:
        kept = snapshot.passages([second, first, 99])
        assert {number: k.passage for number, k in kept.items()} == {
            first: passage(0, 9),
            second: passage(10, 18, side_story=True),
        }
        assert snapshot.cited(passage(0, 9).id(article)).number == first


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store: Store) -> None:
    put(store, Article("a", "Title", "one"), passage(0, 3))
    with store.reading() as before:
        assert before.generation() == 1
        put(store, Article("a", "Title", "two"), passage(0, 3))
        assert (before.generation(), before.article("a").text, before.counts()) == (1, "one", (1, 1))
    with store.reading() as after:
        assert (after.generation(), after.article("a").text, after.counts()) == (2, "two", (1, 1))


def test_a_failed_write_leaves_nothing_behind(store: Store) -> None:
    def fail() -> None:
        with store.writing() as transaction:
            transaction.put(Article("a", "Title", "text"), 1)
            transaction.advance(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.reading() as snapshot:
        assert (snapshot.generation(), snapshot.counts()) == (0, (0, 0))
        with pytest.raises(NotFound, match="'a'"):
            snapshot.article("a")


def test_numbers_of_passages_are_given_once(store: Store) -> None:
    first = put(store, Article("a", "Title", "one"), passage(0, 3), passage(3, 6))
    with store.writing() as transaction:
        transaction.delete("a")
    assert put(store, Article("b", "Title", "two"), passage(0, 3)) == [first[-1] + 1]


def test_an_earlier_text_is_kept_and_can_be_cited(store: Store) -> None:
    put(store, Article("a", "Title", "one"), passage(0, 3))
    put(store, Article("a", "Title", "two"), passage(0, 3))
    with store.reading() as snapshot:
        kept = snapshot.cited(passage(0, 3).id(Article("a", "Title", "one")))
        assert (kept.removed, snapshot.version(kept.version).text) == (True, "one")
        assert snapshot.article("a").text == "two"
        assert snapshot.removed(2, 2).tolist() == [kept.number]
        assert snapshot.removed(0, 1).tolist() == []


def test_a_deleted_article_is_gone_with_all_its_texts(store: Store) -> None:
    first, second = Article("a", "Title", "one"), Article("a", "Title", "two")
    numbers = put(store, first, passage(0, 3)) + put(store, second, passage(0, 3))
    with store.writing() as transaction:
        transaction.remove_passages(transaction.all_passages_of("a"), 3)
        transaction.delete("a")
        transaction.advance(3)
    with store.reading() as snapshot:
        for article in (first, second):
            with pytest.raises(NotFound):
                snapshot.cited(passage(0, 3).id(article))
        assert snapshot.passages(numbers) == {}
        assert sorted(snapshot.removed(0, 3).tolist()) == numbers


def test_what_was_deleted_is_in_no_file_of_the_store(store: Store, tmp_path: Path) -> None:
    put(store, Article("a", "Title", "unmistakable " * 2_000))
    with store.writing() as transaction:
        transaction.delete("a")
    store.flush()
    assert [p.name for p in tmp_path.iterdir() if b"unmistakable" in p.read_bytes()] == []


def test_dates_are_what_they_leave_open(store: Store) -> None:
    day, month, year, none = (
        put(store, dated(str(n), at), passage(0, 9))[0]
        for n, at in enumerate(("2023-06-18T09:00:00Z", "2023-06", "2023", None))
    )
    assert allowed(store, published("2023-06-18", "2023-06-18")) == [day, month, year]
    assert allowed(store, published("2023-06-19", "2023-06-30")) == [month, year]
    assert allowed(store, published("2023-07", "2024")) == [year]
    assert allowed(store, published("2022", "2022")) == []
    assert none not in allowed(store, published("1900", "2100"))


def test_a_side_story_and_an_undated_article_fit_no_date(store: Store) -> None:
    main, side = put(store, dated("a", "2023-06-18"), passage(0, 4), passage(4, 9, side_story=True))
    put(store, dated("b", None), passage(0, 9))
    assert allowed(store, published("2023", "2023")) == [main]
    assert allowed(store, Filters(article=("a",))) == [main, side]
    with store.reading() as snapshot:
        assert snapshot.undated(published("2023", "2023")) == 1
        assert snapshot.undated(Filters(article=("a",), published=published("2023", "2023").published)) == 0


def test_filters_narrow_each_other(store: Store) -> None:
    (a,) = put(store, dated("a", "2023", source="Reuters", tags=("x", "y")), passage(0, 9))
    (b,) = put(store, dated("b", "2023", source="AP", tags=("y",)), passage(0, 9))
    (c,) = put(store, dated("c", "2024", tags=("x",)), passage(0, 9))
    assert allowed(store, Filters(source=("reuters", "AP"))) == [a, b]
    assert allowed(store, Filters(tags=("x",))) == [a, c]
    assert allowed(store, Filters(tags=("x", "y"), source=("AP",))) == [b]
    assert allowed(store, Filters(article=("a", "c"), published=published("2024", "2024").published)) == [c]
    assert allowed(store, Filters(tags=("x' OR 1=1 --",))) == []
    with store.reading() as snapshot:
        assert snapshot.allowed(Filters()) is None
        assert snapshot.sources() == ["AP", "Reuters"]


def test_the_newest_date_is_the_one_that_reaches_furthest(store: Store) -> None:
    for n, at in enumerate(("2023-06-18", "2023-06", "2022", None)):
        put(store, dated(str(n), at))
    with store.reading() as snapshot:
        assert snapshot.newest_published_at() == "2023-06"


def test_articles_are_listed_by_id_a_page_at_a_time(store: Store) -> None:
    for id in ("b", "a/2", "c", "a/1"):
        put(store, Article(id, "Title", "text"))
    with store.reading() as snapshot:
        assert [article.id for article, _ in snapshot.articles("", 3)] == ["a/1", "a/2", "b"]
        assert [article.id for article, _ in snapshot.articles("b", 3)] == ["c"]


def test_an_edition_is_filled_beside_the_one_that_answers(store: Store) -> None:
    article = Article("a", "Title", "one two three")
    (old,) = put(store, article, passage(0, 7))
    put(store, Article("b", "Title", "furniture alone"))
    with store.writing() as transaction:
        other = transaction.add_edition({"model": "other"}, "w2", AXES)
        assert transaction.unfinished_edition({"model": "other"}) == other
        assert transaction.unfinished_edition({"model": "words"}) is None
        versions = transaction.uncut(other, 0, 10)
        assert [transaction.version(version).id for version in versions] == ["a", "b"]
        new = transaction.reserve(2)
        transaction.add_passages(article, versions[0], other, {new: passage(0, 7), new + 1: passage(8, 13)}, ())
        transaction.add_passages(Article("b", "Title", "furniture alone"), versions[1], other, {}, ())
        assert transaction.uncut(other, 0, 10) == []
        assert (transaction.live_numbers(1).tolist(), transaction.counts()) == ([old], (2, 1))
    with store.writing() as transaction:
        transaction.answer_with(other, 3)
        transaction.advance(3)
    with store.reading() as snapshot:
        assert (snapshot.edition(), snapshot.words(), snapshot.counts()) == (other, {other: "w2"}, (2, 2))
        assert snapshot.passages([old, new, new + 1]).keys() == {new, new + 1}
        assert snapshot.cited(passage(0, 7).id(article)).number == new


def test_a_second_writer_waits_and_is_told_when_it_takes_too_long(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "store.sqlite", 0.2)
    with store.writing():
        with pytest.raises(FolderHeld, match=r"held by another writer: waited 0\.2 s"), other.writing():
            pass
        with other.reading() as snapshot:
            assert snapshot.generation() == 0
    with other.writing() as transaction:
        transaction.advance(1)
    other.close()


def test_stores_opened_at_once_are_one_store(tmp_path: Path) -> None:
    identities: list[str] = []
    ready = threading.Barrier(8)

    def open_it() -> None:
        ready.wait()
        store = Store(tmp_path / "store.sqlite", 10.0)
        with store.reading() as snapshot:
            identities.append(snapshot.identity())
        store.close()

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert identities == identities[:1] * 8


def test_what_runs_while_the_store_is_closed_ends_well_and_leaves_nothing_open(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite", 1.0)
    with store.reading() as snapshot:
        store.close()
        assert snapshot.generation() == 0
    # The last connection of a database removes its log.
    assert [path.name for path in tmp_path.iterdir()] == ["store.sqlite"]
    with pytest.raises(RuntimeError, match="closed"), store.reading():
        pass


def test_a_newer_format_is_refused(store: Store, tmp_path: Path) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexMismatch, match="newer Footnote"):
        Store(tmp_path / "store.sqlite", 1.0)


def test_what_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database, but long enough to be taken for one " * 100)
    with pytest.raises(FolderDamaged, match="backup"):
        Store(tmp_path / "store.sqlite", 1.0)


@pytest.mark.parametrize("damage", ["text = 'other'", "text = CAST(x'ff00ff' AS TEXT)", "metadata = '{'", "tags = '['"])
def test_a_changed_row_is_damaged(store: Store, damage: str) -> None:
    put(store, Article("a", "Title", "text"))
    with store.writing() as transaction:
        transaction._sql.execute(f"UPDATE versions SET {damage}")
    with pytest.raises(FolderDamaged, match="backup|UTF-8"), store.reading() as snapshot:
        snapshot.article("a")

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import dates
from index.errors import FolderDamaged, FolderHeld, NotFound
from index.folder import Index
from index.ingest import put
from index.lexical import Sought
from index.prepare import prepare
from index.records import Article, Filters, Passage, Period
from index.search import Question, search
from tests.archive import ENCODER, article, assert_whole, filled, found, opened, seen, texts, worded

BALLOON = "A spy balloon drifted over Montana. The trip was cancelled in February."
GEESE = "Geese crossed the lake at dawn. Nobody counted them."


def test_a_new_folder_is_made_and_holds_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path / "a" / "b")
    status = index.status()
    assert (status.articles, status.passages, status.newest_published_at) == (0, 0, None)
    assert search(index, Question("why was the trip cancelled?")).hits == ()
    index.close()


def test_what_was_put_is_found_and_quoted_exactly(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON, "b": GEESE})
    assert found(index, "why was the trip cancelled?")[0] == ("a", BALLOON)
    assert found(index, "how many geese were counted?")[0] == ("b", GEESE)
    assert_whole(index)
    index.close()


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    before, files = index.status(), {p.name for p in (tmp_path / "vectors").iterdir()}
    assert put(index, article("a", BALLOON)) == "unchanged"
    assert index.put(prepare([article("a", BALLOON)], ENCODER)) == ["unchanged"]
    assert (index.status(), {p.name for p in (tmp_path / "vectors").iterdir()}) == (before, files)
    index.close()


def test_another_text_replaces_the_passages_in_one_step(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    generation = index.status().generation
    assert put(index, article("a", GEESE)) == "replaced"
    assert index.status().generation == generation + 1
    assert (worded(index, "balloon"), worded(index, "geese")) == ([], [("a", GEESE)])
    assert_whole(index)
    index.close()


def test_another_date_alone_replaces_the_article_and_keeps_the_ids_of_its_passages(tmp_path: Path) -> None:
    index = opened(tmp_path)
    put(index, article("a", BALLOON))
    [before] = search(index, Question("balloon")).hits
    assert put(index, article("a", BALLOON, published_at="2023-02-04")) == "replaced"
    [after] = search(index, Question("balloon")).hits
    assert (after.id, after.article.published_at) == (before.id, "2023-02-04")
    assert index.citation(before.id).current
    index.close()


def test_an_earlier_text_stays_citable_until_its_article_is_deleted(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON, "b": GEESE})
    [hit] = [hit for hit in search(index, Question("balloon")).hits if hit.article.id == "a"]
    put(index, article("a", "Ships sank."))
    put(index, article("a", "Ships rose."))
    citation = index.citation(hit.id)
    assert (citation.article.text, citation.passage, citation.current) == (BALLOON, hit.passage, False)
    index.delete("a")
    with pytest.raises(NotFound, match=hit.id):
        index.citation(hit.id)
    index.close()


def test_a_passage_that_was_changed_in_the_store_is_not_quoted(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    [hit] = search(index, Question("balloon")).hits
    with index.write() as transaction:
        transaction._sql.execute("UPDATE passages SET start = 2")
    with pytest.raises(FolderDamaged, match="not what was stored"):
        index.citation(hit.id)
    index.close()


def test_a_text_that_comes_back_is_the_current_one_again(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    [hit] = search(index, Question("balloon")).hits
    for text in (GEESE, BALLOON):
        put(index, article("a", text))
    assert [h.id for h in search(index, Question("balloon")).hits] == [hit.id]
    assert index.citation(hit.id).current
    assert_whole(index)
    index.close()


def test_a_deleted_article_is_found_nowhere(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON, "b": GEESE})
    index.delete("a")
    assert worded(index, "balloon") == []
    assert {id for id, _ in found(index, "why was the balloon trip cancelled?")} == {"b"}
    assert texts(index) == {"b": GEESE}
    for again in (index.article, index.delete):
        with pytest.raises(NotFound, match="'a'"):
            again("a")
    assert_whole(index)
    index.close()


def test_the_words_of_a_deleted_article_are_forgotten_at_once(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON, "b": GEESE})
    index.delete("a")
    with index.read() as snapshot:
        live = snapshot.live_numbers(snapshot.edition()).tolist()
        assert index.derived.checked_words(snapshot, snapshot.edition()).searcher().numbers().tolist() == live
    index.close()


def test_words_of_replaced_articles_are_forgotten_by_the_next_write(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    for text in (GEESE, "Ships sank.", "Ships rose."):
        put(index, article("a", text))
    with index.read() as snapshot:
        held = index.derived.checked_words(snapshot, snapshot.edition()).searcher().numbers().tolist()
        assert sorted(held) == [3, 4]
        assert snapshot.live_numbers(snapshot.edition()).tolist() == [4]
    index.close()


def test_words_that_live_no_longer_do_not_take_the_place_of_others(tmp_path: Path) -> None:
    index = filled(tmp_path, {f"a{n}": "balloon" for n in range(12)} | {"b": "a balloon and many more words than that"})
    index.put(prepare([article(f"a{n}", GEESE) for n in range(12)], ENCODER))
    with index.view() as view:
        numbers, _ = view.matching(Sought(view.terms("balloon")), 2)
        assert [view.version(k.version).id for k in view.passages(numbers).values()] == ["b"]
    index.close()


def test_a_deleted_article_can_come_back(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    index.delete("a")
    assert put(index, article("a", BALLOON)) == "added"
    assert_whole(index)
    index.close()


def test_an_article_without_passages_is_an_article(tmp_path: Path) -> None:
    index = opened(tmp_path)
    assert put(index, article("a", "Leave a Reply")) == "added"
    assert (index.status().articles, index.status().passages) == (1, 0)
    assert put(index, article("a", "Leave a Reply")) == "unchanged"
    assert put(index, article("a", GEESE)) == "replaced"
    assert put(index, article("a", "Leave a Reply")) == "replaced"
    assert found(index, "geese") == []
    index.delete("a")
    assert (index.status().articles, texts(index)) == (0, {})
    index.close()


def test_a_batch_may_bring_an_article_twice(tmp_path: Path) -> None:
    index = opened(tmp_path)
    batch = [article("a", text) for text in (BALLOON, BALLOON, GEESE, BALLOON)]
    assert index.put(prepare(batch, ENCODER)) == ["added", "unchanged", "replaced", "replaced"]
    assert_whole(index)
    assert texts(index) == {"a": BALLOON}
    index.close()


def test_filters_hold_for_vectors_and_words(tmp_path: Path) -> None:
    index = opened(tmp_path)
    archive: dict[str, dict[str, Any]] = {
        "day": {"published_at": "2023-02-04", "source": "Reuters"},
        "month": {"published_at": "2023-02"},
        "later": {"published_at": "2023-03-01", "source": "Reuters"},
        "undated": {"tags": ("spy",)},
    }
    for id, fields in archive.items():
        put(index, article(id, f"The balloon of {id}.", **fields))
    february = Period(dates.parse("2023-02").first, dates.parse("2023-02").last)

    def ids(filters: Filters) -> set[str]:
        return {id for id, _ in found(index, "the balloon", filters)}

    assert ids(Filters()) == {"day", "month", "later", "undated"}
    assert ids(Filters(published=february)) == {"day", "month"}
    assert ids(Filters(published=february, source=("Reuters",))) == {"day"}
    assert ids(Filters(tags=("spy",))) == {"undated"}
    assert ids(Filters(source=("Nobody",))) == set()
    assert search(index, Question("balloon", filters=Filters(published=february))).undated == 1
    index.close()


def test_side_stories_are_found_but_fit_no_date(tmp_path: Path) -> None:
    text = (
        "# A balloon over Montana\n\nThe balloon was shot down by a jet on Saturday afternoon.\n\n"
        "More from The Daily Gazette\n\n## Geese in trouble\n\nThe geese have left the lake for good this winter.\n"
    )
    index = opened(tmp_path)
    put(index, article("a", text, published_at="2023-02-04", source="The Daily Gazette"))
    year = Filters(published=Period(dates.parse("2023").first, dates.parse("2023").last))
    sides = {hit.passage.span.of(text): hit.passage.side_story for hit in search(index, Question("geese")).hits}
    main = {quote for quote, side in sides.items() if not side}
    assert any(sides.values())
    assert {quote for _, quote in found(index, "geese balloon", year)} == main
    index.close()


def test_two_indexes_on_one_folder_see_each_others_writes_at_the_next_question(tmp_path: Path) -> None:
    one, two = opened(tmp_path), opened(tmp_path)
    put(one, article("a", BALLOON))
    assert found(two, "balloon") == [("a", BALLOON)]
    put(two, article("a", GEESE))
    assert found(one, "balloon geese") == [("a", GEESE)]
    for n in range(20):
        put((one, two)[n % 2], article(f"n{n}", f"Number {n} flew."))
    for index in (one, two):
        assert_whole(index)
    one.delete("a")
    assert worded(two, "geese") == []
    for index in (one, two):
        index.close()


def test_segments_are_joined_without_what_was_removed(tmp_path: Path) -> None:
    index = opened(tmp_path)
    reader = opened(tmp_path)
    for n in range(6):
        put(index, article(f"a{n}", f"Number {n} flew."))
    index.delete("a3")
    put(index, article("a4", "Number 4 landed."))
    reader.status()
    put(index, article("a7", "Number 7 flew."))
    with index.read() as snapshot:
        [(name, passages)] = snapshot.segments().items()
        assert index.derived.segment(name).numbers.tolist() == snapshot.live_numbers(snapshot.edition()).tolist()
    assert passages == 6
    for each in (index, reader):
        assert_whole(each)
        each.close()


def test_what_a_write_leaves_behind_that_fails_is_cleared_away_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    with monkeypatch.context() as patch:
        patch.setattr("index.store.transaction.Transaction.advance", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            put(index, article("b", "Long enough\n\n# For two\n\npassages of orphans"))
    assert_whole(index)
    put(index, article("c", "Ships sank."))
    with index.read() as snapshot:
        assert {p.name for p in (tmp_path / "vectors").iterdir()} == set(snapshot.segments())
    assert_whole(index)
    assert texts(index) == {"a": BALLOON, "c": "Ships sank."}
    index.close()


def test_a_disk_that_can_not_be_written_is_said_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    index = filled(tmp_path, {"a": BALLOON})
    with monkeypatch.context() as patch:
        patch.setattr("index.derived.write_segment", full)
        with pytest.raises(FolderDamaged, match="No space left"):
            put(index, article("a", GEESE))
    assert found(index, "balloon") == [("a", BALLOON)]
    assert put(index, article("a", GEESE)) == "replaced"
    assert_whole(index)
    index.close()


def test_a_writer_that_waits_too_long_is_told(tmp_path: Path) -> None:
    one, two = opened(tmp_path, lock_timeout=0.2), opened(tmp_path, lock_timeout=0.2)
    with one.write():
        with pytest.raises(FolderHeld, match="held by another writer"):
            put(two, article("a", BALLOON))
        with ThreadPoolExecutor() as pool, pytest.raises(FolderHeld, match="held by another writer"):
            pool.submit(put, one, article("a", BALLOON)).result()
        assert found(two, "balloon") == []
    put(two, article("a", BALLOON))
    assert found(one, "balloon") == [("a", BALLOON)]
    one.close()
    two.close()


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    with index.write():
        other = opened(tmp_path, lock_timeout=0.0)
        assert found(other, "balloon") == [("a", BALLOON)]
        other.close()
    index.close()


def test_vectors_without_their_store_are_no_empty_archive(tmp_path: Path) -> None:
    filled(tmp_path, {"a": BALLOON}).close()
    (tmp_path / "store.sqlite").write_bytes(b"")
    with pytest.raises(FolderDamaged, match="backup"):
        opened(tmp_path)
    assert any((tmp_path / "vectors").iterdir())


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderDamaged, match="can't be made"):
        opened(tmp_path / "file" / "data")


def _versions(id: str) -> list[Article]:
    text = "{id} is blue {n}.\n\n# More\n\n{id} is green {n}.\n\n# Last\n\n{id} is red."
    return [article(id, text.format(id=id, n=n)) for n in range(4)]


def _faults(passages: Sequence[tuple[Article, str, Passage]], allowed: set[tuple[str, str]]) -> Iterator[str]:
    """What shows that a question saw half a write."""
    texts: dict[str, set[str]] = {}
    for version, id, passage in passages:
        texts.setdefault(version.id, set()).add(version.text)
        if id != passage.id(version) or (version.id, version.text) not in allowed:
            yield f"{id} is no passage of {version}"
    yield from (f"two versions of {id!r}" for id, versions in texts.items() if len(versions) > 1)


def _asked(index: Index, seed: int, allowed: set[tuple[str, str]], done: threading.Event) -> tuple[int, list[str]]:
    chance, count, faults = random.Random(seed), 0, list[str]()
    while not done.is_set():
        question = chance.choice(["always blue", "always green", "always is red", "other3"])
        brought = [(version, kept.id, kept.passage) for version, kept in seen(index, question)]
        # Every version has three passages, and one of this article's is always there.
        if sum(version.id == "always" for version, _, _ in brought) != 3:
            faults.append(f"not all of 'always': {brought}")
        hits = [(hit.article, hit.id, hit.passage) for hit in search(index, Question(question)).hits]
        faults += [*_faults(brought, allowed), *_faults(hits, allowed)]
        count += 1
    return count, faults


def _written(index: Index, seed: int, versions: list[Article], deletes: float) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        chosen = chance.choice(versions)
        if chance.random() >= deletes:
            put(index, chosen)
            continue
        with suppress(NotFound):
            index.delete(chosen.id)


def test_questions_never_see_half_a_write(tmp_path: Path) -> None:
    """One article is always there, in one of its versions; others come and go while all are asked for."""
    always, others = _versions("always"), [v for n in range(6) for v in _versions(f"other{n}")]
    allowed, done = {(a.id, a.text) for a in [*always, *others]}, threading.Event()
    index, beside = opened(tmp_path), opened(tmp_path)
    put(index, always[0])
    with ThreadPoolExecutor() as pool:
        askers = [pool.submit(_asked, each, seed, allowed, done) for seed, each in enumerate((index, index, beside))]
        writers = [pool.submit(_written, index, 1, always, 0.0), pool.submit(_written, beside, 2, others, 0.3)]
        wait(writers)
        done.set()
    for writer in writers:
        writer.result()
    for asker in askers:
        count, faults = asker.result()
        assert (count > 0, faults) == (True, [])
    for each in (index, beside):
        assert_whole(each)
        each.close()


def test_questions_that_run_while_the_index_is_closed_end_well(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": BALLOON})
    with index.view() as view:
        index.close()
        numbers, _ = view.nearest(ENCODER.encode_questions(["balloon"])[0].whole, 1)
        assert [view.version(k.version).text for k in view.passages(np.asarray(numbers)).values()] == [BALLOON]

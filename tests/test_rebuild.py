import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from index.errors import FolderDamaged, FolderHeld, IndexMismatch
from index.folder import Index
from index.ingest import put
from index.prepare import prepare
from index.prepared import Prepared
from index.rebuild import leave_out, mend, mend_unusable, open_index, reindex
from index.records import Article
from index.upkeep import Upkeep
from service.scrubbing import Scrubber
from tests.archive import ENCODER, article, assert_whole, filled, found, opened, texts, worded
from tests.fakes import WordEncoder

TEXTS = {f"a{n}": f"Balloon {n} flew over Montana.\n\n# Later\n\nGeese followed balloon {n}." for n in range(5)}


def cited(index: Index) -> set[str]:
    with index.view() as view:
        numbers, _ = view.nearest(np.ones(index.encoder.dimension, np.float32), 1000)
        return {kept.id for kept in view.passages(numbers).values()}


def remove(path: Path) -> None:
    shutil.rmtree(path)


def shorten(path: Path) -> None:
    for file in files(path):
        file.write_bytes(file.read_bytes()[:-9])


def empty(path: Path) -> None:
    for file in files(path):
        file.write_bytes(b"")


def flip(path: Path) -> None:
    for file in files(path):
        data = bytearray(file.read_bytes())
        data[len(data) // 4] ^= 16
        file.write_bytes(bytes(data))


def files(path: Path) -> list[Path]:
    found = path.rglob("*") if path.is_dir() else [path]
    return [file for file in found if file.is_file() and file.stat().st_size]


@pytest.mark.parametrize("damage", [remove, shorten, empty, flip])
@pytest.mark.parametrize("part", ["vectors", "words"])
def test_damaged_vectors_and_words_are_made_again_at_the_next_start(
    tmp_path: Path, part: str, damage: Callable[[Path], None]
) -> None:
    index = filled(tmp_path, TEXTS)
    ids = cited(index)
    index.close()
    damage(tmp_path / part)
    index = opened(tmp_path)
    assert_whole(index)
    assert (cited(index), texts(index)) == (ids, TEXTS)
    index.close()


def test_every_single_file_of_words_may_be_damaged(tmp_path: Path) -> None:
    filled(tmp_path / "whole", {"a": TEXTS["a0"], "b": TEXTS["a1"]}).close()
    for name in sorted(file.relative_to(tmp_path / "whole") for file in files(tmp_path / "whole" / "words")):
        shutil.rmtree(tmp_path / "damaged", ignore_errors=True)
        shutil.copytree(tmp_path / "whole", tmp_path / "damaged")
        flip(tmp_path / "damaged" / name)
        index = opened(tmp_path / "damaged")
        assert_whole(index)
        index.close()


def test_one_damaged_segment_is_made_again_and_the_others_stay(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    whole = sorted(path.name for path in (tmp_path / "vectors").iterdir())
    shorten(tmp_path / "vectors" / whole[2])
    index = opened(tmp_path)
    with index.read() as snapshot:
        assert set(whole) - set(snapshot.segments()) == {whole[2]}
    assert_whole(index)
    index.close()


LARGE = ("passages.faiss", "sentences.npy", "tokens.npy", "owners.npy")


@pytest.mark.parametrize("name", LARGE)
def test_what_is_damaged_inside_a_large_file_is_found_beside_the_questions(tmp_path: Path, name: str) -> None:
    filled(tmp_path, TEXTS).close()
    damaged = sorted((tmp_path / "vectors").iterdir())[2]
    data = bytearray((damaged / name).read_bytes())
    data[-9] ^= 1
    (damaged / name).write_bytes(bytes(data))
    index = open_index(tmp_path, ENCODER, first=leave_out)
    assert_whole(index)
    with index.read() as snapshot:
        assert damaged.name in snapshot.segments()
    mend(index)
    with index.read() as snapshot:
        assert damaged.name not in snapshot.segments()
    assert_whole(index)
    index.close()


@pytest.mark.parametrize("name", [*LARGE, "numbers.npy", "sentence_ends.npy", "token_ends.npy", "manifest.json"])
@pytest.mark.parametrize("damage", [shorten, empty, remove])
def test_what_can_not_be_opened_is_left_out_while_the_rest_answers(
    tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    filled(tmp_path, TEXTS).close()
    place = sorted((tmp_path / "vectors").iterdir())[2] / name
    place.unlink() if damage is remove else damage(place)
    index = open_index(tmp_path, ENCODER, first=leave_out)
    assert {id for id, _ in found(index, "balloon")} == TEXTS.keys() - {"a2"}
    assert texts(index) == TEXTS
    mend(index)
    assert_whole(index)
    index.close()


@pytest.mark.parametrize("at", [0, 4, 8, 32, 33, 37])
def test_what_faiss_would_believe_of_a_changed_header_is_not_believed(tmp_path: Path, at: int) -> None:
    filled(tmp_path, TEXTS).close()
    path = sorted((tmp_path / "vectors").iterdir())[2] / "passages.faiss"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))
    index = open_index(tmp_path, ENCODER, first=leave_out)
    assert {id for id, _ in found(index, "balloon")} >= TEXTS.keys() - {"a2"}
    mend(index)
    assert_whole(index)
    index.close()


def test_damage_is_not_joined_under_a_new_checksum(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a0": TEXTS["a0"]})
    [damaged] = (tmp_path / "vectors").iterdir()
    data = bytearray((damaged / "sentences.npy").read_bytes())
    data[-1] ^= 64
    (damaged / "sentences.npy").write_bytes(bytes(data))
    for n in range(1, 8):
        put(index, article(f"a{n}", f"Balloon {n} flew over Montana.\n\n# Later\n\nGeese followed balloon {n}."))
    assert index.due.is_set()
    assert index.damage == [f"vectors/{damaged.name} is damaged: it is made again"]
    assert "a0" not in {id for id, _ in found(index, "balloon")}
    mend(index)
    assert_whole(index)
    index.close()


def test_the_scrubber_finds_and_mends_what_is_damaged_while_questions_are_answered(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    whole = sorted(path.name for path in (tmp_path / "vectors").iterdir())
    path = tmp_path / "vectors" / whole[2] / "tokens.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    index, scrubber = open_index(tmp_path, ENCODER, first=leave_out), Scrubber()
    opened_index: Future[Index] = Future()
    scrubber.start(opened_index)
    opened_index.set_result(index)
    until = monotonic() + 30
    while monotonic() < until and whole[2] in _segments(index):
        sleep(0.01)
    while monotonic() < until and len(found(index, "balloon")) < 10:
        sleep(0.01)
    scrubber.stop()
    assert_whole(index)
    index.close()


def _segments(index: Index) -> dict[str, int]:
    with index.read() as snapshot:
        return snapshot.segments()


def test_words_that_lack_a_passage_are_made_again(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS)
    with index.read() as snapshot:
        words, generation = index.derived.checked_words(snapshot, snapshot.edition()), snapshot.generation()
    words.write([], [1], generation)
    index.close()
    index = opened(tmp_path)
    assert_whole(index)
    index.close()


def test_words_older_than_the_store_are_made_again(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS)
    shutil.copytree(tmp_path / "words", tmp_path / "old")
    put(index, article("a0", "Ships sank."))
    index.close()
    shutil.rmtree(tmp_path / "words")
    (tmp_path / "old").rename(tmp_path / "words")
    index = opened(tmp_path)
    assert worded(index, "ships") == [("a0", "Ships sank.")]
    assert_whole(index)
    index.close()


def test_damage_under_an_open_index_is_said_and_mended_by_opening_it_again(tmp_path: Path) -> None:
    index, writer = filled(tmp_path, TEXTS), opened(tmp_path)
    index.status()
    put(writer, article("b", "Ships sank."))
    newest = max((tmp_path / "vectors").iterdir())
    empty(newest)
    with pytest.raises(FolderDamaged, match="start again"):
        index.status()
    opened(tmp_path).close()
    assert_whole(index)
    index.close()
    writer.close()


def test_what_is_whole_is_left_alone(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    before = {path: path.stat().st_mtime_ns for path in files(tmp_path)}
    index = opened(tmp_path)
    assert index.status().generation == 5
    index.close()
    assert {path: path.stat().st_mtime_ns for path in files(tmp_path)} == before


def test_an_index_of_another_model_is_an_error_that_names_the_command_that_mends_it(tmp_path: Path) -> None:
    filled(tmp_path, TEXTS).close()
    with pytest.raises(IndexMismatch, match=r"fingerprint 'words-1', which is now 'words-2': run `footnote reindex`"):
        opened(tmp_path, WordEncoder("words-2"))
    index = opened(tmp_path)
    assert_whole(index)
    index.close()


def test_reindex_gives_passages_the_ids_they_had(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS | {"furniture": "Leave a Reply"})
    ids = cited(index)
    index.close()
    steps: list[int] = []
    status = reindex(tmp_path, WordEncoder("words-2"), progress=steps.append)
    assert (sum(steps), status.articles, status.passages) == (6, 6, 10)
    index = opened(tmp_path, WordEncoder("words-2"))
    assert cited(index) == ids
    assert all(index.citation(id).current for id in ids)
    assert_whole(index)
    index.close()


def test_reindex_clears_the_old_edition_away_but_for_what_earlier_citations_need(tmp_path: Path) -> None:
    index = filled(tmp_path, {"a": "Balloon flew.", "b": "Geese followed."})
    [earlier] = cited(index) - _cited_after(index, "a", "Ships sank.")
    index.close()
    for _ in range(2):
        reindex(tmp_path, WordEncoder())
    index = opened(tmp_path)
    with index.read() as snapshot:
        assert (len(snapshot.words()), snapshot.live_numbers(snapshot.edition()).tolist()) == (1, [6, 7])
        assert snapshot._sql.execute("SELECT count(*) FROM passages").fetchone() == (3,)
    citation = index.citation(earlier)
    assert (citation.passage.span.of(citation.article.text), citation.current) == ("Balloon flew.", False)
    put(index, article("c", "Foxes slept."))
    with index.read() as snapshot:
        assert {p.name for p in (tmp_path / "words").iterdir()} == set(snapshot.words().values())
        assert {p.name for p in (tmp_path / "vectors").iterdir()} == set(snapshot.segments())
    index.close()


def _cited_after(index: Index, id: str, text: str) -> set[str]:
    put(index, article(id, text))
    return cited(index)


def test_reindex_finds_what_an_earlier_way_of_cutting_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("index.prepare.outline", lambda *_: ())
        index = filled(tmp_path, {"a": "Balloon flew."})
        assert (index.status().articles, index.status().passages) == (1, 0)
        index.close()
    assert reindex(tmp_path, WordEncoder()).passages == 1
    with monkeypatch.context() as patch:
        patch.setattr("index.prepare.outline", lambda *_: ())
        assert reindex(tmp_path, WordEncoder()).passages == 0


class Interrupted(Exception):
    pass


def interrupted_reindex(path: Path, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch, after: int = 2) -> None:
    def stop(_: int) -> None:
        nonlocal after
        after -= 1
        if not after:
            raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr("index.rebuild.BATCH_ARTICLES", 1)
        with pytest.raises(Interrupted):
            reindex(path, encoder, progress=stop)


def test_an_interrupted_reindex_changes_no_answer_and_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, TEXTS).close()
    interrupted_reindex(tmp_path, WordEncoder("words-2"), monkeypatch)
    index = opened(tmp_path)
    assert_whole(index)
    assert put(index, article("a0", "Ships sank.")) == "replaced"
    index.delete("a1")
    assert put(index, article("new", "Foxes slept.")) == "added"
    assert_whole(index)
    index.close()
    steps: list[int] = []
    reindex(tmp_path, WordEncoder("words-2"), progress=steps.append)
    # a2 to a4 were not done yet, a0 was done in its earlier text, and one is new.
    assert sum(steps) == 5
    index = opened(tmp_path, WordEncoder("words-2"))
    expected = {id: text for id, text in TEXTS.items() if id != "a1"} | {"a0": "Ships sank.", "new": "Foxes slept."}
    assert texts(index) == expected
    assert_whole(index)
    index.close()


@pytest.mark.parametrize("part", ["vectors", "words"])
def test_an_interrupted_reindex_goes_on_though_its_part_was_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    filled(tmp_path, TEXTS).close()
    before = set((tmp_path / part).iterdir())
    interrupted_reindex(tmp_path, WordEncoder("words-2"), monkeypatch)
    for path in set((tmp_path / part).iterdir()) - before:
        flip(path)
    assert reindex(tmp_path, WordEncoder("words-2")).passages == 10
    index = opened(tmp_path, WordEncoder("words-2"))
    assert_whole(index)
    index.close()


def test_an_unfinished_reindex_does_not_get_into_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, TEXTS).close()
    interrupted_reindex(tmp_path, WordEncoder("words-2"), monkeypatch, after=4)
    index = opened(tmp_path)
    assert len(worded(index, "balloon")) == 10
    assert len(found(index, "balloon")) == 10
    index.close()


def test_a_model_of_another_dimension_takes_over_while_the_old_one_answers(tmp_path: Path) -> None:
    class Narrow(WordEncoder):
        name, dimension = "narrow", 32

    serving = filled(tmp_path, TEXTS)
    answers: list[int] = []
    reindex(tmp_path, Narrow(), progress=lambda _: answers.append(len(found(serving, "balloon"))))
    assert answers == [10]
    serving.close()
    index = opened(tmp_path, Narrow())
    assert len(found(index, "balloon")) == 10
    index.close()


def test_who_serves_while_another_model_takes_over_says_so_and_reads_on_from_the_store(tmp_path: Path) -> None:
    serving = filled(tmp_path, TEXTS)
    [id, *_] = cited(serving)
    reindex(tmp_path, WordEncoder("words-2"))
    for refused in (serving.status, lambda: found(serving, "balloon"), lambda: put(serving, article("b", "Ships."))):
        with pytest.raises(IndexMismatch, match="footnote reindex"):
            refused()
    assert serving.article("a0").text == TEXTS["a0"]
    assert serving.citation(id).current
    assert [head.id for head, _ in serving.articles("", 2)] == ["a0", "a1"]
    serving.delete("a0")
    serving.close()
    index = opened(tmp_path, WordEncoder("words-2"))
    assert sorted(texts(index)) == ["a1", "a2", "a3", "a4"]
    assert_whole(index)
    index.close()


def test_who_serves_while_the_same_model_is_reindexed_answers_on(tmp_path: Path) -> None:
    serving = filled(tmp_path, TEXTS)
    reindex(tmp_path, WordEncoder())
    assert_whole(serving)
    put(serving, article("a0", "Ships sank."))
    assert_whole(serving)
    serving.close()


def test_what_comes_in_while_reindexing_is_in_the_new_edition_too(tmp_path: Path) -> None:
    serving = filled(tmp_path, TEXTS)

    def meanwhile(_: int) -> None:
        put(serving, article("a0", "Ships sank."))
        put(serving, article("new", "Foxes slept."))

    reindex(tmp_path, WordEncoder("words-2"), progress=meanwhile)
    serving.close()
    index = opened(tmp_path, WordEncoder("words-2"))
    assert texts(index) == TEXTS | {"a0": "Ships sank.", "new": "Foxes slept."}
    assert_whole(index)
    index.close()


def test_two_reindexes_at_once_cut_nothing_twice(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS)
    upkeep = Upkeep(index)
    edition = upkeep.begin_edition()
    assert Upkeep(index).begin_edition() == edition
    for _ in range(2):
        upkeep.extend(edition, _prepared(index))
    for _ in range(2):
        assert upkeep.answer_with(edition, 0, lambda _: [])
    assert_whole(index)
    assert index.status().passages == 10
    index.close()


def test_what_is_written_at_the_last_moment_is_cut_while_writers_wait(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS)
    upkeep = Upkeep(index)
    edition = upkeep.begin_edition()
    upkeep.extend(edition, _prepared(index))
    put(index, article("new", "Foxes slept."))
    put(index, article("newer", "Ships sank."))

    def prepared(late: Sequence[Article]) -> list[Prepared]:
        return prepare(late, index.encoder)

    assert [upkeep.answer_with(edition, few, prepared) for few in (0, 1, 2)] == [False, False, True]
    assert found(index, "foxes")[0] == ("new", "Foxes slept.")
    assert texts(index) == TEXTS | {"new": "Foxes slept.", "newer": "Ships sank."}
    assert_whole(index)
    index.close()


def test_a_reindex_that_another_overtook_says_so(tmp_path: Path) -> None:
    index = filled(tmp_path, TEXTS)
    upkeep = Upkeep(index)
    slow = upkeep.begin_edition()
    reindex(tmp_path, WordEncoder("words-2"))
    for late in (lambda: upkeep.extend(slow, _prepared(index)), lambda: upkeep.answer_with(slow, 0, lambda _: [])):
        with pytest.raises(FolderHeld, match="run it again"):
            late()
    index.close()


def _prepared(index: Index) -> list[Prepared]:
    return prepare([index.article(id) for id in TEXTS], index.encoder)


def test_mending_while_articles_go_and_change_leaves_them_so(tmp_path: Path) -> None:
    class Busy(WordEncoder):
        def encode(self, inputs, *between):  # type: ignore[no-untyped-def]
            encoded = super().encode(inputs, *between)
            if len(inputs) == 10:
                other.delete("a0")
                put(other, article("a1", "Ships sank."))
            return encoded

    filled(tmp_path, TEXTS).close()
    index, other = opened(tmp_path, Busy()), opened(tmp_path)
    Upkeep(index).drop_damaged_vectors()
    shutil.rmtree(tmp_path / "vectors")
    other.close()
    other = Index(tmp_path, WordEncoder(), index.made_by, index.context, 5.0)
    index.makers.now.states._segments.clear()
    mend(index)
    assert texts(index) == {id: t for id, t in TEXTS.items() if id != "a0"} | {"a1": "Ships sank."}
    index.close()
    other.close()
    index = opened(tmp_path)
    assert_whole(index)
    index.close()


@pytest.mark.parametrize("damage", [shorten, empty])
def test_a_command_that_reads_makes_again_what_can_not_be_opened_or_searched(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    filled(tmp_path, TEXTS).close()
    whole = sorted((tmp_path / "vectors").iterdir())
    damage(whole[2] / "tokens.npy")
    flip(next(file for file in files(tmp_path / "words") if file.suffix == ".idx"))
    index = open_index(tmp_path, ENCODER, first=mend_unusable)
    assert_whole(index)
    assert whole[2].name not in _segments(index)
    index.close()

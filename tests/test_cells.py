"""Search by way of cells: nearly what exact search finds, and exact in all but which passages are nearest."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
from numpy.typing import NDArray

from index import sorting
from index.errors import NotFound
from index.folder import Index
from index.ingest import put
from index.prepare import prepare
from index.vectors import (
    Cells,
    Floats,
    Numbers,
    Row,
    SegmentDamaged,
    Vectors,
    open_cells,
    open_segment,
    write_cells,
    write_segment,
)
from tests.archive import ENCODER, article, assert_whole, found, opened

DIMENSION = 16
NAME = "000001-000000000001"


def unit(vectors: NDArray[np.floating]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def vectors_of(count: int, seed: int = 0) -> Floats:
    """About some topics, as passages are."""
    chance = np.random.default_rng(seed)
    topics = unit(chance.standard_normal((40, DIMENSION)))
    return unit(topics[chance.integers(40, size=count)] + 0.3 * chance.standard_normal((count, DIMENSION)))


def segment(folder: Path, first: int, passages: Floats) -> Vectors:
    no_tokens = np.zeros((0, 3), np.uint8), np.zeros(0, np.int16)
    rows = [Row(first + i, one, one[None, :], *no_tokens) for i, one in enumerate(passages)]
    write_segment(folder, str(first), rows, DIMENSION)
    opened = open_segment(folder, str(first), DIMENSION)
    return Vectors(((opened, np.ones(len(opened.numbers), bool)),))


def both(*several: Vectors) -> Vectors:
    return Vectors(tuple(pair for one in several for pair in one.pairs))


def sorted_into(folder: Path, vectors: Vectors, name: str = NAME, before: Cells | None = None) -> Cells:
    write_cells(folder, name, vectors, before)
    return open_cells(folder, name, DIMENSION)


def recall(exact: Vectors, near: Vectors, questions: Floats, allowed: Numbers | None = None) -> float:
    """At ten; what cells find has the products of exact search."""
    shares = []
    for question in questions:
        (one, products), (other, others) = exact.nearest(question, 10, allowed), near.nearest(question, 10, allowed)
        same = np.isin(other, one)
        shares.append(same.sum() / len(one))
        assert others[same] == pytest.approx(products[np.isin(one, other)], abs=1e-5)
    return float(np.mean(shares))


def test_cells_find_nearly_all_that_exact_search_does_whatever_is_filtered(tmp_path: Path) -> None:
    exact = segment(tmp_path, 1, vectors_of(6000))
    near = exact.over(sorted_into(tmp_path / "cells", exact))
    questions = vectors_of(50, seed=1)
    assert near.reach is not None
    assert near.reach.cells.index.nlist == 150
    assert recall(exact, near, questions) >= 0.98
    chance = np.random.default_rng(2)
    for share in (0.6, 0.1, 0.01):
        allowed = np.flatnonzero(chance.random(6000) < share) + 1
        assert recall(exact, near, questions, allowed) >= 0.98
        assert np.isin(near.nearest(questions[0], 50, allowed)[0], allowed).all()
    assert near.nearest(questions[0], 5, np.array([7, 99_999]))[0].tolist() == [7]


def test_what_came_since_the_cells_were_made_is_found_and_what_went_is_not(tmp_path: Path) -> None:
    old, new = segment(tmp_path, 1, vectors_of(500)), segment(tmp_path, 1001, vectors_of(40, seed=3))
    near = both(old, new).over(sorted_into(tmp_path / "cells", old))
    question = new.pairs[0][0].passages[7]
    assert near.nearest(question, 1)[0].tolist() == [1008]
    assert near.reach is not None
    assert near.reach.count_beyond() == 40
    gone = near.without(np.array([1008]))
    assert 1008 not in gone.nearest(question, 540)[0]
    other = old.pairs[0][0].passages[3]
    assert near.nearest(other, 1)[0].tolist() == [4]
    assert 4 not in near.without(np.array([4])).nearest(other, 540)[0]
    assert 4 in near.nearest(other, 540)[0]


def test_a_reach_that_follows_a_write_is_that_made_anew(tmp_path: Path) -> None:
    old, new = segment(tmp_path, 1, vectors_of(300)), segment(tmp_path, 1001, vectors_of(40, seed=3))
    before = old.over(sorted_into(tmp_path / "cells", old))
    gone = np.array([5, 6, 300])
    pairs = both(old, new).without(gone)
    followed, anew = (
        pairs.over(before.reach.cells if before.reach else None, before, gone),
        pairs.over(before.reach.cells if before.reach else None),
    )
    assert followed.reach is not None
    assert anew.reach is not None
    assert np.array_equal(followed.reach.live, anew.reach.live)
    assert np.count_nonzero(followed.reach.live) == 297
    assert followed.reach.count_beyond() == anew.reach.count_beyond() == 40


def test_cells_are_filled_up_with_what_came_and_learned_anew_for_many_more(tmp_path: Path) -> None:
    old, new = segment(tmp_path, 1, vectors_of(500)), segment(tmp_path, 1001, vectors_of(300, seed=3))
    first = sorted_into(tmp_path / "cells", old)
    second = sorted_into(tmp_path / "cells", both(old, new), "000001-000000000002", first)
    assert (second.learned_for, len(second.numbers)) == (500, 800)
    assert recall(both(old, new), both(old, new).over(second), vectors_of(20, seed=4)) >= 0.98
    few = old.without(np.arange(1, 400))
    third = sorted_into(tmp_path / "cells", few, "000001-000000000003", second)
    assert (third.learned_for, third.numbers.tolist()) == (500, list(range(400, 501)))
    many = both(old, new, segment(tmp_path, 2001, vectors_of(900, seed=5)))
    fourth = sorted_into(tmp_path / "cells", many, "000001-000000000004", third)
    assert (fourth.learned_for, len(fourth.numbers)) == (1700, 1700)


def test_damaged_cells_are_told(tmp_path: Path) -> None:
    sorted_into(tmp_path, segment(tmp_path / "segments", 1, vectors_of(100)))
    path = tmp_path / NAME / "cells.faiss"
    content = path.read_bytes()
    for damaged in (content[:-1], content[:-9] + b"?" + content[-8:], b""):
        path.write_bytes(damaged)
        with pytest.raises(SegmentDamaged, match=NAME):
            open_cells(tmp_path, NAME, DIMENSION)
    path.write_bytes(content)
    assert len(open_cells(tmp_path, NAME, DIMENSION).numbers) == 100
    with pytest.raises(SegmentDamaged):
        open_cells(tmp_path, NAME, 8)


# In a folder

EXACT_UNTIL = 100


def many(index: Index, first: int, count: int) -> None:
    texts = {f"a{n}": f"x{n:03} stands beside other{n % 7} and more{n % 11}." for n in range(first, first + count)}
    index.put(prepare([article(id, text) for id, text in texts.items()], ENCODER))


def firsts(index: Index, question: str) -> list[str]:
    """The articles found first: some words share a direction."""
    return [id for id, _ in found(index, question)[:5]]


def in_cells(index: Index) -> int:
    """How many passages are found by way of cells."""
    with index.view():
        state = index.makers.now.states._state
    assert state is not None
    return 0 if state.searched.reach is None else int(np.count_nonzero(state.searched.reach.live))


def wait_for(passages: int, index: Index) -> None:
    until = monotonic() + 60
    while in_cells(index) != passages:
        assert monotonic() < until, f"{in_cells(index)} passages in cells, not {passages}"
        sleep(0.05)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sorting.LOOK_EVERY", 0.05)


@pytest.mark.usefixtures("quick")
def test_an_archive_that_outgrows_exact_search_goes_over_to_cells_while_it_is_asked_and_written(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.sort(EXACT_UNTIL)
    many(index, 0, 99)
    sleep(0.3)
    assert in_cells(index) == 0
    many(index, 99, 1)
    wait_for(100, index)
    assert "a42" in firsts(index, "x042")
    put(index, article("new", "Zebras graze."))
    assert found(index, "Zebras")[0][0] == "new"
    index.delete("a42")
    assert in_cells(index) == 99
    assert "a42" not in {id for id, _ in found(index, "x042")}
    many(index, 200, 60)
    wait_for(160, index)
    assert_whole(index)
    assert [path.name for path in (tmp_path / "cells").iterdir() if path.is_dir()] == [sorting.newest(tmp_path, 1)]
    index.close()


@pytest.mark.usefixtures("quick")
def test_damaged_cells_are_made_anew_while_search_is_exact(tmp_path: Path) -> None:
    index = opened(tmp_path)
    many(index, 0, 120)
    sorting.make(tmp_path, ENCODER.dimension)
    name = sorting.newest(tmp_path, 1)
    assert name is not None
    path = tmp_path / "cells" / name / "numbers.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert "a42" in firsts(index, "x042")
    index.sort(EXACT_UNTIL)
    wait_for(120, index)
    assert len(np.load(path)) == 120
    assert_whole(index)
    index.close()


@pytest.mark.usefixtures("quick")
def test_a_making_that_is_killed_leaves_nothing_that_counts_and_is_begun_anew(tmp_path: Path) -> None:
    index = opened(tmp_path)
    many(index, 0, 150)
    stopped = "import os, signal, index.vectors.learning as l; from pathlib import Path; from index import sorting;"
    stopped += "l.write_durably = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL);"
    stopped += f"sorting.make(Path({str(tmp_path)!r}), {ENCODER.dimension})"
    killed = subprocess.run([sys.executable, "-c", stopped], check=False, env=sorting._environment())
    assert killed.returncode == -signal.SIGKILL
    assert [path.suffix for path in (tmp_path / "cells").iterdir() if path.is_dir()] == [".building"]
    assert sorting.newest(tmp_path, 1) is None
    assert "a42" in firsts(index, "x042")
    index.sort(EXACT_UNTIL)
    wait_for(150, index)
    assert [path.suffix for path in (tmp_path / "cells").iterdir() if path.is_dir()] == [""]
    assert_whole(index)
    index.close()


@pytest.mark.usefixtures("quick")
def test_cells_of_the_edition_before_are_no_longer_searched_and_closing_ends_what_is_being_made(tmp_path: Path) -> None:
    from index.rebuild import reindex

    index = opened(tmp_path)
    many(index, 0, 120)
    index.sort(EXACT_UNTIL)
    wait_for(120, index)
    reindex(tmp_path, ENCODER)
    wait_for(120, index)
    assert sorting.newest(tmp_path, 1) is None
    assert sorting.newest(tmp_path, 2) is not None
    assert_whole(index)
    index.close()
    with pytest.raises(NotFound):
        opened(tmp_path).article("none")
    assert "a42" in firsts(opened(tmp_path), "x042")
    assert os.path.lexists(tmp_path / "cells")

import sys
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import ref

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from index.vectors import FANOUT, Row, SegmentDamaged, Vectors, check_segment, open_segment, to_join, write_segment
from index.vectors.halves import widened
from index.vectors.mapping import mapped
from index.vectors.segments import BLOCK, BLOCKS, checksum, save

EAST, NORTH, WEST = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)
NORTH_EAST = (0.6, 0.8)


def row(number: int, passage: tuple[float, float], *sentences: tuple[float, float], tokens: int = 1) -> Row:
    return Row(
        number,
        np.array(passage, np.float32),
        np.array(sentences or [passage], np.float32),
        np.full((tokens, 3), number, np.int8),
        np.arange(tokens, dtype=np.int16),
    )


def written(folder: Path, name: str, *rows: Row, dead: tuple[int, ...] = ()) -> Vectors:
    write_segment(folder, name, rows, 2)
    segment = open_segment(folder, name, 2)
    return Vectors(((segment, ~np.isin(segment.numbers, dead)),))


def joined(*several: Vectors) -> Vectors:
    return Vectors(tuple(pair for vectors in several for pair in vectors.pairs))


def vector(*values: float) -> "np.typing.NDArray[np.float32]":
    return np.array(values, np.float32)


def numbers(*values: int) -> "np.typing.NDArray[np.int64]":
    return np.array(values, np.int64)


def test_the_nearest_passage_is_the_one_of_highest_inner_product(tmp_path: Path) -> None:
    vectors = written(tmp_path, "1", row(1, EAST), row(2, NORTH), row(3, NORTH_EAST))
    found, products = vectors.nearest(vector(*NORTH), 3)
    assert found.tolist() == [2, 3, 1]
    assert products == pytest.approx([1.0, 0.8, 0.0])


def test_passages_of_several_segments_are_ranked_together(tmp_path: Path) -> None:
    vectors = joined(
        written(tmp_path, "1", row(1, EAST), row(2, WEST)), written(tmp_path, "2", row(5, NORTH), row(7, NORTH_EAST))
    )
    found, products = vectors.nearest(vector(*EAST), 3)
    assert found.tolist() == [1, 7, 5]
    assert products == pytest.approx([1.0, 0.6, 0.0])


def test_only_live_and_allowed_passages_are_found(tmp_path: Path) -> None:
    rows = [row(n, EAST) for n in range(1, 20)]
    vectors = written(tmp_path, "1", *rows, dead=(3, 4))
    assert sorted(vectors.nearest(vector(*EAST), 50, numbers(2, 3, 4, 9, 77))[0].tolist()) == [2, 9]
    assert sorted(vectors.nearest(vector(*EAST), 50)[0].tolist()) == [1, 2, *range(5, 20)]
    assert vectors.nearest(vector(*EAST), 50, numbers())[0].tolist() == []
    assert vectors.live(numbers(77, 9, 3, 1)).tolist() == [9, 1]


def test_no_vectors_find_nothing() -> None:
    found, products = Vectors().nearest(vector(*EAST), 5)
    assert (found.tolist(), products.tolist()) == ([], [])


def test_products_stand_in_the_order_of_the_passages_asked_for(tmp_path: Path) -> None:
    vectors = joined(written(tmp_path, "1", row(1, EAST), row(2, WEST)), written(tmp_path, "2", row(5, NORTH_EAST)))
    assert vectors.products(vector(*EAST), numbers(5, 2, 1)) == pytest.approx([0.6, -1.0, 1.0])


def test_sentences_come_one_passage_after_another_with_their_ends(tmp_path: Path) -> None:
    vectors = joined(
        written(tmp_path, "1", row(1, EAST, EAST, NORTH), row(2, WEST, WEST)),
        written(tmp_path, "2", row(5, NORTH, NORTH_EAST, EAST, WEST)),
    )
    sentences, ends = vectors.sentences(numbers(2, 5, 1))
    assert sentences == pytest.approx(np.array([WEST, NORTH_EAST, EAST, WEST, EAST, NORTH]), abs=1e-3)
    assert ends.tolist() == [1, 4, 6]


def test_tokens_come_one_passage_after_another_with_the_sentence_of_each(tmp_path: Path) -> None:
    vectors = joined(
        written(tmp_path, "1", row(1, EAST, tokens=2), row(2, EAST, tokens=0)),
        written(tmp_path, "2", row(5, EAST, tokens=3)),
    )
    codes, owners, ends = vectors.tokens(numbers(1, 2, 5))
    assert codes.tolist() == [[1] * 3, [1] * 3, [5] * 3, [5] * 3, [5] * 3]
    assert owners.tolist() == [0, 1, 0, 1, 2]
    assert ends.tolist() == [2, 2, 5]


def test_a_joined_segment_has_the_live_rows_of_all_as_they_were_written(tmp_path: Path) -> None:
    one = written(tmp_path, "1", row(1, EAST), row(4, NORTH, NORTH_EAST, WEST, tokens=2), row(5, WEST), dead=(1,))
    two = written(tmp_path, "2", row(2, NORTH_EAST, tokens=3), row(9, WEST), dead=(9,))
    assert write_segment(tmp_path, "3", [row(3, EAST)], 2, joined(one, two).pairs) == 4
    together = open_segment(tmp_path, "3", 2)
    assert together.numbers.tolist() == [2, 3, 4, 5]
    assert together.passages.tolist() == pytest.approx(np.array([NORTH_EAST, EAST, NORTH, WEST]))
    vectors = Vectors(((together, np.ones(4, bool)),))
    sentences, ends = vectors.sentences(numbers(2, 3, 4, 5))
    assert sentences == pytest.approx(np.array([NORTH_EAST, EAST, NORTH_EAST, WEST, WEST]), abs=1e-3)
    assert ends.tolist() == [1, 2, 4, 5]
    codes, owners, ends = vectors.tokens(numbers(2, 3, 4, 5))
    assert codes[:, 0].tolist() == [2, 2, 2, 3, 4, 4, 5]
    assert owners.tolist() == [0, 1, 2, 0, 0, 1, 0]
    assert ends.tolist() == [3, 4, 6, 7]


def test_an_open_segment_can_be_searched_after_its_folder_is_gone(tmp_path: Path) -> None:
    vectors = written(tmp_path, "1", row(1, EAST), row(2, NORTH))
    for path in (tmp_path / "1").iterdir():
        path.unlink()
    assert vectors.nearest(vector(*NORTH), 1)[0].tolist() == [2]
    assert vectors.sentences(numbers(2))[0].tolist() == [[0.0, 1.0]]


def open_and_check(folder: Path) -> None:
    open_segment(folder, "1", 2)
    check_segment(folder, "1")


def test_any_changed_missing_or_shortened_file_is_noticed(tmp_path: Path) -> None:
    write_segment(tmp_path, "1", [row(1, EAST), row(2, NORTH)], 2)
    for path in sorted((tmp_path / "1").iterdir()):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 1
        for damaged in (bytes(flipped), whole[:-1], b""):
            path.write_bytes(damaged)
            with pytest.raises(SegmentDamaged, match=str(tmp_path / "1")):
                open_and_check(tmp_path)
        path.unlink()
        with pytest.raises(SegmentDamaged):
            open_segment(tmp_path, "1", 2)
        path.write_bytes(whole)
    assert open_segment(tmp_path, "1", 2).numbers.tolist() == [1, 2]


def test_a_segment_of_another_dimension_is_refused(tmp_path: Path) -> None:
    write_segment(tmp_path, "1", [row(1, EAST)], 2)
    with pytest.raises(SegmentDamaged, match="dimension 2"):
        open_segment(tmp_path, "1", 3)


def test_what_a_crash_left_half_built_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "1.building").mkdir(parents=True)
    (tmp_path / "1.building" / "numbers.npy").write_bytes(b"half")
    assert written(tmp_path, "1", row(1, EAST)).nearest(vector(*EAST), 1)[0].tolist() == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_small_segments_are_joined_once_there_are_enough_of_a_size() -> None:
    few = {str(n): 1 for n in range(FANOUT - 2)}
    assert to_join(few, 1) == set()
    assert to_join(few | {"last": 1}, 1) == {*few, "last"}
    assert to_join(few | {"large": 5_000}, 1) == set()


def test_joining_goes_on_to_the_next_size_when_that_is_full_too() -> None:
    large = {f"large{n}": FANOUT for n in range(FANOUT - 1)}
    small = {f"small{n}": 1 for n in range(FANOUT - 1)}
    assert to_join(large | small, 1) == {*large, *small}
    assert to_join({"large0": FANOUT} | small, 1) == {*small}


def test_rows_may_outlive_their_segment(tmp_path: Path) -> None:
    written(tmp_path, "1", row(1, EAST), row(2, NORTH))
    segment = open_segment(tmp_path, "1", 2)
    index, rows = ref(segment.index), segment.passages[1:]
    del segment

    # Without it the rows would point into a file that is no longer mapped.
    assert index() is not None
    assert rows.tolist() == [[0, 1]]
    del rows
    assert index() is None


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="it is looked for there")
def test_segments_in_use_hold_no_file_open_and_are_let_go_with_their_last_rows(tmp_path: Path) -> None:
    def held() -> tuple[int, int]:
        files = sum(str(tmp_path) in str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.exists())
        return files, Path("/proc/self/maps").read_text().count(f"{tmp_path}/a/")

    vectors = written(tmp_path, "a", row(1, EAST), row(2, NORTH))
    tokens = vectors.pairs[0][0].tokens
    assert held() == (0, 7)
    with pytest.raises(ValueError, match="read-only"):
        tokens[0] = 9
    del vectors
    assert held() == (0, 1)
    assert tokens.tolist() == [[1, 1, 1], [2, 2, 2]]
    del tokens
    assert held() == (0, 0)


@given(
    arrays(
        st.sampled_from(["i8", "i2", "u1", "f2", "f4"]),
        array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=9),
        elements={"allow_nan": False},
    )
)
def test_an_array_on_disk_is_what_was_saved_and_cut_off_is_an_error(saved: "np.typing.NDArray[np.generic]") -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / "a.npy"
        np.save(path, saved)
        there = mapped(path)
        assert (there.dtype, there.shape, there.tolist()) == (saved.dtype, saved.shape, saved.tolist())
        if saved.nbytes:
            path.write_bytes(path.read_bytes()[:-1])
            with pytest.raises(ValueError, match="cut off"):
                mapped(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how a mapping is looked into")
def test_of_rows_that_are_looked_up_nothing_is_read_beside_them(tmp_path: Path) -> None:
    [(segment, _)] = written(tmp_path, "1", row(1, EAST), row(2, WEST)).pairs
    assert {name: is_looked_up(tmp_path / "1" / f"{name}.npy") for name in ("numbers", "sentences", "tokens")} == {
        "numbers": False,
        "sentences": True,
        "tokens": True,
    }
    assert not is_looked_up(tmp_path / "1" / "passages.faiss")
    segment.look_up_singly()
    assert is_looked_up(tmp_path / "1" / "passages.faiss")


def is_looked_up(path: Path) -> bool:
    """Whether the system knows that of a file no more should be read into memory than is asked for."""
    _, _, of_it = Path("/proc/self/smaps").read_text().partition(f" {path}\n")
    return " rr " in of_it.partition("VmFlags:")[2].partition("\n")[0]


def test_a_full_disk_is_a_fault_of_the_disk_however_little_is_written() -> None:
    for rows in (1, 1000):
        index = faiss.IndexFlatIP(8)
        index.add(np.ones((rows, 8), np.float32))
        with pytest.raises(OSError, match="No space left on device"):
            save(index, Path("/dev/full"))


def test_who_holds_a_large_file_against_its_checksum_lets_others_have_their_turn(tmp_path: Path) -> None:
    path, turns = tmp_path / "large", list[int]()
    path.write_bytes(b"abcd" * (BLOCK * BLOCKS * 2 // 4) + b"rest")
    assert checksum(path, lambda: turns.append(1)) == zlib.crc32(path.read_bytes())
    assert turns == [1, 1]


def test_every_finite_half_is_made_wide_exactly() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)].reshape(2, -1)
    assert np.array_equal(widened(finite).view(np.uint32), finite.astype(np.float32).view(np.uint32))
    assert np.array_equal(widened(finite[:, ::2]), finite[:, ::2].astype(np.float32))

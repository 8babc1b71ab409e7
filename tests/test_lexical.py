import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.lexical import LARGEST_TERM_SET, Sought, WordIndex, Words, WordsDamaged, WordSearcher, check_files


def made(folder: Path, *texts: str, contexts: tuple[str, ...] = (), generation: int = 1) -> WordIndex:
    said = contexts or ("",) * len(texts)
    words = [Words(number, c, t) for number, (t, c) in enumerate(zip(texts, said, strict=True), start=1)]
    WordIndex.make(folder, "mine", words, generation)
    return WordIndex(folder, "mine")


def ask(words: WordSearcher, question: str, k: int = 10, *allowed: int) -> list[int]:
    among = np.array(allowed, np.int64) if allowed else None
    return [*map(int, words.matching(Sought(words.terms(question)), k, among)[0])]


def test_words_are_found_whatever_their_case_accents_and_endings(tmp_path: Path) -> None:
    words = made(tmp_path / "w", "The Café was CANCELLED", "nothing of the kind").searcher()
    assert ask(words, "cafes") == [1]
    assert ask(words, "cancelling") == [1]
    assert words.terms("Cafés cancelled the café") == ("cafe", "cancel", "the")


def test_scores_are_those_of_bm25(tmp_path: Path) -> None:
    words = made(tmp_path / "w", "balloon", "balloon over water", "water").searcher()
    found, scores = words.matching(Sought(("balloon",)), 10)
    assert found.tolist() == [1, 2]

    # Three passages and the marker, four words in them; lengths 1 and 3; k1 1.2, b .75.
    def bm25(length: int, passages: int = 4, holding: int = 2, mean: float = 5 / 4) -> float:
        rarity = math.log(1 + (passages - holding + 0.5) / (holding + 0.5))
        return rarity * 2.2 / (1 + 1.2 * (0.25 + 0.75 * length / mean))

    assert scores == pytest.approx([bm25(1), bm25(3)], rel=1e-3)


def test_the_context_is_searched_with_the_text(tmp_path: Path) -> None:
    words = made(tmp_path / "w", "it flew", "it sank", contexts=("Reuters balloon", "Reuters ship")).searcher()
    assert ask(words, "ship") == [2]
    assert sorted(ask(words, "reuters")) == [1, 2]


def test_what_is_removed_is_found_no_longer_and_counts_no_longer(tmp_path: Path) -> None:
    index = made(tmp_path / "w", "a balloon", "a balloon", "a ship")
    index.write([], [1], 2)
    words = index.searcher()
    assert ask(words, "balloon") == [2]
    assert sorted(words.numbers().tolist()) == [2, 3]
    assert WordIndex(tmp_path / "w", "mine").searcher().numbers().tolist() == words.numbers().tolist()


def test_a_number_that_is_added_again_is_replaced(tmp_path: Path) -> None:
    index = made(tmp_path / "w", "a balloon", "a ship")
    index.write([Words(2, "", "a goose")], [], 2)
    words = index.searcher()
    assert (ask(words, "ship"), ask(words, "goose")) == ([], [2])
    assert sorted(words.numbers().tolist()) == [1, 2]


def test_a_searcher_goes_on_seeing_what_it_saw(tmp_path: Path) -> None:
    index = made(tmp_path / "w", "a balloon")
    before = index.searcher()
    index.write([Words(2, "", "a balloon too")], [1], 2)
    assert (ask(before, "balloon"), before.generation) == ([1], 1)
    assert (ask(index.searcher(), "balloon"), index.searcher().generation) == ([2], 2)


def test_another_handle_on_the_same_folder_sees_what_was_written(tmp_path: Path) -> None:
    one = made(tmp_path / "w", "a balloon")
    two = WordIndex(tmp_path / "w", "mine")
    one.write([Words(2, "", "a ship")], [], 2)
    two.write([Words(3, "", "a goose")], [], 3)
    assert sorted(one.searcher().numbers().tolist()) == [1, 2, 3]
    assert one.searcher().generation == 3


@pytest.mark.parametrize("extra", [0, LARGEST_TERM_SET], ids=["few", "many"])
def test_only_allowed_passages_are_found_however_many_are_allowed(tmp_path: Path, extra: int) -> None:
    words = made(tmp_path / "w", *["common word"] * 40, "common word and more that makes it worse").searcher()
    beyond = range(100, 100 + extra)
    assert sorted(ask(words, "common", 10, 2, 7, 41, 99, *beyond)) == [2, 7, 41]
    assert ask(words, "common", 1, 41, 99, *beyond) == [41]


def test_a_filter_leaves_the_scores_as_they_are(tmp_path: Path) -> None:
    words = made(tmp_path / "w", "balloon", "balloon over the water").searcher()
    _, all_scores = words.matching(Sought(("balloon",)), 10)
    _, scores = words.matching(Sought(("balloon",)), 10, np.array([2]))
    assert scores == pytest.approx(all_scores[1:])


def test_nothing_asked_finds_nothing(tmp_path: Path) -> None:
    words = made(tmp_path / "w", "a balloon").searcher()
    assert ask(words, "") == []
    assert ask(words, "?!") == []
    assert ask(words, "balloon", 0) == []
    assert words.matching(Sought(("balloon",)), 5, np.empty(0, np.int64))[0].tolist() == []


def test_the_marker_is_no_passage(tmp_path: Path) -> None:
    words = made(tmp_path / "w", generation=7).searcher()
    assert words.numbers().tolist() == []
    assert ask(words, "mine") == []
    assert words.generation == 7


def test_words_of_another_store_are_refused(tmp_path: Path) -> None:
    made(tmp_path / "w", "a balloon")
    with pytest.raises(WordsDamaged, match="another store"):
        WordIndex(tmp_path / "w", "yours")


def test_words_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WordsDamaged, match="not exist"):
        WordIndex(tmp_path / "w", "mine")


def test_any_changed_or_shortened_file_of_words_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    made(folder, "a balloon", "a ship").write([], [1], 2)
    check_files(folder)
    named = (folder / "meta.json").read_text().replace("-", "")
    files = sorted(path for path in folder.glob("[0-9a-f]*") if path.name.partition(".")[0] in named)
    assert {path.suffix for path in files} > {".idx", ".term", ".fast"}
    for path in files:
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[0] ^= 1
        for damaged in (bytes(flipped), whole[:-1], b""):
            path.write_bytes(damaged)
            with pytest.raises(WordsDamaged, match=path.name):
                check_files(folder)
        path.write_bytes(whole)
    check_files(folder)


def test_what_a_killed_writer_left_is_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    index = made(folder, "a balloon", "a ship")
    shutil.copytree(folder, tmp_path / "before")
    index.write([Words(3, "", "a goose")], [1], 2)
    # All but what is renamed last is there already, as after a kill: the same deletions get the same file's name.
    for name in ("meta.json", ".managed.json"):
        shutil.copy(tmp_path / "before" / name, folder / name)
    index = WordIndex(folder, "mine")
    assert sorted(index.searcher().numbers().tolist()) == [1, 2]
    index.write([Words(3, "", "a goose")], [1], 2)
    assert sorted(index.searcher().numbers().tolist()) == [2, 3]
    named = (folder / "meta.json").read_text().replace("-", "")
    assert {path.name for path in folder.glob("[0-9a-f]*") if path.name.partition(".")[0] not in named} == set()


def test_words_with_other_fields_are_refused(tmp_path: Path) -> None:
    made(tmp_path / "w", "a balloon")
    meta = tmp_path / "w" / "meta.json"
    meta.write_text(meta.read_text().replace('"context"', '"contexts"'))
    with pytest.raises(WordsDamaged, match="other fields"):
        WordIndex(tmp_path / "w", "mine")


def test_what_is_measured_is_scored_as_it_is_found_whether_looked_up_one_by_one_or_gone_through(tmp_path: Path) -> None:
    texts = [f"balloon {'over water ' * (n % 5)}{'ship' if n % 3 else ''} number{n}" for n in range(90)]
    words = made(tmp_path / "w", *texts).searcher()
    found, scores = words.matching(Sought(("balloon", "ship", "water")), 90)
    by_number = dict(zip(found.tolist(), scores.tolist(), strict=True))
    for some in (numbers(3, 40, 41, 90), np.arange(1, 91)):
        measured, again = words.measured(Sought(("balloon", "ship", "water")), some)
        assert sorted(measured.tolist()) == some.tolist()
        assert again == pytest.approx([by_number[number] for number in measured.tolist()], rel=1e-5)
    assert words.measured(Sought(("whale",)), numbers(1))[0].tolist() == []


def numbers(*values: int) -> "np.typing.NDArray[np.int64]":
    return np.array(values, np.int64)

"""What a state carries over from the one before is what it would be, made anew."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.folder import Index
from index.ingest import put
from index.lexical import Sought
from tests.archive import article, opened


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = opened(tmp_path)
    yield index
    index.close()


def expansions(index: Index, question: str) -> set[str]:
    with index.view() as view:
        return {*view.glossary.expansions(question)}


def test_abbreviations_come_go_and_change_with_the_articles_that_explain_them(index: Index) -> None:
    put(index, article("a", "Zed Yellow Xray (ZYX) swim."))
    assert expansions(index, "what is ZYX") == {"Zed Yellow Xray"}
    put(index, article("b", "Ping Quick Rabbit (PQR) sleeps."))
    assert expansions(index, "are PQR and ZYX") == {"Ping Quick Rabbit", "Zed Yellow Xray"}
    put(index, article("a", "Zip Yarn Xenon (ZYX) swim."))
    assert expansions(index, "are PQR and ZYX") == {"Ping Quick Rabbit", "Zip Yarn Xenon"}
    index.delete("b")
    assert expansions(index, "are PQR and ZYX") == {"Zip Yarn Xenon"}


def test_an_abbreviation_goes_with_its_article_though_another_comes_before_the_next_question(
    index: Index,
) -> None:
    put(index, article("a", "Zed Yellow Xray (ZYX) swim."))
    assert expansions(index, "what is ZYX") == {"Zed Yellow Xray"}
    index.delete("a")
    put(index, article("b", "Ping Quick Rabbit (PQR) sleeps."))
    assert expansions(index, "are PQR and ZYX") == {"Ping Quick Rabbit"}


def test_a_word_is_known_as_soon_as_it_is_there_and_no_longer_than_it_is(index: Index) -> None:
    put(index, article("a", "Balloons fly."))
    put(index, article("b", "Ékranoplans swim."))
    with index.view() as view:
        assert [word in view.vocabulary for word in ("balloons", "ekranoplans", "geese")] == [True, True, False]
        assert view.vocabulary.beginning("ekra") == ["ekranoplans"]
        assert view.vocabulary.is_spelt_like("ekranoplans")
    index.delete("b")
    with index.view() as view:
        assert "ekranoplans" not in view.vocabulary


def test_how_an_archive_spells_is_looked_at_anew_only_when_it_has_grown(index: Index) -> None:
    for number in range(21):
        put(index, article(f"{number}", "Balloons fly."))
    with index.view() as view:
        assert not view.vocabulary.is_spelt_like("zxqzx")
    put(index, article("x", "Zxqzx."))
    with index.view() as view:
        assert "zxqzx" in view.vocabulary
        assert not view.vocabulary.is_spelt_like("zxqzx")
    for id in "yz":
        put(index, article(id, "Geese swim."))
    with index.view() as view:
        assert view.vocabulary.is_spelt_like("zxqzx")


def test_a_large_archive_finds_and_scores_by_words_as_a_small_one_does(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ("balloon", "balloon ship", "ship", "goose over a lake", "balloon ship goose")
    for n in range(12):
        put(index, article(f"a{n}", f"One {kinds[n % 5]} was seen on island{n}."))
    small = _by_words(index)
    monkeypatch.setattr("index.lexical.MANY", 1)
    assert _by_words(index) == small


def _by_words(index: Index) -> tuple[set[int], list[float]]:
    with index.view() as view:
        nearest, _ = view.nearest(view.encoder.encode_questions(["a goose"])[0].whole, 5)
        sought = Sought(("balloon", "ship", "goose"))
        matching, _ = view.matching(sought, 4)
        every = np.union1d(nearest, matching)
        scores = view.word_scores(sought, every)
        return {*matching.tolist()}, [round(float(score), 4) for score in scores]

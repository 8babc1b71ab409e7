"""The benchmark of growth runs, on a small archive made of the seeds' kind of text."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.growth import grow, measured
from benchmarks.lifelike import Maker, Stock, altered, word
from index.prepare import prepare
from tests.archive import ENCODER, article


def stock() -> Stock:
    texts = [
        " ".join(f"The {word(n * 7 + own)} said {word(n + own)} in {n + 30}." for n in range(40)) for own in (1, 9)
    ]
    return Stock.of(prepare([article(f"given{n}", text) for n, text in enumerate(texts)], ENCODER))


def test_a_made_archive_grows_to_the_size_asked_and_is_measured(tmp_path: Path) -> None:
    made = stock()
    assert grow(tmp_path, ENCODER, made, 150) > 0
    questions = [made.articles[0][n].text for n in range(12)]
    small = measured(tmp_path, ENCODER, questions, 1.0)
    assert 150 <= small.passages < 170
    assert (small.cells_s, small.disk["cells"], small.recall) == (0.0, 0, 1.0)
    assert grow(tmp_path, ENCODER, made, 400) > 0
    large = measured(tmp_path, ENCODER, questions, 1.0, exact_until=100)
    assert large.passages >= 400
    assert large.recall >= 0.9
    assert large.disk["cells"] > 400 * ENCODER.dimension
    assert large.disk["vectors"] > small.disk["vectors"] > 0


def test_what_is_made_is_the_same_for_the_same_seed_and_quotes_its_text() -> None:
    made = stock()
    one, two = (next(Maker(made, 3).articles()) for _ in range(2))
    assert one.article == two.article
    assert one.article != next(Maker(made, 4).articles()).article
    for passage, encoded in zip(one.passages, one.encoded, strict=True):
        assert passage.span.of(one.article.text).startswith(passage.sentences[0].of(one.article.text))
        assert len(passage.sentences) == len(encoded.sentences)
        assert np.linalg.norm(encoded.passage) == pytest.approx(1, abs=1e-5)


def test_an_altered_sentence_keeps_its_shape() -> None:
    chance = np.random.default_rng(5)
    said = [altered("In 1984, Winston Smith wrote his diary.", chance) for _ in range(50)]
    assert all(one.startswith("In ") and one.endswith(".") and one.count(" ") == 6 for one in said)
    assert len({*said}) > 20
    assert len({word(rank) for rank in range(1, 5000)}) == 4999

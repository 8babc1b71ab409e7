import numpy as np
import pytest
from numpy.typing import NDArray

from index.compression import BLOCK, DIMENSIONS, Floats, compressed, cosines, products, projection

WIDE = 96


def unit(vectors: NDArray[np.float64]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def randomly(seed: int, count: int, dimension: int) -> Floats:
    return unit(np.random.default_rng(seed).standard_normal((count, dimension)))


def flat(count: int, dimension: int) -> Floats:
    """Word embeddings that differ in the first ``dimension`` directions of ``WIDE`` alone."""
    return np.pad(randomly(1, count, dimension), ((0, 0), (0, WIDE - dimension)))


def test_a_token_takes_42_bytes() -> None:
    codes = compressed(randomly(2, 3, WIDE), projection(randomly(1, 200, WIDE)))
    assert codes.shape == (3, 42)
    assert codes.dtype.itemsize == 1


def test_directions_are_at_right_angles_and_the_same_each_time() -> None:
    embeddings = randomly(1, 200, WIDE)
    axes = projection(embeddings)
    assert axes.T @ axes == pytest.approx(np.eye(DIMENSIONS), abs=1e-5)
    assert np.array_equal(axes, projection(embeddings.copy()))


def test_directions_do_not_depend_on_how_long_embeddings_are() -> None:
    embeddings = randomly(1, 200, WIDE)
    lengths = np.random.default_rng(3).uniform(0.5, 9, (200, 1)).astype(np.float32)
    one, other = projection(embeddings), projection(embeddings * lengths)
    assert other @ other.T == pytest.approx(one @ one.T, abs=1e-3)


def test_the_directions_kept_are_those_in_which_words_differ() -> None:
    axes = projection(flat(300, DIMENSIONS))
    assert np.abs(axes[DIMENSIONS:]).max() < 1e-5
    inside = flat(20, DIMENSIONS)
    assert inside @ axes @ axes.T == pytest.approx(inside, abs=1e-5)


def test_a_model_of_few_dimensions_keeps_them_all_and_its_tokens_take_as_many_bytes() -> None:
    axes = projection(randomly(1, 50, 8))
    assert axes @ axes.T == pytest.approx(np.eye(8), abs=1e-5)
    assert axes[:, 8:].tolist() == [[0.0] * (DIMENSIONS - 8)] * 8
    assert compressed(randomly(2, 3, 8), axes).shape == (3, 42)


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_products_of_kept_tokens_are_near_the_true_ones(seed: int) -> None:
    axes = projection(flat(300, DIMENSIONS))
    tokens, asked = flat(200, DIMENSIONS), np.pad(randomly(seed, 30, DIMENSIONS), ((0, 0), (0, WIDE - DIMENSIONS)))
    wrong = products(compressed(tokens, axes), asked, axes) - tokens @ asked.T
    # Steps of a third of a root mean square, 1 / √80 of a unit token, leave errors of 1 / (3 √12 √80), some .011.
    assert float(np.sqrt(np.mean(wrong**2))) == pytest.approx(0.011, abs=0.002)
    # At worst every error is half a step and points the same way, a sixth; what is cut off adds to it.
    assert float(np.abs(wrong).max()) < 1 / 6


def test_a_token_is_more_like_itself_than_like_any_other() -> None:
    axes = projection(randomly(1, 300, WIDE))
    tokens = randomly(4, 60, WIDE)
    assert products(compressed(tokens, axes), tokens, axes).argmax(axis=1).tolist() == list(range(60))


def test_products_with_the_opposite_are_the_opposite() -> None:
    axes = projection(randomly(1, 300, WIDE))
    codes, asked = compressed(randomly(2, 9, WIDE), axes), randomly(3, 4, WIDE)
    assert products(codes, -asked, axes) == pytest.approx(-products(codes, asked, axes), abs=1e-6)


def test_a_token_of_nothing_has_products_of_nothing() -> None:
    axes = projection(randomly(1, 300, WIDE))
    nothing = compressed(np.zeros((1, WIDE), np.float32), axes)
    assert products(nothing, randomly(3, 2, WIDE), axes).tolist() == [[0, 0]]


def test_cosines_do_not_depend_on_how_much_of_a_token_is_kept() -> None:
    axes = projection(flat(300, DIMENSIONS))
    token = flat(1, DIMENSIONS)
    lost = np.zeros((1, WIDE), np.float32)
    lost[0, -1] = 1
    mostly_lost = 0.1 * token + np.sqrt(0.99).astype(np.float32) * lost
    whole, little = compressed(token, axes), compressed(mostly_lost, axes)
    assert products(little, token, axes) == pytest.approx(0.1 * products(whole, token, axes), rel=0.01)
    assert cosines(whole, token, axes) == pytest.approx(np.ones((1, 1)), abs=0.03)
    assert cosines(little, token, axes) == pytest.approx(cosines(whole, mostly_lost, axes), abs=0.03)


def test_cosines_are_none_above_one_and_none_without_a_question() -> None:
    axes = projection(randomly(1, 300, WIDE))
    tokens = randomly(2, 40, WIDE)
    near = cosines(compressed(tokens, axes), np.vstack([tokens, np.zeros((1, WIDE), np.float32)]), axes)
    assert float(np.abs(near).max()) <= 1
    assert near[:, -1].tolist() == [0] * 40


def test_of_many_tokens_each_is_measured_as_if_it_were_alone() -> None:
    axes = projection(randomly(1, 200, WIDE))
    codes, asked = compressed(randomly(2, 2 * BLOCK + 7, WIDE), axes), randomly(4, 3, WIDE)
    for measure in (products, cosines):
        alone = [measure(codes[[row]], asked, axes)[0] for row in (0, BLOCK - 1, BLOCK, 2 * BLOCK, len(codes) - 1)]
        together = measure(codes, asked, axes)[[0, BLOCK - 1, BLOCK, 2 * BLOCK, -1]]
        assert together == pytest.approx(np.array(alone), abs=1e-6)

import pytest

from benchmarks.laws import Law, laws


def test_a_power_of_the_size_is_told_and_gone_on_with() -> None:
    law = Law.of([10_000, 100_000, 1_000_000], [3 * size**0.5 for size in (10_000, 100_000, 1_000_000)])
    assert (law.power, law.at_one, law.off) == pytest.approx((0.5, 3, 1))
    assert law.at(10_000_000) == pytest.approx(9486.8, rel=1e-4)
    assert str(law) == "passages to the 0.50 (in between), within a factor of 1.00"


def test_how_far_a_law_misses_a_figure_is_told() -> None:
    law = Law.of([1, 10, 100], [1, 20, 100])
    assert law.power == pytest.approx(1)
    assert law.off == pytest.approx(2 ** (2 / 3))


def test_a_figure_that_is_not_there_at_two_sizes_has_no_law() -> None:
    found = laws([10, 100, 1000], {"cells": [0, 0, 4], "disk": [5, 50, 500], "made": [0, 7, 7]})
    assert {name: str(law).split(",")[0] for name, law in found.items()} == {
        "disk": "passages to the 1.00 (in proportion)",
        "made": "passages to the 0.00 (flat)",
    }
    with pytest.raises(ValueError, match="at two sizes"):
        Law.of([10], [1])

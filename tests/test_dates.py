from datetime import date

import pytest

from index.dates import parse
from index.records import Period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023-06-18T09:00:00Z", "2023-06-18", "2023-06-18"),
        ("2023-06-18T23:30:00.123456-07:00", "2023-06-18", "2023-06-18"),
        ("2023-06-18T00:30+0200", "2023-06-18", "2023-06-18"),
        ("2023-06-18T09:00:00", "2023-06-18", "2023-06-18"),
        ("2023-06-18 09:00:00", "2023-06-18", "2023-06-18"),
        ("2023-06-18", "2023-06-18", "2023-06-18"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
        ("0001-01", "0001-01-01", "0001-01-31"),
    ],
)
def test_a_partial_date_is_the_days_that_it_leaves_open(text: str, first: str, last: str) -> None:
    assert parse(text) == Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    ["", " ", "2023-6-18", "18.06.2023", "2023-13", "2023-02-29", "0000", "20230618", "2023-06-18T", "2023-06-18T25:00Z",
     "2023-06-18T09:00:00 Z", "2023-06-18\n", " 2023", "２０２３", "yesterday", "2023-W25", "9" * 5000],
)
def test_anything_else_is_refused_with_its_value_named(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601|calendar") as caught:
        parse(text)
    assert repr(text)[:20] in str(caught.value)
    assert len(str(caught.value)) < 160

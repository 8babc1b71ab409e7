"""How many values a body can hold is known as it comes, whatever the pieces."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.values import MOST, Values
from tests.worlds import ASKED, TRIP, served

JSON = {"content-type": "application/json"}
NESTED = st.recursive(
    st.text() | st.integers() | st.text(alphabet='\\",[]{}'),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(alphabet='a,"\\'), inner, max_size=5),
)


def commas(value: Any) -> int:
    if not isinstance(value, list | dict):
        return 0
    inner = value if isinstance(value, list) else value.values()
    return max(len(value) - 1, 0) + sum(map(commas, inner))


@given(NESTED, st.integers(1, 7))
def test_commas_between_values_count_and_those_inside_of_texts_do_not(value: Any, size: int) -> None:
    body, values = json.dumps(value).encode(), Values()
    for at in range(0, len(body), size):
        values.take(body[at : at + size])

    assert values.count == commas(value)


@pytest.mark.parametrize("method_and_path", [("POST", "/v1/ask"), ("PUT", "/v1/articles/a"), ("POST", "/mcp")])
def test_more_values_than_anything_has_are_a_413(tmp_path: Path, method_and_path: tuple[str, str]) -> None:
    with served(tmp_path, TRIP) as client:
        reply = client.request(*method_and_path, content=b'{"history":[' + b"[]," * (MOST + 1) + b"[]]}", headers=JSON)

    assert (reply.status_code, reply.json()["detail"]) == (413, "the body holds more than 100,000 values")


def test_as_many_commas_in_texts_are_welcome(tmp_path: Path) -> None:
    history = [{"question": "who?", "answer": '",' * 10_000}] * 20
    with served(tmp_path, TRIP) as client:
        assert client.post("/v1/ask", json={"question": ASKED, "history": history}).status_code == 200


def test_very_many_unknown_fields_are_one_complaint_and_very_many_faults_are_counted(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        fields = client.post("/v1/ask", json={f"k{n}": 1 for n in range(5000)})
        names = client.post("/v1/ask", json={"question": ASKED, "filters": {"tags": [1] * 1000}})

    assert fields.json()["detail"].startswith("the body: has 5,000 fields, of which 'question', 'top_k', ")
    assert len(fields.json()["detail"]) < 1000
    assert names.json()["detail"].endswith("filters.tags.19: Input should be a valid string (got 1); and 980 more")

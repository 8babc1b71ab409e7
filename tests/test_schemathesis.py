"""The whole OpenAPI document held against the service (`make interface` for a long look), and what that found first."""

from pathlib import Path

import pytest

from benchmarks.interface import examined
from tests.worlds import served

JSON = {"content-type": "application/json"}
BODIES = ["/v1/ask", "/v1/answers", "/v1/keys", "/v1/chat/completions"]


@pytest.mark.slow
def test_no_operation_replies_with_what_its_document_does_not_name() -> None:
    is_good, told = examined(1, "examples,coverage,fuzzing")

    assert is_good, told


@pytest.mark.parametrize("path", BODIES)
def test_bytes_that_are_no_text_and_json_that_is_nested_too_deep_are_a_422_that_says_so(
    tmp_path: Path, path: str
) -> None:
    with served(tmp_path) as client:
        bytes_, deep = (client.post(path, content=body, headers=JSON) for body in (b'"\xff"', b"[" * 100_000))

    assert (bytes_.status_code, deep.status_code) == (422, 422)
    assert bytes_.json()["detail"].startswith("the body is not JSON: 'utf-8' codec can't decode byte 0xff")
    assert deep.json()["detail"].startswith("the body is not JSON: maximum recursion depth exceeded")


def test_every_operation_names_the_bounds_that_hold_for_every_request(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        paths = client.get("/openapi.json").json()["paths"]

    operations = {
        f"{method} {path}": one["responses"] for path, methods in paths.items() for method, one in methods.items()
    }
    assert [name for name, one in operations.items() if not {"414", "431", "503"} <= one.keys()] == ["get /healthz"]
    assert {name for name, one in operations.items() if "408" in one and "413" in one} == {
        "post /v1/articles",
        "put /v1/articles/{id}",
        *(f"post {path}" for path in BODIES),
    }

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from index import errors
from index.errors import FolderHeld, FootnoteError, NotFound
from service.faults import MEANINGS, install, meaning, problem

ANSWERS = {"a": 1}


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI(docs_url=None, redoc_url=None)
    faults: dict[str, Exception] = {"held": FolderHeld("held by another"), "bug": ZeroDivisionError("secret detail")}

    @app.get("/raise/{name}")
    def raise_(name: str) -> None:
        raise faults.get(name, NotFound(f"no {name!r}"))

    @app.put("/raise/{name}")
    def put(name: str) -> None: ...

    @app.get("/number")
    def number(n: int) -> int:
        return n

    install(app, app.routes)
    with TestClient(app, raise_server_exceptions=False) as one:
        yield one


def body(reply: Any) -> dict[str, Any]:
    assert reply.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = reply.json()
    assert problem["status"] == reply.status_code
    return problem


def test_every_fault_of_the_index_has_a_meaning_outside() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FootnoteError)]

    assert set(kinds) - {FootnoteError} <= set(MEANINGS)


def test_a_kind_of_a_fault_means_what_the_fault_means() -> None:
    class NoSuchPassage(NotFound):
        pass

    assert meaning(NoSuchPassage("x")) == (404, 2)


def test_a_fault_is_a_problem_with_its_message(client: TestClient) -> None:
    assert body(client.get("/raise/x")) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no 'x'",
    }


def test_what_passes_by_itself_says_when_to_come_again(client: TestClient) -> None:
    reply = client.get("/raise/held")

    assert (body(reply)["status"], reply.headers["retry-after"]) == (503, "1")


def test_an_unknown_address_is_a_problem_that_names_it(client: TestClient) -> None:
    assert body(client.get("/nowhere"))["detail"] == "there is nothing at /nowhere"


def test_a_method_that_an_address_lacks_is_told_which_it_has(client: TestClient) -> None:
    reply = client.delete("/raise/x")

    assert body(reply)["detail"] == "/raise/x has no DELETE"
    assert reply.headers["allow"] == "GET, HEAD, PUT"


def test_a_value_that_breaks_a_rule_is_named_with_its_field(client: TestClient) -> None:
    detail = body(client.get("/number?n=five"))["detail"]

    assert detail.startswith("n: Input should be a valid integer")
    assert detail.endswith("(got 'five')")


def test_an_unforeseen_fault_tells_its_name_and_nothing_else(client: TestClient) -> None:
    detail = body(client.get("/raise/bug"))["detail"]

    assert re.fullmatch(r"something went wrong here; the log names it as fault [0-9a-f]{12}", detail)


def test_the_name_of_an_unforeseen_fault_stands_in_its_trace() -> None:
    app = FastAPI()
    fault = ZeroDivisionError()

    @app.get("/")
    def home() -> None:
        raise fault

    install(app, app.routes)
    with TestClient(app, raise_server_exceptions=False) as client:
        name = client.get("/").json()["detail"].rsplit(" ", 1)[1]

    assert fault.__notes__ == [f"fault {name}"]


def test_a_detail_with_half_a_character_can_still_be_sent() -> None:
    request = Request({"type": "http", "path": "/", "headers": [], "query_string": b"", "server": ("x", 80)})

    assert b"got '\\\\ud83c'" in bytes(problem(request, 422, "got '\ud83c'").body)

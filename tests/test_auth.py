from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request
from pydantic import SecretStr

from service.auth import may_write
from service.settings import Settings


def request(client: str = "127.0.0.1", key: str | None = None, **headers: str) -> Request:
    """A write from ``client`` to a service whose API key is ``key``."""
    app = FastAPI()
    app.state.settings = Settings(api_key=SecretStr(key) if key else None)
    sent = {"host": "127.0.0.1:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope: dict[str, Any] = {
        "type": "http",
        "app": app,
        "scheme": "http",
        "method": "PUT",
        "path": "/v1/articles/x",
        "query_string": b"",
        "server": ("127.0.0.1", 8000),
        "client": (client, 50000),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
    }
    return Request(scope)


def refusal(asked: Request) -> HTTPException:
    with pytest.raises(HTTPException) as refused:
        may_write(asked)
    return refused.value


@pytest.mark.parametrize("authorization", ["Bearer s3cret", "bearer s3cret", "BEARER  s3cret"])
def test_the_key_opens_from_anywhere(authorization: str) -> None:
    may_write(request("203.0.113.9", key="s3cret", host="archive.example.org", authorization=authorization))


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "s3cret", "Bearer schl\xfcssel"],
)
def test_without_the_right_key_nobody_writes_not_even_from_here(authorization: str) -> None:
    refused = refusal(request("127.0.0.1", key="s3cret", authorization=authorization))

    assert (refused.status_code, refused.headers) == (401, {"WWW-Authenticate": "Bearer"})


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_where_no_key_is_set_the_machine_itself_may_write(client: str, host: str) -> None:
    may_write(request(client, host=host))


@pytest.mark.parametrize("client", ["203.0.113.9", "10.0.0.2", "172.17.0.1", "::ffff:10.0.0.2", "testclient", ""])
def test_where_no_key_is_set_nobody_else_may(client: str) -> None:
    assert refusal(request(client)).status_code == 403


@pytest.mark.parametrize(
    "header", ["x_forwarded_for", "forwarded", "x_real_ip", "x_forwarded_host", "via", "cf_connecting_ip"]
)
def test_a_stranger_behind_a_proxy_on_this_machine_may_not(header: str) -> None:
    assert refusal(request(**{header: "127.0.0.1"})).status_code == 403


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1.evil.example", "", "localhost.evil.example", "[::1"])
def test_a_web_page_under_a_name_that_resolves_to_this_machine_may_not(host: str) -> None:
    assert refusal(request(host=host)).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9000", "http://localhost:8000"])
def test_a_web_page_from_elsewhere_may_not(origin: str) -> None:
    assert refusal(request(origin=origin)).status_code == 403


def test_a_page_of_the_service_itself_may() -> None:
    may_write(request(origin="http://127.0.0.1:8000"))


def test_a_socket_without_an_address_is_a_stranger() -> None:
    asked = request()
    asked.scope["client"] = None

    assert refusal(asked).status_code == 403

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request
from pydantic import SecretStr

from service.auth import Caller, may, may_ask, may_write
from service.database import Database
from service.fleeting import Fleeting
from service.keys import SCOPES, Keys, Scope
from service.limits import Limits
from service.settings import Settings

NOWHERE = Path("there is no such folder")
DEFAULTS: Mapping[str, Any] = {}


def request(
    client: str = "127.0.0.1",
    key: str | None = None,
    data: Path = NOWHERE,
    settings: Mapping[str, Any] = DEFAULTS,
    **headers: str,
) -> Request:
    """A request from ``client`` to a service whose API key is ``key``."""
    app = FastAPI()
    app.state.settings = Settings(data=data, api_key=SecretStr(key) if key else None, **{"rate": 0, **settings})
    app.state.keys, app.state.limits = Keys(Database(data, 5.0)), Limits(Fleeting(data))
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


def refusal(asked: Request, scope: Scope = "write") -> HTTPException:
    with pytest.raises(HTTPException) as refused:
        may(scope)(asked)
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


@pytest.mark.parametrize(
    ("token", "scope", "detail"),
    [
        ("fn_wrong", "ask", "this key is not known here"),
        ("fn_wrong", "write", "this key is not known here"),
        ("", "ask", "asking needs a key as a bearer token"),
        ("", "write", "writing needs a key with the scope write as a bearer token"),
    ],
)
def test_who_is_refused_learns_what_is_lacking_and_nothing_of_the_settings(
    token: str, scope: Scope, detail: str
) -> None:
    asked = request("203.0.113.9", key="s3cret", authorization=f"Bearer {token}")

    assert refusal(asked, scope).detail == detail


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_where_no_key_is_set_the_machine_itself_may_write(client: str, host: str) -> None:
    may_write(request(client, host=host))


@pytest.mark.parametrize("client", ["203.0.113.9", "10.0.0.2", "172.17.0.1", "::ffff:10.0.0.2", "testclient", ""])
def test_where_no_key_is_set_nobody_else_may_and_is_told_what_would_do(client: str) -> None:
    refused = refusal(request(client))

    needed = "this needs a key with the scope write as a bearer token"
    assert refused.status_code == 403
    assert refused.detail == f"{needed}; without one it is only possible from the machine itself"


@pytest.mark.parametrize(
    "header", ["x_forwarded_for", "forwarded", "x_real_ip", "x_forwarded_host", "via", "cf_connecting_ip"]
)
def test_a_stranger_behind_a_proxy_on_this_machine_may_not(header: str) -> None:
    assert refusal(request(**dict[str, Any]({header: "127.0.0.1"}))).status_code == 403


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


@pytest.mark.parametrize("url", ["https://archive.example", "http://10.0.0.7:8000"])
def test_where_others_are_told_to_come_a_proxy_on_this_machine_may_bring_them_and_keys_need_a_key(url: str) -> None:
    asked = request(settings={"public_url": url})

    refused = refusal(asked, "admin")
    assert refused.status_code == 401
    assert refused.detail.startswith("this needs a key with the scope admin as a bearer token, from this machine too")
    may_write(asked)
    may_ask(asked)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:9000/archive", "http://[::1]:8000"])
def test_an_address_of_this_machine_brings_nobody(url: str) -> None:
    may("admin")(request(settings={"public_url": url}))


def key(data: Path, *scopes: Scope, rate: int | None = None) -> dict[str, Any]:
    """The header that shows a new key."""
    return {"authorization": f"Bearer {Keys(Database(data, 5.0)).create('anna', frozenset(scopes), rate)[1]}"}


def test_a_key_opens_what_its_scopes_say_and_nothing_else(tmp_path: Path) -> None:
    asks = request("203.0.113.9", data=tmp_path, **key(tmp_path, "ask"))

    caller = may_ask(asks)

    assert caller.key is not None
    assert (caller.key.name, caller.address) == ("anna", "203.0.113.9")
    assert refusal(asks, "write").status_code == 403
    assert refusal(asks, "write").detail == "the key 'anna' has the scope ask, not write"


def test_a_key_that_was_revoked_or_has_expired_opens_nothing(tmp_path: Path) -> None:
    keys = Keys(Database(tmp_path, 5.0))
    soon = datetime.now(UTC) + timedelta(hours=1)
    revoked, first = keys.create("old", frozenset(SCOPES))
    expired, second = keys.create("brief", frozenset(SCOPES), expires=soon)
    keys.revoke(revoked.id)

    assert expired.is_good(soon - timedelta(seconds=2))
    assert not expired.is_good(soon)
    assert refusal(request(data=tmp_path, authorization=f"Bearer {first}"), "ask").detail == "the key 'old' was revoked"
    assert may_ask(request(data=tmp_path, authorization=f"Bearer {second}")).key == expired


@pytest.mark.parametrize(("token", "status"), [("fn_00000000_x", 401), ("nonsense", 401), ("", 401)])
def test_where_not_everybody_may_ask_an_unknown_key_is_refused(tmp_path: Path, token: str, status: int) -> None:
    key(tmp_path, "ask")
    headers: dict[str, Any] = {"authorization": f"Bearer {token}"} if token else {}

    refused = refusal(request("203.0.113.9", data=tmp_path, **headers), "ask")

    assert (refused.status_code, refused.headers) == (status, {"WWW-Authenticate": "Bearer"})


def test_clients_that_always_send_some_key_may_ask_where_everybody_may() -> None:
    assert may_ask(request(authorization="Bearer sk-none")) == Caller(None, "127.0.0.1")


@pytest.mark.parametrize(
    ("client", "settings", "headers", "may_they"),
    [
        ("127.0.0.1", {}, {}, True),
        ("127.0.0.1", {"host": "0.0.0.0"}, {}, False),
        ("203.0.113.9", {"host": "0.0.0.0"}, {}, False),
        ("127.0.0.1", {}, {"x_forwarded_for": "203.0.113.9"}, False),
        ("127.0.0.1", {}, {"origin": "https://news.example"}, False),
        ("127.0.0.1", {"origins": "https://news.example"}, {"origin": "https://news.example"}, True),
        ("127.0.0.1", {}, {"host": "evil.example:8000"}, False),
        ("203.0.113.9", {"host": "0.0.0.0", "demo": True}, {}, True),
        ("203.0.113.9", {"host": "0.0.0.0", "anonymous": True}, {}, True),
        ("127.0.0.1", {"anonymous": False}, {}, False),
        ("127.0.0.1", {"demo": True, "anonymous": False}, {}, False),
    ],
)
def test_strangers_may_ask_on_this_machine_and_in_the_demo_or_as_set(
    client: str, settings: dict[str, Any], headers: dict[str, Any], may_they: bool
) -> None:
    asked = request(client, settings=settings, **headers)

    if may_they:
        assert may_ask(asked).key is None
    else:
        assert refusal(asked, "ask").status_code == 401


def test_a_key_is_counted_by_itself_and_told_when_to_come_again(tmp_path: Path) -> None:
    shown = key(tmp_path, "ask", rate=2)
    other = key(tmp_path, "ask", rate=1)

    for _ in range(2):
        may_ask(request(data=tmp_path, **shown))
    refused = refusal(request(data=tmp_path, **shown), "ask")

    assert (refused.status_code, refused.detail) == (429, "more than 2 requests a minute")
    assert refused.headers == {"Retry-After": "30"}
    may_ask(request(data=tmp_path, **other))


def test_strangers_are_counted_by_address_and_guessers_with_them(tmp_path: Path) -> None:
    settings = {"rate": 2, "anonymous": True}

    def asked(client: str, **headers: Any) -> Request:
        return request(client, data=tmp_path, settings=settings, **headers)

    may_ask(asked("203.0.113.9"))
    may_ask(asked("203.0.113.9", authorization="Bearer guess"))
    assert refusal(asked("203.0.113.9"), "ask").status_code == 429
    assert may_ask(asked("203.0.113.10")).address == "203.0.113.10"
    assert [may_ask(asked("127.0.0.1")).address for _ in range(3)] == ["127.0.0.1"] * 3


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, nonsense", "10.0.0.2"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.2", "2001:db8::9", "2001:db8::/64"),
    ],
)
def test_only_a_trusted_proxy_is_believed_about_whom_it_asks_for(client: str, forwarded: str, address: str) -> None:
    headers: dict[str, Any] = {"x_forwarded_for": forwarded} if forwarded else {}
    asked = request(client, settings={"anonymous": True, "trusted_proxies": "10.0.0.0/8"}, **headers)

    assert may_ask(asked).address == address

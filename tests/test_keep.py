from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lxml.html import fromstring

from index.records import Article
from service.database import Database
from service.feeds.remembered import FeedState, Remembered
from service.keys import Key, Keys, Scope
from service.session import COOKIE, HEADER, token
from tests.worlds import ASKED, CANCELLED, LOOPBACK, TRIP, served

HERE = "http://archive.example"
OWN = {"origin": HERE}
STRANGER: dict[str, Any] = {"client": ("203.0.113.9", 50000), "base_url": HERE, "follow_redirects": False}
HOSTILE = Article('"><script>x()</script>', "<img src=x onerror=x()>", "Some words here.", source="<b>Bold</b>")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path, TRIP, HOSTILE, client=STRANGER) as one:
        yield one


def key(path: Path, *scopes: Scope) -> str:
    return Keys(Database(path, 5.0)).create("anna", frozenset(scopes))[1]


def named(path: Path, name: str) -> Key:
    return next(key for key in Keys(Database(path, 5.0)).all() if key.name == name)


def signed_in(client: TestClient, path: Path, *scopes: Scope) -> dict[str, str]:
    """What a form of a page sends that was made for the holder of a key of these scopes."""
    shown = key(path, *scopes)
    assert client.post("/keep/in", data={"key": shown}, headers=OWN).status_code == 303
    return {"csrf": token(shown)}


def test_who_has_no_key_sees_how_to_sign_in_and_nothing_else(client: TestClient) -> None:
    page = client.get("/keep")

    assert page.status_code == 200
    assert 'name="key"' in page.text
    assert TRIP.title not in page.text


def test_the_cookie_can_be_read_by_no_script_and_is_sent_to_no_other_site(client: TestClient, tmp_path: Path) -> None:
    shown = key(tmp_path, "write")

    reply = client.post("/keep/in", data={"key": shown}, headers=OWN)

    assert (reply.status_code, reply.headers["location"]) == (303, "/keep")
    attributes = {part.strip().lower() for part in reply.headers["set-cookie"].split(";")[1:]}
    assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=2592000"}
    assert shown not in client.get("/keep").text


def test_over_https_the_cookie_travels_by_https_alone(tmp_path: Path) -> None:
    with served(tmp_path, client=STRANGER, public_url="https://archive.example") as client:
        shown = key(tmp_path, "write")
        reply = client.post("/keep/in", data={"key": shown}, headers={"origin": "https://archive.example"})

    assert reply.status_code == 303
    assert "; Secure" in reply.headers["set-cookie"]


@pytest.mark.parametrize("wrong", ["", "fn_0000_nothing", "ключ", "x" * 300])
def test_a_wrong_key_is_refused_and_not_held(client: TestClient, wrong: str) -> None:
    reply = client.post("/keep/in", data={"key": wrong}, headers=OWN)

    assert reply.status_code == 401
    assert "not known here" in reply.text
    assert "set-cookie" not in reply.headers


def test_a_revoked_key_opens_nothing_and_is_let_go(client: TestClient, tmp_path: Path) -> None:
    proof = signed_in(client, tmp_path, "write")
    keys = Keys(Database(tmp_path, 5.0))
    keys.revoke(keys.all()[0].id)

    assert client.post("/keep/articles/delete", data=proof | {"id": TRIP.id}, headers=OWN).status_code == 401
    page = client.get("/keep")
    assert 'name="key"' in page.text
    assert f'{COOKIE}=""' in page.headers["set-cookie"]


def test_who_may_write_sees_what_came_in_as_text_but_no_keys(client: TestClient, tmp_path: Path) -> None:
    signed_in(client, tmp_path, "write")

    page = client.get("/keep")

    assert page.headers["cache-control"] == "no-store"
    assert "&lt;img src=x onerror=x()&gt;" in page.text
    assert "<img" not in page.text
    assert "<script>x()" not in page.text
    assert 'id="keys"' not in page.text


def test_an_article_is_deleted_with_the_token_of_the_page_alone(client: TestClient, tmp_path: Path) -> None:
    proof = signed_in(client, tmp_path, "write")
    asked = {"id": TRIP.id}

    without = client.post("/keep/articles/delete", data=asked, headers=OWN)
    foreign = client.post("/keep/articles/delete", data=asked | proof, headers={"origin": "https://evil.example"})
    unknown = client.post("/keep/articles/delete", data=asked | proof)
    same_site = client.post("/keep/articles/delete", data=asked | proof, headers=OWN | {"sec-fetch-site": "same-site"})
    assert [one.status_code for one in (without, foreign, unknown, same_site)] == [403] * 4
    assert client.get(f"/v1/articles/{TRIP.id}").status_code == 403  # a key to write asks nothing

    assert client.post("/keep/articles/delete", data=asked | proof, headers=OWN).status_code == 303
    assert TRIP.title not in client.get("/keep").text


def test_the_interface_takes_the_cookie_only_with_the_token_and_from_a_page_here(
    client: TestClient, tmp_path: Path
) -> None:
    proof = signed_in(client, tmp_path, "ask", "write")["csrf"]
    body, address = {"title": "T", "text": "New words."}, "/v1/articles/new"

    assert client.put(address, json=body, headers=OWN).status_code == 403
    assert client.put(address, json=body, headers={HEADER: proof}).status_code == 403
    assert client.put(address, json=body, headers={HEADER: proof, "origin": "null"}).status_code == 403
    assert client.put(address, json=body, headers={HEADER: proof, **OWN}).status_code == 201
    assert client.get(address).json()["text"] == "New words."
    assert client.post("/v1/ask", json={"question": "what new words?"}).status_code == 403
    assert client.post("/v1/ask", json={"question": "what new words?"}, headers=OWN).status_code == 200


def test_signing_out_lets_the_key_go_and_takes_the_token(client: TestClient, tmp_path: Path) -> None:
    proof = signed_in(client, tmp_path, "write")

    assert client.post("/keep/out", headers=OWN, data={"csrf": "x"}).status_code == 403
    assert client.post("/keep/out", data=proof, headers=OWN).status_code == 303
    assert 'name="key"' in client.get("/keep").text


def test_nobody_is_signed_in_from_another_site(client: TestClient, tmp_path: Path) -> None:
    reply = client.post("/keep/in", data={"key": key(tmp_path, "ask")}, headers={"origin": "https://evil.example"})

    assert reply.status_code == 403
    assert "set-cookie" not in reply.headers


def test_keys_are_made_shown_once_and_revoked_by_who_may(client: TestClient, tmp_path: Path) -> None:
    proof = signed_in(client, tmp_path, "admin")

    made = client.post("/keep/keys", data=proof | {"name": "<i>Ben</i>", "scope": ["ask", "write"]}, headers=OWN)

    ben = named(tmp_path, "<i>Ben</i>")
    assert ben.scopes == {"ask", "write"}
    assert f"fn_{ben.id}_" in made.text
    assert "<i>" not in made.text
    assert f"fn_{ben.id}_" not in client.get("/keep").text
    assert client.post("/keep/keys/revoke", data=proof | {"id": ben.id}, headers=OWN).status_code == 303
    assert named(tmp_path, "<i>Ben</i>").revoked_at is not None
    assert client.post("/keep/keys", data=proof | {"name": "Eve", "rate": "many"}, headers=OWN).status_code == 422


def test_keys_over_http_are_for_those_who_may_manage_them(client: TestClient, tmp_path: Path) -> None:
    admin = {"authorization": f"Bearer {key(tmp_path, 'admin')}"}
    writer = {"authorization": f"Bearer {key(tmp_path, 'write')}"}
    asked = {"name": "Ben", "scopes": ["ask"], "rate": 60, "expires": "2099-12"}

    assert client.get("/v1/keys").status_code == 403
    assert client.post("/v1/keys", json=asked, headers=writer).status_code == 403
    made = client.post("/v1/keys", json=asked, headers=admin).json()
    listed = client.get("/v1/keys", headers=admin).json()["keys"]
    assert made.pop("token").startswith(f"fn_{made['id']}_")
    assert [one for one in listed if one["name"] == "Ben"] == [made]
    assert (made["rate"], made["expires"], made["good"]) == (60, "2099-12-31", True)
    assert made["expires_at"] == "2100-01-01T00:00:00+00:00"
    assert client.post("/v1/keys", json={"name": "Ann"}, headers=admin).json()["expires"] is None
    assert client.delete(f"/v1/keys/{made['id']}", headers=admin).json()["good"] is False
    assert client.delete("/v1/keys/none", headers=admin).status_code == 404
    assert client.post("/v1/keys", json=asked | {"expires": "2001"}, headers=admin).status_code == 422
    assert client.post("/v1/keys", json={"name": "Ben", "scope": ["admin"]}, headers=admin).status_code == 422


def test_from_this_machine_no_key_is_needed_but_a_page_from_elsewhere_may_not(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        assert TRIP.title in client.get("/keep").text
        evil = {"origin": "https://evil.example"}
        assert client.post("/keep/articles/delete", data={"id": TRIP.id}, headers=evil).status_code == 403
        own = {"origin": "http://127.0.0.1:8000"}
        assert client.post("/keep/articles/delete", data={"id": TRIP.id}, headers=own).status_code == 200
        assert TRIP.title not in client.get("/keep").text


def test_files_are_brought_by_a_form_with_the_token_of_the_page_alone(client: TestClient, tmp_path: Path) -> None:
    proof = signed_in(client, tmp_path, "write")
    files = {"files": ("mayor.txt", b"The mayor resigned over a lemon tree.")}

    def brought(data: dict[str, str], headers: dict[str, str]) -> int:
        return client.post("/keep/files", data=data, files=files, headers=headers).status_code

    assert brought({}, OWN) == 403
    assert brought({"csrf": "x"}, OWN) == 403
    assert brought(proof, {"origin": "https://evil.example"}) == 403
    assert brought(proof, OWN | {"sec-fetch-site": "cross-site"}) == 403
    assert client.get("/v1/jobs").json()["jobs"] == []
    assert brought(proof, OWN) == 303
    assert [job["files"] for job in client.get("/v1/jobs").json()["jobs"]] == [1]
    assert client.post("/keep/files", data=proof | {"other": "x"}, files=files, headers=OWN).status_code == 422


def test_who_may_not_write_is_told_before_a_file_is_read(client: TestClient, tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        yield b"--x\r\n"
        pytest.fail("the body was read")

    kind = {"content-type": "multipart/form-data; boundary=x", **OWN}
    assert client.post("/keep/files", content=endless(), headers=kind).status_code == 403
    signed_in(client, tmp_path, "ask")
    assert client.post("/keep/files", content=endless(), headers=kind).status_code == 403


@pytest.mark.parametrize("path", ["/keep/jobs/cancel", "/keep/answers/revoke"])
def test_what_is_cancelled_and_revoked_takes_the_token_too(client: TestClient, tmp_path: Path, path: str) -> None:
    proof = signed_in(client, tmp_path, "write")

    assert client.post(path, data={"id": "none"}, headers=OWN).status_code == 403
    assert client.post(path, data=proof | {"id": "none"}, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post(path, data=proof | {"id": "none"}, headers=OWN).status_code == 404


def test_an_answer_is_kept_by_a_form_of_a_page_here_alone_and_revoked(tmp_path: Path) -> None:
    asked = {"q": ASKED, "source": "The Times", "after": "2023", "before": ""}
    with served(tmp_path, TRIP, client=LOOPBACK | {"follow_redirects": False}, threshold=0.0) as client:
        own = {"origin": str(client.base_url)}
        assert client.post("/a", data=asked, headers={"origin": "https://evil.example"}).status_code == 403
        assert client.post("/a", data=asked | {"after": "soon"}, headers=own).status_code == 422
        assert client.post("/a", data=asked | {"q": ""}, headers=own).status_code == 422
        kept = client.post("/a", data=asked, headers=own).headers["location"]
        assert CANCELLED in client.get(kept).text
        assert kept in client.get("/keep").text
        assert client.post("/keep/answers/revoke", data={"id": kept[3:]}, headers=own).status_code == 303
        assert client.get(kept).status_code == 404
        assert kept not in client.get("/keep").text


@pytest.mark.parametrize(
    ("to", "place"),
    [
        ("/?q=why%3F&source=A+B", "/?q=why%3F&source=A+B"),
        ("//evil.example/", "/keep"),
        ("/\\evil.example", "/keep"),
        ("https://evil.example/", "/keep"),
        ("/a\r\nset-cookie: x=y", "/keep"),
        ("", "/keep"),
    ],
)
def test_who_signs_in_comes_back_to_where_they_were_and_to_no_other_site(
    client: TestClient, tmp_path: Path, to: str, place: str
) -> None:
    reply = client.post("/keep/in", data={"key": key(tmp_path, "write"), "to": to}, headers=OWN)

    assert (reply.status_code, reply.headers["location"]) == (303, place)


def test_a_key_to_ask_is_held_on_to_though_it_may_not_keep_the_archive(client: TestClient, tmp_path: Path) -> None:
    shown = key(tmp_path, "ask")

    assert client.post("/keep/in", data={"key": shown, "to": "/keep"}, headers=OWN).headers["location"] == "/"
    page = client.get("/keep")
    assert "may ask, but not keep the archive" in page.text
    assert "set-cookie" not in page.headers
    assert client.get("/").status_code == 200


def test_who_needs_a_key_is_asked_for_it_where_they_are(client: TestClient) -> None:
    page = client.get("/", params={"q": '"><script>alert(1)</script>'})

    assert (page.status_code, page.headers["www-authenticate"]) == (401, "Bearer")
    assert 'name="key"' in page.text
    assert "<script>alert" not in page.text
    assert '<input type="hidden" name="to" value="/?q=%22%3E%3Cscript%3E' in page.text


def test_the_sources_that_are_watched_are_shown_with_those_first_that_need_a_look(tmp_path: Path) -> None:
    day, now, then = 86_400.0, time(), 1_700_000_000.0
    states = [
        FeedState("A well", "https://a.example/feed", answered_at=now, brought_at=now - day, silent_after=2 * day),
        FeedState("<b>Silent", "https://b.example/feed", answered_at=now, brought_at=then, silent_after=day),
        FeedState("Fails", "https://c.example/feed", brought_at=then, failures=3, reason="410: it is <i>gone"),
        FeedState("Quiet", "https://d.example/feed", brought_at=then, notice="it has moved"),
        FeedState("New", "https://e.example/feed"),
    ]
    with served(tmp_path) as client:
        assert "watched" not in client.get("/keep").text
        Remembered(Database(tmp_path, 5.0)).watch(states)
        page = fromstring(client.get("/keep").text)
    rows = page.xpath("//section[@id='watched']//li")
    texts = [" ".join(str(row.text_content()).split()) for row in rows]

    assert texts[:3] == [
        "failing Fails https://c.example/feed 410: it is <i>gone brought 14 Nov 2023, 22:13",
        "silent <b>Silent https://b.example/feed brought 14 Nov 2023, 22:13",
        "new New https://e.example/feed nothing yet",
    ]
    assert texts[3].startswith("well A well https://a.example/feed brought ")
    assert texts[4] == "well Quiet https://d.example/feed it has moved brought 14 Nov 2023, 22:13"
    assert page.xpath("//section[@id='watched']//i | //section[@id='watched']//b") == []

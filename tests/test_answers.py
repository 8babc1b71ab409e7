import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.records import Article
from service.answers import CHANGED, WITHDRAWN
from service.database import FILE
from tests.test_page import Page
from tests.worlds import ASKED, CANCELLED, LOOPBACK, TRIP, served

HOSTILE = Article(
    id="x", title='A "title" <b>&</b>', text="The February trip was cancelled over <script>alert(1)</script> a balloon."
)
STRANGER: dict[str, Any] = {**LOOPBACK, "client": ("203.0.113.9", 50000)}


def kept(client: TestClient, question: str = ASKED) -> str:
    made = client.post("/v1/answers", json={"question": question})
    assert made.status_code == 201
    assert made.headers["location"] == f"/a/{made.json()['id']}"
    assert made.json()["link"] == f"http://127.0.0.1:8000/a/{made.json()['id']}"
    return str(made.headers["location"])


def test_an_answer_is_kept_as_it_stood_with_what_makes_its_link_unfold(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=0.0) as client:
        address = kept(client)
        reply = client.get(address)

    page = Page(reply.text)
    metas = {m.get("property") or m.get("name"): m["content"] for m in page.all("meta") if "content" in m}
    assert reply.status_code == 200
    assert reply.headers["x-robots-tag"] == "noindex, nofollow"
    assert metas["robots"] == "noindex, nofollow"
    assert (metas["og:title"], metas["og:description"]) == (ASKED, CANCELLED)
    assert (metas["twitter:title"], metas["twitter:description"]) == (ASKED, CANCELLED)
    assert metas["og:url"] == f"http://127.0.0.1:8000{address}"
    assert CANCELLED in page.texts["bdi"]
    assert CANCELLED in page.texts["blockquote"]


def test_a_link_opens_for_those_who_may_not_ask(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=0.0) as client:
        address = kept(client)
    with served(tmp_path, TRIP, threshold=0.0, client=STRANGER, anonymous=False) as stranger:
        assert stranger.get(address).status_code == 200
        assert stranger.post("/v1/answers", json={"question": ASKED}).status_code == 401


def test_who_has_no_key_keeps_so_many_a_day_and_who_has_one_keeps_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.page.kept.MOST_A_DAY", 2)
    with served(tmp_path, TRIP, threshold=0.0) as client:
        addresses = [kept(client) for _ in range(2)]
        refused = client.post("/v1/answers", json={"question": ASKED})
        by_form = client.post("/a", data={"q": ASKED}, headers={"origin": "http://127.0.0.1:8000"})
        key = client.post("/v1/keys", json={"name": "anna"}).json()["token"]
        with_key = client.post("/v1/answers", json={"question": ASKED}, headers={"authorization": f"Bearer {key}"})
        client.delete(addresses[0].replace("/a/", "/v1/answers/"))
        kept(client)

    said = "2 answers have been kept without a key within a day: a key keeps more"
    assert (refused.status_code, refused.headers["retry-after"], refused.json()["detail"]) == (429, "3600", said)
    assert (by_form.status_code, said in by_form.text) == (429, True)
    assert with_key.status_code == 201


def test_the_words_of_a_deleted_article_are_withdrawn_and_nowhere_any_more(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=0.0) as client:
        address = kept(client)
        client.delete("/v1/articles/2023/trip")
        reply = client.get(address)

    page = Page(reply.text)
    assert (reply.status_code, page.texts["bdi"].strip()) == (200, f"{ASKED}{WITHDRAWN}")
    assert "balloon" not in reply.text
    assert "Talks in Beijing" not in reply.text
    assert not any(b"balloon" in file.read_bytes() for file in tmp_path.glob(f"{FILE}*"))


def test_of_a_changed_article_it_says_so_and_shows_what_was_said(tmp_path: Path) -> None:
    changed = {"title": "Talks", "text": "All went well. It was warm in June, and there is no more to tell."}
    with served(tmp_path, TRIP, threshold=0.0) as client:
        address = kept(client)
        client.put("/v1/articles/2023/trip", json=changed)
        page = Page(client.get(address).text)

    assert CANCELLED in page.texts["bdi"]
    assert CHANGED in page.texts["p"]


def test_a_kept_answer_can_be_revoked(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=0.0) as client:
        address = kept(client)

        assert client.delete(f"/v1/answers/{address.removeprefix('/a/')}").status_code == 204
        assert client.get(address).status_code == 404
        assert client.delete(f"/v1/answers/{address.removeprefix('/a/')}").status_code == 404
    [(rows,)] = sqlite3.connect(tmp_path / FILE).execute("SELECT count(*) FROM kept").fetchall()
    assert rows == 0


def test_that_nothing_answers_is_kept_too(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=1.0) as client:
        page = Page(client.get(kept(client)).text)

    assert "Nothing in the archive answers this." in page.texts["section"]
    assert CANCELLED in page.texts["blockquote"]


def test_what_articles_and_questions_say_stays_text(tmp_path: Path) -> None:
    question = 'why was the "February" trip <i>cancelled</i>?'
    with served(tmp_path, HOSTILE, threshold=0.0) as client:
        page = Page(client.get(kept(client, question)).text)

    assert page.all("script") == [{"type": "module", "src": "/page/copying.js"}]
    assert page.all("b") == page.all("i") == []
    assert {m.get("property"): m.get("content") for m in page.all("meta")}["og:title"] == question
    assert HOSTILE.title in page.texts["bdi"]


@pytest.mark.parametrize("id", ["nothing", "%00", "..%2f..%2fetc", "a" * 5000])
def test_an_address_that_nobody_was_given_shows_nothing(tmp_path: Path, id: str) -> None:
    with served(tmp_path, TRIP) as client:
        assert client.get(f"/a/{id}").status_code == 404


def test_no_words_of_an_article_are_kept_with_the_answer(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=0.0) as client:
        kept(client)

    [(body,)] = sqlite3.connect(tmp_path / FILE).execute("SELECT body FROM kept").fetchall()
    assert json.loads(body)["lines"] == [
        {"note": 1, "start": 32, "end": 81, "before": "", "short": None, "written": None}
    ]

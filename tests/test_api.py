import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.errors import IndexMismatch
from index.folder import Index
from service.app import create_app
from service.schemas import AskReply
from service.settings import Settings
from tests.worlds import ASKED, CANCELLED, LOOPBACK, TRIP, archive, served

OTHER = replace(TRIP, id="weather", title="Weather", text="It rained.", published_at=None, date_basis=None)
PUT = "/v1/articles/notes/2023"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """For tests that only read."""
    with served(tmp_path_factory.mktemp("data"), TRIP, threshold=0.0) as one:
        yield one


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[TestClient]:
    """For tests that write."""
    with served(tmp_path, TRIP, threshold=0.0) as one:
        yield one


def refused(reply: Any, status: int) -> str:
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
    assert reply.json().keys() == {"type", "title", "status", "detail"}
    detail: str = reply.json()["detail"]
    return detail


def test_a_question_is_answered_in_the_contracts_shape(client: TestClient) -> None:
    reply = client.post("/v1/ask", json={"question": ASKED})

    found = reply.json()
    assert reply.status_code == 200
    assert list(found) == [
        "question",
        "understood_as",
        "verdict",
        "answerable",
        "confidence",
        "answer",
        "readings",
        "unsupported",
        "contradicted",
        "passages",
        "applied_filters",
        "index",
        "took_ms",
        "steps_ms",
    ]
    assert (found["verdict"], found["answer"]["text"]) == ("answered", f"{CANCELLED} [1]")
    assert found["index"] == {
        "generation": 1,
        "articles": 1,
        "passages": 1,
        "newest_published_at": "2023-06-18",
        "feeds": None,
    }


def test_offsets_lead_into_the_text_that_the_article_is_given_with(client: TestClient) -> None:
    passage = client.post("/v1/ask", json={"question": ASKED}).json()["passages"][0]
    text = client.get("/v1/articles/2023/trip").json()["text"]

    assert text == TRIP.text
    assert [text[q["start"] : q["end"]] for q in [passage, *passage["highlights"]]] == [passage["text"], CANCELLED]


def test_an_unanswerable_question_is_a_200_with_the_nearest_passages(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=1.0) as client:
        found = client.post("/v1/ask", json={"question": "who painted the trip?"}).json()

    assert (found["verdict"], found["answerable"], found["answer"]) == ("not_in_archive", False, None)
    assert len(found["passages"]) == 1


def test_a_mistyped_filter_is_refused_and_named(client: TestClient) -> None:
    detail = refused(client.post("/v1/ask", json={"question": ASKED, "filters": {"published_afer": "2023"}}), 422)

    assert detail == "filters.published_afer: Extra inputs are not permitted (got '2023')"


def test_another_collection_is_not_found(client: TestClient) -> None:
    assert "'sport'" in refused(client.post("/v1/ask", json={"question": ASKED, "collection": "sport"}), 404)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body: Field required"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[]", "the body: Input should be a valid dictionary"),
        (b"[" * 100_000, "the body is not JSON"),
    ],
)
def test_a_body_that_is_no_request_is_refused(client: TestClient, body: bytes, detail: str) -> None:
    reply = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})

    assert reply.status_code in (400, 422)
    assert refused(reply, reply.status_code).startswith(detail)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"content-type": "application/x-www-form-urlencoded"}, "'application/x-www-form-urlencoded'"),
        ({"content-type": "text/plain; charset=utf-8"}, "'text/plain; charset=utf-8'"),
        ({"content-type": ""}, "''"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/answers", "/v1/chat/completions"])
def test_a_body_that_is_not_called_json_is_told_the_header_that_it_lacks(
    client: TestClient, path: str, headers: dict[str, str], said: str
) -> None:
    reply = client.post(path, content=b'{"question": "Why?"}', headers=headers)

    expected = f"the body must be sent with content-type: application/json, not {said}"
    assert (reply.status_code, reply.json()["detail"]) == (415, expected)


def test_a_question_that_is_half_a_character_is_refused(client: TestClient) -> None:
    reply = client.post("/v1/ask", content=rb'{"question": "\ud83c"}', headers={"content-type": "application/json"})

    assert r"got '\ud83c'" in refused(reply, 422)


def test_an_article_that_is_put_is_found_at_once_and_whole(fresh: TestClient) -> None:
    sent = {
        "title": "Notes",
        "text": "Zebras crossed the runway.\r\n",
        "url": "https://example.org/a(1)",
        "tags": ["zoo"],
        "metadata": {"page": 3, "ratio": 0.5},
    }

    written = fresh.put(PUT, json=sent)
    kept = fresh.get(PUT).json()
    found = fresh.post("/v1/ask", json={"question": "what crossed the runway?"}).json()

    assert (written.status_code, written.json()["outcome"]) == (201, "added")
    assert kept["sha256"] == written.json()["sha256"]
    assert {name: kept[name] for name in sent} == sent
    assert {name: kept[name] for name in kept.keys() - sent.keys() - {"sha256"}} == {
        "id": "notes/2023",
        "source": None,
        "author": None,
        "published_at": None,
        "updated_at": None,
        "date_basis": None,
        "language": None,
    }
    assert found["passages"][0]["link"] == "https://example.org/a(1)"


def test_the_same_again_changes_nothing_and_another_text_replaces(fresh: TestClient) -> None:
    bodies = [{"title": "N", "text": "One."}, {"title": "N", "text": "One."}, {"title": "N", "text": "Two."}]

    replies = [fresh.put(PUT, json=body) for body in bodies]

    assert [(r.status_code, r.json()["outcome"]) for r in replies] == [
        (201, "added"),
        (200, "unchanged"),
        (200, "replaced"),
    ]


def test_an_article_as_it_is_given_can_be_put_back(fresh: TestClient) -> None:
    given = fresh.get("/v1/articles/2023/trip").json()

    assert fresh.put("/v1/articles/2023/trip", json=given).json()["outcome"] == "unchanged"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"id": "other", "title": "N", "text": "One."}', "id: the body says 'other', the address 'notes/2023'"),
        (b'{"title": "N"}', "text is missing"),
        (b'{"title": "N", "text": "One.", "publisher": "X"}', "'publisher' is not a field of an article"),
        (b'{"title": "N", "text": "a\\u0000b"}', "text 'a\\x00b' holds NUL"),
        (b'{"title": "N", "text": "\\ud83c"}', "text '\\ud83c' holds a lone surrogate"),
        (b'{"title": "N", "text": "One.", "metadata": {"x": NaN}}', "metadata"),
        (b'{"title": "N", "text": "One.", "url": "javascript:alert(1)"}', "url 'javascript:alert(1)'"),
        (b'{"title": "N", "text": "One.", "metadata": ' + b"[" * 100_000, "the body is not JSON"),
        (b'{"title": "N", "text": ' + b"1" * 5000 + b"}", "the body is not JSON"),
        (b'["N"]', "the body must be a JSON object, not list"),
        (b"\xff\xfe", "the body is not JSON"),
        (b"", "the body is not JSON"),
    ],
)
def test_an_article_that_breaks_a_rule_is_refused(client: TestClient, body: bytes, detail: str) -> None:
    assert refused(client.put(PUT, content=body), 422).startswith(detail)
    refused(client.get(PUT), 404)


def test_a_deleted_article_is_nowhere(fresh: TestClient) -> None:
    cited = fresh.post("/v1/ask", json={"question": ASKED}).json()["passages"][0]["id"]

    deleted = fresh.delete("/v1/articles/2023/trip")

    assert (deleted.status_code, deleted.content) == (204, b"")
    refused(fresh.get("/v1/articles/2023/trip"), 404)
    refused(fresh.get(f"/v1/citations/{cited}"), 404)
    refused(fresh.delete("/v1/articles/2023/trip"), 404)


def test_a_citation_keeps_its_text_after_its_article_changed(fresh: TestClient) -> None:
    cited = fresh.post("/v1/ask", json={"question": ASKED}).json()["passages"][0]
    before = fresh.get(f"/v1/citations/{cited['id']}").json()

    fresh.put("/v1/articles/2023/trip", json={"title": "Talks", "text": "It never happened."})
    after = fresh.get(f"/v1/citations/{cited['id']}").json()

    assert (before["current"], after["current"]) == (True, False)
    assert (before["state"], after["state"], after["now"]) == ("stands", "superseded", None)
    assert before["text"] == after["text"] == cited["text"]


def test_a_citation_shows_both_what_was_cited_and_what_its_article_says_now(fresh: TestClient) -> None:
    cited = fresh.post("/v1/ask", json={"question": ASKED}).json()["passages"][0]
    whole = cited["text"]

    def replaced(text: str, **fields: str) -> Any:
        fresh.put("/v1/articles/2023/trip", json={"title": "Talks", "text": text, **fields})
        reply = fresh.get(f"/v1/citations/{cited['id']}").json()
        assert (reply["text"], reply["article"]["title"]) == (whole, "Talks in Beijing")
        if reply["now"]:
            now = reply["now"]
            assert text[now["start"] : now["end"]] == now["text"]
            assert fresh.get(f"/v1/citations/{now['passage']}").json()["current"]
        return reply

    further = replaced(TRIP.text + "Corrected: the talks were short.\n")
    assert (further["state"], further["current"], further["now"]["text"]) == ("stands", False, whole)
    assert further["now"]["article"]["title"] == "Talks"

    moved = replaced("Correction below.\n\n" + whole.replace("\r\n\r\n", "\n"), url="https://example.org/trip")
    assert (moved["state"], moved["now"]["start"]) == ("moved", len("Correction below.\n\n"))
    assert (moved["now"]["link"], moved["link"] != moved["now"]["link"]) == ("https://example.org/trip", True)

    corrected = replaced(whole.replace("February", "March"))
    assert (corrected["state"], "March trip" in corrected["now"]["text"]) == ("superseded", True)


def test_a_citation_says_its_page(fresh: TestClient) -> None:
    cited = fresh.post("/v1/ask", json={"question": ASKED}).json()["passages"][0]

    def replaced(text: str, pages: list[int]) -> Any:
        fresh.put("/v1/articles/2023/trip", json={"title": "Talks", "text": text, "metadata": {"pages": pages}})
        return fresh.get(f"/v1/citations/{cited['id']}").json()

    before = replaced(TRIP.text, [0, 20])
    after = replaced("A page before.\n\n" + TRIP.text, [0, len("A page before.\n\n")])

    assert (before["state"], before["page"], before["now"]["page"]) == ("stands", 1, 1)
    assert (after["state"], after["page"], after["now"]["page"]) == ("moved", 1, 2)


def test_an_unknown_citation_is_not_found(client: TestClient) -> None:
    refused(client.get("/v1/citations/0000000000000000"), 404)


def test_articles_are_listed_by_id_a_page_at_a_time(tmp_path: Path) -> None:
    with served(tmp_path, OTHER, TRIP) as client:
        first = client.get("/v1/articles?limit=1").json()
        second = client.get("/v1/articles", params={"limit": 1, "cursor": first["next"]}).json()

    assert ([a["id"] for a in first["articles"]], first["next"]) == (["2023/trip"], "2023/trip")
    assert ([a["id"] for a in second["articles"]], second["next"]) == (["weather"], None)
    assert (first["articles"][0]["sha256"], "text" in first["articles"][0]) == (TRIP.sha256, False)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=all"])
def test_a_page_of_impossible_size_is_refused(client: TestClient, query: str) -> None:
    assert refused(client.get(f"/v1/articles?{query}"), 422).startswith("limit: ")


def test_without_a_key_a_stranger_reads_where_it_is_allowed_and_does_not_write(tmp_path: Path) -> None:
    stranger = {**LOOPBACK, "client": ("203.0.113.9", 50000)}

    with served(tmp_path, TRIP, client=stranger, anonymous=True) as client:
        assert client.post("/v1/ask", json={"question": ASKED}).status_code == 200
        refused(client.put(PUT, json={"title": "N", "text": "One."}), 403)
        refused(client.delete("/v1/articles/2023/trip"), 403)
        assert client.get("/v1/articles/2023/trip").status_code == 200


def test_with_a_key_writes_need_it(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, api_key="s3cret") as client:
        reply = client.put(PUT, content=b"not even read")
        refused(reply, 401)
        assert reply.headers["www-authenticate"] == "Bearer"
        with_key = client.delete("/v1/articles/2023/trip", headers={"authorization": "Bearer s3cret"})

    assert with_key.status_code == 204


@pytest.mark.parametrize("content", [b"x" * 4097, [b"x" * 1024] * 5], ids=["of known length", "in chunks"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/ask"), ("PUT", PUT)])
def test_a_body_beyond_the_limit_is_not_read_on(tmp_path: Path, method: str, path: str, content: Any) -> None:
    with served(tmp_path, max_body_bytes=4096) as client:
        reply = client.request(method, path, content=content, headers={"content-type": "application/json"})

    assert refused(reply, 413) == "the body has more than 4096 bytes"
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/v1/articles/2023/trip", "/v1/articles", "/readyz", "/", "/openapi.json"])
def test_head_is_answered_where_get_is(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == got.headers


def test_head_of_nothing_is_a_404_without_a_body(client: TestClient) -> None:
    reply = client.head("/v1/articles/nothing")

    assert (reply.status_code, reply.content) == (404, b"")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/ask", "POST"),
        ("POST", "/v1/articles/x", "DELETE, GET, HEAD, PUT"),
        ("DELETE", "/healthz", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client: TestClient, method: str, path: str, allowed: str) -> None:
    reply = client.request(method, path)

    refused(reply, 405)
    assert reply.headers["allow"] == allowed


def test_an_unknown_address_is_a_problem(client: TestClient) -> None:
    assert refused(client.get("/v2/ask"), 404) == "there is nothing at /v2/ask"


def test_an_id_with_signs_of_its_own_is_kept_through_its_address(fresh: TestClient) -> None:
    address = "/v1/articles/a%20b/%3F%23%25/%C3%A9%F0%9F%8E%88"

    fresh.put(address, json={"title": "N", "text": "One."})

    assert fresh.get(address).json()["id"] == "a b/?#%/é🎈"


def waiting(tmp_path: Path, opened: "Future[Index]", index: Index) -> TestClient:
    app = create_app(Settings(data=tmp_path), index)
    app.state.opened = opened
    return TestClient(app, **LOOPBACK)


def test_before_the_index_is_open_the_process_lives_and_says_when_to_come_again(tmp_path: Path) -> None:
    with archive(tmp_path) as index, waiting(tmp_path, Future(), index) as client:
        replies = {path: client.get(path) for path in ("/readyz", "/v1/articles", "/v1/articles/x")}
        replies["/v1/ask"] = client.post("/v1/ask", json={"question": ASKED})
        assert client.get("/healthz").json() == {"status": "ok"}

    for reply in replies.values():
        assert refused(reply, 503) == "the model and the index are being opened"
        assert reply.headers["retry-after"] == "1"


def test_an_index_that_can_not_be_opened_says_why(tmp_path: Path) -> None:
    failed: Future[Index] = Future()
    failed.set_exception(IndexMismatch("made with another model: run `footnote reindex`"))

    with archive(tmp_path) as index, waiting(tmp_path, failed, index) as client:
        assert "footnote reindex" in refused(client.get("/readyz"), 503)


def test_readyz_says_from_what_it_answers(client: TestClient) -> None:
    assert client.get("/readyz").json() == {
        "generation": 1,
        "articles": 1,
        "passages": 1,
        "newest_published_at": "2023-06-18",
        "feeds": None,
        "status": "ready",
        "rebuilding": None,
        "damaged": 0,
    }


def test_the_openapi_document_has_examples_and_every_address(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    assert set(document["paths"]) == {
        "/v1/ask",
        "/v1/answers",
        "/v1/answers/{id}",
        "/v1/articles",
        "/v1/articles/{id}",
        "/v1/chat/completions",
        "/v1/citations/{id}",
        "/v1/models",
        "/v1/models/{name}",
        "/v1/overview",
        "/v1/sources",
        "/v1/feeds",
        "/v1/jobs",
        "/v1/jobs/{id}",
        "/v1/keys",
        "/v1/keys/{id}",
        "/healthz",
        "/readyz",
    }
    schemas = document["components"]["schemas"]
    assert schemas["AskRequest"]["examples"][0] == {"question": ASKED}
    assert schemas["AskReply"]["examples"][0]["verdict"] == "answered"
    assert "requestBody" in document["paths"]["/v1/articles/{id}"]["put"]


def test_the_reply_in_the_openapi_document_is_a_reply_and_its_quotes_hold(client: TestClient) -> None:
    example = client.get("/openapi.json").json()["components"]["schemas"]["AskReply"]["examples"][0]

    reply = AskReply.model_validate_json(json.dumps(example), strict=True)

    passage, answer = reply.passages[0], reply.answer
    assert answer is not None
    assert answer.short is not None
    quotes: list[Any] = [passage, *passage.highlights, *answer.sentences, answer.short]
    assert [passage.text[q.start - passage.start : q.end - passage.start] for q in quotes] == [q.text for q in quotes]


@pytest.mark.parametrize("address", ["/v1/articles", "/v1/articles/2023/trip", "/v1/citations/0", "/", "/articles/x"])
def test_where_asking_needs_a_key_nothing_of_the_archive_is_shown_without(tmp_path: Path, address: str) -> None:
    with served(tmp_path, TRIP, anonymous=False) as client:
        reply = client.get(address)

    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert "Beijing" not in reply.text


def test_a_key_of_the_command_line_asks_and_does_not_write(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, anonymous=False) as client:
        _, token = client.app.state.keys.create("anna", frozenset({"ask"}))  # type: ignore[attr-defined]
        client.headers["authorization"] = f"Bearer {token}"

        assert client.post("/v1/ask", json={"question": ASKED}).status_code == 200
        assert refused(client.delete("/v1/articles/2023/trip"), 403) == "the key 'anna' has the scope ask, not write"


def test_only_listed_pages_may_read_replies_in_a_browser(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, origins="https://news.example") as client:

        def allowed(origin: str) -> str | None:
            headers = {"origin": origin, "access-control-request-method": "POST"}
            return client.options("/v1/ask", headers=headers).headers.get("access-control-allow-origin")

        assert [allowed("https://news.example"), allowed("https://evil.example")] == ["https://news.example", None]
        reply = client.post("/v1/ask", json={"question": ASKED}, headers={"origin": "https://news.example"})
        assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (200, "https://news.example")

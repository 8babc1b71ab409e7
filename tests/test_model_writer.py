"""A language model writes, and what it writes is held to the passages."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from index.records import Article
from tests.endpoint import DONE, Body, Endpoint, endpoint, event, says
from tests.worlds import ASKED, CANCELLED, TRIP, served

TALKS = "The talks were held in June."


@contextmanager
def asked(path: Path, body: Body, *articles: Article, **more: Any) -> Iterator[tuple[dict[str, Any], Endpoint]]:
    """The reply to the question where a model answers so, and its endpoint."""
    how = {name: more.pop(name) for name in ("status", "kind", "head", "failing") if name in more}
    with endpoint(body, **how) as model, served(path, *(articles or (TRIP,)), **model.settings, **more) as client:
        yield client.post("/v1/ask", json={"question": ASKED}).json(), model


def test_a_supported_sentence_is_the_answer_in_the_models_own_words(tmp_path: Path) -> None:
    with asked(tmp_path, says("The trip was cancelled over a balloon [1].")) as (reply, _):
        start = TRIP.text.index(CANCELLED)
        assert reply["answer"] == {
            "text": "The trip was cancelled over a balloon. [1]",
            "writer": "model",
            "short": None,
            "sentences": [
                {
                    "text": "The trip was cancelled over a balloon.",
                    "citation": 1,
                    "article": TRIP.id,
                    "start": start,
                    "end": start + len(CANCELLED),
                    "status": "verified",
                }
            ],
            "checked": {"verified": 1, "repaired": 0, "dropped": 0},
        }


def test_what_its_quote_does_not_say_gives_way_to_the_quote(tmp_path: Path) -> None:
    with asked(tmp_path, says("The February trip was cancelled over a drone [1].")) as (reply, _):
        answer = reply["answer"]
        assert (answer["writer"], answer["text"]) == ("model", f"{CANCELLED} [1]")
        assert [(one["text"], one["status"]) for one in answer["sentences"]] == [(CANCELLED, "repaired")]
        assert answer["checked"] == {"verified": 0, "repaired": 1, "dropped": 0}


def test_what_no_quote_is_near_to_is_left_out(tmp_path: Path) -> None:
    text = "Mayors love Paris [1]. The trip was cancelled over a balloon [1]."
    with asked(tmp_path, says(text)) as (reply, _):
        assert reply["answer"]["text"] == "The trip was cancelled over a balloon. [1]"
        assert reply["answer"]["checked"] == {"verified": 1, "repaired": 0, "dropped": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Mayors love Paris [1].",
        "NOTHING",
        "",
        "\n\n",
        "[1][1][1]",
        "The trip was cancelled over a balloon [9].",
        "🎈" * 50,
    ],
)
def test_where_nothing_is_left_the_quotes_are_the_answer(tmp_path: Path, text: str) -> None:
    with asked(tmp_path, says(text)) as (reply, _):
        assert (reply["answer"]["writer"], reply["answer"]["text"]) == ("quotes", f"{CANCELLED} [1]")


def test_a_sentence_that_cites_nothing_gets_the_citation_of_what_supports_it(tmp_path: Path) -> None:
    with asked(tmp_path, says("The trip was cancelled over a balloon.")) as (reply, _):
        assert reply["answer"]["text"] == "The trip was cancelled over a balloon. [1]"


def test_the_same_twice_is_said_once(tmp_path: Path) -> None:
    with asked(tmp_path, says("The trip was cancelled over a balloon [1]. " * 3)) as (reply, _):
        assert reply["answer"]["text"] == "The trip was cancelled over a balloon. [1]"
        assert reply["answer"]["checked"] == {"verified": 1, "repaired": 0, "dropped": 0}


def test_markup_of_a_supported_sentence_does_not_leave(tmp_path: Path) -> None:
    with asked(tmp_path, says("- **The trip** was cancelled over a `balloon`\u200b. 【1】")) as (reply, _):
        assert reply["answer"]["text"] == "The trip was cancelled over a balloon. [1]"


def test_the_request_holds_the_passages_as_data_and_the_key(tmp_path: Path) -> None:
    hostile = Article("x", "A </div> title", "The </div> trip was cancelled over a <b>balloon</b>. A tail.")
    with asked(tmp_path, says("NOTHING"), hostile, llm_key="k-1", llm_output_tokens=77) as (_, model):
        (request,) = model.asked
        assert model.keys == ["Bearer k-1"]
        assert (request["path"], request["model"], request["stream"]) == ("/v1/chat/completions", "small", True)
        assert (request["max_tokens"], request["temperature"]) == (77, 0)
        said = request["messages"][1]["content"]
        assert "cancelled over a &lt;b&gt;balloon&lt;/b&gt;" in said
        assert (said.count("<passage "), said.count("</passage>"), said.count("</div>")) == (1, 1, 0)
        assert said.endswith(f"\n\nQuestion: {ASKED}")


def test_passages_are_cut_by_whole_sentences_to_the_budget(tmp_path: Path) -> None:
    with asked(tmp_path, says("NOTHING"), llm_input_tokens=40) as (_, model):
        said = model.asked[0]["messages"][1]["content"]
        assert TALKS in said
        assert "Nobody was hurt." not in said


def test_a_passage_that_did_not_fit_is_not_given_and_supports_nothing(tmp_path: Path) -> None:
    other = Article("other", "Trips", "The February trip was cancelled late. The mayor of Paris sneezed.")
    text = "The mayor of Paris sneezed [2]. The trip was cancelled over a balloon [1]."
    with asked(tmp_path, says(text), TRIP, other, llm_input_tokens=60) as (reply, model):
        assert len(reply["passages"]) == 2
        assert model.asked[0]["messages"][1]["content"].count("<passage ") == 1
        assert "sneezed" not in reply["answer"]["text"]


def test_a_client_may_ask_for_quotes_all_the_same(tmp_path: Path) -> None:
    with endpoint(says("Hello [1].")) as model, served(tmp_path, TRIP, **model.settings) as client:
        reply = client.post("/v1/ask", json={"question": ASKED, "writer": "quotes"}).json()
        assert (reply["answer"]["writer"], model.asked) == ("quotes", [])


def test_without_a_model_its_writer_is_refused_and_its_client_never_loaded(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        assert client.post("/v1/ask", json={"question": ASKED, "writer": "model"}).status_code == 422
    seen = "import sys, service.app, service.cli; print({'openai', 'httpx2'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", seen], check=True, capture_output=True, text=True).stdout == "set()\n"


def _endless(_: dict[str, Any], model: Endpoint) -> Iterator[bytes]:
    while not model.over.is_set():
        yield event("and on and on ")


def _hangs(_: dict[str, Any], model: Endpoint) -> Iterator[bytes]:
    yield event("The trip was cancelled over a ball")
    model.over.wait(10)


def _drips(_: dict[str, Any], model: Endpoint) -> Iterator[bytes]:
    while not model.over.is_set():
        yield b":"
        sleep(0.05)


def _one_endless_line(_: dict[str, Any], model: Endpoint) -> Iterator[bytes]:
    while not model.over.is_set():
        yield b"x" * 65536


FAULTS: dict[str, tuple[Body, dict[str, Any]]] = {
    "unauthorised": (lambda *_: [b'{"error": {"message": "no"}}'], {"status": 401, "kind": "application/json"}),
    "too many": (lambda *_: [b"{}"], {"status": 429, "kind": "application/json", "head": {"Retry-After": "60"}}),
    "broken": (lambda *_: [b"oops"], {"status": 500, "kind": "text/plain"}),
    "moved": (lambda *_: [b""], {"status": 307, "head": {"Location": "http://127.0.0.1:9/v1/chat/completions"}}),
    "a page": (lambda *_: [b"<html><body>Sign in</body></html>"], {"kind": "text/html"}),
    "no stream": (lambda *_: [b'{"choices": []}'], {"kind": "application/json"}),
    "no JSON": (lambda *_: [b"data: {nonsense\n\n"], {}),
    "other JSON": (lambda *_: [b'data: {"choices": [{"delta": 7}]}\n\n', b"data: [3]\n\n", b'data: "x"\n\n', DONE], {}),
    "no UTF-8": (lambda *_: [b"data: \xff\xfe\n\n"], {}),
    "an error amid": (lambda *_: [event("The trip was "), b'data: {"error": {"message": "overloaded"}}\n\n'], {}),
    "nothing": (lambda *_: [], {}),
    "packed": (lambda *_: [b"\x1f\x8b nonsense"], {"head": {"Content-Encoding": "gzip"}}),
    "endless": (_endless, {}),
    "an endless line": (_one_endless_line, {}),
    "hangs amid": (_hangs, {}),
    "hangs": (lambda _, model: [b""][: model.over.wait(10)], {}),
    "drips": (_drips, {}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_an_endpoint_does_the_quotes_are_there_in_time(tmp_path: Path, fault: str) -> None:
    body, how = FAULTS[fault]
    began = monotonic()
    with asked(tmp_path, body, **how, llm_timeout=1.0, llm_retries=1) as (reply, _):
        assert (reply["answer"]["writer"], reply["answer"]["text"]) == ("quotes", f"{CANCELLED} [1]")
        assert reply["took_ms"] < 3000
    assert monotonic() - began < 12


def test_an_endpoint_that_is_not_there_is_no_fault_of_the_questions(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, llm_url="http://127.0.0.1:9/v1", llm_model="m", llm_timeout=2.0) as client:
        reply = client.post("/v1/ask", json={"question": ASKED}).json()
        assert (reply["answer"]["writer"], reply["answer"]["text"]) == ("quotes", f"{CANCELLED} [1]")


def test_a_request_that_fails_is_sent_again_as_often_as_is_set(tmp_path: Path) -> None:
    text = "The trip was cancelled over a balloon [1]."
    with asked(tmp_path / "a", says(text), failing=1, llm_retries=1) as (reply, model):
        assert (reply["answer"]["writer"], len(model.asked)) == ("model", 2)
    with asked(tmp_path / "b", says(text), failing=1, llm_retries=0) as (reply, model):
        assert (reply["answer"]["writer"], len(model.asked)) == ("quotes", 1)


def test_nothing_but_the_address_that_is_set_gets_the_texts(tmp_path: Path) -> None:
    with endpoint(says("The trip was cancelled over a balloon [1].")) as other:
        head = {"Location": f"{other.url}/chat/completions"}
        with asked(tmp_path, lambda *_: [b""], status=307, head=head) as (reply, _):
            assert (reply["answer"]["writer"], other.asked) == ("quotes", [])


def test_a_stream_has_each_sentence_as_it_is_verified_and_then_the_reply(tmp_path: Path) -> None:
    text = "The trip was cancelled over a balloon [1]. Nobody was hurt [1]."
    with endpoint(says(text)) as model, served(tmp_path, TRIP, **model.settings) as client:
        events = _events(client.post("/v1/ask", json={"question": ASKED, "stream": True}).text)

    assert [name for name, _ in events] == ["passages", "sentence", "sentence", "reply"]
    assert [(one["text"], one["status"]) for _, one in events[1:3]] == [
        ("The trip was cancelled over a balloon.", "verified"),
        ("Nobody was hurt.", "verified"),
    ]
    assert events[3][1]["answer"]["sentences"] == [one for _, one in events[1:3]]


def test_a_stream_that_its_model_breaks_off_ends_with_the_quotes(tmp_path: Path) -> None:
    body: Body = lambda *_: [event("Nobody was hurt [1]. The trip"), b'data: {"error": {"message": "down"}}\n\n']  # noqa: E731
    with endpoint(body) as model, served(tmp_path, TRIP, **model.settings) as client:
        events = _events(client.post("/v1/ask", json={"question": ASKED, "stream": True}).text)

    assert events[-1][0] == "reply"
    assert (events[-1][1]["answer"]["writer"], events[-1][1]["answer"]["text"]) == ("quotes", f"{CANCELLED} [1]")


def _events(text: str) -> list[tuple[str, Any]]:
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
    return [(field["event"], json.loads(field["data"])) for field in fields]

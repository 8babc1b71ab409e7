import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.worlds import ASKED, CANCELLED, TRIP, served

LISTED = "- [1] [Talks in Beijing](<http://127.0.0.1:8000/articles/2023/trip>), The Times, 2023-06-18 (inferred)"
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("data"), TRIP, threshold=0.0) as one:
        yield one


def test_the_answer_is_a_message_with_its_sources_under_it(client: TestClient) -> None:
    asked = {"model": "footnote", "messages": [{"role": "user", "content": ASKED}], "temperature": 0.3}

    reply = client.post(CHAT, json=asked).json()

    said = reply["choices"][0]["message"]
    assert said["content"] == f"{CANCELLED} [1]\n\nSources:\n\n{LISTED}"
    [annotation] = [one["url_citation"] for one in said["annotations"]]
    assert said["content"][annotation["start_index"] : annotation["end_index"]] == CANCELLED
    assert (annotation["title"], annotation["url"]) == (
        "Talks in Beijing",
        "http://127.0.0.1:8000/articles/2023/trip",
    )
    assert [passage["article"]["id"] for passage in reply["citations"]] == ["2023/trip"]
    assert reply["footnote"]["verdict"] == "answered"


def test_a_stream_brings_the_same_in_pieces(client: TestClient) -> None:
    asked = {"messages": [{"role": "user", "content": [{"type": "text", "text": ASKED}]}]}
    whole = client.post(CHAT, json=asked).json()

    sent = client.post(CHAT, json={**asked, "stream": True, "stream_options": {"include_usage": True}})

    *pieces, done = [line.removeprefix("data: ") for line in sent.text.split("\n\n") if line]
    read = [json.loads(piece) for piece in pieces]
    deltas = [choice["delta"] for one in read for choice in one["choices"]]
    assert done == "[DONE]"
    assert "".join(delta.get("content", "") for delta in deltas) == whole["choices"][0]["message"]["content"]
    assert [delta["annotations"] for delta in deltas if "annotations" in delta] == [
        whole["choices"][0]["message"]["annotations"]
    ]
    assert read[-2]["citations"] == whole["citations"]
    assert read[-1]["usage"] == whole["usage"]


def test_a_question_after_others_is_understood_with_them(client: TestClient) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "When was the February trip cancelled?"},
        {"role": "assistant", "content": "Nothing in the archive answers this."},
        {"role": "user", "content": "and why?"},
    ]

    reply = client.post(CHAT, json={"messages": messages}).json()

    assert reply["footnote"]["understood_as"] == ASKED
    assert reply["choices"][0]["message"]["content"].startswith(f"{CANCELLED} [1]")


def test_housekeeping_prompts_are_answered_without_a_search(client: TestClient) -> None:
    history = "<chat_history>\nUSER: why was the February\ntrip cancelled?\nASSISTANT: A balloon. [1]\n</chat_history>"
    title = f'### Task:\nGenerate a concise title.\nJSON format: {{ "title": "your title" }}\n{history}'
    follow = f'### Task:\nSuggest questions.\nJSON format: {{ "follow_ups": ["Question 1?"] }}\n{history}'

    replies = [client.post(CHAT, json={"messages": [{"role": "user", "content": it}]}).json() for it in (title, follow)]

    said = [json.loads(reply["choices"][0]["message"]["content"]) for reply in replies]
    assert said == [{"title": "why was the February trip cancelled?"}, {"follow_ups": []}]
    assert "citations" not in replies[0]


def test_an_unknown_model_is_named(client: TestClient) -> None:
    reply = client.post(CHAT, json={"model": "gpt-9", "messages": [{"role": "user", "content": ASKED}]})

    assert (reply.status_code, reply.json()["detail"]) == (
        404,
        "model: there is no 'gpt-9'; there are footnote, footnote-fast",
    )
    assert [one["id"] for one in client.get("/v1/models").json()["data"]] == ["footnote", "footnote-fast"]

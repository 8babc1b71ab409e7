import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Client
from langchain_openai import ChatOpenAI
from openai import AuthenticationError, NotFoundError, OpenAI
from pydantic import SecretStr

from index.records import Article
from tests.worlds import ASKED, CANCELLED, TRIP, listening, served

LISTED = "- [1] [Talks in Beijing](<http://127.0.0.1:8000/articles/2023/trip>), The Times, 2023-06-18 (inferred)"
CHAT = "/v1/chat/completions"
HOSTILE = Article(
    id="a/(b)",
    title="Hail (again) | <b>bold</b> & [x](javascript:alert(1))\n😀 \u200fشتاء",
    text="The hailstones of the storm were as heavy as a pound each. They fell for an hour.",
    url="https://news.example/a_(b)?x=<y>",
)


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


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with listening(tmp_path_factory.mktemp("listening"), TRIP, HOSTILE, threshold=0.0) as url:
        yield f"{url}/v1"


@pytest.fixture
def openai(address: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=address, api_key="none") as client:
        yield client


def test_openais_own_client_reads_answer_annotations_and_passages(openai: OpenAI) -> None:
    reply = openai.chat.completions.create(
        model="footnote", messages=[{"role": "user", "content": ASKED}], temperature=0.2, max_tokens=100
    )

    said = reply.choices[0].message
    assert said.annotations is not None
    [place] = [one.url_citation for one in said.annotations]
    assert said.content is not None
    assert said.content[place.start_index : place.end_index] == CANCELLED
    assert place.title == "Talks in Beijing"
    assert reply.model_extra is not None
    assert reply.model_extra["citations"][0]["text"] in TRIP.text
    assert [one.id for one in openai.models.list()] == ["footnote", "footnote-fast"]


def test_openais_own_client_reads_a_stream(openai: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": ASKED}]
    whole = openai.chat.completions.create(model="footnote-fast", messages=messages)

    pieces = list(openai.chat.completions.create(model="footnote-fast", messages=messages, stream=True))

    said = [choice.delta.content or "" for piece in pieces for choice in piece.choices]
    assert "".join(said) == whole.choices[0].message.content
    assert f"{CANCELLED} [1]" in said
    assert pieces[-1].model_extra is not None
    assert pieces[-1].model_extra["footnote"]["verdict"] == "answered"


def test_langchain_reads_it_too_streamed_or_not(address: str) -> None:
    with Client() as http:
        chat = ChatOpenAI(base_url=address, api_key=SecretStr("none"), model="footnote", http_client=http)

        whole = chat.invoke(ASKED)

        assert str(whole.content).startswith(f"{CANCELLED} [1]")
        assert "".join(str(piece.content) for piece in chat.stream(ASKED)) == whole.content


def test_a_conversation_is_understood(openai: OpenAI) -> None:
    first = openai.chat.completions.create(model="footnote", messages=[{"role": "user", "content": ASKED}])
    messages: Any = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": ASKED},
        {"role": "assistant", "content": first.choices[0].message.content},
        {"role": "user", "content": "and when was it?"},
    ]

    then = openai.chat.completions.create(model="footnote", messages=messages)

    assert then.model_extra is not None
    assert "trip" in then.model_extra["footnote"]["understood_as"]


def test_hostile_titles_arrive_intact_and_inert(openai: OpenAI) -> None:
    reply = openai.chat.completions.create(
        model="footnote", messages=[{"role": "user", "content": "how heavy were the storm's hailstones?"}]
    )

    said = reply.choices[0].message
    assert said.annotations is not None
    assert said.annotations[0].url_citation.title == HOSTILE.title
    assert said.content is not None
    assert "](<https://news.example/a_%28b%29?x=%3Cy%3E>)" in said.content
    assert "\\[x\\]\\(javascript:alert(1))" in said.content


def test_a_key_is_asked_for_in_openais_way(tmp_path: Path) -> None:
    with (
        listening(tmp_path, TRIP, anonymous=False, api_key="s3cret") as url,
        OpenAI(base_url=f"{url}/v1", api_key="none") as stranger,
        OpenAI(base_url=f"{url}/v1", api_key="s3cret") as known,
    ):
        with pytest.raises(AuthenticationError, match="this key is not known here") as refused:
            stranger.models.list()
        with pytest.raises(NotFoundError):
            known.models.retrieve("gpt-9")
        assert next(iter(known.models.list())).id == "footnote"

    assert refused.value.code == "unauthorized"


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

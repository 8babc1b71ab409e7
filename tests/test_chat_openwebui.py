import json
from pathlib import Path

from index.records import Article
from service.chat.openwebui import sources
from service.schemas import AskReply
from tests.worlds import ASKED, CANCELLED, TRIP, served

OTHER = Article(id="other", title="Elsewhere", text="The March trip was a success.", url="https://press.example/a b")


def test_a_stream_names_the_passages_in_their_order_with_the_words_cited(tmp_path: Path) -> None:
    asked = {"messages": [{"role": "user", "content": ASKED}], "stream": True}
    with served(tmp_path, TRIP, OTHER, threshold=0.0) as client:
        sent = client.post("/v1/chat/completions", json=asked).text

    read = [json.loads(line.removeprefix("data: ")) for line in sent.split("\n\n") if line.startswith("data: {")]
    [chunk] = [one for one in read if "event" in one]
    assert "annotations" in chunk["choices"][0]["delta"]
    assert chunk["event"]["type"] == "source"
    assert chunk["event"]["data"]["document"] == [CANCELLED]
    assert chunk["event"]["data"]["metadata"] == [
        {"source": "http://127.0.0.1:8000/articles/2023/trip", "name": "Talks in Beijing", "external": True}
    ]


def test_the_nth_address_is_that_of_the_nth_passage_also_where_some_are_not_cited_or_of_one_article(
    tmp_path: Path,
) -> None:
    with served(tmp_path, TRIP, OTHER, threshold=0.0) as client:
        reply = AskReply.model_validate(client.post("/v1/ask", json={"question": ASKED}).json())
    assert reply.answer
    first, second = reply.passages
    again = first.model_copy(update={"citation": 3, "id": "cafe"})
    cited = reply.answer.sentences[0].model_copy(update={"citation": 3})
    reply = reply.model_copy(
        update={"passages": [first, second, again], "answer": reply.answer.model_copy(update={"sentences": [cited]})}
    )

    assert [one["source"] for one in sources(reply)["event"]["data"]["metadata"]] == [
        "http://127.0.0.1:8000/articles/2023/trip",
        "https://press.example/a%20b",
        "http://127.0.0.1:8000/articles/2023/trip#cafe",
    ]


def test_without_passages_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        reply = AskReply.model_validate(client.post("/v1/ask", json={"question": ASKED}).json())
    assert sources(reply) == {}

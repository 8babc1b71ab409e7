from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import NotFound
from index.folder import Index
from service import ask as story
from service.ask import Replied, Said, Searched, answering, ask
from service.schemas import Answer, AskReply, AskRequest
from service.settings import Settings
from service.writing.writer import Writing
from tests.worlds import ASKED, CANCELLED, TRIP, archive

GEESE = replace(TRIP, id="geese", text="Sixty geese crossed the frozen lake in January. It snowed.")
TWO = f"{ASKED} How many geese crossed the frozen lake?"


def told(index: Index, question: str = ASKED, *, threshold: float = 0.0, **request: Any) -> list[story.Event]:
    asked = AskRequest.model_validate({"question": question, **request})
    return list(answering(index, Settings(threshold=threshold), asked))


def untimed(reply: AskReply) -> dict[str, Any]:
    return reply.model_dump(exclude={"took_ms"})


def test_the_passages_come_first_then_each_sentence_then_the_whole_reply(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP, GEESE) as index:
        events = told(index, TWO)

    assert [type(event) for event in events] == [Searched, Said, Said, Replied]
    assert [event.sentence.text for event in events if isinstance(event, Said)] == [
        CANCELLED,
        "Sixty geese crossed the frozen lake in January.",
    ]


def test_what_comes_first_is_the_whole_reply_but_for_its_answer(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP, GEESE) as index:
        first, *_, last = told(index, TWO)

    assert isinstance(first, Searched)
    assert isinstance(last, Replied)
    assert last.reply.answer is not None
    assert untimed(first.reply) == {**untimed(last.reply), "answer": None}
    assert first.reply.took_ms <= last.reply.took_ms


def test_asking_gives_the_last_of_the_steps(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP, GEESE) as index:
        last = told(index, TWO)[-1]
        reply = ask(index, Settings(threshold=0.0), AskRequest(question=TWO))

    assert isinstance(last, Replied)
    assert untimed(reply) == untimed(last.reply)


@pytest.mark.parametrize("request_", [{"threshold": 1.0}, {"writer": "none"}])
def test_without_an_answer_nothing_is_said(tmp_path: Path, request_: dict[str, Any]) -> None:
    with archive(tmp_path, TRIP) as index:
        events = told(index, **request_)

    assert [type(event) for event in events] == [Searched, Replied]


def test_what_is_refused_is_refused_before_anything_is_told(tmp_path: Path) -> None:
    with archive(tmp_path, TRIP) as index, pytest.raises(NotFound):
        next(answering(index, Settings(), AskRequest(question=ASKED, collection="sport")))


def test_a_writer_may_put_the_answer_in_other_words_and_its_whole_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shouting(reply: AskReply, quoted: Answer) -> Writing:
        assert (reply.answer, reply.passages[0].article.id) == (None, "2023/trip")
        for sentence in quoted.sentences:
            yield sentence.model_copy(update={"text": sentence.text.upper()})
        yield quoted.model_copy(update={"text": "LOUD"})

    monkeypatch.setattr(story, "_writer", lambda *_: shouting)
    with archive(tmp_path, TRIP) as index:
        _, said, last = told(index)

    assert isinstance(said, Said)
    assert said.sentence.text == CANCELLED.upper()
    assert isinstance(last, Replied)
    assert last.reply.answer is not None
    assert last.reply.answer.text == "LOUD"


def test_closing_the_steps_stops_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[int] = []

    def endless(_: AskReply, quoted: Answer) -> Writing:
        said = 0
        try:
            while True:
                said += 1
                yield quoted.sentences[0]
        finally:
            stopped.append(said)

    monkeypatch.setattr(story, "_writer", lambda *_: endless)
    with archive(tmp_path, TRIP) as index:
        steps = answering(index, Settings(threshold=0.0), AskRequest(question=ASKED))
        for _ in range(3):
            next(steps)
        steps.close()

    assert stopped == [2]

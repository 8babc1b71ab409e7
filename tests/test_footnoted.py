from pathlib import Path

from service.schemas import AskReply
from service.writing.footnoted import footnoted
from tests.worlds import ASKED, CANCELLED, TRIP, served


def test_a_source_is_quoted_in_its_own_words_whoever_wrote_the_answer(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=0.0) as client:
        reply = AskReply.model_validate(client.post("/v1/ask", json={"question": ASKED}).json())
    assert reply.answer
    own = reply.answer.sentences[0].model_copy(update={"text": "A balloon put an end to it.", "status": "verified"})
    written = reply.answer.model_copy(update={"writer": "model", "sentences": [own]})

    shown = footnoted(reply.model_copy(update={"answer": written}))

    assert [line.text for line in shown.lines] == ["A balloon put an end to it."]
    assert [note.quotes for note in shown.notes] == [(CANCELLED,)]


def test_what_answers_nothing_is_quoted_by_its_best_sentence_or_whole(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=1.0) as client:
        reply = AskReply.model_validate(client.post("/v1/ask", json={"question": ASKED}).json())
    plain = reply.model_copy(update={"passages": [reply.passages[0].model_copy(update={"highlights": []})]})

    assert [note.quotes[0] for note in footnoted(reply).notes] == [CANCELLED]
    assert [note.quotes for note in footnoted(plain).notes] == [(reply.passages[0].text,)]

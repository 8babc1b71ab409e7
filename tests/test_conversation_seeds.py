"""Conversations over the sample articles with the packaged model: what is understood finds what was meant."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.folder import Index
from service.ask import ask
from service.opening import open_to_write, take_in
from service.schemas import AskRequest, Turn
from service.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds"
GZERO, TIMES, PALPAL, KOREA, HOPE = (
    "000_9e155a4a65a32bca",
    "001_06972adae79928ce",
    "002_b8e7e39d0ca13e8a",
    "003_dc6220cf6404607d",
    "004_01b42376bab70225",
)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Settings]]:
    settings = Settings(data=tmp_path_factory.mktemp("data"))
    with closing(open_to_write(settings)) as index:
        take_in(index, settings, [SEEDS])
        yield index, settings


@pytest.mark.parametrize(
    ("asked", "understood", "article", "words"),
    [
        (["When was the February trip cancelled?", "why?"], "why was the February trip cancelled?", TIMES, "balloon"),
        (
            ["What did the G7 say about Iran?", "and about the Middle East?"],
            "What did the G7 say about the Middle East?",
            GZERO,
            "two-state solution",
        ),
        (
            ["Who did Blinken meet in Seoul?", "What about New Delhi?"],
            "Who did Blinken meet in New Delhi?",
            GZERO,
            "Indian counterparts",
        ),
        (["who is lai ching-te", "which party does he belong to?"], None, GZERO, "Democratic Progressive Party"),
        (["What did Anna Ashton say?", "when will the next one be inaugurated?"], None, GZERO, "May"),
        (["Did Blinken meet Liu Jianchao?", "where?"], "where did Blinken meet Liu Jianchao?", KOREA, "Washington"),
        (
            ["What did Blinken discuss with Liu Jianchao?", "and with Yoko Kamikawa?"],
            "What did Blinken discuss with Yoko Kamikawa?",
            KOREA,
            "Kamikawa",
        ),
        (["Where did Jake Sullivan travel?", "who did he meet in Vienna?"], None, TIMES, "Vienna"),
        (["What did the DRC and Rwanda sign?", "and when?"], None, GZERO, "June 27"),
        (["How did Biden play down the balloon episode?", "who shot it down?"], None, TIMES, "balloon"),
        (["How much is Walmart investing?", "and how many jobs will it create?"], None, GZERO, "750,000"),
        (
            ["What did Blinken do in Beijing?", "and in Shanghai?"],
            "What did Blinken do in Shanghai?",
            PALPAL,
            "Shanghai",
        ),
    ],
)
def test_what_was_meant_is_found(
    seeds: tuple[Index, Settings], asked: list[str], understood: str | None, article: str, words: str
) -> None:
    index, settings = seeds
    history: list[Turn] = []
    for question in asked:
        reply = ask(index, settings, AskRequest(question=question, effort="fast", history=history))
        history.append(Turn(question=question, answer=reply.answer.text if reply.answer else None))

    assert understood in (None, reply.understood_as)
    found = [passage for passage in reply.passages[:2] if passage.article.id == article]
    assert [words for passage in found if words in passage.text][:1] == [words]

"""The same questions over every tool, with that tool's own client or verifier as the peer: the same citations in each.

The expectation is worked out from what ``POST /v1/ask`` replies; what each tool shows is read as its users read it.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client

from service.app import create_app
from service.settings import Settings
from service.terminal import inert
from service.writing.words import VERDICTS
from tests.browser import hosting
from tests.chat_tools import TOOLS, UNHURRIED, Service, Told, note
from tests.discord import discord
from tests.slack import slack
from tests.test_chat_mattermost import TOKEN
from tests.test_chat_teams import SECRET
from tests.test_streaming import running

pytestmark = pytest.mark.slow

SEEDS = Path(__file__).parent.parent / "seeds"
TITLE = (
    "Geese (again) | *so* `many` & <b>late</b>\n🎈 of \u200fשלום\u200e [x](https://evil.example) @everyone <!here> #1"
)
ADDED: dict[str, dict[str, Any]] = {
    "odd (1)/a b": {
        "title": TITLE,
        "text": "Sixty 🦢 geese, *all* of <them>, crossed the frozen lake & nobody | saw it.\r\n\r\nIt snowed.\n",
        "source": "The [Daily] *Goose* | <Post>",
        "published_at": "2024-01-05",
        "url": "https://example.org/odd_(1)?a=1&b=|",
    },
    "fair/2021": {
        "title": "Fair",
        "text": "In March the millers of Ostrow sold 40 barrels of cider at their fair.",
        "published_at": "2021-03-20",
    },
    "fair/2022": {
        "title": "Fair",
        "text": "In March the millers of Ostrow sold 75 barrels of cider at their fair.",
        "published_at": "2022-03-20",
    },
}
ANSWERED = [
    "why was the February trip cancelled?",
    "Who rejected Lloyd Austin's request for a meeting?",
    "At which place did Biden and Xi meet in November 2022?",
    "Why does Biden wish to meet Xi Jinping once again?",
    "Which troops must be withdrawn from eastern Congo within 90 days?",
    "How will Walmart create 750,000 new American jobs?",
    "Why did North Korea increase its missile tests?",
    "who is lai ching-te",
    "Which party does Lai Ching-te belong to?",
    "What did the G7 say about Iran?",
    "Who did Blinken meet in New Delhi?",
    "What did Blinken discuss with Yoko Kamikawa?",
    "Where did Jake Sullivan travel?",
    "What did the DRC and Rwanda sign?",
    "Who said that the US must stop interfering in China's internal affairs?",
    "how was the Chinese spy balloon over the US shot down",
    "What did Blinken do in Shanghai?",
    "What happened in November?",
    "Who did Blinken meet in October?",
    "how many geese crossed the frozen lake?",
]
OTHERWISE = [
    "Who did Blinken meet in Seoul, and what does a ticket to Mars cost?",
    "how many barrels of cider did the millers of Ostrow sell in March?",
    "why did Pompeo cancel his 2018 stopover in Beijing?",
    "Why did North Korea stop its missile tests?",
    "why is Walmart cutting 750,000 American jobs",
    "Why did Rwanda reject a peace accord in Washington?",
    "How will Walmart create 500,000 new American jobs?",
    "Why did Blinken cancel the June 2023 trip to Beijing?",
]
UNANSWERED = [
    "what is the boiling point of tungsten?",
    "who won the 1998 football world cup?",
    "how do I bake sourdough bread?",
    "what is the capital of Mongolia?",
    "who painted the Night Watch?",
    "when does the pharmacy on Main Street open?",
    "how many moons does Jupiter have?",
    "what did the mayor of Lisbon say about trams?",
    "which medicine helps against hay fever?",
    "what is the price of a used bicycle in Oslo?",
    "who wrote Moby-Dick?",
    "is tungsten | <copper> & *zinc* heavier than `tin` (again)?",
]
QUESTIONS = [*ANSWERED, *OTHERWISE, *UNANSWERED]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real application over the sample articles and some odd ones. Nothing hurries, so that all agree."""
    data = tmp_path_factory.mktemp("data")
    pages: dict[str, str] = {}
    with slack() as one, discord() as other, hosting(pages) as host, pytest.MonkeyPatch.context() as patched:
        patched.setattr("service.chat.teams.ANSWER_WITHIN_SECONDS", 120.0)
        patched.setattr("service.chat.mattermost.PATIENCE_SECONDS", 120.0)
        tools = {**one.settings, **other.settings, "teams_secret": SECRET, "mattermost_token": TOKEN}
        given = Settings(data=data, demo=True, seeds=SEEDS, rate=0, reader_ms=int(UNHURRIED), origins=(host,), **tools)
        with running(create_app(given)) as url, Client(base_url=url, timeout=60) as client:
            while client.get("/readyz").status_code != 200:
                time.sleep(0.1)
            for id, article in ADDED.items():
                assert client.put(f"/v1/articles/{id}", json=article).status_code == 201
            yield Service(data, url, one, other, host, pages)


@pytest.fixture(scope="module")
def replies(service: Service) -> list[dict[str, Any]]:
    return [service.post("/v1/ask", json={"question": question}) for question in QUESTIONS]


@pytest.fixture(scope="module")
def expected(replies: list[dict[str, Any]]) -> list[Told]:
    return [_expected(reply) for reply in replies]


def test_forty_questions_of_every_kind_are_asked(replies: list[dict[str, Any]]) -> None:
    verdicts = [reply["verdict"] for reply in replies]

    assert len(QUESTIONS) == 40
    assert verdicts[:20] == ["answered"] * 20
    assert verdicts[20:28] == ["partly_answered", "ambiguous", *["false_premise"] * 6]
    assert verdicts[28:] == ["not_in_archive"] * 12
    assert any(reply["answer"] and reply["answer"]["short"] for reply in replies)
    assert replies[19]["passages"][0]["article"]["title"] == TITLE


def test_every_quote_is_word_for_word_in_its_article(service: Service, replies: list[dict[str, Any]]) -> None:
    with Client(base_url=service.url) as client:
        texts = {one: client.get(f"/v1/articles/{one}").json()["text"] for one in _articles(replies)}

    for reply in replies:
        for one in reply["answer"]["sentences"] if reply["answer"] else []:
            assert texts[one["article"]][one["start"] : one["end"]] == one["text"]


def _articles(replies: list[dict[str, Any]]) -> set[str]:
    return {passage["article"]["id"] for reply in replies for passage in reply["passages"]}


def _expected(reply: dict[str, Any]) -> Told:
    answer = reply["answer"]
    said = [f"{one['text']} [{one['citation']}]" for one in answer["sentences"]] if answer else []
    if reply["readings"]:
        said = [f"{one['period']}: {one['text']} [{one['citation']}]" for one in reply["readings"]]
    heading = [VERDICTS[reply["verdict"]]] if reply["verdict"] != "answered" else []
    unsaid = "; ".join(f"“{part['text']}”" for part in reply["unsupported"])
    remarks = [f"The archive does not say: {unsaid}"] if unsaid else []
    cited = {one["citation"] for one in [*reply["readings"], *(answer["sentences"] if answer else [])]}
    shown = [one for one in reply["passages"] if one["citation"] in cited] if answer else reply["passages"][:3]
    return Told([inert(one) for one in [*heading, *said, *remarks]], [_noted(one, not answer) for one in shown])


def _noted(passage: dict[str, Any], is_quoted: bool) -> tuple[int, str, str]:
    article = passage["article"]
    date = article["published_at"] and article["published_at"] + (
        " (inferred)" if article["date_basis"] == "inferred" else ""
    )
    page = passage["page"] and f"page {passage['page']}"
    about = ", ".join(part for part in (article["title"], article["source"], date, page) if part)
    quote = (passage["highlights"] or [passage])[0]["text"] if is_quoted else ""
    return note(passage["citation"], f"{about}: “{quote}”" if is_quoted else about, passage["link"])


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_gives_the_same_numbers_links_and_quotes(service: Service, expected: list[Told], tool: str) -> None:
    told = TOOLS[tool](service, QUESTIONS)

    assert dict(zip(QUESTIONS, told, strict=True)) == dict(zip(QUESTIONS, expected, strict=True))

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from microsoft_teams.cards import AdaptiveCard, OpenUrlAction, RichTextBlock, TextRun

from index.records import Article, Span
from service.chat import late
from service.chat.desk import Desk
from service.chat.teams import asked
from service.chat.teams_card import MOST_BYTES, message
from service.terminal import inert
from service.writing.footnoted import Footnoted, Line, Note
from tests.worlds import ASKED, CANCELLED, TRIP, served

AT = "/chat/teams"
SECRET, OTHER = b64encode(b"k" * 32).decode(), b64encode(b"o" * 32).decode()
LINK = "http://127.0.0.1:8000/articles/2023/trip"
HOSTILE = Article(
    id="a/(b)",
    title="Hail (again) | <b>*bold*</b> & [x](javascript:alert(1))\n😀 \u200fشتاء @everyone",
    text="The hailstones of the storm were {{DATE(2017-02-14T06:00:00Z)}} as heavy as _a pound_ each.",
    url="https://news.example/a_(b)?x=<y>",
)
MODELS: dict[str, Any] = {
    "AdaptiveCard": AdaptiveCard,
    "RichTextBlock": RichTextBlock,
    "TextRun": TextRun,
    "Action.OpenUrl": OpenUrlAction,
}


def activity(text: str, id: str = "1", at: datetime | None = None, tenant: str = "t1") -> dict[str, Any]:
    return {
        "type": "message",
        "id": id,
        "timestamp": (at or datetime.now(UTC)).isoformat(),
        "serviceUrl": "https://smba.example/emea/",
        "channelId": "msteams",
        "from": {"id": "29:1", "name": "Anna"},
        "conversation": {"isGroup": True, "id": "19:c@thread.tacv2;messageid=1"},
        "text": f"<at>Footnote</at>&nbsp;{text}\n",
        "textFormat": "plain",
        "channelData": {"teamsChannelId": "19:c@thread.tacv2", "tenant": {"id": tenant}},
    }


def signed(sent: dict[str, Any] | bytes, secret: str = SECRET) -> dict[str, Any]:
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    code = b64encode(hmac.digest(b64decode(secret), body, "sha256")).decode()
    return {"content": body, "headers": {"Authorization": f"HMAC {code}", "Content-Type": "application/json"}}


def post(client: TestClient, sent: dict[str, Any] | bytes, secret: str = SECRET) -> Any:
    return client.post(AT, **signed(sent, secret))


def card(message: dict[str, Any]) -> dict[str, Any]:
    """The card of a message that Teams takes."""
    assert len(json.dumps(message, ensure_ascii=False).encode("utf-16-le")) <= 28 * 1024
    assert message["type"] == "message"
    [attachment] = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    content: dict[str, Any] = attachment["content"]
    check(content)
    return content


def check(element: object) -> None:
    """Everything in a card is what Microsoft's models know, with no field beside."""
    if isinstance(element, dict):
        if kind := element.get("type"):
            model = MODELS[kind].model_validate(element)
            assert not model.model_extra
        for value in element.values():
            check(value)
    if isinstance(element, list):
        for value in element:
            check(value)


def lines(message: dict[str, Any]) -> list[str]:
    """What is read, a line a block: text runs have no markup."""
    body = card(message)["body"]
    return ["".join(run["text"] for run in block["inlines"]) for block in body]


def runs(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [run for block in card(message)["body"] for run in block["inlines"]]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path, TRIP, HOSTILE, threshold=0.0, teams_secret=f"{OTHER},{SECRET}") as one:
        yield one


def test_a_mention_is_answered_by_a_card_with_its_sources(client: TestClient) -> None:
    reply = post(client, activity(ASKED))

    assert reply.status_code == 200
    assert lines(reply.json()) == [
        f"{CANCELLED} [1]",
        "Sources:",
        "[1] Talks in Beijing, The Times, 2023-06-18 (inferred)",
    ]
    [linked] = [run for run in runs(reply.json()) if "selectAction" in run]
    assert (linked["text"], linked["selectAction"]) == ("Talks in Beijing", {"type": "Action.OpenUrl", "url": LINK})
    assert reply.json()["summary"] == CANCELLED


def test_what_nothing_answers_is_said_with_the_nearest_passages(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=1.0, teams_secret=SECRET) as client:
        reply = post(client, activity(ASKED)).json()

    said = "Nothing in the archive answers this."
    assert lines(reply)[:2] == [said, "The nearest passages:"]
    assert lines(reply)[2].startswith(f"[1] Talks in Beijing, The Times, 2023-06-18 (inferred): “{CANCELLED}")
    assert (runs(reply)[0]["weight"], reply["summary"]) == ("Bolder", said)


def test_hostile_titles_and_texts_arrive_intact_and_inert(client: TestClient) -> None:
    reply = post(client, activity("how heavy were the storm's hailstones?")).json()

    said, _, source = lines(reply)
    assert said.replace("\u2060", "") == f"{HOSTILE.text} [1]"
    assert "{{" not in said
    assert source == f"[1] {inert(HOSTILE.title)}"
    [linked] = [run for run in runs(reply) if "selectAction" in run]
    assert linked["selectAction"]["url"] == "https://news.example/a_%28b%29?x=%3Cy%3E"


def test_the_few_words_that_answer_are_bold() -> None:
    line = Line("It was over a balloon.", 1, "February 2023: ", Span(7, 21))
    note = Note(1, "x", "Talks", "", "", None, "https://news.example/", ("…",))

    sent = message(Footnoted("", (line,), ("The archive does not say: “why”",), (note,)))

    assert [(run["text"], run.get("weight")) for run in runs(sent)[:5]] == [
        ("February 2023: ", None),
        ("It was ", None),
        ("over a balloon", "Bolder"),
        (".", None),
        (" [1]", None),
    ]
    assert lines(sent)[1] == "The archive does not say: “why”"


def test_what_is_too_long_is_cut_no_more_than_has_to_be() -> None:
    shown = [Line("é" * 3000, n) for n in range(1, 6)]
    notes = [Note(n, "x", "t" * 300, "p" * 300, "", None, "https://a.example/", ("q",)) for n in range(1, 6)]

    sent = message(Footnoted("", tuple(shown), (), tuple(notes)))

    size = len(json.dumps(sent, ensure_ascii=False).encode("utf-16-le"))
    assert MOST_BYTES - 100 < size <= MOST_BYTES
    assert [line[-5:] for line in lines(sent)[:5]] == [f"… [{n}]" for n in range(1, 6)]
    assert lines(sent)[6] == f"[1] {'t' * 300}, {'p' * 300}"


@pytest.mark.parametrize(
    ("html", "question"),
    [
        ("<at>Footnote</at> why?", "why?"),
        ("<p><at id='0'>Foot note</at>&nbsp;who met <at>Ana</at> there?</p>\n", "who met there?"),
        ("<div>is a &lt; b &amp; c?</div><div>really?</div>", "is a < b & c? really?"),
        ("is 1 < 2?<br/>or <b>not</b>", "is 1 < 2? or not"),
        ("<at>Footnote</at>", ""),
        ("", ""),
    ],
)
def test_the_mention_and_the_markup_are_not_asked(html: str, question: str) -> None:
    assert asked(html) == question


@given(st.text(st.sampled_from("ab <>/&;#x0at\"'=!-?[]\0\u200f😀"), max_size=40))
def test_whatever_is_sent_is_read(html: str) -> None:
    assert asked(f"<at>F</at>{html}").count("\n") == 0


def test_forged_and_stale_requests_are_refused(client: TestClient) -> None:
    right = signed(activity(ASKED))
    now = datetime.now(UTC)
    forged = [
        signed(activity(ASKED), b64encode(b"x" * 32).decode()),
        {**right, "content": right["content"].replace(b"trip", b"trap")},
        {**right, "headers": {"Authorization": right["headers"]["Authorization"].replace("HMAC", "Bearer")}},
        {**right, "headers": {"Authorization": "HMAC é".encode("latin-1")}},
        {"content": right["content"]},
    ]
    stale = [signed(activity(ASKED, at=now + timedelta(seconds=away))) for away in (-301, 360)]

    refused = [client.post(AT, **one) for one in (*forged, *stale)]

    assert [one.status_code for one in refused] == [401] * 7
    assert refused[0].json()["detail"] == "this is not signed with FOOTNOTE_TEAMS_SECRET"
    assert "more than 300 seconds ago" in refused[5].json()["detail"]
    assert client.post(AT, **right).status_code == 200


def test_what_comes_again_is_refused(client: TestClient) -> None:
    sent = signed(activity(ASKED))

    replies = [client.post(AT, **sent), client.post(AT, **sent), post(client, activity(ASKED, id="2"))]

    assert [one.status_code for one in replies] == [200, 409, 200]
    assert replies[1].json()["detail"] == "this was answered before"


def test_a_tenant_that_asks_too_often_is_told_so(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, rate=1, threshold=0.0, teams_secret=SECRET) as client:
        replies = [post(client, activity(ASKED, str(n), tenant=f"t{n // 2}")).json() for n in range(3)]

    assert lines(replies[0])[0] == lines(replies[2])[0] == f"{CANCELLED} [1]"
    assert lines(replies[1])[0].startswith("You have asked 1 times within a minute.")


def test_who_would_wait_too_long_is_told_in_time_where_the_answer_will_stand(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = Event()
    ask = Desk.ask
    monkeypatch.setattr("service.chat.teams.ANSWER_WITHIN_SECONDS", 0.05)
    monkeypatch.setattr("service.chat.desk.Desk.ask", lambda *given, **more: go.wait(20) and ask(*given, **more))

    reply = post(client, activity(ASKED)).json()
    said, link = lines(reply)
    before = eventually(client, link, late.WORKING)
    go.set()
    after = eventually(client, link, CANCELLED)
    moment = time.time()
    monkeypatch.setattr("service.answers.time", lambda: moment + 3601)
    gone = client.get(link)

    assert said == late.TOO_LONG.format("Teams")
    assert runs(reply)[1]["selectAction"] == {"type": "Action.OpenUrl", "url": link}
    assert ASKED in before
    assert ASKED in after
    assert gone.status_code == 404


def eventually(client: TestClient, link: str, words: str) -> str:
    """The page, once it says so."""
    began = time.monotonic()
    while words not in (page := client.get(link).text):
        assert time.monotonic() - began < 20, page
        time.sleep(0.02)
    return page


def test_a_question_that_is_too_long_or_none_is_told_so(client: TestClient) -> None:
    empty, long = post(client, activity("")).json(), post(client, activity("x" * 2001, "2")).json()

    assert lines(empty)[0].startswith("Ask me something")
    assert "at most 2,000 characters" in lines(long)[0]


def test_what_is_null_counts_as_left_out(client: TestClient) -> None:
    reply = post(client, {**activity(ASKED), "conversation": None, "channelData": {"tenant": None}})

    assert lines(reply.json())[0] == f"{CANCELLED} [1]"


def test_what_is_no_activity_is_a_clear_problem(client: TestClient) -> None:
    undated = {name: value for name, value in activity(ASKED).items() if name != "timestamp"}

    replies = [post(client, one) for one in (b"no json", undated, {**activity(ASKED), "id": ""})]

    assert [one.status_code for one in replies] == [422] * 3
    assert [one.json()["detail"].partition(":")[0] for one in replies] == ["the body is not JSON", "timestamp", "id"]


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    assert post(client, b" " * (2**20 + 1)).status_code == 413


def test_without_the_secret_it_says_what_to_set(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        reply = client.post(AT, content=json.dumps(activity(ASKED)))

    assert (reply.status_code, reply.json()["detail"]) == (
        404,
        "Teams is not set up here: FOOTNOTE_TEAMS_SECRET is not set",
    )

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier
from time import perf_counter, time
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from index.records import Article
from service.chat.desk import BUSY, HELP
from service.chat.later import Later
from service.chat.offers import TOO_OLD
from tests.slack import (
    APP,
    BOT,
    FORM,
    JSON,
    TOKEN,
    Slack,
    button,
    command,
    happened,
    mention,
    pressed,
    signed,
    slack,
    words,
)
from tests.worlds import ASKED, CANCELLED, TRIP, listening, served

AT = "/chat/slack"
LINK = "<http://127.0.0.1:8000/articles/2023/trip|Talks in Beijing>"
SOURCE = f"[1] {LINK}, The Times, 2023-06-18 (inferred)"
HOSTILE_TITLE = "A (b) | c & <d> \n🎈 \u200fשלום *bold* _it_ <!channel> @here :smile:"


@pytest.fixture
def peer() -> Iterator[Slack]:
    with slack() as one:
        yield one


def post(client: TestClient, body: bytes, kind: str = FORM, **how: Any) -> Any:
    return client.post(AT, **signed(body, kind, **how))


def test_a_slash_command_is_acknowledged_and_answered_to_who_asked_with_its_sources(
    tmp_path: Path, peer: Slack
) -> None:
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        acknowledged = post(client, command(ASKED, peer.response_url()))
        [sent] = peer.sent(1)

    assert (acknowledged.status_code, acknowledged.content) == (200, b"")
    assert (sent["path"], sent["response_type"]) == ("/commands/1", "ephemeral")
    assert words(sent) == [f"{CANCELLED} [1]", "Sources:", SOURCE]
    assert sent["text"] == f"{CANCELLED} [1]"
    assert "unfit" not in sent
    assert sent["unfurl_links"] is False


def test_a_mention_is_answered_in_a_thread_under_it(tmp_path: Path, peer: Slack) -> None:
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        acknowledged = post(client, happened(mention(ASKED)), JSON)
        [sent] = peer.sent(1)

    assert acknowledged.status_code == 200
    assert (sent["path"], sent["channel"], sent["thread_ts"]) == ("/api/chat.postMessage", "C1", "100.1")
    assert words(sent) == [f"{CANCELLED} [1]", "Sources:", SOURCE]
    assert "unfit" not in sent


def test_in_a_thread_a_question_is_understood_after_what_was_asked_there(tmp_path: Path, peer: Slack) -> None:
    peer.threads["90.1"] = [
        {"type": "message", "user": "U7", "text": "good morning, did anybody see Cairo?", "ts": "90.1"},
        {"type": "message", "user": "U1", "text": f"<@{BOT}> {ASKED}", "ts": "90.2"},
        {"type": "message", "user": BOT, "app_id": APP, "bot_id": "B1", "text": f"{CANCELLED} [1]", "ts": "90.3"},
        {"type": "message", "user": "U1", "text": f"<@{BOT}> why?", "ts": "90.4"},
    ]
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        post(client, happened(mention("and in March?", "90.4", thread_ts="90.1")), JSON)
        [answer] = peer.sent(1)
        post(client, pressed(button(answer), peer.response_url("2"), container={"thread_ts": "90.1"}))
        link = peer.sent(2)[1]
        page = client.get(re.findall(r"/a/[\w-]+", link["text"])[0])

    assert answer["thread_ts"] == "90.1"
    assert (link["thread_ts"], link["response_type"]) == ("90.1", "in_channel")
    assert "why was the March trip cancelled?" in page.text


def test_a_direct_message_is_answered_where_a_thread_can_not_be_read(tmp_path: Path, peer: Slack) -> None:
    said = {"type": "message", "channel_type": "im", "user": "U1", "text": ASKED, "channel": "D1", "ts": "5.2"}
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        post(client, happened({**said, "thread_ts": "5.1"}), JSON)
        [sent] = peer.sent(1)

    assert (sent["channel"], sent["thread_ts"], words(sent)[0]) == ("D1", "5.1", f"{CANCELLED} [1]")


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"type": "message", "channel_type": "channel"},
        {"type": "reaction_added"},
        {"user": None},
    ],
)
def test_what_bots_say_and_what_was_not_said_to_us_is_not_answered(
    tmp_path: Path, peer: Slack, more: dict[str, Any]
) -> None:
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        assert post(client, happened({**mention("who?"), **more}), JSON).status_code == 200
        post(client, happened(mention(ASKED), "Ev2"), JSON)
        [sent] = peer.sent(1)

    assert len(peer.posts) == 1
    assert words(sent)[0] == f"{CANCELLED} [1]"


def test_slack_may_try_the_address(tmp_path: Path, peer: Slack) -> None:
    with served(tmp_path, TRIP, **peer.settings) as client:
        reply = post(client, json.dumps({"type": "url_verification", "challenge": "3eZb"}).encode(), JSON)
        checked = post(client, b"ssl_check=1&token=x")

    assert reply.json() == {"challenge": "3eZb"}
    assert checked.status_code == 200


def test_a_retry_is_not_answered_twice_whichever_process_it_comes_to(tmp_path: Path, peer: Slack) -> None:
    asked, typed = happened(mention(ASKED)), command(ASKED, peer.response_url())
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        for body, kind in [(asked, JSON), (typed, FORM), (asked, JSON), (typed, FORM)]:
            assert post(client, body, kind).status_code == 200
        peer.sent(2)
    with served(tmp_path, threshold=0.0, **peer.settings) as client:
        again = signed(asked, JSON)
        retry = client.post(AT, **{**again, "headers": again["headers"] | {"X-Slack-Retry-Num": "1"}})
        post(client, happened(mention("what else?"), "Ev2"), JSON)
        peer.sent(3)

    assert retry.status_code == 200
    assert sorted(sent["path"] for sent in peer.posts) == [
        "/api/chat.postMessage",
        "/api/chat.postMessage",
        "/commands/1",
    ]


def test_what_is_forged_or_stale_is_refused_before_it_is_read(tmp_path: Path, peer: Slack) -> None:
    body, now = command(ASKED, peer.response_url()), time()
    good = signed(body, FORM)
    with served(tmp_path, TRIP, **peer.settings) as client:
        refused = [
            client.post(AT, content=body, headers={"Content-Type": FORM}),
            client.post(AT, content=body + b"&x=1", headers=good["headers"]),
            post(client, body, secret="another"),
            post(client, body, at=now - 301),
            post(client, body, at=now + 360),
            post(client, b"{ no JSON", JSON, secret="another"),
            client.post(AT, content=body, headers=good["headers"] | {"X-Slack-Signature": "v0=é".encode("latin-1")}),
            client.post(AT, content=body, headers=good["headers"] | {"X-Slack-Request-Timestamp": "now"}),
        ]
        oversized = post(client, body + b"&x=" + b"1" * 2**20)
        kept_waiting = post(client, body, at=now - 290)
        peer.sent(1)

    assert [reply.status_code for reply in refused] == [401] * 8
    assert refused[3].json()["detail"] == "this was signed more than 300 seconds ago, or the clocks differ"
    assert refused[2].json()["detail"] == "this is not signed with FOOTNOTE_SLACK_SIGNING_SECRET"
    assert (oversized.status_code, kept_waiting.status_code, len(peer.posts)) == (413, 200, 1)


def test_where_it_is_not_set_up_it_says_so(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        reply = post(client, command(ASKED, "https://hooks.slack.com/1"))

    assert reply.status_code == 404
    assert reply.json()["detail"] == "Slack is not set up here: FOOTNOTE_SLACK_SIGNING_SECRET is not set"


def test_what_the_archive_does_not_say_is_said_with_what_is_nearest(tmp_path: Path, peer: Slack) -> None:
    with served(tmp_path, TRIP, threshold=1.0, **peer.settings) as client:
        post(client, command(ASKED, peer.response_url()))
        [sent] = peer.sent(1)

    assert words(sent) == [
        "Nothing in the archive answers this.",
        "The nearest passages:",
        f"[1] {LINK}, The Times, 2023-06-18 (inferred): “{CANCELLED}”",
    ]
    assert "actions" not in [block["type"] for block in sent["blocks"]]
    assert "unfit" not in sent


def test_a_hostile_title_arrives_whole_and_calls_and_formats_nothing(tmp_path: Path, peer: Slack) -> None:
    url = "https://example.org/a(b)|c>d&e"
    article = Article(
        id="x", title=HOSTILE_TITLE, text=f"{CANCELLED} <!here> *Nobody* was _hurt_.", url=url, source="A|B"
    )
    with served(tmp_path, article, threshold=0.0, **peer.settings) as client:
        post(client, command(ASKED, peer.response_url()))
        [sent] = peer.sent(1)

    [link] = re.findall(r"<([^<>]*)>", "\n".join(words(sent)))
    target, _, title = link.partition("|")
    assert target == "https://example.org/a%28b%29%7Cc%3Ed&amp;e"
    shown = title.replace("\u200b", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == " ".join(HOSTILE_TITLE.split())
    assert "\u200b*\u200bbold\u200b*\u200b" in title
    assert ":\u200bsmile:" in title
    assert "unfit" not in sent


def test_an_answer_is_kept_as_it_stands_and_its_link_shared_once(tmp_path: Path, peer: Slack) -> None:
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        post(client, command(ASKED, peer.response_url()))
        value = button(peer.sent(1)[0])
        post(client, pressed(value, peer.response_url("2")))
        shared = peer.sent(2)[1]
        post(client, pressed(value, peer.response_url("3"), trigger="9.2"))
        again = peer.sent(3)[2]
        post(client, pressed("unknown", peer.response_url("4"), trigger="9.3"))
        unknown = peer.sent(4)[3]
        page = client.get(f"/a/{value}")
        client.delete(f"/v1/answers/{value}")
        post(client, pressed(value, peer.response_url("5"), trigger="9.4"))
        revoked = peer.sent(5)[4]

    link = f"http://127.0.0.1:8000/a/{value}"
    assert (shared["text"], shared["response_type"]) == (f"<@U2> shares an answer: <{link}>", "in_channel")
    assert (shared["unfurl_links"], shared["replace_original"]) == (True, False)
    assert (again["text"], again["response_type"]) == (f"This answer is kept already: {link}", "ephemeral")
    assert (unknown["text"], revoked["text"]) == (TOO_OLD, TOO_OLD)
    assert page.status_code == 200
    assert CANCELLED in page.text


def test_who_asks_too_often_or_too_much_or_nothing_is_told_alone(tmp_path: Path, peer: Slack) -> None:
    with served(tmp_path, TRIP, threshold=0.0, rate=1, **peer.settings) as client:
        nothing, helped = (post(client, command(text, peer.response_url())) for text in ("  ", "Help"))
        post(client, command("x" * 2001, peer.response_url("2"), "1.2"))
        peer.sent(1)
        post(client, happened(mention(ASKED, thread_ts="90.1")), JSON)
        peer.sent(2)
        post(client, happened(mention("")), JSON)

    assert nothing.json() == helped.json() == {"response_type": "ephemeral", "text": HELP}
    too_much, too_often = peer.posts
    assert too_much["text"] == "A question has at most 2,000 characters, and this one has 2,001."
    assert (too_often["path"], too_often["user"], too_often["thread_ts"]) == ("/api/chat.postEphemeral", "U1", "90.1")
    assert too_often["text"] == "You have asked 1 times within a minute. Please ask again in 60 s."


def test_of_two_hundred_at_once_none_is_lost_and_each_is_acknowledged_in_time(tmp_path: Path, peer: Slack) -> None:
    def ask(number: int) -> tuple[int, float]:
        body = command(f"{ASKED} {number}", peer.response_url(str(number)), trigger=f"1.{number}")
        request = signed(body, FORM)
        together.wait()
        began, connection = perf_counter(), HTTPConnection(urlsplit(address).netloc, timeout=30)
        connection.request("POST", AT, request["content"], request["headers"])
        status = connection.getresponse().status
        connection.close()
        return status, perf_counter() - began

    together = Barrier(200, timeout=30)

    with listening(tmp_path, TRIP, threshold=0.0, rate=0, **peer.settings) as address, ThreadPoolExecutor(200) as many:
        acknowledged = list(many.map(ask, range(200)))
        sent = peer.sent(200, within=60)

    assert {status for status, _ in acknowledged} == {200}
    assert max(seconds for _, seconds in acknowledged) < 3
    assert sorted(one["path"] for one in sent) == sorted(f"/commands/{number}" for number in range(200))
    assert {words(one)[0] for one in sent} == {f"{CANCELLED} [1]"}


def test_where_too_many_wait_each_is_told_so(tmp_path: Path, peer: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.chat.desk.Later", lambda: Later(threads=1, most=1))
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        with peer.changed:
            # The peer takes nothing until this lock is let go, and the first answer keeps the only thread.
            first = post(client, command(ASKED, peer.response_url()))
            second = post(client, command(ASKED, peer.response_url("2"), "1.2"))
            third = post(client, happened(mention(ASKED)), JSON)
            fourth = post(client, happened(mention(ASKED), "Ev2"), JSON)
        peer.sent(2)

    assert first.content == b""
    assert second.json() == {"response_type": "ephemeral", "text": BUSY}
    assert (third.status_code, fourth.status_code, fourth.json()["detail"]) == (200, 503, BUSY)
    told = {one["path"]: one["text"] for one in peer.posts}
    assert told == {"/commands/1": f"{CANCELLED} [1]", "/api/chat.postEphemeral": BUSY}


def test_what_slack_does_not_take_at_once_is_sent_again(tmp_path: Path, peer: Slack) -> None:
    peer.refusals = [429, 500]
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        post(client, happened(mention(ASKED)), JSON)
        [sent] = peer.sent(1)

    assert words(sent)[0] == f"{CANCELLED} [1]"


def test_what_slack_refuses_is_logged_without_the_token(
    tmp_path: Path, peer: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    with served(tmp_path, TRIP, threshold=0.0, **{**peer.settings, "slack_bot_token": None}) as client:
        post(client, happened(mention(ASKED)), JSON)
    peer.refusals = [403]
    with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        post(client, happened(mention(ASKED), "Ev2"), JSON)

    assert "chat.postMessage is not called: FOOTNOTE_SLACK_BOT_TOKEN is not set" in caplog.text
    assert "Slack's chat.postMessage could not be sent: it answered 403" in caplog.text
    assert TOKEN not in caplog.text

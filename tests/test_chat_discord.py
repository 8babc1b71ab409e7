import json
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest
from discord_interactions import InteractionResponseFlags, InteractionResponseType, InteractionType, verify_key
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from index.records import Article, Span
from service.chat.discord_embed import LONGEST_EMBED, escaped, message
from service.chat.offers import TOO_OLD
from service.terminal import inert
from service.writing.footnoted import Footnoted, Line, Note
from tests.discord import PUBLIC_KEY, Discord, command, discord, interaction, pressed, refuse_unfit, shown, signed
from tests.worlds import ASKED, CANCELLED, TRIP, served

AT = "/chat/discord"
LINK = "http://127.0.0.1:8000/articles/2023/trip"
HOSTILE = Article(
    id="a/(b)",
    title="1. Hail (again) | <b>*bold*</b> & [x](https://evil.example)\n😀 \u200fشتاء @everyone <@42> :smile: `c`",
    text="# The hailstones of the storm were @here as heavy as [a pound](https://evil.example) each.",
    url="https://news.example/a_(b)?x=<y>&z=|",
)
TEXTS = st.text(st.sampled_from("ab 1.)(#*_`~[]<>&;|\\!-+=@:/\n\t\u202e\u200f😀é"), max_size=30)


@pytest.fixture
def peer() -> Iterator[Discord]:
    with discord() as one:
        yield one


@pytest.fixture
def client(tmp_path: Path, peer: Discord) -> Iterator[TestClient]:
    with served(tmp_path, TRIP, HOSTILE, threshold=0.0, **peer.settings) as one:
        yield one


def post(client: TestClient, sent: dict[str, Any] | bytes, **how: Any) -> Any:
    return client.post(AT, **signed(sent, **how))


def test_a_ping_is_answered(client: TestClient) -> None:
    nulls: list[dict[str, Any]] = [{}, {"user": None, "data": None}]
    replies = [post(client, interaction(InteractionType.PING, **more)) for more in nulls]

    assert {reply.status_code for reply in replies} == {200}
    assert [reply.json() for reply in replies] == [{"type": InteractionResponseType.PONG}] * 2


def test_a_command_is_acknowledged_and_the_answer_put_there_with_its_sources(client: TestClient, peer: Discord) -> None:
    reply = post(client, command(ASKED))
    [sent] = peer.sent(1)

    assert reply.json() == {"type": InteractionResponseType.DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE}
    assert "unfit" not in sent
    [embed] = sent["embeds"]
    assert shown(embed["description"]).text == f"{CANCELLED} [1]\n\nSources:"
    [source] = embed["fields"]
    assert shown(source["name"]).text == "[1] Talks in Beijing"
    assert shown(source["value"]) == ("The Times, 2023-06-18 (inferred) · Open", [], [LINK])


def test_what_nothing_answers_is_said_with_the_nearest_passages(tmp_path: Path, peer: Discord) -> None:
    with served(tmp_path, TRIP, threshold=1.0, **peer.settings) as client:
        post(client, command(ASKED))
        [sent] = peer.sent(1)

    [embed] = sent["embeds"]
    said = "Nothing in the archive answers this."
    assert shown(embed["description"]) == (f"{said}\n\nThe nearest passages:", [said], [])
    assert f"“{CANCELLED}" in shown(embed["fields"][0]["value"]).text
    assert sent["components"] == []
    assert "unfit" not in sent


def test_hostile_titles_and_texts_arrive_intact_and_inert(client: TestClient, peer: Discord) -> None:
    post(client, command("how heavy were the storm's hailstones?"))
    [sent] = peer.sent(1)

    [embed] = sent["embeds"]
    assert "unfit" not in sent
    assert shown(embed["fields"][0]["name"]).text == f"[1] {inert(HOSTILE.title)}"
    assert shown(embed["description"]).text == f"{HOSTILE.text} [1]\n\nSources:"
    assert shown(embed["fields"][0]["value"]).links == ["https://news.example/a_%28b%29?x=%3Cy%3E&z=%7C"]


@given(TEXTS)
def test_whatever_a_text_holds_it_is_shown_and_nothing_of_it_is_markup(text: str) -> None:
    assert shown(escaped(text)) == (inert(text), [], [])


def test_the_few_words_that_answer_are_bold() -> None:
    line = Line("It was *over* a balloon, all agree.", 1, short=Span(7, 22))
    note = Note(1, "x", "Talks", "", "", None, "https://news.example/", ("…",))

    sent = message(Footnoted("", (line,), (), (note,)), None)

    said = shown(sent["embeds"][0]["description"])
    assert said == ("It was *over* a balloon, all agree. [1]\n\nSources:", ["*over* a balloon"[:15]], [])
    assert sent["embeds"][0]["fields"] == [
        {"name": "\\[1\\] Talks", "value": "[Open](https://news.example/)", "inline": False}
    ]


def test_what_is_too_long_is_cut_no_more_than_has_to_be() -> None:
    lines = tuple(Line(f"{n}" * 3000, 1 + n % 5, short=Span(2990, 3000)) for n in range(3))
    notes = tuple(Note(n, "x", "*" * 300, "p" * 2000, "", None, "https://a.example/", ("q",)) for n in range(1, 31))

    embed = message(Footnoted("", lines, (), notes), "x" * 22)["embeds"][0]

    refuse_unfit(message(Footnoted("", lines, (), notes), "x" * 22))
    assert len(embed["fields"]) == 25
    total = len(embed["description"]) + sum(len(one["name"] + one["value"]) for one in embed["fields"])
    assert LONGEST_EMBED - 200 < total <= LONGEST_EMBED
    assert embed["description"].count("…") == 3


def test_a_link_that_is_too_long_is_left_out_and_its_source_is_not() -> None:
    note = Note(1, "x", "Talks", "The Times", "2023", None, "https://a.example/" + "b" * 1000, ("q",))

    [field] = message(Footnoted("Nothing.", (), (), (note,)), None)["embeds"][0]["fields"]

    assert (field["name"], field["value"]) == ("\\[1\\] Talks", "The Times, 2023\n“q”")


def test_a_button_keeps_the_answer_and_shares_its_link(client: TestClient, peer: Discord) -> None:
    post(client, command(ASKED))
    [answer] = peer.sent(1)
    [button] = answer["components"][0]["components"]

    reply = post(client, pressed(button["custom_id"]))
    [_, shared] = peer.sent(2)

    assert reply.json() == {"type": InteractionResponseType.DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE}
    said, link = shared["content"].split(": ", 1)
    assert said == "<@42> shares an answer"
    assert link.startswith("http://127.0.0.1:8000/a/")
    assert CANCELLED in client.get(link).text
    assert "unfit" not in shared


def test_an_answer_that_was_never_offered_can_not_be_kept(client: TestClient, peer: Discord) -> None:
    post(client, pressed("keep " + "x" * 22))
    [sent] = peer.sent(1)

    assert shown(sent["content"]).text == TOO_OLD


def test_what_comes_again_is_not_answered_twice(client: TestClient, peer: Discord) -> None:
    for id in ("1", "1", "2", "1"):
        post(client, command(ASKED, id))
    post(client, command("how heavy were the storm's hailstones?", "3"))

    assert len(peer.sent(3)) == 3
    client.app.state.desk.later.stop()  # type: ignore[attr-defined]
    assert len(peer.patches) == 3


def test_a_reply_that_discord_does_not_know_yet_is_sent_again(client: TestClient, peer: Discord) -> None:
    peer.refusals += [404, 429]

    post(client, command(ASKED))

    assert shown(peer.sent(1)[0]["embeds"][0]["description"]).text.startswith(CANCELLED)


def test_a_guild_that_asks_too_often_is_told_so(tmp_path: Path, peer: Discord) -> None:
    with served(tmp_path, TRIP, rate=1, **peer.settings) as client:
        post(client, command(ASKED, "1"))
        peer.sent(1)
        post(client, command(ASKED, "2"))
        post(client, command(ASKED, "3", guild_id="78"))
        sent = peer.sent(3)

    answered, refused = sorted(sent[1:], key=lambda one: str(one["content"]))
    assert shown(answered["embeds"][0]["fields"][0]["name"]).text == "[1] Talks in Beijing"
    assert shown(refused["content"]).text.startswith("You have asked 1 times within a minute.")


def test_a_question_that_is_too_long_or_none_is_told_so(client: TestClient, peer: Discord) -> None:
    empty = post(client, command("  "))
    post(client, command("x" * 2001))
    [sent] = peer.sent(1)

    assert empty.json()["type"] == InteractionResponseType.CHANNEL_MESSAGE_WITH_SOURCE
    assert empty.json()["data"]["flags"] == InteractionResponseFlags.EPHEMERAL
    assert empty.json()["data"]["content"].startswith("Ask me something")
    assert "at most 2,000 characters" in shown(sent["content"]).text


def test_forged_and_stale_requests_are_refused(client: TestClient, peer: Discord) -> None:
    right = signed(command(ASKED))
    head = right["headers"]
    forged = [
        signed(command(ASKED), key=SigningKey(b"\1" * 32)),
        {**right, "content": right["content"].replace(b"trip", b"trap")},
        {**right, "headers": {**head, "X-Signature-Ed25519": "zz"}},
        {**right, "headers": {**head, "X-Signature-Timestamp": str(int(head["X-Signature-Timestamp"]) + 1)}},
        {"content": right["content"]},
    ]
    stale = [signed(command(ASKED), time() - 301), signed(command(ASKED), time() + 360)]

    refused = [client.post(AT, **one) for one in forged]
    late = [client.post(AT, **one) for one in stale]

    assert [one.status_code for one in (*refused, *late)] == [401] * 7
    assert {one.json()["detail"].split(" ")[2] for one in refused} == {"not"}
    assert "more than 300 seconds ago" in late[0].json()["detail"]
    for one in forged[:4]:
        sent = {name.lower(): value for name, value in one["headers"].items()}
        assert not verify_key(one["content"], sent["x-signature-ed25519"], sent["x-signature-timestamp"], PUBLIC_KEY)
    assert peer.patches == []


def test_what_is_no_interaction_of_ours_is_a_clear_problem(client: TestClient) -> None:
    replies = [
        post(client, one)
        for one in (
            b"no json",
            interaction(4),
            pressed("other"),
            {**command(ASKED), "token": "../../users/@me"},
            {**command(ASKED), "application_id": "1/2"},
        )
    ]

    assert [one.status_code for one in replies] == [422] * 5
    assert [one.json()["detail"].partition(":")[0] for one in replies] == [
        "the body is not JSON", "type", "type", "token", "application_id",
    ]  # fmt: skip


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    assert post(client, b" " * (2**20 + 1)).status_code == 413


def test_without_the_public_key_it_says_what_to_set(tmp_path: Path) -> None:
    with served(tmp_path, TRIP) as client:
        reply = client.post(AT, content=json.dumps(interaction(1)))

    assert (reply.status_code, reply.json()["detail"]) == (
        404,
        "Discord is not set up here: FOOTNOTE_DISCORD_PUBLIC_KEY is not set",
    )

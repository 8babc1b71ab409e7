"""Follow-ups in tools that do not tell what was said before."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.ask import ask
from service.schemas import AskReply
from tests import discord, slack
from tests.test_chat_mattermost import TOKEN, slash
from tests.test_chat_teams import SECRET, activity, signed
from tests.worlds import ASKED, TRIP, served

AFTER = "and in March?"
CARRIED = "why was the March trip cancelled?"
Say = Callable[[str, str, str], object]


def teams(client: TestClient, _peers: dict[str, Any]) -> Say:
    def say(text: str, person: str, place: str) -> object:
        sent = {**activity(text, f"{text}{person}{place}"), "conversation": {"id": f"19:c;messageid={place}"}}
        return client.post("/chat/teams", **signed(sent))

    return say


def mattermost(client: TestClient, _peers: dict[str, Any]) -> Say:
    def say(text: str, person: str, place: str) -> object:
        return client.post("/chat/mattermost", data={**slash(text), "user_id": person, "channel_id": place})

    return say


def by_discord(client: TestClient, peers: dict[str, Any]) -> Say:
    def say(text: str, person: str, place: str) -> object:
        number = len(peers["discord"].patches) + 1
        asked = discord.command(text, str(number), channel_id=place, member={"user": {"id": person}})
        client.post("/chat/discord", **discord.signed(asked))
        return peers["discord"].sent(number)

    return say


def by_slack(client: TestClient, peers: dict[str, Any]) -> Say:
    def say(text: str, person: str, place: str) -> object:
        number = len(peers["slack"].posts) + 1
        body = slack.command(text, peers["slack"].response_url(), str(number), person)
        client.post(
            "/chat/slack", **slack.signed(body.replace(b"channel_id=C1", b"channel_id=C" + place.encode()), slack.FORM)
        )
        return peers["slack"].sent(number)

    return say


@pytest.fixture
def understood(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each question was understood as."""
    seen: list[str] = []

    def asking(*given: Any) -> AskReply:
        reply = ask(*given)
        seen.append(reply.understood_as)
        return reply

    monkeypatch.setattr("service.chat.desk.ask", asking)
    return seen


@pytest.mark.parametrize(
    ("tool", "others_follow"), [(teams, True), (mattermost, False), (by_discord, False), (by_slack, False)]
)
def test_a_follow_up_is_understood_where_it_belongs_and_nowhere_else(
    tmp_path: Path, understood: list[str], tool: Callable[..., Say], others_follow: bool
) -> None:
    with discord.discord() as one, slack.slack() as other:
        given = {**one.settings, **other.settings, "teams_secret": SECRET, "mattermost_token": TOKEN}
        with served(tmp_path, TRIP, threshold=0.0, **given) as client:
            say = tool(client, {"discord": one, "slack": other})
            for text, person, place in [
                (ASKED, "1", "1"),
                (AFTER, "1", "2"),
                (AFTER, "2", "1"),
                (AFTER, "1", "1"),
            ]:
                say(text, person, place)

    assert understood == [ASKED, AFTER, CARRIED if others_follow else AFTER, CARRIED]


def test_it_is_soon_forgotten_and_may_be_switched_off(tmp_path: Path, understood: list[str]) -> None:
    for minutes in (1, 0):
        with served(tmp_path, TRIP, mattermost_token=TOKEN, chat_memory=minutes) as client:
            say, memory = mattermost(client, {}), client.app.state.desk._memory  # type: ignore[attr-defined]
            say(ASKED, "1", "1")
            assert len(memory._places) == minutes
            memory._places.expire(time.monotonic() + 61)
            say(AFTER, "1", "1")

    assert understood == [ASKED, AFTER] * 2


def test_nothing_of_it_is_in_the_data_folder(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, mattermost_token=TOKEN) as client:
        mattermost(client, {})("who stole the crown jewels?", "1", "1")
        written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert not re.search(rb"crown.jewels", written)

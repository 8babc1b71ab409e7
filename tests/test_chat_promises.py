"""What was acknowledged is answered, whatever becomes of the process."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Client

from index.embedding import open_encoder
from index.ingest import put
from index.rebuild import open_index
from service.chat import pending
from service.chat.desk import BUSY
from service.chat.later import Later
from service.chat.pending import Pending, Promise
from service.database import FILE, Database
from tests import discord, slack
from tests.processes import listening, until
from tests.worlds import ASKED, CANCELLED, TRIP, served

SECRETIVE = "who stole the crown jewels?"


def promise(id: str = "a", until: float = 60.0) -> Promise:
    return Promise(id, "slack", SECRETIVE, time.time() + until)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[[], Pending]]:
    """Makes what each process has of one data folder."""
    with ExitStack() as stack:

        def made() -> Pending:
            database = stack.enter_context(closing(Database(tmp_path, 5.0)))
            return stack.enter_context(closing(Pending(database)))

        yield made


@pytest.mark.slow
def test_what_was_acknowledged_is_answered_once_after_a_kill(tmp_path: Path) -> None:
    with closing(open_index(tmp_path, open_encoder())) as index:
        put(index, TRIP)
    with slack.slack() as one, discord.discord() as other:
        given = {f"FOOTNOTE_{name.upper()}": value for name, value in {**one.settings, **other.settings}.items()}
        sent = {
            "/chat/slack": [
                slack.signed(slack.command(ASKED, one.response_url()), slack.FORM),
                slack.signed(slack.happened(slack.mention(ASKED)), slack.JSON),
            ],
            "/chat/discord": [discord.signed(discord.command(ASKED))],
        }
        # It listens at once and is ready seconds later: what is acknowledged meanwhile can't be answered yet.
        with listening(str(tmp_path), given) as (process, port):
            acknowledged = [_post(port, path, request) for path, all in sent.items() for request in all]
            assert _post(port, "/readyz") == 503
            process.kill()
            process.wait()
        assert acknowledged == [200, 200, 200]
        assert one.posts + other.patches == []
        with listening(str(tmp_path), given) as (process, port):
            until(process, port, "/readyz")
            answers, [embedded] = one.sent(2, within=60), other.sent(1, within=60)
            again = [_post(port, path, request) for path, all in sent.items() for request in all]
            slack_last = slack.signed(slack.command(ASKED, one.response_url("2"), "2.2"), slack.FORM)
            _post(port, "/chat/slack", slack_last)
            one.sent(3)

    assert sorted(post["path"] for post in answers) == ["/api/chat.postMessage", "/commands/1"]
    assert {slack.words(post)[0] for post in answers} == {f"{CANCELLED} [1]"}
    assert discord.shown(embedded["embeds"][0]["description"]).text.startswith(CANCELLED)
    assert again == [200, 200, 200]
    assert (len(one.posts), len(other.patches)) == (3, 1)


def _post(port: int, path: str, request: dict[str, Any] | None = None) -> int:
    with Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        return (client.post(path, **request) if request else client.get(path)).status_code


def test_a_promise_is_on_the_disk_until_it_is_fulfilled_and_then_nowhere(
    process: Callable[[], Pending], tmp_path: Path
) -> None:
    one = process()

    kept = [one.keep(promise()).result(10), one.keep(promise()).result(10), one.keep(promise("b")).result(10)]
    held = stored(tmp_path)
    one.fulfilled("a")
    one.fulfilled("b")
    one.claim().result(10)
    one.close()
    left = process().claim().result(10)

    assert kept == ["new", "known", "new"]
    assert SECRETIVE.encode() in held
    assert left == ([], False)
    assert SECRETIVE.encode() not in stored(tmp_path)


def stored(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob(f"{FILE}*"))


def test_only_what_a_dead_process_has_left_is_taken_over_and_that_once(
    process: Callable[[], Pending], monkeypatch: pytest.MonkeyPatch
) -> None:
    living, dying, third, fourth = process(), process(), process(), process()
    made = promise("b")
    living.keep(promise("a")).result(10)
    monkeypatch.setattr(pending, "LEASE_SECONDS", -1.0)
    dying.keep(made).result(10)
    monkeypatch.setattr(pending, "LEASE_SECONDS", 60.0)

    assert third.claim().result(10) == ([made], True)
    assert fourth.claim().result(10) == ([], True)
    assert living.claim().result(10) == ([], True)


def test_a_lease_is_renewed_while_its_process_lives(
    process: Callable[[], Pending], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(pending, "RENEWED_SECONDS", 0.05)
    living, other = process(), process()
    living.keep(promise()).result(10)

    time.sleep(1.3)

    assert other.claim().result(10) == ([], True)


def test_what_no_tool_takes_an_answer_to_any_more_is_forgotten(process: Callable[[], Pending]) -> None:
    one, other = process(), process()
    one.keep(promise(until=0.0)).result(10)

    assert other.claim().result(10) == ([], False)


def test_what_can_not_be_written_is_answered_all_the_same(tmp_path: Path) -> None:
    with slack.slack() as peer, served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
        (tmp_path / FILE).write_bytes(b"no database")
        reply = client.post("/chat/slack", **slack.signed(slack.command(ASKED, peer.response_url()), slack.FORM))
        [sent] = peer.sent(1)

    assert reply.status_code == 200
    assert slack.words(sent)[0] == f"{CANCELLED} [1]"


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer at a time, and hardly any time at the end for more."""
    monkeypatch.setattr("service.chat.later.FINISHING_SECONDS", 0.1)
    monkeypatch.setattr("service.chat.later.TELLING_SECONDS", 10.0)
    monkeypatch.setattr("service.chat.desk.Later", lambda: Later(threads=1))
    monkeypatch.setattr(pending, "LEASE_SECONDS", 1.0)


@pytest.mark.usefixtures("stopping")
def test_what_a_stop_leaves_is_answered_after_it(tmp_path: Path) -> None:
    with slack.slack() as peer:
        # The first answer is sent again for longer than a stop may take to begin, and the second waits for its turn.
        peer.refusals = [500, 500]
        with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
            _ask(client, peer, 2)
        before = peer.sent(1)
        with served(tmp_path, threshold=0.0, **peer.settings):
            after = peer.sent(2)[1:]

    assert [(post["path"], slack.words(post)[0]) for post in before + after] == [
        ("/commands/1", f"{CANCELLED} [1]"),
        ("/commands/2", f"{CANCELLED} [1]"),
    ]


@pytest.mark.usefixtures("stopping")
def test_who_can_not_be_promised_an_answer_is_told_so_at_the_end(tmp_path: Path) -> None:
    with slack.slack() as peer:
        peer.refusals = [500, 500]
        (tmp_path / FILE).write_bytes(b"no database")
        with served(tmp_path, TRIP, threshold=0.0, **peer.settings) as client:
            _ask(client, peer, 2)
        told = {post["path"]: post["text"] for post in peer.sent(2)}

    assert told == {"/commands/1": f"{CANCELLED} [1]", "/commands/2": BUSY}


def _ask(client: TestClient, peer: slack.Slack, times: int) -> None:
    """Once the first is refused by Slack."""
    for number in range(1, times + 1):
        body = slack.command(ASKED, peer.response_url(str(number)), str(number))
        assert client.post("/chat/slack", **slack.signed(body, slack.FORM)).status_code == 200
    while peer.refusals:
        time.sleep(0.01)

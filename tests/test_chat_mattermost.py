import gc
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from index.records import Article
from service.chat.desk import HELP
from service.chat.mattermost import inert, whole
from tests.worlds import ASKED, CANCELLED, TRIP, served

AT, TOKEN, OTHER = "/chat/mattermost", "xr3j5x3p4pfk7kk6ck7b4e6ghh", "9jrxcf7r9tgsxj8z5u6wq3a1bc"
SET: dict[str, Any] = {"mattermost_token": f"{TOKEN}, {OTHER}"}
LISTED = "- [1] [Talks in Beijing](<http://127.0.0.1:8000/articles/2023/trip>), The Times, 2023-06-18 (inferred)"
WHOLE = f"{CANCELLED} [1]\n\nSources:\n\n{LISTED}"


def slash(text: str, token: str = TOKEN) -> dict[str, str]:
    return {
        "token": token,
        "command": "/ask",
        "text": text,
        "team_id": "t",
        "user_id": "u",
        "response_url": "http://x/",
    }


def post(client: TestClient, fields: dict[str, str], **more: Any) -> Any:
    form = urlencode(fields).encode()
    return client.post(AT, content=form, headers={"Content-Type": "application/x-www-form-urlencoded"} | more)


def test_a_slash_command_is_answered_to_who_asked(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=0.0, **SET) as client:
        reply = post(client, slash(ASKED))

    assert (reply.status_code, reply.json()) == (
        200,
        {"response_type": "ephemeral", "text": WHOLE, "skip_slack_parsing": True},
    )


def test_an_outgoing_webhook_is_answered_under_the_question(tmp_path: Path) -> None:
    asked = {"token": OTHER, "text": f"footnote: {ASKED}", "trigger_word": "footnote", "user_id": "u"}
    with served(tmp_path, TRIP, threshold=0.0, **SET) as client:
        as_json, as_form = client.post(AT, json=asked), post(client, asked)

    assert as_json.json() == as_form.json()
    assert (as_json.json()["response_type"], as_json.json()["text"]) == ("comment", WHOLE)


def test_what_the_archive_does_not_say_is_said(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, threshold=1.0, **SET) as client:
        reply = post(client, slash(ASKED))

    assert reply.json()["text"] == (
        f"Nothing in the archive answers this.\n\nThe nearest passages:\n\n{LISTED}: “{CANCELLED}”"
    )


def test_without_the_token_it_is_refused(tmp_path: Path) -> None:
    with served(tmp_path, TRIP, **SET) as client:
        refused = [
            post(client, slash(ASKED, token="")),
            post(client, slash(ASKED, token=TOKEN + "x")),
            post(client, slash(ASKED, token="é")),
            post(client, {"text": ASKED}),
            client.post(AT, json={"token": "", "text": ASKED}),
        ]
        by_header = post(client, slash(ASKED, token=""), Authorization=f"Token {TOKEN}")
        malformed = client.post(AT, content=b"{", headers={"Content-Type": "application/json"})
        oversized = post(client, slash("x" * 2**20))
    with served(tmp_path / "other") as unset:
        missing = post(unset, slash(ASKED))

    assert [reply.status_code for reply in refused] == [401] * 5
    assert refused[0].json()["detail"] == "this does not have the token of FOOTNOTE_MATTERMOST_TOKEN"
    assert (by_header.status_code, malformed.status_code, oversized.status_code) == (200, 422, 413)
    assert missing.json()["detail"] == "Mattermost is not set up here: FOOTNOTE_MATTERMOST_TOKEN is not set"
    assert missing.status_code == 404


def test_what_can_not_be_answered_is_told_in_words_and_is_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with served(tmp_path, TRIP, rate=1, **SET) as client:
        nothing, too_much, too_often = (post(client, slash(text)).json() for text in ("help", "x" * 2001, ASKED))

    gc.collect()
    assert caplog.records == []
    assert nothing["text"] == HELP
    assert too_much["text"] == "A question has at most 2,000 characters, and this one has 2,001."
    assert too_often["text"] == "You have asked 1 times within a minute. Please ask again in 60 s."


def test_a_hostile_title_arrives_whole_and_calls_nobody(tmp_path: Path) -> None:
    title = "A (b) | c & <d> \n🎈 \u200fשלום <!channel> @all $1 and $2 \\x :smile:"
    article = Article(id="x", title=title, text=CANCELLED, url="https://example.org/@me/a(b)|c", source="S")
    with served(tmp_path, article, threshold=0.0, **SET) as client:
        reply = post(client, slash(ASKED))

    assert reply.json()["text"].splitlines()[-1] == (
        "- [1] [A (b) \\| c & &#60;d\\> 🎈 \u200fשלום &#60;!channel\\> @\u200ball &#36;1 and &#36;2 &#92;x "
        ":\u200bsmile:](<https://example.org/@me/a%28b%29%7Cc>), S"
    )


@pytest.mark.parametrize(
    ("markdown", "there"),
    [
        ("at 10:30:45 a@b.example", "at 10:30:45 a@b.example"),
        ("\\\\x \\*y\\*", "&#92;x \\*y\\*"),
        ("@ana", "@\u200bana"),
    ],
)
def test_only_what_mattermost_would_take_otherwise_is_changed(markdown: str, there: str) -> None:
    assert inert(markdown) == there


def test_what_is_too_long_for_a_post_ends_with_a_whole_line() -> None:
    assert (whole("one\ntwo\nthree", 9), whole("one\ntwo", 7)) == ("one\ntwo", "one\ntwo")

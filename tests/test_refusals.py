import logging
from pathlib import Path

import pytest

from service.refusals import Refusals
from tests.worlds import TRIP, served


def test_a_wrong_secret_of_a_chat_tool_is_in_the_log_and_says_which(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), served(tmp_path, TRIP, mattermost_token="right") as client:
        for tool in ("mattermost", "mattermost", "slack"):
            client.post(f"/chat/{tool}", data={"token": "wrong", "text": "who met the minister?"})
        client.get("/chat/discord")

    assert [record.getMessage() for record in caplog.records] == [
        "a request to /chat/mattermost is refused: this does not have the token of FOOTNOTE_MATTERMOST_TOKEN",
        "a request to /chat/slack is refused: Slack is not set up here: FOOTNOTE_SLACK_SIGNING_SECRET is not set",
    ]


def test_the_same_refusal_is_logged_once_a_minute_and_what_people_sent_never(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    with caplog.at_level(logging.WARNING):
        for now[0] in (0.0, 1.0, 59.0, 60.0, 61.0):
            refusals.note("POST", "/chat/teams", 401, "forged")
            refusals.note("POST", "/chat/teams", 422, "text: got 'who met the minister?'")
            refusals.note("POST", "/v1/ask", 401, "asking needs a key")

    assert [record.getMessage() for record in caplog.records] == ["a request to /chat/teams is refused: forged"] * 2

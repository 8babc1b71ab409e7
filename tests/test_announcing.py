"""Whoever starts a service reads in its log who may ask and who may write."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from service.announcing import PROXY, announced
from service.database import Database
from service.keys import Keys, Scope
from service.settings import Settings

NONE = "; there is no key yet: `footnote keys create NAME` makes one"
HERE_ASKS = "who is on this machine may ask, others with a key"
HERE_WRITES = "who is on this machine may write, others with a key"
KEY_WRITES = "only who has a key may write"
KEY_ASKS = "only who has a key may ask (FOOTNOTE_ANONYMOUS=true lets anyone)"


@pytest.mark.parametrize(
    ("given", "made", "said", "is_odd"),
    [
        ({}, None, f"{HERE_ASKS}; {HERE_WRITES}{NONE}", False),
        ({"host": "0.0.0.0"}, None, f"{KEY_ASKS}; {HERE_WRITES}{NONE}", True),
        ({"host": "0.0.0.0"}, "ask", f"{KEY_ASKS}; {HERE_WRITES}", False),
        ({"host": "0.0.0.0"}, "write", f"{KEY_ASKS}; {HERE_WRITES}", False),
        ({"host": "::", "anonymous": True}, None, f"anyone may ask; {HERE_WRITES}{NONE}", True),
        ({"demo": True, "public_url": "https://a.example"}, None, f"anyone may ask; {HERE_WRITES}{PROXY}{NONE}", True),
        ({"api_key": SecretStr("k"), "public_url": "https://a.example"}, None, f"{HERE_ASKS}; {KEY_WRITES}", False),
        ({"anonymous": False, "api_key": SecretStr("k")}, None, f"{KEY_ASKS}; {KEY_WRITES}", False),
    ],
)
def test_the_log_says_who_may_ask_and_who_may_write(
    tmp_path: Path, given: dict[str, Any], made: Scope | None, said: str, is_odd: bool
) -> None:
    if made:
        Keys(Database(tmp_path, 5.0)).create("anna", frozenset([made]))

    assert announced(Settings(data=tmp_path, **given)) == (said, is_odd)


def test_a_folder_whose_keys_can_not_be_read_is_served(tmp_path: Path) -> None:
    (tmp_path / "service.sqlite").write_bytes(b"damaged" * 1000)

    assert announced(Settings(data=tmp_path))[1] is False

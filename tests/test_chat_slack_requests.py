import json
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from index.errors import Invalid
from service.chat.slack_requests import Command, Happened, Pressed, parsed, refuse_forged
from tests.slack import FORM, JSON, SECRET

NAMES = st.sampled_from(["type", "event", "actions", "payload", "user", "text", "response_url", "value", "container"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()), st.sampled_from([FORM, JSON, ""]))
def test_whatever_is_sent_is_read_or_refused(body: bytes, kind: str) -> None:
    for sent, form in [(body, kind), (urlencode({"payload": body}).encode(), FORM)]:
        with suppress(Invalid):
            assert isinstance(parsed(form, sent), Command | Happened | Pressed | None)


@given(st.text(max_size=100).map(str.encode), st.integers(0, 2**33), st.integers(-299, 299))
def test_what_slacks_own_library_signs_is_let_through_and_nothing_else(body: bytes, at: int, later: int) -> None:
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=str(at), body=body) or ""
    headers = {"x-slack-request-timestamp": str(at), "x-slack-signature": signature}

    refuse_forged(SECRET, headers, body, at + later)
    for forged in [(SECRET + "x", headers, body), (SECRET, headers, body + b"&"), (SECRET, {}, body)]:
        with pytest.raises(HTTPException, match="401"):
            refuse_forged(*forged, at + later)
    with pytest.raises(HTTPException, match="401"):
        refuse_forged(SECRET, headers | {"x-slack-request-timestamp": str(at + 1)}, body, at + later)
    with pytest.raises(HTTPException, match="300 seconds ago"):
        refuse_forged(SECRET, headers, body, at + 301)

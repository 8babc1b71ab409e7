import hmac
from base64 import b64encode
from pathlib import Path

import pytest

from index.errors import Invalid
from service.chat.teams import refuse_forged
from service.settings import Settings, load


def refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Invalid) as refused:
        load()
    return str(refused.value)


def test_without_any_variable_the_documented_defaults_hold() -> None:
    settings = load()

    assert (settings.data, settings.host, settings.port) == (Path("data"), "127.0.0.1", 8000)
    assert (settings.origin, settings.api_key, settings.demo) == ("http://127.0.0.1:8000", None, False)


def test_a_variable_sets_and_the_command_line_overrides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_DATA", "from/environment")
    monkeypatch.setenv("FOOTNOTE_PORT", "9000")

    settings = load(data=Path("from/command"), port=None)

    assert (settings.data, settings.port) == (Path("from/command"), 9000)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_API_KEY", "")

    assert load().api_key is None


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("FOOTNOTE_PORT", "65536", "less than or equal to 65535"),
        ("FOOTNOTE_PORT", "http", "valid integer"),
        ("FOOTNOTE_THRESHOLD", "1.01", "less than or equal to 1"),
        ("FOOTNOTE_THRESHOLD", "nan", "finite number"),
        ("FOOTNOTE_LOCK_TIMEOUT", "-1", "greater than or equal to 0"),
        ("FOOTNOTE_READER_MS", "-1", "greater than or equal to 0"),
        ("FOOTNOTE_READER_MS", "3600001", "less than or equal to 3600000"),
        ("FOOTNOTE_MAX_CHARACTERS", "0", "greater than or equal to 1"),
        ("FOOTNOTE_MAX_BODY_BYTES", "12", "greater than or equal to 1024"),
        ("FOOTNOTE_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("FOOTNOTE_DEMO", "perhaps", "valid boolean"),
        ("FOOTNOTE_PUBLIC_URL", "footnote.example.org", "http:// or https://"),
        ("FOOTNOTE_PUBLIC_URL", "https://example.org/?q=1", "without ? or #"),
        ("FOOTNOTE_HOST", "http://localhost", "host name or an IP address"),
        ("FOOTNOTE_LLM_URL", "localhost:8080", "http:// or https://"),
        ("FOOTNOTE_LLM_URL", "https://user:pass@example.org/v1", "without a user"),
        ("FOOTNOTE_LLM_RETRIES", "11", "less than or equal to 10"),
        ("FOOTNOTE_LLM_OUTPUT_TOKENS", "0", "greater than or equal to 1"),
        ("FOOTNOTE_DISCORD_PUBLIC_KEY", "00ff", "64 hexadecimal digits"),
        ("FOOTNOTE_FETCH_NETWORKS", "10.0.0.1/8", "such as 10.1.0.0/16 or 10.1.2.3: 10.0.0.1/8 has host bits set"),
        ("FOOTNOTE_TRUSTED_PROXIES", "proxy", "'proxy' does not appear to be an IPv4 or IPv6 network"),
        ("FOOTNOTE_DISCORD_API_URL", "discord.com", "an http:// or https:// address"),
    ],
)
def test_a_wrong_value_is_refused_with_name_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    message = refusal(monkeypatch, **{name: value})

    assert message.startswith(f"{name}='{value}': ")
    assert allowed in message


def test_an_unknown_variable_is_refused_and_the_closest_one_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, FOOTNOTE_TRESHOLD="0.5")

    assert message == "FOOTNOTE_TRESHOLD='0.5': there is no such setting; did you mean FOOTNOTE_THRESHOLD?"


def test_a_variable_that_is_like_no_setting_is_refused_with_all_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, FOOTNOTE_FOO="1")

    assert message.startswith("FOOTNOTE_FOO='1': there is no such setting; known are FOOTNOTE_DATA, FOOTNOTE_HOST, ")


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, FOOTNOTE_PORT="-1", FOOTNOTE_THRESHOLD="2")

    assert [line.split("=")[0] for line in message.splitlines()] == ["FOOTNOTE_PORT", "FOOTNOTE_THRESHOLD"]


def test_a_language_model_needs_address_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, FOOTNOTE_LLM_URL="http://127.0.0.1:8080/v1")

    assert message == "FOOTNOTE_LLM_URL is set without FOOTNOTE_LLM_MODEL; set both or neither"


def test_the_key_of_the_language_model_may_stand_in_a_file_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setenv("FOOTNOTE_LLM_KEY_FILE", str(tmp_path / "key"))

    key = load().llm_key

    assert key is not None
    assert key.get_secret_value() == "s3cret"
    monkeypatch.delenv("FOOTNOTE_LLM_KEY_FILE")
    assert refusal(monkeypatch, FOOTNOTE_LLM_KEY="not printable \x07") == (
        "FOOTNOTE_LLM_KEY=…: must be printable ASCII without spaces: it travels in a header"
    )


@pytest.mark.parametrize("secret", ["s3cret!", "c2VjcmV0,", ","])
def test_a_secret_of_teams_that_is_none_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    assert refusal(monkeypatch, FOOTNOTE_TEAMS_SECRET=secret) == (
        "FOOTNOTE_TEAMS_SECRET=…: must be base64, as Teams shows it when a webhook is made"
    )


def test_the_key_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setenv("FOOTNOTE_API_KEY_FILE", str(tmp_path / "key"))

    key = load().api_key

    assert key is not None
    assert key.get_secret_value() == "s3cret"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe", b"two words", "schlüssel".encode()])
def test_a_key_file_that_holds_no_key_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    assert "FOOTNOTE_API_KEY" in refusal(monkeypatch, FOOTNOTE_API_KEY_FILE=str(tmp_path / "key"))


def test_a_key_and_a_key_file_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, FOOTNOTE_API_KEY="s3cret", FOOTNOTE_API_KEY_FILE=str(tmp_path))

    assert message == "FOOTNOTE_API_KEY and FOOTNOTE_API_KEY_FILE are both set; set one"


@pytest.mark.parametrize(
    "environment",
    [
        {"FOOTNOTE_API_KEY": "s3cret with spaces"},
        {"FOOTNOTE_API_KEYS": "s3cret"},
        {"FOOTNOTE_API_KEY": "s3cret", "FOOTNOTE_PORT": "-1"},
    ],
)
def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    assert "s3cret" not in refusal(monkeypatch, **environment)


def test_a_key_is_not_shown_where_settings_are_printed() -> None:
    assert "s3cret" not in repr(Settings(api_key="s3cret"))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("archive.example.org", "http://archive.example.org:8000"),
    ],
)
def test_links_lead_to_an_address_that_a_browser_can_open(host: str, origin: str) -> None:
    assert Settings(host=host).origin == origin


def test_the_public_address_is_kept_without_its_last_slash() -> None:
    assert Settings(public_url="https://example.org/archive/").origin == "https://example.org/archive"


def test_a_secret_of_slacks_that_none_would_be_is_refused_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, FOOTNOTE_SLACK_SIGNING_SECRET=" ") == (
        "FOOTNOTE_SLACK_SIGNING_SECRET=…: must be printable ASCII without spaces, as Slack shows it"
    )


def test_the_secrets_of_several_teams_may_have_spaces_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_TEAMS_SECRET", "dGVhbQ==, b3RoZXI=")

    secrets = load().teams_secret

    assert secrets is not None
    refuse_forged(
        secrets.get_secret_value(), f"HMAC {b64encode(hmac.digest(b'other', b'{}', 'sha256')).decode()}", b"{}"
    )

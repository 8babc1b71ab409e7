"""Every setting, one environment variable each. A wrong or unknown one is refused before anything starts."""

import os
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.embedding import Backend
from index.errors import Invalid
from service.addresses import Network, is_loopback

PREFIX = "FOOTNOTE_"
# Never shown, not even to who mistyped one.
SECRETS = ("api_key", "llm_key", "mattermost_token", "slack_bot_token", "slack_signing_secret", "teams_secret")
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=1, le=1_000_000)]
Milliseconds = Annotated[int, Field(ge=0, le=3_600_000)]
LogLevel = Literal["debug", "info", "warning", "error"]


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http:// or https:// address without ? or #")
    return value.rstrip("/")


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(
            "must be an http:// or https:// address without a user, ? or #, such as http://127.0.0.1:8080/v1"
        )
    return value.rstrip("/")


def _contact(value: str) -> str:
    if not value.isascii() or not value.isprintable() or set(value) & set("() ") or len(value) > 200:
        raise ValueError("must be an address or a mailbox in printable ASCII, such as https://example.org/about-us")
    return value


def _host(value: str) -> str:
    if not value or not value.isprintable() or set(value) & set(" /?#@"):
        raise ValueError("must be a host name or an IP address, such as 127.0.0.1, 0.0.0.0 or ::1")
    return value


def _network(value: object) -> object:
    try:
        return ip_network(value) if isinstance(value, str) else value
    except ValueError as fault:
        raise ValueError(f"must be networks such as 10.1.0.0/16 or 10.1.2.3: {fault}") from fault


def _several(value: object) -> object:
    return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value


def _lines(value: object) -> object:
    return [one.strip() for one in re.split(r"[|\n]", value) if one.strip()] if isinstance(value, str) else value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if value != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an origin such as https://example.org, without a path")
    return value


def _key(value: SecretStr) -> SecretStr:
    key = value.get_secret_value()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("must be printable ASCII without spaces: it travels in a header")
    return value


def _of_slack(value: SecretStr) -> SecretStr:
    if not re.fullmatch("[!-~]+", value.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces, as Slack shows it")
    return value


def _base64(value: SecretStr) -> SecretStr:
    for one in value.get_secret_value().split(","):
        try:
            is_good = bool(b64decode(one.strip(), validate=True))
        except ValueError:
            is_good = False
        if not is_good:
            raise ValueError("must be base64, as Teams shows it when a webhook is made")
    return value


def _ed25519(value: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", value):
        raise ValueError("must be 64 hexadecimal digits, as the developer portal shows them")
    return value


Networks = Annotated[tuple[Annotated[Network, BeforeValidator(_network)], ...], NoDecode, BeforeValidator(_several)]


class Settings(BaseSettings):
    """What can be set, within which bounds, and what holds when it is not."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    data: Path = Field(Path("data"), description="the data folder")
    host: Annotated[str, AfterValidator(_host)] = Field("127.0.0.1", description="the address to listen on")
    port: Port = Field(8000, description="the port to listen on; 0 takes any free one")
    workers: int = Field(1, ge=1, le=64, description="how many processes serve; each answers with one core")
    public_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        None,
        description="where people reach this service: the start of every link to a page here; "
        "elsewhere than on this machine, managing keys over HTTP always needs one",
    )
    api_key: Annotated[SecretStr, AfterValidator(_key)] | None = Field(
        None, description="a key of all scopes, beside those of footnote keys"
    )
    api_key_file: Path | None = Field(None, description="a file that holds the API key")
    anonymous: bool | None = Field(
        None,
        description="whether one may ask without a key; by default in the demo, "
        "and from this machine where it listens on 127.0.0.1 or the like",
    )
    rate: int = Field(
        60,
        ge=0,
        le=1_000_000,
        description="requests a minute from an address elsewhere without a key; 0: any number",
    )
    trusted_proxies: Networks = Field(
        (), description="networks of proxies whose X-Forwarded-For is believed, with commas between"
    )
    origins: Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_several)] = (
        Field((), description="web pages' origins that may ask from a browser, with commas between")
    )
    threshold: Probability = Field(0.5, description="the confidence from which a question counts as answerable")
    model: str | None = Field(None, description="name or folder of the embedding model; the packaged one by default")
    backend: Backend | None = Field(
        None,
        description="what computes the packaged model: int8, float32 or torch; by default the fastest here",
    )
    reader: str = Field(
        "shipped", description="what reads the best passages: name or folder of a model, shipped or none"
    )
    reader_ms: Milliseconds = Field(
        120, description="how long a question's passages are read for; 0 reads none, else one is"
    )
    llm_url: Annotated[str, AfterValidator(_endpoint)] | None = Field(
        None, description="an OpenAI-compatible endpoint, up to `/v1`, whose language model writes the answers"
    )
    llm_model: str | None = Field(None, description="the name of the language model there")
    llm_key: Annotated[SecretStr, AfterValidator(_key)] | None = Field(
        None, description="what the endpoint wants as its key, if any"
    )
    llm_key_file: Path | None = Field(None, description="a file that holds the key of the endpoint")
    llm_timeout: Seconds = Field(
        20.0, description="how long an answer is waited for, in seconds; then the quotes are the answer"
    )
    llm_retries: int = Field(1, ge=0, le=10, description="how often a failed request is sent again, within that time")
    llm_input_tokens: Tokens = Field(
        3000, description="how much of the passages the language model is given, in tokens"
    )
    llm_output_tokens: Tokens = Field(300, description="how much it may write, in tokens")
    slack_signing_secret: Annotated[SecretStr, AfterValidator(_of_slack)] | None = Field(
        None, description="what Slack signs its requests with"
    )
    slack_bot_token: Annotated[SecretStr, AfterValidator(_key)] | None = Field(
        None, description="the bot's token, `xoxb-…`, for mentions and direct messages in Slack"
    )
    slack_api_url: Annotated[str, AfterValidator(_endpoint)] = Field(
        "https://slack.com/api", description="where Slack's methods are, should that ever be elsewhere"
    )
    mattermost_token: SecretStr | None = Field(
        None, description="the token that Mattermost sends, or several with commas between"
    )
    teams_secret: Annotated[SecretStr, AfterValidator(_base64)] | None = Field(
        None, description="the security token of an outgoing webhook in Teams, or several with commas between"
    )
    discord_public_key: Annotated[str, AfterValidator(_ed25519)] | None = Field(
        None, description="the public key of the application in Discord, by which its requests are known"
    )
    discord_api_url: Annotated[str, AfterValidator(_endpoint)] = Field(
        "https://discord.com/api/v10", description="where Discord's methods are, should that ever be elsewhere"
    )
    chat_memory: int = Field(
        10,
        ge=0,
        le=1440,
        description="how many minutes a chat's last questions are remembered for follow-ups, where the chat tool does "
        "not tell them; 0: not at all",
    )
    examples: Annotated[tuple[Annotated[str, Field(max_length=2000)], ...], NoDecode, BeforeValidator(_lines)] = Field(
        (), description="questions that the page offers, with bars or line breaks between; else the newest headlines"
    )
    demo: bool = Field(False, description="an empty data folder takes the seeds in at start")
    seeds: Path = Field(Path("seeds"), description="the articles of the demo")
    lock_timeout: Seconds = Field(30.0, description="how long a write waits for another writer, in seconds")
    exact_until: int = Field(
        50_000, ge=1, description="from how many passages on search by meaning goes by cells, and no longer through all"
    )
    max_characters: int = Field(2_000_000, ge=1, le=50_000_000, description="the longest text that an article may have")
    max_body_bytes: int = Field(
        16 * 2**20, ge=1024, le=2**30, description="the largest request body that is read, in bytes"
    )
    max_upload_bytes: int = Field(
        2**30, ge=1024, le=2**40, description="the most bytes that files brought over HTTP may have at once"
    )
    sources: Path | None = Field(None, description="a file of sources to watch: docs/feeds.md")
    fetch_contact: Annotated[str, AfterValidator(_contact)] | None = Field(
        None,
        description="an address or mailbox that tells those whose sites are fetched who asks; else FOOTNOTE_PUBLIC_URL",
    )
    fetch_networks: Networks = Field(
        (), description="networks inside which addresses may be fetched, with commas between, such as 10.1.0.0/16"
    )
    fetch_proxy: Annotated[str, AfterValidator(_public_url)] | None = Field(
        None, description="an HTTP proxy by which all is fetched; it then judges where names lead"
    )
    fetch_robots: bool = Field(True, description="whether what robots.txt asks for is done")
    fetch_pause: Seconds = Field(1.0, description="how long lies between two requests to one host, in seconds")
    fetch_timeout: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] = Field(
        60.0, description="how long one address is waited for, with its redirects, in seconds"
    )
    fetch_max_bytes: int = Field(
        32 * 2**20, ge=1024, le=2**30, description="the most bytes that are taken of one address, packed or unpacked"
    )
    at_once: int = Field(
        16, ge=1, le=1000, description="how many questions are worked at at once; four times as many wait, up to 10 s"
    )
    ask_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = Field(
        60.0, description="how long a question may take, in seconds, beside what a language model may"
    )
    max_connections: int = Field(
        1000,
        ge=10,
        le=100_000,
        description="how many connections are open at once; then the longest idle one gives way",
    )
    log_level: LogLevel = Field("info", description="the least severe line that is logged")

    @model_validator(mode="before")
    @classmethod
    def _read_key_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {**values, **_key_of(values, "api_key"), **_key_of(values, "llm_key")}

    @model_validator(mode="after")
    def _model_and_address(self) -> "Settings":
        if (self.llm_url is None) != (self.llm_model is None):
            given, lacking = ("URL", "MODEL") if self.llm_url else ("MODEL", "URL")
            raise ValueError(f"{PREFIX}LLM_{given} is set without {PREFIX}LLM_{lacking}; set both or neither")
        return self

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine can reach the address that is listened on."""
        return is_loopback(self.host)

    @property
    def is_public(self) -> bool:
        """Whether people elsewhere reach this service, by a proxy perhaps."""
        return self.public_url is not None and not is_loopback(urlsplit(self.public_url).hostname or "")

    @property
    def has_chats(self) -> bool:
        """Whether any chat tool is set up."""
        secrets = (self.slack_signing_secret, self.mattermost_token, self.teams_secret, self.discord_public_key)
        return any(secret is not None for secret in secrets)

    @property
    def longest(self) -> float:
        """How long a question may take, in seconds, with what a language model may."""
        return self.ask_seconds + (self.llm_timeout if self.llm_url else 0)

    @property
    def origin(self) -> str:
        """The start of every link to a page here, without a slash at its end."""
        return self.public_url or f"http://{_reachable(self.host)}:{self.port}"


def _key_of(values: dict[str, Any], name: str) -> dict[str, str]:
    """The key with that name from the file that is set for it, if one is."""
    variable, file = f"{PREFIX}{name.upper()}", values.get(f"{name}_file")
    if file and values.get(name):
        raise ValueError(f"{variable} and {variable}_FILE are both set; set one")
    return {name: _read_key(f"{variable}_FILE", Path(file))} if file else {}


def _read_key(variable: str, file: Path) -> str:
    try:
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise ValueError(f"{variable}={file}: can't be read ({fault})") from fault
    if not key:
        raise ValueError(f"{variable}={file}: is empty")
    return key


def _reachable(host: str) -> str:
    # 0.0.0.0 and :: are where a server listens, not where a browser can go.
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def load(**given: Any) -> Settings:
    """The settings of the environment, with what the command line gave in their place.

    Raises:
        Invalid: an unknown variable, or a value that is not allowed; names it, its value and what is allowed.
    """
    refuse_unknown(os.environ)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as fault:
        raise Invalid("\n".join(_complaints(fault))) from None


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raises Invalid for a ``FOOTNOTE_…`` variable that is no setting: a typing error must not go unseen."""
    unknown = [name for name in environment if name.upper().startswith(PREFIX) and _field(name) not in _known()]
    if unknown:
        raise Invalid("\n".join(_unknown(name, environment[name]) for name in sorted(unknown)))


def _known() -> list[str]:
    return list(Settings.model_fields)


def _field(variable: str) -> str:
    return variable[len(PREFIX) :].lower()


def _unknown(name: str, value: str) -> str:
    close = get_close_matches(_field(name), _known(), n=1)
    names = [PREFIX + field.upper() for field in close or _known()]
    hint = f"did you mean {names[0]}?" if close else f"known are {', '.join(names)}"
    # A mistyped FOOTNOTE_API_KEY holds the key all the same.
    shown = "…" if any(word in name.upper() for word in ("KEY", "SECRET", "TOKEN", "PASSWORD")) else repr(value[:80])
    return f"{name}={shown}: there is no such setting; {hint}"


def _complaints(fault: ValidationError) -> Iterator[str]:
    for error in fault.errors(include_url=False):
        message = error["msg"].removeprefix("Value error, ")
        name = "_".join(str(part) for part in error["loc"][:1])
        yield f"{PREFIX}{name.upper()}={_shown(name, error['input'])}: {message}" if name else message


def _shown(name: str, value: object) -> str:
    return "…" if name in SECRETS else repr(str(value)[:80])

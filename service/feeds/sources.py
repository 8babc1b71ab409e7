"""What is to be watched: `sources.toml`, checked to the last key."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from index.errors import Invalid
from service.feeds.addresses import Guard
from service.feeds.unfetched import Forbidden

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
SHORTEST, LONGEST = 60, 366 * 86_400
# When articles that are in are looked at once more, as most corrections come soon.
LOOKS = (6 * 3_600.0, 2 * 86_400.0)

_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdw])")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")
_HEADER = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]\]?")


def _seconds(value: object) -> float:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a duration such as "30m", "6h" or "1d"')
    seconds = float(found.group(1)) * UNITS[found.group(2)]
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError("must be between one minute and one year")
    return seconds


def _time(value: object) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d", value):
        raise ValueError('must be a time of day in UTC, such as "06:30"')
    return time.fromisoformat(value)


def _address(value: str) -> str:
    try:
        Guard().check(value)
    except Forbidden as fault:
        raise ValueError(fault.reason) from fault
    return value


Duration = Annotated[float, BeforeValidator(_seconds)]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Defaults(_Table):
    """What holds for every source that says nothing else."""

    every: Duration = 1_800.0
    at: Annotated[time, BeforeValidator(_time)] | None = None
    most: int = Field(100, ge=1, le=100_000)
    pages: bool = True
    robots: bool = True
    looks: tuple[Duration, ...] = Field(LOOKS, max_length=10, strict=False)
    silent_after: Duration | None = None
    id_prefix: str = Field("", max_length=100)
    tags: tuple[Line, ...] = Field((), strict=False)
    publisher: Line | None = None


class Source(Defaults):
    """One that is watched.

    ``every`` and ``silent_after`` are seconds, ``at`` a time of day in UTC that stands in place of ``every``. ``most``
    is how many articles one visit brings, ``pages`` whether those behind the entries are fetched, ``looks`` how long
    after an article was first seen it is looked at again.
    """

    name: Line
    address: Annotated[str, AfterValidator(_address)]
    kind: Literal["feed", "sitemap", "page"] | None = None

    @property
    def feed(self) -> str:
        """Under which what it lists is remembered."""
        return f"{self.id_prefix} {self.address}".strip()


class _File(_Table):
    defaults: Defaults = Defaults()
    source: tuple[Source, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("source"), list):
            return values
        defaults = values.get("defaults")
        filled = defaults if isinstance(defaults, dict) else {}
        return values | {"source": [filled | one if isinstance(one, dict) else one for one in values["source"]]}


def once(address: str, id_prefix: str, *, robots: bool) -> Source:
    """An address that somebody gives by itself.

    Raises:
        Invalid: it can't be fetched.
    """
    try:
        Guard().check(address)
    except Forbidden as fault:
        raise Invalid(f"{address[:200]}: {fault.reason}") from fault
    return Source.model_construct(
        **{**Defaults().model_dump(), "most": 2**31, "looks": (), "id_prefix": id_prefix, "robots": robots},
        name=address,
        address=address,
        kind=None,
    )


def read(path: Path) -> tuple[Source, ...]:
    """The sources of a file.

    Raises:
        Invalid: it can't be read, or something in it is wrong; names the file, the line and the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        said = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"{path}: can't be read: {getattr(fault, 'strerror', None) or fault}") from fault
    except tomllib.TOMLDecodeError as fault:
        raise Invalid(f"{path}: is not TOML: {fault}") from fault
    if not said.get("source"):
        raise Invalid(f"{path}: names no source: each begins with a line [[source]]")
    try:
        sources = _File.model_validate(said).source
    except ValidationError as fault:
        raise Invalid("\n".join(dict.fromkeys(_complaints(path, text, said, fault)))) from None
    _refuse_twice(path, text, sources)
    return sources


def _complaints(path: Path, text: str, said: Mapping[str, Any], fault: ValidationError) -> Iterator[str]:
    errors = fault.errors(include_url=False)
    for error in errors:
        if error["type"] == "too_short" and len(errors) > 1:
            continue  # sources that are wrong count as none
        table, number, key = _place(error["loc"], said)
        line = _line_of(text, table, number, key)
        where = f"{path}, line {line}" if line else str(path)
        yield f"{where}: {_complaint(error, table, key)}"


def _complaint(error: Mapping[str, Any], table: str, key: str) -> str:
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "extra_forbidden":
        known = {"source": Source.model_fields, "defaults": Defaults.model_fields}.get(
            table, ("[defaults]", "[[source]]")
        )
        return f"there is no key {key or table}; known are {', '.join(sorted(known))}"
    message = error["msg"].removeprefix("Value error, ").replace("valid tuple", "list")
    return f"{key or table} = {str(error['input'])[:80]!r}: {message}"


def _place(loc: tuple[int | str, ...], said: Mapping[str, Any]) -> tuple[str, int, str]:
    """The table of a fault, which of those with its name, and its key; what defaults say wrongly is theirs."""
    table = str(loc[0]) if loc else ""
    number = loc[1] if len(loc) > 1 and isinstance(loc[1], int) else 0
    key = next((str(part) for part in loc[1:] if isinstance(part, str)), "")
    if table == "source" and isinstance(said.get("source"), list):
        own = said["source"][number]
        if isinstance(own, dict) and key and key not in own and key in said.get("defaults", {}):
            return "defaults", 0, key
    return table, number, key


def _line_of(text: str, table: str, number: int, key: str) -> int | None:
    """The line of a key in the table of this name and number, else that of the table's header."""
    inside, count, header = False, -1, None
    for line, said in enumerate(text.splitlines(), start=1):
        if found := _HEADER.match(said):
            count += found.group(1) == table
            inside = found.group(1) == table and count == number
            header = line if inside else header
        elif inside and (found := _KEY.match(said)) and found.group(1) == key:
            return line
    return header or next((n for n, said in enumerate(text.splitlines(), 1) if _names(said, key or table)), None)


def _names(line: str, key: str) -> bool:
    found = _KEY.match(line) or _HEADER.match(line)
    return found is not None and found.group(1) == key


def _refuse_twice(path: Path, text: str, sources: tuple[Source, ...]) -> None:
    for key in ("name", "feed"):
        seen: dict[str, int] = {}
        for number, source in enumerate(sources):
            value = getattr(source, key)
            if seen.setdefault(value, number) != number:
                said = "address" if key == "feed" else key
                line = _line_of(text, "source", number, said)
                raise Invalid(f"{path}, line {line}: {said} = {getattr(source, said)!r}: another source has it already")

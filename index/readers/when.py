"""Dates as pages, documents and exports write them, to ISO 8601 as precise as they are."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from index import dates
from index.records import Period

LONGEST = 200  # characters; what is longer is no date
LONGEST_BYLINE = 150
TOP_LINES = 6

_ZONE = re.compile(r" ?(?:UTC|GMT|(?<=\d) (?=[+-]\d\d:?\d\d$))")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z)?)?")
_SLASHED = re.compile(r"(\d{4})[/.](\d\d)[/.](\d\d)(?=$|[ T])")
_EPOCH = re.compile(r"-?\d{9,10}(?:\.\d+)?|\d{12,13}")
_MAIL = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d")
_BYLINE = re.compile(r"(?i)(?:by|published|posted|updated|date)\b")
_CHANGED = re.compile(r"(?i)\b(?:updated?|modified|corrected|revised|edited|changed)\b[^\d]{0,20}$")
_PRESENT = range(-2_000_000_000, 10_000_000_000)  # seconds: 1906 to 2286


class Dated(NamedTuple):
    """A date that stands in a line, in ISO 8601. ``changed``: the line gives it as that of a change."""

    iso: str
    changed: bool


def iso(value: object) -> str | None:
    """The one date that a value is: ISO 8601 nearly as it stands, else spelled, of a mail, or seconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    said = str(value).strip()
    if not said or len(said) > LONGEST:
        return None
    return _as_iso(said) or _as_number(said) or _as_mail(said) or _as_spelled(said)


def stated(line: str) -> Iterator[Dated]:
    """The days that a line writes in full, in order; months and years by themselves are none."""
    for mention in dates.mentions(line, None):
        if mention.period is not None and mention.period.days == 1:
            yield Dated(mention.period.first.isoformat(), _CHANGED.search(line[: mention.span.start]) is not None)


def under_headline(lines: Iterable[str]) -> dict[str, str]:
    """What short lines around a headline state: the day of publication, and of a change where there is one."""
    days = [day for line in lines if len(line) <= LONGEST_BYLINE for day in stated(line)]
    published = next((day.iso for day in days if not day.changed), None)
    if published is None:
        return {}
    changed = next((day.iso for day in days if day.changed), None)
    return {"published_at": published, "date_basis": "stated"} | ({"updated_at": changed} if changed else {})


def top(text: str) -> list[str]:
    """The lines at the top of a text that may be a byline; sentences are none."""
    lines = [line.strip() for line in text[:4_000].splitlines() if line.strip()][:TOP_LINES]
    return [line for line in lines if _BYLINE.match(line) or not line.endswith((".", "!", "?", ".”", '."', ":"))]


def spelled(period: Period) -> str | None:
    """A day, month or year as ISO 8601; None for what is none of them, such as a summer."""
    forms = ("%Y-%m-%d", "%Y-%m", "%Y")
    return next(
        (said for said in map(period.first.strftime, forms) if _is_date(said) and dates.parse(said) == period), None
    )


def _as_iso(said: str) -> str | None:
    mended = _SLASHED.sub(r"\1-\2-\3", _ZONE.sub(lambda found: "" if found.group().isspace() else "Z", said))
    compact = _COMPACT.fullmatch(mended)
    if compact:
        year, month, day, hour, minute, second, zone = compact.groups()
        mended = f"{year}-{month}-{day}" + (f"T{hour}:{minute}:{second or '00'}{zone or ''}" if hour else "")
    return mended if _is_date(mended) else None


def _as_number(said: str) -> str | None:
    if not _EPOCH.fullmatch(said):
        return None
    seconds = float(said) / (1000 if len(said) > 11 and "." not in said else 1)
    if int(seconds) not in _PRESENT:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_mail(said: str) -> str | None:
    if not _MAIL.match(said):
        return None
    try:
        moment = parsedate_to_datetime(said).isoformat()
    except ValueError:
        return None
    return moment if _is_date(moment) else None


def _as_spelled(said: str) -> str | None:
    found = [mention.period for mention in dates.mentions(said, None) if mention.period is not None]
    return spelled(found[0]) if len(found) == 1 else None


def _is_date(said: str) -> bool:
    try:
        dates.parse(said)
    except ValueError:
        return False
    return True

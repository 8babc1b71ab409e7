"""What the archive holds, counted by day, month or year, by publisher and by tag."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from index.census import Dated, Named
from index.folder import Index
from index.records import Filters
from service import schemas
from service.api import REFUSED, MayAsk, Opened, problems

router = APIRouter()

Unit = Literal["day", "month", "year"]
# From how many days on an archive is counted by months, and from how many by years: a bar should be seen.
MONTHS_FROM, YEARS_FROM = 93, 3_654
_DIGITS: dict[Unit, int] = {"day": 10, "month": 7, "year": 4}


@router.get(
    "/v1/overview",
    dependencies=[MayAsk],
    responses=problems(*REFUSED),
    summary="How many articles there are, by date, publisher and tag",
)
def show(index: Opened, filters: Annotated[schemas.AskFilters, Query()]) -> schemas.OverviewReply:
    return overview(index, filters.records())


def overview(index: Index, filters: Filters) -> schemas.OverviewReply:
    """The counts of what the filters let through, in buckets that do not depend on them."""
    found, days = index.overview(filters), [one.published.first for one in index.overview(Filters()).dated]
    unit = _unit(days)
    return schemas.OverviewReply(
        articles=found.articles,
        unit=unit,
        first=named(min(days), unit) if days else None,
        last=named(max(days), unit) if days else None,
        buckets=_buckets(found.dated, unit),
        undated=found.undated,
        sources=_counted(found.sources),
        tags=_counted(found.tags),
    )


def named(day: date, unit: Unit) -> str:
    """The bucket of a day, as ISO 8601 writes it."""
    return day.isoformat()[: _DIGITS[unit]]


def _unit(days: list[date]) -> Unit:
    span = (max(days) - min(days)).days if days else 0
    return "day" if span < MONTHS_FROM else "month" if span < YEARS_FROM else "year"


def _buckets(dated: Iterable[Dated], unit: Unit) -> list[schemas.Bucket]:
    counts = Counter[str]()
    for published, articles in dated:
        counts[named(published.first, unit)] += articles
    return [schemas.Bucket(period=period, articles=counts[period]) for period in sorted(counts)]


def _counted(found: Iterable[Named]) -> list[schemas.Counted]:
    return [schemas.Counted(name=one.name, articles=one.articles) for one in found]

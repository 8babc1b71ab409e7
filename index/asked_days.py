"""Whether what was found may be of the days that a question asks for."""

from collections.abc import Iterable, Sequence

from index.dates import Asked, fits, mentions
from index.questions import Understood
from index.records import Period
from index.shown import Shown
from index.view import View

# A longer stretch of years is said of what it spans, no day of which need be told.
LONGEST_NAMED = 3_660  # days


def may_be_then(asked: Understood, ranked: Sequence[Shown]) -> bool:
    """Whether some passage may be of the days asked for, where a question asks for nothing but what happened then."""
    if not asked.asks_but_for_days:
        return True
    return any(not days or _any_fits(asked.whole.times, days) for days in map(_told, ranked))


def of_other_days(view: View, asked: Understood, best: Shown) -> bool:
    """Whether a question names the year of what it asks for, and the article that answers best tells of others alone.

    Not so where the question names several times or publishers, of whose articles it may give the date.
    """
    named = _named(asked)
    if named is None or _any_fits([named], _told(best)):
        return False
    elsewhere = [*view.days_told(best.kept), *_title_days(best)]
    return bool(elsewhere or _told(best)) and not _any_fits([named], elsewhere)


def _named(asked: Understood) -> Asked | None:
    times = asked.whole.times
    if len(times) != 1 or asked.whole.publishers or asked.parts or asked.questions:
        return None
    [time] = times
    is_named = time.period is not None and not time.is_open and _has_year(time.span.of(asked.text))
    return time if is_named and time.period and time.period.days <= LONGEST_NAMED else None


def _has_year(text: str) -> bool:
    return any(text[at : at + 4].isdigit() for at in range(len(text) - 3))


def _told(one: Shown) -> list[Period]:
    """The days that a passage speaks of, and that of its publication."""
    return [*(said.period for said in one.kept.passage.times), *filter(None, [one.published])]


def _title_days(one: Shown) -> list[Period]:
    return [said.period for said in mentions(one.article.title, one.published) if said.period]


def _any_fits(times: Sequence[Asked], days: Iterable[Period]) -> bool:
    return any(fits(time, day) > 0 for time in times for day in days)

"""What a bare "February" may mean: the periods of which passages answer about equally well.

A question has several readings where it asks for a month, season, day or weekday that comes back and gives no year, and
where passages of different articles, each dated by the sentence that answers, fit different ones of its times, meet
nearly all of its words that the best meets, and are nearly as good as the best.
"""

from collections.abc import Sequence
from typing import NamedTuple

from index import dates
from index.dates import Asked
from index.records import Period

# As shares of what the best passage has: its score, how well its best sentence answers, the question's words in it.
AS_GOOD, AS_CLOSE, AS_COVERED = 0.88, 0.85, 0.9


class Telling(NamedTuple):
    """A passage that was found: its article, how good it is, and the days of what it tells."""

    article: str
    score: float
    answers: float
    covered: float
    days: tuple[Period, ...]


def readings(asked: Sequence[Asked], tellings: Sequence[Telling]) -> dict[Period, int]:
    """The place of the best telling of each period that is asked for, in order of time; at least two, or none."""
    if len(asked) != 1 or asked[0].recurring is None or not tellings:
        return {}
    found: dict[Period, int] = {}
    for place, telling in enumerate(tellings):
        period = _meant(asked[0], telling.days)
        if period is None and place == 0:
            return {}
        if period is not None and _is_as_good(telling, tellings[0]):
            found.setdefault(period, place)
    articles = {tellings[place].article for place in found.values()}
    return dict(sorted(found.items())) if len(articles) > 1 else {}


def _meant(asked: Asked, days: Sequence[Period]) -> Period | None:
    """Of the times that are asked for, the one that these days are of; None where it is none, or several."""
    times = {time for period in days if (time := dates.time_of(asked, period)) is not None}
    return times.pop() if len(times) == 1 else None


def _is_as_good(telling: Telling, best: Telling) -> bool:
    return (
        telling.score >= AS_GOOD * best.score
        and telling.answers >= AS_CLOSE * best.answers
        and telling.covered >= AS_COVERED * best.covered
    )

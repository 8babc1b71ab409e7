"""Other days: the sentence that tells of what the question asks about says that it was at another time."""

from collections.abc import Iterator, Sequence

from index import dates
from index.dates import Asked
from index.premises.told import Contradiction, Covering, Told

# How much of the question but for its days a sentence must have.
TOLD, TOLD_OWN, FEWEST_WORDS = 0.85, 0.8, 3
# What has about as much may be of the days asked for.
AS_MUCH = 0.2


def dated(told: Told) -> Iterator[tuple[float, Contradiction]]:
    """Where what is asked about is told of other days only, and how much of the question is told."""
    if len(told.days) != 1 or told.days[0].is_open:
        return
    asked = told.days[0]
    rest = told.telling(told.inside([asked.span]))
    if len(rest) < FEWEST_WORDS:
        return
    found = told.covering(rest)
    best = next((one for one in found if one.near >= TOLD and one.own >= TOLD_OWN), None)
    if best and best.sentence.days and not _may_be_then(told, asked, found, best.own - AS_MUCH):
        yield best.near, best.at(asked.span)


def _may_be_then(told: Told, asked: Asked, found: Sequence[Covering], least: float) -> bool:
    return any(one.own >= least and _is_then(told, asked, one) for one in found)


def _is_then(told: Told, asked: Asked, one: Covering) -> bool:
    """Whether a sentence speaks of some of the days asked for; one that speaks of none is of its article's."""
    published = told.passages[one.passage].published
    days = one.sentence.days or ((published,) if published else ())
    return not days or any(dates.fits(asked, period) > 0 for period in days)

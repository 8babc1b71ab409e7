"""Other days: the sentence that tells of what the question asks about says that it was at another time."""

import re
from collections.abc import Iterator, Sequence

from index import dates
from index.dates import Asked
from index.premises.told import Contradiction, Covering, Told

# How much of the question but for its days a sentence must have.
TOLD, TOLD_OWN, FEWEST_WORDS = 0.85, 0.8, 3
# What has about as much may be of the days asked for.
AS_MUCH = 0.2
# Who met whom in 2022 may be told of other years too: only "the 2022 trip" is one event.
_RECURS = re.compile(r"^\W*(?:(?:and|so|but)\s+)?(?:\w+\s+)?(?:who|whom|whose|what|which|when|where)\b", re.IGNORECASE)
_THE = re.compile(r"\b(?:the|that|this)\s+(?:\w+\s+)?$", re.IGNORECASE)


def dated(told: Told) -> Iterator[tuple[float, Contradiction]]:
    """Where what is asked about is told of other days only, and how much of the question is told."""
    if len(told.days) != 1 or told.days[0].is_open:
        return
    asked = told.days[0]
    if not _is_definite(told.question, asked):
        return
    rest = told.telling(told.inside([asked.span]))
    if len(rest) < FEWEST_WORDS:
        return
    found = told.covering(rest)
    best = next((one for one in found if one.near >= TOLD and one.own >= TOLD_OWN), None)
    if best and best.sentence.days and not _may_be_then(told, asked, found, best.own - AS_MUCH):
        yield best.near, best.at(asked.span)


def _is_definite(question: str, asked: Asked) -> bool:
    """Whether it speaks of one event at days of the calendar, as "why did Ruiz cancel the fair in 2021" does."""
    is_relative = asked.recurring is None and not any(map(str.isdigit, asked.span.of(question)))
    return not is_relative and bool(not _RECURS.search(question) or _THE.search(question[: asked.span.start]))


def _may_be_then(told: Told, asked: Asked, found: Sequence[Covering], least: float) -> bool:
    return any(one.own >= least and _is_then(told, asked, one) for one in found)


def _is_then(told: Told, asked: Asked, one: Covering) -> bool:
    """Whether a sentence speaks of some of the days asked for; one that speaks of none is of its article's."""
    published = told.passages[one.passage].published
    days = one.sentence.days or ((published,) if published else ())
    return not days or any(dates.fits(asked, period) > 0 for period in days)

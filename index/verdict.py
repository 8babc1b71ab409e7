"""Does the archive answer, and how sure is that.

A logistic regression of few signals, each of which can only speak for an answer: what is better met is never less sure.
"""

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import Invalid

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

# Where nothing was found, there is nothing to be sure of.
NOTHING_FOUND = 0.0
# Of several questions in one: covered less well, one has no support, unless it is answered so surely when asked alone;
# from SUPPORTED on it surely has some. benchmarks/parts.py shows what they are worth.
UNSUPPORTED, ALONE, SUPPORTED = 0.55, 0.5, 0.6
STEEPEST = 50.0
CHECKSUM = "checksum"
ROUNDS, SMALLEST_STEP = 200, 1e-9


@dataclass(frozen=True)
class Signals:
    """How well a question is met by what was found, from 0 to 1 or so, each the more the better.

    ``covered``: how well a sentence meets the telling words of the question, or one sentence a part each part's, a word
    that stands in it being met in full; ``names``: the share of the question that is no name or number which the best
    sentence lacks; ``sense``: how well the small words, which in a model's eyes carry the sense of what is around them,
    are met by the first passages.
    """

    covered: float
    names: float
    sense: float


@dataclass(frozen=True)
class ReadSignals(Signals):
    """The same where passages were read: ``answers`` is the reader's logit that the surest of them answers."""

    answers: float


def covered(met: Floats, parts: Sequence[Mask]) -> float:
    """The mean over the parts of how well the best sentence for each meets its words; ``met`` (sentences, words)."""
    return sum(float(met[:, part].mean(axis=1).max()) for part in parts) / len(parts)


def unsupported(covered: Sequence[float]) -> list[int]:
    """The places of those, among several questions in one, that have no support, where another surely has some."""
    if max(covered, default=0) < SUPPORTED:
        return []
    return [place for place, one in enumerate(covered) if one < UNSUPPORTED]


def names_met(met: Mask, names: Mask, rarities: Floats) -> float:
    """1 less the share of names that are not met in the whole question, by rarity; all of shape (words,)."""
    return 1 - float(rarities[names & ~met].sum()) / max(float(rarities.sum()), 1e-12)


@dataclass(frozen=True)
class Line:
    """What each signal weighs, none less than nothing, and what is added to them all."""

    weights: Signals
    offset: float

    def logit(self, signals: Signals) -> float:
        weights, values = asdict(self.weights), asdict(signals)
        return self.offset + math.fsum(weights[name] * values[name] for name in weights)


@dataclass(frozen=True)
class Calibration:
    """How signals are weighed where nothing was read, and where passages were."""

    fast: Line
    careful: Line

    def logit(self, signals: Signals) -> float:
        return (self.careful if isinstance(signals, ReadSignals) else self.fast).logit(signals)


def confidence(signals: Signals | None, calibration: Calibration) -> float:
    """The probability that the archive answers, given how well what was found meets the question; None for nothing."""
    if signals is None:
        return NOTHING_FOUND
    return 1 / (1 + math.exp(-max(-STEEPEST, min(calibration.logit(signals), STEEPEST))))


@cache
def shipped() -> Calibration:
    """Fitted on questions of several archives; benchmarks/calibration.py makes it."""
    return parsed(files("index").joinpath("calibration.json").read_text(encoding="utf-8"))


def parsed(text: str) -> Calibration:
    """:raises Invalid: the text is no calibration of these signals; says what is wrong."""
    try:
        content: Any = json.loads(text)
        if not isinstance(content, dict):
            raise TypeError("no object")
        _refuse_changed(content)
        return Calibration(_line(content["fast"], Signals), _line(content["careful"], ReadSignals))
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"it is no calibration of this version's signals ({error!r})") from error


def _refuse_changed(content: Mapping[str, object]) -> None:
    rest = {name: value for name, value in content.items() if name != CHECKSUM}
    if content.get(CHECKSUM, _checksum(rest)) != _checksum(rest):
        raise Invalid("it differs from its checksum; without a line for that, it is taken as it is")


def _checksum(content: Mapping[str, object]) -> int:
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def _line(content: Any, signals: type[Signals]) -> Line:
    weights, offset = content["weights"], float(content["offset"])
    values = {field.name: float(weights[field.name]) for field in fields(signals)}
    if len(weights) != len(values) or not all(map(math.isfinite, [*values.values(), offset])):
        raise Invalid("its weights are not one finite number a signal")
    if min(values.values()) < 0:
        raise Invalid("a weight is below 0")
    return Line(signals(**values), offset)


def as_text(calibration: Calibration, **notes: object) -> str:
    """A calibration as it is kept, with notes on where it comes from."""
    kept: Mapping[str, object] = json.loads(json.dumps({**asdict(calibration), **notes}))
    return json.dumps({**kept, CHECKSUM: _checksum(kept)}, indent=2) + "\n"


def fitted(
    signals: Floats, answered: Sequence[bool], shares: Floats, prior: Floats, trust: float
) -> tuple[Floats, float]:
    """Weights, none below 0, and an offset, by weighted logistic regression, shape of ``signals`` (questions, signals).

    ``shares`` say how much each question counts; ``trust`` how dear it is to leave the ``prior`` weights. Newton steps,
    in which what would go below 0 is held there.
    """
    rows = np.hstack([signals, np.ones((len(signals), 1))]).astype(np.float64)
    shares, answers = shares / shares.sum(), np.asarray(answered, np.float64)
    wanted, dear = np.append(prior, 0.0), np.append(np.full(len(prior), trust), 0.0)
    now = wanted.copy()
    for _ in range(ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(rows @ now, -STEEPEST, STEEPEST)))
        slope = rows.T @ (shares * (chances - answers)) + dear * (now - wanted)
        curve = (rows * (shares * chances * (1 - chances))[:, None]).T @ rows + np.diag(dear + 1e-9)
        free = ~((now <= 0) & (slope > 0)) | (np.arange(len(now)) == len(now) - 1)
        step = np.zeros_like(now)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        after = now - step
        after[:-1] = np.maximum(after[:-1], 0)
        if float(np.abs(after - now).max()) < SMALLEST_STEP:
            break
        now = after
    return now[:-1].astype(np.float32), float(now[-1])

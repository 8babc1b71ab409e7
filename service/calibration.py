"""Fits the confidence to a user's own archive: the shipped coefficients made steeper or flatter, and moved."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.durable import write_durably
from index.errors import Invalid
from index.folder import Index
from index.search import Question as Asked
from index.search import search
from index.verdict import Calibration, Signals, as_text, confidence, fitted, parsed, shipped
from service.evaluate import Question

NAME = "calibration.json"
# Fewer than this of either kind say more about themselves than about an archive.
FEWEST = 10
# As if so many questions more had been as the shipped coefficients say.
TRUSTED = 20.0


class Fit(NamedTuple):
    """Coefficients of an archive's own, and how wrong (log loss) the confidence was before and is after."""

    calibration: Calibration
    questions: int
    before: float
    after: float


def calibrated(index: Index, questions: Sequence[Question]) -> Fit:
    """Asks every question, and fits the confidence to which of them the archive answers.

    Platt scaling (1999) of the shipped coefficients: two numbers are fitted, so that some twenty questions will do.

    Raises:
        Invalid: too few questions that the archive answers, or that it does not.
    """
    _refuse_few(questions)
    found = [search(index, Asked(question.question)).signals for question in questions]
    pairs = [(s, q.answerable) for s, q in zip(found, questions, strict=True) if s is not None]
    answered = [answerable for _, answerable in pairs]
    logits = np.array([[shipped().logit(signals)] for signals, _ in pairs], np.float32)
    even = np.ones(len(pairs), np.float32)
    steepness, shift = fitted(logits, answered, even, np.ones(1, np.float32), TRUSTED / len(pairs))
    calibration = _scaled(shipped(), float(steepness[0]), shift)
    return Fit(calibration, len(questions), _loss(pairs, shipped()), _loss(pairs, calibration))


def keep(fit: Fit, data: Path) -> Path:
    """Write the coefficients into a data folder, where every later start finds them."""
    file = data / NAME
    write_durably(file, as_text(fit.calibration, questions=fit.questions).encode())
    return file


def told(fit: Fit, file: Path) -> str:
    """What was done, and how to undo it."""
    return (
        f"{fit.questions} questions: log loss {fit.before:.3f} before, {fit.after:.3f} now, on the same questions\n"
        f"kept in {file}; a running service takes it up when it starts again; remove the file to undo"
    )


def kept(data: Path) -> Calibration:
    """A data folder's own coefficients, or those shipped.

    Raises:
        Invalid: the file there can't be used; names it and what mends it.
    """
    file = data / NAME
    try:
        return parsed(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return shipped()
    except (Invalid, UnicodeDecodeError) as fault:
        raise Invalid(f"{file}: {fault}; run `footnote calibrate` again, or remove it") from fault


def _refuse_few(questions: Sequence[Question]) -> None:
    answerable = sum(question.answerable for question in questions)
    if min(answerable, len(questions) - answerable) < FEWEST:
        raise Invalid(
            f"{answerable} questions that the archive answers and {len(questions) - answerable} that it does not: "
            f'at least {FEWEST} of each are needed, the latter with "answerable": false'
        )


def _scaled(calibration: Calibration, by: float, shift: float) -> Calibration:
    weights = {name: by * weight for name, weight in asdict(calibration.weights).items()}
    return Calibration(Signals(**weights), by * calibration.offset + shift)


def _loss(pairs: Sequence[tuple[Signals, bool]], calibration: Calibration) -> float:
    """Mean negative log likelihood."""
    chances = np.array([confidence(signals, calibration) for signals, _ in pairs])
    right = np.where([answerable for _, answerable in pairs], chances, 1 - chances)
    return float(-np.log(np.maximum(right, 1e-12)).mean())

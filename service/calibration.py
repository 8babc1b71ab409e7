"""Fits the confidence to a user's own archive: the shipped coefficients made steeper or flatter, and moved."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.durable import write_durably
from index.errors import Invalid
from index.folder import Index
from index.search import Effort, search
from index.search import Question as Asked
from index.verdict import Calibration, Line, ReadSignals, Signals, as_text, confidence, fitted, parsed, shipped
from service.evaluate import Question

Judged = tuple[Signals, bool]

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
    fast = _judged(index, questions, "fast")
    careful = _judged(index, questions, "careful") if index.reader else fast
    # What was not read of, though it might have been, is as sure as without a reader.
    read = [(signals, answerable) for signals, answerable in careful if isinstance(signals, ReadSignals)] or fast
    calibration = Calibration(_fitted(shipped().fast, fast), _fitted(shipped().careful, read))
    return Fit(calibration, len(questions), _loss(careful, shipped()), _loss(careful, calibration))


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


def _judged(index: Index, questions: Sequence[Question], effort: Effort) -> list[Judged]:
    """The signals of every question for which something was found, and whether the archive answers it."""
    found = [search(index, Asked(question.question, effort=effort)).signals for question in questions]
    return [(signals, q.answerable) for signals, q in zip(found, questions, strict=True) if signals is not None]


def _fitted(line: Line, judged: Sequence[Judged]) -> Line:
    logits = np.array([[shipped().logit(signals)] for signals, _ in judged], np.float32)
    answered, even = [answerable for _, answerable in judged], np.ones(len(judged), np.float32)
    steepness, shift = fitted(logits, answered, even, np.ones(1, np.float32), TRUSTED / len(judged))
    weights = {name: float(steepness[0]) * weight for name, weight in asdict(line.weights).items()}
    return Line(replace(line.weights, **weights), float(steepness[0]) * line.offset + shift)


def _loss(pairs: Sequence[Judged], calibration: Calibration) -> float:
    """Mean negative log likelihood."""
    chances = np.array([confidence(signals, calibration) for signals, _ in pairs])
    right = np.where([answerable for _, answerable in pairs], chances, 1 - chances)
    return float(-np.log(np.maximum(right, 1e-12)).mean())

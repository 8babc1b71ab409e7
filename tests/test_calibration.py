from contextlib import closing
from pathlib import Path

import pytest

from index.errors import Invalid
from index.search import Question as Asked
from index.search import search
from index.verdict import Calibration, Line, ReadSignals, Signals, as_text, confidence, shipped
from service.calibration import NAME, calibrated, keep, kept, told
from service.evaluate import Question
from tests.archive import filled

FLAT = Calibration(Line(Signals(0.0, 0.0, 0.0), 0.0), Line(ReadSignals(0.0, 0.0, 0.0, 0.0), 0.0))
THINGS = [f"{a}{b}" for a in ("balloon", "harbour", "summit", "election") for b in ("ade", "ing", "ology")]


def questions() -> list[Question]:
    told = [Question(question=f"what became of the {thing} yesterday") for thing in THINGS]
    return [*told, *(Question(question=f"who won cup number {i} in Peru", answerable=False) for i in range(12))]


def test_an_archives_own_questions_make_its_confidence_righter(tmp_path: Path) -> None:
    with closing(filled(tmp_path, {t: f"What became of the {t} yesterday was told." for t in THINGS})) as index:
        fit = calibrated(index, questions())
        signals = search(index, Asked(questions()[0].question)).signals

    assert fit.questions == 24
    assert fit.after < fit.before
    assert confidence(signals, fit.calibration) > 0.5


def test_signals_keep_their_order_of_weight(tmp_path: Path) -> None:
    with closing(filled(tmp_path, {t: f"What became of the {t} yesterday was told." for t in THINGS})) as index:
        own = calibrated(index, questions()).calibration

    ours, theirs = own.fast.weights, shipped().fast.weights
    assert ours.covered / ours.sense == pytest.approx(theirs.covered / theirs.sense)


@pytest.mark.parametrize("some", [slice(0, 12), slice(3, None), slice(0, 21)])
def test_too_few_questions_of_a_kind_are_refused(tmp_path: Path, some: slice) -> None:
    with closing(filled(tmp_path, {})) as index, pytest.raises(Invalid, match="at least 10 of each"):
        calibrated(index, questions()[some])


def test_what_is_kept_is_found_again_and_its_removal_undoes_it(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(as_text(FLAT))
    assert kept(tmp_path) == FLAT

    (tmp_path / NAME).unlink()
    assert kept(tmp_path) == shipped()


def test_a_damaged_file_is_named_with_what_mends_it(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("{}")

    with pytest.raises(Invalid, match=r"calibration\.json.*run `footnote calibrate` again, or remove it"):
        kept(tmp_path)


def test_a_fit_is_told_with_its_file(tmp_path: Path) -> None:
    with closing(filled(tmp_path, {t: f"What became of the {t} yesterday was told." for t in THINGS})) as index:
        fit = calibrated(index, questions())

    file = keep(fit, tmp_path)

    assert kept(tmp_path) == fit.calibration
    assert told(fit, file).startswith("24 questions: log loss ")
    assert f"kept in {file}" in told(fit, file)

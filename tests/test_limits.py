from pathlib import Path

import pytest

from service.fleeting import FILE, Fleeting
from service.limits import Limits

NOW = 1_800_000_000.0


def test_a_minutes_requests_may_come_at_once_and_then_one_at_a_time(tmp_path: Path) -> None:
    limits = Limits(Fleeting(tmp_path))

    waits = [limits.wait("anna", 3, NOW) for _ in range(5)]

    assert waits == [0, 0, 0, 20, 20]
    assert [limits.wait("anna", 3, NOW + 20), limits.wait("anna", 3, NOW + 21)] == [0, pytest.approx(19)]
    assert [limits.wait("anna", 3, NOW + 100) for _ in range(4)] == [0, 0, 0, 20]


def test_each_is_counted_alone(tmp_path: Path) -> None:
    limits = Limits(Fleeting(tmp_path))
    limits.wait("anna", 1, NOW)

    assert (limits.wait("anna", 1, NOW), limits.wait("ben", 1, NOW)) == (60, 0)


def test_all_processes_count_together(tmp_path: Path) -> None:
    here, there = Limits(Fleeting(tmp_path)), Limits(Fleeting(tmp_path))

    assert [limits.wait("anna", 2, NOW) for limits in (here, there, here, there)] == [0, 0, 30, 30]


def test_a_clock_that_is_set_back_locks_nobody_out_for_long(tmp_path: Path) -> None:
    limits = Limits(Fleeting(tmp_path))
    limits.wait("anna", 1, NOW)

    assert limits.wait("anna", 1, NOW - 86_400) == 0
    assert limits.wait("anna", 1, NOW - 86_400) == 60
    assert limits.wait("anna", 1, NOW - 86_400 + 60) == 0


def test_a_damaged_file_is_made_anew_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    limits = Limits(Fleeting(tmp_path))

    assert [limits.wait("anna", 1, NOW) for _ in range(3)] == [0, 0, 60]


def test_those_who_have_not_asked_for_a_minute_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.limits.SWEPT_EVERY", 2)
    file = Fleeting(tmp_path)
    limits = Limits(file)
    limits.wait("anna", 1, NOW)
    limits.wait("ben", 60, NOW + 3600)

    with file.open().reading() as connection:
        assert connection.execute("SELECT who FROM arrivals").fetchall() == [("ben",)]

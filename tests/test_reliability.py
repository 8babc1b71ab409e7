"""docs/reliability.md names tests and commands: each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
COLUMNS = ["promise", "test", "cases", "failures", "repeat"]
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("|")]
ROWS = [line for line in LINES if line != COLUMNS and not set(line[0]) <= {"-"}]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_row_has_a_promise_a_test_its_cases_its_failures_and_a_command() -> None:
    assert ROWS
    assert [row for row in ROWS if len(row) != len(COLUMNS) or not all(row)] == []
    assert [row for row in ROWS if not quoted(row[1]) or not quoted(row[4])] == []


def test_no_promise_is_listed_that_was_seen_to_fail() -> None:
    assert [row for row in ROWS if row[3] != "0"] == []
    assert [row for row in ROWS if not re.fullmatch(r"[\d,]+", row[2])] == []


@pytest.mark.parametrize("named", sorted({one for row in ROWS for one in quoted(row[1])}))
def test_every_test_that_is_named_is_there(named: str) -> None:
    path, _, name = named.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert not name or re.search(rf"^(def {name}\(|{name} = )", source, re.MULTILINE)


@pytest.mark.parametrize("command", sorted({one for row in ROWS for one in quoted(row[4])}))
def test_every_command_that_is_named_is_a_target_of_make(command: str) -> None:
    found = re.fullmatch(r"(?:[A-Z_]+=\S+ )?make ([a-z-]+)(?: [A-Z_]+=\S+)*", command)
    assert found is not None
    assert found[1] in TARGETS

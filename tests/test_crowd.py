"""Several processes that write, delete, ask, read and rebuild one folder (`make crowd MINUTES=10` for a long look)."""

from pathlib import Path

from benchmarks.crowd import crowd


def test_no_question_finds_what_was_deleted_or_misses_what_was_put_and_no_quote_is_torn(tmp_path: Path) -> None:
    done = crowd(tmp_path / "data", 8, each=1)

    assert [line for one in done.values() for line in one.wrong] == []
    assert {role for role, one in done.items() if one.steps} >= {"writes", "deletes", "asks", "reads"}
    assert done["asks"].checked

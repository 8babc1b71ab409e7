import sys
from pathlib import Path

import pytest

from service import cli
from tests.archive import filled


def footnote(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """The exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "data", {"a": "Balloon flew."}).close()
    monkeypatch.chdir(tmp_path)


def test_a_backup_is_made_verified_and_restored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert footnote(monkeypatch, "backup", "kept.tgz") == 0
    assert footnote(monkeypatch, "backup", "--verify", "kept.tgz") == 0
    assert footnote(monkeypatch, "restore", "kept.tgz", "--data", "copy") == 0
    assert footnote(monkeypatch, "restore", "kept.tgz", "--data", "copy", "--replace") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(" of ")[0] for line in said[:4]] == [
        *["kept.tgz: 1 article"] * 2,
        *["copy: 1 article"] * 2,
    ]
    assert said[4].startswith("what was there is in copy/before-")
    assert Path("kept.tgz").read_bytes()[:2] == b"\x1f\x8b"


def test_what_goes_wrong_has_the_exit_codes_of_the_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert footnote(monkeypatch, "backup", "kept.tar") == 0
    assert footnote(monkeypatch, "backup", "kept.tar") == 2
    assert footnote(monkeypatch, "backup", "kept.tar", "--overwrite") == 0
    assert footnote(monkeypatch, "backup", "x.tar", "--data", "nowhere") == 2
    assert footnote(monkeypatch, "restore", "nowhere.tar") == 2
    assert footnote(monkeypatch, "restore", "kept.tar") == 2
    damaged = bytearray(Path("kept.tar").read_bytes())
    damaged[9000] ^= 1
    Path("kept.tar").write_bytes(damaged)
    assert footnote(monkeypatch, "backup", "--verify", "kept.tar") == 3
    assert footnote(monkeypatch, "restore", "kept.tar", "--data", "copy") == 3
    assert footnote(monkeypatch, "backup", "/proc/kept.tar") == 3
    assert capsys.readouterr().err.splitlines() == [
        "footnote: kept.tar is there already: choose another name, or say --overwrite",
        "footnote: nowhere holds no archive: it has no store.sqlite",
        "footnote: there is no file nowhere.tar",
        "footnote: data is not empty: name another by --data, or say --replace",
        *["footnote: kept.tar is damaged: a file in it differs from its checksum"] * 2,
        "footnote: [Errno 2] No such file or directory: '/proc/kept.tar.part'",
    ]

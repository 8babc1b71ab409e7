import os
from pathlib import Path

import pytest

from index.durable import keep_only, make_folder, write_durably


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write_durably(path, b"long and old")
    write_durably(path, b"new")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"settings.json": b"new"}


def test_until_all_is_on_disk_the_old_file_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    write_durably(path, b"old")

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"


def test_what_a_crash_left_half_written_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "settings.json.new").write_bytes(b"half of something longer")
    write_durably(tmp_path / "settings.json", b"new")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"settings.json": b"new"}


def test_files_named_beside_it_are_synced_before_the_new_one_is_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, beside = tmp_path / "numbers", tmp_path / "vectors"
    beside.write_bytes(b"1")
    seen: list[tuple[str, bool]] = []
    real = os.fsync

    def noted(descriptor: int) -> None:
        synced = os.fstat(descriptor)
        [name] = [file.name for file in (tmp_path, *tmp_path.iterdir()) if os.path.samestat(file.stat(), synced)]
        seen.append((name, path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    write_durably(path, b"2", beside=[beside])
    assert seen == [("vectors", False), ("numbers.new", False), (tmp_path.name, True)]


def test_a_folder_is_made_with_those_it_is_in_and_left_alone_when_it_is_there(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "file").touch()
    make_folder(tmp_path / "a" / "b")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["file"]


def test_all_but_what_is_kept_is_removed_and_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    make_folder(folder / "old")
    make_folder(elsewhere)
    for path in (folder / "kept", folder / "gone", folder / "old" / "inside", elsewhere / "safe"):
        path.touch()
    (folder / "link").symlink_to(elsewhere)
    keep_only(folder, {"kept", "missing"})
    assert [path.name for path in folder.iterdir()] == ["kept"]
    assert (elsewhere / "safe").exists()


def test_a_folder_that_is_not_there_holds_nothing_to_remove(tmp_path: Path) -> None:
    keep_only(tmp_path / "nowhere", set())
    assert list(tmp_path.iterdir()) == []

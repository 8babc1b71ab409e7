"""What is given as a backup: damaged, cut off, foreign, or made to do harm."""

import gzip
import hashlib
import json
import random
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from index.backup.shape import AROUND_BYTES, Member, header_of, read
from index.errors import BackupDamaged, IndexMismatch, Invalid
from tests.archive import filled
from tests.keeping import Files, kept, packed, restored, unpacked


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backups") / "data"
    filled(folder, {"a": "Balloon flew over Montana."}).close()
    return kept(folder)


def content(file: Path) -> Files:
    found: Files = []

    def sink(member: Member, pieces: Iterable[bytes]) -> None:
        found.append((member.name, b"".join(pieces)))

    read(file, sink)
    return found


def test_every_file_comes_out_as_it_went_in(backup: Path) -> None:
    inside = unpacked(backup)
    assert content(backup) == inside[1:-1]
    sums = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in inside[:-1]]
    assert inside[-1] == ("SHA256SUMS", "".join(sums).encode())
    assert (header_of(backup).articles, header_of(backup).files[0].name) == (1, "store.sqlite")


@pytest.mark.parametrize("packing", [bytes, gzip.compress])
def test_no_flipped_bit_comes_through(backup: Path, tmp_path: Path, packing: Callable[[bytes], bytes]) -> None:
    chance, whole, expected = random.Random(7), packing(backup.read_bytes()), content(backup)
    refused = 0
    # Every byte of the first headers, and some everywhere.
    for place in [*range(0, 1536, 3), *(chance.randrange(len(whole)) for _ in range(300))]:
        data = bytearray(whole)
        data[place] ^= 1 << chance.randrange(8)
        (tmp_path / "flipped").write_bytes(data)
        try:
            assert content(tmp_path / "flipped") == expected
        except (BackupDamaged, Invalid, IndexMismatch):
            refused += 1
    assert refused > 400


@pytest.mark.parametrize("packing", [bytes, gzip.compress])
def test_what_is_cut_off_is_refused(backup: Path, tmp_path: Path, packing: Callable[[bytes], bytes]) -> None:
    whole = packing(backup.read_bytes())
    for length in [0, 1, 511, 512, *range(513, len(whole) * 9 // 10, len(whole) // 60)]:
        (tmp_path / "short").write_bytes(whole[:length])
        with pytest.raises((BackupDamaged, Invalid), match="short (is damaged|is no backup of Footnote)"):
            content(tmp_path / "short")


def test_a_damaged_backup_makes_no_folder(backup: Path, tmp_path: Path) -> None:
    data = bytearray(backup.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "flipped").write_bytes(data)
    with pytest.raises(BackupDamaged, match="flipped is damaged"):
        restored(tmp_path / "flipped", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("content", [b"", b"no tar", b"\x1f\x8b no gzip", bytes(10240), b"PK\x03\x04" + bytes(900)])
def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Invalid, match="file is no backup of Footnote"):
        restored(tmp_path / "file", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_another_tar_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"it does not begin with footnote-backup\.json"):
        restored(packed(tmp_path / "file", [("store.sqlite", b"x")]), tmp_path / "copy")


# What is made to do harm


def forged(file: Path, files: Files, header: dict[str, Any] | None = None, **change: Any) -> Path:
    """A backup whose checksums are right, whatever it holds."""
    said = {
        "made_at": "2026-01-01",
        "footnote": "0.1.0",
        "articles": 1,
        "versions": 1,
        "formats": {"store.sqlite": 1},
        "files": [{"name": name, "size": len(data)} for name, data in files],
        "format": 1,
    } | (header or {})
    inside = [("footnote-backup.json", json.dumps(said).encode()), *files]
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in inside)
    return packed(file, [*inside, ("SHA256SUMS", sums.encode())], **change)


def test_what_is_forged_well_is_taken(tmp_path: Path) -> None:
    files = [("store.sqlite", b"x"), ("vectors/1/tokens.npy", b"y")]
    assert content(forged(tmp_path / "file", files)) == files


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../store.sqlite",
        "vectors/../../x",
        "vectors/1/../../../x",
        "vectors/./x",
        "vectors//x",
        "intake/a/b\n",
        "intake/\0/x",
        "words",
        "words/meta.json",
        "other.txt",
        "store.sqlite-wal",
        "footnote-backup.json",
        "intake/" + "x/" * 600 + "x",
    ],
)
def test_no_file_comes_to_lie_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupDamaged, match="is no file of a data folder"):
        restored(forged(tmp_path / "file", [("store.sqlite", b"x"), (name, b"x")]), tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    def change(info: tarfile.TarInfo) -> None:
        if info.name == "store.sqlite":
            info.type, info.linkname = kind, "/etc/passwd"

    with pytest.raises(BackupDamaged, match="'store.sqlite' is no plain file"):
        restored(forged(tmp_path / "file", [("store.sqlite", b"")], change=change), tmp_path / "copy")


def test_a_file_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupDamaged, match="stands there twice"):
        content(forged(tmp_path / "file", [("store.sqlite", b"x"), ("store.sqlite", b"y")]))


def test_more_than_the_header_lists_is_refused(tmp_path: Path) -> None:
    listed = [{"name": "store.sqlite", "size": 1}]
    more = forged(tmp_path / "file", [("store.sqlite", b"x"), ("vectors/1/x", b"y")], {"files": listed})
    with pytest.raises(BackupDamaged, match="is damaged"):
        content(more)


def test_a_header_that_claims_to_be_endless_is_not_read_into_memory(tmp_path: Path) -> None:
    # A long name, as tar has it, of 64 MB that compress to nothing.
    inside = packed(tmp_path / "file", [("x" * 150, b"")])
    block = bytearray(inside.read_bytes()[:512])
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 26
    (tmp_path / "bomb").write_bytes(gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 26) + bytes(block)))
    assert (tmp_path / "bomb").stat().st_size < AROUND_BYTES
    with pytest.raises(Invalid, match="it has more than it says"):
        content(tmp_path / "bomb")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"format": 2}, r"made by a newer Footnote \(backup format 2\): update"),
        ({"formats": {"store.sqlite": 99}}, r"store\.sqlite in .* was made by a newer Footnote \(format 99\): update"),
        ({"formats": {"other.sqlite": 1}}, r"other\.sqlite in .* was made by a newer Footnote"),
    ],
)
def test_a_newer_footnote_is_named_as_the_reason(tmp_path: Path, header: dict[str, Any], said: str) -> None:
    with pytest.raises(IndexMismatch, match=said):
        restored(forged(tmp_path / "file", [("store.sqlite", b"x")], header), tmp_path / "copy")


@pytest.mark.parametrize("header", [{"files": 7}, {"files": [{"name": 1}]}, {"format": "x"}, {"surplus": 1}])
def test_a_header_that_makes_no_sense_is_said_to_be_damaged(tmp_path: Path, header: dict[str, Any]) -> None:
    with pytest.raises(BackupDamaged, match=r"footnote-backup\.json can't be read"):
        content(forged(tmp_path / "file", [("store.sqlite", b"x")], header))

"""Archives to articles: ids are paths inside, one bad member spoils nothing, and what is made to do harm is refused."""

import json
import tarfile
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.readers import Limits, read
from index.records import Article, RawFile, Rejection
from tests.test_readers_docx import TEXT as DOCX_TEXT
from tests.test_readers_docx import written
from tests.test_readers_pdf import drawn, typed

LIMITS = Limits(max_characters=100_000, max_bytes=1_000_000)


def zipped(files: Mapping[str, bytes | str], method: int = ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: Mapping[str, bytes | str], mode: Any = "w:gz") -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
    return out.getvalue()


PACKERS: list[tuple[str, Callable[[Mapping[str, bytes | str]], bytes]]] = [
    ("a.zip", zipped),
    ("a.tar.gz", tarred),
    ("a.TGZ", tarred),
    ("a.tar", partial(tarred, mode="w")),
]


def found(name: str, data: bytes, **more: Any) -> list[Article | Rejection]:
    return list(read(RawFile(name, **{"id": "a", "open": partial(BytesIO, data), **more}), LIMITS))


def articles(name: str, data: bytes, **more: Any) -> list[Article]:
    return [one for one in found(name, data, **more) if isinstance(one, Article)]


def refusals(name: str, data: bytes) -> list[str]:
    return [str(one) for one in found(name, data) if isinstance(one, Rejection)]


@pytest.mark.parametrize(("name", "packer"), PACKERS)
def test_files_of_every_format_are_read_and_called_by_their_paths(name: str, packer: Any) -> None:
    files = {
        "./2023/06/trip.txt": "A trip\n\nIt was off.",
        "notes.md": "# Notes\n\nText.",
        "doc.docx": written(),
        "paper.pdf": drawn(lambda canvas: typed(canvas, "Text.")),
        "more.jsonl": json.dumps({"id": "x/1", "title": "t", "text": "x"}) + "\n",
        "export.csv": "headline,content\nt,x\n",
        "page.html": "<html><body><article><p>" + "A story that is told. " * 10 + "</p></article></body></html>",
        ".hidden/a.txt": "x",
        "__MACOSX/a.txt": "x",
    }
    got = articles(name, packer(files), id="p:a", id_prefix="p:")
    ids = ["p:2023/06/trip", "p:notes", "p:doc", "p:paper", "p:x/1", "p:export/1", "p:page"]
    assert [one.id for one in got] == ids
    assert got[0] == Article("p:2023/06/trip", "A trip", "A trip\n\nIt was off.")
    assert got[2].text == DOCX_TEXT
    assert refusals(name, packer(files)) == []


@pytest.mark.parametrize(("name", "packer"), PACKERS)
def test_a_table_inside_describes_the_members_beside_it(name: str, packer: Any) -> None:
    table = "file,id,source,encoding\na.txt,own,S,\nsub/b.txt,,,windows-1252\ngone.txt,,,\n"
    files = {"x/articles.csv": table, "x/a.txt": "A", "x/sub/b.txt": b"caf\xe9"}
    got = found(name, packer(files), given={"source": "Given", "tags": ["t"]})
    assert got == [
        Rejection(f"{name}/x/articles.csv", "there is no file 'gone.txt' beside it", 4),
        Article("own", "A", "A", source="S", tags=("t",)),
        Article("x/sub/b", "café", "café", source="Given", tags=("t",)),
    ]


@pytest.mark.parametrize(("name", "packer"), PACKERS)
def test_a_bad_member_is_rejected_by_its_path_and_the_others_go_in(name: str, packer: Any) -> None:
    files = {
        "../escape.txt": "x",
        "/root.txt": "x",
        "C:/drive.txt": "x",
        "a.pdf": b"%PDF-1.4",
        "b.zip": zipped({"a.txt": "x"}),
        "c.txt": "",
        "d/e.txt": "one",
        "d/e.md": "two",
        "picture.png": b"x",
        "good.txt": "Good.",
    }
    data = packer(files)
    assert [one.id for one in articles(name, data)] == ["good"]
    got = [said.partition(": ") for said in refusals(name, data)]
    outside = "names a place outside the archive"
    if name != "a.zip":  # Python's zip writer drops the slash at the beginning
        assert (f"{name}/root.txt", ": ", outside) in got
    assert {(f"{name}/../escape.txt", outside), (f"{name}/C:/drive.txt", outside)} <= {(a, b) for a, _, b in got}
    said = {path: reason for path, _, reason in got}
    assert said[f"{name}/a.pdf"].startswith("is a PDF document that can't be read")
    assert said[f"{name}/b.zip"] == "is an archive inside an archive: unpack it, and bring it by itself"
    assert said[f"{name}/c.txt"] == "is empty"
    assert said[f"{name}/d/e.txt"] == f"comes to the same id 'd/e' as {name}/d/e.md; none of them went in"
    assert said[f"{name}/d/e.md"] == f"comes to the same id 'd/e' as {name}/d/e.txt; none of them went in"
    assert said[f"{name}/picture.png"].startswith("no reader for this kind of file")


def test_links_and_devices_of_a_tar_are_not_followed() -> None:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("a.txt", tarfile.SYMTYPE), ("b.txt", tarfile.LNKTYPE), ("c.txt", tarfile.CHRTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    assert refusals("a.tar", out.getvalue()) == [
        *("a.tar/a.txt: is a link", "a.tar/b.txt: is a link", "a.tar/c.txt: is not a regular file"),
    ]


def test_an_encrypted_or_damaged_member_of_a_zip_is_rejected_and_the_others_go_in() -> None:
    data = bytearray(zipped({"a.txt": "first " * 9, "b.txt": "second", "c.txt": "third"}, ZIP_STORED))
    data[data.index(b"first") + 3] ^= 1
    for at in (data.index(b"PK\x03\x04", 60) + 6, data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4) + 8):
        data[at] |= 1
    assert [one.id for one in articles("a.zip", bytes(data))] == ["c"]
    assert refusals("a.zip", bytes(data)) == [
        "a.zip/a.txt: is damaged inside its archive: Bad CRC-32 for file 'a.txt'",
        "a.zip/b.txt: is encrypted",
    ]


def test_what_stands_before_a_tar_s_end_was_cut_off_goes_in() -> None:
    files = {f"{number}.txt": bytes(range(48, 90)) * 40 * (number + 1) for number in range(5)}
    for name, data in (("a.tar", tarred(files, "w")), ("a.tgz", tarred(files))):
        cut = data[: len(data) * 2 // 3]
        assert [one.id for one in articles(name, cut)][:1] == ["0"]
        assert refusals(name, cut)[-1].startswith(f"{name}: is damaged from here on: ")


def test_bombs_are_refused_before_they_go_off() -> None:
    zeros = b"0" * 30_000_000
    [refusal] = refusals("a.zip", zipped({"a.txt": zeros, "b.txt": "x"}))
    assert refusal.startswith("a.zip/a.txt: unpacks ")
    assert refusal.endswith(" bytes to 30,000,000 or more, as only what is made to do harm does")
    [refusal] = refusals("a.tgz", tarred({"a.txt": zeros, "b.txt": "x"}))
    assert "as only what is made to do harm does" in refusal


def test_a_header_of_a_tar_that_takes_all_memory_is_refused() -> None:
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, 2**30
    [refusal] = refusals("a.tar", entry.tobuf() + b"0" * 10_240)
    assert "as only what is made to do harm does" in refusal


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.zip", b"", "a.zip: is empty"),
        ("a.zip", b"words", "a.zip: is not a zip archive or an office document, or its beginning is damaged"),
        ("a.zip", tarred({}), "a.zip: is gzip, not a zip archive"),
        ("a.zip", b"PK\x03\x04", "a.zip: is a zip archive that is damaged: File is not a zip file"),
        ("a.zip", written(), "a.zip: is an office document: its suffix says which, such as .docx"),
        ("a.tgz", zipped({}), "a.tgz: is a zip archive or an office document, not gzip"),
        ("a.tgz", b"\x1f\x8b\x08 and no more", "a.tgz: is a tar archive that is damaged: "),
        ("a.tar", b"x" * 600, "a.tar: is not a tar archive, or its beginning is damaged"),
    ],
)
def test_what_is_no_archive_is_rejected_with_its_reason(name: str, data: bytes, message: str) -> None:
    [refusal] = refusals(name, data)
    assert refusal.startswith(message)


def test_a_name_that_is_no_text_is_rejected_in_words_that_can_be_printed() -> None:
    entry = tarfile.TarInfo("caf\udce9.txt")
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(entry)
    assert refusals("a.tar", out.getvalue()) == ["a.tar/caf\\udce9.txt: its name is not UTF-8"]


def test_a_zip_s_name_in_utf_8_that_does_not_say_so_is_known() -> None:
    data = zipped({"cafe.txt": "x"}).replace(b"cafe.txt", "caé.txt".encode())
    assert [one.id for one in articles("a.zip", data)] == ["caé"]


GOOD = {
    "a.zip": zipped({"a.txt": "one", "b.txt": "two"}),
    "a.tgz": tarred({"a.txt": "one", "b.txt": "two"}),
    "a.tar": tarred({"a.txt": "one", "b.txt": "two"}, "w"),
}


@settings(deadline=None)
@given(st.sampled_from(list(GOOD)), st.data())
def test_a_damaged_archive_is_read_or_rejected(name: str, data: st.DataObject) -> None:
    good = GOOD[name]
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255))
    for damaged in (good[:at], good[:at] + bytes([byte]) + good[at + 1 :]):
        got = found(name, damaged)
        assert not [one for one in got if isinstance(one, Rejection) and "its reader failed" in one.reason]

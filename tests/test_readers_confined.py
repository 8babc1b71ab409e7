"""Files read apart: the same articles, and an end to what takes too long, too much memory, or the process along."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from index import readers
from index.readers import Limits
from index.readers.confined import Bounds, Reading
from index.records import Article, RawFile, Rejection
from tests.pages import page
from tests.test_readers_archives import zipped
from tests.test_readers_docx import written
from tests.test_readers_html import STORY, TITLE

LIMITS = Limits()
BOUNDS = Bounds(seconds=20, memory=2**30)
GOOD = RawFile("good.docx", "good", partial(BytesIO, written()))


@pytest.fixture
def reading() -> Iterator[Reading]:
    with Reading(LIMITS, BOUNDS) as one:
        yield one


def asleep() -> BinaryIO:
    time.sleep(60)
    raise AssertionError


def crashing() -> BinaryIO:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def hungry() -> BinaryIO:
    return BytesIO(bytes(2**31))


def test_files_are_read_as_they_are_here(reading: Reading) -> None:
    files = [
        GOOD,
        RawFile("a.html", "a", partial(BytesIO, page(TITLE, STORY).encode())),
        RawFile("a.txt", "a", partial(BytesIO, b"Text.")),
        RawFile("a.docx", "a", lambda: BytesIO(written())),
        RawFile("a.zip", "p:a", partial(BytesIO, zipped({"a.txt": "one", "b.pdf": "x"})), id_prefix="p:"),
        RawFile("a.pdf", "a", partial(BytesIO, b"%PDF-")),
    ]
    for file in files:
        assert list(reading.read(file)) == list(readers.read(file, LIMITS))


@pytest.mark.parametrize(
    ("opened", "seconds", "reason"),
    [
        (asleep, 1, "took longer than 1 seconds to read"),
        (crashing, 20, "ended its reader: it takes too much memory, or is made to do harm"),
        (hungry, 20, "is damaged: its reader failed with MemoryError ('')"),
    ],
)
def test_one_file_that_takes_too_much_is_rejected_and_the_next_is_read(
    opened: Callable[[], BinaryIO], seconds: int, reason: str
) -> None:
    with Reading(LIMITS, BOUNDS) as reading:
        assert len(list(reading.read(GOOD))) == 1
        reading.bounds = Bounds(seconds=seconds)
        began = time.monotonic()
        assert list(_apart_with(reading).read(RawFile("a.pdf", "a", opened))) == [Rejection("a.pdf", reason)]
        assert time.monotonic() - began < 20
        reading.bounds = Bounds()
        [found] = _apart_with(reading).read(GOOD)
        assert isinstance(found, Article)


def _apart_with(reading: Reading) -> Reading:
    if reading._apart is not None:
        reading._apart.bounds = reading.bounds
    return reading


def test_what_is_not_read_to_its_end_does_not_answer_for_the_next(reading: Reading) -> None:
    many = zipped({f"{number}.txt": "x" for number in range(50)})
    first = reading.read(RawFile("a.zip", "a", partial(BytesIO, many)))
    next(first)
    first.close()  # type: ignore[attr-defined]
    [found] = reading.read(GOOD)
    assert isinstance(found, Article)
    assert found.id == "good"


def test_the_process_knows_no_secret_and_ends_with_its_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_API_KEY", "secret")
    with Reading(LIMITS) as reading:
        assert [one.reason for one in reading.read(RawFile("a.pdf", "a", told)) if isinstance(one, Rejection)] == [
            "can't be read: no key here"
        ]
        process = reading._apart.process if reading._apart else None
    assert process is not None
    assert process.returncode == -signal.SIGKILL


def told() -> BinaryIO:
    raise OSError(0, "no key here" if "FOOTNOTE_API_KEY" not in os.environ else "a key")


def test_what_is_expected_is_read_before_its_turn_and_told_in_its_order(tmp_path: Path) -> None:
    marks = [RawFile(f"{name}.pdf", name, partial(marking, tmp_path / name)) for name in "abc"]
    with Reading(LIMITS, BOUNDS) as reading:
        for file in marks:
            reading.expect(file)
        assert soon(lambda: {path.name for path in tmp_path.iterdir()} == {*"abc"})
        assert [[one.file for one in reading.read(file) if isinstance(one, Rejection)] for file in marks] == [
            ["a.pdf"],
            ["b.pdf"],
            ["c.pdf"],
        ]


def marking(path: Path) -> BinaryIO:
    path.touch()
    return BytesIO(b"%PDF-")


def soon(condition: Callable[[], bool], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_one_of_those_expected_that_takes_its_reader_along_takes_no_other(reading: Reading) -> None:
    files = [GOOD, RawFile("b.pdf", "b", crashing), replace(GOOD, id="c"), RawFile("d.pdf", "d", crashing), GOOD]
    for file in files:
        reading.expect(file)
    assert [said(*reading.read(file)) for file in files] == [
        "good",
        "b.pdf: ended its reader: it takes too much memory, or is made to do harm",
        "c",
        "d.pdf: ended its reader: it takes too much memory, or is made to do harm",
        "good",
    ]


def said(one: Article | Rejection) -> str:
    return one.id if isinstance(one, Article) else str(one)


def test_more_is_expected_than_the_pipes_hold(reading: Reading) -> None:
    """So much comes of each file, and there are so many, that one who told of all at once would wait for ever."""
    large = zipped({"a.txt": "Balloons fly over the sea. " * 30_000})
    files = [RawFile(f"{'x' * 1000}{n}.zip", f"{n}:", partial(BytesIO, large), id_prefix=f"{n}:") for n in range(30)]
    for file in files:
        reading.expect(file)
    assert [said(*reading.read(file)) for file in files] == [f"{n}:a" for n in range(30)]


def test_what_is_read_out_of_turn_is_what_was_asked_for(reading: Reading) -> None:
    files = [replace(GOOD, id=id) for id in "ab"]
    for file in files:
        reading.expect(file)
    assert [said(*reading.read(file)) for file in (GOOD, *files)] == ["good", "a", "b"]


def test_who_stops_amid_what_is_expected_leaves_no_process() -> None:
    with Reading(LIMITS, BOUNDS) as reading:
        for file in (GOOD, RawFile("b.pdf", "b", asleep), GOOD):
            reading.expect(file)
        assert said(*reading.read(GOOD)) == "good"
        process = reading._apart.process if reading._apart else None
    assert process is not None
    assert process.returncode == -signal.SIGKILL

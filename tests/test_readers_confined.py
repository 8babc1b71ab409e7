"""Files read apart: the same articles, and an end to what takes too long, too much memory, or the process along."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
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
GOOD = RawFile("good.docx", "good", partial(BytesIO, written()))


@pytest.fixture
def reading() -> Iterator[Reading]:
    with Reading(LIMITS, Bounds(seconds=20, memory=2**30)) as one:
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
    with Reading(LIMITS, Bounds(seconds=20, memory=2**30)) as reading:
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

import io
import sys

import pytest

from index.ingest import Progress, Summary
from index.records import Rejection
from service import progress
from service.progress import changing_line, counted, summed_up, taken_in


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_changes_in_a_terminal_and_file_names_are_only_text(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    with changing_line() as show:
        show(taken_in(Progress(3, 2, "[red]a\x1b]0;b.txt")))

    assert "3 files, 2 articles [red]a␛]0;b.txt" in terminal.getvalue()


def test_elsewhere_a_line_is_shown_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    with changing_line() as show:
        for seconds in range(0, 25, 3):
            now[0] = seconds
            show(f"{seconds} files\x07")

    assert capsys.readouterr() == ("", "12 files␇\n24 files␇\n")


def test_elsewhere_nothing_is_shown_of_what_is_soon_done(capsys: pytest.CaptureFixture[str]) -> None:
    with changing_line() as show:
        show("3 files")

    assert capsys.readouterr() == ("", "")


def test_how_many_of_how_many_are_done_is_said() -> None:
    shown: list[str] = []
    count = counted(shown.append)

    count(0, 1)
    count(8, 9)

    assert shown == ["0 of 1 article", "8 of 9 articles"]


def test_a_summary_counts_and_then_lists() -> None:
    summary = Summary(
        added=2,
        unchanged=3,
        replaced=1,
        rejected=[Rejection("a\x07.jsonl", "text is missing", 7)],
        guessed={"b": "cp1252"},
    )

    assert summed_up(summary).splitlines() == [
        "2 added, 3 unchanged, 1 replaced, 1 rejected",
        "encoding guessed: b (cp1252)",
        "rejected: a␇.jsonl, line 7: text is missing",
    ]


def test_files_of_kinds_that_are_not_read_are_one_line_and_one_alone_is_told_in_full() -> None:
    of = [
        Rejection(file, "no reader for this kind of file", no_kind=True) for file in ("d/a.JPG", "b.png", "c.jpg", "d")
    ]

    assert summed_up(Summary(rejected=[*of, Rejection("e.txt", "is empty")])).splitlines()[1:] == [
        "rejected: 4 files of kinds that are not read: .jpg, .png, no suffix",
        "rejected: e.txt: is empty",
    ]
    assert summed_up(Summary(rejected=of[:1])).splitlines()[1:] == [
        "rejected: d/a.JPG: no reader for this kind of file"
    ]

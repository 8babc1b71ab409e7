import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from service import cli, opening
from tests.fakes import WordEncoder
from tests.worlds import ASKED

ROOT = Path(__file__).resolve().parent.parent
ANSWER = "The February trip was cancelled over a balloon."


@pytest.fixture(autouse=True)
def _words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "2023").mkdir(parents=True)
    (folder / "2023" / "trip.txt").write_text(f"Talks\n\n{ANSWER}\n")
    return folder


def footnote(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """The exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_what_is_taken_in_answers_questions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    assert footnote(monkeypatch, "ingest", files) == 0
    assert capsys.readouterr().out == "1 added, 0 unchanged, 0 replaced, 0 rejected\n"

    assert footnote(monkeypatch, "ask", ASKED) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [f"{ANSWER} [1]", "", "[1] Talks", "    undated"]


def test_a_question_as_json_is_the_reply_of_the_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    footnote(monkeypatch, "ingest", "--id-prefix", "wire/", files)
    capsys.readouterr()

    assert footnote(monkeypatch, "ask", "--json", ASKED) == 0
    reply = json.loads(capsys.readouterr().out)

    assert reply["answer"]["sentences"][0]["text"] == ANSWER
    assert reply["passages"][0]["article"]["id"] == "wire/2023/trip"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--source", "The Times", "--source", "Reuters"], 1),
        (["--source", "Reuters"], 0),
        (["--tag", "talks"], 1),
        (["--tag", "sport"], 0),
        (["--after", "2023-06", "--before", "2023-06-18"], 1),
        (["--after", "2023-07"], 0),
        (["--effort", "fast", "--top-k", "1", "--as-of", "2023-06-20"], 1),
    ],
)
def test_a_question_may_say_what_a_request_may(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], found: int
) -> None:
    article = {"id": "a", "title": "Talks", "text": ANSWER, "source": "The Times", "tags": ["talks"]}
    (tmp_path / "one.jsonl").write_text(json.dumps(article | {"published_at": "2023-06-18"}))
    footnote(monkeypatch, "ingest", tmp_path / "one.jsonl")
    capsys.readouterr()

    assert footnote(monkeypatch, "ask", "--json", *options, ASKED) == 0
    assert len(json.loads(capsys.readouterr().out)["passages"]) == found


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--top-k", "51", "top_k: Input should be less than or equal to 50 (got 51)"),
        ("--effort", "heroic", "effort: Input should be 'fast' or 'careful' (got 'heroic')"),
        ("--as-of", "2023-06", "as_of: must be a day such as 2023-06-20 (got '2023-06')"),
        ("--after", "June", "filters.published_after: 'June' is not an ISO"),
        ("--tag", "", "filters.tags.0: String should have at least 1 character (got '')"),
    ],
)
def test_what_a_request_may_not_say_is_refused_with_field_and_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
) -> None:
    assert footnote(monkeypatch, "ask", option, value, ASKED) == 2
    assert capsys.readouterr().err.startswith(f"footnote: {said}")


def test_the_same_again_changes_nothing_and_a_changed_file_replaces(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    footnote(monkeypatch, "ingest", files)
    footnote(monkeypatch, "ingest", files)
    (files / "2023" / "trip.txt").write_text("Talks\n\nThere never was a trip.\n")
    footnote(monkeypatch, "ingest", files)

    assert capsys.readouterr().out.splitlines() == [
        "1 added, 0 unchanged, 0 replaced, 0 rejected",
        "0 added, 1 unchanged, 0 replaced, 0 rejected",
        "0 added, 0 unchanged, 1 replaced, 0 rejected",
    ]


def test_what_is_rejected_is_listed_with_its_reason_and_the_rest_is_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    (files / "empty.txt").write_text("")
    (files / "image.\x1b[31mpng").write_bytes(b"\x89PNG")

    assert footnote(monkeypatch, "ingest", files) == cli.SOME_REJECTED
    first, *rejected = capsys.readouterr().out.splitlines()

    assert first == "1 added, 0 unchanged, 0 replaced, 2 rejected"
    assert [line.startswith("rejected: ") and line.isprintable() for line in rejected] == [True, True]
    assert "empty.txt: " in rejected[0] + rejected[1]


def test_a_guessed_encoding_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    text = "Größe und Übermut führten über müde Brücken; später hörte man nur noch ärgerliches Gebrüll. " * 20
    (files / "2023" / "trip.txt").write_bytes(text.encode("cp1252"))

    footnote(monkeypatch, "ingest", files)

    assert "\nencoding guessed: 2023/trip (" in capsys.readouterr().out


def test_logs_and_progress_never_stand_among_results(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    monkeypatch.setenv("FOOTNOTE_LOG_LEVEL", "debug")

    footnote(monkeypatch, "ingest", files)

    assert capsys.readouterr().out == "1 added, 0 unchanged, 0 replaced, 0 rejected\n"


@pytest.mark.parametrize(
    "arguments",
    [["ask"], ["ingest"], ["--nonsense"], ["asc", "q"], ["serve", "--port", "http"], ["eval", "none.jsonl"]],
)
def test_wrong_use_is_exit_code_2(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    Path("data").mkdir()

    assert footnote(monkeypatch, *arguments) == 2


@pytest.mark.parametrize("command", [["ask", "why?"], ["reindex"]])
def test_a_mistyped_data_folder_does_not_look_like_an_empty_archive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert footnote(monkeypatch, *command, "--data", "dta") == 2
    assert capsys.readouterr().err.startswith("footnote: there is no data folder dta: ")
    assert not Path("dta").exists()


def test_a_data_folder_that_is_none_is_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    Path("taken").write_text("a file")

    assert footnote(monkeypatch, "ingest", "--data", "taken", files) == 3
    assert "taken" in capsys.readouterr().err


def test_a_wrong_setting_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_THRESHOLD", "2")

    assert footnote(monkeypatch, "ask", "why?") == 2
    assert capsys.readouterr().err.startswith("footnote: FOOTNOTE_THRESHOLD='2': ")


def test_a_folder_made_with_another_model_is_exit_code_3_and_reindex_mends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path
) -> None:
    footnote(monkeypatch, "ingest", files)
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder("words-2"))

    assert footnote(monkeypatch, "ask", ASKED) == 3
    assert "footnote reindex" in capsys.readouterr().err

    assert footnote(monkeypatch, "reindex") == 0
    assert capsys.readouterr().out == "1 article in 1 passage\n"
    assert footnote(monkeypatch, "ask", ASKED) == 0


def test_eval_measures_and_lists_what_it_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: Path, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.jsonl"
    evidence = [{"article": "2023/trip", "quote": ANSWER}]
    questions.write_text(json.dumps({"id": "1", "question": ASKED, "answerable": True, "evidence": evidence}) + "\n")
    footnote(monkeypatch, "ingest", files)
    capsys.readouterr()

    assert footnote(monkeypatch, "eval", "--json", questions) == 0
    measured = json.loads(capsys.readouterr().out)

    assert (measured["figures"]["hit@1"], measured["misses"]) == (1, [])


def test_a_reader_that_goes_away_is_no_fault(monkeypatch: pytest.MonkeyPatch, files: Path) -> None:
    footnote(monkeypatch, "ingest", files)
    read, write = os.pipe()
    os.close(read)

    code = "from service import cli; cli._say('x' * 100_000)"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        stdout=write,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    os.close(write)

    assert b"BrokenPipe" not in ended.stderr


def test_help_needs_neither_model_nor_index() -> None:
    heavy = {"torch", "sentence_transformers", "faiss", "tantivy", "fastapi", "rich"}
    code = f"import service.cli, sys; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )

    assert done.stdout == "[]\n"


def test_the_application_is_built_without_loading_the_model() -> None:
    code = "import service.app, sys; print(sorted({'torch', 'sentence_transformers'} & set(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )

    assert done.stdout == "[]\n"


def test_the_version_is_that_of_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert footnote(monkeypatch, "--version") == 0

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert capsys.readouterr().out == f"footnote {declared}\n"

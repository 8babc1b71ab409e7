"""What has gone is forgotten, and nothing else: `ingest --prune` and `forget`, with real folders."""

import json
import sys
from pathlib import Path

import pytest

from index.errors import NotFound
from index.ingest import put
from index.records import Filters
from index.search import Question, search
from service import cli, opening
from tests.archive import article, assert_whole, filled, opened, texts
from tests.fakes import WordEncoder

GEESE, SHIPS, FOXES = "Geese crossed the lake.\n", "Ships sank in the bay.\n", "Foxes sleep by day.\n"


@pytest.fixture(autouse=True)
def _words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files" / "sub").mkdir(parents=True)
    for name, content in {"a.txt": GEESE, "b.txt": SHIPS, "sub/c.txt": FOXES}.items():
        (tmp_path / "files" / name).write_text(content)
    return tmp_path / "files"


def footnote(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def archived() -> list[str]:
    index = opened(Path("data"))
    try:
        assert_whole(index)
        return [*texts(index)]
    finally:
        index.close()


def states() -> dict[str, tuple[str, str | None]]:
    index = opened(Path("data"))
    lines = index.files(0, 100)
    index.close()
    return {Path(filed.origin.file).name: (filed.state, filed.reason) for filed in lines}


def test_what_has_gone_from_the_folder_is_forgotten_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    footnote(monkeypatch, "ingest", folder)
    (folder / "a.txt").unlink()
    (folder / "sub" / "c.txt").unlink()
    footnote(monkeypatch, "ingest", folder)
    assert archived() == ["a", "b", "sub/c"]
    capsys.readouterr()

    assert footnote(monkeypatch, "ingest", "--prune", folder) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 added, 1 unchanged, 0 replaced, 0 rejected",
        "2 files gone, 2 articles forgotten",
        f"gone: {folder}/a.txt",
        f"gone: {folder}/sub/c.txt",
        "article: a",
        "article: sub/c",
    ]
    assert archived() == ["b"]
    gone = ("gone", "gone from its folder")
    assert states() == {"a.txt": gone, "b.txt": ("unchanged", None), "c.txt": gone}

    footnote(monkeypatch, "ingest", "--prune", folder)
    assert capsys.readouterr().out.splitlines()[1:] == ["0 files gone, 0 articles forgotten"]


def test_a_file_that_comes_back_is_taken_in_again(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    footnote(monkeypatch, "ingest", folder)
    (folder / "a.txt").rename(folder.parent / "a.txt")
    footnote(monkeypatch, "ingest", "--prune", folder)
    (folder.parent / "a.txt").rename(folder / "a.txt")
    footnote(monkeypatch, "ingest", "--prune", folder)
    assert archived() == ["a", "b", "sub/c"]
    assert states()["a.txt"] == ("in", None)


def test_only_what_came_from_the_folder_given_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("d.txt", "e.txt"):
        (other / name).write_text(f"File {name} flies.\n")
    footnote(monkeypatch, "ingest", folder, other / "d.txt")
    footnote(monkeypatch, "ingest", "--id-prefix", "sub/", folder / "sub")
    index = opened(Path("data"))
    put(index, article("put", "Bears dance."))
    index.close()
    (other / "d.txt").unlink()
    footnote(monkeypatch, "ingest", "--prune", other)
    assert archived() == ["a", "b", "d", "e", "put", "sub/c"]
    (folder / "a.txt").unlink()
    footnote(monkeypatch, "ingest", "--prune", folder / "sub")
    assert archived() == ["a", "b", "c", "d", "e", "put", "sub/c"]


def test_an_article_stays_that_another_file_brings_or_that_something_else_replaced(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "more.jsonl").write_text(
        "\n".join(json.dumps({"id": id, "title": id, "text": text}) for id, text in (("x", GEESE), ("y", SHIPS)))
    )
    footnote(monkeypatch, "ingest", folder)
    (folder / "a.txt").rename(folder / "a.md")
    (folder / "more.jsonl").unlink()
    index = opened(Path("data"))
    put(index, article("y", "Somebody put this instead."))
    index.close()
    footnote(monkeypatch, "ingest", "--prune", folder)
    assert archived() == ["a", "b", "sub/c", "y"]
    assert (states()["a.txt"][0], states()["a.md"][0]) == ("gone", "unchanged")


@pytest.mark.parametrize("case", ["missing", "empty", "unreadable", "a file"])
def test_nothing_is_forgotten_where_what_has_gone_can_not_be_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path, case: str
) -> None:
    footnote(monkeypatch, "ingest", folder)
    capsys.readouterr()
    given, aside = folder, tmp_path / "aside"
    if case == "unreadable":
        (folder / "a.txt").unlink()
        children = Path.iterdir

        def refused(path: Path) -> object:
            if path == folder / "sub":
                raise PermissionError(13, "Permission denied")
            return children(path)

        monkeypatch.setattr(Path, "iterdir", refused)
    elif case == "a file":
        given = folder / "a.txt"
    else:
        folder.rename(aside)
        if case == "empty":
            (folder / "sub").mkdir(parents=True)
    assert footnote(monkeypatch, "ingest", "--prune", given) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.startswith(f"footnote: {folder}")) == ("", True)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert archived() == ["a", "b", "sub/c"]


def test_what_lies_below_a_link_that_leads_nowhere_is_not_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path
) -> None:
    (folder / "sub").rename(tmp_path / "disk")
    (folder / "sub").symlink_to(tmp_path / "disk")
    footnote(monkeypatch, "ingest", folder)
    (tmp_path / "disk").rename(tmp_path / "unmounted")
    assert footnote(monkeypatch, "ingest", "--prune", folder) == 1
    assert archived() == ["a", "b", "sub/c"]


@pytest.mark.parametrize(("option", "value"), [("--source", "reuters"), ("--tag", "spy"), ("--article", "a")])
def test_articles_are_deleted_by_publisher_tag_or_id_and_first_only_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    index = filled(Path("data"), {"c": FOXES})
    put(index, article("a", GEESE, source="Reuters", tags=("spy", "lake")))
    put(index, article("b", SHIPS, source="AP", tags=("bay",)))
    # An article without passages is one too.
    put(index, article("r", "Leave a Reply", source="Reuters", tags=("spy",)))
    index.close()
    went = ["a"] if option == "--article" else ["a", "r"]
    named = [f"article: {id}" for id in went]
    counted = "1 article" if option == "--article" else "2 articles"

    assert footnote(monkeypatch, "forget", option, value) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{counted} would be forgotten; --yes does it",
        *named,
    ]
    assert archived() == ["a", "b", "c", "r"]

    assert footnote(monkeypatch, "forget", option, value, "--yes") == 0
    assert capsys.readouterr().out.splitlines() == [f"{counted} forgotten", *named]
    assert archived() == [id for id in "abcr" if id not in went]


@pytest.mark.parametrize("option", ["--source", "--tag", "--article"])
def test_an_option_given_twice_forgets_what_either_names(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    index = filled(Path("data"), {"c": FOXES})
    put(index, article("a", GEESE, source="a", tags=("a",)))
    put(index, article("b", SHIPS, source="b", tags=("b",)))
    index.close()

    assert footnote(monkeypatch, "forget", option, "a", option, "b", "--yes") == 0
    assert archived() == ["c"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--yes"],
        ["--source", ""],
        ["--source", "AP", "--tag", "spy"],
        ["--source", "nobody", "--yes"],
        ["--article", "none"],
    ],
)
def test_forgetting_nothing_or_without_saying_what_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    filled(Path("data"), {"a": GEESE}).close()
    assert footnote(monkeypatch, "forget", *arguments) == 2
    assert archived() == ["a"]


def test_no_trace_of_any_text_is_left_but_the_line_in_the_ledger(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    words = [f"unmistakable{n}" for n in range(3)]
    for said in words[:2]:
        (folder / "a.txt").write_text(f"The {said} headline\n\n" + f"Nobody saw {said} things. " * 300)
        footnote(monkeypatch, "ingest", folder)
    index = opened(Path("data"))
    cited = search(index, Question("unmistakable1")).hits[0]
    put(index, article("a", f"Then {words[2]} things came. " * 300, source="Reuters"))
    index.close()
    assert footnote(monkeypatch, "forget", "--source", "Reuters", "--yes") == 0

    held = [path for path in Path("data").iterdir() if path.name.startswith("store.sqlite")]
    assert [path for path in held for said in words if said.encode() in path.read_bytes()] == []
    assert states()["a.txt"][0] == "gone"
    index = opened(Path("data"))
    assert index.delete_chosen(Filters(source=("Reuters",))) == []
    assert cited.article.id == "a"
    with pytest.raises(NotFound):
        index.citation(cited.id)
    index.close()

"""Files and folders to files that hold articles."""

import os
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from index.discovery import find
from index.records import RawFile, Rejection


def write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
    return folder


def ids(*paths: Path, **options: Any) -> list[str]:
    return [file.id for file in find(paths, **options) if isinstance(file, RawFile)]


def content(file: RawFile) -> bytes:
    with file.open() as stream:
        return stream.read()


def rejections(*paths: Path) -> list[str]:
    return [str(one) for one in find(paths) if isinstance(one, Rejection)]


def given(*paths: Path) -> dict[str, dict[str, Any]]:
    return {file.id: dict(file.given) for file in find(paths) if isinstance(file, RawFile)}


def test_ids_are_paths_relative_to_the_folder_given_without_suffix_in_order(tmp_path: Path) -> None:
    write(tmp_path, **{"b.txt": "b", "sub/deep/c.v2.MD": "c", "sub/a.txt": "a", "a.txt": "a", "Zürich 日本.txt": "z"})
    assert ids(tmp_path) == ["Zürich 日本", "a", "b", "sub/a", "sub/deep/c.v2"]
    assert ids(tmp_path / "sub") == ["a", "deep/c.v2"]


def test_a_file_given_by_itself_is_called_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, **{"sub/a.txt": "a"})
    [file] = find([tmp_path / "sub" / "a.txt"])
    assert isinstance(file, RawFile)
    assert (file.id, file.name, content(file)) == ("a", str(tmp_path / "sub" / "a.txt"), b"a")


def test_the_prefix_is_put_before_ids_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, **{"a.txt": "a", "b.txt": "b", "articles.csv": "file,id\nb.txt,own/id\n"})
    assert ids(tmp_path, id_prefix="p/") == ["p/a", "p/own/id"]
    [first, _] = find([tmp_path], id_prefix="p/")
    assert isinstance(first, RawFile)
    assert first.id_prefix == "p/"


def test_hidden_files_and_the_table_are_no_articles(tmp_path: Path) -> None:
    write(tmp_path, **{".a.txt": "a", ".git/b.txt": "b", "c.txt": "c", "articles.csv": "file\nc.txt\n"})
    assert (ids(tmp_path), rejections(tmp_path)) == (["c"], [])


def test_the_table_of_a_folder_says_what_its_files_do_not(tmp_path: Path) -> None:
    table = (
        "\ufefffile,title,source,tags,metadata,encoding,date_basis,published_at\r\n"
        'a.txt,"A ""title"",\nin two lines",S,one; two ;,"{""k"": [1]}",cp1252,,\r\n'
        "\r\n"
        "./sub/b.txt,,,,,,inferred,2024-04\r\n"
    )
    write(tmp_path, **{"a.txt": "a", "sub/b.txt": "b", "c.txt": "c", "articles.csv": table})
    assert given(tmp_path) == {
        "a": {"title": 'A "title",\nin two lines', "source": "S", "tags": ["one", "two"], "metadata": {"k": [1]}},
        "c": {},
        "sub/b": {"date_basis": "inferred", "published_at": "2024-04"},
    }
    assert rejections(tmp_path) == []
    found = [file for file in find([tmp_path], encoding="latin-1") if isinstance(file, RawFile)]
    assert [file.encoding for file in found] == ["cp1252", "latin-1", "latin-1"]


def test_a_table_in_a_folder_of_the_folder_names_files_from_there(tmp_path: Path) -> None:
    write(tmp_path, **{"sub/a.txt": "a", "sub/articles.csv": "file,source\na.txt,S\n"})
    assert given(tmp_path) == {"sub/a": {"source": "S"}}


def test_a_file_given_by_itself_is_described_by_the_table_beside_it(tmp_path: Path) -> None:
    write(tmp_path, **{"a.txt": "a", "b.txt": "b", "articles.csv": "file,source\na.txt,S\nb.txt,T\ngone.txt,U\n"})
    assert given(tmp_path / "a.txt") == {"a": {"source": "S"}}
    assert given(tmp_path / "articles.csv", tmp_path / "b.txt") == {"b": {"source": "T"}}
    assert rejections(tmp_path / "a.txt") == []


def test_what_is_wrong_in_a_table_is_rejected_by_line_and_the_rest_goes_in(tmp_path: Path) -> None:
    table = "file,source,metadata\na.txt,S,\ngone.txt,S,\na.txt,T,\n,S,\nb.txt,S,[1]\nb.txt,S,,x\n../c.txt,S\nb.txt,B\n"
    write(tmp_path, **{"a.txt": "a", "b.txt": "b", "articles.csv": table})
    name = tmp_path / "articles.csv"
    assert rejections(tmp_path) == [
        f"{name}, line 3: there is no file 'gone.txt' beside it",
        f"{name}, line 4: 'a.txt' is named before, in {name}, line 2",
        f"{name}, line 5: names no file",
        f"{name}, line 6: metadata is not a JSON object: [1]",
        f"{name}, line 7: has 4 cells under 3 columns",
        f"{name}, line 8: there is no file '../c.txt' beside it",
    ]
    assert given(tmp_path) == {"a": {"source": "S"}, "b": {"source": "B"}}


def test_an_unknown_column_is_rejected_and_the_others_count(tmp_path: Path) -> None:
    write(tmp_path, **{"a.txt": "a", "articles.csv": "file,publishd_at,source,text,source\na.txt,2023,S,x,S\n"})
    columns = (
        "file, encoding, id, title, url, source, author, published_at, updated_at, date_basis, language, tags, metadata"
    )
    assert rejections(tmp_path) == [
        f"{tmp_path}/articles.csv, line 1: 'publishd_at' is not a column; those are {columns}",
        f"{tmp_path}/articles.csv, line 1: column 'source' stands there 2 times; the last one counts",
        f"{tmp_path}/articles.csv, line 1: 'text' is not a column; those are {columns}",
    ]
    assert given(tmp_path) == {"a": {"source": "S"}}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"", "line 1: has no column 'file'; its columns, set apart by commas, are []"),
        (
            b"file;title\na.txt;b\n",
            "line 1: has no column 'file'; its columns, set apart by commas, are ['file;title']",
        ),
        (b"file,title\na.txt,caf\xe9\n", "line 1: is not CSV in UTF-8 from here on: 'utf-8' codec can't decode"),
        (b'file,title\na.txt,"b\n', "line 2: is not CSV in UTF-8 from here on: unexpected end of data"),
        (b'file,title\na.txt,"b"c\n', "line 2: is not CSV in UTF-8 from here on: ',' expected after '\"'"),
    ],
)
def test_a_table_that_is_none_is_one_rejection_and_the_files_go_in(tmp_path: Path, table: bytes, message: str) -> None:
    (write(tmp_path, **{"a.txt": "a"}) / "articles.csv").write_bytes(table)
    [rejection] = rejections(tmp_path)
    assert rejection.startswith(f"{tmp_path}/articles.csv, {message}")
    assert given(tmp_path) == {"a": {}}


def test_two_files_that_come_to_one_id_are_rejected_each_with_the_name_of_the_other(tmp_path: Path) -> None:
    write(tmp_path, **{"x/a.txt": "1", "x/a.md": "2", "x/b.txt": "3", "y/b.txt": "4", "y/c.txt": "5"})
    assert rejections(tmp_path) == [
        f"{tmp_path}/x/a.md: comes to the same id 'x/a' as {tmp_path}/x/a.txt; none of them went in",
        f"{tmp_path}/x/a.txt: comes to the same id 'x/a' as {tmp_path}/x/a.md; none of them went in",
    ]
    assert ids(tmp_path) == ["x/b", "y/b", "y/c"]
    assert rejections(tmp_path / "x" / "b.txt", tmp_path / "y") == [
        f"{tmp_path}/x/b.txt: comes to the same id 'b' as {tmp_path}/y/b.txt; none of them went in",
        f"{tmp_path}/y/b.txt: comes to the same id 'b' as {tmp_path}/x/b.txt; none of them went in",
    ]


def test_files_that_make_no_article_of_their_name_clash_with_none(tmp_path: Path) -> None:
    write(tmp_path, **{"a.txt": "1", "a.jsonl": "{}", "a.png": "3", "a.ndjson": "{}"})
    assert rejections(tmp_path) == []
    assert [file.name for file in find([tmp_path]) if isinstance(file, RawFile)] == [
        f"{tmp_path}/a.jsonl",
        f"{tmp_path}/a.ndjson",
        f"{tmp_path}/a.png",
        f"{tmp_path}/a.txt",
    ]


def test_a_file_that_two_ways_lead_to_is_one_file(tmp_path: Path) -> None:
    write(tmp_path, **{"x/a.txt": "a", "x/b.txt": "b"})
    (tmp_path / "again").symlink_to(tmp_path / "x", target_is_directory=True)
    assert ids(tmp_path / "x", tmp_path / "x" / "a.txt", tmp_path / "again", tmp_path) == ["a", "b"]
    assert ids(tmp_path / "x" / "b.txt", tmp_path) == ["b", "again/a"]


def test_hard_links_are_files_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, **{"b.txt": "b"})
    (tmp_path / "a.txt").hardlink_to(tmp_path / "b.txt")
    assert ids(tmp_path) == ["a", "b"]


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    write(tmp_path, **{"b.txt": "b"})
    (tmp_path / "a.txt").symlink_to("b.txt")
    assert ids(tmp_path) == ["b"]


def test_links_that_go_round_end(tmp_path: Path) -> None:
    write(tmp_path, **{"x/a.txt": "a"})
    (tmp_path / "x" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "gone.txt").symlink_to("nowhere.txt")
    assert ids(tmp_path) == ["x/a"]
    assert rejections(tmp_path) == [
        f"{tmp_path}/gone.txt: can't be read: No such file or directory",
        f"{tmp_path}/loop.txt: can't be read: Too many levels of symbolic links",
    ]


def test_what_is_no_file_is_rejected_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert rejections(tmp_path, tmp_path / "nowhere") == [
        f"{tmp_path}/pipe.txt: is not a regular file",
        f"{tmp_path}/nowhere: can't be read: No such file or directory",
    ]


def test_a_folder_that_can_not_be_listed_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, **{"shut/a.txt": "a", "b.txt": "b"})
    listed = Path.iterdir

    def refusing(path: Path) -> Any:
        if path.name == "shut":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refusing)
    assert (ids(tmp_path), rejections(tmp_path)) == (["b"], [f"{tmp_path}/shut: can't be read: Permission denied"])


def test_a_name_that_is_no_text_is_rejected_in_words_that_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"a")
    (tmp_path / "a\x1b[31m.txt").write_bytes(b"b")
    assert rejections(tmp_path) == [f"{tmp_path}/caf\\xe9.txt: its name is not UTF-8"]
    [file] = [file for file in find([tmp_path]) if isinstance(file, RawFile)]
    assert file.name == f"{tmp_path}/a\\x1b[31m.txt"


@pytest.fixture
def deepest(tmp_path: Path) -> Iterator[Path]:
    """The innermost of 1,100 folders, more than Python's stack has frames; taken down one by one, as rmtree can't."""
    folders = list(accumulate(["d"] * 1_100, Path.joinpath, initial=tmp_path))[1:]
    for folder in folders:
        folder.mkdir()
    yield folders[-1]
    for folder in reversed(folders):
        folder.rmdir()


def test_deep_folders_are_walked_to_their_end(tmp_path: Path, deepest: Path) -> None:
    write(deepest, **{"a.txt": "a"})
    found = ids(tmp_path)
    (deepest / "a.txt").unlink()
    assert found == ["d/" * 1_100 + "a"]


def test_nothing_is_read_until_it_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, **{"a.txt": "a"})
    [file] = find([tmp_path])
    (tmp_path / "a.txt").write_text("changed")
    assert isinstance(file, RawFile)
    assert content(file) == b"changed"

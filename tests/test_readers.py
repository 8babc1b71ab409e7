"""Files to articles: text exactly as it came, and a reason for all that did not go in."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import readers
from index.readers import Limits, formats, read
from index.records import Article, RawFile, Rejection

LIMITS = Limits(max_characters=1_000, max_bytes=4_000)
TRICKY = st.sampled_from(
    ["\r\n", "\r", "\n\n", "\t", "👩‍🚀", "é", "שלום", "\u202e", "\ufeff", "\u2028", "\x85", "# ", "---\n"]
)
TEXTS = (
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])) | TRICKY, min_size=1)
    .map("".join)
    .filter(str.strip)
)


def raw(name: str, data: bytes | str, **more: Any) -> RawFile:
    content = data.encode() if isinstance(data, str) else data
    return RawFile(name, **{"id": name.rpartition(".")[0], "open": partial(BytesIO, content), **more})


def lines(*articles: object) -> str:
    return "".join(json.dumps(article) + "\n" for article in articles)


def only(file: RawFile, limits: Limits = LIMITS) -> Article:
    [article] = read(file, limits)
    assert isinstance(article, Article), article
    return article


def refused(file: RawFile, limits: Limits = LIMITS) -> str:
    [rejection] = read(file, limits)
    return str(rejection)


@settings(deadline=None)  # the first one waits for the modules of all formats
@given(TEXTS)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_any_text_comes_through_exactly(name: str, text: str) -> None:
    # With a mark of its own, so that a text that begins with one keeps it.
    article = only(raw(name, "\ufeff" + text), Limits())
    assert article.text == text
    assert 0 < len(article.title) <= 300


@given(st.lists(TEXTS), st.booleans())
def test_any_text_comes_through_json_lines_exactly(texts: list[str], escaped: bool) -> None:
    articles = [{"id": str(number), "title": "t", "text": text} for number, text in enumerate(texts)] or [{}]
    data = "\r\n".join(json.dumps(article, ensure_ascii=escaped) for article in articles)
    assert [a.text for a in read(raw("a.jsonl", data), Limits()) if isinstance(a, Article)] == texts


def test_plain_text_has_its_first_line_as_title_and_what_is_given_stands_over_it() -> None:
    text = "\r\n \t\n  A title \r\nText.\r\n"
    assert only(raw("n/a.txt", text)) == Article("n/a", "A title", text)
    given = {"title": "Better", "published_at": "2024-04", "tags": ["x"], "source": "S", "metadata": {"k": 1}}
    expected = Article("n/a", "Better", text, None, "S", None, "2024-04", None, "given", None, ("x",), {"k": 1})
    assert only(raw("n/a.TXT", text, given=given)) == expected


def test_a_long_first_line_is_cut_after_a_word() -> None:
    assert only(raw("a.txt", "word " * 100)).title == "word " * 58 + "word…"
    assert only(raw("a.txt", "x" * 301)).title == "x" * 299 + "…"
    assert only(raw("a.txt", "x" * 300)).title == "x" * 300


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Intro\n\n# The heading ##\n", "The heading"),
        ("## Second\n# First\r\n", "First"),
        ("#hashtag\ntext", "#hashtag"),
        ("```sh\n# comment\n```\n# Real", "Real"),
        ("~~~\n```\n# comment\n~~~\n# Real", "Real"),
        ("---\ntitle: x\n# comment\n---\n\nFirst line\n", "x"),
        ("---\ntitle: x\n---\n", "x"),
        ("---\n- no fields\n---\nFirst line\n", "First line"),
        ("---\n---\n", "---"),
        ("---\nno end\n# Heading\n", "Heading"),
        ("# \nfirst", "#"),
        ("# C#\n", "C#"),
    ],
)
def test_markdown_has_its_main_heading_as_title(text: str, title: str) -> None:
    assert only(raw("a.md", text)) == Article("a", title, text)


def test_the_front_matter_of_markdown_says_what_the_article_is_and_stays_in_its_text() -> None:
    text = """---
title: "A trip: off"
date: 2023-06-18 09:00:00
author: [Jane Roe, Ann Other]
publisher: The Daily
tags: [China, visits, 7]
url: https://example.com/trip
lastmod: soon
draft: false
layout: post
---
# Heading

Text.
"""
    assert only(raw("a.md", text)) == Article(
        *("a", "A trip: off", text, "https://example.com/trip", "The Daily", "Jane Roe, Ann Other"),
        published_at="2023-06-18T09:00:00",
        date_basis="stated",
        tags=("China", "visits", "7"),
        metadata={"updated_at": "soon", "draft": False, "layout": "post"},
    )
    given = {"title": "Better", "published_at": "2022", "metadata": {"k": 1}}
    article = only(raw("a.md", text, given=given))
    assert (article.title, article.published_at, article.date_basis) == ("Better", "2022", "given")
    assert article.metadata["k"] == 1


@pytest.mark.parametrize(
    "front",
    [
        *("title: [", "url: /posts/x", "date: [1, 2]\nauthor: true\ntags: {a: b}", "a: &a [x]\nb: *a", "? [a]: b"),
        *("[" * 900, "x: 2023-02-30", "title: !!python/object:os.system x", "9: 8", 'author: "\\0"'),
    ],
)
def test_front_matter_that_is_none_or_odd_states_nothing(front: str) -> None:
    text = f"---\n{front}\n---\n# Heading\n\nText.\n"
    [found] = read(raw("a.md", text), Limits())
    if isinstance(found, Rejection):
        assert found.reason == "author '\\x00' holds NUL at character 0"
    else:
        assert (found.title, found.text, found.published_at, found.url) == ("Heading", text, None, None)


def test_a_guessed_encoding_is_shown_in_the_metadata_beside_what_is_given() -> None:
    data = "It isn’t over, says the café owner.".encode("cp1252")
    metadata = {"encoding": "cp1252", "encoding_basis": "guessed", "k": 1}
    assert only(raw("a.txt", data, given={"metadata": {"k": 1}})).metadata == metadata
    assert only(raw("a.txt", data, encoding="windows-1252")).metadata == {}


def test_a_line_of_json_lines_is_an_article_with_every_field() -> None:
    fields = {
        "id": "x/1",
        "title": "t",
        "text": "a\r\nb",
        "published_at": "2023-06-18",
        "tags": ["a"],
        "metadata": {"m": 1},
    }
    article = Article(
        "x/1", "t", "a\r\nb", published_at="2023-06-18", date_basis="given", tags=("a",), metadata={"m": 1}
    )
    assert only(raw("a.jsonl", "\ufeff" + lines(fields))) == article


def test_the_prefix_stands_before_ids_and_what_is_given_fills_in_what_a_line_leaves_out() -> None:
    data = lines({"id": "1", "title": "t", "text": "x"}, {"id": "2", "title": "t", "text": "x", "source": "Own"})
    file = raw("a.jsonl", data, id="p:a", id_prefix="p:", given={"source": "Given", "id": "ignored"})
    assert list(read(file, LIMITS)) == [
        Article("p:1", "t", "x", source="Given"),
        Article("p:2", "t", "x", source="Own"),
    ]


def test_bad_lines_are_rejected_with_number_and_reason_and_the_rest_goes_in() -> None:
    good = '{"id": "%d", "title": "t", "text": "x"}'
    bad = {
        1: (b'{"id": "1"', "not JSON at character 11 of the line: Expecting ',' delimiter"),
        2: (b"[1, 2]", "[1, 2] is not a JSON object"),
        4: (b'{"id": "1", "text": "x"}', "title is missing"),
        5: (b'{"id": "1", "id": "2"}', "'id' stands twice in one object"),
        6: (b'{"metadata": {"a": NaN}}', "NaN is not a number of JSON"),
        7: (b'{"metadata": {"a": {"b": 1, "b": 1}}}', "'b' stands twice in one object"),
        9: (b'"\xff"', "not UTF-8 at byte 1 of the line: invalid start byte"),
        10: (b'{"id":"1","title":"t","text":"x","metadata":{"a":1e999}}', "metadata.a inf is not a finite number"),
        11: (b"[[", "not JSON at character"),
        12: (b'"' + b"x" * 4_000 + b'"', "the line is longer than 4,000 bytes"),
        13: (b'{"id":"1","title":"t","text":"\\ud83d"}', "text '\\ud83d' holds a lone surrogate at character 0"),
        14: (b'{"id":"1","title":"t","text":"x","publishd_at":"2023"}', "'publishd_at' is not a field of an article"),
        15: (b'{"id":"1","title":"t","text":"x","published_at":"2023-02-30"}', "published_at '2023-02-30'"),
    }
    written = [bad[n][0] if n in bad else b" \r" if n == 8 else (good % n).encode() for n in range(1, 17)]
    found = list(read(raw("a.jsonl", b"\n".join(written)), LIMITS))
    assert [one.id for one in found if isinstance(one, Article)] == ["3", "16"]
    rejections = [one for one in found if isinstance(one, Rejection)]
    assert [(one.file, one.line) for one in rejections] == [("a.jsonl", number) for number in bad]
    assert [one.reason[: len(bad[one.line or 0][1])] for one in rejections] == [reason for _, reason in bad.values()]


def test_a_line_nested_too_deeply_is_rejected() -> None:
    deep = replace(LIMITS, max_bytes=1_000_000)
    assert list(read(raw("a.jsonl", b"[" * 500_000), deep)) == [Rejection("a.jsonl", "nested too deeply", line=1)]


def test_json_lines_are_streamed() -> None:
    class Endless(RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = lines({"id": "1", "title": "t", "text": "x"}).encode()
            buffer[: len(line)] = line
            return len(line)

    def opened() -> BinaryIO:
        return BufferedReader(Endless())

    articles = read(RawFile("a.jsonl", "a", opened), LIMITS)
    assert [next(articles) for _ in range(3)] == [Article("1", "t", "x")] * 3


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "a.txt: is empty"),
        ("a.txt", b" \r\n\t", "a.txt: text is empty: ' \\r\\n\\t'"),
        ("a.md", b"\xef\xbb\xbf\n", "a.md: text is empty: '\\n'"),
        ("a.jsonl", b"\n\n", "a.jsonl: holds no article: it is empty"),
        (
            "a.jsonl",
            b"\xff\xfe{\0}\0",
            "a.jsonl: is in utf-16-le by its byte order mark; JSON lines are read as UTF-8 alone",
        ),
        ("a.jsonl", b"PK\x03\x04\n\n", "a.jsonl: is a zip archive or an office document, not text"),
        ("a.txt", b"\n<!-- x --><!DOCTYPE html><p>x", "a.txt: is an HTML page, not plain text: name it .html"),
        ("a.txt", b"%PDF-1.4", "a.txt: is a PDF document, not text"),
        ("a.txt", b"x" * 4_001, "a.txt: is longer than 4,000 bytes"),
        ("a.txt", b"a b\n" * 251, "has 1,004 characters; at most 1,000 are taken"),
        ("a..txt", b"x", "a..txt: id '.' has an empty, '.' or '..' segment between slashes"),
        (
            "a.exe",
            b"x",
            "a.exe: no reader for this kind of file; there are those for .",
        ),
        ("txt", b"x", "txt: no reader for this kind of file; there are those for ."),
    ],
)
def test_what_is_no_article_is_rejected_with_file_and_reason(name: str, data: bytes, message: str) -> None:
    file = raw(name, data, id="." if name == "a..txt" else "a")
    assert message in refused(file)


def test_a_file_that_can_not_be_opened_is_rejected(tmp_path: Path) -> None:
    gone = RawFile("gone.txt", "gone", lambda: (tmp_path / "gone.txt").open("rb"))
    assert refused(gone) == "gone.txt: can't be read: No such file or directory"


def test_a_fault_that_no_reader_lists_is_a_rejection_and_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> BinaryIO:
        raise ZeroDivisionError("of a library")

    with caplog.at_level("ERROR"):
        refusal = refused(RawFile("a.txt", "a", broken))
    assert refusal == "a.txt: is damaged: its reader failed with ZeroDivisionError ('of a library')"
    assert "the reader of a.txt failed" in caplog.text


def test_a_file_that_fails_half_way_keeps_what_was_read() -> None:
    class Failing(BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            return super().readline(size) or self.fail()

        def fail(self) -> NoReturn:
            raise OSError(5, "Input/output error")

    data = lines({"id": "1", "title": "t", "text": "x"}).encode()
    assert list(read(RawFile("a.jsonl", "a", partial(Failing, data)), LIMITS)) == [
        Article("1", "t", "x"),
        Rejection("a.jsonl", "can't be read: Input/output error"),
    ]


@given(st.binary())
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.jsonl"])
def test_no_bytes_make_a_reader_fail(name: str, data: bytes) -> None:
    for one in read(raw(name, data), LIMITS):
        assert isinstance(one, Article | Rejection)


@pytest.fixture
def forgotten_formats() -> Iterator[None]:
    """Formats are looked for once a process; here once more, and once more after."""
    formats.cache_clear()
    yield
    formats.cache_clear()


@pytest.mark.usefixtures("forgotten_formats")
def test_a_format_is_found_by_its_module_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shouted.py").write_text(
        "from index.records import Article\n"
        "SUFFIXES = ('.loud.txt',)\n"
        "BRINGS_IDS = False\n"
        "def read(file, limits):\n"
        "    yield Article(file.id, 'loud', file.open().read().decode().upper())\n"
    )
    monkeypatch.setattr(readers, "__path__", [*readers.__path__, str(tmp_path)])
    assert only(raw("a.loud.txt", "x")).text == "X"
    assert only(raw("a.txt", "x")).text == "x"

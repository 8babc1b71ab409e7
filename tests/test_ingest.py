import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import BinaryIO

import pytest

from index.embedding import Encoded, Input
from index.errors import IndexMismatch
from index.folder import Index
from index.ingest import Progress, ingest, put
from index.readers import Limits
from index.rebuild import reindex
from index.records import RawFile, Rejection
from service.progress import summed_up
from tests.archive import article, assert_whole, opened, texts, worded
from tests.fakes import WordEncoder
from tests.test_readers_confined import GOOD as DOCUMENT
from tests.test_readers_confined import asleep, crashing, marking, soon
from tests.test_readers_docx import written

LIMITS = Limits(max_characters=10_000)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = opened(tmp_path)
    yield index
    index.close()


def plain(id: str, text: str | bytes) -> RawFile:
    data = text.encode() if isinstance(text, str) else text
    return RawFile(f"{id}.txt", id, lambda: io.BytesIO(data))


def lines(name: str, *articles: dict[str, str]) -> RawFile:
    data = "\n".join(map(json.dumps, articles)).encode()
    return RawFile(name, name, lambda: io.BytesIO(data))


def test_a_summary_counts_what_became_of_each_article(index: Index) -> None:
    first = ingest(index, [plain("a", "Balloons fly.\n"), plain("b", "Geese swim.\n")], LIMITS)
    assert (first.added, first.replaced, first.unchanged, first.rejected) == (2, 0, 0, [])
    second = ingest(
        index, [plain("a", "Balloons fly.\n"), plain("b", "Geese sing.\n"), plain("c", "Ships sink.\n")], LIMITS
    )
    assert (second.added, second.replaced, second.unchanged, second.rejected) == (1, 1, 1, [])
    assert texts(index) == {"a": "Balloons fly.\n", "b": "Geese sing.\n", "c": "Ships sink.\n"}
    assert_whole(index)


def test_the_same_again_writes_nothing(index: Index) -> None:
    files = [plain("a", "Balloons fly.\n"), plain("b", "Geese swim.\n")]
    ingest(index, files, LIMITS)
    before = index.status()
    assert ingest(index, files, LIMITS).unchanged == 2
    assert index.status() == before


def test_a_file_that_takes_its_reader_along_is_rejected_and_the_files_beside_it_go_in(index: Index) -> None:
    summary = ingest(index, [plain("a", "Balloons fly.\n"), RawFile("b.pdf", "b", crashing), DOCUMENT], LIMITS)
    reason = "ended its reader: it takes too much memory, or is made to do harm"
    assert summary.rejected == [Rejection("b.pdf", reason)]
    assert texts(index).keys() == {"a", "good"}


def test_what_can_not_go_in_is_rejected_and_the_rest_goes_in(index: Index) -> None:
    unreadable = Rejection("gone.txt", "can't be read")
    summary = ingest(
        index,
        [
            plain("empty", ""),
            plain("good", "Geese swim.\n"),
            unreadable,
            lines(
                "several.jsonl",
                {"id": "x", "title": "X", "text": "Balloons fly."},
                {"id": "y", "title": "Y"},
                {"id": "z", "title": "Z", "text": "Ships sink.", "colour": "red"},
                {"id": "w", "title": "W", "text": "Foxes sleep."},
            ),
            plain("long", "Too long. " * 2_000),
        ],
        LIMITS,
    )
    assert summary.added == 3
    where = [(rejection.file, rejection.line) for rejection in summary.rejected]
    assert where == [
        ("empty.txt", None),
        ("gone.txt", None),
        ("several.jsonl", 2),
        ("several.jsonl", 3),
        ("long.txt", None),
    ]
    assert "text" in summary.rejected[2].reason
    assert "colour" in summary.rejected[3].reason
    assert sorted(texts(index)) == ["good", "w", "x"]
    assert_whole(index)


def test_a_second_text_for_an_id_is_rejected_with_the_names_of_both(index: Index) -> None:
    summary = ingest(
        index,
        [
            plain("a", "Balloons fly.\n"),
            lines("more.jsonl", {"id": "a", "title": "Other", "text": "Geese swim."}),
            plain("a", "Balloons fly.\n"),
        ],
        LIMITS,
    )
    assert (summary.added, summary.unchanged, summary.replaced) == (1, 1, 0)
    [rejection] = summary.rejected
    assert (rejection.file, "'a'" in rejection.reason, "a.txt" in rejection.reason) == ("more.jsonl", True, True)
    assert texts(index) == {"a": "Balloons fly.\n"}


def test_a_second_text_for_an_id_in_one_file_is_rejected_with_both_lines_and_the_first_stands(index: Index) -> None:
    articles = [{"id": "a", "title": "A", "text": text} for text in ("Geese swim.", "Foxes sleep.")]
    summary = ingest(index, [lines("f/lines.jsonl", *articles)], LIMITS)

    [rejection] = summary.rejected
    expected = "f/lines.jsonl, line 2: the id 'a' is that of another article, from f/lines.jsonl, line 1, which stands"
    assert str(rejection) == expected
    assert texts(index) == {"a": "Geese swim."}


def test_what_says_nothing_to_us_is_noted_and_its_articles_go_in(index: Index) -> None:
    broken = RawFile("m.md", "m", lambda: io.BytesIO(b"---\ntitle: [Geese\n---\nGeese swim.\n"))
    summary = ingest(
        index,
        [
            lines(
                "a.jsonl",
                {"id": "a", "titel": "Geese", "text": "Geese swim."},
                {"id": "b", "titel": "Foxes", "farbe": "red", "body": "Foxes sleep."},
                {"id": "c", "headline": "Ships", "text": "Ships sink."},
            ),
            broken,
        ],
        LIMITS,
    )

    assert summed_up(replace(summary, boilerplate=0)).splitlines() == [
        "4 added, 0 unchanged, 0 replaced, 0 rejected",
        "2 articles with fields that are not known: titel, farbe",
        "front matter not read, it is no plain YAML: m",
    ]
    assert texts(index).keys() == {"a", "b", "c", "m"}


def test_an_encoding_that_was_guessed_is_named(index: Index) -> None:
    german = "Über den Wolken muß die Freiheit wohl grenzenlos sein. Die Bäume blühen schön. " * 20
    summary = ingest(index, [plain("a", german.encode("cp1252")), plain("b", german)], LIMITS)
    assert (summary.added, [*summary.guessed]) == (2, ["a"])
    assert index.article("a").text == index.article("b").text == german


def test_articles_go_in_a_batch_at_a_time_and_in_order(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHARACTERS", 25)
    seen: list[tuple[str, list[str]]] = []

    def look(progress: Progress) -> None:
        seen.append((progress.file, sorted(texts(index))))

    ingest(index, [plain(id, f"Number {id} flies.\n") for id in "abcde"], LIMITS, look)
    assert seen == [("a.txt", []), ("b.txt", []), ("c.txt", ["a", "b"]), ("d.txt", ["a", "b"]), ("e.txt", [*"abcd"])]
    assert sorted(texts(index)) == [*"abcde"]
    assert_whole(index)


def test_progress_counts_files_and_articles(index: Index) -> None:
    heard: list[Progress] = []
    several = lines("s.jsonl", *({"id": f"s{n}", "title": "S", "text": "Ships sink."} for n in range(2)))
    ingest(index, [plain("a", "Balloons fly.\n"), several, plain("empty", "")], LIMITS, heard.append)
    assert heard == [
        Progress(1, 1, "a.txt"),
        Progress(2, 2, "s.jsonl"),
        Progress(2, 3, "s.jsonl"),
        Progress(3, 3, "empty.txt"),
    ]


def test_an_interrupted_ingest_keeps_what_it_took_in_and_the_next_takes_the_rest(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHARACTERS", 1)
    files = [plain(id, f"Number {id} flies.\n") for id in "abcd"]

    def stop(progress: Progress) -> None:
        if progress.files == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(index, files, LIMITS, stop)
    assert sorted(texts(index)) == ["a", "b"]
    assert_whole(index)
    summary = ingest(index, files, LIMITS)
    assert (summary.added, summary.unchanged) == (2, 2)
    assert_whole(index)


def test_putting_an_article_says_what_it_did(index: Index) -> None:
    outcomes = [put(index, article("a", text)) for text in ("Balloons fly.", "Balloons fly.", "Geese swim.")]
    assert outcomes == ["added", "unchanged", "replaced"]
    assert worded(index, "geese") == [("a", "Geese swim.")]


def test_an_ingest_into_an_archive_of_another_model_is_refused(index: Index) -> None:
    reindex(index.path, WordEncoder("words-2"))
    with pytest.raises(IndexMismatch, match="footnote reindex"):
        ingest(index, [plain("a", "Balloons fly.\n")], LIMITS)
    assert texts(index) == {}


def test_the_next_files_are_read_while_a_batch_is_encoded(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHARACTERS", 1)
    opened_next = []
    encode = index.encoder.encode

    def watching(inputs: Sequence[Input], *between: Callable[[], None]) -> list[Encoded]:
        opened_next.append(soon((tmp_path / "next").exists))
        return encode(inputs, *between)

    monkeypatch.setattr(index.encoder, "encode", watching)
    (tmp_path / "a.docx").write_bytes(written())
    first = RawFile("a.docx", "a", partial(on_disk, tmp_path / "a.docx"))
    ingest(index, [first, RawFile("b.pdf", "b", partial(marking, tmp_path / "next"))], LIMITS)
    assert opened_next == [True]


def test_order_is_kept_where_some_are_read_apart_and_some_crash(index: Index) -> None:
    files = [
        plain("a", "Balloons fly.\n"),
        replace(DOCUMENT, id="b"),
        RawFile("c.pdf", "c", crashing),
        plain("d", "Geese swim.\n"),
        replace(DOCUMENT, id="e"),
        RawFile("f.pdf", "f", crashing),
        replace(DOCUMENT, id="g"),
    ]
    heard: list[Progress] = []
    summary = ingest(index, files, LIMITS, heard.append)
    assert [step.file for step in heard] == [file.name for file in files]
    assert [rejection.file for rejection in summary.rejected] == ["c.pdf", "f.pdf"]
    assert texts(index).keys() == {*"abdeg"}


def test_no_more_files_are_opened_ahead_than_is_said(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.ingest.AHEAD", 2)
    found: list[str] = []

    def finding() -> Iterator[RawFile]:
        for id in "abcdefgh":
            found.append(id)
            yield plain(id, f"Number {id} flies.\n")

    seen: list[int] = []
    ingest(index, finding(), LIMITS, lambda step: seen.append(len(found) - step.files))
    assert seen == [2, 2, 2, 2, 2, 2, 1, 0]


def test_an_ingest_waits_while_a_question_runs_and_goes_on_when_it_has_its_answer(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.turns.LONGEST_WAIT", 60.0)
    thread = Thread(target=ingest, args=(index, [plain("a", "Balloons fly.\n")], LIMITS))
    with index.asked():
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        assert texts(index) == {}
    thread.join(30)
    assert texts(index).keys() == {"a"}


def test_segments_that_were_joined_are_not_kept_open(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHARACTERS", 1)
    ingest(index, [plain(f"{number}", f"Number {number} flies.\n") for number in range(20)], LIMITS)
    with index.read_any() as snapshot:
        named = {*snapshot.segments()}
    assert {*index.makers.now.states._segments} <= named
    assert_whole(index)


def test_a_stop_amid_files_read_apart_leaves_no_process(index: Index) -> None:
    files = [replace(DOCUMENT, id="a"), RawFile("b.pdf", "b", asleep), replace(DOCUMENT, id="c")]

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    before = children()
    with pytest.raises(KeyboardInterrupt):
        ingest(index, files, LIMITS, stop)
    assert children() == before
    assert texts(index) == {}


def on_disk(path: Path) -> BinaryIO:
    return path.open("rb")


def children() -> str:
    return "".join(sorted(path.read_text() for path in Path("/proc/self/task").glob("*/children")))

"""What one archive exports, another has: the same articles, texts, times, passages and citations."""

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from index.articles import from_json
from index.errors import FolderDamaged, Invalid, NotFound
from index.export import exported
from index.folder import Index
from index.ingest import Summary, ingest, put
from index.readers import Limits
from index.rebuild import reindex
from index.records import Article, RawFile
from service.citing import cite
from service.schemas import CitationReply
from tests.archive import article, assert_whole, filled, found, opened, texts
from tests.fakes import WordEncoder

CITED = "SELECT DISTINCT id FROM passages"


def lines(index: Index) -> list[str]:
    with index.read_any() as snapshot:
        return [*exported(snapshot, _raise)]


def _raise(fault: FolderDamaged) -> None:
    raise fault


def taken_in(index: Index, lines: Sequence[str], prefix: str = "") -> Summary:
    data = "".join(lines).encode()
    return ingest(index, [RawFile("export.jsonl", "export", partial(BytesIO, data), id_prefix=prefix)], Limits())


def cited(index: Index) -> dict[str, CitationReply]:
    """Every citation that the archive knows, by its id, as HTTP gives it."""
    with index.read_any() as snapshot:
        return {id: cite(index.citation(id), "http://here") for (id,) in snapshot._sql.execute(CITED).fetchall()}


def versions(index: Index) -> list[tuple[Article, str, bool]]:
    with index.read_any() as snapshot:
        return [(snapshot.version(n), added_at, current) for n, _, added_at, current in snapshot.versions()]


# Round trips

# Each example opens two archives: to shrink one takes minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
LINE = TEXT.filter(str.strip)
PARTS = st.lists(st.one_of(LINE, st.just("The balloon 🎈 flew.\r\n\r\n"), st.just("# Head\n\n")), min_size=1)
SENTENCES = PARTS.map(" ".join).filter(str.strip)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
DATES = st.sampled_from(
    ["2024", "2024-04", "2023-06-18", "2023-06-18T09:00:00Z", "2023-06-18T09:00:00+02:00", "0001-01-01"]
)
FIELDS = st.fixed_dictionaries(
    {"title": LINE, "text": SENTENCES},
    optional={
        "source": LINE,
        "author": LINE,
        "language": LINE,
        "url": st.just("https://example.com/ä?q=1"),
        "published_at": DATES,
        "updated_at": DATES,
        "date_basis": st.sampled_from(["stated", "given", "inferred"]),
        "tags": st.lists(LINE, max_size=3),
        "metadata": st.dictionaries(TEXT, JSON, max_size=3),
    },
)
IDS = st.sampled_from(["a", "2023/visit", "ä 🎈/b'\"", "x" * 300])


@given(st.lists(st.tuples(IDS, FIELDS), min_size=1, max_size=6))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
def test_what_was_ever_put_comes_over(written: list[tuple[str, dict[str, Any]]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with closing(opened(folder / "one")) as one, closing(opened(folder / "two")) as two:
            for id, fields in written:
                put(one, from_json({**fields, "id": id}, max_characters=10_000))
            said = lines(one)
            assert taken_in(two, said).rejected == []
            assert versions(two) == versions(one)
            assert cited(two) == cited(one)
            assert lines(two) == said
            assert_whole(two)


@pytest.fixture
def one(tmp_path: Path) -> Index:
    """An article that was replaced twice, one with another story, and one that was deleted."""
    index = filled(tmp_path / "one", {"a": "Balloon one flew.", "b": "Geese followed.", "gone": "Ships sank."})
    put(index, article("a", "Balloon two flew.\n\n# Later\n\nGeese followed.", source="The Times", tags=("x",)))
    put(index, article("a", "Balloon one flew.", published_at="2023-06", date_basis="stated", metadata={"n": 1}))
    index.delete("gone")
    return index


def test_a_citation_of_an_earlier_text_is_known_there_too(one: Index, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "two")) as two:
        taken_in(two, lines(one))
        known = cited(two)
        assert known == cited(one)
        assert sorted((c.state, c.text) for c in known.values()) == [
            ("stands", "Balloon one flew."),
            ("stands", "Geese followed."),
            ("superseded", "# Later\n\nGeese followed."),
            ("superseded", "Balloon two flew."),
        ]
    one.close()


def test_earlier_texts_are_found_by_no_question(one: Index, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "two")) as two:
        taken_in(two, lines(one))
        assert texts(two) == texts(one) == {"a": "Balloon one flew.", "b": "Geese followed."}
        assert found(two, "balloon geese") == found(one, "balloon geese")
        assert_whole(two)
        assert reindex(tmp_path / "two", WordEncoder()).passages == 2
        assert cited(two) == cited(one)
    one.close()


def test_the_same_again_changes_nothing(one: Index, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "two")) as two:
        assert (taken_in(two, lines(one)).added, two.status().generation) == (2, 1)
        again = taken_in(two, lines(one))
        assert (again.unchanged, again.added, two.status().generation) == (2, 0, 1)
        assert taken_in(one, lines(two)).unchanged == 2
        assert versions(one) == versions(two)
    one.close()


def test_an_archive_that_has_the_article_gets_its_past(one: Index, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "two")) as two:
        put(two, one.article("a"))
        assert taken_in(two, lines(one)).unchanged == 1
        assert cited(two) == cited(one)
        assert [v.text for v, _, _ in versions(two)] == [v.text for v, _, _ in versions(one)]
    one.close()


def test_an_archive_that_has_another_text_keeps_it_as_an_earlier_one(one: Index, tmp_path: Path) -> None:
    with closing(filled(tmp_path / "two", {"a": "Foxes slept."})) as two:
        [own] = cited(two)
        assert taken_in(two, lines(one)).replaced == 1
        assert two.article("a") == one.article("a")
        assert two.citation(own).article.text == "Foxes slept."
        assert cited(two).keys() == cited(one).keys() | {own}
    one.close()


def test_passages_of_another_way_of_cutting_can_still_be_cited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("index.prepare.MARGIN", 246)
        one = filled(tmp_path / "one", {"a": "Balloon one flew over Montana. Geese followed it there."})
    once = cited(one)
    one.close()
    reindex(tmp_path / "one", WordEncoder())
    with closing(opened(tmp_path / "one")) as one, closing(opened(tmp_path / "two")) as two:
        assert set(once) < set(cited(one))
        taken_in(two, lines(one))
        assert cited(two) == cited(one)


def test_many_earlier_texts_are_several_lines(one: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.export.LINE_CHARACTERS", 20)
    said = lines(one)
    assert [json.loads(line)["id"] for line in said] == ["a", "a", "b"]
    with closing(opened(tmp_path / "two")) as two:
        assert taken_in(two, said).rejected == []
        assert cited(two) == cited(one)
        assert {v.text for v, _, _ in versions(two)} == {v.text for v, _, _ in versions(one)}
    one.close()


def test_under_a_prefix_it_is_another_article(one: Index, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "two")) as two:
        taken_in(two, lines(one), prefix="wire/")
        assert {v.id: v.text for v, _, current in versions(two) if current} == {
            "wire/a": "Balloon one flew.",
            "wire/b": "Geese followed.",
        }
        assert not cited(two).keys() & cited(one).keys()
    one.close()


def test_what_is_deleted_takes_its_past_along(one: Index, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "two")) as two:
        taken_in(two, lines(one))
        [old, *_] = [id for id, c in cited(two).items() if c.state == "superseded"]
        two.delete("a")
        with pytest.raises(NotFound):
            two.citation(old)
    one.close()


def test_a_damaged_article_is_left_out_and_named(one: Index, tmp_path: Path) -> None:
    one.close()
    with closing(sqlite3.connect(tmp_path / "one" / "store.sqlite")) as connection:
        connection.execute("UPDATE versions SET text = 'Geese' WHERE article = 'b'")
        connection.commit()
    said = list[str]()
    with closing(opened(tmp_path / "one")) as index, index.read_any() as snapshot:
        assert [json.loads(line)["id"] for line in exported(snapshot, lambda f: said.append(str(f)))] == ["a"]
    assert [line.partition(":")[0] for line in said] == ["article 'b' is not what was stored, its text is damaged"]


# What is no history

LINE_OF = {"id": "a", "title": "T", "text": "Balloon flew."}
GOOD: dict[str, Any] = {"added_at": "2026-01-01T00:00:00+00:00", "cited": [[0, 13]], "versions": []}


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (7, "history 7 is not a JSON object"),
        ({}, "history {} must have added_at, cited and a list of versions"),
        (GOOD | {"more": 1}, "must have added_at, cited and a list of versions"),
        (GOOD | {"versions": {}}, "must have added_at, cited and a list of versions"),
        (GOOD | {"added_at": "yesterday"}, "history.added_at 'yesterday' is no date and time with its offset from UTC"),
        (GOOD | {"added_at": "2026-01-01"}, "history.added_at '2026-01-01' is no date and time"),
        (GOOD | {"cited": [[0, 14]]}, r"history.cited: \[0, 14\] is no stretch of a text of 13 characters"),
        (GOOD | {"cited": [[3, 3]]}, r"\[3, 3\] is no stretch"),
        (GOOD | {"cited": [[-1, 3]]}, r"\[-1, 3\] is no stretch"),
        (GOOD | {"cited": [["0", 3]]}, r"\['0', 3\] is no stretch"),
        (GOOD | {"cited": [[0, 3, 5]]}, r"\[0, 3, 5\] is no stretch"),
        (GOOD | {"cited": 5}, "history.cited 5 is no list of at most 100,000 stretches"),
        (GOOD | {"versions": [7]}, r"history.versions\[0\] 7 is not a JSON object"),
        (GOOD | {"versions": [{"title": "T"}]}, r"history.versions\[0\]: text is missing"),
        (GOOD | {"versions": [LINE_OF]}, r"history.versions\[0\].added_at None is no date and time"),
    ],
)
def test_a_history_that_makes_no_sense_is_rejected(tmp_path: Path, history: Any, said: str) -> None:
    with closing(opened(tmp_path)) as index:
        [rejection] = taken_in(index, [json.dumps(LINE_OF | {"history": history})]).rejected
        assert re.search(said, str(rejection))
        assert texts(index) == {}


def test_a_history_comes_by_files_alone() -> None:
    with pytest.raises(Invalid, match="'history' is not a field of an article"):
        from_json(LINE_OF | {"history": GOOD}, max_characters=99)

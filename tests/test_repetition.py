"""What a publisher repeats is marked, not found, and unmarked again: by the real store, index and search."""

import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cleaning import outline
from index.folder import Index
from index.ingest import put
from index.prepare import prepare
from index.rebuild import reindex
from index.records import Article
from index.repetition import units
from index.search import Question, search
from service import cli, opening
from tests.archive import ENCODER, article, assert_whole, found, opened
from tests.fakes import WordEncoder
from tests.faults.operations import unseal

STORIES = (
    "Geese crossed the frozen lake at dawn on their long way south.\n\nHunters counted nine hundred before noon.",
    "A cargo ship sank in the western bay after its engine failed.\n\nThe crew of twelve was saved by fishermen.",
    "Parliament passed the railway bill by a single vote last night.\n\nOpponents promised to repeal the measure soon.",
    "Bakers raised the price of bread because flour became scarce.\n\nFamilies queued outside several shops downtown.",
    "Astronomers found a second moon around the distant dwarf planet.\n\nIts orbit takes nearly forty days to finish.",
    "Doctors tested the new vaccine on volunteers in three cities.\n\nNone of the patients fell ill during winter.",
)
BOX = "Have a tip for {}? Write to us, as {} readers did in the past year."
ASKED = "how many readers did write a tip?"
ABOUT = "Founded above a stable, owned by nobody but its workers."


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(opened(tmp_path / "data")) as index:
        yield index


def boxed(i: int, box: str = BOX.format("Ann", 5), source: str | None = "Herald") -> Article:
    """A story with a box that is a passage by itself: what a pattern knows stands between."""
    return article(f"{source}/{i}", f"{STORIES[i]}\n\nAdvertisement\n\n{box}", source=source)


def within(i: int, said: str, source: str = "Herald") -> Article:
    """A story amid which something is said."""
    return article(f"{source}/{i}", STORIES[i].replace("\n\n", f"\n\n{said}\n\n"), source=source)


def closed(i: int, said: str, source: str = "Herald") -> Article:
    return article(f"{source}/{i}", f"{STORIES[i]}\n\n{said}", source=source)


def taken(index: Index) -> dict[str, int]:
    """What repetition took for furniture, and in how many articles."""
    with index.read_any() as snapshot:
        return {one.text: one.articles for one in snapshot.repeats.boilerplate() if one.by == "repetition"}


def passages(index: Index) -> dict[str, tuple[int, int]]:
    """The ids of all passages, with their offsets."""
    with index.read_any() as snapshot:
        kept = snapshot.passages(snapshot.live_numbers(snapshot.edition()).tolist())
    return {one.id: one.passage.span for one in kept.values()}


def quotes(index: Index, question: str) -> list[str]:
    return [quote for _, quote in found(index, question)]


def put_all(index: Index, articles: Sequence[Article]) -> None:
    for one in articles:
        put(index, one)


def test_a_box_in_three_stories_is_found_no_more_and_no_id_changes(index: Index) -> None:
    box = BOX.format("Ann", 5)
    put_all(index, [boxed(0), boxed(1)])
    before = passages(index)
    assert quotes(index, ASKED).count(box) == 2

    put(index, boxed(2))

    assert box not in quotes(index, ASKED)
    assert "Hunters counted nine hundred before noon." in quotes(index, "hunters")[0]
    assert before.items() <= passages(index).items()
    assert taken(index) == {box: 3}


def test_a_citation_of_what_was_taken_for_boilerplate_later_still_resolves(index: Index) -> None:
    put(index, boxed(0))
    [hit] = [one for one in search(index, Question(ASKED)).hits if "a tip" in one.passage.span.of(one.article.text)]

    put_all(index, [boxed(1), boxed(2)])

    citation = index.citation(hit.id)
    assert (citation.state, citation.passage.span.of(citation.article.text)) == ("stands", BOX.format("Ann", 5))


@pytest.mark.parametrize("how", ["deleted", "replaced", "moved to another publisher"])
def test_a_mark_is_lifted_when_the_box_no_longer_repeats(index: Index, how: str) -> None:
    put_all(index, [boxed(0), boxed(1), boxed(2)])
    assert taken(index)

    match how:
        case "deleted":
            index.delete("Herald/1")
        case "replaced":
            put(index, article("Herald/1", STORIES[1], source="Herald"))
        case _:
            put(index, article("Herald/1", boxed(1).text, source="Gazette"))

    assert taken(index) == {}
    assert quotes(index, ASKED).count(BOX.format("Ann", 5)) == (3 if "moved" in how else 2)


def test_names_and_numbers_in_a_box_may_vary(index: Index) -> None:
    names = ("Ann", "Bob", "Cleo")
    put_all(index, [boxed(i, BOX.format(name, 100 * i)) for i, name in enumerate(names)])

    assert taken(index) == {BOX.format("Ann", 0): 3}
    assert not any("a tip" in quote for quote in quotes(index, ASKED))


def test_what_stands_in_fewer_of_a_growing_archive_is_judged_anew(index: Index) -> None:
    put_all(index, [closed(i, ABOUT) for i in range(4)])
    assert taken(index) == {ABOUT: 4}

    put_all(index, [article(f"Herald/more-{i}", f"{i} {story}", source="Herald") for i, story in enumerate(STORIES)])

    assert taken(index) == {ABOUT: 4}
    put(index, article("Herald/last", "Nothing else happened on that day.", source="Herald"))
    assert taken(index) == {}


def test_what_stands_in_articles_of_several_publishers_is_not_counted_together(index: Index) -> None:
    put_all(index, [boxed(0), boxed(1, source="Gazette"), boxed(2, source="Wire")])

    assert taken(index) == {}


def test_articles_of_no_publisher_are_counted_by_their_site(index: Index) -> None:
    sites = ("https://a.example/1", "https://a.example/2", "https://b.example/3")
    for i, url in enumerate(sites):
        put(index, article(f"{i}", boxed(i).text, url=url))
    assert taken(index) == {}

    put(index, article("3", boxed(3).text, url="https://a.example/4"))

    assert taken(index) == {BOX.format("Ann", 5): 3}


def test_the_end_of_a_page_that_says_nothing_of_itself_must_stand_in_much_of_what_a_publisher_has(index: Index) -> None:
    put_all(index, [closed(i, ABOUT) for i in range(3)])
    assert taken(index) == {}

    put(index, closed(3, ABOUT))

    assert taken(index) == {ABOUT: 4}


def test_of_a_passage_that_is_boilerplate_in_part_only_the_story_answers(index: Index) -> None:
    box = BOX.format("Ann", 5)
    put_all(index, [closed(i, box) for i in range(3)])

    first, *others = search(
        index, Question("how many tips did hunters write, how many geese were counted before noon?")
    ).hits

    assert first.passage.span.of(first.article.text) == closed(0, box).text
    assert first.highlights[0].of(first.article.text) == "Hunters counted nine hundred before noon."
    assert not any("a tip" in span.of(one.article.text) for one in (first, *others) for span in one.highlights)
    assert "a tip" in search(index, Question(ASKED)).hits[0].article.text


def test_a_sentence_in_a_text_without_lines_is_taken_alone(index: Index) -> None:
    box = BOX.format("Ann", 5)
    put_all(index, [article(f"{i}", f"{STORIES[i]} {box}".replace("\n\n", " "), source="Herald") for i in range(3)])

    assert taken(index) == {"Have a tip for Ann?": 3, "Write to us, as 5 readers did in the past year.": 3}
    assert not any(
        "a tip" in span.of(hit.article.text) for hit in search(index, Question(ASKED)).hits for span in hit.highlights
    )


def test_a_reprint_is_no_boilerplate(index: Index) -> None:
    story = "\n\n".join(STORIES[:3]) + "\n\nThis story is developing."
    put_all(index, [article(f"{i}", f"By hand number {i}: {STORIES[i]}\n\n{story}", source="Herald") for i in range(6)])

    assert taken(index) == {}


def test_versions_of_one_story_are_no_boilerplate(index: Index) -> None:
    parts = "\n\n".join(STORIES).split("\n\n")
    texts = ["\n\n".join(parts[: 3 + i]) for i in range(5)]
    put_all(
        index, [article(f"{i}", f"Update {i}, corrected.\n\n{text}", source="Herald") for i, text in enumerate(texts)]
    )

    assert taken(index) == {}


@pytest.mark.parametrize(
    "said",
    [
        "“The balloon was shot down because it spied on us,” the minister said.",
        "What happens next",
        "The Times asked the ministry for a comment several times.",
    ],
)
def test_what_stands_amid_many_stories_is_not_taken(index: Index, said: str) -> None:
    put_all(index, [within(i, said) for i in range(6)])

    assert taken(index) == {}


def test_a_background_that_closes_stories_on_the_same_thing_is_not_taken(index: Index) -> None:
    said = "The railway bill was passed by parliament in the spring."
    stories = (
        f"The railway bill {word}, parliament hears in the spring." for word in ("sank", "stood", "fell", "grew", "won")
    )
    put_all(index, [closed(i, f"{story}\n\n{said}") for i, story in enumerate(stories)])

    assert taken(index) == {}


def test_other_stories_of_the_same_file_stay_what_they_are(index: Index) -> None:
    beside = "More from Herald\n\nWolves came back to the northern valley, farmers say."
    put_all(index, [closed(i, beside) for i in range(5)])

    hits = search(index, Question("who came back to the northern valley?")).hits

    assert taken(index) == {}
    assert (hits[0].passage.side_story, hits[0].highlights[0].of(hits[0].article.text)) == (
        True,
        "Wolves came back to the northern valley, farmers say.",
    )


def test_a_reader_that_is_open_follows_marks_as_they_come_and_go(index: Index) -> None:
    put_all(index, [boxed(0), boxed(1)])
    with closing(opened(index.path)) as reader:
        assert any("a tip" in quote for quote in quotes(reader, ASKED))
        put(index, boxed(2))
        assert not any("a tip" in quote for quote in quotes(reader, ASKED))
        index.delete("Herald/0")
        assert sum("a tip" in quote for quote in quotes(reader, ASKED)) == 2


def test_reindexing_keeps_marks(index: Index) -> None:
    put_all(index, [boxed(i) for i in range(3)])

    reindex(index.path, WordEncoder("words-2"))

    with closing(opened(index.path, WordEncoder("words-2"))) as again:
        assert taken(again) == {BOX.format("Ann", 5): 3}
        assert not any("a tip" in quote for quote in quotes(again, ASKED))


def test_a_folder_of_an_earlier_format_is_counted_when_it_is_next_opened(index: Index) -> None:
    put_all(index, [boxed(i) for i in range(3)])
    before = passages(index)
    index.close()
    with closing(sqlite3.connect(index.path / "store.sqlite")) as connection:
        unseal(connection)
        for table in ("outlined", "paragraphs", "repeats", "marks"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP INDEX versions_overview")
        connection.execute("PRAGMA user_version = 3")

    with closing(opened(index.path)) as again:
        assert taken(again) == {BOX.format("Ann", 5): 3}
        assert not any("a tip" in quote for quote in quotes(again, ASKED))
        assert passages(again) == before
        again.delete("Herald/0")
        again.delete("Herald/1")
        assert_whole(again)


def test_all_at_once_and_one_by_one_come_to_the_same(index: Index, tmp_path: Path) -> None:
    articles = [closed(i, f"{ABOUT}\n\n{BOX.format('Ann', i)}") for i in range(6)]
    put_all(index, articles)
    with closing(opened(tmp_path / "other")) as other:
        other.put(prepare(articles, ENCODER))
        assert taken(other) == taken(index) == {ABOUT: 6, BOX.format("Ann", 0): 6}


@given(st.text(st.sampled_from("Aa1 .\n©’"), max_size=80))
def test_any_text_has_units_that_lie_in_it(text: str) -> None:
    one = article("a", f"{text}x")
    blocks = outline(one.text, one.title)

    assert [unit.span for unit in units(one, blocks, ()) if unit.part != "sentence"] == [block.span for block in blocks]


def test_the_command_line_counts_and_lists_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder())
    data, file = tmp_path / "data", tmp_path / "all.jsonl"
    lines = [{"id": one.id, "title": one.title, "text": one.text, "source": one.source} for one in map(boxed, range(3))]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    assert footnote(monkeypatch, "ingest", "--data", data, file) == 0
    assert capsys.readouterr().out.splitlines()[1] == "6 paragraphs taken for boilerplate"
    assert footnote(monkeypatch, "sources", "--data", data, "--boilerplate") == 0
    assert capsys.readouterr().out.splitlines() == [
        "Herald",
        "     3 articles  pattern     Advertisement  [Herald/0]",
        f"     3 articles  repetition  {BOX.format('Ann', 5)}  [Herald/0]",
    ]
    assert footnote(monkeypatch, "sources", "--data", data, "--boilerplate", "--json") == 0
    assert json.loads(capsys.readouterr().out)["sources"] == [
        {
            "source": "Herald",
            "paragraphs": [
                {"text": "Advertisement", "articles": 3, "example": "Herald/0", "by": "pattern"},
                {"text": BOX.format("Ann", 5), "articles": 3, "example": "Herald/0", "by": "repetition"},
            ],
        }
    ]
    assert footnote(monkeypatch, "sources", "--data", data, "--boilerplate", "--state", "in") == 2


def footnote(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0

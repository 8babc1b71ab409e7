import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import dates
from index.folder import Index
from index.ingest import put
from index.records import Article, Filters, Period
from index.search import Found, Hit, Question, search
from tests.archive import article, opened
from tests.fakes import WordEncoder

TODAY = date(2024, 5, 7)
BALLOON = "A spy balloon drifted over Montana. The trip was cancelled in February."
GEESE = "Geese crossed the lake at dawn. Nobody counted them."
FERRY = "The ferry sank near the harbour. Divers searched the wreck for survivors."


def holding(path: Path, *articles: Article) -> Index:
    index = opened(path)
    for one in articles:
        put(index, one)
    return index


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    stories = article("balloon", BALLOON), article("geese", GEESE), article("ferry", FERRY)
    with closing(holding(tmp_path_factory.mktemp("three"), *stories)) as index:
        yield index


def ask(index: Index, text: str, **rest: Any) -> Found:
    return search(index, Question(text, as_of=TODAY, **rest))


def ids(found: Found) -> list[str]:
    return [hit.article.id for hit in found.hits]


def marked(hit: Hit) -> list[str]:
    return [span.of(hit.article.text) for span in hit.highlights]


# What is found


@pytest.mark.parametrize(
    ("question", "id"),
    [
        ("why was the trip cancelled?", "balloon"),
        ("did anybody count geese?", "geese"),
        ("who searched for survivors of the ferry?", "ferry"),
    ],
)
def test_the_passage_that_answers_comes_first(three: Index, question: str, id: str) -> None:
    assert ids(ask(three, question))[0] == id


def test_a_hit_is_the_passage_as_it_stands_in_its_article(tmp_path: Path) -> None:
    filler = "\n\n".join(f"{FERRY} " * 12 for _ in range(3))
    one = article("a", f"{filler}\n\n{BALLOON}\n\n{filler}", title="Talks", source="The Echo")
    first = ask(holding(tmp_path, one), "balloon over Montana").hits[0]
    assert (first.article, first.id, first.also_in) == (one, first.passage.id(one), ())
    assert BALLOON in first.passage.span.of(one.text)


def test_hits_come_best_first_and_no_more_than_are_wanted(tmp_path: Path) -> None:
    texts = {"one": "geese", "two": "geese lake", "three": "geese lake dawn", "none": "wreck"}
    index = holding(tmp_path, *(article(id, text) for id, text in texts.items()))
    found = ask(index, "geese lake dawn", top_k=3)
    assert ids(found) == ["three", "two", "one"]
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert ids(ask(index, "geese lake dawn", top_k=1)) == ["three"]


def test_the_answering_sentence_is_the_first_highlight_of_the_first_hit(three: Index) -> None:
    assert marked(ask(three, "who searched the wreck?").hits[0])[0] == "Divers searched the wreck for survivors."
    assert marked(ask(three, "what drifted over Montana?").hits[0])[0] == "A spy balloon drifted over Montana."


def test_an_empty_archive_finds_nothing_and_is_sure_of_nothing(tmp_path: Path) -> None:
    found = ask(opened(tmp_path), "why was the trip cancelled?")
    assert (found.hits, found.confidence, found.signals, found.undated) == ((), 0.0, None, 0)
    assert found.understood_as == "why was the trip cancelled?"


def test_what_is_answered_is_surer_than_what_is_not(three: Index) -> None:
    answered, other = ask(three, "was the trip cancelled in February?"), ask(three, "which team won the Olympic final?")
    assert answered.confidence > other.confidence + 0.2


# Filters

FILED = (
    article("a", BALLOON, source="The Echo", tags=("sky", "news"), published_at="2023-02-04"),
    article("b", GEESE, source="Ledger", tags=("lake",), published_at="2023-02"),
    article("c", FERRY, source="The Echo", tags=("news",), published_at="2022"),
    article("d", "The lake froze over Montana."),
)


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with closing(holding(tmp_path_factory.mktemp("filed"), *FILED)) as index:
        yield index


def period(first: str, last: str) -> Period:
    return Period(dates.parse(first).first, dates.parse(last).last)


@pytest.mark.parametrize(
    ("filters", "let_through"),
    [
        (Filters(), "abcd"),
        (Filters(source=("The Echo",)), "ac"),
        (Filters(source=("The Echo", "Ledger")), "abc"),
        (Filters(source=("the ECHO",)), "ac"),
        (Filters(article=("d", "b", "nowhere")), "bd"),
        (Filters(tags=("news",)), "ac"),
        (Filters(tags=("lake", "sky")), "ab"),
        (Filters(source=("The Echo",), tags=("sky",), article=("a", "c")), "a"),
        (Filters(published=period("2023-02-04", "2023-02-04")), "ab"),
        (Filters(published=period("2023-02-05", "2023-12")), "b"),
        (Filters(published=period("2022-07", "2022-08")), "c"),
        (Filters(published=period("2022-12-31", "2023-02-01")), "bc"),
        (Filters(published=period("2023-03", "2024")), ""),
        (Filters(source=("Ledger",), published=period("2023", "2023")), "b"),
    ],
)
def test_only_what_the_filters_let_through_is_found(filed: Index, filters: Filters, let_through: str) -> None:
    found = ask(filed, "Montana lake ferry", filters=filters)
    assert sorted(ids(found)) == list(let_through)
    assert (found.confidence > 0) == bool(let_through)


def test_undated_articles_are_left_out_by_a_date_and_counted(filed: Index) -> None:
    in_2023 = period("2023", "2023")
    assert ask(filed, "lake", filters=Filters(published=in_2023)).undated == 1
    assert ask(filed, "lake", filters=Filters(source=("Ledger",), published=in_2023)).undated == 0
    assert ask(filed, "lake", filters=Filters(source=("Ledger",))).undated == 0
    assert ask(filed, "lake").undated == 0


# What is understood


class FiveLetters(WordEncoder):
    """Knows no word of more than five letters."""

    def pieces(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w{1,5}", text)]


def test_a_slip_is_mended_and_the_answer_says_as_what_it_was_understood(tmp_path: Path) -> None:
    index = opened(tmp_path, FiveLetters())
    put(index, article("a", "Blinken flew to Beijing."))
    put(index, article("b", GEESE))
    found = ask(index, "where did Blinekn fly?")
    assert found.understood_as == "where did Blinken fly?"
    assert ids(found)[0] == "a"
    assert ask(index, "where did Blinken fly?").understood_as == "where did Blinken fly?"


def test_an_abbreviation_that_the_archive_explains_finds_its_long_form(tmp_path: Path) -> None:
    index = holding(
        tmp_path,
        article("explained", "The Lake Ornithology Society (LOSY) was founded in a pub."),
        article("long", "Members of the Lake Ornithology Society counted geese."),
        *(article(f"other{n}", f"The committee counted ballots in ward {n}.") for n in range(5)),
    )
    assert set(ids(ask(index, "LOSY members"))[:2]) == {"explained", "long"}
    assert "long" in ids(ask(index, "LOSY", top_k=2))


@pytest.mark.parametrize(("source", "id"), [("The Echo", "a"), ("Daily Ledger", "b"), ("Weekly Post", "c")])
def test_a_named_publishers_article_goes_first(tmp_path: Path, source: str, id: str) -> None:
    index = holding(
        tmp_path,
        article("a", "The lake froze over at dawn.", source="The Echo"),
        article("b", "At dawn the lake froze over.", source="Daily Ledger"),
        article("c", "Dawn: the lake froze over.", source="Weekly Post"),
    )
    assert ids(ask(index, f"what does {source} say of the lake"))[0] == id


def test_each_part_of_a_question_gets_its_best_passage_before_the_rest(tmp_path: Path) -> None:
    trip = [
        f"The balloon trip to Beijing was cancelled {word}." for word in ("quickly", "again", "by letter", "at noon")
    ]
    index = holding(
        tmp_path,
        *(article(f"trip{n}", text) for n, text in enumerate(trip)),
        article("geese", "Wild geese crossed the frozen lake."),
    )
    question = "why was the balloon trip to Beijing cancelled, and how many wild geese crossed the frozen lake?"
    found = ask(index, question, top_k=3)
    assert "geese" in ids(found)
    assert any(id.startswith("trip") for id in ids(found)[:2])


# Reprints

STORM = (
    "A storm tore the roof off the covered market in Vellmar on 3 March, and eleven stalls were destroyed. "
    "Traders who had slept beside their goods escaped through a window at the back of the hall. "
    "The town will pay 40,000 crowns to each of them until the building can be used again."
)
REPRINTS = (
    article("late", STORM, source="Daily Ledger", published_at="2024-03-09"),
    article("early", STORM, source="The Echo", published_at="2024-03-04"),
    article("undated", STORM),
    article("geese", GEESE),
)


def test_reprints_are_one_hit_for_which_the_earliest_dated_speaks(tmp_path: Path) -> None:
    first, *rest = ask(holding(tmp_path, *REPRINTS), "what did the storm do to the market in Vellmar?").hits
    assert first.article.id == "early"
    assert sorted(other.id for other in first.also_in) == ["late", "undated"]
    assert [hit.article.id for hit in rest] == ["geese"]


def test_a_named_publishers_copy_speaks(tmp_path: Path) -> None:
    index = holding(tmp_path, *REPRINTS)
    asked = ask(index, "what does Daily Ledger say of the storm in Vellmar?").hits[0]
    assert (asked.article.id, sorted(other.id for other in asked.also_in)) == ("late", ["early", "undated"])


def test_what_a_filter_leaves_out_is_no_copy_either(tmp_path: Path) -> None:
    only = Filters(source=("Daily Ledger",))
    [hit] = ask(holding(tmp_path, *REPRINTS), "the storm in Vellmar", filters=only).hits
    assert (hit.article.id, hit.also_in) == ("late", ())


# Whatever is asked


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    arabic = "عبر الإوز البحيرة عند الفجر. لم يعدّه أحد."
    odd = f"A 🎈 balloon 👩‍🚀 rose.\r\n\r\n{arabic}\r\n\r\n{GEESE}\x0b\u202e"
    many = "\n\n".join(f"{FERRY} {BALLOON} " * 6 for _ in range(3))
    articles = *FILED, *REPRINTS[:3], article("odd", odd), article("many", many)
    with closing(holding(tmp_path_factory.mktemp("any"), *articles)) as index:
        yield index


SAID = st.sampled_from(
    [*f"{BALLOON} {GEESE} {STORM}".split(), "The Echo", "in February 2023", "and", "LOSY", "🎈", "US"]
)
ODD = st.sampled_from(
    [
        "\u202e",
        "\u200b",
        "\0",
        "\x1b[2J",
        "…?!",
        "عبر الإوز",
        "👩‍🚀",
        "e\u0301",
        "\ud7ff",
        "((",
        "AND",
        "*",
        '"',
        "+-~^:",
    ]
)
QUESTIONS = st.one_of(
    st.text(max_size=200),
    st.text(st.sampled_from(" .,;:!?…-–—()[]{}\"'“”*+^~/\\&|<>\n\t"), max_size=40),
    st.lists(st.one_of(SAID, ODD, st.text(max_size=6)), max_size=40).map(" ".join),
    st.builds(str.__mul__, st.sampled_from(["geese, ", "why 🎈 ", "عبر ", "x", "?", " and "]), st.integers(1, 2_000)),
)


@given(question=QUESTIONS, top_k=st.integers(1, 20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_question_is_borne_and_all_that_is_found_is_exact(mixed: Index, question: str, top_k: int) -> None:
    found = ask(mixed, question, top_k=top_k)
    assert 0 <= found.confidence <= 1
    assert len(found.hits) <= top_k
    for hit in found.hits:
        text = mixed.article(hit.article.id).text
        assert hit.article.text == text
        assert hit.passage.span.of(text) == text[hit.passage.span.start : hit.passage.span.end].strip() != ""
        assert hit.id == hit.passage.id(hit.article)
        assert mixed.citation(hit.id).passage == hit.passage
        assert set(hit.highlights) <= set(hit.passage.sentences)
        assert all(hit.passage.span.start <= span.start < span.end <= hit.passage.span.end for span in hit.highlights)
    assert all(hit.highlights for hit in found.hits[:1])

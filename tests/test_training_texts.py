import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import dates
from training.texts import FIRST_DAY, LAST_DAY, SOURCES, Reading, read

SEED = 7


def paragraph(article: str, text: str, **asked: Sequence[str]) -> dict[str, Any]:
    """A paragraph with a question an id, each with its answers' words."""
    questions = [
        {"id": id, "question": f"{id}?", "answers": [{"start": text.index(one), "text": one} for one in answers]}
        for id, answers in asked.items()
    ]
    return {"article": article, "paragraph": text, "questions": questions}


def written(data: Path, name: str, paragraphs: Sequence[dict[str, Any]]) -> list[Reading]:
    (data / "reading").mkdir(exist_ok=True)
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in paragraphs)
    (data / "reading" / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return read(data, SEED)[name]


def answered(readings: Sequence[Reading]) -> dict[str, list[str]]:
    return {q.id: [a.of(r.article.text) for a in q.answers] for r in readings for q in r.questions}


def test_the_paragraphs_of_one_name_are_one_article_and_the_answers_lie_where_they_lay(tmp_path: Path) -> None:
    readings = written(
        tmp_path,
        "new_wiki",
        [
            paragraph("Baltic_Sea", " The Baltic is a sea. 🌊\n", sea=["The Baltic", "Baltic"]),
            paragraph("Andes", "The Andes are\u2028mountains.", high=["mountains"]),
            paragraph("Baltic_Sea", "It froze in 1987.", year=["1987"]),
        ],
    )
    assert [(r.article.id, r.article.title, r.article.text) for r in readings] == [
        ("new_wiki/Baltic_Sea", "Baltic Sea", " The Baltic is a sea. 🌊\n\nIt froze in 1987."),
        ("new_wiki/Andes", "Andes", "The Andes are\u2028mountains."),
    ]
    assert answered(readings) == {"sea": ["The Baltic", "Baltic"], "year": ["1987"], "high": ["mountains"]}


def test_an_answer_that_two_people_gave_counts_once(tmp_path: Path) -> None:
    assert answered(written(tmp_path, "new_wiki", [paragraph("A", "One two.", q=["two", "One", "two"])])) == {
        "q": ["One", "two"]
    }


@pytest.mark.parametrize("name", ["reddit", "amazon_reviews"])
def test_a_comment_or_review_is_an_article_of_its_own_whose_title_tells_nothing_of_it(
    tmp_path: Path, name: str
) -> None:
    texts = [f"The pan numbered {n} broke." for n in range(40)]
    readings = written(tmp_path, name, [paragraph("All", text, **{f"q{n}": ["pan"]}) for n, text in enumerate(texts)])
    assert [reading.article.text for reading in readings] == texts
    assert [reading.article.id for reading in readings] == [f"{name}/q{n}" for n in range(40)]
    titles = [reading.article.title for reading in readings]
    assert all(titles)
    assert len(set(titles)) > 3
    assert not any("pan" in title or "broke" in title for title in titles)


def many(count: int) -> list[dict[str, Any]]:
    return [paragraph(f"Article_{n}", f"Text {n}.", **{f"q{n}": ["Text"]}) for n in range(count)]


def test_half_of_the_articles_have_a_day_and_a_third_a_source_each_by_itself(tmp_path: Path) -> None:
    articles = [reading.article for reading in written(tmp_path, "new_wiki", many(900))]
    dated = [article for article in articles if article.published_at is not None]
    assert len(dated) == pytest.approx(450, abs=45)
    for named, of in ((dated, 150), (articles, 300)):
        assert sum(article.source is not None for article in named) == pytest.approx(of, abs=45)
    days = [dates.parse(article.published_at) for article in dated if article.published_at is not None]
    assert all(first == last and FIRST_DAY <= first <= LAST_DAY for first, last in days)
    assert {article.source for article in articles} == {None, *SOURCES}


def test_one_in_twenty_is_held_aside_whole_and_which_does_not_hang_on_the_order(tmp_path: Path) -> None:
    readings = written(tmp_path, "reddit", many(200))
    held = {reading.article.id for reading in readings if reading.held}
    assert len(held) == 10
    assert {r.article.id for r in written(tmp_path, "reddit", many(200)[::-1]) if r.held} == held


def test_what_is_made_up_is_the_same_each_time_and_another_with_another_seed(tmp_path: Path) -> None:
    once = written(tmp_path, "new_wiki", many(50))
    assert written(tmp_path, "new_wiki", many(50)) == once
    assert read(tmp_path, SEED + 1)["new_wiki"] != once


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"reading holds no \*\.jsonl"):
        read(tmp_path, SEED)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text("x \n🎈", max_size=5), st.text("yz", min_size=1)), max_size=8))
def test_every_answer_is_found_in_the_joined_text(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, str, str]]
) -> None:
    paragraphs = [
        paragraph(name, f"{before}{said}\n", **{f"q{n}": [said]}) for n, (name, before, said) in enumerate(drawn)
    ]
    readings = written(tmp_path_factory.mktemp("data"), "wiki", paragraphs)
    assert answered(readings) == {f"q{n}": [said] for n, (_, _, said) in enumerate(drawn)}

import csv
from datetime import date
from pathlib import Path

import pytest

from index.embedding import Encoder, open_encoder
from index.prepare import CONTEXT_PIECES, MARGIN, as_input, context, cut_article, limits, made_by, prepare
from index.records import Article, Passage, Period, Span, Spoken
from tests.archive import ENCODER, article
from tests.fakes import WordEncoder

SEEDS = Path(__file__).parent.parent / "seeds"
BALLOON = "A spy balloon drifted over Montana. The trip was cancelled."


def seeds() -> list[Article]:
    with (SEEDS / "articles.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Article(
            row["file"],
            row["title"],
            (SEEDS / row["file"]).read_text(encoding="utf-8"),
            source=row["source"] or None,
            published_at=row["published_at"],
        )
        for row in rows
    ]


# Context


def test_the_context_is_title_publisher_and_date_as_far_as_they_are_known() -> None:
    dated = article("a", BALLOON, title="Talks", source="The Echo", published_at="2023-02-04")
    assert context(dated, None, ENCODER) == "Talks. The Echo. 4 February 2023"
    assert (
        context(article("a", BALLOON, title="Talks", published_at="2023-02"), None, ENCODER) == "Talks. February 2023"
    )
    assert context(article("a", BALLOON, title="Talks"), None, ENCODER) == "Talks"


def test_a_side_story_has_its_publisher_alone_for_title_and_date_are_anothers() -> None:
    side = Passage(Span(0, 5), (Span(0, 5),), side_story=True)
    dated = article("a", BALLOON, title="Talks", source="The Echo", published_at="2023-02-04")
    assert context(dated, side, ENCODER) == "The Echo"
    assert context(article("a", BALLOON, title="Talks"), side, ENCODER) == ""


def test_a_long_title_is_cut_after_so_many_pieces() -> None:
    long = article("a", BALLOON, title="lake " * 39 + "ends here", source="The Echo")
    assert context(long, None, ENCODER) == "lake " * 39 + "ends"


# Passages


def test_a_passages_sentences_are_read_where_they_stand_in_it() -> None:
    one = article("a", f"Talks\n\n{BALLOON}")
    passage = Passage(Span(7, 66), (Span(7, 42), Span(43, 66)))
    read = as_input(one, passage, "Talks. The Echo")
    assert read.whole == f"Talks. The Echo\n{BALLOON}"
    assert [span.of(read.text) for span in read.sentences] == [
        "A spy balloon drifted over Montana.",
        "The trip was cancelled.",
    ]


def test_passages_leave_room_for_the_context_and_a_margin() -> None:
    assert limits(ENCODER).tokens == 254 - CONTEXT_PIECES - MARGIN == 210
    assert limits(ENCODER, 5).tokens == 230
    assert limits(ENCODER, 30).tokens == 220


def test_a_passage_knows_the_days_that_are_spoken_of_in_it_counted_from_the_articles_own() -> None:
    filler = "The lake froze over at dawn. " * 40
    text = f"The trip ended in March 2021. It began in March 2021.\n\n{filler}\n\nGeese came yesterday."
    times = [passage.times for passage in cut_article(article("a", text, published_at="2023-02-04"), ENCODER)]
    march = Period(date(2021, 3, 1), date(2021, 3, 31))
    assert times[0] == (Spoken(march, 0), Spoken(march, 1))
    assert times[-1] == (Spoken(Period(date(2023, 2, 3), date(2023, 2, 3)), 0),)
    assert cut_article(article("a", text), ENCODER)[-1].times == ()


def test_each_article_gets_its_own_passages_contexts_vectors_and_abbreviations() -> None:
    asia = "The Asia-Pacific Economic Cooperation (APEC) met."
    long = "\n\n".join("The lake froze over at dawn and the geese crossed it. " * 12 for _ in range(3))
    empty, one, many = prepare([article("e", " "), article("a", asia, title="Talks"), article("m", long)], ENCODER)
    assert (empty.passages, empty.contexts, empty.encoded) == ((), (), ())
    assert [passage.span.of(asia) for passage in one.passages] == [asia]
    assert one.contexts == ("Talks",)
    assert one.encoded[0].passage.tolist() == ENCODER.vector(f"Talks\n{asia}").tolist()
    assert [(short, long) for short, long in one.abbreviations] == [("APEC", "Asia-Pacific Economic Cooperation")]
    assert many.contexts == ("Untitled",) * len(many.passages)
    wholes = [ENCODER.vector(f"Untitled\n{passage.span.of(long)}").tolist() for passage in many.passages]
    assert [encoded.passage.tolist() for encoded in many.encoded] == wholes


def test_an_index_is_made_by_a_model_of_a_fingerprint_and_by_the_shape_of_passages() -> None:
    assert made_by(WordEncoder("words-7")) == {
        "model": "words",
        "fingerprint": "words-7",
        "dimension": 512,
        "passages": [2, 210, 2000, 200, 300],
    }


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_encoder()


HARD = {
    "long words": "Donaudampfschifffahrtsgesellschaftskapitän " * 400,
    "no spaces": "x" * 9_000,
    "chinese": "湖面在黎明时分结冰，没有人数过大雁。" * 300,
    "emoji": "🎈👩‍🚀🇬🇧 " * 800,
    "combining": "e\u0301a\u0308 o\u0302 " * 900,
    "figures": "3.14159, 2.71828; 1,000,000-2,000,000 (A/B) " * 300,
}


@pytest.mark.parametrize("title", ["Talks", "Donaudampfschifffahrtsgesellschaftskapitän " * 30], ids=["short", "long"])
def test_nothing_of_a_passage_is_cut_off_unseen(encoder: Encoder, title: str) -> None:
    hard = [article(name, text, title=title, published_at="2023-02-04") for name, text in HARD.items()]
    for one in [*seeds(), *hard]:
        for passage in cut_article(one, encoder):
            read = as_input(one, passage, context(one, passage, encoder))
            assert len(encoder.pieces(read.whole)) <= encoder.limit, (one.id, passage.span)


def test_every_passage_of_the_seeds_is_seen_to_its_last_sentence(encoder: Encoder) -> None:
    for one in prepare(seeds(), encoder):
        for passage, encoded in zip(one.passages, one.encoded, strict=True):
            assert encoded.owners[-1] == len(passage.sentences) - 1
            assert len(encoded.sentences) == len(passage.sentences)

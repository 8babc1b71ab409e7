from dataclasses import replace
from pathlib import Path

import pytest

from index.records import Article
from tests.test_ask import asking
from tests.worlds import TRIP, archive

VISIT = Article(
    id="visit",
    title="Park Jin in Lima",
    text=(
        "Foreign minister Park Jin visited Lima on Monday. He met the mayor, Rosa Flores, at the old harbour.\n\n"
        "It was his first visit since 2019, when the two had opened the new bridge."
    ),
    published_at="2023-06-18",
    date_basis="given",
)
UNDATED = replace(VISIT, published_at=None, date_basis=None)
DATELESS = replace(UNDATED, text=VISIT.text.replace("since 2019", "of all"))
TITLED = replace(VISIT, title="Park Jin’s visits of 2021 and since")


@pytest.mark.parametrize(
    ("article", "question", "verdict"),
    [
        (VISIT, "Whom did Park Jin meet in Lima in 2023?", "answered"),
        (VISIT, "Whom did Park Jin meet in Lima in June 2023?", "answered"),
        (VISIT, "Whom did Park Jin meet in Lima?", "answered"),
        (VISIT, "Whom did Park Jin meet in Lima in 2021?", "outside_dates"),
        (VISIT, "Whom did Park Jin meet in Lima in March 2023?", "outside_dates"),
        # The article tells of that year too, if of something else: nothing shows that it was not then.
        (VISIT, "Whom did Park Jin meet in Lima in 2019?", "answered"),
        # Which of two it means is for the reader to see.
        (VISIT, "Whom did Park Jin meet in Lima, in 2021 or in 2022?", "answered"),
        (VISIT, "Whom did Park Jin meet in Lima before 2022?", "answered"),
        (VISIT, "Whom did Park Jin meet in Lima from 1990 to 2015?", "answered"),
        (UNDATED, "Whom did Park Jin meet in Lima in 2021?", "outside_dates"),
        (DATELESS, "Whom did Park Jin meet in Lima in 2021?", "answered"),
        (TITLED, "Whom did Park Jin meet in Lima in 2021?", "answered"),
    ],
)
def test_what_is_of_another_year_than_the_question_names_is_outside_its_dates(
    article: Article, question: str, verdict: str, tmp_path: Path
) -> None:
    with archive(tmp_path, article, TRIP) as index:
        reply = asking(index, question, threshold=0.05)

    assert reply.passages[0].article.id == "visit"
    assert (reply.verdict, reply.answerable) == (verdict, verdict == "answered")
    assert (reply.answer is None) == (verdict == "outside_dates")
    assert (reply.confidence >= 0.05) == (verdict == "answered")


def test_what_the_archive_would_not_answer_in_any_year_is_not_in_it(tmp_path: Path) -> None:
    with archive(tmp_path, VISIT) as index:
        reply = asking(index, "Whom did Park Jin meet in Lima in 2021?", threshold=1.0)

    assert reply.verdict == "not_in_archive"

"""Pages with the mark-up of common publishing systems, written for these tests: the story and what is known of it."""

from pathlib import Path

import pytest

from index.records import Article
from tests import brought

SITES = Path(__file__).parent / "sites"


def article(name: str) -> Article:
    return brought.only(f"{name}.html", (SITES / f"{name}.html").read_bytes())


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("wordpress", ("The Coast Gazette", "Mina Okafor", "2024-03-12T18:45:10+00:00", "2024-03-14T08:02:00+00:00")),
        ("amp", ("Northern Wire", "Jonas Weber, Sara Lind", "2022-11-05T21:10:00Z", "2022-11-05T22:00:00Z")),
        ("liveblog", ("The Observerer", "Ida Holm", "2023-02-03T06:00:00+01:00", "2023-02-03T19:30:00+01:00")),
        ("wall", ("Evening Ledger", "Tom Adair", "2021-09-30T09:15:00Z", None)),
    ],
)
def test_what_a_sites_markup_says_is_known(name: str, known: tuple[str, str, str, str | None]) -> None:
    found = article(name)

    assert (found.source, found.author, found.published_at, found.updated_at) == known
    assert found.date_basis == "stated"


@pytest.mark.parametrize("name", sorted(path.stem for path in SITES.glob("*.html")))
def test_the_story_is_found_and_nothing_of_the_site(name: str) -> None:
    expected = (SITES / f"{name}.txt").read_text(encoding="utf-8").splitlines()

    assert brought.passages(article(name)) == [(text, False) for text in expected]

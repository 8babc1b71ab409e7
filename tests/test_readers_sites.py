"""Pages with the mark-up of common publishing systems, written for these tests: the story and what is known of it."""

from pathlib import Path

import pytest

from index.records import Article
from tests import brought

SITES = Path(__file__).parent / "sites"


def article(name: str) -> Article:
    return brought.only(f"{name}.html", (SITES / f"{name}.html").read_bytes())


FOUND = {
    "wordpress": [
        "Harbour bridge closed after crack is found The harbour bridge was closed to all traffic on Tuesday evening after "
        "divers found a crack in its eastern pier. Engineers will measure the crack for two weeks before they decide "
        "whether the pier can be mended, said Lena Brandt, who leads the works.",
        "A detour of nine miles Until then drivers are sent over the old mill road, a detour of nine miles. The ferry "
        "runs every twenty minutes.",
    ],
    "amp": [
        "Talks on river water end without a treaty Three days of talks on sharing the river's water ended on Saturday "
        "without a treaty, and no date for another round was set.",
        "The upstream country had offered to release forty million cubic metres in dry months; its neighbours had asked "
        "for twice as much. “We part as friends and will keep measuring,” said the chair, Hana Yilmaz, before she left "
        "for the airport.",
    ],
    "liveblog": [
        "Storm Freya: trains stopped as wind reaches 120 km/h – as it happened This live blog is closed. The storm "
        "crossed the coast in the morning and had passed by the evening.",
        "Wind drops, power is back in most towns The weather service lifted its red warning at seven in the evening. Some "
        "four thousand homes are still without power.",
        "Trains stop All trains north of the capital have stopped. The railway says that nobody was hurt when a tree fell "
        "on the line near Aarby.",
    ],
    "wall": [
        "Library buys back its lost atlas The city library has bought back an atlas of 1664 that was stolen from its "
        "reading room eleven years ago. A dealer in Antwerp recognised a stamp on the map of the Baltic and called the "
        "police, the library's director, Ewa Nowak, said on Thursday.",
        "It paid nothing: an insurer had settled the claim in 2012 and gave the book back as a gift.",
    ],
}


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


@pytest.mark.parametrize("name", FOUND)
def test_the_story_is_found_and_nothing_of_the_site(name: str) -> None:
    assert brought.passages(article(name)) == [(text, False) for text in FOUND[name]]

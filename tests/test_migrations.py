"""Scripts that bring a data folder up to date: numbered, and never edited once a folder may have been made by them."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from service.database import FILE, Database
from service.feeds.remembered import FeedState, Remembered

# A new script is added here; one that stands here is never edited: whoever has it done already never does it again.
SCRIPTS = {
    "index.migrations": {
        "0001_articles_and_passages.sql": "0b570c4761cde04a",
        "0002_files.sql": "23be0aaf3768c304",
        "0003_jobs.sql": "027776911e7f5823",
        "0004_repetition.sql": "12b8c097039e4213",
        "0005_overview.sql": "16c1476591844f03",
        "0006_seals.sql": "c01ad0835d2a7297",
        "0007_more_seals.sql": "e97392a91003ec5b",
    },
    "service.migrations.limits": {
        "0001_arrivals.sql": "702f5724c0023cbf",
        "0002_chats.sql": "6f4442bb9ead2354",
    },
    "service.migrations.service": {
        "0001_keys.sql": "03ab2c3966d990cc",
        "0002_kept.sql": "7c1c6a5ae89684db",
        "0003_chats.sql": "f55fb426b13a79a8",
        "0004_feeds.sql": "111253a1065d1074",
        "0005_seals.sql": "af3dcf22fb844a09",
        "0006_watched.sql": "35b35bf049aed888",
        "0007_more_seals.sql": "b13f9671b933581a",
    },
}


@pytest.mark.parametrize("package", SCRIPTS)
def test_no_script_is_edited_once_a_folder_may_have_been_made_by_it(package: str) -> None:
    scripts = [one for one in files(package).iterdir() if one.name.endswith(".sql")]
    assert {one.name: sha256(one.read_bytes()).hexdigest()[:16] for one in scripts} == SCRIPTS[package]


def made_before_sources_were_watched(folder: Path, more: str = "") -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as database:
        for name in list(SCRIPTS["service.migrations.service"])[:4]:
            database.executescript(files("service.migrations.service").joinpath(name).read_text("utf-8"))
        database.executescript(f"{more} PRAGMA user_version = 4;")


@pytest.mark.parametrize("more", ["", "ALTER TABLE feeds ADD COLUMN first_at REAL NOT NULL DEFAULT 0;"])
def test_a_folder_into_which_addresses_were_taken_before_watches_sources(tmp_path: Path, more: str) -> None:
    made_before_sources_were_watched(tmp_path / "data", more)
    state = FeedState("Harbour", "http://harbour.example/feed", first_at=3.0, next_at=4.0)
    with closing(Database(tmp_path / "data", 5.0)) as database:
        remembered = Remembered(database)
        assert remembered.feeds() == []
        remembered.keep(state)
        assert remembered.feeds() == [state]

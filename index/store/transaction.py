"""A write of the store under way."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from index.records import Article, Cited, Entry, Passage, Span
from index.store.jobs import ChangingJobs
from index.store.kinds import Event
from index.store.rows import from_article, sentences_of, times_of
from index.store.seals import VERSION, seal
from index.store.snapshot import Snapshot


class Transaction(Snapshot):
    """A write under way: all of it or nothing becomes the next generation."""

    @property
    def connection(self) -> sqlite3.Connection:
        """For the rest of the store alone."""
        return self._sql

    @property
    def jobs(self) -> ChangingJobs:
        """What was brought to be taken in."""
        return ChangingJobs(self._sql)

    def reserve(self, count: int) -> int:
        """The first of ``count`` new passage numbers."""
        first = self.next_passage()
        self._sql.execute("UPDATE state SET next_passage = next_passage + ?", (count,))
        return first

    def put(self, article: Article, generation: int) -> int:
        """Make this the article's current version, and say its number; the caller removes the old passages."""
        old = "UPDATE versions SET replaced_in = ? WHERE article = ? AND replaced_in IS NULL"
        self._sql.execute(old, (generation, article.id))
        history = article.notes.history
        return self._add_version(article, history.added_at if history else _now(), generation, None)

    def remember(self, article: Article, generation: int) -> None:
        """Put what another archive kept of an article into its past, but for what is there."""
        for earlier in article.notes.history.earlier if article.notes.history else ():
            version = self.came(earlier.article, earlier.added_at)
            if version is None:
                version = self._add_version(earlier.article, earlier.added_at, generation, generation)
            self._remember_cited(earlier.article, version, earlier.cited, generation)

    def remember_cited(self, article: Article, generation: int) -> None:
        """Of an article that is current, keep what could be cited of it in another archive, but for what is there."""
        current, history = self.current(article.id), article.notes.history
        if current is not None and history is not None:
            self._remember_cited(article, current.version, history.cited, generation)

    def _add_version(self, article: Article, added_at: str, generation: int, replaced_in: int | None) -> int:
        row = from_article(article) | {"added_at": added_at, "added_in": generation, "replaced_in": replaced_in}
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self._sql.execute(f"INSERT INTO versions ({columns}) VALUES ({marks})", [*row.values()])
        number = int(cursor.lastrowid or 0)
        sealing = f"INSERT INTO seals SELECT number, seal({VERSION}) FROM versions WHERE number = ?"
        self._sql.execute(sealing, (number,))
        return number

    def _remember_cited(self, article: Article, version: int, cited: Sequence[Cited], generation: int) -> None:
        known = set(self.cited_of(version))
        # Only where they stand counts of passages that are searched no longer.
        gone = [Passage(Span(*c[:2]), (Span(*c[:2]),), c.side_story) for c in cited if c not in known]
        numbered = dict(enumerate(gone, self.reserve(len(gone))))
        self._insert_passages(article, version, self.edition(), numbered, generation)

    def add_passages(
        self,
        article: Article,
        version: int,
        edition: int,
        passages: Mapping[int, Passage],
        abbreviations: Sequence[tuple[str, str]],
    ) -> None:
        """All passages of one version, by number, and the abbreviations that it explains: short and long."""
        sql = "INSERT INTO cuts (version, edition, abbreviations) VALUES (?, ?, ?)"
        self._sql.execute(sql, (version, edition, json.dumps(abbreviations)))
        self._insert_passages(article, version, edition, passages, None)

    def _insert_passages(
        self, article: Article, version: int, edition: int, passages: Mapping[int, Passage], removed_in: int | None
    ) -> None:
        self._sql.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*row, removed_in, seal(*row))
                for n, p in passages.items()
                for row in [
                    (n, p.id(article), version, edition, *p.span, sentences_of(p), times_of(p), int(p.side_story))
                ]
            ],
        )

    def remove_passages(self, numbers: Iterable[int], generation: int) -> None:
        """They are searched no longer, but what cited them can still be shown."""
        rows = [(generation, number) for number in numbers]
        self._sql.executemany("UPDATE passages SET removed_in = ? WHERE number = ?", rows)
        self._sql.executemany("INSERT INTO removals (generation, passage) VALUES (?, ?)", rows)

    def delete(self, article: str) -> None:
        """Remove all that was ever stored of an article, its live passages having been removed."""
        self._sql.execute("DELETE FROM versions WHERE article = ?", (article,))
        sql = """UPDATE files SET recipe = NULL WHERE number IN (SELECT file FROM brought WHERE article = ?)
            RETURNING number"""
        files = json.dumps([row[0] for row in self._sql.execute(sql, (article,)).fetchall()])
        self._sql.execute("DELETE FROM brought WHERE article = ?", (article,))
        sql = """UPDATE files SET state = 'gone', reason = 'its articles were deleted', at = ?
            WHERE number IN (SELECT value FROM json_each(?)) AND number NOT IN (SELECT file FROM brought)"""
        self._sql.execute(sql, (_now(), files))

    def enter(self, entry: Entry) -> None:
        """Write a file's line of the ledger, over the one that it has."""
        row = dict(entry.origin._asdict(), state=entry.state, reason=entry.reason, at=_now())
        row |= {"size": entry.size, "sha256": entry.sha256, "recipe": entry.recipe}
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        news = ", ".join(f"{name} = excluded.{name}" for name in row if name not in entry.origin._fields)
        # It is written as a whole, whatever the disk made of it before.
        news += ", seal = NULL"
        sql = f"INSERT INTO files ({columns}) VALUES ({marks}) ON CONFLICT (folder, prefix, file) DO UPDATE SET {news}"
        [number] = self._sql.execute(f"{sql} RETURNING number", [*row.values()]).fetchall()[0]
        if entry.anew:
            self._sql.execute("DELETE FROM brought WHERE file = ?", (number,))
        rows = [(number, article, fingerprint) for article, fingerprint in entry.brought.items()]
        self._sql.executemany("INSERT OR REPLACE INTO brought (file, article, fingerprint) VALUES (?, ?, ?)", rows)

    def forget_files(self, numbers: Sequence[int]) -> None:
        """Their lines alone stay, as of files that are gone."""
        files = json.dumps([*numbers])
        self._sql.execute("DELETE FROM brought WHERE file IN (SELECT value FROM json_each(?))", (files,))
        sql = """UPDATE files SET state = 'gone', reason = 'gone from its folder', at = ?, recipe = NULL
            WHERE number IN (SELECT value FROM json_each(?))"""
        self._sql.execute(sql, (_now(), files))

    def record(self, generation: int, article: str, event: Event, sha256: str | None) -> None:
        self._sql.execute(
            "INSERT INTO ledger (at, generation, article, event, sha256) VALUES (?, ?, ?, ?, ?)",
            (_now(), generation, article, event, sha256),
        )

    def add_segment(self, name: str, edition: int, passages: int) -> None:
        self._sql.execute("INSERT INTO segments VALUES (?, ?, ?)", (name, edition, passages))

    def drop_segment(self, name: str) -> None:
        self._sql.execute("DELETE FROM segments WHERE name = ?", (name,))

    def add_edition(self, made_by: Mapping[str, object], words: str, axes: NDArray[np.float32]) -> int:
        sql = "INSERT INTO editions (made_by, words, axes) VALUES (?, ?, ?)"
        values = (json.dumps(dict(made_by)), words, axes.astype("<f4").tobytes())
        return int(self._sql.execute(sql, values).lastrowid or 0)

    def use_words(self, edition: int, words: str) -> None:
        """Let the word index of this name count from now on."""
        self._sql.execute("UPDATE editions SET words = ? WHERE number = ?", (words, edition))

    def unfinished_edition(self, made_by: Mapping[str, object]) -> int | None:
        """An edition begun with these settings after the one that answers."""
        sql = "SELECT number FROM editions, state WHERE number > edition AND made_by = ? ORDER BY number DESC LIMIT 1"
        row = self._sql.execute(sql, (json.dumps(dict(made_by)),)).fetchone()
        return None if row is None else int(row[0])

    def answer_with(self, edition: int, generation: int) -> None:
        """Let this edition answer, and put away all that belongs to others but what citations need."""
        self._sql.execute("UPDATE state SET edition = ?", (edition,))
        for table, column in (("segments", "edition"), ("cuts", "edition"), ("editions", "number")):
            self._sql.execute(f"DELETE FROM {table} WHERE {column} <> ?", (edition,))
        here = "SELECT id FROM passages WHERE edition = ? AND removed_in IS NULL"
        self._sql.execute(f"DELETE FROM passages WHERE edition <> ? AND id IN ({here})", (edition, edition))
        sql = "UPDATE passages SET removed_in = ? WHERE edition <> ? AND removed_in IS NULL"
        self._sql.execute(sql, (generation, edition))

    def advance(self, generation: int) -> None:
        self._sql.execute("UPDATE state SET generation = ?", (generation,))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

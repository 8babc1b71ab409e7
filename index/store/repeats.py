"""What repeats over the articles of a publisher, as the store counts it, and the marks on passages."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from index.records import Span, Unit

CURRENT = "replaced_in IS NULL"


class Standing(NamedTuple):
    """A fingerprint, in how many articles it stands, and how it was last judged: by how many, and whether furniture.

    ``articles`` counts no further than it was asked to; ``judged`` is 0 where it never was.
    """

    fingerprint: int
    articles: int
    judged: int
    furniture: bool


class Boilerplate(NamedTuple):
    """What was taken for furniture of a publisher's pages: as one article has it, and in how many it stands."""

    publisher: str
    text: str
    articles: int
    example: str
    by: Literal["repetition", "pattern"]


class Repeats:
    """The store's counts of paragraphs; what changes them belongs to the write that it is asked in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    # Articles

    def enter(self, version: int, publisher: str, units: Sequence[Unit]) -> tuple[set[int], bool]:
        """Count a version's paragraphs, in place of those it had; which counts changed, and whether it is new."""
        before = self._prints(version)
        is_new = not self._sql.execute("SELECT 1 FROM outlined WHERE version = ?", (version,)).fetchone()
        self._sql.execute("INSERT OR REPLACE INTO outlined VALUES (?, ?)", (version, publisher))
        self._sql.execute("DELETE FROM paragraphs WHERE version = ?", (version,))
        rows = [(mark, version, *span, part) for mark, span, part in units]
        self._sql.executemany("INSERT OR IGNORE INTO paragraphs VALUES (?, ?, ?, ?, ?)", rows)
        return before ^ {unit.fingerprint for unit in units}, is_new

    def leave(self, article: str) -> set[int]:
        """Count an article's paragraphs no longer; which counts changed."""
        sql = f"SELECT number FROM versions WHERE article = ? AND {CURRENT}"
        versions = [row[0] for row in self._sql.execute(sql, (article,)).fetchall()]
        left = {mark for version in versions for mark in self._prints(version)}
        for version in versions:
            self._sql.execute("DELETE FROM paragraphs WHERE version = ?", (version,))
            self._sql.execute("DELETE FROM outlined WHERE version = ?", (version,))
        return left

    def lacking(self, limit: int) -> list[int]:
        """Up to ``limit`` current versions whose paragraphs are not counted."""
        sql = f"""SELECT number FROM versions WHERE {CURRENT}
            AND NOT EXISTS (SELECT 1 FROM outlined WHERE version = number) LIMIT ?"""
        return [row[0] for row in self._sql.execute(sql, (limit,))]

    def is_current(self, version: int) -> bool:
        sql = f"SELECT 1 FROM versions WHERE number = ? AND {CURRENT}"
        return self._sql.execute(sql, (version,)).fetchone() is not None

    def articles_of(self, publisher: str, most: int) -> int:
        """How many articles of a publisher are counted, up to ``most``."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM outlined WHERE publisher = ? LIMIT ?)"
        return int(self._sql.execute(sql, (publisher, most)).fetchone()[0])

    def units(self, version: int) -> tuple[Unit, ...]:
        """A version's paragraphs in order, behind each the sentences of it that are counted by themselves."""
        sql = """SELECT fingerprint, start, "end", part FROM paragraphs WHERE version = ?
            ORDER BY start, part = 'sentence'"""
        return tuple(
            Unit(mark, Span(start, end), part) for mark, start, end, part in self._sql.execute(sql, (version,))
        )

    def publisher(self, version: int) -> str:
        return str(self._sql.execute("SELECT publisher FROM outlined WHERE version = ?", (version,)).fetchone()[0])

    def _prints(self, version: int) -> set[int]:
        return {row[0] for row in self._sql.execute("SELECT fingerprint FROM paragraphs WHERE version = ?", (version,))}

    # What repeats

    def standings(self, prints: Iterable[int], most: int) -> list[Standing]:
        """How each of these fingerprints stands, their articles counted up to ``most``."""
        sql = """SELECT value, (SELECT count(*) FROM
                (SELECT DISTINCT version FROM paragraphs WHERE paragraphs.fingerprint = value LIMIT ?)),
                coalesce(judged, 0), coalesce(furniture, 0)
            FROM json_each(?) LEFT JOIN repeats ON repeats.fingerprint = value"""
        rows = self._sql.execute(sql, (most, json.dumps([*prints])))
        return [Standing(mark, articles, judged, bool(furniture)) for mark, articles, judged, furniture in rows]

    def judged(self, publisher: str) -> set[int]:
        """The fingerprints of a publisher's that were ever judged."""
        return {
            row[0] for row in self._sql.execute("SELECT fingerprint FROM repeats WHERE publisher = ?", (publisher,))
        }

    def judge(self, fingerprint: int, publisher: str, articles: int, furniture: bool) -> None:
        sql = "INSERT OR REPLACE INTO repeats (fingerprint, publisher, judged, furniture) VALUES (?, ?, ?, ?)"
        self._sql.execute(sql, (fingerprint, publisher, articles, furniture))

    def drop(self, fingerprint: int) -> None:
        """It is repeated no longer."""
        self._sql.execute("DELETE FROM repeats WHERE fingerprint = ?", (fingerprint,))

    def versions_with(self, fingerprint: int, most: int | None = None) -> list[int]:
        """The versions with this fingerprint, the oldest and the newest where there are more than ``most``."""
        sql = "SELECT DISTINCT version FROM paragraphs WHERE fingerprint = ? ORDER BY version {} LIMIT ?"
        if most is None:
            return [row[0] for row in self._sql.execute(sql.format("ASC"), (fingerprint, -1))]
        halves = [self._sql.execute(sql.format(way), (fingerprint, most // 2)).fetchall() for way in ("ASC", "DESC")]
        return sorted({row[0] for half in halves for row in half})

    def furniture_in(self, version: int) -> frozenset[int]:
        """The fingerprints of a version that are furniture by repetition."""
        sql = "SELECT fingerprint FROM paragraphs JOIN repeats USING (fingerprint) WHERE version = ? AND furniture = 1"
        return frozenset(row[0] for row in self._sql.execute(sql, (version,)))

    # Marks

    def marks_of(self, version: int) -> dict[int, bytes]:
        """The marks on a version's passages, by number."""
        sql = """SELECT passage, marks.sentences FROM marks JOIN passages ON number = passage
            WHERE version = ? AND marks.sentences <> x''"""
        return dict(self._sql.execute(sql, (version,)).fetchall())

    def mark(self, marks: Mapping[int, bytes], generation: int) -> None:
        """A byte for each sentence of these passages; none lifts the mark."""
        rows = [(passage, flags, generation) for passage, flags in marks.items()]
        sql = "INSERT OR REPLACE INTO marks (passage, sentences, generation) VALUES (?, ?, ?)"
        self._sql.executemany(sql, rows)

    def marks(self, edition: int) -> dict[int, bytes]:
        """The marks on an edition's passages, by number."""
        sql = """SELECT passage, marks.sentences FROM marks JOIN passages ON number = passage
            WHERE edition = ? AND removed_in IS NULL AND marks.sentences <> x''"""
        return dict(self._sql.execute(sql, (edition,)).fetchall())

    def marked(self, first: int, last: int) -> dict[int, bytes]:
        """The passages whose marks changed in generations ``first`` to ``last``, and their marks now."""
        sql = "SELECT passage, sentences FROM marks WHERE generation BETWEEN ? AND ?"
        return dict(self._sql.execute(sql, (first, last)).fetchall())

    # What was taken for furniture

    def taken(self, after: int) -> int:
        """How many paragraphs of the current versions of numbers beyond ``after`` are furniture."""
        sql = f"""SELECT count(*) FROM versions JOIN paragraphs ON version = number
            LEFT JOIN repeats ON repeats.fingerprint = paragraphs.fingerprint
            WHERE number > ? AND {CURRENT} AND (part = 'furniture' OR furniture = 1)"""
        return int(self._sql.execute(sql, (after,)).fetchone()[0])

    def boilerplate(self) -> list[Boilerplate]:
        """All that was taken for furniture, by publisher, the most repeated first."""
        sql = """WITH taken AS (
                SELECT fingerprint, count(DISTINCT version) AS articles, min(version) AS example,
                    coalesce(furniture, 0) AS repeated
                FROM paragraphs LEFT JOIN repeats USING (fingerprint)
                WHERE part = 'furniture' OR furniture = 1 GROUP BY fingerprint)
            SELECT coalesce(source, publisher), substr(text, start + 1, min("end") - start), articles, article,
                CASE repeated WHEN 1 THEN 'repetition' ELSE 'pattern' END
            FROM taken JOIN paragraphs ON paragraphs.fingerprint = taken.fingerprint AND paragraphs.version = example
                JOIN versions ON number = example JOIN outlined ON outlined.version = example
            GROUP BY taken.fingerprint
            ORDER BY 1 COLLATE NOCASE, articles DESC, 2"""
        return [Boilerplate(*row) for row in self._sql.execute(sql)]

"""Reading the store, as of one moment."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import FolderDamaged, NotFound
from index.records import Article, Cited, Countable, Facts, FileState, Filters, Origin
from index.store.connections import WHAT_TO_DO
from index.store.jobs import Jobs
from index.store.kinds import Current, Filed, Filterable, Kept, Numbers, Unfinished
from index.store.repeats import Repeats
from index.store.rows import to_article, to_facts, to_kept
from index.store.seals import PASSAGE, SEALED, VERSION, seal

FILE_SEALED, BROUGHT_SEALED = SEALED["files"], SEALED["brought"]
LINE_DAMAGED = "its line in the ledger is damaged: give the file again"
VERSION_SEALED = f"seal({VERSION}) IS (SELECT seal FROM seals WHERE seals.version = number)"
NOT_AS_STORED = "(damaged: not what was stored)"
LIVE = "removed_in IS NULL AND edition = (SELECT edition FROM state)"
VERSION_COLUMNS = """article, title, text, url, source, author, published_at, updated_at, date_basis, language, tags,
    metadata, sha256"""


class Snapshot:
    """The store as of one moment; good for one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    @property
    def jobs(self) -> Jobs:
        """What was brought to be taken in."""
        return Jobs(self._sql)

    def generation(self) -> int:
        """The number of the last committed write."""
        return int(self._one("SELECT generation FROM state"))

    def edition(self) -> int:
        """The number of the edition that answers."""
        return int(self._one("SELECT edition FROM state"))

    def made_by(self, edition: int) -> dict[str, Any] | None:
        """What made an edition, None if there is none of this number."""
        row = self._sql.execute("SELECT made_by FROM editions WHERE number = ?", (edition,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def unfinished(self) -> list[Unfinished]:
        """The editions that were begun after the one that answers."""
        sql = """SELECT number, made_by,
                (SELECT count(*) FROM cuts JOIN versions ON versions.number = version
                WHERE cuts.edition = editions.number AND replaced_in IS NULL),
                (SELECT count(*) FROM versions WHERE replaced_in IS NULL)
            FROM editions WHERE number > (SELECT edition FROM state) ORDER BY number"""
        return [Unfinished(number, json.loads(by), *counts) for number, by, *counts in self._sql.execute(sql)]

    def words(self) -> dict[int, str]:
        """The name of each edition's word index."""
        return dict(self._sql.execute("SELECT number, words FROM editions ORDER BY number").fetchall())

    def axes(self, edition: int, dimension: int) -> NDArray[np.float32]:
        """Along which an edition's token vectors are kept, shape (dimension, codes)."""
        row = self._one("SELECT axes FROM editions WHERE number = ?", (edition,))
        return np.frombuffer(row, dtype="<f4").reshape(dimension, -1)

    def identity(self) -> str:
        """What tells this store from every other."""
        return str(json.loads(self._one("SELECT value FROM meta WHERE key = 'store'")))

    def counts(self) -> tuple[int, int]:
        """How many articles and live passages there are."""
        return self.count_articles(), self.count_passages()

    def count_articles(self) -> int:
        """How many articles there are."""
        return int(self._one("SELECT count(*) FROM versions WHERE replaced_in IS NULL"))

    def count_passages(self, first: int = 0) -> int:
        """How many live passages there are of numbers from ``first``."""
        return int(self._one(f"SELECT count(*) FROM passages WHERE number >= ? AND {LIVE}", (first,)))

    def next_passage(self) -> int:
        """The number that the next new passage will have."""
        return int(self._one("SELECT next_passage FROM state"))

    def newest_published_at(self) -> str | None:
        row = self._sql.execute(
            "SELECT published_at FROM versions WHERE replaced_in IS NULL AND published_last IS NOT NULL"
            " ORDER BY published_last DESC, published_at DESC LIMIT 1"
        ).fetchone()
        return None if row is None else str(row[0])

    def newest(self, limit: int) -> list[str]:
        """The titles of the articles last published; those without a date come last."""
        sql = f"""SELECT title FROM (SELECT * FROM versions WHERE replaced_in IS NULL
            ORDER BY published_last DESC, number DESC LIMIT ?) AS versions WHERE {VERSION_SEALED}"""
        return [str(title) for (title,) in self._sql.execute(sql, (limit,))]

    def current(self, article: str) -> Current | None:
        """The current version of the article with this id."""
        sql = "SELECT number, fingerprint FROM versions WHERE article = ? AND replaced_in IS NULL"
        row = self._sql.execute(sql, (article,)).fetchone()
        return None if row is None else Current(*row)

    def version(self, number: int) -> Article:
        """One text of an article, checked against its hash, as the other fields are against their seal.

        :raises FolderDamaged: what is stored is not what was.
        """
        sql = f"SELECT {VERSION_SEALED}, {VERSION_COLUMNS} FROM versions WHERE number = ?"
        row = self._sql.execute(sql, (number,)).fetchone()
        if row is None:
            raise FolderDamaged(f"version {number} of an article is missing from the store: {WHAT_TO_DO}")
        is_sealed, *columns = row
        article = to_article(columns)
        if not is_sealed or article.sha256 != columns[-1]:
            part = "text" if is_sealed else "title or another field"
            raise FolderDamaged(f"article {article.id!r} is not what was stored, its {part} is damaged: {WHAT_TO_DO}")
        return article

    def article(self, id: str) -> Article:
        """:raises NotFound: there is none, or no longer."""
        found = self.current(id)
        if found is None:
            raise NotFound(f"no article has the id {id!r}")
        return self.version(found.version)

    def came(self, article: Article, added_at: str) -> int | None:
        """The number of the version, current or not, that came with just this article at this time."""
        sql = "SELECT number FROM versions WHERE article = ? AND fingerprint = ? AND added_at = ?"
        row = self._sql.execute(sql, (article.id, article.fingerprint, added_at)).fetchone()
        return None if row is None else int(row[0])

    def knows_history(self, article: Article) -> bool:
        """Whether all that another archive kept of a current article is in its past."""
        history = article.notes.history
        if history is None:
            return True
        current = self.current(article.id)
        if current is None:
            return False
        of = [(self.came(earlier.article, earlier.added_at), earlier.cited) for earlier in history.earlier]
        of.append((current.version, history.cited))
        return all(version is not None and {*cited} <= {*self.cited_of(version)} for version, cited in of)

    def cited_of(self, version: int) -> list[Cited]:
        """Every stretch of a version that was ever a passage, in order; what the disk has changed is left out."""
        sql = f"""SELECT DISTINCT start, "end", side_story FROM passages
            WHERE version = ? AND seal IS seal({PASSAGE}) ORDER BY 1, 2, 3"""
        return [Cited(start, end, bool(side)) for start, end, side in self._sql.execute(sql, (version,))]

    def has_damaged_passages(self, version: int) -> bool:
        """Whether the disk has changed what could be cited of a version."""
        sql = f"SELECT EXISTS (SELECT 1 FROM passages WHERE version = ? AND seal IS NOT seal({PASSAGE}))"
        return bool(self._one(sql, (version,)))

    def versions(self) -> Iterator[tuple[int, str, str, bool]]:
        """The number of every version with its article's id, when it came, and whether it is current.

        By article; of each the current one comes last, the others in the order in which they came.
        """
        sql = """SELECT number, article, added_at, replaced_in IS NULL FROM versions
            ORDER BY article, replaced_in IS NULL, number"""
        return ((number, article, at, bool(current)) for number, article, at, current in self._sql.execute(sql))

    def articles(self, after: str, limit: int) -> list[tuple[Article, str]]:
        """Current articles by id from beyond ``after``, with an empty ``text``, each with the sha256 of its text.

        Of one that the disk has changed there is but the id, a title that says so, and no hash.
        """
        columns = VERSION_COLUMNS.replace(" text,", " '',")
        sql = f"""SELECT {VERSION_SEALED}, {columns} FROM versions WHERE replaced_in IS NULL AND article > ?
            ORDER BY article LIMIT ?"""
        found = self._sql.execute(sql, (after, limit))
        return [
            (to_article(row), str(row[-1])) if is_sealed else (Article(row[0], NOT_AS_STORED, ""), "")
            for is_sealed, *row in found
        ]

    def passages(self, numbers: Iterable[int]) -> dict[int, Kept]:
        """Live passages by number; numbers that are none, or not what was stored, are left out."""
        return self._sound(f"number IN (SELECT value FROM json_each(?)) AND {LIVE}", json.dumps([*map(int, numbers)]))

    def facts(self, numbers: Iterable[int]) -> dict[int, Facts]:
        """What is known of live passages beside their words, by number."""
        rows = self._sql.execute(
            "SELECT passages.number, source, published_first, published_last, side_story, times"
            " FROM passages JOIN versions ON versions.number = version"
            " WHERE passages.number IN (SELECT value FROM json_each(?))",
            (json.dumps([*map(int, numbers)]),),
        )
        return {row[0]: to_facts(*row[1:]) for row in rows}

    def passages_of(self, version: int, edition: int) -> dict[int, Kept]:
        """A version's passages in one edition that are not removed, by number."""
        kept = self._kept("version = ? AND removed_in IS NULL", version)
        return {number: k for number, k in kept.items() if k.edition == edition}

    def before(self, kept: Kept) -> Kept | None:
        """The passage that comes next before this one in its version, None where it is the first."""
        where = 'version = ? AND edition = ? AND removed_in IS NULL AND "end" <= ? ORDER BY "end" DESC LIMIT 1'
        return next(iter(self._sound(where, kept.version, kept.edition, kept.passage.span.start).values()), None)

    def all_passages_of(self, article: str) -> list[int]:
        """The numbers of an article's passages in any edition that are not removed."""
        sql = """SELECT passages.number FROM passages JOIN versions ON versions.number = version
            WHERE article = ? AND removed_in IS NULL"""
        return [row[0] for row in self._sql.execute(sql, (article,))]

    def cited(self, id: str) -> Kept:
        """The passage with this id: one not removed if there is one, else the newest.

        :raises NotFound: there never was one, or its article is deleted.
        """
        kept = sorted(self._kept("id = ?", id).values(), key=lambda k: (not k.removed, k.number))
        if not kept:
            raise NotFound(f"no passage has the id {id!r}")
        return kept[-1]

    def live_numbers(self, edition: int, first: int = 0, last: int | None = None) -> Numbers:
        """The numbers of an edition's passages that are not removed, ascending; from ``first`` to ``last`` alone."""
        if last is None:
            sql = "SELECT number FROM passages WHERE edition = ? AND removed_in IS NULL AND number >= ? ORDER BY number"
            return _numbers(self._sql.execute(sql, (edition, first)))
        # The plus keeps SQLite to the range of numbers: the index would be gone through as a whole.
        sql = """SELECT number FROM passages WHERE number BETWEEN ? AND ? AND +edition = ? AND removed_in IS NULL
            ORDER BY number"""
        return _numbers(self._sql.execute(sql, (first, last, edition)))

    def current_versions(self) -> list[int]:
        """The numbers of all articles' current versions."""
        return [row[0] for row in self._sql.execute("SELECT number FROM versions WHERE replaced_in IS NULL ORDER BY 1")]

    def uncut(self, edition: int, after: int, limit: int) -> list[int]:
        """Up to ``limit`` current versions, of numbers beyond ``after``, that an edition does not have yet."""
        rows = self._sql.execute(
            "SELECT number FROM versions WHERE replaced_in IS NULL AND number > ? AND NOT EXISTS"
            " (SELECT 1 FROM cuts WHERE version = versions.number AND edition = ?) ORDER BY number LIMIT ?",
            (after, edition, limit),
        )
        return [row[0] for row in rows]

    def is_cut(self, version: int, edition: int) -> bool:
        """Whether an edition has a version, if only to find no passage in it."""
        return bool(
            self._one("SELECT EXISTS (SELECT 1 FROM cuts WHERE version = ? AND edition = ?)", (version, edition))
        )

    def removed(self, first: int, last: int) -> Numbers:
        """The numbers of passages that were removed in generations ``first`` to ``last``, both included."""
        sql = "SELECT passage FROM removals WHERE generation BETWEEN ? AND ?"
        return _numbers(self._sql.execute(sql, (first, last)))

    def segments(self, edition: int | None = None) -> dict[str, int]:
        """The vector segments that count, all or one edition's, and how many passages were written into each."""
        sql = "SELECT name, passages FROM segments WHERE edition = coalesce(?, edition) ORDER BY name"
        return dict(self._sql.execute(sql, (edition,)).fetchall())

    def allowed(self, filters: Filters) -> Numbers | None:
        """The numbers of live passages that the filters let through, ascending; None for all."""
        if filters == Filters():
            return None
        where, values = _where(filters)
        if filters.published is not None:
            where += " AND side_story = 0 AND published_first <= ? AND published_last >= ?"
            values += [filters.published.last.toordinal(), filters.published.first.toordinal()]
        return _numbers(self._sql.execute(f"SELECT passages.number {where} ORDER BY passages.number", values))

    def chosen(self, filters: Filters) -> list[str]:
        """The ids of the articles that all filters but the date let through."""
        conditions, values = _conditions(filters)
        sql = f"SELECT article FROM versions WHERE replaced_in IS NULL{conditions} ORDER BY article"
        return [row[0] for row in self._sql.execute(sql, values)]

    def undated(self, filters: Filters) -> int:
        """How many articles have no date, of those that the filters but for the date let through."""
        where, values = _where(filters)
        sql = f"SELECT count(DISTINCT versions.number) {where} AND published_first IS NULL"
        return int(self._one(sql, values))

    def newest_version(self) -> int:
        """The number of the version that came last, 0 if none did."""
        return int(self._one("SELECT coalesce(max(number), 0) FROM versions"))

    def came_after(self, version: int) -> int:
        """How many of the current articles have a version of a number beyond this one."""
        return int(self._one("SELECT count(*) FROM versions WHERE number > ? AND replaced_in IS NULL", (version,)))

    def abbreviations(self, edition: int, after: int = 0) -> list[tuple[str, str]]:
        """The abbreviations that current articles, of versions of numbers beyond ``after``, explain: short and long."""
        sql = (
            "SELECT DISTINCT abbreviations FROM versions JOIN cuts ON number = version"
            " WHERE number > ? AND edition = ? AND replaced_in IS NULL AND abbreviations <> '[]'"
        )
        explained = (json.loads(row[0]) for row in self._sql.execute(sql, (after, edition)))
        return list(dict.fromkeys((short, long) for pairs in explained for short, long in pairs))

    def sources(self, after: int = 0) -> list[str]:
        """The publishers of current articles, of versions of numbers beyond ``after``."""
        # As in `filterable`: from an index where all are asked for.
        index = "" if after else "INDEXED BY versions_overview"
        sql = f"""SELECT DISTINCT source FROM versions {index}
            WHERE number > ? AND replaced_in IS NULL AND source IS NOT NULL ORDER BY source"""
        return [row[0] for row in self._sql.execute(sql, (after,))]

    def still_sources(self, sources: Iterable[str]) -> list[str]:
        """Those of some publishers that current articles have."""
        sql = """SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM versions
            WHERE replaced_in IS NULL AND source = value COLLATE NOCASE AND source = value) ORDER BY value"""
        return [row[0] for row in self._sql.execute(sql, (json.dumps([*sources]),))]

    def countable(self) -> list[Countable]:
        """What current articles are counted by, a line each."""
        tags = cache(_tags)
        sql = """SELECT article, published_first, published_last, source, tags
            FROM versions INDEXED BY versions_overview WHERE replaced_in IS NULL"""
        return [
            Countable(id, first, last, source, tags(held)) for id, first, last, source, held in self._sql.execute(sql)
        ]

    def filterable(self, edition: int, after: int) -> list[Filterable]:
        """The current versions of numbers beyond ``after`` that have passages in an edition, in order."""
        tags = cache(_tags)
        # All from one index, where texts need not be passed by; of few versions sooner from the rows.
        index = "" if after else "INDEXED BY versions_overview"
        sql = f"""SELECT number, article, published_first, published_last, source, tags FROM versions {index}
            WHERE replaced_in IS NULL AND number > ?"""
        sql_of_numbers = """SELECT version, min(number), max(number) + 1 FROM passages
            WHERE version > ? AND edition = ? GROUP BY version"""
        held = {
            version: (begins, ends) for version, begins, ends in self._sql.execute(sql_of_numbers, (after, edition))
        }
        rows = sorted(row for row in self._sql.execute(sql, (after,)).fetchall() if row[0] in held)
        return [
            Filterable(version, article, first, last, source, tags(said), *held[version])
            for version, article, first, last, source, said in rows
        ]

    def side_stories(self, edition: int, first: int) -> Numbers:
        """The numbers, from ``first``, of an edition's passages that are of side stories, ascending."""
        sql = "SELECT number FROM passages WHERE number >= ? AND +edition = ? AND side_story = 1 ORDER BY number"
        return _numbers(self._sql.execute(sql, (first, edition)))

    @property
    def repeats(self) -> Repeats:
        """What repeats over the articles of a publisher."""
        return Repeats(self._sql)

    def file(self, origin: Origin) -> Filed | None:
        """What the ledger says of a file, None if it was never given so."""
        where = f"folder = ? AND prefix = ? AND file = ? AND {FILE_SEALED}"
        found = self._filed(where, (origin.folder, origin.prefix, origin.file))
        return found[0] if found else None

    def files(self, after: int, limit: int, state: FileState | None = None) -> list[Filed]:
        """The ledger's lines of numbers beyond ``after``, in the order in which the files first came.

        Files of which a part was rejected and the rest went in are among the rejected too.
        """
        is_asked = "state = coalesce(?, state) OR (? = 'rejected' AND state <> 'gone' AND reason IS NOT NULL)"
        where = f"files.number > ? AND ({is_asked}) ORDER BY files.number LIMIT ?"
        return self._filed(where, (after, state, state, limit))

    def files_in(self, folder: str) -> list[Filed]:
        """The ledger's lines of files that were found in a folder given, but for those gone from it.

        Lines that the disk has changed are left out: by what they say, nothing may be deleted.
        """
        return self._filed(f"folder = ? AND state <> 'gone' AND {FILE_SEALED} ORDER BY files.number", (folder,))

    def brought(self, file: int) -> dict[str, str]:
        """The articles that the file of this number brought, with their fingerprints as it brought them."""
        sql = f"SELECT article, fingerprint FROM brought WHERE file = ? AND {BROUGHT_SEALED}"
        return dict(self._sql.execute(sql, (file,)).fetchall())

    def orphans(self, files: Sequence[int]) -> list[str]:
        """The current articles, as brought by these files, that no other file of the ledger brought too.

        What the disk has changed of the ledger holds no article for gone, and may hold one for brought.
        """
        sql = f"""SELECT DISTINCT versions.article FROM brought JOIN versions
                ON versions.article = brought.article AND versions.fingerprint = brought.fingerprint
            WHERE replaced_in IS NULL AND file IN (SELECT value FROM json_each(:files)) AND {BROUGHT_SEALED}
                AND NOT EXISTS (SELECT 1 FROM brought AS other JOIN files ON files.number = other.file
                WHERE other.article = brought.article AND (state <> 'gone' OR NOT ({FILE_SEALED}))
                    AND other.file NOT IN (SELECT value FROM json_each(:files)))
            ORDER BY versions.article"""
        return [row[0] for row in self._sql.execute(sql, {"files": json.dumps([*files])})]

    def _filed(self, where: str, values: Sequence[object]) -> list[Filed]:
        columns = f"{FILE_SEALED}, files.number, file, folder, prefix, state, reason, at, size, sha256, recipe"
        count = "(SELECT count(*) FROM brought WHERE brought.file = files.number)"
        rows = self._sql.execute(f"SELECT {columns}, {count} FROM files WHERE {where}", values)
        found = [(row[0], Filed(row[1], Origin(*row[2:5]), *row[5:])) for row in rows]
        return [one if sealed else one._replace(reason=LINE_DAMAGED) for sealed, one in found]

    def _one(self, sql: str, values: Sequence[object] = ()) -> Any:
        return self._sql.execute(sql, values).fetchone()[0]

    def _kept(self, where: str, *values: object) -> dict[int, Kept]:
        """:raises FolderDamaged: one of them is not what was stored."""
        rows = self._sql.execute(f"SELECT {PASSAGE}, removed_in, seal FROM passages WHERE {where}", values).fetchall()
        for row in rows:
            if not _is_sealed(row):
                raise FolderDamaged(f"passage {row[0]} is not what was stored: run `footnote reindex`")
        return {row[0]: to_kept(row[:-1]) for row in rows}

    def _sound(self, where: str, *values: object) -> dict[int, Kept]:
        rows = self._sql.execute(f"SELECT {PASSAGE}, removed_in, seal FROM passages WHERE {where}", values)
        return {row[0]: to_kept(row[:-1]) for row in rows if _is_sealed(row)}


def _is_sealed(row: Sequence[Any]) -> bool:
    return bool(seal(*row[:-2]) == row[-1])


def _tags(held: str) -> tuple[str, ...]:
    return tuple(json.loads(held))


def _numbers(rows: Iterable[tuple[int]]) -> Numbers:
    return np.fromiter((row[0] for row in rows), dtype=np.int64)


def _where(filters: Filters) -> tuple[str, list[object]]:
    """The FROM and WHERE that all filters but the date come to, and their values."""
    conditions, values = _conditions(filters)
    return f"FROM passages JOIN versions ON versions.number = passages.version WHERE {LIVE}{conditions}", values


def _conditions(filters: Filters) -> tuple[str, list[object]]:
    """What all filters but the date ask of a version, each behind AND, and their values."""
    sql, values = "", list[object]()
    if filters.source:
        sql += " AND source COLLATE NOCASE IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(filters.source))
    if filters.article:
        sql += " AND article IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(filters.article))
    if filters.tags:
        sql += " AND EXISTS (SELECT 1 FROM json_each(tags) AS t JOIN json_each(?) AS asked ON t.value = asked.value)"
        values.append(json.dumps(filters.tags))
    return sql, values

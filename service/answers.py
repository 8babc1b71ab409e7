"""Answers that are kept on request, as they stood that day, until somebody revokes them.

Kept by reference: which passages were cited, and from where to where. The words are read from the archive whenever one
is shown, so those of an article that is deleted are withdrawn by that alone.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe
from time import time
from typing import Any, NamedTuple

from index.errors import FolderDamaged, NotFound
from index.folder import Index
from index.records import Span
from index.whereabouts import Citation
from service.citing import head, link, page_at, quoted
from service.database import Database
from service.schemas import AskReply
from service.sealed import SEALED
from service.writing.footnoted import Footnoted, Line, Note, footnoted, quotes_of
from service.writing.words import dated

WITHDRAWN = "This quote was withdrawn: its article was deleted."
DAMAGED = "This answer is not what was kept: the disk has changed it."
WHAT_TO_DO = "bring service.sqlite back from a backup, or revoke the answer"
CHANGED = "The article has been changed since, and no longer says this."


@dataclass(frozen=True)
class KeptAnswer:
    """An answer as it stood; ``remarks`` tells by its number of each note what became of it since."""

    id: str
    at: datetime
    question: str
    shown: Footnoted
    remarks: dict[int, str]


class Listed(NamedTuple):
    id: str
    at: str
    question: str


class Answers:
    """The kept answers of one data folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, reply: AskReply, key: str | None = None) -> str:
        """The id under which an answer is kept from now on; nobody can guess it."""
        id = token_urlsafe(16)
        self.keep_as(id, reply.question, references(reply), key)
        return id

    def without_key(self, since: datetime) -> int:
        """How many have been kept without a key, for good, since a moment in UTC."""
        with self._database.reading() as connection:
            sql = "SELECT count(*) FROM kept WHERE key IS NULL AND until IS NULL AND at > ?"
            return int(connection.execute(sql, (_spelled(since),)).fetchone()[0]) if connection else 0

    def keep_as(self, id: str, question: str, body: str, key: str | None = None) -> bool:
        """Keeps what `references` made under this id; False if there is one already, which stays as it is."""
        row = (id, _now(), question, body, key)
        with self._database.writing() as connection:
            sql = "INSERT OR IGNORE INTO kept (id, at, question, body, key) VALUES (?, ?, ?, ?, ?)"
            return connection.execute(sql, row).rowcount == 1

    def show_for(self, seconds: float, id: str, question: str, body: str) -> None:
        """Has what `references` or `in_words` made stand under this id for a while, in place of what stood there."""
        row = (id, _now(), question, body, time() + seconds)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM kept WHERE until <= ?", (time(),))
            connection.execute(
                "INSERT OR REPLACE INTO kept (id, at, question, body, until) VALUES (?, ?, ?, ?, ?)", row
            )

    def is_kept(self, id: str) -> bool:
        with self._database.reading() as connection:
            return bool(connection and connection.execute("SELECT 1 FROM kept WHERE id = ?", (id,)).fetchone())

    def latest(self, limit: int) -> list[Listed]:
        """The last ones kept, the latest first."""
        with self._database.reading() as connection:
            sql = f"SELECT id, at, question, {SEALED['kept']} FROM kept ORDER BY at DESC, id LIMIT ?"
            rows = connection.execute(sql, (limit,)).fetchall() if connection else []
        return [Listed(id, at, question if is_sealed else DAMAGED) for id, at, question, is_sealed in rows]

    def revoke(self, id: str) -> None:
        """:raises NotFound: no answer is kept under this id."""
        # Not by what it says: one that is damaged must be removable.
        if not self.is_kept(id):
            raise NotFound("no answer is kept here, or no longer")
        with self._database.writing() as connection:
            connection.execute("DELETE FROM kept WHERE id = ?", (id,))

    def answer(self, id: str, index: Index, origin: str) -> KeptAnswer:
        """
        Raises:
            NotFound: no answer is kept under this id, or no longer.
            FolderDamaged: what is kept there is not what was.
        """
        at, question, body = self._kept(id)
        notes = {note["number"]: _cited(index, note["id"]) for note in body["notes"]}
        lines = [_line(line, notes[line["note"]]) for line in body["lines"]]
        shown = [_note(note, citation, origin) for note in body["notes"] if (citation := notes[note["number"]])]
        what = Footnoted(body["heading"], tuple(lines), tuple(body["remarks"]), tuple(shown))
        became = {number: _became(citation) for number, citation in notes.items()}
        return KeptAnswer(id, datetime.fromisoformat(at), question, what, {n: it for n, it in became.items() if it})

    def _kept(self, id: str) -> tuple[str, str, dict[str, Any]]:
        with self._database.reading() as connection:
            sql = f"SELECT {SEALED['kept']}, at, question, body, until FROM kept WHERE id = ?"
            row = connection and connection.execute(sql, (id,)).fetchone()
        if row and not row[0]:
            raise FolderDamaged(f"the answer kept under {id!r} is not what was: {WHAT_TO_DO}")
        if not row or (row[4] is not None and row[4] <= time()):
            raise NotFound("no answer is kept here, or no longer")
        return row[1], row[2], json.loads(row[3])


def references(reply: AskReply) -> str:
    """What to keep, as JSON: where the words stand, and never the words, but for those that no article has."""
    shown = footnoted(reply)
    said = [*(reply.readings or (reply.answer.sentences if reply.answer else ()))]
    lines = [
        {
            "note": line.note,
            "start": sentence.start,
            "end": sentence.end,
            "before": line.before,
            "short": line.short,
            "written": line.text if reply.answer and reply.answer.writer == "model" else None,
        }
        for line, sentence in zip(shown.lines, said, strict=True)
    ]
    passages = {passage.citation: passage for passage in reply.passages}
    notes = [
        {"number": n, "id": passages[n].id, "marked": [(one.start, one.end) for one in quotes_of(passages[n], reply)]}
        for n in (note.number for note in shown.notes)
    ]
    body = {"heading": shown.heading, "remarks": shown.remarks, "lines": lines, "notes": notes}
    return json.dumps(body, ensure_ascii=False)


def in_words(text: str) -> str:
    """As `references`, of what is no answer."""
    return json.dumps({"heading": text, "remarks": [], "lines": [], "notes": []}, ensure_ascii=False)


def _now() -> str:
    return _spelled(datetime.now(UTC))


def _spelled(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _cited(index: Index, id: str) -> Citation | None:
    try:
        return index.citation(id)
    except NotFound:
        return None


def _line(line: dict[str, Any], cited: Citation | None) -> Line:
    if cited is None:
        return Line(WITHDRAWN, line["note"], line["before"])
    text = line["written"] or quoted(cited.article, Span(line["start"], line["end"])).text
    return Line(text, line["note"], line["before"], line["short"] and Span(*line["short"]))


def _note(note: dict[str, Any], cited: Citation, origin: str) -> Note:
    article, passage = cited.article, cited.passage
    about = head(article, passage)
    return Note(
        number=note["number"],
        id=note["id"],
        title=article.title,
        source=article.source or "",
        date=dated(about.published_at, about.date_basis),
        page=page_at(article, passage.span.start),
        link=link(article, origin),
        quotes=tuple(quoted(article, Span(*one)).text for one in note["marked"] or [passage.span]),
    )


def _became(cited: Citation | None) -> str:
    if cited is None:
        return WITHDRAWN
    return CHANGED if cited.state == "superseded" else ""

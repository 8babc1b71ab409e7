"""A whole answer in Markdown: its lines with their numbers, what is not said, and the notes."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple

from service.ask import Event, Ranked, Replied, Said, Searched
from service.chat.markdown import address, escaped, linked
from service.schemas import AskReply, Sentence
from service.writing.footnoted import NEAREST_PASSAGES, SOURCES, Footnoted, Note, footnoted, heading

PARAGRAPH = "\n\n"


class Place(NamedTuple):
    """What a stretch of the message cites, in Unicode code points of its text."""

    start: int
    end: int
    title: str
    url: str


@dataclass
class Written:
    """A message as it is written: its text so far, and which stretches of it cite what."""

    text: str = ""
    places: list[Place] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.text += text

    def cite(self, text: str, note: Note) -> None:
        start = len(self.text)
        self.text += text
        self.places.append(Place(start, len(self.text), note.title, address(note.link)))


def message(shown: Footnoted) -> Written:
    written = Written(escaped(shown.heading))
    notes = {note.number: note for note in shown.notes}
    for line in shown.lines:
        written.add(PARAGRAPH if written.text else "")
        written.add(escaped(line.before) + " " if line.before else "")
        written.cite(escaped(line.text), notes[line.note])
        written.add(f" [{line.note}]")
    for remark in shown.remarks:
        written.add(PARAGRAPH + escaped(remark))
    if shown.notes:
        written.add(
            PARAGRAPH + shown.introduction + PARAGRAPH + "\n".join(_listed(note, shown) for note in shown.notes)
        )
    return written


def without_notes(text: str) -> str:
    """What a message said, without the list under it."""
    for introduction in (SOURCES, NEAREST_PASSAGES):
        text = text.partition(f"{PARAGRAPH}{introduction}{PARAGRAPH}")[0]
    return text


def as_it_comes(steps: Generator[Event, None, None]) -> Generator[str | AskReply, None, None]:
    """The message in pieces, each as soon as it may leave; then the whole reply, whose message they are."""
    sent = ""
    with closing(steps):
        for step in steps:
            match step:
                case Ranked():
                    continue
                case Searched(reply):
                    plain, piece = not reply.readings, escaped(heading(reply.verdict))
                case Said(sentence):
                    piece = _said(sentence, bool(sent)) if plain else ""
                case Replied(reply):
                    piece = message(footnoted(reply)).text.removeprefix(sent)
            sent += piece
            if piece:
                yield piece
    yield reply


def _said(sentence: Sentence, goes_on: bool) -> str:
    return f"{PARAGRAPH if goes_on else ''}{escaped(sentence.text)} [{sentence.citation}]"


def _listed(note: Note, shown: Footnoted) -> str:
    about = f", {escaped(note.about)}" if note.about else ""
    quote = "" if shown.lines else f": “{escaped(note.quotes[0])}”"
    return f"- [{note.number}] {linked(note.title, note.link)}{about}{quote}"

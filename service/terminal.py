"""How things look in a terminal. What articles say is hostile: nothing in it may move the cursor or hide."""

import re
import unicodedata
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from service.schemas import AskReply, PassageReply
from service.writing.quotes import taken, unsaid
from service.writing.words import VERDICTS, Segment, dated, highlighted

NARROWEST = 20
REPLACEMENT = "�"
# What turns or hides the text around it: embeddings, overrides and isolates of direction.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
_EMPTY_LINE = re.compile(r"[^\S\n]*\n\s*\n\s*")


def inert(text: str) -> str:
    """One line of ``text`` with white space in single spaces and whatever a terminal would obey shown as a sign."""
    return "".join(map(_sign, " ".join(text.split())))


def _sign(character: str) -> str:
    if unicodedata.category(character) not in _UNPRINTABLE and character not in _TURNING:
        return character
    # U+2400 begins the pictures of the control characters: ESC is shown as ␛.
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else REPLACEMENT


def shown(reply: AskReply, width: int, *, styled: bool) -> str:
    """The answer first, then its passages, wrapped to ``width``; without styles the decisive words stand between **."""
    console = Console(
        file=StringIO(),
        width=max(width, NARROWEST),
        force_terminal=styled,
        color_system="standard" if styled else None,
        legacy_windows=False,
    )
    lines = [line for part in _parts(reply, styled) for line in _wrapped(console, part)]
    with console.capture() as captured:
        console.print(*lines, sep="\n", soft_wrap=True)
    return captured.get()


class _Part(NamedTuple):
    text: Text
    indent: int = 4
    whole: bool = False


def _parts(reply: AskReply, styled: bool) -> Iterator[_Part]:
    yield _Part(_verdict(reply), indent=0)
    for passage in reply.passages:
        yield _Part(Text())
        yield _Part(Text(f"[{passage.citation}] {inert(passage.article.title)}", style="bold"), indent=0)
        yield _Part(Text(_source(passage), style="dim"))
        yield _Part(_flowing(passage, styled))
        # An address that is broken over two lines can't be followed.
        yield _Part(Text(inert(passage.link), style="dim"), whole=True)


def _wrapped(console: Console, part: _Part) -> Iterator[Text]:
    for line in [part.text] if part.whole else part.text.wrap(console, console.width - part.indent):
        line.rstrip()
        yield Text(" " * part.indent if line else "").append_text(line)


def _verdict(reply: AskReply) -> Text:
    if reply.answer:
        by_period = [f"{one.period}: {inert(one.text)} [{one.citation}]" for one in reply.readings]
        quoted = [f"{inert(one.text)} [{one.citation}]" for one in reply.answer.sentences]
        answer = Text("\n".join(by_period or quoted), style="bold")
        before = [Text(VERDICTS[reply.verdict])] if reply.contradicted else []
        after = [*unsaid(reply.unsupported), *taken(reply.contradicted)]
        return Text("\n").join([*before, answer, *(Text(inert(line)) for line in after)])
    nearest = " The nearest passages:" if reply.passages else ""
    return Text(f"{VERDICTS[reply.verdict]} (confidence {reply.confidence:.2f}){nearest}")


def _source(passage: PassageReply) -> str:
    article = passage.article
    date = dated(article.published_at, article.date_basis) or "undated"
    story = "a side story" if passage.side_story else ""
    page = f"page {passage.page}" if passage.page else ""
    return ", ".join(inert(part) for part in (article.source, date, page, story) if part)


def _flowing(passage: PassageReply, styled: bool) -> Text:
    text = Text()
    for segment in highlighted(passage):
        text.append(_flow(segment, styled), style="bold" if segment.marked else "")
    return text


def _flow(segment: Segment, styled: bool) -> str:
    """Its paragraphs set apart by one empty line; their lines run on, for the terminal's width to break."""
    paragraphs = _EMPTY_LINE.split(segment.text)
    flowed = "\n\n".join(inert(f"|{paragraph}|")[1:-1] for paragraph in paragraphs)
    return f"**{flowed}**" if segment.marked and not styled else flowed

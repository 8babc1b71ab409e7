"""What a language model writes, sentence by sentence, each with the passages that it cites."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import NamedTuple

from index.chunking import sentences
from service.writing.prompting import visible

_CITATION = re.compile(r"\s*[\[【(]\s*(\d{1,2}(?:\s*[,;&–-]\s*\d{1,2})*)(?:†[^\]】]{0,40})?\s*[\]】)]")
# A citation behind the stop of its sentence belongs before it.
_BEHIND = re.compile(rf"([.!?…][\"'”’]*)((?:{_CITATION.pattern})+)")
_UNFINISHED = re.compile(r"[\[【(][\d\s,;&–-]*$")
_ENDS = re.compile(r"(?:[.!?…][\"'”’)]*|\])\s*$")
_ITEM = re.compile(r"^\s*(?:[-*•>]|\d{1,2}[.)]|\#+)\s+")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)\*|\*(?!\w)")
_NOTHING = re.compile(r"\W*nothing\W*", re.IGNORECASE)
# What can't be a sentence any more is not waited for.
LONGEST = 1000


class Written(NamedTuple):
    """A sentence without its citations, and these."""

    text: str
    cited: tuple[int, ...]


def written(pieces: Iterable[str]) -> Iterator[Written]:
    """The whole sentences of a text that comes in pieces, each once it is there; one that breaks off is left out."""
    held = ""
    for piece in pieces:
        held += piece
        *whole, held = _split(held)
        yield from _known(whole)
        if len(held) > LONGEST:
            return
    yield from _known(sentence for sentence in _split(held) if _ENDS.search(sentence))


def _split(text: str) -> list[str]:
    """The sentences of a text and its rest, which may be one: at least that."""
    text = _BEHIND.sub(r"\2\1", text)
    lines = text.split("\n")
    whole = [line[span.start : span.end] for line in lines[:-1] for span in sentences(line)]
    *more, last = [span.start for span in sentences(lines[-1])] or [0]
    cut = more[-1] if more and _UNFINISHED.match(lines[-1], last) else last
    return [*whole, *(lines[-1][span.start : span.end] for span in sentences(lines[-1][:cut])), lines[-1][cut:]]


def _known(said: Iterable[str]) -> Iterator[Written]:
    for sentence in said:
        cited = tuple(number for found in _CITATION.finditer(sentence) for number in _numbers(found[1]))
        text = _MARKUP.sub("", _ITEM.sub("", visible(unescape(_CITATION.sub("", sentence))))).strip()
        if text and not _NOTHING.fullmatch(text):
            yield Written(" ".join(text.split()), cited)


def _numbers(cited: str) -> list[int]:
    numbers = [int(number) for number in re.findall(r"\d+", cited)]
    is_range = len(numbers) == 2 and re.search("[–-]", cited)
    return list(range(numbers[0], numbers[1] + 1))[:50] if is_range else numbers

"""Text fragments: an address that opens a page at the words that are cited."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from index.records import Span

_WORD = re.compile(r"\S+")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
# What is unique in the article need not be on its page: a word or two might stand in a menu there too.
FEWEST = 5  # words


def at_place(url: str, text: str, place: Span) -> str:
    """``url`` with a fragment by which browsers show ``place`` of its ``text``; bare where none is unique."""
    directive = text_directive(text, place)
    return f"{url}{'' if '#' in url else '#'}:~:text={directive}" if directive else url


def text_directive(text: str, place: Span) -> str:
    """What stands behind ``#:~:text=``: ``[prefix-,]start[,end][,-suffix]``, as short as is unique in ``text``.

    Browsers compare without case and accents, take white space for one space, look for ``end`` behind the first
    ``start``, and find no term that runs over the end of a paragraph. Empty where no such terms are unique.

    https://wicg.github.io/scroll-to-text-fragment/
    """
    words = [Span(*found.span()) for found in _WORD.finditer(text)]
    cited = [number for number, word in enumerate(words) if word.overlaps(place)]
    if not cited:
        return ""
    return next(_directives(_Words(text, words), cited[0], cited[-1] + 1), "")


class _Words:
    """A text as browsers search it: its words folded, one space between them."""

    def __init__(self, text: str, words: Sequence[Span]) -> None:
        self._text, self._words = text, words
        folded = [_folded(word.of(text)) for word in words]
        self._all, self._at, position = " ".join(folded), list[int](), 0
        for word in folded:
            self._at.append(position)
            position += len(word) + 1
        self._at.append(position)
        self.count = len(words)

    def is_unique(self, first: int, last: int) -> bool:
        term = self._of(first, last)
        return self._all.find(term) == self._at[first] and self._all.find(term, self._at[first] + 1) < 0

    def is_next(self, first: int, last: int, behind: int) -> bool:
        """Whether the words from ``first`` are the first of their like behind those before ``behind``."""
        return self._all.find(self._of(first, last), self._at[behind]) == self._at[first]

    def line_end(self, first: int) -> int:
        """The number of the first word that is not in the line of word ``first``."""
        return next((n for n in range(first + 1, self.count) if self._breaks(n)), self.count)

    def line_start(self, last: int) -> int:
        return next((n for n in range(last, 0, -1) if self._breaks(n)), 0)

    def encoded(self, first: int, last: int) -> str:
        term = " ".join(word.of(self._text) for word in self._words[first:last])
        return quote(term, safe="").replace("-", "%2D")

    def _of(self, first: int, last: int) -> str:
        return self._all[self._at[first] : self._at[last] - 1]

    def _breaks(self, number: int) -> bool:
        between = self._text[self._words[number - 1].end : self._words[number].start]
        return _LINE_BREAK.search(between) is not None


def _folded(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word.casefold())
    # A word that is all marks must not become nothing.
    return "".join(one for one in parts if not unicodedata.combining(one)) or word


def _directives(words: _Words, first: int, last: int) -> Iterator[str]:
    """The directives that find the words from ``first`` to before ``last``, the plainest first."""
    head = min(last, words.line_end(first))
    for start in range(min(first + FEWEST, head), head + 1):
        if words.is_unique(first, start):
            yield from _ended(words, first, start, last)
    before = words.line_start(first - 1) if first else 0
    for prefix in range(first - 1, before - 1, -1):
        if words.is_unique(prefix, head):
            yield from _ended(words, first, head, last, f"{words.encoded(prefix, first)}-,")
    if head == last < words.count:
        for suffix in range(last + 1, words.line_end(last) + 1):
            if words.is_unique(first, suffix):
                yield f"{words.encoded(first, last)},-{words.encoded(last, suffix)}"


def _ended(words: _Words, first: int, start: int, last: int, prefix: str = "") -> Iterator[str]:
    """The terms for a beginning that is found: with as short an end as is found right."""
    if start >= last - FEWEST and words.line_end(first) >= last:
        yield prefix + words.encoded(first, last)
        return
    foot = max(start, words.line_start(last - 1))
    for end in range(max(last - FEWEST, foot), foot - 1, -1):
        if words.is_next(end, last, start):
            yield f"{prefix}{words.encoded(first, start)},{words.encoded(end, last)}"
            return

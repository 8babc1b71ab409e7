"""Which sentence of a passage says what a sentence claims, and if none does, what is wrong with it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from index import dates
from index.records import Period, Span
from index.support import lists
from index.support.aligning import aligned
from index.support.orders import telling
from index.support.tokens import Kind, Token, tokens

# Of a claim's words, so many that only lend it form may be its own.
_QUOTATION = re.compile(r"[“\"]([^”\"]{2,})[”\"]|(?<!\w)[‘']([^’']{12,})[’'](?!\w)")
_CLAUSE_ENDS = re.compile(r"[;:()]|[,—–]\s")


@dataclass(frozen=True)
class Told:
    """A passage as evidence: ``context`` is its title and what else is known; dates count from ``published``."""

    text: str
    context: str = ""
    published: Period | None = None

    @cached_property
    def quotes(self) -> "tuple[Quote, ...]":
        return tuple(Quote(self, span) for span in telling(self.text))

    @cached_property
    def names(self) -> frozenset[tuple[str, str]]:
        """Neighbouring words of which one has a capital, by which a longer form of a name is known."""
        said = [*tokens(self.context), *tokens(self.text)]
        return frozenset((a.key, b.key) for a, b in pairwise(said) if Kind.NAME in (a.kind, b.kind))

    @cached_property
    def mentions(self) -> tuple[dates.Mention, ...]:
        return dates.mentions(self.text, self.published)


@dataclass(frozen=True)
class Quote:
    """A sentence of a passage."""

    told: Told
    span: Span

    @property
    def text(self) -> str:
        return self.span.of(self.told.text)

    @cached_property
    def said(self) -> list[Token]:
        return tokens(self.text)

    @cached_property
    def telling(self) -> list[Token]:
        return [token for token in self.said if token.kind is not Kind.SMALL]

    @cached_property
    def periods(self) -> frozenset[Period]:
        start, end = self.span
        return frozenset(m.period for m in self.told.mentions if m.period and start <= m.span.start < end)

    @cached_property
    def before(self) -> frozenset[str]:
        """The names of the sentences before it, which its pronouns may stand for."""
        text = self.told.context + "\n" + self.told.text[: self.span.start]
        return frozenset(token.key for token in tokens(text) if token.kind is Kind.NAME)


@dataclass(frozen=True)
class Claim:
    """A sentence that is to be held to quotes."""

    text: str

    @cached_property
    def telling(self) -> list[Token]:
        return [token for token in tokens(self.text) if token.kind is not Kind.SMALL]

    def dated(self, published: Period | None) -> list[dates.Mention]:
        return list(dates.mentions(self.text, published))


@dataclass(frozen=True)
class Held:
    """The sentence nearest to a claim: ``span`` of the text of the passage with number ``told``.

    ``likeness`` is the share of the claim's telling words that stand in it in the same order, ``faults`` are what the
    claim says beyond or against it, in words for people who look into it: none where it is supported.
    """

    told: int
    span: Span
    likeness: float
    faults: tuple[str, ...]

    @property
    def supported(self) -> bool:
        return not self.faults


def held(text: str, told: Sequence[Told]) -> Held | None:
    """The sentence of these passages that supports a claim, else the nearest; None where there is none at all."""
    claim = Claim(text)
    if not claim.telling:
        return None
    found = [_held(claim, number, quote) for number, one in enumerate(told) for quote in one.quotes]
    return max(found, key=lambda one: (one.supported, one.likeness), default=None)


def _held(claim: Claim, number: int, quote: Quote) -> Held:
    pairs = aligned([token.key for token in claim.telling], [token.key for token in quote.telling])
    return Held(number, quote.span, len(pairs) / len(claim.telling), tuple(_faults(claim, quote, pairs)))


Pairs = list[tuple[int, int]]


def _faults(claim: Claim, quote: Quote, pairs: Pairs) -> Iterator[str]:
    if len(pairs) < 2 and len(claim.telling) > 1:
        yield "nothing in common"
        return
    yield from _misquoted(claim, quote)
    yield from _added(claim, quote, pairs)
    yield from _left_out(quote, pairs)


def _misquoted(claim: Claim, quote: Quote) -> Iterator[str]:
    """Quotations that are not word for word in the passage."""
    said = _plain(quote.told.text)
    for found in _QUOTATION.finditer(claim.text):
        words = _plain(found[1] or found[2]).strip(" .,;:!?…")
        if words not in said:
            yield f"quotation {words!r}"


def _plain(text: str) -> str:
    return " ".join(text.translate(_MARKS).split()).casefold()


_MARKS = {ord(mark): "'" for mark in "‘’`"} | {ord(mark): '"' for mark in "“”"}


def _added(claim: Claim, quote: Quote, pairs: Pairs) -> Iterator[str]:
    """Words of the claim that the quote lacks, or has elsewhere."""
    met = {i for i, _ in pairs}
    taken = {j for _, j in pairs}
    spare = {token.key for j, token in enumerate(quote.telling) if j not in taken}
    dated = _dated(claim, quote)
    for i, token in enumerate(claim.telling):
        if i in met or token.key in lists.LIGHT or any(span.start <= token.span.start < span.end for span in dated):
            continue
        if token.kind is Kind.NAME and _is_known_name(claim, quote, i):
            continue
        if token.key in spare:
            yield f"order of {token.text!r}"
        else:
            yield f"{token.kind.value} {token.text!r}"


def _dated(claim: Claim, quote: Quote) -> list[Span]:
    """Where the claim speaks of days that the quote speaks of too."""
    return [one.span for one in claim.dated(quote.told.published) if one.period in quote.periods]


def _is_known_name(claim: Claim, quote: Quote, i: int) -> bool:
    """Whether a name is only a longer form of one in the quote, or what its pronoun stands for."""
    token = claim.telling[i]
    around = claim.telling[max(i - 1, 0) : i] + claim.telling[i + 1 : i + 2]
    keys = {one.key for one in quote.telling}
    for other in around:
        pair = (token.key, other.key) if other.span.start > token.span.start else (other.key, token.key)
        if other.key in keys and pair in quote.told.names:
            return True
    return token.key in quote.before and any(one.key in lists.PRONOUNS for one in quote.said)


def _left_out(quote: Quote, pairs: Pairs) -> Iterator[str]:
    """Words of the quote without which it says something else."""
    if not pairs:
        return
    met = {j for _, j in pairs}
    first, last = min(met), max(met)
    for j in range(len(quote.telling)):
        token = quote.telling[j]
        if j in met or token.kind is Kind.NAME or token.key not in lists.TURNS:
            continue
        if first < j < last or _governs(quote, token, quote.telling[first if j < first else last]):
            yield f"without {token.text!r}"


def _governs(quote: Quote, token: Token, other: Token) -> bool:
    """Whether nothing parts a word from the next that the claim takes up."""
    start, end = sorted((token.span.start, other.span.start))
    return not _CLAUSE_ENDS.search(quote.text, start, end)

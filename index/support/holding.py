"""Which sentence of a passage says what a sentence claims, and if none does, what is wrong with it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from index.records import Span
from index.support import lists
from index.support.aligning import aligned
from index.support.evidence import Claim, Quote, Told
from index.support.titles import is_other_order
from index.support.tokens import Kind, Token

_QUOTATION = re.compile(r"[“\"]([^”\"]{2,})[”\"]|(?<!\w)[‘']([^’']{12,})[’'](?!\w)")
# In telling words; comparing takes time by this times the length of a quote.
LONGEST_CLAIM = 80
# How many words may be new beside one that is turned round, itself included, and the dates not.
MOST_TURNED = 2
# A claim may have one plain word of its own in so many.
WORDS_A_PLAIN_ONE = 10
_CLAUSE_ENDS = re.compile(r"[;:()]|[,—–]\s")
_MARKS = {ord(mark): "'" for mark in "‘’`"} | {ord(mark): '"' for mark in "“”"}


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
    """The sentence of these passages that supports a claim, else the nearest.

    None where there is none at all, or the claim is no sentence: without a telling word, or endless.
    """
    claim = Claim(text)
    if not 0 < len(claim.telling) <= LONGEST_CLAIM:
        return None
    found = [_held(claim, number, quote) for number, one in enumerate(told) for quote in one.quotes]
    return max(found, key=lambda one: (one.supported, one.likeness), default=None)


def _held(claim: Claim, number: int, quote: Quote) -> Held:
    laid = Laid(claim, quote)
    return Held(number, quote.span, len(laid.pairs) / len(claim.telling), tuple(_faults(laid)))


@dataclass(frozen=True)
class Laid:
    """A claim beside a quote."""

    claim: Claim
    quote: Quote

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Which of the telling words of both are the same."""
        return aligned([token.key for token in self.claim.telling], [token.key for token in self.quote.telling])

    @cached_property
    def met(self) -> dict[int, int]:
        return dict(self.pairs)

    @cached_property
    def taken(self) -> frozenset[int]:
        return frozenset(self.met.values())

    @property
    def added(self) -> list[int]:
        """The places of the claim's words that the quote lacks there."""
        return [i for i in range(len(self.claim.telling)) if i not in self.met]

    @cached_property
    def skipped(self) -> list[Token]:
        """What of the quote the claim leaves out."""
        return [token for j, token in enumerate(self.quote.telling) if j not in self.taken]

    def instead(self, i: int) -> list[Token]:
        """What the quote has, small words included, where the claim has its word ``i``."""
        telling = self.quote.telling
        start = max((telling[j].span.end for k, j in self.pairs if k < i), default=0)
        end = min((telling[j].span.start for k, j in self.pairs if k > i), default=len(self.quote.text))
        return [token for token in self.quote.said if start <= token.span.start < end]


def _faults(laid: Laid) -> Iterator[str]:
    if len(laid.pairs) < min(2, len(laid.claim.telling)):
        yield "nothing in common"
        return
    yield from _misquoted(laid.claim, laid.quote)
    if is_other_order(laid.claim, laid.quote):
        return
    yield from _said_beyond(laid)
    yield from _left_out(laid)
    yield from _joined(laid)


def _misquoted(claim: Claim, quote: Quote) -> Iterator[str]:
    """Quotations that are not word for word in the passage."""
    said = _plain(quote.told.text)
    for found in _QUOTATION.finditer(claim.text):
        words = _plain(found[1] or found[2]).strip(" .,;:!?…")
        if words not in said:
            yield f"quotation {words!r}"


def _plain(text: str) -> str:
    return " ".join(text.translate(_MARKS).split()).casefold()


def _said_beyond(laid: Laid) -> Iterator[str]:
    """Words of the claim that the quote lacks, or has elsewhere."""
    claim, quote = laid.claim, laid.quote
    dated, left = claim.dated(quote), _latitude(laid)
    for i in laid.added:
        token = claim.telling[i]
        if token.key in lists.LIGHT or any(span.start <= token.span.start < span.end for span in dated):
            continue
        if left and _is_plain(claim, token) and token.key not in {one.key for one in laid.skipped}:
            left -= 1
            continue
        if token.kind is Kind.NAME and _is_known_name(laid, i):
            continue
        if _is_arranged(laid, token) or _is_turned(laid, i):
            continue
        is_elsewhere = any(token.key == other.key for other in laid.skipped)
        yield f"{'order of' if is_elsewhere else token.kind.value} {token.text!r}"


def _latitude(laid: Laid) -> int:
    """How many plain words of its own a claim may have: one in so many."""
    return len(laid.claim.telling) // WORDS_A_PLAIN_ONE


def _is_plain(claim: Claim, token: Token) -> bool:
    """Whether a word says neither who, how many, when, whether nor how surely."""
    is_dated = any(one.start <= token.span.start < one.end for one in claim.spoken)
    return token.kind is Kind.WORD and not is_dated and token.key not in lists.TURNS | lists.TELLING


def _is_arranged(laid: Laid, token: Token) -> bool:
    """Whether a "will" is what the quote calls set or scheduled."""
    return token.key == "will" and any(other.key in lists.ARRANGED for other in laid.skipped)


def _is_turned(laid: Laid, i: int) -> bool:
    """Whether it is the one word that stands elsewhere in the quote, and nobody's place has changed with it.

    So "the alliance was highlighted as a cornerstone" has the support of "highlighting the alliance as a cornerstone";
    but what a name owns, or who does what, must not be turned round.
    """
    token = laid.claim.telling[i]
    if token.kind is not Kind.WORD or token.key in lists.TURNS or token.key not in {one.key for one in laid.skipped}:
        return False
    claim, quote = ({one.key for one in text.said} for text in (laid.claim, laid.quote))
    is_owned = "'s" in laid.claim.text[: token.span.start].replace("’", "'").rsplit(" ", 2)[-2:]
    dated = laid.claim.spoken
    added = [k for k in laid.added if not any(one.start <= laid.claim.telling[k].span.start < one.end for one in dated)]
    return len(added) <= MOST_TURNED and ("by" not in claim or "by" in quote) and not is_owned


def _is_known_name(laid: Laid, i: int) -> bool:
    """Whether a name is only a longer form of one in the quote, or what its pronoun stands for.

    Not where the quote has another name in its place.
    """
    instead = laid.instead(i)
    if any(other.kind in (Kind.NAME, Kind.NUMBER) for other in instead):
        return False
    is_pronoun = {token.key for token in instead} & lists.PRONOUNS and all(one.kind is Kind.SMALL for one in instead)
    return _is_longer(laid, i) or (bool(is_pronoun) and laid.claim.telling[i].key in laid.quote.before)


def _is_longer(laid: Laid, i: int) -> bool:
    telling = laid.claim.telling
    pairs = {(telling[i - 1].key, telling[i].key)} if i - 1 in laid.met else set()
    pairs |= {(telling[i].key, telling[i + 1].key)} if i + 1 in laid.met else set()
    return not laid.quote.told.names.isdisjoint(pairs)


def _left_out(laid: Laid) -> Iterator[str]:
    """Words of the quote without which it says something else."""
    telling, first, last = laid.quote.telling, min(laid.taken), max(laid.taken)
    for j, token in enumerate(telling):
        if j in laid.taken or token.kind is Kind.NAME or token.key not in lists.TURNS:
            continue
        if token.key in lists.ARRANGED and "will" in (one.key for one in laid.claim.telling):
            continue
        if first < j < last or _governs(laid.quote, token, telling[first if j < first else last]):
            yield f"without {token.text!r}"


def _governs(quote: Quote, token: Token, other: Token) -> bool:
    """Whether nothing parts a word from the next that the claim takes up."""
    start, end = sorted((token.span.start, other.span.start))
    return not _CLAUSE_ENDS.search(quote.text, start, end)


def _joined(laid: Laid) -> Iterator[str]:
    """Words that stand together in the claim, but in the quote belong to different things."""
    for (i, j), (k, last) in pairwise(laid.pairs):
        if last > j + 1:
            here, there = laid.claim.telling[i], laid.claim.telling[k]
            is_other = k == i + 1 and _is_other_joint(laid, (i, k), (j, last))
            if is_other or _is_anothers(laid.quote, j, last):
                yield f"{here.text!r} beside {there.text!r}"


def _is_other_joint(laid: Laid, ours: tuple[int, int], theirs: tuple[int, int]) -> bool:
    """Whether other prepositions join two words: "outside of a meeting in Vienna" is not "outside of Vienna"."""
    claimed = _prepositions(laid.claim, *ours)
    quoted = _prepositions(laid.quote, *theirs)
    if claimed:
        return claimed[-1:] != quoted[-1:]
    before = _prepositions(laid.quote, theirs[1] - 1, theirs[1])
    return bool(before)


def _prepositions(text: Claim | Quote, first: int, last: int) -> list[str]:
    return [token.key for token in _between(text, first, last) if token.text.lower() in lists.PREPOSITIONS]


def _between(text: Claim | Quote, first: int, last: int) -> list[Token]:
    """All tokens between two telling ones."""
    start, end = text.telling[first].span.end, text.telling[last].span.start
    return [token for token in text.said if start <= token.span.start < end]


def _is_anothers(quote: Quote, first: int, last: int) -> bool:
    """Whether what comes later is said of something else: of another date's event, or behind an "and" with a name."""
    later, skipped = quote.telling[last], quote.telling[first + 1 : last]
    dates = {quote.date_at(token) for token in skipped} - {None, quote.date_at(quote.telling[first])}
    if quote.date_at(later) and dates - {quote.date_at(later)}:
        return True
    is_parted = any(token.key in lists.PARTING for token in _between(quote, first, last))
    return is_parted and later.kind is not Kind.NAME and any(token.kind is Kind.NAME for token in skipped)

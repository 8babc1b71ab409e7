"""What is held to what: a claim, and the sentences of a passage."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from index import dates
from index.records import Period, Span
from index.support.orders import telling
from index.support.tokens import Kind, Token, tokens


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
    def dated(self) -> tuple[dates.Mention, ...]:
        """The dates that it speaks of, as places in the passage."""
        return tuple(one for one in self.told.mentions if self.span.start <= one.span.start < self.span.end)

    def date_at(self, token: Token) -> dates.Mention | None:
        """The date that a token is a part of."""
        at = self.span.start + token.span.start
        return next((one for one in self.dated if one.span.start <= at < one.span.end), None)

    @cached_property
    def periods(self) -> frozenset[Period]:
        return frozenset(one.period for one in self.dated if one.period)

    @cached_property
    def before(self) -> frozenset[str]:
        """The names of the sentences before it, which its pronouns may stand for."""
        text = self.told.context + "\n" + self.told.text[: self.span.start]
        return frozenset(token.key for token in tokens(text) if token.kind is Kind.NAME)


# Relative dates are known for such from any day.
_ANY = dates.parse("2000-01-01")
# What a claim says of the passage itself before it says what is in it.
_FRAME = re.compile(
    r"^(?:it|(?:the|this|that)\s+(?:article|passage|text|archive))\s+(?:also\s+)?"
    r"(?:(?:says|states|mentions|notes|reports|adds|suggests|is)\s*(?:that\b|:)|mentions|discusses|highlights)\s*"
    r"|^according\s+to\s+(?:the|this)\s+(?:article|passage|text|archive)\s*,\s*",
    re.IGNORECASE,
)
_FRAME_BEHIND = re.compile(
    r",?\s+(?:is|are)\s+mentioned\s+in\s+(?:the|this)\s+(?:article|passage|text)\W*$", re.IGNORECASE
)


@dataclass(frozen=True)
class Claim:
    """A sentence that is to be held to quotes."""

    text: str

    @cached_property
    def said(self) -> list[Token]:
        frame = _FRAME.match(self.text)
        behind = _FRAME_BEHIND.search(self.text)
        start, end = frame.end() if frame else 0, behind.start() if behind else len(self.text)
        return [token for token in tokens(self.text) if start <= token.span.start < end]

    @cached_property
    def telling(self) -> list[Token]:
        return [token for token in self.said if token.kind is not Kind.SMALL]

    @cached_property
    def spoken(self) -> list[Span]:
        """Where it speaks of days, whichever they are."""
        return [one.span for one in dates.mentions(self.text, _ANY)]

    def dated(self, quote: Quote) -> list[Span]:
        """Where it speaks of days that the quote speaks of too."""
        mentions = dates.mentions(self.text, quote.told.published)
        return [one.span for one in mentions if one.period in quote.periods]

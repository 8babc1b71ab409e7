"""Who somebody is, said the other way round."""

from index.support.evidence import Claim, Quote
from index.support.tokens import Kind, Token

_JOINING = frozenset(("s", "is", "was", "are", "were", "the", "a", "an", "of"))


def is_other_order(claim: Claim, quote: Quote) -> bool:
    """Whether the claim has the very words of a stretch of the quote, which say who or what one thing is.

    "The adviser of Biden is Jake Sullivan" has the support of "Jake Sullivan, Biden's adviser". The same names must own
    something in both.
    """
    small = {token.key for token in claim.said if token.kind is Kind.SMALL}
    is_told = bool(small & {"is", "was"}) or "," in claim.text
    if not small <= _JOINING or not is_told:
        return False
    said, size = sorted(token.key for token in claim.telling), len(claim.telling)
    stretches = (quote.telling[at : at + size] for at in range(len(quote.telling) - size + 1))
    return any(
        sorted(token.key for token in stretch) == said
        and _is_one_thing(quote, stretch)
        and _owners(claim, claim.telling) == _owners(quote, stretch)
        for stretch in stretches
    )


def _is_one_thing(quote: Quote, stretch: list[Token]) -> bool:
    inside = [one for one in quote.said if stretch[0].span.start <= one.span.start <= stretch[-1].span.start]
    return all(one.key in _JOINING for one in inside if one.kind is Kind.SMALL)


def _owners(text: Claim | Quote, among: list[Token]) -> set[str]:
    return {token.key for token in among if token.kind is Kind.NAME and _owns(text, token)}


def _owns(text: Claim | Quote, token: Token) -> bool:
    after = text.text[token.span.end : token.span.end + 2].replace("’", "'")
    before = text.text[: token.span.start].lower().split()[-1:]
    return after == "'s" or before == ["of"]

"""Where words that were cited stand once their article has another text."""

import re
from collections import Counter
from collections.abc import Iterable

from index.records import Span

# Of the words of two stretches of text, how many must be the same for one to have taken the other's place.
LIKENESS = 0.5

_WORD = re.compile(r"\w+")


def traced(cited: Span, old: str, new: str) -> Span | None:
    """The same words in another text, nearest to where they stood, whatever the white space between them; else None."""
    said = cited.of(old).strip()
    # A word must not be found inside a longer one: "is" was not said by "this".
    before, after = (r"\b" if _WORD.match(sign) else "" for sign in (said[:1], said[-1:]))
    same = before + r"\s+".join(map(re.escape, said.split())) + after
    found = (Span(*match.span()) for match in re.finditer(same, new))
    return min(found, key=lambda span: abs(span.start - cited.start), default=None)


def likest(cited: Span, old: str, candidates: Iterable[Span], new: str) -> Span | None:
    """Of stretches of another text the one with most of the same words, if those are half of either's; else None."""
    said = _words(cited.of(old))
    likeness = {span: _likeness(said, _words(span.of(new))) for span in candidates}
    best = max(likeness, key=lambda span: (likeness[span], -abs(span.start - cited.start)), default=None)
    return best if best is not None and likeness[best] >= LIKENESS else None


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    longer = max(one.total(), other.total())
    return (one & other).total() / longer if longer else 0.0

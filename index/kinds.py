"""Of what kind the few words are that answer a question: which can't be those asked for, whatever a reader says."""

import re
from collections.abc import Iterable

from index.english import CAUSES, NUMBER_WORDS, TIME_WORDS, WHETHER
from index.records import Span

_WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_ASKS_WHETHER = re.compile(rf"^\W*(?:(?:and|so|but)\s+)?{WHETHER}\b(?!.*\b(?:or|{_WH})\b)", re.IGNORECASE | re.DOTALL)
_BESIDE = re.compile(rf",\s+and\s+(?P<wh>(?:\w+\s+)?{_WH}(?:\s+\w+)?)\W*$", re.IGNORECASE)
_BEGINNING = r"^\W*(?:(?:and|so|but)\s+)?(?:(?:since|until|by|for|at|to|in|about)\s+)?"
_HOW_MANY = re.compile(rf"{_BEGINNING}how\s+(?:many|much|old|long)\b", re.IGNORECASE)
_WHEN = re.compile(rf"{_BEGINNING}when(?:['’]s\b|\s+{WHETHER}\b|\W*$)", re.IGNORECASE)
_WHY = re.compile(r"^why\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def may_answer(question: str, words: str) -> bool:
    """Whether words may be the few that are asked for.

    None are where "yes" or "no" is, nor where one question stands beside another, as in "who came, and when"; what is
    no number does not tell how many, and what is no time does not tell when.
    """
    return not _ASKS_WHETHER.search(question) and not _BESIDE.search(question) and _may_tell(question, words)


def left_open(question: str, sentences: Iterable[str]) -> Span | None:
    """Where a question asks something beside another, as "and when" does, that no sentence has a word for."""
    beside = _BESIDE.search(question)
    if not beside or any(_may_tell(beside["wh"], sentence) for sentence in sentences):
        return None
    return Span(*beside.span("wh"))


def _may_tell(question: str, words: str) -> bool:
    said = {match.group().lower() for match in _WORD.finditer(words)}
    if _WHY.search(question):
        return bool(said & CAUSES)
    if any(map(str.isnumeric, words)):
        return True
    if _HOW_MANY.search(question):
        return bool(said & NUMBER_WORDS)
    return not _WHEN.search(question) or bool(said & (TIME_WORDS | NUMBER_WORDS - {"a", "an"}))

"""Of what kind the few words are that answer a question: which can't be those asked for, whatever a reader says."""

import re

from index.english import NUMBER_WORDS, TIME_WORDS, WHETHER

_WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_ASKS_WHETHER = re.compile(rf"^\W*(?:(?:and|so|but)\s+)?{WHETHER}\b(?!.*\b(?:or|{_WH})\b)", re.IGNORECASE | re.DOTALL)
_BESIDE = re.compile(rf",\s+and\s+(?:\w+\s+)?{_WH}(?:\s+\w+)?\W*$", re.IGNORECASE)
_BEGINNING = r"^\W*(?:(?:and|so|but)\s+)?(?:(?:since|until|by|for|at|to|in|about)\s+)?"
_HOW_MANY = re.compile(rf"{_BEGINNING}how\s+(?:many|much|old|long)\b", re.IGNORECASE)
_WHEN = re.compile(rf"{_BEGINNING}when(?:['’]s\b|\s+{WHETHER}\b|\W*$)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def may_answer(question: str, words: str) -> bool:
    """Whether words may be the few that are asked for.

    None are where "yes" or "no" is, nor where one question stands beside another, as in "who came, and when"; what is
    no number does not tell how many, and what is no time does not tell when.
    """
    if _ASKS_WHETHER.search(question) or _BESIDE.search(question):
        return False
    if any(map(str.isnumeric, words)):
        return True
    said = {match.group().lower() for match in _WORD.finditer(words)}
    if _HOW_MANY.search(question):
        return bool(said & NUMBER_WORDS)
    return not _WHEN.search(question) or bool(said & (TIME_WORDS | NUMBER_WORDS))

"""Words of a question and of sentences, as far as holding one against the other needs them."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from index.english import FUNCTION_WORDS
from index.premises.peoples import is_of_a_country, of_one_country
from index.records import Span


def set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A word, or a mark that parts clauses.
WORD = re.compile(r"\d+(?:[.,]\d+)+ | [^\W_]+ (?:['’][^\W_]+)* | [,;:.!?“”\"()—–]", re.VERBOSE)
_AUXILIARY = r"(?:is|are|was|were|am|do|does|did|can|could|will|would|shall|should|may|might|must|has|have|had)"
# What asks whether something is so takes it for granted no more than its reverse.
ASKS_WHETHER = re.compile(
    rf"^\W*(?:(?:and|so|but|ok|or)\s+)?{_AUXILIARY}(?:n?['’]?t)?\b | ,\s{_AUXILIARY}\s | \s(?:or|whether|if)\s",
    re.IGNORECASE | re.VERBOSE,
)
# Words that say hardly anything of what a question is about.
VAGUE = FUNCTION_WORDS | set_of(
    """
    say says said tell tells told make made get gets got go goes went come came happen happened reason reasons many much
    use used call called mean means type kind way part name role play played one ones thing things know known
    isnt arent wasnt werent dont doesnt didnt cant couldnt wont wouldnt shouldnt hasnt havent hadnt
    whats whos hows wheres whys
    """
)
SHORTEST_START, LONGEST_END = 4, 4
SHORTEST_SLIP, SAME_START = 3, 5


class Word(NamedTuple):
    """A word of a text, or a mark: as it is written, and folded to lower case without accents and what it owns with."""

    span: Span
    text: str
    folded: str

    @property
    def is_mark(self) -> bool:
        return not self.text[0].isalnum()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def owns(self) -> bool:
        return self.text.endswith(("'s", "’s"))


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(Span(*found.span()), found[0], folded(found[0]).removesuffix("'s")) for found in WORD.finditer(text)
    )


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(mark for mark in plain if not unicodedata.combining(mark))


def is_vague(word: str) -> bool:
    return word.lower() in VAGUE


def alike(one: str, other: str) -> bool:
    """Whether two folded words may be forms of one: they begin alike and end soon after."""
    if one[:3] != other[:3]:
        return False
    same = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        same += 1
    shorter, longer = sorted((len(one), len(other)))
    return same >= max(min(shorter, SHORTEST_START), 3, longer - LONGEST_END)


def of_one(one: str, other: str) -> bool:
    """Whether two folded names may be of one: forms of one word, or of one country."""
    begun_alike = len(one) > SAME_START and one[:SAME_START] == other[:SAME_START]
    return begun_alike or alike(one, other) or of_one_country(one, other) or _is_slip(one, other)


def _is_slip(one: str, other: str) -> bool:
    if min(len(one), len(other)) < SHORTEST_SLIP or (is_of_a_country(one) and is_of_a_country(other)):
        return False
    return OSA.distance(one, other, score_cutoff=1) <= 1

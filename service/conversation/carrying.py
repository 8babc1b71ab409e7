"""STORY: a question and the turns before it in, a question that can be asked alone out.

Rules of English, each for one way to leave something out: "why?", "who else?", "what about France?", "and in 2022?",
"when was the one before?", "when was he elected?". A question that leaves nothing out is given back as it is, and so is
one that no rule is sure of.
"""

import re
from collections.abc import Sequence
from datetime import date

from service.conversation.ellipsis import about, another_asked, bare_asked, more_asked
from service.conversation.reference import one_of, pronouns, then
from service.conversation.turns import ENDING, Asked, Rule, Turn, is_small_talk, turn_of

# Further back than this nobody means by "he" or "there".
REMEMBERED = 6
LONGEST = 2000  # characters, as a question may have
_LEADING = re.compile(
    r"^\s*(?:(?:and|but|so|ok|okay|well|then|also|oh|hm+|alright|sure|right)\b[\s,]*)+", re.IGNORECASE
)
RULES: tuple[Rule, ...] = (more_asked, another_asked, about, bare_asked, one_of, then, pronouns)


def full(question: str, history: Sequence[tuple[str, str]], as_of: date) -> str:
    """What a question means after others, oldest first: (question, answer or "") each."""
    said: list[Turn] = []
    for asked, answer in history[-REMEMBERED:]:
        if not is_small_talk(asked):
            said.append(turn_of(_carried(asked, said, as_of), answer, as_of))
    return _carried(question, said, as_of)


def _carried(question: str, said: Sequence[Turn], as_of: date) -> str:
    if not said:
        return question
    bare = _LEADING.sub("", question).strip()
    joined = bare != question.strip()
    for rule in RULES:
        if found := rule(Asked(bare, joined, as_of), said):
            return _like(found, question) if len(found) <= LONGEST else question
    return question


def _like(found: str, question: str) -> str:
    """With the case that a sentence has where its asker writes sentences, and one question mark."""
    found = " ".join(found.split()).rstrip(ENDING)
    starts = found[0].upper() if question.strip()[0].isupper() else found[0]
    return f"{starts}{found[1:]}?"

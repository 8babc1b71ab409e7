"""The turns of a conversation, and a question after them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from service.conversation.english import SMALL_TALK
from service.conversation.mentions import WORD, Mention, mentioned

# Of an answer; what is meant by "he" stands at its beginning.
LONGEST_READ = 4000
ENDING = " \t\r\n?!.…"
_ESCAPED = re.compile(r"\\([^\w\s])")  # an answer may come back as the Markdown that it was shown as
_CITED = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True)
class Turn:
    """What was asked, whole, and what was answered; what both name."""

    question: str
    answer: str
    asked: tuple[Mention, ...]
    answered: tuple[Mention, ...]


def turn_of(question: str, answer: str, as_of: date) -> Turn:
    plain = _ESCAPED.sub(r"\1", _CITED.sub("", answer[:LONGEST_READ]))
    answered = mentioned(plain, as_of)
    known = [mention.text for mention in answered if mention.kind == "name"]
    return Turn(question, plain, tuple(mentioned(question, as_of, known)), tuple(answered))


def is_small_talk(text: str) -> bool:
    return all(word.group().lower() in SMALL_TALK for word in WORD.finditer(text))


@dataclass(frozen=True)
class Asked:
    """A question without its "and"; ``joined`` if it had one."""

    text: str
    joined: bool
    as_of: date

    @property
    def words(self) -> list[str]:
        return [match.group().lower() for match in WORD.finditer(self.text)]

    def mentions(self, said: Sequence[Turn]) -> list[Mention]:
        known = [m.text for turn in said for m in (*turn.asked, *turn.answered) if m.kind == "name"]
        return mentioned(self.text, self.as_of, known)


Rule = Callable[[Asked, Sequence[Turn]], str | None]

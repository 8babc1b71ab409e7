"""Who turns what was found into an answer: the form that every writer has, and the one that quotes."""

from collections.abc import Callable, Generator

from service.schemas import Answer, AskReply, Sentence

Writing = Generator[Sentence | Answer, None, None]
"""Each sentence once it may leave, then the whole answer. Closing it stops the work."""

Writer = Callable[[AskReply, Answer], Writing]
"""Given the reply as far as it is known, and the quoted answer: what it builds on, and what stands if it finds none."""


def as_quoted(_: AskReply, quoted: Answer) -> Writing:
    yield from quoted.sentences
    yield quoted

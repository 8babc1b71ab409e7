"""A chat's messages as the turns of a conversation: what every chat tool has, as `history` wants it."""

from collections.abc import Iterable, Iterator

from service.schemas import Turn
from service.schemas.requests import LONGEST_ANSWER, LONGEST_HISTORY, LONGEST_QUESTION


def turns(messages: Iterable[tuple[str, str]]) -> list[Turn]:
    """The turns before the one that is asked now, of (role, text) each, oldest first.

    Only what "user" and "assistant" said counts; what is longer than a request may hold is cut, the oldest left out.
    """
    return [Turn(question=asked, answer=answer or None) for asked, answer in _paired(messages)][-LONGEST_HISTORY:]


def _paired(messages: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    asked = ""
    for role, text in messages:
        said = _writable(text)
        if role == "user":
            if asked:
                yield asked, ""
            asked = said[:LONGEST_QUESTION].strip()
        elif role == "assistant" and asked:
            yield asked, said[:LONGEST_ANSWER]
            asked = ""
    if asked:
        yield asked, ""


def _writable(text: str) -> str:
    return "".join(character for character in text if character != "\0" and not "\ud800" <= character <= "\udfff")

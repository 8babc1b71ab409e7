"""What Open WebUI looks for beside OpenAI's interface: its source chips, each with the words that are cited."""

from typing import Any

from service.chat.markdown import address, escaped
from service.chat.message import PARAGRAPH
from service.schemas import AskReply
from service.writing.footnoted import footnoted, quotes_of


def sources(reply: AskReply) -> dict[str, Any]:
    """The passages as one event of a stream, in order and with none left out, up to the last that is shown.

    The trap: Open WebUI takes ``[n]`` for the n-th address that it was told of, whatever its number.
    """
    last = max((note.number for note in footnoted(reply).notes), default=0)
    shown = [one for one in reply.passages if one.citation <= last]
    links = [address(one.link) for one in shown]
    ids = [link if link not in links[:at] else f"{link}#{shown[at].id}" for at, link in enumerate(links)]
    said = {
        "source": {"name": "Footnote"},
        "document": [PARAGRAPH.join(escaped(quote.text) for quote in quotes_of(one, reply)) for one in shown],
        "metadata": [
            {"source": id, "name": one.article.title, "external": True} for id, one in zip(ids, shown, strict=True)
        ],
    }
    return {"event": {"type": "source", "data": said}} if shown else {}

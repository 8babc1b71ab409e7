"""An article ready to be put into an index: its passages, and what vectors and words keep of each."""

from dataclasses import dataclass

from index import dates
from index.abbreviations import Abbreviation
from index.compression import compressed
from index.embedding import Encoded
from index.lexical import Words
from index.records import Article, Passage, Unit
from index.vectors import Floats, Row


@dataclass(frozen=True)
class Prepared:
    """An article cut into passages, with what is searched of each; and the paragraphs that are counted of it.

    ``fingerprint`` is that of the model that encoded it.
    """

    article: Article
    passages: tuple[Passage, ...]
    contexts: tuple[str, ...]
    encoded: tuple[Encoded, ...]
    units: tuple[Unit, ...]
    abbreviations: tuple[Abbreviation, ...] = ()
    fingerprint: str = ""


def row(number: int, encoded: Encoded, axes: Floats) -> Row:
    """What the vectors keep of a passage."""
    return Row(number, encoded.passage, encoded.sentences, compressed(encoded.tokens, axes), encoded.owners)


def words(number: int, context: str, article: Article, passage: Passage) -> Words:
    """What the words hold of a passage."""
    return Words(number, context, passage.span.of(article.text), _spelled(passage))


def _spelled(passage: Passage) -> str:
    return ". ".join(dict.fromkeys(dates.spell(spoken.period) for spoken in passage.times))

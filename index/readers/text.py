"""Plain text: the whole file is the article, its first line the title."""

from collections.abc import Iterator

from index.articles import from_json, merged
from index.errors import Invalid
from index.readers import Limits, decoding
from index.readers.sniffing import LOOKED_AT, is_html
from index.readers.titles import first_line
from index.records import Article, RawFile

SUFFIXES = (".txt", ".text")
BRINGS_IDS = False


def read(file: RawFile, limits: Limits) -> Iterator[Article]:
    """The file's one article.

    Raises:
        Invalid: the file is empty, binary, a page, too long, in no known encoding, or its row describes no article.
        OSError: it can't be read.
    """
    decoded = decoding.read(file, limits.max_bytes)
    if is_html(decoded.text[:LOOKED_AT].encode()):
        raise Invalid("is an HTML page, not plain text: name it .html")
    found = {"title": first_line(decoded.text), "text": decoded.text, "metadata": decoded.metadata}
    yield from_json(merged(found, {**file.given, "id": file.id}), max_characters=limits.max_characters)

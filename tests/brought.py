"""Files as readers are given them, and what comes of each."""

import re
from functools import partial
from io import BytesIO
from typing import Any

from index.chunking import Limits as PassageLimits
from index.chunking import cut
from index.cleaning import outline
from index.readers import Limits, read
from index.records import Article, RawFile


def raw(file: str, data: bytes, **more: Any) -> RawFile:
    return RawFile(file, "a", partial(BytesIO, data), **more)


def only(file: str, data: bytes, **more: Any) -> Article:
    [article] = read(raw(file, data, **more), Limits())
    assert isinstance(article, Article), article
    return article


def refused(file: str, data: bytes) -> str:
    [rejection] = read(raw(file, data), Limits())
    return str(rejection)


def passages(article: Article) -> list[tuple[str, bool]]:
    """What is cited of an article, apart from how its white space is written."""
    blocks = outline(article.text, article.title)
    found = cut(article.text, blocks, lambda text: [m.span() for m in re.finditer(r"\w+", text)], PassageLimits())
    return [(" ".join(passage.span.of(article.text).split()), passage.side_story) for passage in found]

"""Files as readers are given them, and what comes of each."""

from functools import partial
from io import BytesIO
from typing import Any

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

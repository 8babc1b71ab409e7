"""A folder of mixed files, made from articles: their sentences put together anew, with names that nobody has.

Of a hundred files some forty are HTML with a site's furniture; PDF, DOCX, Markdown and plain text follow, exports of
five articles each, and three that are damaged. One word in twelve is another one, from a vocabulary as long-tailed as a
language's (Zipf), so that words grow with the archive as they do in life.
"""

import csv
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO, StringIO
from itertools import accumulate, count
from pathlib import Path

from docx import Document

from tests.pages import linked_data, page
from tests.test_readers_pdf import printed

SENTENCE = re.compile(r"[A-Z][^.!?\n]{40,250}[.!?](?=\s)")
WORD = re.compile(r"\b[a-z]{5,}\b")
ALTERED = 12
NAMES = 60_000
IN_EXPORT = 5
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Made:
    """What was made of one kind: the file's suffix, its bytes, how many articles it should bring."""

    suffix: str
    data: bytes
    articles: int = 1


class Writer:
    """Makes articles and files of them; the same seed makes the same."""

    def __init__(self, texts: Sequence[str], seed: int, sentences: int = 4) -> None:
        self._in_article = sentences
        self._random = random.Random(seed)
        self._sentences = [found for text in texts for found in SENTENCE.findall(text)]
        self._names = ["".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4))) for _ in range(NAMES)]
        self.made = count()
        self._weights = [*accumulate(1 / rank for rank in range(1, NAMES + 1))]

    def sentence(self) -> str:
        return WORD.sub(self._perhaps_another, self._random.choice(self._sentences))

    def _perhaps_another(self, match: re.Match[str]) -> str:
        if self._random.randrange(ALTERED):
            return match.group()
        return self._random.choices(self._names, cum_weights=self._weights)[0]

    def article(self) -> tuple[str, str, list[str]]:
        """Title, day and paragraphs."""
        title = " ".join(self.sentence().split()[:8]).rstrip(".,;:")
        day = f"20{self._random.randint(10, 24)}-{self._random.randint(1, 12):02d}-{self._random.randint(1, 28):02d}"
        return title, day, [" ".join(self.sentence() for _ in range(self._in_article // 2)) for _ in range(2)]

    def damaged(self) -> Made:
        made = self._random.choice(KINDS)(self)
        data = bytearray(made.data)
        if self._random.random() < 0.5:
            del data[self._random.randrange(len(data)) :]
        else:
            for _ in range(20):
                data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
        return Made(made.suffix, bytes(data), 0)


def _html(writer: Writer) -> Made:
    title, day, paragraphs = writer.article()
    markup = linked_data(**{"@type": "NewsArticle", "headline": title, "datePublished": day})
    body = "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    return Made(".html", page(title, body, markup=markup).encode())


def _pdf(writer: Writer) -> Made:
    title, day, paragraphs = writer.article()
    return Made(".pdf", printed([_latin(line) for line in (title, day, *paragraphs)]))


def _latin(text: str) -> str:
    return text.encode("cp1252", "ignore").decode("cp1252")


def _docx(writer: Writer) -> Made:
    title, day, paragraphs = writer.article()
    document, out = Document(), BytesIO()
    document.add_heading(title, 0)
    for line in (day, *paragraphs):
        document.add_paragraph(line)
    document.save(out)
    return Made(".docx", out.getvalue())


def _markdown(writer: Writer) -> Made:
    title, day, paragraphs = writer.article()
    return Made(".md", "\n\n".join((f"---\ntitle: {json.dumps(title)}\ndate: {day}\n---", *paragraphs)).encode())


def _text(writer: Writer) -> Made:
    title, _, paragraphs = writer.article()
    return Made(".txt", "\n\n".join((title, *paragraphs)).encode())


def _rows(writer: Writer) -> list[tuple[str, str, str, str]]:
    made = [writer.article() for _ in range(IN_EXPORT)]
    return [(f"made/{next(writer.made)}", title, "\n".join(text), day) for title, day, text in made]


def _json(writer: Writer) -> Made:
    fields = ("id", "headline", "content", "publish_date")
    rows = [dict(zip(fields, row, strict=True)) for row in _rows(writer)]
    return Made(".json", json.dumps(rows).encode(), IN_EXPORT)


def _csv(writer: Writer) -> Made:
    out = StringIO()
    csv.writer(out).writerows([("id", "title", "text", "date"), *_rows(writer)])
    return Made(".csv", out.getvalue().encode(), IN_EXPORT)


KINDS: Sequence[Callable[[Writer], Made]] = (_html, _pdf, _docx, _markdown, _text, _json, _csv)
SHARES = (40, 14, 12, 10, 15, 3, 3)
DAMAGED = 3


def files(texts: Sequence[str], many: int, seed: int = 0, sentences: int = 4) -> Iterator[Made]:
    """So many files, in no order of kinds."""
    writer, chooser = Writer(texts, seed, sentences), random.Random(seed + 1)
    for kind in chooser.choices((*KINDS, Writer.damaged), (*SHARES, DAMAGED), k=many):
        yield kind(writer)


def write(folder: Path, texts: Sequence[str], many: int, sentences: int = 4) -> int:
    """Write files into a folder, a thousand to a subfolder; the articles that the good ones bring."""
    articles = 0
    for number, made in enumerate(files(texts, many, sentences=sentences)):
        path = folder / f"{number // 1000:03d}" / f"{number:06d}{made.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.data)
        articles += made.articles
    return articles

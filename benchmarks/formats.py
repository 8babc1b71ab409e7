"""What goes in, of each kind of file, and what do damaged and hostile ones do?

``python benchmarks/formats.py ARTICLES.jsonl [--limit N] [--damaged N]`` writes each article as each kind of file,
reads the files, and prints how many were tried and taken in, with the right title, the right date and all of the words.
Then it damages them (cut off, bits flipped, another's suffix) and adds what is made to do harm.
"""

import argparse
import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from html import escape, unescape
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from time import perf_counter

import yaml
from docx import Document

from index.readers import Limits, jsonl
from index.readers.confined import Reading
from index.records import Article, RawFile
from tests.pages import linked_data, meta, page
from tests.test_readers_archives import tarred, zipped
from tests.test_readers_pdf import printed

Writer = Callable[[Article], tuple[str, bytes]]


def _lines(article: Article) -> list[str]:
    return [" ".join(line.split()) for line in article.text.splitlines() if line.strip()]


def _body(article: Article) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in _lines(article))


def _day(article: Article) -> str:
    return (article.published_at or "")[:10]


def _linked(article: Article) -> tuple[str, bytes]:
    fields = {"@type": "NewsArticle", "headline": article.title, "datePublished": article.published_at}
    return "a.html", page(article.title, _body(article), markup=linked_data(**fields)).encode()


def _meta(article: Article) -> tuple[str, bytes]:
    markup = meta(og__title=article.title, article__published_time=_day(article))
    return "a.html", page(article.title, _body(article), markup=markup).encode()


def _byline(article: Article) -> tuple[str, bytes]:
    byline = f'<p class="byline">By {escape(article.author or "us")} | {_day(article)}</p>'
    return "a.html", page(article.title, _body(article), byline=byline).encode()


def _address(article: Article) -> tuple[str, bytes]:
    markup = f'<link rel="canonical" href="https://example.com/{_day(article).replace("-", "/")}/story">'
    return "a.html", page(article.title, _body(article), markup=markup).encode()


def _pdf(article: Article) -> tuple[str, bytes]:
    return "a.pdf", printed([article.title, _day(article), *_lines(article)])


def _docx(article: Article) -> tuple[str, bytes]:
    document = Document()
    document.add_heading(article.title, 0)
    document.add_paragraph(f"By {article.author or 'us'} | {_day(article)}")
    for line in _lines(article):
        document.add_paragraph(line)
    out = BytesIO()
    document.save(out)
    return "a.docx", out.getvalue()


def _markdown(article: Article) -> tuple[str, bytes]:
    front = yaml.safe_dump({"title": article.title, "date": _day(article)}, allow_unicode=True)
    return "a.md", f"---\n{front}---\n\n{article.text}".encode()


def _export(article: Article) -> tuple[str, bytes]:
    row = {"headline": article.title, "content": article.text, "publish_date": article.published_at}
    return "a.json", json.dumps({"articles": [row]}).encode()


def _table(article: Article) -> tuple[str, bytes]:
    out = StringIO()
    csv.writer(out).writerows([("Title", "Body", "Date"), (article.title, article.text, _day(article))])
    return "a.csv", out.getvalue().encode()


def _packed(article: Article) -> tuple[str, bytes]:
    return "a.zip", zipped(dict([_meta(article)]))


def _tarred(article: Article) -> tuple[str, bytes]:
    return "a.tar.gz", tarred(dict([_linked(article)]))


WRITERS: Mapping[str, Writer] = {
    "HTML, JSON-LD": _linked,
    "HTML, meta tags": _meta,
    "HTML, byline": _byline,
    "HTML, address": _address,
    "PDF": _pdf,
    "DOCX": _docx,
    "Markdown": _markdown,
    "JSON": _export,
    "CSV": _table,
    "zip": _packed,
    "tar.gz": _tarred,
}


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("articles", type=Path)
    arguments.add_argument("--limit", type=int, default=100)
    arguments.add_argument("--damaged", type=int, default=500)
    asked = arguments.parse_args()
    articles = list(islice(_printable(asked.articles), asked.limit))
    with Reading(Limits()) as reading:
        print(f"{'files':16} tried  in  title  date  every word  ms a file")
        for name, writer in WRITERS.items():
            _intact(name, [(article, *writer(article)) for article in articles], reading)
        _damaged([writer(articles[0]) for writer in WRITERS.values()], asked.damaged, reading)


def _printable(path: Path) -> Iterator[Article]:
    """The dated articles, in the letters that the fonts of every PDF reader can write."""
    for article in jsonl.read(RawFile(str(path), "", lambda: path.open("rb")), Limits()):
        if isinstance(article, Article) and article.published_at and len(article.text) > 200:
            title, text = (said.encode("cp1252", "ignore").decode("cp1252") for said in (article.title, article.text))
            yield replace(article, title=" ".join(unescape(title).split()), text=text)


def _intact(name: str, files: list[tuple[Article, str, bytes]], reading: Reading) -> None:
    counted: Counter[str] = Counter()
    seconds = 0.0
    for article, file, data in files:
        began = perf_counter()
        got = list(reading.read(RawFile(file, "a", partial(BytesIO, data))))
        seconds += perf_counter() - began
        for one in got:
            if isinstance(one, Article):
                counted["in"] += 1
                counted["title"] += " ".join(one.title.split()) == " ".join(article.title.split())
                counted["date"] += (one.published_at or "")[:10] == _day(article)
                counted["words"] += not Counter(article.text.split()) - Counter(one.text.split())
    columns = (counted[what] for what in ("in", "title", "date", "words"))
    print(f"{name:16} {len(files):5} {'{:4} {:5} {:5} {:10}'.format(*columns)}  {1000 * seconds / len(files):9.1f}")


def _damaged(good: list[tuple[str, bytes]], count: int, reading: Reading) -> None:
    random.seed(0)
    files = [_damage(*random.choice(good), random.choice(good)[0]) for _ in range(count)] + list(_hostile())
    outcomes: Counter[str] = Counter()
    longest = 0.0
    for name, data in files:
        began = perf_counter()
        got = list(reading.read(RawFile(name, "a", partial(BytesIO, data))))
        longest = max(longest, perf_counter() - began)
        ended = [one for one in got if not isinstance(one, Article) and "its reader" in one.reason]
        outcomes["took the reader along" if ended else "in" if isinstance(got[0], Article) else "rejected"] += 1
    print(f"{len(files)} damaged or hostile files: {dict(outcomes)}; the longest took {longest:.1f} s")


def _damage(name: str, data: bytes, other: str) -> tuple[str, bytes]:
    damaged = bytearray(data)
    kind = random.choice(("cut", "bits", "suffix"))
    if kind == "cut":
        del damaged[random.randrange(len(damaged)) :]
    elif kind == "bits":
        for _ in range(random.randrange(1, 50)):
            damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return other if kind == "suffix" else name, bytes(damaged)


def _hostile() -> Iterator[tuple[str, bytes]]:
    zeros = bytes(100_000_000)
    yield "a.zip", zipped({"a.txt": zeros})
    yield "a.docx", zipped({"word/document.xml": zeros})
    yield "a.tar.gz", tarred({"a.txt": zeros})
    yield "a.zip", zipped({"a.zip": zipped({"a.txt": "x"})})
    yield "a.zip", zipped({"../../a.txt": "x"})
    yield "a.html", b"<div>" * 1_000_000
    yield "a.html", b"<p>" + b"<b><i>" * 300_000
    yield "a.json", b"[" * 10_000_000
    yield "a.json", b'{"a":' * 1_000_000
    yield "a.csv", b'text\n"' + b"x" * 10_000_000
    yield "a.md", b"---\na: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b]\n---\nx"
    yield "a.md", b"---\n" + b"[" * 60_000 + b"\n---\nx"


if __name__ == "__main__":
    main()

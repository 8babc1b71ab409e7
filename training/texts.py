"""The reading sets: articles with questions whose answers are marked in their text.

``reading/*.jsonl`` holds one paragraph a line, as SQuADShifts (Miller et al. 2020, CC BY 4.0) does: ``article``,
``paragraph`` and ``questions``, each with an ``id``, its ``question`` and ``answers``, a ``text`` and its ``start``.
"""

import hashlib
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from index.records import Article, Span

BETWEEN = "\n\n"
HELD_ASIDE = 0.05
DATED, SOURCED = 1 / 2, 1 / 3
FIRST_DAY, LAST_DAY = date(2004, 1, 1), date(2024, 12, 31)
# Invented, as are the days: a reader must have seen contexts with and without them.
SOURCES = (
    "The Harbour Courier", "Northern Ledger", "The Evening Beacon", "Valley Post", "Meridian Review", "The Daily Quill",
    "Lakeside Gazette", "The Open Notebook", "Castle Street Journal", "Tidewater Times", "The Sunday Lantern",
    "Crossroads Weekly", "Plain Speaking", "The Orchard Bulletin", "Milltown Observer", "Summit Dispatch",
)  # fmt: skip
# Paragraphs that are no part of an article have no title; what an archive of such would call them says little.
TITLES = {
    "amazon_reviews": ("Amazon reviews", "Customer reviews", "Product review", "What buyers say", "review_{number}"),
    "reddit": ("Reddit comments", "Reddit thread", "Forum post", "From the discussion", "comment_{number}"),
}


@dataclass(frozen=True)
class Question:
    """What is asked of an article, and where in its text the answers stand: as many as people gave, in order."""

    id: str
    text: str
    answers: tuple[Span, ...]


@dataclass(frozen=True)
class Reading:
    """An article with its questions; one that is held aside serves to choose settings, never to train."""

    article: Article
    questions: tuple[Question, ...]
    held: bool


@dataclass(frozen=True)
class _Text:
    """What becomes an article: its paragraphs in order, and the name by which chance decides about it."""

    name: str
    title: str
    paragraphs: Sequence[Mapping[str, Any]]


def read(data: Path, seed: int) -> dict[str, list[Reading]]:
    """The articles of each set of ``data``/reading, in the files' order.

    :raises FileNotFoundError: there is no set.
    """
    files = sorted((data / "reading").glob("*.jsonl"))
    if not files:
        raise FileNotFoundError(f"{data / 'reading'} holds no *.jsonl")
    return {file.stem: _readings(file.stem, _lines(file), seed) for file in files}


def _lines(file: Path) -> list[dict[str, Any]]:
    # Not splitlines: a paragraph may hold other characters that Python takes for the end of a line.
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def _readings(domain: str, paragraphs: Sequence[Mapping[str, Any]], seed: int) -> list[Reading]:
    texts = _apart(domain, paragraphs) if domain in TITLES else _joined(paragraphs)
    held = _held(domain, [text.name for text in texts], seed)
    return [_reading(domain, text, text.name in held, seed) for text in texts]


def _joined(paragraphs: Iterable[Mapping[str, Any]]) -> list[_Text]:
    """Each name's paragraphs as one text."""
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for paragraph in paragraphs:
        by_name.setdefault(paragraph["article"], []).append(paragraph)
    return [_Text(name, name.replace("_", " "), own) for name, own in by_name.items()]


def _apart(domain: str, paragraphs: Iterable[Mapping[str, Any]]) -> list[_Text]:
    """Each paragraph as a text, named for its first question."""
    titles = TITLES[domain]
    texts = []
    for number, paragraph in enumerate(paragraphs, start=1):
        name = paragraph["questions"][0]["id"]
        texts.append(_Text(name, titles[_hash(name) % len(titles)].format(number=number), [paragraph]))
    return texts


def _held(domain: str, names: Sequence[str], seed: int) -> set[str]:
    """The share of texts that is held aside: those whose names' hashes come first."""
    ranked = sorted(names, key=lambda name: _hash(f"{seed} held {domain} {name}"))
    return set(ranked[: round(HELD_ASIDE * len(ranked))])


def _reading(domain: str, text: _Text, held: bool, seed: int) -> Reading:
    chance = random.Random(_hash(f"{seed} made up {domain} {text.name}"))
    day = FIRST_DAY + timedelta(days=chance.randrange((LAST_DAY - FIRST_DAY).days + 1))
    dated, sourced, source = chance.random() < DATED, chance.random() < SOURCED, chance.choice(SOURCES)
    article = Article(
        id=f"{domain}/{text.name}",
        title=text.title,
        text=BETWEEN.join(_stripped(paragraph) for paragraph in text.paragraphs),
        source=source if sourced else None,
        published_at=day.isoformat() if dated else None,
        date_basis="given" if dated else None,
    )
    return Reading(article, tuple(_questions(text.paragraphs)), held)


def _questions(paragraphs: Iterable[Mapping[str, Any]]) -> Iterable[Question]:
    begins = 0
    for paragraph in paragraphs:
        for question in paragraph["questions"]:
            starts = ((begins + answer["start"], answer["text"]) for answer in question["answers"])
            spans = dict.fromkeys(Span(start, start + len(text)) for start, text in starts)
            yield Question(question["id"], question["question"], tuple(sorted(spans)))
        begins += len(_stripped(paragraph)) + len(BETWEEN)


def _stripped(paragraph: Mapping[str, Any]) -> str:
    """Only at its end: offsets count from its beginning."""
    return str(paragraph["paragraph"]).rstrip()


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])

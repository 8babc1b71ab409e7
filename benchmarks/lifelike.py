"""Archives of any size that are lifelike in words and vectors, made of a few given texts by this recipe.

Texts. The given articles are cut into passages and encoded as always; their sentences are the stock. A made article
belongs to one of the given ones: nine in ten of its sentences are of that one's stock, the others of all; a paragraph
of some five sentences is a passage. Some words of each sentence (one in twelve of those of four letters and more) are
coined anew: the rank of a coined word is drawn from a Zipf distribution of exponent 1.5, so that the number of distinct
words grows with about the two-thirds power of the text's length (Heaps' law); numbers are drawn anew. Titles, 200
publishers and 60 tags (some far more frequent than others), days of twelve years (one article in twenty without), and a
line in which the publisher speaks for its site under one article in four.

Vectors. Each word piece has the vector that the model gave it in its sentence of the stock. Sentences and passages are
means of their pieces, as the model's are, and moved by the difference of two pieces of the stock, drawn at random, to
stand for what the model makes of other words and neighbours: by as much as gives passages the intrinsic dimension of
texts that are really encoded (`Likeness`, which the benchmark prints for both).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index import dates
from index.embedding import Encoded, Encoder, Vectors
from index.prepare import prepare
from index.prepared import Prepared
from index.records import Article, Block, Passage, Span
from index.repetition import units

SENTENCES, PARAGRAPHS = 5, 7
FEWEST_PIECES = 4
# Of a paragraph's sentences such shares are of one stretch of the given article, and of that article or that stretch.
NEAR, OWN, STRETCH = 0.55, 0.85, 12
FEWEST_SENTENCES = 20
COINED, SHORTEST_COINED, ZIPF = 1 / 12, 4, 1.5
PUBLISHERS, TAGS = 200, 60
FIRST_DAY, DAYS = date(2012, 1, 1), 12 * 365
UNDATED, SIGNED = 0.05, 0.25
# As a share of the difference of two pieces.
MOVED_PASSAGE, MOVED_SENTENCE = 0.12, 0.15
WORD = re.compile(r"[^\W_]+")
SYLLABLES = [c + v + e for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u") for e in ("", "n", "r", "l")]


def given(paths: Sequence[Path]) -> list[Article]:
    """The articles of ``.jsonl`` files; paragraphs that name the same article are one."""
    found: dict[str, list[str]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            held = json.loads(line)
            name = f"{path.parent.name}/{held.get('id') or held['article']}"
            found.setdefault(name, []).append(held.get("text") or held["paragraph"])
    return [Article(id=name, title=name.rsplit("/", 1)[-1], text="\n\n".join(texts)) for name, texts in found.items()]


def shortened(articles: Sequence[Article], passages: int, characters: int = 700) -> list[Article]:
    """So much of these articles that they come to some so many passages, of each as large a share."""
    share = min(1.0, passages * characters / max(sum(len(one.text) for one in articles), 1))
    return [replace(one, text=one.text[: int(len(one.text) * share)]) for one in articles]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the stock; its pieces' vectors are the rows from ``start`` to ``end`` of the stock's."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Stock:
    """The sentences of some articles, an article's after another's, and the unit vectors of all their pieces.

    ``fingerprint`` is that of the model that encoded them.
    """

    articles: tuple[tuple[Sentence, ...], ...]
    vectors: NDArray[np.float16]
    fingerprint: str = ""

    @classmethod
    def of(cls, prepared: Sequence[Prepared]) -> "Stock":
        vectors, taken, rows = [], [], 0
        for item in prepared:
            own = list[Sentence]()
            for passage, encoded in zip(item.passages, item.encoded, strict=True):
                edges = np.searchsorted(encoded.owners, np.arange(len(passage.sentences) + 1)) + rows
                said = [" ".join(span.of(item.article.text).split()) for span in passage.sentences]
                own += [Sentence(text, *edge) for text, edge in zip(said, pairwise(edges.tolist()), strict=True)]
                vectors.append(encoded.tokens.astype(np.float16))
                rows += len(encoded.tokens)
            taken.append(tuple(one for one in own if one.end - one.start >= FEWEST_PIECES))
        long = tuple(own for own in taken if len(own) >= FEWEST_SENTENCES)
        return cls(long, np.concatenate(vectors), prepared[0].fingerprint)


class Maker:
    """Makes articles of a stock, without end: the same for the same seed, others for another."""

    def __init__(self, stock: Stock, seed: int = 0) -> None:
        self._stock, self._seed, self._random = stock, seed, np.random.default_rng([7, seed])

    def articles(self) -> Iterator[Prepared]:
        """Articles with what is composed of their passages, as if they had been cut and encoded."""
        number = 0
        while True:
            yield self._article(f"made/{self._seed}/{number}")
            number += 1

    def _article(self, id: str) -> Prepared:
        random = self._random
        own = self._stock.articles[int(random.integers(len(self._stock.articles)))]
        paragraphs = [self._paragraph(own) for _ in range(1 + random.poisson(PARAGRAPHS - 1))]
        publisher = _publisher(_skewed(random, PUBLISHERS))
        if random.random() < SIGNED:
            line = f"Sign up for the newsletter of {publisher} to read more of our stories every day."
            paragraphs.append([(line, own[0])])
        title = " ".join(WORD.findall(paragraphs[0][0][0])[: random.integers(5, 10)])
        day = FIRST_DAY + timedelta(days=int(random.integers(DAYS)))
        dated = random.random() >= UNDATED
        article = Article(
            id=id,
            title=title,
            text="\n\n".join([title, *(" ".join(text for text, _ in said) for said in paragraphs)]),
            url=f"https://{crc32(publisher.encode()):08x}.example/{id}",
            source=publisher,
            published_at=day.isoformat() if dated else None,
            date_basis="given" if dated else None,
            tags=tuple(sorted({f"tag {_skewed(random, TAGS)}" for _ in range(random.integers(4))})),
        )
        return self._prepared(article, paragraphs)

    def _paragraph(self, own: Sequence[Sentence]) -> list[tuple[str, Sentence]]:
        """Sentences as they are altered, and of what."""
        random, all_of_them, out = self._random, self._stock.articles, []
        begins = int(random.integers(len(own)))
        for chance in random.random(1 + random.poisson(SENTENCES - 1)):
            others = own if chance < OWN else all_of_them[int(random.integers(len(all_of_them)))]
            source = own[begins : begins + STRETCH] if chance < NEAR else others
            sentence = source[int(random.integers(len(source)))]
            out.append((altered(sentence.text, random), sentence))
        return out

    def _prepared(self, article: Article, paragraphs: Sequence[Sequence[tuple[str, Sentence]]]) -> Prepared:
        passages = tuple(_passages(len(article.title) + 2, paragraphs))
        published = article.published_at and dates.spell(dates.parse(article.published_at))
        said = ". ".join(part for part in (article.title, article.source, published) if part)
        blocks = [Block(Span(0, len(article.title)), "heading"), *(Block(one.span, "text") for one in passages)]
        encoded = tuple(self._encoded([sentence for _, sentence in one]) for one in paragraphs)
        paragraphs_of = units(article, blocks, passages)
        fingerprint = self._stock.fingerprint
        return Prepared(article, passages, (said,) * len(passages), encoded, paragraphs_of, fingerprint=fingerprint)

    def _encoded(self, sentences: Sequence[Sentence]) -> Encoded:
        tokens = np.concatenate([self._stock.vectors[one.start : one.end] for one in sentences]).astype(np.float32)
        lengths = np.array([one.end - one.start for one in sentences])
        sums = np.add.reduceat(tokens, np.cumsum(lengths) - lengths, axis=0)
        passage = self._moved(sums.sum(axis=0, keepdims=True) / len(tokens), MOVED_PASSAGE)[0]
        owners = np.repeat(np.arange(len(sentences)), lengths).astype(np.int16)
        return Encoded(passage, self._moved(sums / lengths[:, None], MOVED_SENTENCE), tokens, owners)

    def _moved(self, vectors: Vectors, share: float) -> Vectors:
        one, other = self._stock.vectors[self._random.integers(len(self._stock.vectors), size=(2, len(vectors)))]
        moved = vectors + share * (one.astype(np.float32) - other)
        unit: Vectors = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
        return unit


def _passages(at: int, paragraphs: Sequence[Sequence[tuple[str, Sentence]]]) -> Iterator[Passage]:
    for said in paragraphs:
        spans = []
        for text, _ in said:
            spans.append(Span(at, at + len(text)))
            at += len(text) + 1
        yield Passage(Span(spans[0].start, spans[-1].end), tuple(spans))
        at += 1


def altered(sentence: str, random: np.random.Generator) -> str:
    """A sentence with some words coined and all numbers drawn anew."""
    edges = [0, *(edge for match in WORD.finditer(sentence) for edge in match.span()), len(sentence)]
    parts = [sentence[start:end] for start, end in pairwise(edges)]
    chances, ranks = random.random(len(parts)).tolist(), random.zipf(ZIPF, len(parts)).tolist()
    for i in range(1, len(parts), 2):
        if parts[i].isdigit():
            parts[i] = "".join(str((int(digit) + ranks[i]) % 10) for digit in parts[i])
        elif len(parts[i]) >= SHORTEST_COINED and chances[i] < COINED:
            coined = word(ranks[i])
            parts[i] = coined.title() if parts[i][0].isupper() else coined
    return "".join(parts)


def word(rank: int) -> str:
    """A word of its own for each rank."""
    rank, said = rank + len(SYLLABLES), ""
    while rank:
        rank, syllable = divmod(rank, len(SYLLABLES))
        said += SYLLABLES[syllable]
    return said


def _publisher(rank: int) -> str:
    return f"The {word(rank * 97 + 5000).title()} {('Post', 'Times', 'Herald', 'Echo')[rank % 4]}"


def _skewed(random: np.random.Generator, most: int) -> int:
    return int(random.zipf(1.3)) % most


@dataclass(frozen=True)
class Likeness:
    """How near the nearest are: quantiles (.1, .5, .9) of how like questions are to their best and to their tenth
    passage, and passages to their nearest; and the intrinsic dimension of passages (Levina and Bickel, 2004, by twenty
    neighbours)."""

    best: tuple[float, ...]
    tenth: tuple[float, ...]
    neighbour: tuple[float, ...]
    dimension: float

    @classmethod
    def of(cls, passages: Vectors, questions: Vectors) -> "Likeness":
        near = -np.sort(-(questions @ passages.T), axis=1)
        sample = passages[:: max(1, len(passages) // 1000)]
        among = -np.sort(-(sample @ passages.T), axis=1)[:, 1:21]
        apart = np.sqrt(np.maximum(2 - 2 * among, 1e-9))
        local = 1 / np.mean(np.log(apart[:, -1:] / apart[:, :-1]), axis=1)
        return cls(_spread(near[:, 0]), _spread(near[:, 9]), _spread(among[:, 0]), round(float(np.median(local)), 1))


def _spread(values: Vectors) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in np.quantile(values, (0.1, 0.5, 0.9)))


def stock_of(paths: Sequence[Path], encoder: Encoder, passages: int) -> tuple[Stock, list[Prepared]]:
    """A stock of some so many passages of these files, and the passages that it was made of."""
    prepared = prepare(shortened(given(paths), passages), encoder)
    return Stock.of(prepared), prepared

"""STORY: files in, index out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from index import readers
from index.folder import Index, Outcome
from index.prepare import prepare
from index.records import Article, RawFile, Rejection

# Enough text to fill the model's batches, little enough to lose when a crash comes.
BATCH_CHARACTERS = 64_000


@dataclass(frozen=True)
class Progress:
    """How far an ingest has come: counts so far, and the file being read."""

    files: int
    articles: int
    file: str


@dataclass
class Summary:
    """What became of all that was to go in. ``guessed`` names articles whose encoding was guessed, and as what."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    guessed: dict[str, str] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)


def put(index: Index, article: Article) -> Outcome:
    """Take one article in; on disk, and found by every later question, when this returns."""
    if index.is_current(article):
        return "unchanged"
    return index.put(prepare([article], index.encoder))[0]


def ingest(
    index: Index,
    files: Iterable[RawFile | Rejection],
    limits: readers.Limits,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Take in all that can be; the rest is rejected, each with its reason.

    Articles go in a batch at a time, in order, so what an interrupted ingest took in is there whole.
    """
    summary = Summary()
    for batch in _batches(_new(index, _distinct(_articles(files, limits, progress), summary), summary)):
        for outcome in index.put(prepare(batch, index.encoder)):
            summary.count(outcome)
    return summary


def _articles(
    files: Iterable[RawFile | Rejection], limits: readers.Limits, progress: Callable[[Progress], None]
) -> Iterator[tuple[str, Article] | Rejection]:
    """The articles with the file that each came from."""
    articles = 0
    for count, file in enumerate(files, start=1):
        if isinstance(file, Rejection):
            yield file
            continue
        for article in readers.read(file, limits):
            articles += isinstance(article, Article)
            progress(Progress(count, articles, file.name))
            yield article if isinstance(article, Rejection) else (file.name, article)


def _distinct(found: Iterable[tuple[str, Article] | Rejection], summary: Summary) -> Iterator[Article]:
    """Without rejections, and without a second article of an id: one run brings one text for it, or it's a mistake."""
    seen: dict[str, tuple[str, str]] = {}
    for item in found:
        if isinstance(item, Rejection):
            summary.rejected.append(item)
            continue
        file, article = item
        first, fingerprint = seen.setdefault(article.id, (file, article.fingerprint))
        if fingerprint != article.fingerprint:
            summary.rejected.append(Rejection(file, f"the id {article.id!r} is that of another article, from {first}"))
            continue
        if article.metadata.get("encoding_basis") == "guessed":
            summary.guessed[article.id] = str(article.metadata.get("encoding"))
        yield article


def _new(index: Index, articles: Iterable[Article], summary: Summary) -> Iterator[Article]:
    for article in articles:
        if index.is_current(article):
            summary.count("unchanged")
        else:
            yield article


def _batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    batch: list[Article] = []
    characters = 0
    for article in articles:
        batch.append(article)
        characters += len(article.text)
        if characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch

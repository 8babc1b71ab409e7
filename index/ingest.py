"""STORY: files in, index out."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from index import readers
from index.errors import ChangedOver
from index.folder import Index, Outcome
from index.memory import give_back
from index.prepare import prepare
from index.readers.confined import Reading
from index.readers.recipe import Weighed, recipe, weighed
from index.records import Article, Entry, FileState, Origin, RawFile, Rejection

# Enough text to fill the model's batches, little enough to lose when a crash comes.
BATCH_CHARACTERS = 64_000
# Lines of the ledger that are written by themselves, where no article is to be written with them.
BATCH_ENTRIES = 1_000
# Files that are looked into before their turn, so that they are read while the model encodes others.
AHEAD = 16
# Rejected lines of one file that the ledger quotes.
REASONS = 3


@dataclass
class Summary:
    """What became of all that was to go in. ``guessed`` names articles whose encoding was guessed, and as what.

    ``unknown`` counts the articles with fields of no known name, ``unknown_fields`` are those names in order;
    ``unread_front_matter`` names articles whose front matter is no plain YAML. ``boilerplate`` counts the paragraphs of
    the articles taken in that no question finds.
    """

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    boilerplate: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    guessed: dict[str, str] = field(default_factory=dict)
    unknown: int = 0
    unknown_fields: dict[str, None] = field(default_factory=dict)
    unread_front_matter: list[str] = field(default_factory=list)

    def count(self, outcome: Outcome, articles: int = 1) -> None:
        setattr(self, outcome, getattr(self, outcome) + articles)

    def note(self, article: Article) -> None:
        """What of an article's reading whoever brought it should know."""
        if article.metadata.get("encoding_basis") == "guessed":
            self.guessed[article.id] = str(article.metadata.get("encoding"))
        if article.notes.unknown:
            self.unknown += 1
            self.unknown_fields |= dict.fromkeys(article.notes.unknown)
        if article.notes.unread_front_matter:
            self.unread_front_matter.append(article.id)


@dataclass(frozen=True)
class Progress:
    """How far an ingest has come: counts so far, the file being read, and what became of what is done with.

    What is called with it may raise: the ingest ends with that, and all that it took in is there whole.
    """

    files: int
    articles: int
    file: str
    summary: Summary = field(default_factory=Summary, compare=False)


def put(index: Index, article: Article) -> Outcome:
    """Take one article in; on disk, and found by every later question, when this returns."""
    if index.is_current(article):
        return "unchanged"
    return _put(index, [article])[0]


def _put(
    index: Index,
    articles: Sequence[Article],
    between: Callable[[], None] = lambda: None,
    entries: Callable[[Sequence[Outcome]], Iterable[Entry]] = lambda _: (),
) -> list[Outcome]:
    """Encode articles and take them in; anew where another model takes over meanwhile."""
    while True:
        try:
            return index.put(prepare(articles, index.encoder, between), entries)
        except ChangedOver:
            continue


def ingest(
    index: Index,
    files: Iterable[RawFile | Rejection],
    limits: readers.Limits,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Take in all that can be; the rest is rejected, each with its reason.

    Articles go in a batch at a time, in order, so what an interrupted ingest took in is there whole. A file of which
    nothing has changed since it was last taken in is not read again; one that was rejected is. What became of each file
    is written into the ledger, in one step with its articles. What a parsing library reads is read in a process of its
    own, so that a file that takes too long, too much memory or the process along is one more rejection; the next files
    are read there while the model encodes a batch. It gives way to questions.
    """
    with index.read_any() as snapshot:
        newest = snapshot.newest_version()
    with Reading(limits) as reading:
        run = _Run(index, reading, progress)
        for batch in _batches(run.new(files)):
            articles = [article for _, article in batch]
            outcomes = _put(index, articles, index.give_way, run.entries_of(batch))
            for outcome in outcomes:
                run.summary.count(outcome)
            give_back()
        index.enter(run.entries())
    with index.read_any() as snapshot:
        run.summary.boilerplate = snapshot.repeats.taken(newest)
    return run.summary


@dataclass
class _File:
    """A file under way, and what is not yet in the ledger of it.

    ``known`` are the articles that it brought when it was last given, if nothing of it has changed since.
    """

    name: str
    origin: Origin | None = None
    weight: Weighed | None = None
    recipe: str | None = None
    known: dict[str, str] | None = None
    waiting: int = 0
    is_read: bool = False
    outcomes: set[Outcome] = field(default_factory=set)
    rejections: list[Rejection] = field(default_factory=list)
    brought: dict[str, str] = field(default_factory=dict)
    is_begun: bool = False

    def bring(self, article: Article, outcome: Outcome) -> None:
        self.outcomes.add(outcome)
        self.brought[article.id] = article.fingerprint

    def entries(self) -> Iterator[Entry]:
        """Its line of the ledger, if it has one; a file that is not read to its end has to be read again."""
        if self.origin is None:
            return
        size, sha256 = self.weight or (None, None)
        recipe = self.recipe if self.is_read and self.outcomes and not self.rejections else None
        brought, anew = self.brought, bool(self.brought) and not self.is_begun
        self.brought, self.is_begun = {}, self.is_begun or anew
        yield Entry(self.origin, self._state(), self._reason(), size, sha256, recipe, brought, anew)

    def _state(self) -> FileState:
        if "replaced" in self.outcomes:
            return "replaced"
        return "in" if "added" in self.outcomes else "unchanged" if self.outcomes else "rejected"

    def _reason(self) -> str | None:
        said = [self._said_of(one) for one in self.rejections[:REASONS]]
        more = len(self.rejections) - REASONS
        return "; ".join([*said, f"and {more} more"] if more > 0 else said) or None

    def _said_of(self, rejection: Rejection) -> str:
        inside = rejection.file.removeprefix(self.name).removeprefix("/")
        line = "" if rejection.line is None else f"line {rejection.line}"
        where = ", ".join(part for part in (inside, line) if part)
        return f"{where}: {rejection.reason}" if where else rejection.reason


class _Run:
    """One ingest under way: what it has seen, and which files' lines of the ledger are still to be written."""

    def __init__(self, index: Index, reading: Reading, progress: Callable[[Progress], None]) -> None:
        self.summary = Summary()
        self._index, self._reading, self._progress = index, reading, progress
        self._seen: dict[str, tuple[str, str, int | None]] = {}
        self._under_way: list[_File] = []
        self._articles = 0

    def new(self, found: Iterable[RawFile | Rejection]) -> Iterator[tuple[_File, Article]]:
        """The articles that the index does not have yet, each with its file."""
        for count, one in enumerate(self._ahead(found), start=1):
            if isinstance(one, Rejection):
                self._reject(one)
            else:
                yield from self._changed(*one, count)
            if len(self._under_way) >= BATCH_ENTRIES:
                self._index.enter(self.entries())

    def _ahead(self, found: Iterable[RawFile | Rejection]) -> Iterator[tuple[RawFile, _File] | Rejection]:
        """All in their order, those that come next being read meanwhile."""
        next_ones: deque[tuple[RawFile, _File] | Rejection] = deque()
        for one in found:
            next_ones.append(one if isinstance(one, Rejection) else (one, self._begun(one)))
            if len(next_ones) > AHEAD:
                yield next_ones.popleft()
        while next_ones:
            yield next_ones.popleft()

    def entries_of(self, batch: Sequence[tuple[_File, Article]]) -> Callable[[Sequence[Outcome]], Iterable[Entry]]:
        """The lines of the ledger that a batch allows to write, by what became of each of its articles."""

        def entries(outcomes: Sequence[Outcome]) -> Iterator[Entry]:
            for (file, article), outcome in zip(batch, outcomes, strict=True):
                file.bring(article, outcome)
                file.waiting -= 1
            return self.entries()

        return entries

    def entries(self) -> Iterator[Entry]:
        """The lines of all files of which something can be said that is not in the ledger."""
        sayable = [file for file in self._under_way if not file.waiting]
        self._under_way = [file for file in self._under_way if file.waiting or not file.is_read]
        for file in sayable:
            yield from file.entries()

    def _reject(self, rejection: Rejection) -> None:
        self.summary.rejected.append(rejection)
        rejected = (_File(rejection.file, origin, is_read=True, rejections=[rejection]) for origin in rejection.origins)
        self._under_way += rejected

    def _changed(self, raw: RawFile, file: _File, count: int) -> Iterator[tuple[_File, Article]]:
        self._under_way.append(file)
        if not self._is_known(file, count):
            for item in self._reading.read(raw):
                self._articles += isinstance(item, Article)
                self._progress(Progress(count, self._articles, file.name, self.summary))
                article = self._accepted(file, item)
                if article is None:
                    continue
                if self._index.is_current(article):
                    self.summary.count("unchanged")
                    file.bring(article, "unchanged")
                else:
                    file.waiting += 1
                    yield file, article
        file.is_read = True

    def _begun(self, raw: RawFile) -> _File:
        try:
            weight = weighed(raw) if raw.origin else None
        except OSError:
            weight = None  # the reader meets the same fault, and says it
        file = _File(raw.name, raw.origin, weight, recipe(raw, self._reading.limits))
        file.known = self._brought_before(file)
        if file.known is None:
            self._reading.expect(raw)
        return file

    def _brought_before(self, file: _File) -> dict[str, str] | None:
        """What a file brought that is there already, seen by its bytes alone; None where it has to be read."""
        known = self._index.file(file.origin) if file.origin and file.weight else None
        if known is None:
            return None
        filed, brought = known
        is_same = (filed.size, filed.sha256, filed.recipe) == (*(file.weight or ()), file.recipe)
        return brought if is_same else None

    def _is_known(self, file: _File, count: int) -> bool:
        """Whether all that this file would bring is there, and no other file of this run says otherwise."""
        brought = file.known
        if brought is None or any(
            self._seen.get(id, (file.name, mark, None))[1] != mark for id, mark in brought.items()
        ):
            return False
        self._seen |= {id: (file.name, mark, None) for id, mark in brought.items()}
        self.summary.count("unchanged", len(brought))
        file.outcomes.add("unchanged")
        self._articles += len(brought)
        self._progress(Progress(count, self._articles, file.name, self.summary))
        return True

    def _accepted(self, file: _File, item: Article | Rejection) -> Article | None:
        """An article that no other of this run contradicts: one run brings one text for an id, or it's a mistake."""
        if isinstance(item, Article):
            line = item.notes.line
            first, fingerprint, at = self._seen.setdefault(item.id, (file.name, item.fingerprint, line))
            if fingerprint == item.fingerprint:
                self.summary.note(item)
                return item
            where = first if at is None else f"{first}, line {at}"
            item = Rejection(
                file.name, f"the id {item.id!r} is that of another article, from {where}, which stands", line
            )
        self.summary.rejected.append(item)
        file.rejections.append(item)
        return None


def _batches(articles: Iterable[tuple[_File, Article]]) -> Iterator[list[tuple[_File, Article]]]:
    batch: list[tuple[_File, Article]] = []
    characters = 0
    for file, article in articles:
        batch.append((file, article))
        characters += len(article.text)
        if characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch

"""The word index: tantivy, and only here.

It holds at least the live passages of the store at every moment: passages come in before the store commits them and
leave after, so what it finds beyond the live ones is to be dropped by whoever asks.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Document, Filter, Occur, Query, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from index.durable import make_folder

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]

ANALYZER, WRITTEN = "words", "written"
# How much a word counts that may stand in for one that was asked for.
STAND_IN = 0.5
DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")
LONGEST_WORD = 64
# Of texts, in characters, whose terms are kept for the next who asks, and how many of them: some ten megabytes.
LONGEST_KEPT, MOST_KEPT = 1000, 8192
# Of how many words it is remembered in how many passages they stand: questions ask for the same, and several times.
MOST_COUNTED = 8192
HEAP_BYTES = 50_000_000
# What an allowed set may count to be asked for by its numbers; a larger one is cheaper to sift afterwards.
LARGEST_TERM_SET = 4096
# A larger one is sifted from so many times the passages that should hold enough of it.
SIFTED = 1.5
# Of as many passages as this the best are looked for by the terms that stand in no more than such a share of them, and
# so many times as many as asked for are measured by all.
MANY, FREQUENT, SPARE = 100_000, 0.2, 4
# What stands in a smaller share of the passages is rather gone through than looked up.
RARE = 0.01
# Numbers of no more than such a share of the passages are rather looked up one by one than gone through all.
FEW = 0.1
# The number of the one document that is no passage: it keeps the generation, committed together with the words.
MARKER = 0

FIELDS = ("text", "context", "times")
DATES = ("context", "times")
# EIO, EFBIG, ENOSPC, EROFS and EDQUOT, as its messages spell them.
DISK_FAULT = re.compile(r"(?:os error|code:) (5|27|28|30|122)\b")
# The files of a segment, beside that of what is deleted.
KINDS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
# The last four bytes of every file of tantivy's but its JSON.
MAGIC = (1337).to_bytes(4, "little")


class WordsDamaged(Exception):
    """The word index is missing, can't be used, or is another store's; it can be made again from the store."""


@dataclass(frozen=True)
class Words:
    """What is searched of one passage: its own ``text``, and what is no part of the quote.

    ``context`` is its title, publisher and date; ``times`` spells out the days that the text speaks of, so that it is
    found by what its "in February" means.
    """

    number: int
    context: str
    text: str
    times: str = ""


class Sought(NamedTuple):
    """What is searched for: passages with some of ``terms``, for which ``others`` may stand in, and count less.

    Of each group of ``dated`` a passage must have one term among its dates.
    """

    terms: tuple[str, ...]
    others: tuple[str, ...] = ()
    dated: tuple[tuple[str, ...], ...] = ()


class _Asked(NamedTuple):
    """A term to be found in one field, and in how many passages it stands there."""

    query: Query
    term: str
    documents: int


class WordIndex:
    """One folder of words. Only the holder of the store's write lock may write."""

    def __init__(self, folder: Path, store: str) -> None:
        """Open the words of the store with this identity.

        :raises WordsDamaged: they are not there, not readable or another store's.
        """
        self._folder, self._store = folder, store
        with _faults(folder):
            if not tantivy.Index.exists(str(folder)):
                raise WordsDamaged(f"no word index in {folder}")
            self._index = tantivy.Index.open(str(folder))
            _register(self._index)
            self._index.config_reader("Manual")
        if self._index.schema != _schema():
            raise WordsDamaged(f"word index {folder} has other fields")
        if self.searcher().store != store:
            raise WordsDamaged(f"word index {folder} belongs to another store")

    @classmethod
    def make(cls, folder: Path, store: str, words: Iterable[Words], generation: int) -> None:
        """Make an index of these words in a folder that is not there yet."""
        make_folder(folder)
        with _disk_faults(), _faults(folder):
            index = tantivy.Index(_schema(), path=str(folder))
            _register(index)
            _write(index, words, (), _marker(store, generation))

    def write(self, words: Iterable[Words], gone: Sequence[int], generation: int) -> None:
        """Hold these too, before the store commits ``generation``, and no longer those whose removal it has committed.

        A number that is there already is replaced: a write that was rolled back left it behind.

        :raises WordsDamaged: they can't be written.
        :raises OSError: the disk is full or at fault; they are as they were.
        """
        words = list(words)
        with _disk_faults(), _faults(self._folder):
            _clear_leftovers(self._folder)
            gone = [*gone, *(item.number for item in words)]
            _write(self._index, words, gone, _marker(self._store, generation))

    def searcher(self) -> "WordSearcher":
        """The words as they are now.

        :raises WordsDamaged: they can't be read.
        """
        with _faults(self._folder):
            self._index.reload()
            return WordSearcher(self._index)


def check_files(folder: Path) -> None:
    """Hold every file of a word index against the checksum at its end, which tantivy writes but does not read.

    :raises WordsDamaged: one differs, or they were written meanwhile.
    """
    with _faults(folder):
        segments = _segments(folder)
        names = {path.name for path in folder.iterdir()}
        for segment, deleted in segments.items():
            lacking = {f"{segment}.{kind}" for kind in (*KINDS, deleted) if kind} - names
            if lacking:
                raise WordsDamaged(f"{folder / min(lacking)} is gone")
        for name in names:
            if name.partition(".")[0] in segments:
                _check_file(folder / name)


def _clear_leftovers(folder: Path) -> None:
    """Remove what a killed writer did not commit: tantivy stumbles over it, and forgets what other processes wrote."""
    segments = _segments(folder)
    for path in folder.iterdir():
        name, _, rest = path.name.partition(".")
        is_living = name in segments and (not rest.endswith("del") or rest == segments[name])
        if name and name != "meta" and not is_living:
            path.unlink()


def _segments(folder: Path) -> dict[str, str]:
    """The segments that count, each with how the name of the file that lists its deleted passages ends."""
    meta = json.loads((folder / "meta.json").read_bytes())
    return {
        segment["segment_id"].replace("-", ""): f"{segment['deletes']['opstamp']}.del" if segment["deletes"] else ""
        for segment in meta["segments"]
    }


def _check_file(path: Path) -> None:
    """The body, a footer in JSON, the footer's length, the magic number."""
    data = path.read_bytes()
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    if data[-4:] != MAGIC or end < 0 or json.loads(data[end:-8])["crc"] != zlib.crc32(memoryview(data)[:end]):
        raise WordsDamaged(f"{path} differs from its checksum")


@contextmanager
def _faults(folder: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise WordsDamaged(f"word index {folder}: {error}") from error


@contextmanager
def _disk_faults() -> Iterator[None]:
    """Tantivy's only kind of error, where it says that the disk is at fault."""
    try:
        yield
    except WordsDamaged as error:
        if code := DISK_FAULT.search(str(error)):
            raise OSError(int(code[1]), str(error)) from error
        raise


class WordSearcher:
    """The words as of one moment: never changed, so safe to search from anywhere."""

    def __init__(self, index: tantivy.Index) -> None:
        self._schema, self._searcher = index.schema, index.searcher()
        self._documents = lru_cache(MOST_COUNTED)(self._searcher.doc_freq)
        self.store, self.generation = self._marked()

    def numbers(self) -> Numbers:
        """The numbers of all passages that are held, in no order."""
        found, _ = self._search(Query.all_query(), max(self._searcher.num_docs, 1))
        numbers: Numbers = found[found != MARKER]
        return numbers

    def _marked(self) -> tuple[str, int]:
        hits = self._searcher.search(Query.term_query(self._schema, "number", MARKER), 1).hits
        if not hits:
            return "", -1
        marker = self._searcher.doc(hits[0][1])
        return str(marker.get_first("store")), int(marker.get_first("generation") or 0)

    def terms(self, text: str) -> tuple[str, ...]:
        """The distinct words of a text as they are indexed, in order."""
        return _terms(text) if len(text) <= LONGEST_KEPT else _terms.__wrapped__(text)

    def written(self, start: str = "") -> list[str]:
        """The words that begin so, as they are written, in lower case without accents."""
        return [word for word, _ in self._searcher.terms_with_prefix("written", start)]

    def documents_written(self, word: str) -> int:
        """In how many passages a word stands as it is written here, dead ones that are not yet forgotten included."""
        return int(self._documents("written", word))

    def matching(self, sought: Sought, k: int, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """The ``k`` passages that match best by BM25 (Robertson and others, 1994): their numbers and scores.

        ``allowed``, sorted, leaves only these to choose from.
        """
        asked = self._asked(sought) if k >= 1 else []
        if not asked:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if allowed is not None and len(allowed) <= LARGEST_TERM_SET:
            return self._among(asked, k, allowed, sought.dated)
        if self._searcher.num_docs < MANY:
            return self._best(asked, k, allowed, sought.dated)
        likely, _ = self._best(self._telling(asked), SPARE * k, allowed, sought.dated)
        return self._among(asked, k, np.sort(likely), ())

    def measured(self, sought: Sought, numbers: Numbers) -> tuple[Numbers, Floats]:
        """Those of some passages, ascending, that match at all, best first: as `matching` has it."""
        asked = self._asked(sought) if len(numbers) else []
        return self._among(asked, len(numbers), numbers, ()) if asked else (numbers[:0], np.empty(0, np.float32))

    def _best(
        self, asked: "Sequence[_Asked]", k: int, allowed: Numbers | None, dated: Sequence[Sequence[str]]
    ) -> tuple[Numbers, Floats]:
        # Nothing but terms: of such a union tantivy looks only at what may be among the best (Ding and Suel, 2011).
        query = Query.boolean_query([(Occur.Should, one.query) for one in asked])
        if dated:
            query = Query.boolean_query([(Occur.Must, query), *self._dated(dated)])
        limit = k if allowed is None else int(k * max(1.0, SIFTED * self._searcher.num_docs / max(len(allowed), 1)))
        while True:
            numbers, scores = self._search(query, limit)
            kept = np.ones(len(numbers), bool) if allowed is None else _are_in(numbers, allowed)
            if len(numbers) < limit or np.count_nonzero(kept) >= k:
                return numbers[kept][:k], scores[kept][:k]
            limit *= 4

    def _among(
        self, asked: "Sequence[_Asked]", k: int, allowed: Numbers, dated: Sequence[Sequence[str]]
    ) -> tuple[Numbers, Floats]:
        """The same of few passages: each frequent term is looked up for these alone, by itself; the rest as a union."""
        among = Query.const_score_query(self._numbered(allowed.tolist()), 0.0)
        query = Query.boolean_query([(Occur.Must, among), *self._dated(dated)])
        rare = RARE * self._searcher.num_docs
        for one in asked:
            if one.documents > rare:
                query = Query.boolean_query([(Occur.Must, query), (Occur.Should, one.query)])
        others = [(Occur.Should, one.query) for one in asked if one.documents <= rare]
        numbers, scores = self._search(Query.boolean_query([(Occur.Must, query), *others]), k)
        return numbers[scores > 0], scores[scores > 0]

    def _numbered(self, numbers: Sequence[int]) -> Query:
        if len(numbers) > FEW * self._searcher.num_docs:
            return Query.term_set_query(self._schema, "number", numbers)
        each = (Query.term_query(self._schema, "number", number) for number in numbers)
        return Query.boolean_query([(Occur.Should, one) for one in each])

    def _asked(self, sought: Sought) -> "list[_Asked]":
        """Each term in each field in which it stands."""
        if not sought.terms:
            return []
        weights = {**dict.fromkeys(sought.others, STAND_IN), **dict.fromkeys(sought.terms, 1.0)}
        every = ((term, field, self._documents(field, term)) for term in weights for field in FIELDS)
        return [_Asked(self._term(term, field, weights[term]), term, n) for term, field, n in every if n]

    def _telling(self, asked: "Sequence[_Asked]") -> "Sequence[_Asked]":
        """Without the terms that stand nearly everywhere; all where there are no others."""
        most = FREQUENT * self._searcher.num_docs
        return [one for one in asked if self.documents_with(one.term) <= most] or asked

    def _term(self, term: str, field: str, weight: float) -> Query:
        query = Query.term_query(self._schema, field, term)
        return query if weight == 1 else Query.boost_query(query, weight)

    def _dated(self, dated: Sequence[Sequence[str]]) -> list[tuple[Occur, Query]]:
        return [(Occur.Must, Query.const_score_query(self._any(group), 0.0)) for group in dated]

    def _any(self, terms: Sequence[str]) -> Query:
        queries = [Query.term_query(self._schema, field, term) for field in DATES for term in terms]
        return Query.boolean_query([(Occur.Should, one) for one in queries])

    def _search(self, query: Query, limit: int) -> tuple[Numbers, Floats]:
        hits = self._searcher.search(query, limit, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return np.array(numbers, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float32)

    def documents_with(self, term: str) -> int:
        """In how many passages a word stands, dead ones that are not yet forgotten included."""
        return max(self._documents("text", term), self._documents("context", term))


def _are_in(numbers: Numbers, allowed: Numbers) -> NDArray[np.bool_]:
    """Which of the numbers are among those allowed, ascending."""
    at = np.minimum(np.searchsorted(allowed, numbers), len(allowed) - 1)
    return np.asarray(allowed[at] == numbers)


def stems(text: str) -> list[str]:
    """The words of a text, in order, as they are compared in search: without case, accents and English endings."""
    return list(_stemmer().analyze(_undotted(text)))


@lru_cache(MOST_KEPT)
def _terms(text: str) -> tuple[str, ...]:
    """What is asked for several times by a question, and again by the next that finds the same passages."""
    return tuple(dict.fromkeys(stems(text)))


@cache
def _stemmer() -> tantivy.TextAnalyzer:
    return _analyzer()


def _schema() -> tantivy.Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("number", indexed=True, fast=True)
    builder.add_text_field("context", tokenizer_name=ANALYZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=ANALYZER, index_option="freq")
    builder.add_text_field("written", tokenizer_name=WRITTEN, index_option="basic")
    builder.add_text_field("times", tokenizer_name=ANALYZER, index_option="freq")
    builder.add_unsigned_field("generation", stored=True)
    builder.add_text_field("store", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _register(index: tantivy.Index) -> None:
    index.register_tokenizer(ANALYZER, _analyzer())
    index.register_tokenizer(WRITTEN, _written().build())


def _written() -> TextAnalyzerBuilder:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST_WORD))
    return builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())


def _analyzer() -> tantivy.TextAnalyzer:
    return _written().filter(Filter.stemmer("english")).build()


def _undotted(text: str) -> str:
    """Abbreviations without their dots: U.S. and US are one word, not two letters."""
    return DOTTED.sub(lambda match: match.group().replace(".", "") + " ", text)


def _marker(store: str, generation: int) -> Document:
    marker = Document()
    marker.add_unsigned("number", MARKER)
    marker.add_unsigned("generation", generation)
    marker.add_text("store", store)
    return marker


def _document(words: Words) -> Document:
    document = Document()
    document.add_unsigned("number", words.number)
    context, text = _undotted(words.context), _undotted(words.text)
    document.add_text("context", context)
    document.add_text("text", text)
    document.add_text("times", words.times)
    document.add_text("written", f"{context}\n{text}")
    return document


def _write(index: tantivy.Index, words: Iterable[Words], gone: Sequence[int], marker: Document) -> None:
    writer = index.writer(heap_size=HEAP_BYTES, num_threads=1)
    try:
        # By query: deleting by term takes no notice of unsigned numbers.
        writer.delete_documents_by_query(Query.term_set_query(index.schema, "number", [MARKER, *gone]))
        for item in words:
            writer.add_document(_document(item))
        writer.add_document(marker)
        writer.commit()
        writer.wait_merging_threads()
    finally:
        # It locks the folder as long as it lives, and a fault's traceback would keep it alive.
        del writer

"""The vectors and words of a data folder, made from its store: in place before the store names them."""

from collections.abc import Callable, Iterable
from pathlib import Path

from index.compression import projection
from index.durable import keep_only
from index.errors import FolderDamaged
from index.lexical import WordIndex, Words, check_files
from index.makers import Makers
from index.store import Snapshot, Transaction
from index.vectors import Mask, Row, Segment, SegmentDamaged, check_segment, to_join, write_segment

LOST = (
    "has vectors, but its store.sqlite is new or was emptied: restore that from a backup, or remove the folder to begin"
    " anew"
)


class Derived:
    """What is made from one folder's store by whoever makes what answers.

    It counts once the transaction in which it is made is committed.
    """

    def __init__(self, path: Path, makers: Makers, damaged: Callable[[str], None]) -> None:
        """``damaged`` is told in words what has to be made again."""
        self._path, self._vectors, self._words = path, path / "vectors", path / "words"
        self._makers, self._damaged = makers, damaged

    def add_edition(self, transaction: Transaction, generation: int) -> int:
        """A new edition, empty, for the encoder that is in use."""
        maker = self._makers.now.maker
        words = self.make_words(transaction, "new", (), generation)
        return transaction.add_edition(maker.made_by, words, projection(maker.encoder.word_embeddings()))

    def add_vectors(self, transaction: Transaction, edition: int, rows: list[Row], generation: int) -> None:
        """Put a segment of these rows in place, joined with smaller ones when there are many."""
        if not rows:
            return
        joined = self._whole(transaction, to_join(transaction.segments(edition), len(rows)))
        rows = sorted(rows, key=lambda row: row.number)
        name, taken_in = f"{generation:012d}", [self._living(transaction, edition, other) for other in joined]
        passages = write_segment(self._vectors, name, rows, self._makers.now.maker.encoder.dimension, taken_in)
        for other in joined:
            transaction.drop_segment(other)
        self._makers.now.states.let_go(joined)
        transaction.add_segment(name, edition, passages)

    def _living(self, transaction: Transaction, edition: int, name: str) -> tuple[Segment, Mask]:
        """A segment with its rows that live."""
        segment = self.segment(name)
        return segment, segment.among(transaction.live_numbers(edition, segment.first, segment.last))

    def _whole(self, transaction: Transaction, names: set[str]) -> set[str]:
        """Those that are as they were written: damage must not come under a new checksum. Of others nothing counts."""
        damaged = {name for name in names if not self.is_whole(name)}
        for name in damaged:
            transaction.drop_segment(name)
            self._damaged(f"vectors/{name} is damaged: it is made again")
        return names - damaged

    def is_whole(self, name: str, between: Callable[[], None] = lambda: None) -> bool:
        """Whether every file of a segment is as it was written: reads all of them, ``between`` every few megabytes."""
        try:
            check_segment(self._vectors, name, between)
        except SegmentDamaged:
            return False
        return True

    def segment(self, name: str) -> Segment:
        """:raises SegmentDamaged: it can't be used."""
        return self._makers.now.states.segment(name)

    def make_words(self, transaction: Transaction, kind: str, words: Iterable[Words], generation: int) -> str:
        """Make a word index; it counts once the transaction has committed the name that this returns."""
        name = f"{generation:012d}-{kind}"
        WordIndex.make(self._words / name, transaction.identity(), words, generation)
        return name

    def write_words(self, transaction: Transaction, edition: int, words: Iterable[Words], generation: int) -> None:
        """Add to an edition's words, make them as new as ``generation``, and forget what is committed as removed."""
        index = self._makers.now.states.words(transaction, edition)
        # Their last write forgot what was removed before it, not what it removed itself.
        gone = transaction.removed(index.searcher().generation, transaction.generation())
        index.write(words, gone.tolist(), generation)

    def checked_words(self, snapshot: Snapshot, edition: int, thorough: bool = True) -> WordIndex:
        """:raises WordsDamaged: they can't be used, were written meanwhile, or (``thorough``) differ from checksums."""
        if thorough:
            check_files(self._words / snapshot.words()[edition])
        return self._makers.now.states.words(snapshot, edition)

    def clear_away(self, transaction: Transaction) -> None:
        """Remove what the store does not name: what crashed or failed writes left, and what the last ones replaced."""
        named = transaction.words()
        if not named and _has_vectors(self._path):
            raise FolderDamaged(f"{self._path} {LOST}")
        keep_only(self._vectors, transaction.segments())
        keep_only(self._words, set(named.values()))


def refuse_lost(path: Path) -> None:
    """Where vectors are and no store, one that is new would look as if nothing had ever been there.

    :raises FolderDamaged: that is so of the folder at ``path``.
    """
    store = path / "store.sqlite"
    is_there = any(file.is_file() and file.stat().st_size for file in (store, path / "store.sqlite-wal"))
    if not is_there and _has_vectors(path):
        raise FolderDamaged(f"{path} {LOST}")


def _has_vectors(path: Path) -> bool:
    vectors = path / "vectors"
    return vectors.is_dir() and any(vectors.iterdir())

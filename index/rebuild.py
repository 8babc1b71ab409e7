"""STORY: the store in, vectors and words out."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from index.embedding import Encoder
from index.folder import Index
from index.makers import Maker
from index.marking import Outlined
from index.prepare import as_input, context, made_by, outlined, prepare
from index.state import Status
from index.upkeep import Upkeep

BATCH_PASSAGES = 256
BATCH_ARTICLES, BATCH_COUNTED = 32, 512
# What was written while the last batch was encoded is encoded while writers wait, if it is no more than this.
FEW_ARTICLES = 32
LOCK_TIMEOUT = 30.0


Finding = Callable[[Mapping[str, object]], Maker | None]


def open_index(
    path: Path,
    encoder: Encoder,
    lock_timeout: float = LOCK_TIMEOUT,
    find_maker: Finding = lambda _: None,
    first: Callable[[Index], None] | None = None,
) -> Index:
    """Open a data folder, made if it is not there, and make again what is missing or damaged of vectors and words.

    One that another model made is used with what ``find_maker`` gives for it, until ``encoder`` has taken over.
    Large archives take long to read: who can't wait says what is done ``first`` instead of `mend`.

    :raises IndexMismatch: it was made with another model or other settings.
    :raises FolderDamaged: the store can't be read.
    :raises FolderHeld: another writer kept the folder for longer than ``lock_timeout`` seconds.
    """
    index = _opened(path, encoder, lock_timeout)
    index.makers.find = find_maker
    try:
        (first or mend)(index)
    except BaseException:
        index.close()
        raise
    return index


def _opened(path: Path, encoder: Encoder, lock_timeout: float) -> Index:
    by = maker(encoder, made_by(encoder))
    return Index(path, by.encoder, by.made_by, by.context, lock_timeout)


def maker(encoder: Encoder, made_by: Mapping[str, object]) -> Maker:
    """What makes editions with a model, under the settings ``made_by``."""
    return Maker(encoder, made_by, lambda a, p: context(a, p, encoder))


def leave_out(index: Index) -> None:
    """Let questions be answered by what can be opened of vectors and words, at once."""
    upkeep = Upkeep(index, thorough=False)
    upkeep.refuse_other()
    upkeep.mend_words()
    upkeep.drop_damaged_vectors()


def mend(index: Index) -> None:
    """Make again what is missing or damaged of vectors and words; what is whole stays.

    :raises IndexMismatch: the folder was made with another model or other settings.
    """
    _mend(index, Upkeep(index))


def mend_unusable(index: Index) -> None:
    """As `mend`, but that vectors which can be opened are taken for whole.

    Where the disk has changed some, that bends the order of what is found; what is quoted is sealed by itself.
    """
    _mend(index, Upkeep(index, thorough=False))


def _mend(index: Index, of_vectors: Upkeep) -> None:
    upkeep = Upkeep(index)
    upkeep.refuse_other()
    upkeep.mend_words()
    of_vectors.drop_damaged_vectors()
    while unseen := upkeep.unseen(BATCH_PASSAGES):
        inputs = [as_input(u.article, u.passage, index.context(u.article, u.passage)) for u in unseen]
        encoded = index.encoder.encode(inputs, index.give_way)
        upkeep.give_vectors({u.number: e for u, e in zip(unseen, encoded, strict=True)})
    while uncounted := upkeep.uncounted(BATCH_COUNTED):
        upkeep.count([Outlined(u.version, u.article, outlined(u.article, u.passages)) for u in uncounted])


def reindex(
    path: Path, encoder: Encoder, lock_timeout: float = LOCK_TIMEOUT, progress: Callable[[int], None] | None = None
) -> Status:
    """Cut and encode every article anew; the old vectors and words answer until the new ones are complete.

    One that was interrupted goes on where it stopped. ``progress`` is told how many articles each step did.

    :raises FolderDamaged: the store can't be read.
    :raises FolderHeld: another writer kept the folder for longer than ``lock_timeout`` seconds.
    """
    with closing(_opened(path, encoder, lock_timeout)) as index:
        upkeep = Upkeep(index)
        upkeep.mend_words()
        upkeep.drop_damaged_vectors()
        edition, few = upkeep.begin_edition(), 0
        while not upkeep.answer_with(edition, few, lambda late: prepare(late, encoder)):
            few = FEW_ARTICLES
            for articles in upkeep.lacking(edition, BATCH_ARTICLES):
                upkeep.extend(edition, prepare(articles, encoder, index.give_way))
                if progress is not None:
                    progress(len(articles))
        mend(index)
        return index.status()

"""From settings to an open index: which model, which folder, and the seeds where a demo is asked for."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

from index.discovery import find, still_there, whole
from index.embedding import DEFAULT_MODEL, Encoder, open_encoder
from index.errors import Invalid, ModelUnusable
from index.folder import Index, Pruned, open_store
from index.ingest import Progress, Summary, ingest
from index.makers import Maker
from index.reader.others import named_reader
from index.reader.reading import Reader
from index.reader.shipped import shipped_reader
from index.readers import Limits
from index.rebuild import Finding, leave_out, maker, mend, mend_unusable, open_index, reindex
from index.records import Filters
from index.state import Status
from index.store import Snapshot
from service.calibration import kept
from service.settings import PREFIX, Settings

logger = logging.getLogger(__name__)

LOOKED_FOR_AGAIN_SECONDS = 60.0


def encoder(settings: Settings) -> Encoder:
    with _naming("MODEL", settings.model):
        return open_encoder(settings.model, settings.backend, settings.data)


def reader(settings: Settings) -> Reader | None:
    if not settings.reader_ms:
        return None
    seconds = settings.reader_ms / 1000
    match settings.reader:
        case "none":
            return None
        case "shipped":
            return shipped_reader(seconds, settings.workers)
        case model:
            with _naming("READER", model):
                return named_reader(model, seconds)


@contextmanager
def _naming(setting: str, model: str | None) -> Iterator[None]:
    """A fault of a model that was set says by which variable; what can be no model's name is not looked for at all."""
    try:
        if model is not None and "/" not in model and not Path(model).is_dir():
            raise ModelUnusable("is no folder here and no model's name, such as maker/model")
        yield
    except ModelUnusable as fault:
        if model is None:
            raise
        raise ModelUnusable(f"{PREFIX}{setting}={model!r}: {fault}") from fault


def open_to_read(settings: Settings) -> Index:
    """The index of a data folder that is there; vectors are held against no checksum where they can be opened.

    Raises:
        Invalid: there is no such folder: a mistyped name must not look like an empty archive.
    """
    _refuse_missing(settings)
    return _open_with_reader(settings, first=mend_unusable)


def finding(settings: Settings) -> Finding:
    """What gives the model by whose name an edition was made, where it is still the same.

    One that could not be had is not looked for again for a while: every question would wait for it.
    """
    failed: dict[object, float] = {}

    def find(made_by: Mapping[str, object]) -> Maker | None:
        name, fingerprint = str(made_by.get("model")), made_by.get("fingerprint")
        if monotonic() - failed.get(fingerprint, -LOOKED_FOR_AGAIN_SECONDS) < LOOKED_FOR_AGAIN_SECONDS:
            return None
        chosen = settings.model_copy(update={"model": None if name == DEFAULT_MODEL else name})
        try:
            made = encoder(chosen)
        except ModelUnusable as fault:
            logger.warning("the archive was made with the model %r, which can't be opened: %s", name, fault)
        else:
            if made.fingerprint == fingerprint:
                return maker(made, made_by)
            logger.warning("the archive was made with another state of the model %r", name)
        failed[fingerprint] = monotonic()
        return None

    return find


def open_to_write(settings: Settings, *, as_made: bool = False, first: Callable[[Index], None] = mend) -> Index:
    """The index of the data folder, made where there is none; without a reader, which nobody who writes waits for.

    One that another model made is refused, or used with that model, ``as_made``; where one takes over later, it is
    gone on with that.
    """
    calibration, find = kept(settings.data), finding(settings)
    index = open_index(
        settings.data, encoder(settings), settings.lock_timeout, find if as_made else lambda _: None, first
    )
    index.calibration, index.makers.find = calibration, find
    return index


def open_to_serve(settings: Settings) -> Index:
    """The index of the data folder, made where there is none; for a demo, with the seeds in it if it is empty.

    One that another model made is served with that model.
    """
    if settings.demo and not settings.seeds.is_dir():
        raise Invalid(f"FOOTNOTE_SEEDS={str(settings.seeds)!r}: is no folder; the demo needs one of articles")
    # What is damaged is for the scrubber to find, beside the questions.
    index = _open_with_reader(settings, as_made=True, first=leave_out)
    if settings.demo and not index.status().articles:
        logger.info("demo: took in %d articles", take_in(index, settings, [settings.seeds]).added)
    index.sort(settings.exact_until)
    return index


@contextmanager
def store_to_read(settings: Settings) -> Iterator[Snapshot]:
    """One state of the data folder's store alone, for what needs no model; raises as `open_to_read` does."""
    _refuse_missing(settings)
    with closing(open_store(settings.data, settings.lock_timeout)) as store, store.reading() as snapshot:
        yield snapshot


def _open_with_reader(settings: Settings, *, as_made: bool = False, first: Callable[[Index], None]) -> Index:
    # It is soon loaded, so what is wrong with it is said before the wait for the rest.
    chosen = reader(settings)
    index = open_to_write(settings, as_made=as_made, first=first)
    index.reader = chosen
    return index


def take_in(
    index: Index,
    settings: Settings,
    paths: Sequence[Path],
    id_prefix: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Takes files and folders in, each article whole or not at all."""
    limits = Limits(max_characters=settings.max_characters)
    return ingest(index, find(paths, id_prefix=id_prefix), limits, progress)


def prune(index: Index, folders: Sequence[Path]) -> Pruned:
    """Forgets the articles whose files have gone from these folders.

    Raises:
        Invalid: what has gone from one can't be told.
    """
    found = [index.prune(whole(folder), still_there(folder)) for folder in folders]
    return Pruned(tuple(f for one in found for f in one.files), tuple(a for one in found for a in one.articles))


def refuse_unprunable(folders: Sequence[Path]) -> None:
    """Says before anything is done what would stop `prune`."""
    for folder in folders:
        still_there(folder)


def forget(settings: Settings, filters: Filters) -> list[str]:
    """Deletes the articles of a publisher, a tag or an id, with all their earlier texts; says which."""
    _refuse_missing(settings)
    with closing(open_to_write(settings)) as index:
        return index.delete_chosen(filters)


def reindexed(settings: Settings, progress: Callable[[int, int], None] = lambda *_: None) -> Status:
    """Vectors and words of the data folder, made again from its store; ``progress`` is told how many of how many."""
    _refuse_missing(settings)
    with closing(open_store(settings.data, settings.lock_timeout)) as store:

        def step(_: int) -> None:
            with store.reading() as snapshot:
                for edition in snapshot.unfinished()[-1:]:
                    progress(edition.done, edition.articles)

        return reindex(settings.data, encoder(settings), settings.lock_timeout, step)


def _refuse_missing(settings: Settings) -> None:
    if not settings.data.is_dir():
        raise Invalid(f"there is no data folder {settings.data}: footnote ingest makes one, --data names another")

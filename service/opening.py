"""From settings to an open index: which model, which folder, and the seeds where a demo is asked for."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from index.discovery import find
from index.embedding import Encoder, SentenceTransformerEncoder
from index.errors import Invalid
from index.folder import Index
from index.ingest import Progress, Summary, ingest
from index.readers import Limits
from service.settings import Settings

logger = logging.getLogger(__name__)


def encoder(settings: Settings) -> Encoder:
    return SentenceTransformerEncoder(settings.model)


def open_to_read(settings: Settings) -> Index:
    """The index of a data folder that is there.

    Raises:
        Invalid: there is no such folder: a mistyped name must not look like an empty archive.
    """
    if not settings.data.is_dir():
        raise Invalid(f"there is no data folder {settings.data}: footnote ingest makes one, --data names another")
    return open_to_write(settings)


def open_to_write(settings: Settings) -> Index:
    """The index of the data folder, made where there is none."""
    return Index.open(settings.data, encoder(settings), lock_timeout=settings.lock_timeout)


def open_to_serve(settings: Settings) -> Index:
    """The index of the data folder, made where there is none; for a demo, with the seeds in it if it is empty."""
    index = open_to_write(settings)
    if settings.demo and not index.status().articles:
        logger.info("demo: %s", take_in(index, settings, [settings.seeds]))
    return index


def take_in(
    index: Index,
    settings: Settings,
    paths: Sequence[Path],
    id_prefix: str = "",
    progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Takes files and folders in, each article whole or not at all."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise Invalid(f"there is no file or folder {missing[0]}")
    return ingest(index, find(paths, id_prefix), Limits(max_characters=settings.max_characters), progress)

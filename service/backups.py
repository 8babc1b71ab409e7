"""The commands `footnote backup`, `footnote restore` and `footnote export`."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from index.errors import Invalid

if TYPE_CHECKING:
    from index.backup.shape import Header

Data = Annotated[Path | None, typer.Option("--data", help="The data folder; $FOOTNOTE_DATA, then ./data by default.")]
MEGABYTE = 1_000_000
SOME_LEFT_OUT = 1
PIPE_CLOSED = 141


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Compressed where it ends on .gz or .tgz.")],
    data: Data = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    without_index: Annotated[
        bool, typer.Option("--without-index", help="Leave out what is made again from the articles: far smaller.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only read a backup and hold it against its checksums.")
    ] = False,
) -> None:
    """Keep the archive, in use or not, with keys and kept answers in one file, and read that back."""
    if verify:
        _verify(file)
        return
    from index.backup.taking import Plan, take
    from service.calibration import NAME
    from service.settings import load

    settings = load(data=data)
    plan = Plan(databases(), (NAME,), not without_index, version("footnote"), settings.lock_timeout)
    with _megabytes("keeping") as progress:
        header = take(settings.data, file, plan, overwrite=overwrite, progress=progress)
    typer.echo(f"{file}: {_told(header)}, read back and whole")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What footnote backup made.")],
    data: Data = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Where the data folder is not empty: what is there is kept inside it.")
    ] = False,
) -> None:
    """Make a data folder of a backup, all of it or nothing."""
    from index.backup.restoring import restore as restored
    from service.settings import load

    settings = load(data=data)
    with _megabytes("restoring") as progress:
        header, before = restored(_there(file), settings.data, databases(), replace=replace, progress=progress)
    typer.echo(f"{settings.data}: {_told(header)}")
    if before:
        typer.echo(f"what was there is in {before}: remove it when you need it no longer")


def export(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="A file that ends on .jsonl; - is stdout.")] = Path(
        "-"
    ),
    data: Data = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write every article with all its texts, for footnote ingest to take in elsewhere under the same ids."""
    from index.export import exported
    from service.opening import store_to_read
    from service.settings import load

    settings, lost = load(data=data), list[str]()
    try:
        with store_to_read(settings) as store, _written(file, overwrite) as stream:
            for line in exported(store, lambda fault: lost.append(str(fault))):
                stream.write(line.encode())
    except BrokenPipeError:
        # Who closed it has read enough; the interpreter flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(PIPE_CLOSED) from None
    for fault in lost:
        typer.echo(f"left out: {fault}", err=True)
    if lost:
        raise typer.Exit(SOME_LEFT_OUT)


@contextmanager
def _written(file: Path, overwrite: bool) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there whole or not at all."""
    if file == Path("-"):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    from index.durable import writing_durably

    if file.is_dir() or (file.exists() and not overwrite):
        raise Invalid(f"{file} is there already: choose another name, or say --overwrite")
    with writing_durably(file) as stream:
        yield stream


def _verify(file: Path) -> None:
    from index.backup.shape import read

    with _megabytes("reading") as progress:
        header = read(_there(file), lambda _, pieces: [*map(len, pieces)], progress)
    typer.echo(f"{file}: {_told(header)}, whole")


def _there(file: Path) -> Path:
    if not file.is_file():
        raise Invalid(f"there is no file {file}")
    return file


def databases() -> dict[str, int]:
    """The databases of a data folder that are kept, with the newest format known of each."""
    from index.store import newest_format
    from service.database import FILE

    return {"store.sqlite": newest_format("index.migrations"), FILE: newest_format("service.migrations.service")}


def _told(header: "Header") -> str:
    from service.progress import many

    earlier = header.versions - header.articles
    also = f" and {many(earlier, 'earlier text')}" if earlier else ""
    return f"{many(header.articles, 'article')}{also} of {header.made_at}, {header.size / MEGABYTE:,.1f} MB"


@contextmanager
def _megabytes(doing: str) -> "Iterator[Callable[[int, int], None]]":
    from service.progress import changing_line

    with changing_line() as show:
        yield lambda done, of: show(f"{doing}: {done / MEGABYTE:,.1f} of {of / MEGABYTE:,.1f} MB")

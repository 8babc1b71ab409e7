"""What long commands show on stderr while they run, and what an ingest says at its end."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from time import monotonic

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from index.ingest import Progress as Step
from index.ingest import Summary
from index.records import Rejection
from service.terminal import inert

# How often a log, or whatever else is no terminal, is told how far it is.
SAID_EVERY_SECONDS = 10
# Names that one line lists.
MOST_NAMES = 10


@contextmanager
def changing_line() -> Iterator[Callable[[str], None]]:
    """Gives what sets the line; in a terminal it changes in place, elsewhere it is a line of its own now and then."""
    if not sys.stderr.isatty():
        yield _now_and_then()
        return
    # File names are hostile too: no markup in them.
    columns = SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda text: bar.update(task, description=inert(text))


def _now_and_then() -> Callable[[str], None]:
    said_at = monotonic()

    def show(text: str) -> None:
        nonlocal said_at
        if monotonic() - said_at >= SAID_EVERY_SECONDS:
            said_at = monotonic()
            sys.stderr.write(f"{inert(text)}\n")
            sys.stderr.flush()

    return show


def many(count: int, noun: str) -> str:
    """A count as people say it: ``1 article``, ``2 articles``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def taken_in(step: Step) -> str:
    return f"{many(step.files, 'file')}, {many(step.articles, 'article')}  {step.file}"


def counted(show: Callable[[str], None]) -> Callable[[int, int], None]:
    """Shows how many of how many articles are done."""
    return lambda done, of: show(f"{done} of {many(of, 'article')}")


def forgotten(files: Sequence[str], articles: Sequence[str]) -> str:
    """What `ingest --prune` forgot: the counts in one line, then one line for each."""
    gone = [f"gone: {inert(file)}" for file in files]
    return "\n".join([f"{many(len(files), 'file')} gone, {_forgotten(articles)}", *gone, *_ids(articles)])


def chosen(articles: Sequence[str], *, done: bool) -> str:
    """What `forget` forgot, or would."""
    found = many(len(articles), "article")
    said = _forgotten(articles) if done else f"{found} would be forgotten; --yes does it"
    return "\n".join([said, *(_ids(articles))])


def _forgotten(articles: Sequence[str]) -> str:
    return f"{many(len(articles), 'article')} forgotten"


def _ids(articles: Sequence[str]) -> list[str]:
    return [f"article: {inert(id)}" for id in articles]


def summed_up(summary: Summary) -> str:
    """The counts in one line, that of boilerplate in one, then the notes on what went in and what did not go in."""
    counts = {
        "added": summary.added,
        "unchanged": summary.unchanged,
        "replaced": summary.replaced,
        "rejected": len(summary.rejected),
    }
    boilerplate = [f"{summary.boilerplate} paragraphs taken for boilerplate"] if summary.boilerplate else []
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    return "\n".join([said, *boilerplate, *_notes(summary), *rejected(summary.rejected)])


def _notes(summary: Summary) -> Iterator[str]:
    for id, encoding in summary.guessed.items():
        yield f"encoding guessed: {inert(id)} ({encoding})"
    if summary.unknown:
        names = ", ".join(inert(name) for name in [*summary.unknown_fields][:MOST_NAMES])
        more = ", …" if len(summary.unknown_fields) > MOST_NAMES else ""
        yield f"{many(summary.unknown, 'article')} with fields that are not known: {names}{more}"
    for id in summary.unread_front_matter:
        yield f"front matter not read, it is no plain YAML: {inert(id)}"


def rejected(rejections: Sequence[Rejection]) -> Iterator[str]:
    """A line each, but one for all files of kinds that nobody reads: of a folder they may be the most."""
    unread = [one for one in rejections if one.no_kind]
    if len(unread) > 1:
        kinds = sorted({PurePosixPath(one.file).suffix.lower() or "no suffix" for one in unread})
        more = ", …" if len(kinds) > MOST_NAMES else ""
        yield f"rejected: {len(unread)} files of kinds that are not read: {inert(', '.join(kinds[:MOST_NAMES]))}{more}"
    for one in rejections:
        if len(unread) <= 1 or not one.no_kind:
            yield f"rejected: {inert(str(one))}"

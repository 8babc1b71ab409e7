"""What `footnote ingest` shows while it runs, on stderr, and what it says at its end."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from index.ingest import Progress, Summary
from service.terminal import inert


@contextmanager
def shown_progress() -> Iterator[Callable[[Progress], None]]:
    """Gives what is to be called with each step; one line that changes in a terminal, nothing elsewhere."""
    # File names are hostile too: no markup in them.
    columns = SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with Bar(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("")
        yield lambda step: bar.update(task, description=_line(step))


def _line(step: Progress) -> str:
    counts = f"{step.files_done} files, {step.articles_done} articles, {step.passages_done} passages"
    return f"{counts}  {inert(step.current or '')}"


def summed_up(summary: Summary) -> str:
    """The counts in one line, then one line for each note and each thing that did not go in."""
    counts = {
        "added": summary.added,
        "unchanged": summary.unchanged,
        "replaced": summary.replaced,
        "rejected": len(summary.rejected),
    }
    lines = [", ".join(f"{count} {name}" for name, count in counts.items())]
    return "\n".join([*lines, *(f"rejected: {inert(str(one))}" for one in summary.rejected)])

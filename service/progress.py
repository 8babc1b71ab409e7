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
    return f"{step.files} files, {step.articles} articles  {inert(step.file)}"


def summed_up(summary: Summary) -> str:
    """The counts in one line, then one line for each guess and each thing that did not go in."""
    counts = {
        "added": summary.added,
        "unchanged": summary.unchanged,
        "replaced": summary.replaced,
        "rejected": len(summary.rejected),
    }
    guesses = [f"encoding guessed: {inert(id)} ({encoding})" for id, encoding in summary.guessed.items()]
    rejected = [f"rejected: {inert(str(one))}" for one in summary.rejected]
    return "\n".join([", ".join(f"{count} {name}" for name, count in counts.items()), *guesses, *rejected])

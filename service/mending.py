"""The commands `footnote check` and `footnote repair`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from index.repair import Repaired

Data = Annotated[Path | None, typer.Option("--data", help="The data folder; $FOOTNOTE_DATA, then ./data by default.")]
DAMAGED = 3


def check(data: Data = None) -> None:
    """Hold all of the data folder against its checksums and change nothing; ends with 3 where something differs."""
    from service.damage import damages
    from service.settings import load

    folder = load(data=data).data
    found = [*damages(folder)]
    for damage in found:
        typer.echo(f"{damage.file}: {damage.what}\n    {damage.todo}")
    if found:
        raise typer.Exit(DAMAGED)
    typer.echo(f"{folder} is whole")


def repair(data: Data = None) -> None:
    """Save every article that can be read, say what can't be, and make again what is made from the articles."""
    from index.repair import repair as repaired
    from service.damage import put_aside
    from service.keys import repaired as repaired_keys
    from service.opening import reindexed
    from service.progress import changing_line, counted, many
    from service.settings import load

    settings = load(data=data)
    done = repaired(settings.data)
    for line in (*_told(done), *repaired_keys(settings.data), *put_aside(settings.data)):
        typer.echo(line)
    with changing_line() as show:
        status = reindexed(settings, counted(show))
    typer.echo(f"{many(status.articles, 'article')} in {many(status.passages, 'passage')}")


def _told(done: "Repaired") -> list[str]:
    from service.progress import many

    if done.aside is None:
        return ["the articles are whole; vectors and words are made again"]
    saved = done.salvaged
    earlier = saved.versions - len(saved.articles)
    said = [f"saved {many(len(saved.articles), 'article')} and {many(earlier, 'earlier text')}"]
    lost = [f"not saved as it was: {line}" for line in saved.lost] or ["nothing was lost"]
    return [*said, *lost, f"the damaged store is kept in {done.aside}"]

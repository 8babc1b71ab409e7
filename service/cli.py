"""The command line. Logs and progress go to stderr, results to stdout."""

import logging
import os
import sys
from contextlib import closing
from io import TextIOWrapper
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from index.errors import FootnoteError, Invalid, NotFound
from index.records import FileState, Filters
from service import backups, mending
from service.keyring import commands

if TYPE_CHECKING:
    from service.settings import Settings

# Every command imports what it needs by itself: model and index take seconds, `--help` must not.

PIPE_CLOSED = 141
SOME_REJECTED = 1
DATA_FOLDER_UNUSABLE = 3
ALL = 2**31

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cli.add_typer(commands, name="keys")
cli.command()(backups.backup)
cli.command()(backups.restore)
cli.command()(backups.export)
cli.command()(mending.check)
cli.command()(mending.repair)
Data = Annotated[Path | None, typer.Option("--data", help="The data folder; $FOOTNOTE_DATA, then ./data by default.")]


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"footnote {version('footnote')}")
        raise typer.Exit


@cli.callback()
def footnote(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version and end.")
    ] = False,
) -> None:
    """Answers questions from an archive of articles, with citations that are exact to the character."""


@cli.command()
def ingest(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders, and addresses of pages, feeds and sitemaps.")
    ],
    data: Data = None,
    id_prefix: Annotated[str, typer.Option("--id-prefix", metavar="P", help="Put before every id.")] = "",
    prune: Annotated[bool, typer.Option("--prune", help="Forget what has gone from the folders given.")] = False,
) -> None:
    """Take files, folders and addresses in; the same again changes nothing."""
    from service import opening
    from service.feeds import given
    from service.feeds.addresses import is_of_web
    from service.feeds.visiting import add
    from service.progress import changing_line, forgotten, summed_up, taken_in

    settings = _settings(data=data)
    addresses, files = [one for one in paths if is_of_web(one)], [Path(one) for one in paths if not is_of_web(one)]
    pruned = files if prune else []
    opening.refuse_unprunable(pruned)
    given.refuse_unfetchable(paths)
    with closing(opening.open_to_write(settings)) as index:
        with changing_line() as show:
            summary = opening.take_in(index, settings, files, id_prefix, lambda step: show(taken_in(step)))
            add(summary, given.take_in(index, settings, addresses, id_prefix, lambda step: show(taken_in(step))))
        _say(summed_up(summary))
        if prune:
            gone = opening.prune(index, pruned)
            _say(forgotten(gone.files, gone.articles))
    if summary.rejected:
        raise typer.Exit(SOME_REJECTED)


@cli.command()
def watch(
    data: Data = None,
    file: Annotated[
        Path | None, typer.Option("--sources", metavar="FILE", help="What to watch; $FOOTNOTE_SOURCES by default.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Visit each source once, and end.")] = False,
) -> None:
    """Watch sources: bring what is new at each, when it is due, until stopped."""
    settings = _settings(data=data, sources=file)
    from service.feeds import watched

    if once:
        visits = watched.once(settings)
        _say(watched.table(visits))
        if any(visit.fault or visit.summary.rejected for _, visit in visits):
            raise typer.Exit(SOME_REJECTED)
        return
    watched.run(settings)


@cli.command()
def ask(  # noqa: PLR0913, PLR0917 - one parameter an option is how typer has it
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="The reply as HTTP gives it.")] = False,
    top_k: Annotated[int | None, typer.Option("--top-k", metavar="N", help="How many passages at most.")] = None,
    effort: Annotated[
        str | None, typer.Option("--effort", metavar="fast|careful", help="Ranking alone, or read.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DAY", help='From which "last week" counts.')] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="S", help="Only this publisher; or more.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", metavar="T", help="Only with this tag; or more.")] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="DATE", help="Published then or later.")] = None,
    before: Annotated[str | None, typer.Option("--before", metavar="DATE", help="Published then or earlier.")] = None,
) -> None:
    """Answer a question, with the passages and their sources."""
    from service.schemas import asked

    filters = _given(source=source, tags=tag, published_after=after, published_before=before)
    request = asked(question, **_given(top_k=top_k, effort=effort, as_of=as_of), filters=filters)
    settings = _settings(data=data)
    from service.ask import ask as reply_to
    from service.opening import open_to_read
    from service.terminal import shown

    with closing(open_to_read(settings)) as index:
        reply = reply_to(index, settings, request)
    _say(reply.model_dump_json(indent=2) if as_json else shown(reply, get_terminal_size().columns, styled=_styled()))


def _given(**options: Any) -> dict[str, Any]:
    """Of these options, those that were given."""
    return {name: value for name, value in options.items() if value not in (None, [])}


@cli.command()
def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option("--host", metavar="H", help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="P", help="The port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help="How many processes serve.")] = None,
) -> None:
    """Serve the archive over HTTP."""
    settings = _settings(data=data, host=host, port=port, workers=workers)
    from service.serving import run

    run(settings)


@cli.command()
def mcp(data: Data = None) -> None:
    """Serve the archive to an assistant on this machine, by the Model Context Protocol on stdin and stdout."""
    settings = _settings(data=data)
    from service.chat.mcp.stdio import run

    run(settings)


@cli.command("eval")
def evaluate(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl")],
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures and misses as JSON.")] = False,
) -> None:
    """Measure how well questions with known evidence are answered."""
    from service.evaluate import as_text, evaluated, read, report
    from service.opening import open_to_read

    settings, asked = _settings(data=data), read(questions)
    with closing(open_to_read(settings)) as index:
        results = evaluated(index, settings, asked)
    _say(report(results) if as_json else as_text(results))


@cli.command()
def calibrate(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl")],
    data: Data = None,
) -> None:
    """Fit the confidence to this archive, by questions that it answers and questions that it does not."""
    from service.calibration import calibrated, keep, told
    from service.evaluate import read
    from service.opening import open_to_read

    settings, asked = _settings(data=data), read(questions)
    with closing(open_to_read(settings)) as index:
        fit = calibrated(index, asked)
    _say(told(fit, keep(fit, settings.data)))


@cli.command()
def sources(
    data: Data = None,
    state: Annotated[
        FileState | None,
        typer.Option("--state", help="Only files in this state; rejected ones include those of which a part was."),
    ] = None,
    boilerplate: Annotated[bool, typer.Option("--boilerplate", help="What was taken for no story instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All of them, as HTTP gives a page.")] = False,
) -> None:
    """List the sources that are watched, the files that were given, and what became of each."""
    settings = _settings(data=data)
    if boilerplate:
        _boilerplate(settings, state, as_json)
        return
    from service.feeds import reporting
    from service.ledger import page, table
    from service.opening import store_to_read

    with store_to_read(settings) as store:
        found = store.files(0, ALL, state)
    reply = page(found, ALL).model_copy(update={"feeds": reporting.all_of(settings).feeds})
    if as_json:
        _say(reply.model_dump_json(indent=2))
        return
    if reply.feeds:
        _say(f"{reporting.table(reply.feeds)}\n")
        _say("")
    _say(table(reply.sources))


def _boilerplate(settings: "Settings", state: FileState | None, as_json: bool) -> None:
    if state is not None:
        raise Invalid("--boilerplate is of articles, --state of files: give one of them")
    from service.boilerplate import listed, table
    from service.opening import store_to_read

    with store_to_read(settings) as store:
        reply = listed(store.repeats.boilerplate())
    _say(reply.model_dump_json(indent=2) if as_json else table(reply))


@cli.command()
def forget(
    data: Data = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="S", help="All articles of a publisher; or more.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="T", help="All articles with a tag; or more.")
    ] = None,
    article: Annotated[list[str] | None, typer.Option("--article", metavar="ID", help="One article; or more.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only shown what would be forgotten.")] = False,
) -> None:
    """Delete articles with all their earlier texts."""
    settings = _settings(data=data)
    from service import opening
    from service.progress import chosen

    filters = _one_filter(source=source, tags=tag, article=article)
    with opening.store_to_read(settings) as store:
        articles = store.chosen(filters)
    if not articles:
        raise NotFound("no article is of this publisher, has this tag or this id")
    _say(chosen(opening.forget(settings, filters) if yes else articles, done=yes))


def _one_filter(source: list[str] | None, tags: list[str] | None, article: list[str] | None) -> Filters:
    asked = [values for values in (source, tags, article) if values]
    if len(asked) != 1 or "" in asked[0]:
        raise Invalid("forget needs one of --source, --tag and --article, as often as you like, and no second of them")
    return Filters(source=tuple(source or ()), tags=tuple(tags or ()), article=tuple(article or ()))


@cli.command()
def reindex(data: Data = None) -> None:
    """Make vectors and words again from the store."""
    settings = _settings(data=data)
    from service.opening import reindexed
    from service.progress import changing_line, counted, many

    with changing_line() as show:
        status = reindexed(settings, counted(show))
    _say(f"{many(status.articles, 'article')} in {many(status.passages, 'passage')}")


def main() -> None:
    """The command `footnote`: a fault becomes one line on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # In a locale that can't write a character of an article, it is shown escaped.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        cli()
    except FootnoteError as fault:
        from service.faults import meaning

        _end(fault, meaning(fault).exit_code)
    except OSError as fault:
        _end(fault, DATA_FOLDER_UNUSABLE)


def _end(fault: Exception, code: int) -> NoReturn:
    typer.echo(f"footnote: {fault}", err=True)
    sys.exit(code)


def _settings(**given: Any) -> "Settings":
    from service.settings import load

    settings = load(**given)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    # It writes its lines by itself; the root would write them again.
    logging.getLogger("huggingface_hub").propagate = False
    for ours in ("service", "index"):
        logging.getLogger(ours).setLevel(settings.log_level.upper())
    return settings


def _say(text: str) -> None:
    """Prints a result; whoever closes the pipe before its end has read enough."""
    try:
        typer.echo(text.rstrip("\n"))
    except BrokenPipeError:
        # The interpreter flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(PIPE_CLOSED) from None


def _styled() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

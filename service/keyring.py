"""The commands `footnote keys`: make, show and revoke keys."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import Invalid

if TYPE_CHECKING:
    from service.keys import Key, Keys

commands = typer.Typer(help="Keys of people and programs that ask or write.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The data folder; $FOOTNOTE_DATA, then ./data by default.")]

WIDTHS = (8, 7, 15, 12, 32, 25, 0)


@commands.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, for the list.")],
    data: Data = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="ask, write or admin; may be given several times.")
    ] = None,
    rate: Annotated[int | None, typer.Option("--rate", min=1, max=1_000_000, help="Requests a minute.")] = None,
    expires: Annotated[str | None, typer.Option("--expires", metavar="DAY", help="The last day it is good.")] = None,
) -> None:
    """Make a key; its token is shown this once."""
    from service.keys import SCOPES

    unknown = [one for one in scope or () if one not in SCOPES]
    if unknown:
        raise Invalid(f"--scope: {unknown[0]!r} is none of {', '.join(SCOPES)}")
    scopes = frozenset(one for one in SCOPES if one in (scope or ["ask"]))
    with _keys(data) as keys:
        key, token = keys.create(name, scopes, rate, _end(expires))
    typer.echo(f"{_line(key)}\nits token, which is not shown again:", err=True)
    typer.echo(token)


@commands.command("list")
def show(data: Data = None) -> None:
    """Show every key that ever was, without its token."""
    with _keys(data) as keys:
        typer.echo(_columns("id", "state", "scopes", "rate", "good", "made", "name"))
        for key in keys.all():
            typer.echo(_line(key))


@commands.command()
def revoke(id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None) -> None:
    """From now on the key opens nothing."""
    with _keys(data) as keys:
        typer.echo(_line(keys.revoke(id)))


@contextmanager
def _keys(data: Path | None) -> "Iterator[Keys]":
    from service.database import Database
    from service.keys import Keys
    from service.settings import load

    settings = load(data=data)
    with closing(Database(settings.data, settings.lock_timeout)) as database:
        yield Keys(database)


def _end(day: str | None) -> datetime | None:
    """The first moment after a day, in UTC."""
    from service.keys import end_of

    try:
        end = None if day is None else end_of(day)
    except ValueError as fault:
        raise Invalid(f"--expires: {fault}") from None
    if end is not None and end <= datetime.now(UTC):
        raise Invalid(f"--expires: {day} has passed")
    return end


def _line(key: "Key") -> str:
    state = "revoked" if key.revoked_at else "good" if key.is_good(datetime.now(UTC)) else "expired"
    until = f"before {key.expires_at}" if key.expires_at else "for ever"
    rate = f"{key.rate} a minute" if key.rate else "any number"
    return _columns(key.id, state, ",".join(sorted(key.scopes)), rate, until, key.created_at, key.name)


def _columns(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()

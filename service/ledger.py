"""What became of every file, as it is shown."""

from collections.abc import Iterable

from index.store import Filed
from service.schemas import Source, SourcesReply
from service.terminal import inert

COLUMNS = ("state", "articles", "bytes", "when", "file")


def page(found: list[Filed], limit: int) -> SourcesReply:
    """The first ``limit`` of the lines found; one more than that tells that there is a next page."""
    shown = found[:limit]
    return SourcesReply(
        sources=[source(filed) for filed in shown], next=str(shown[-1].number) if len(found) > limit else None
    )


def source(filed: Filed) -> Source:
    return Source(
        file=filed.origin.file,
        folder=filed.origin.folder or None,
        id_prefix=filed.origin.prefix,
        state=filed.state,
        reason=filed.reason,
        at=filed.at,
        size=filed.size,
        sha256=filed.sha256,
        articles=filed.articles,
    )


def table(found: Iterable[Source]) -> str:
    """A row a file, its reason behind it; numbers to the right."""
    rows = [COLUMNS, *(_row(one) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    return "\n".join(_line(row, widths) for row in rows)


def _row(one: Source) -> tuple[str, ...]:
    size = "" if one.size is None else str(one.size)
    file = f"{inert(one.file)}: {inert(one.reason)}" if one.reason else inert(one.file)
    return one.state, str(one.articles), size, one.at, file


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    state, articles, size, when, file = row
    cells = state.ljust(widths[0]), articles.rjust(widths[1]), size.rjust(widths[2]), when.ljust(widths[3]), file
    return "  ".join(cells)

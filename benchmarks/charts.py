"""Bars as SVG, small enough for a README, legible on light and dark pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import median

WIDTH, ROW, LABEL, NUMBER, TOP = 640, 26, 210, 110, 34
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.b{fill:#2f6f8f}.s{stroke:#1f2328}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.b{fill:#5aa9cc}.s{stroke:#e6edf3}}"
)


@dataclass(frozen=True)
class Bar:
    """A name, and what several rounds measured."""

    name: str
    values: tuple[float, ...]


def bars(title: str, shown: Sequence[Bar]) -> str:
    """Each bar is as long as its median; a line on it goes from its least to its greatest value."""
    height = TOP + ROW * len(shown) + 8
    scale = (WIDTH - LABEL - NUMBER) / max(max(bar.values) for bar in shown)
    rows = "".join(_row(bar, TOP + ROW * number, scale) for number, bar in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<text class="t" x="0" y="18">{escape(title)}</text>{rows}</svg>\n'
    )


def _row(bar: Bar, top: int, scale: float) -> str:
    low, middle, high = (scale * value for value in (min(bar.values), median(bar.values), max(bar.values)))
    across = top + ROW // 2 - 2
    return (
        f'<text x="0" y="{top + 15}">{escape(bar.name)}</text>'
        f'<rect class="b" x="{LABEL}" y="{top + 2}" width="{middle:.1f}" height="{ROW - 9}"/>'
        f'<line class="s" x1="{LABEL + low:.1f}" x2="{LABEL + high:.1f}" y1="{across}" y2="{across}"/>'
        f'<text x="{LABEL + high + 6:.1f}" y="{top + 15}">{median(bar.values):.1f}</text>'
    )

"""Charts of what was measured, as SVG: small enough for a README, legible on light and dark pages.

``python -m benchmarks.charts FOLDER`` draws what FOLDER's ``speed.json`` and ``growth.json`` hold, beside them.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, log10
from pathlib import Path
from statistics import median
from typing import Any

WIDTH, MARGIN = 680, 16
ROW, LABEL, NUMBER, TOP = 26, 170, 76, 62
PLOT_TOP, PLOT_BOTTOM, PLOT_LEFT, PLOT_RIGHT, HEIGHT, APART = 66, 276, 52, 470, 312, 17
BEYOND = 1.05  # what is so little more than a power of ten needs no further one
STYLE = (
    ".p{fill:#fff}text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.c{font-size:12px;fill:#59636e}"
    ".b{fill:#b4bcc4}.o{fill:#2f6f8f}.s{stroke:#1f2328}.g{stroke:#d1d9e0}.l{fill:none;stroke:#2f6f8f;stroke-width:2}"
    "@media(prefers-color-scheme:dark){.p{fill:#0d1117}text{fill:#e6edf3}.c{fill:#9198a1}.b{fill:#6e7681}"
    ".o{fill:#4493b8}.s{stroke:#e6edf3}.g{stroke:#3d444d}.l{stroke:#4493b8}}"
)
DASHES = ("", "7 4", "2 3", "10 3 2 3")
PEERS = {"txtai": "txtai", "langchain": "LangChain", "llamaindex": "LlamaIndex"}
GROWING = {
    "question": "a whole question",
    "nearest_exactly": "nearest, exactly",
    "words": "best by words",
    "nearest": "nearest, by cells",
}


@dataclass(frozen=True)
class Bar:
    """A name, and what several rounds measured; whether it is ours or a peer's."""

    name: str
    values: tuple[float, ...]
    ours: bool = True


@dataclass(frozen=True)
class Line:
    """A name, and points from left to right, above nought both ways."""

    name: str
    points: tuple[tuple[float, float], ...]


def bars(title: str, caption: str, shown: Sequence[Bar]) -> str:
    """Each bar is as long as its median; a line on it goes from its least to its greatest value."""
    scale = (WIDTH - 2 * MARGIN - LABEL - NUMBER) / max(max(bar.values) for bar in shown)
    rows = "".join(_row(bar, TOP + ROW * number, scale) for number, bar in enumerate(shown))
    return _chart(title, caption, TOP + ROW * len(shown) + MARGIN // 2, rows)


def _row(bar: Bar, top: int, scale: float) -> str:
    low, middle, high = (scale * value for value in (min(bar.values), median(bar.values), max(bar.values)))
    left, across = MARGIN + LABEL, top + ROW // 2 - 2
    return (
        f'<text x="{MARGIN}" y="{top + 15}">{escape(bar.name)}</text>'
        f'<rect class="{"o" if bar.ours else "b"}" x="{left}" y="{top + 2}" width="{middle:.1f}" height="{ROW - 9}"/>'
        f'<line class="s" x1="{left + low:.1f}" x2="{left + high:.1f}" y1="{across}" y2="{across}"/>'
        f'<text x="{left + max(middle, high) + 6:.1f}" y="{top + 15}">{median(bar.values):.3g}</text>'
    )


def lines(title: str, caption: str, shown: Sequence[Line]) -> str:
    """Both axes are logarithmic: what grows as fast as the other axis is a straight line upwards."""
    across = _Axis([x for line in shown for x, _ in line.points], PLOT_LEFT, PLOT_RIGHT)
    up = _Axis([y for line in shown for _, y in line.points], PLOT_BOTTOM, PLOT_TOP)
    grid = "".join(_grid_across(up.at(tick), f"{tick:g}") for tick in up.ticks())
    grid += "".join(_tick_below(across.at(tick), f"{tick:,.0f}") for tick in across.ticks())
    ends = _apart([up.at(line.points[-1][1]) for line in shown])
    drawn = (_line(line, across, up, dashes, end) for line, dashes, end in zip(shown, DASHES, ends, strict=False))
    return _chart(title, caption, HEIGHT, grid + "".join(drawn))


@dataclass(frozen=True)
class _Axis:
    """From the power of ten below the least value to that above the greatest, or just beneath it."""

    values: Sequence[float]
    start: float
    end: float

    def ticks(self) -> list[float]:
        low, high = floor(log10(min(self.values))), ceil(log10(max(self.values) / BEYOND))
        return [10.0**power for power in range(low, high + 1)]

    def at(self, value: float) -> float:
        low, *_, high = (log10(tick) for tick in self.ticks())
        return self.start + (self.end - self.start) * (log10(value) - low) / (high - low)


def _line(line: Line, across: _Axis, up: _Axis, dashes: str, end: float) -> str:
    places = " ".join(f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in line.points)
    x = across.at(line.points[-1][0])
    return (
        f'<polyline class="l" stroke-dasharray="{dashes}" points="{places}"/>'
        f'<text x="{x + 8:.1f}" y="{end + 4:.1f}">{escape(line.name)}: {line.points[-1][1]:.3g}</text>'
    )


def _grid_across(y: float, name: str) -> str:
    return (
        f'<line class="g" x1="{PLOT_LEFT}" x2="{PLOT_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="c" x="{PLOT_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
    )


def _tick_below(x: float, name: str) -> str:
    return f'<text class="c" x="{x:.1f}" y="{PLOT_BOTTOM + 20}" text-anchor="middle">{name}</text>'


def _apart(heights: Sequence[float]) -> list[float]:
    """Where names stand so that none covers another, each as near to its line as that allows."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    placed = list(heights)
    for above, below in pairwise(order):
        placed[below] = max(placed[below], placed[above] + APART)
    return placed


def _chart(title: str, caption: str, height: int, drawn: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<rect class="p" width="{WIDTH}" height="{height}" rx="6"/>'
        f'<text class="t" x="{MARGIN}" y="26">{escape(title)}</text>'
        f'<text class="c" x="{MARGIN}" y="45">{escape(caption)}</text>{drawn}</svg>\n'
    )


def drawings(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each chart of what is measured in a folder, and the file that it belongs into."""
    if (folder / "speed.json").exists():
        measured = json.loads((folder / "speed.json").read_text(encoding="utf-8"))
        yield folder / "embedding.svg", embedding(measured)
        yield folder / "questions.svg", questions(measured)
    if (folder / "growth.json").exists():
        yield folder / "growth.svg", growth(json.loads((folder / "growth.json").read_text(encoding="utf-8")))


def embedding(measured: Mapping[str, Any]) -> str:
    shown = [
        Bar(PEERS.get(name, name), tuple(one["values"]), ours=name not in PEERS)
        for one in measured["figures"]
        for name in [one["name"].removeprefix("embedding, ")]
        if one["name"].startswith("embedding, ")
    ]
    title = f"Passages of 160 tokens embedded a second, {measured['cores']} cores"
    return bars(title, f"more is better; the same model everywhere, {_rounds(measured)}", shown)


def questions(measured: Mapping[str, Any]) -> str:
    shown = [
        Bar(one["name"].replace(", one client", ""), tuple(one["values"]))
        for one in measured["figures"]
        if ", one client, " in one["name"]
    ]
    title = f"Milliseconds until a question is answered over HTTP, {measured['cores']} cores"
    return bars(title, f"less is better; one client, {_rounds(measured)}", shown)


def _rounds(measured: Mapping[str, Any]) -> str:
    rounds = max(len(one["values"]) for one in measured["figures"])
    return f"median of {rounds} rounds, the line from the least to the greatest"


def growth(measured: Sequence[Mapping[str, Any]]) -> str:
    by_size = sorted(measured, key=lambda one: one["passages"])
    shown = [Line(name, tuple((one["passages"], one[field][0]) for one in by_size)) for field, name in GROWING.items()]
    return lines("Milliseconds by passages in the archive", "medians; both axes grow by tens", shown)


def draw(folder: Path) -> None:
    for file, drawn in drawings(folder):
        file.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))

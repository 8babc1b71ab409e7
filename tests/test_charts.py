import json
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.charts import Bar, Line, bars, draw, drawings, lines

SVG = "{http://www.w3.org/2000/svg}"
CHARTS = Path(__file__).resolve().parent.parent / "docs" / "charts"


def test_a_bar_is_as_long_as_its_median_beside_the_longest_and_says_it() -> None:
    drawn = ET.fromstring(
        bars("A & B", "less > more", [Bar("<one>", (10.0, 20.0, 40.0)), Bar("two", (5.0,), ours=False)])
    )

    rows = [(one.get("class"), one.get("width")) for one in drawn.iter(f"{SVG}rect")][1:]
    assert rows == [("o", "201.0"), ("b", "50.2")]
    assert [one.text for one in drawn.iter(f"{SVG}text")] == ["A & B", "less > more", "<one>", "20", "two", "5"]
    assert next((line.get("x1"), line.get("x2")) for line in drawn.iter(f"{SVG}line")) == ("286.5", "588.0")


def test_a_line_goes_by_tens_and_names_do_not_cover_each_other() -> None:
    steep, flat = (
        Line("steep", ((10.0, 1.0), (100.0, 10.0), (1000.0, 100.0))),
        Line("flat", ((10.0, 90.0), (1000.0, 90.0))),
    )
    drawn = ET.fromstring(lines("Growth", "", [steep, flat]))

    assert [one.get("points") for one in drawn.iter(f"{SVG}polyline")] == [
        "52.0,276.0 261.0,171.0 470.0,66.0",
        "52.0,70.8 470.0,70.8",
    ]
    names = {one.text: float(one.get("y", "")) for one in drawn.iter(f"{SVG}text")}
    assert {"steep: 100": 70.0, "flat: 90": 87.0}.items() <= names.items()
    assert [name for name in names if name and name[0] == "1"] == ["1", "10", "100", "1,000"]


def test_charts_are_drawn_from_what_was_measured_by_name(tmp_path: Path) -> None:
    figures = [
        {"name": "embedding, Footnote, int8", "unit": "passages/s", "values": [3, 4, 5]},
        {"name": "embedding, llamaindex", "unit": "passages/s", "values": [2]},
        {"name": "fast, one client, median", "unit": "ms", "values": [7]},
        {"name": "data folder", "unit": "MB", "values": [9]},
    ]
    (tmp_path / "speed.json").write_text(json.dumps({"cores": 2, "figures": figures}))

    draw(tmp_path)

    found = {file.name: [*ET.fromstring(file.read_text()).iter(f"{SVG}text")] for file in tmp_path.glob("*.svg")}
    said = {name: [one.text for one in texts[2:]] for name, texts in found.items()}
    assert said == {"embedding.svg": ["Footnote, int8", "4", "LlamaIndex", "2"], "questions.svg": ["fast, median", "7"]}


def test_the_charts_in_docs_are_those_of_the_figures_beside_them() -> None:
    drawn = {file.name: text for file, text in drawings(CHARTS)}

    assert drawn == {file.name: file.read_text(encoding="utf-8") for file in CHARTS.glob("*.svg")}
    assert sorted(drawn) == ["embedding.svg", "growth.svg", "questions.svg"]

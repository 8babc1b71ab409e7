from xml.etree import ElementTree as ET

from benchmarks.charts import Bar, bars

SVG = "{http://www.w3.org/2000/svg}"


def test_a_bar_is_as_long_as_its_median_beside_the_longest_and_says_it() -> None:
    drawn = ET.fromstring(bars("A & B", [Bar("<one>", (10.0, 20.0, 40.0)), Bar("two", (5.0,))]))

    assert [one.get("width") for one in drawn.iter(f"{SVG}rect")] == ["160.0", "40.0"]
    assert [one.text for one in drawn.iter(f"{SVG}text")] == ["A & B", "<one>", "20.0", "two", "5.0"]
    assert next((line.get("x1"), line.get("x2")) for line in drawn.iter(f"{SVG}line")) == ("290.0", "530.0")

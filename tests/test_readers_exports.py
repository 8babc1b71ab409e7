"""Tables and JSON exports to articles: fields by the names that programs give them."""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.readers import Limits, read
from index.records import Article, RawFile, Rejection

LIMITS = Limits(max_characters=1_000, max_bytes=10_000)


def raw(name: str, data: bytes | str, **more: Any) -> RawFile:
    content = data.encode() if isinstance(data, str) else data
    return RawFile(name, **{"id": name.rpartition(".")[0], "open": partial(BytesIO, content), **more})


def articles(name: str, data: bytes | str, **more: Any) -> list[Article]:
    found = list(read(raw(name, data, **more), LIMITS))
    assert not [one for one in found if isinstance(one, Rejection)]
    return [one for one in found if isinstance(one, Article)]


def refusals(name: str, data: bytes | str) -> list[str]:
    return [str(one) for one in read(raw(name, data), LIMITS) if isinstance(one, Rejection)]


def table(*rows: Mapping[str, str], delimiter: str = ",") -> str:
    out = StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


NEWS = {
    "headline": "Blinken &amp; Xi",
    "content": "He came.\nHe left.",
    "url": "https://example.com/2023/06/18/blinken/",
    "authors": ["Jane Roe", "Ann Other"],
    "publish_date": "Sun, 18 Jun 2023 09:00:00 GMT",
}
AS_ARTICLE = Article(
    *(
        "example.com/2023/06/18/blinken",
        "Blinken & Xi",
        "He came.\nHe left.",
        "https://example.com/2023/06/18/blinken/",
    ),
    author="Jane Roe, Ann Other",
    published_at="2023-06-18T09:00:00+00:00",
    date_basis="given",
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", json.dumps([NEWS])),
        ("a.json", json.dumps(NEWS, indent=2)),
        ("a.json", json.dumps({"status": "ok", "totalResults": 1, "articles": [NEWS]})),
        ("a.json", json.dumps({"response": {"took": [1, 2], "hits": {"hits": [{"_id": "x", "_source": NEWS}]}}})),
        ("a.json", "\ufeff" + json.dumps([NEWS])),
        ("a.jsonl", json.dumps(NEWS) + "\n"),
        ("a.json", json.dumps(NEWS) + "\n"),
    ],
)
def test_an_export_s_names_need_no_map(name: str, data: str) -> None:
    [article] = articles(name, data)
    assert article == replace(AS_ARTICLE, id="x" if "_id" in data else AS_ARTICLE.id)


def test_an_export_of_json_lines_under_the_name_json_is_read_line_by_line() -> None:
    data = "".join(json.dumps({"id": n, "title": "t", "body": "x"}) + "\n" for n in (1, 2))
    assert articles("a.json", data) == [Article("1", "t", "x"), Article("2", "t", "x")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"Title": "t", "Article Text": "x", "Published Date": "June 18, 2023", "Source": {"id": None, "name": "S"}},
            Article("a/1", "t", "x", source="S", published_at="2023-06-18", date_basis="given"),
        ),
        (
            {"id": 7, "title": {"rendered": "t"}, "content": {"rendered": "<p>One of a few.</p>\n<p>Two.</p>"}},
            Article("7", "t", "One of a few.\n\nTwo."),
        ),
        (
            {"text": "First line.\nMore.", "tags": "China; visits", "lang": "en", "views": 12, "score": 0.5, "x": [1]},
            Article(
                *("a/1", "First line.", "First line.\nMore."),
                language="en",
                tags=("China", "visits"),
                metadata={"views": 12, "score": 0.5},
            ),
        ),
        (
            {"slug": "s", "name": "t", "description": "short", "body": ["One.", "Two."], "timestamp": 1687078800},
            Article(
                *("s", "t", "One.\n\nTwo."),
                published_at="2023-06-18T09:00:00Z",
                date_basis="given",
                metadata={"description": "short"},
            ),
        ),
        (
            {"title": "t", "text": "x", "byline": "Jane  Roe", "published": "2023-06", "metadata": {"k": [1]}},
            Article(
                *("a/1", "t", "x"), author="Jane Roe", published_at="2023-06", date_basis="given", metadata={"k": [1]}
            ),
        ),
    ],
)
def test_fields_are_known_by_what_programs_call_them(row: dict[str, Any], expected: Article) -> None:
    assert articles("a.json", json.dumps([row])) == [expected]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_row_of_a_table_is_an_article(delimiter: str) -> None:
    rows = [
        {
            "ID": "1",
            "Headline": "t",
            "Body": 'A "word", and;\nmore.',
            "Date": "2023-06-18",
            "Section": "World",
            "Kind": "k",
        },
        {"ID": "2", "Headline": "", "Body": "Alone.", "Date": "", "Section": "", "Kind": ""},
    ]
    first = Article(
        *("1", "t", 'A "word", and;\nmore.'),
        published_at="2023-06-18",
        date_basis="given",
        tags=("World",),
        metadata={"Kind": "k"},
    )
    assert articles("a.csv", table(*rows, delimiter=delimiter)) == [first, Article("2", "Alone.", "Alone.")]


def test_what_is_given_fills_in_what_a_row_leaves_out_and_the_prefix_stands_before_ids() -> None:
    data = table({"id": "1", "text": "x", "source": "Own"}, {"id": "", "text": "y", "source": ""})
    found = articles("a.csv", data, id="p:a", id_prefix="p:", given={"source": "Given", "id": "ignored"})
    assert [(one.id, one.source) for one in found] == [("p:1", "Own"), ("p:a/2", "Given")]


def test_a_guessed_encoding_is_shown() -> None:
    [article] = articles("a.csv", "text\nIt isn’t over says the café owner.\n".encode("cp1252"))
    assert article.metadata == {"encoding": "cp1252", "encoding_basis": "guessed"}


def test_bad_rows_are_rejected_with_their_place_and_the_rest_goes_in() -> None:
    data = "id,text,date\n1,x,soon\n2,x,\n3,x,2023,4\n4,,\n5,x,06/07/2023\n"
    found = list(read(raw("a.csv", data), LIMITS))
    assert [one.id for one in found if isinstance(one, Article)] == ["2"]
    assert [str(one)[:70] for one in found if isinstance(one, Rejection)] == [
        "a.csv, line 2: published_at 'soon' is not an ISO 8601 date such as 202",
        "a.csv, line 4: has 4 cells under 3 columns",
        "a.csv, line 5: the text is empty: 'text' holds nothing",
        "a.csv, line 6: published_at '06/07/2023' is not an ISO 8601 date such ",
    ]
    assert refusals("a.json", '[{"text": "x"}, 1, {"text": ""}]') == [
        "a.json: article 2 of 3: 1 is not a JSON object",
        "a.json: article 3 of 3: the text is empty: 'text' holds nothing",
    ]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.json", "", "a.json: is empty"),
        ("a.json", "[1, 2]", "a.json: holds no articles: neither a list of objects nor an object that holds one"),
        ("a.json", '{"a": {"b": 1}}', "a.json: holds no articles"),
        ("a.json", '[\n{"text": ', "a.json: is not JSON from line 2, character 10 on: Expecting value"),
        ("a.json", "[" * 9_000, "a.json: is nested too deeply"),
        ("a.json", '[{"a": NaN}]', "a.json: NaN is not a number of JSON"),
        ("a.json", "<!DOCTYPE html>", "a.json: is not JSON from line 1, character 1 on"),
        ("a.json", "PK\x03\x04", "a.json: is a zip archive or an office document, not text"),
        ("a.csv", "x" * 10_001, "a.csv: is longer than 10,000 bytes"),
        (
            "a.csv",
            "title,url\nt,u\n",
            "a.csv: no field is the text, such as text, body or content; there are title, url",
        ),
        ("a.csv", "id,text\n", "a.csv: holds no article: there is no row under its header"),
        ("a.csv", "text,text\nx,y\n", "a.csv: has two columns 'text'"),
        ("a.csv", 'text\n"x" y\n', "a.csv, line 2: is not a table from here on: ',' expected after '\"'"),
        ("a.csv", "\n\n", "a.csv: "),
    ],
)
def test_what_is_no_export_is_rejected_with_its_reason(name: str, data: str, message: str) -> None:
    [refusal] = refusals(name, data)
    assert refusal.startswith(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "title", "id", "url", "date", "tags", "articles", "_source", "x"]), inner
        )
    ),
)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_rejected(content: Any) -> None:
    for name in ("a.json", "a.jsonl"):
        found = list(read(raw(name, json.dumps(content)), LIMITS))
        assert found
        assert not [one for one in found if isinstance(one, Rejection) and "its reader failed" in one.reason]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
ROW = st.fixed_dictionaries({"text": WORDS, "title": WORDS, "x": WORDS})


@settings(deadline=None)
@given(st.lists(ROW, min_size=1))
def test_any_table_keeps_its_texts(rows: list[dict[str, str]]) -> None:
    limits = Limits()
    found = [one.text for one in read(raw("a.csv", "\ufeff" + table(*rows)), limits) if isinstance(one, Article)]
    assert found == [row["text"] for row in rows if row["text"].strip()]

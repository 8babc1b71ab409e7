"""The rules of an article, by the contract."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import from_json, merged, to_json
from index.errors import Invalid
from index.records import Article

WHOLE: dict[str, Any] = {
    "id": "news/2023/balloon",
    "title": "A balloon",
    "text": "A balloon\r\n\r\nIt was seen over Montana.\n",
    "url": "https://news.example/balloon?id=1#top",
    "source": "The Example",
    "author": "A. Writer",
    "published_at": "2023-02-04T09:00:00Z",
    "updated_at": "2023-02",
    "date_basis": "stated",
    "language": "en",
    "tags": ["world", "sky"],
    "metadata": {"page": 3, "seen": [1.5, True, None, "x"]},
}
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(CHARACTERS, min_size=1).filter(str.strip)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(CHARACTERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS), inner, max_size=3),
    max_leaves=8,
)


def made(max_characters: int = 1_000, **changed: Any) -> Article:
    return from_json({"id": "a", "title": "t", "text": "x"} | changed, max_characters=max_characters)


def refusal(**changed: Any) -> str:
    with pytest.raises(Invalid) as refused:
        made(**changed)
    return str(refused.value)


def test_every_field_is_taken_as_it_came() -> None:
    article = from_json(WHOLE, max_characters=1_000)
    assert article == Article(**{**WHOLE, "tags": ("world", "sky")})


def test_what_goes_out_has_every_field_and_the_digest_of_the_text() -> None:
    digest = hashlib.sha256(WHOLE["text"].encode()).hexdigest()
    assert to_json(from_json(WHOLE, max_characters=1_000), text=True) == {**WHOLE, "sha256": digest}


def test_text_goes_out_only_if_asked_for_and_what_is_unknown_is_null() -> None:
    assert to_json(made(), text=False) == {
        **dict.fromkeys(("url", "source", "author", "published_at", "updated_at", "date_basis", "language")),
        "id": "a",
        "title": "t",
        "tags": [],
        "metadata": {},
        "sha256": hashlib.sha256(b"x").hexdigest(),
    }


@given(
    st.fixed_dictionaries(
        {"id": st.from_regex(r"[a-z](/?[^\W_])*", fullmatch=True), "title": WORDS, "text": WORDS},
        optional={
            "source": WORDS,
            "author": WORDS,
            "published_at": st.dates().map(str) | st.sampled_from(["2024", "2024-04", "2023-06-18T09:00:00Z"]),
            "date_basis": st.sampled_from(["stated", "given", "inferred"]),
            "tags": st.lists(WORDS),
            "metadata": st.dictionaries(st.text(CHARACTERS), JSON, max_size=4),
        },
    )
)
def test_what_goes_out_comes_in_again_the_same(fields: dict[str, Any]) -> None:
    article = from_json(fields, max_characters=10_000)
    again = from_json(json.loads(json.dumps(to_json(article, text=True))), max_characters=10_000)
    assert again == article
    assert again.fingerprint == article.fingerprint
    assert article.text == fields["text"]
    assert again.sha256 == hashlib.sha256(fields["text"].encode()).hexdigest()


@pytest.mark.parametrize("name", ["id", "title", "text"])
def test_id_title_and_text_are_required_and_not_blank(name: str) -> None:
    assert refusal(**{name: " \n"}) == f"{name} is empty: ' \\n'"
    assert refusal(**{name: None}) == f"{name} is empty: None"
    with pytest.raises(Invalid, match=f"^{name} is missing$"):
        from_json({key: value for key, value in WHOLE.items() if key != name}, max_characters=1_000)


def test_an_unknown_field_is_refused_by_name() -> None:
    assert refusal(publishd_at="2023").startswith(
        "'publishd_at' is not a field of an article; those are id, title, text"
    )
    assert refusal(publishd_at=None).startswith("'publishd_at' is not a field")


@pytest.mark.parametrize("name", ["id", "title", "text", "url", "source", "author", "published_at", "language"])
def test_a_string_field_holds_a_string(name: str) -> None:
    assert refusal(**{name: 5}) == f"{name} 5 is not a string"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"text": "a\0"}, "text 'a\\x00' holds NUL at character 1"),
        ({"text": "a\ud800"}, "text 'a\\ud800' holds a lone surrogate at character 1"),
        ({"source": "\udc80"}, "source '\\udc80' holds a lone surrogate at character 0"),
        ({"tags": ["\0"]}, "tags '\\x00' holds NUL at character 0"),
        ({"metadata": {"a": ["\0"]}}, "metadata.a '\\x00' holds NUL at character 0"),
        ({"metadata": {"\ud800": 1}}, "metadata '\\ud800' holds a lone surrogate at character 0"),
    ],
)
def test_nul_and_lone_surrogates_are_refused_everywhere(changed: dict[str, Any], message: str) -> None:
    assert refusal(**changed) == message


def test_a_text_over_the_limit_is_refused_and_shown_short() -> None:
    assert made(text="é" * 10, max_characters=10).text == "é" * 10
    message = refusal(text="é" * 5_000)
    assert message.endswith("has 5,000 characters; at most 1,000 are taken")
    assert len(message) < 160


@pytest.mark.parametrize("id", ["a", "a/b.c", "Zürich/日本 5%?#", "👩‍🚀", ".a", "a..b", "x" * 512])
def test_an_id_may_hold_slashes_and_any_script(id: str) -> None:
    assert made(id=id).id == id


@pytest.mark.parametrize(
    "id", ["/a", "a/", "a//b", ".", "..", "a/../b", "./a", " a", "a\n", "a\tb", "a\x7fb", "a\u2028b", "x" * 513]
)
def test_an_id_that_no_address_can_hold_is_refused(id: str) -> None:
    assert refusal(id=id).startswith("id ")


@pytest.mark.parametrize("name", ["published_at", "updated_at"])
@pytest.mark.parametrize("date", ["2023-06-18T09:00:00Z", "2023-06-18", "2024-04", "2024", "2024-02-29"])
def test_a_date_is_kept_as_precise_as_it_came_and_counts_as_given(name: str, date: str) -> None:
    changed: dict[str, Any] = {name: date}
    article = made(**changed)
    assert (getattr(article, name), article.date_basis) == (date, "given")


@pytest.mark.parametrize(
    "date", ["2023-02-30", "2023-02-29", "2023-13", "18 June 2023", "2023-6-1", "0000", "2023-W05"]
)
def test_a_date_that_is_none_is_refused(date: str) -> None:
    message = refusal(published_at=date)
    assert message.startswith("published_at ")
    assert date in message


def test_the_basis_of_a_date_is_one_of_three() -> None:
    assert made(published_at="2023", date_basis="inferred").date_basis == "inferred"
    assert refusal(date_basis="guessed") == "date_basis 'guessed' is not one of stated, given, inferred"
    assert refusal(date_basis=["stated"]) == "date_basis ['stated'] is not one of stated, given, inferred"
    assert made().date_basis is None


@pytest.mark.parametrize("url", ["http://a.example", "HTTPS://a.example:8080/ä?b=c", "http://[::1]/x"])
def test_a_url_is_absolute_and_of_the_web(url: str) -> None:
    assert made(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "ftp://a.example"),
        *("//a.example/x", "/x", "a.example", "http:/a", "http://", "http:x", "http://[::1", "http://a:99999"),
        *("http://a b", "http://a.example/\n", "\x01http://a.example", "https:\\\\a.example"),
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    assert refusal(url=url).startswith("url ")


@pytest.mark.parametrize("tags", ["world", ["a", 1], ["a", ""], [None], {"a": 1}])
def test_tags_are_a_list_of_strings(tags: object) -> None:
    assert refusal(tags=tags).startswith("tags ")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_metadata_holds_finite_numbers_only(number: float) -> None:
    assert refusal(metadata={"a": {"b": [number]}}) == f"metadata.a.b {number} is not a finite number"


def test_metadata_is_an_object_of_bounded_depth() -> None:
    assert refusal(metadata=[1]) == "metadata [1] is not a JSON object"
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"a": deep}
    assert refusal(metadata=deep).endswith("is nested deeper than 32 levels")


def test_optional_fields_that_are_null_or_blank_count_as_left_out() -> None:
    assert made(source="", url=None, published_at=" ", tags=None, metadata=None) == made()


def test_the_digest_may_come_back_if_it_fits_the_text() -> None:
    assert made(sha256=hashlib.sha256(b"x").hexdigest()) == made()
    assert refusal(sha256="00") == "sha256 '00' is not that of the text"


def test_what_is_given_stands_over_what_was_found_and_a_basis_stays_with_its_date() -> None:
    found = {"title": "f", "published_at": "2023", "date_basis": "stated", "metadata": {"a": 1, "b": 1}}
    assert merged(found, {"title": "g", "source": "", "metadata": {"b": 2}}) == {
        "title": "g",
        "source": "",
        "published_at": "2023",
        "date_basis": "stated",
        "metadata": {"a": 1, "b": 2},
    }
    assert merged(found, {"published_at": "2024"})["date_basis"] is None
    assert merged(found, {"date_basis": "inferred"})["date_basis"] == "inferred"

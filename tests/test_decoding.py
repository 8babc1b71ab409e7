"""Bytes to text: exactly, or not at all."""

import codecs
import contextlib
import random
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import Invalid
from index.readers import decoding
from index.readers.decoding import Decoded, canonical, decode
from index.records import RawFile

ENGLISH = "The ministers said it’s “a long road” – nobody expected a deal, and the café owners of Zürich agreed."
FRENCH = "Le garçon a mangé des crêpes à l’hôtel. L’été dernier, il était allé à Besançon voir son frère aîné."
GERMAN = "Der Präsident fährt über die Brücke nach München, während die Gäste in der Küche frühstücken."
POLISH = "Prezydent przyjechał do Łodzi, żeby spotkać się z mieszkańcami i wręczyć nagrody. Źródło: gazeta."
RUSSIAN = "Государственный секретарь прибыл в Пекин с визитом, чтобы снизить напряжённость между странами."
GREEK = "Ο υπουργός Εξωτερικών έφτασε στο Πεκίνο για συνομιλίες με την ηγεσία."
JAPANESE = "国務長官は北京を訪問し、国家主席と会談した。両国の関係改善が期待されている。"
CHINESE = "美国国务卿抵达北京进行访问,双方就双边关系进行了会谈。"
KOREAN = "미국 국무장관이 베이징을 방문하여 주석과 회담했다."
HEBREW = "שר החוץ האמריקאי הגיע לבייג'ינג לביקור רשמי"


def refusal(data: bytes, declared: str | None = None) -> str:
    with pytest.raises(Invalid) as refused:
        decode(data, declared)
    return str(refused.value)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_names_the_encoding_and_is_no_part_of_the_text(mark: bytes, encoding: str, text: str) -> None:
    assert decode(mark + text.encode(encoding), "latin-1") == Decoded(text, encoding)


def test_only_one_mark_is_taken_off() -> None:
    assert decode("\ufeff\ufeffa".encode()).text == "\ufeffa"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text[0] != "\ufeff"))
def test_utf8_is_told_without_being_declared(text: str) -> None:
    assert decode(text.encode()) == Decoded(text, "utf-8")


@pytest.mark.parametrize(
    ("text", "declared", "name"),
    [
        (ENGLISH, "windows-1252", "cp1252"),
        (GERMAN, "latin-1", "iso8859-1"),
        (JAPANESE, "Shift_JIS", "shift_jis"),
        (FRENCH, "utf-16-le", "utf-16-le"),
        (CHINESE, "gb18030", "gb18030"),
        ("Café", "cp1250", "cp1250"),
    ],
)
def test_a_declared_encoding_is_used_and_is_no_guess(text: str, declared: str, name: str) -> None:
    decoded = decode(text.encode(declared), declared)
    assert (decoded, decoded.metadata) == (Decoded(text, name), {})


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((ENGLISH, "cp1252"), (FRENCH, "cp1252"), (GERMAN, "cp1252"), ("Café society", "cp1252")),
        *((POLISH, "cp1250"), (POLISH, "iso8859_2"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), (GREEK, "cp1253")),
        *((HEBREW, "cp1255"), (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"), (CHINESE, "gb18030"), (KOREAN, "euc_kr")),
    ],
)
def test_an_old_encoding_is_guessed_and_shown_as_a_guess(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.metadata == {"encoding": encoding, "encoding_basis": "guessed"}
    assert decoding.MIN_CONFIDENCE <= decoded.confidence < 1


def test_latin_1_text_comes_out_the_same_under_the_name_that_the_web_gives_it() -> None:
    decoded = decode(GERMAN.encode("latin-1"))
    assert (decoded.text, decoded.encoding) == (GERMAN, "cp1252")


@pytest.mark.parametrize("size", [32, 100, 1_000, 100_000])
@pytest.mark.parametrize("lowest", [0, 1, 32])
def test_random_bytes_are_refused(size: int, lowest: int) -> None:
    chance = random.Random(size)
    for _ in range(5):
        refusal(bytes(chance.randrange(lowest, 256) for _ in range(size)))


def test_a_refusal_says_what_is_likeliest_and_how_to_declare_it() -> None:
    message = refusal(bytes(range(0x80, 0x100)) * 2)
    assert message.startswith("is not UTF-8, and its encoding can't be told with a confidence of 0.9")
    assert message.endswith("declare it, in the column encoding of articles.csv")


def test_utf8_with_a_broken_byte_is_not_taken_for_another_encoding() -> None:
    data = ENGLISH.encode().replace(b"deal", b"d\xffal")
    assert refusal(data) == f"is damaged UTF-8: invalid start byte at byte {data.index(0xFF)}"
    assert refusal(JAPANESE.encode()[:-1]).startswith("is damaged UTF-8: unexpected end of data at byte ")


@pytest.mark.parametrize(
    ("data", "declared", "message"),
    [
        (b"", None, "is empty"),
        (b"", "utf-8", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", None, "is a PNG image, not text"),
        (b"%PDF-1.7\n%abc", None, "is a PDF document, not text"),
        (b"PK\x03\x04abc", None, "is a zip archive or an office document, not text"),
        (b"ab\0c", None, "holds NUL at byte 2: binary, or UTF-16 without a byte order mark; declare which"),
        (b"caf\xe9", "utf-8", "is not in utf-8, as declared: unexpected end of data at byte 3"),
        (b"\xff\xfea", "utf-8", "is not in utf-16-le, by its byte order mark: truncated data at byte 0"),
        (b"\x01\x02\x03abc", None, "is binary, not text: 3 of its 6 characters are control characters"),
        (b"a", "klingon", "encoding 'klingon' is not known; utf-8, windows-1252 or shift_jis are examples"),
        (b"a", "rot13", "encoding 'rot13' is not known; utf-8, windows-1252 or shift_jis are examples"),
        (
            b"a",
            "unicode_escape",
            "encoding 'unicode_escape' is not known; utf-8, windows-1252 or shift_jis are examples",
        ),
        (b"a", "zlib", "encoding 'zlib' is not known; utf-8, windows-1252 or shift_jis are examples"),
        (b"a", "a\0", "encoding 'a\\x00' is not known; utf-8, windows-1252 or shift_jis are examples"),
        (b"\x89PNG\r\n\x1a\n", "latin-1", "is a PNG image, not text"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data: bytes, declared: str | None, message: str) -> None:
    assert refusal(data, declared) == message


@given(st.binary(), st.sampled_from([None, "utf-8", "utf-16", "utf-7", "iso2022_jp", "hz"]))
def test_any_bytes_decode_or_are_refused(data: bytes, declared: str | None) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(decode(data, declared).text, str)


def test_an_encoding_is_named_as_python_names_it() -> None:
    assert canonical("Windows-1252") == "cp1252"


def test_a_file_is_read_up_to_its_bound_and_not_beyond() -> None:
    file = RawFile("a.txt", "a", lambda: BytesIO(b"four"))
    assert decoding.read(file, 4) == Decoded("four", "utf-8")
    with pytest.raises(Invalid, match="^is longer than 3 bytes$"):
        decoding.read(file, 3)

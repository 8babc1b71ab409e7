"""Bytes to text: by byte order mark, by what was declared, as UTF-8, or by a guess that is shown as one.

Text is never repaired: what does not decode to the last byte is refused.
"""

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from charset_normalizer import from_bytes

from index.errors import Invalid
from index.readers.sniffing import kind_of, whole
from index.records import RawFile

MIN_CONFIDENCE = 0.9
"""What a guessed encoding must reach, of 1: (1 - m) * k, of the characters that the encoding makes of the bytes.

``m`` is charset-normalizer's share of improbable sequences ("chaos"); ``k`` the largest share of the characters beyond
ASCII, as often as each stands there, that any one language writes: its letters, its thousands of common ideographs or
syllables, and general punctuation. So Polish read as windows-1252 fails on its ``³`` and ``¿``, and French read as
windows-1250 on a ``č`` beside an ``ę``.
"""
MAX_CONTROL_SHARE = 0.05
"""Of a text's characters; beyond it, the file is taken to be binary."""

# Longest first: UTF-16's mark begins UTF-32's.
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_OF_FILES = {"unicode-escape", "raw-unicode-escape", "punycode", "idna"}
_MULTIBYTE = ("shift_jis", "cp932", "euc_jp", "gb18030", "euc_kr", "cp949", "big5")
# The Encoding Standard's, as the web uses them: where two make the same text, or fit as well, the first is named.
_GUESSED = (
    *("cp1252", "latin_1", "cp1251", *_MULTIBYTE, "cp1250", "iso8859_2", "cp1254", "cp1256", "cp1253", "iso8859_7"),
    *("cp1255", "cp1257", "cp1258", "cp874", "koi8_r", "koi8_u", "iso8859_15", "iso8859_5", "cp866", "mac_roman"),
)
_PUNCTUATION = frozenset("\u00a0“”„‘’\u201a–—…•«»\u2039\u203a€£§°©®™¡·")
_WIDE_PUNCTUATION = frozenset(map(chr, (*range(0x3000, 0x3020), *range(0xFF01, 0xFF5F)))) | frozenset("“”‘’…‥—ー")
_LETTERS = (
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüß",  # German
    "áéíñóúü¿ªº",  # Spanish
    "àáâãçéêíóôõúªº",  # Portuguese
    "àèéìíîòóùú",  # Italian
    "àçèéíïòóúü",  # Catalan
    "äëéèïöüóáíêûîôú",  # Dutch, Afrikaans
    "åäöéæøàèü",  # Scandinavian, Finnish
    "áðéíóúýþæö",  # Icelandic
    "áéíóúàèìòùêâîôûŵŷ",  # Irish, Gaelic, Welsh
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýžäĺľŕô",  # Czech, Slovak
    "čćđšž",  # Croatian, Slovenian
    "áéíóöőúüű",  # Hungarian
    "ăâîșțşţ",  # Romanian
    "çğ\u0131i\u0307öşüâîû",  # Turkish, whose İ is i and a dot in lower case
    "āčēģīķļņšūžõ",  # Latvian
    "ąčęėįšųūž",  # Lithuanian
    "äöõüšž",  # Estonian
    "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўѓљњќџћђј№",  # Cyrillic
    "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",  # Greek
)
_SCRIPTS = ((0x05D0, 0x05EA), (0x0621, 0x0652), (0x0E01, 0x0E5B))  # Hebrew, Arabic, Thai
# The first planes of the national sets hold what is common, by lead byte.
_COMMON = (("euc_jp", 0xA4, 0xCF), ("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("euc_kr", 0xB0, 0xC8))


class Decoded(NamedTuple):
    """A text, and the encoding that it was in; ``confidence`` is 1 unless it was guessed."""

    text: str
    encoding: str
    confidence: float = 1.0

    @property
    def metadata(self) -> Mapping[str, str]:
        """What an article's metadata must say: nothing, or that the encoding is a guess."""
        return {} if self.confidence == 1 else {"encoding": self.encoding, "encoding_basis": "guessed"}


def read(file: RawFile, max_bytes: int) -> Decoded:
    """The whole file as text.

    Raises:
        Invalid: it is longer than ``max_bytes``, or `decode` refuses it.
        OSError: it can't be read.
    """
    return decode(whole(file, max_bytes), file.encoding)


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """The text of these bytes, each of them accounted for; a byte order mark is no part of it.

    Raises:
        Invalid: there is nothing, it is binary, it is not in the encoding declared, or no encoding can be told.
    """
    if not data:
        raise Invalid("is empty")
    decoded = _by_mark(data) or _by_declaration(data, declared) or _as_utf8(data) or _by_guess(data)
    _refuse_controls(decoded.text)
    return decoded


def bom(data: bytes) -> tuple[str | None, int]:
    """The encoding that a byte order mark names, and the mark's length in bytes; None and 0 where there is none."""
    return next(((encoding, len(mark)) for mark, encoding in _BOMS if data.startswith(mark)), (None, 0))


def refuse_binary(data: bytes) -> None:
    """Refuses bytes that are no text in UTF-8 or another encoding that is written without NUL.

    Raises:
        Invalid: they begin as a known binary format does, or hold NUL.
    """
    _refuse_magic(data)
    if b"\0" in data:
        raise Invalid(f"holds NUL at byte {data.index(0)}: binary, or UTF-16 without a byte order mark; declare which")


def canonical(encoding: str) -> str:
    """Python's name of a text encoding.

    Raises:
        Invalid: there is none of this name.
    """
    try:
        name = codecs.lookup(encoding).name
        b"    ".decode(name, "ignore")  # rot13 and zlib are found, but make no text of bytes
    except (LookupError, ValueError):
        name = ""
    if not name or name in _NOT_OF_FILES:
        raise Invalid(f"encoding {encoding!r} is not known; utf-8, windows-1252 or shift_jis are examples")
    return name


def _refuse_magic(data: bytes) -> None:
    kind = kind_of(data)
    if kind:
        raise Invalid(f"is {kind}, not text")


def _by_mark(data: bytes) -> Decoded | None:
    encoding, size = bom(data)
    return Decoded(_strict(data[size:], encoding, "by its byte order mark"), encoding) if encoding else None


def _by_declaration(data: bytes, declared: str | None) -> Decoded | None:
    if declared is None:
        return None
    _refuse_magic(data)
    encoding = canonical(declared)
    return Decoded(_strict(data, encoding, "as declared"), encoding)


def _strict(data: bytes, encoding: str, why: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise Invalid(f"is not in {encoding}, {why}: {fault.reason} at byte {fault.start}") from fault
    except UnicodeError as fault:
        raise Invalid(f"is not in {encoding}, {why}: {fault}") from fault


def _as_utf8(data: bytes) -> Decoded | None:
    refuse_binary(data)
    try:
        return Decoded(data.decode(), "utf-8")
    except UnicodeDecodeError as fault:
        _refuse_damaged_utf8(data, fault)
        return None


def _refuse_damaged_utf8(data: bytes, fault: UnicodeDecodeError) -> None:
    # A single-byte encoding would take such a file and make "â€™" of every "’".
    counted = Counter(data.decode(errors="replace"))
    good = sum(count for character, count in counted.items() if not character.isascii() and character != "\ufffd")
    if good >= counted["\ufffd"]:
        raise Invalid(f"is damaged UTF-8: {fault.reason} at byte {fault.start}")


def _by_guess(data: bytes) -> Decoded:
    best = max(_readings(data), key=lambda reading: reading.rank, default=None)
    if best is None or best.confidence < MIN_CONFIDENCE:
        likely = f"{best.encoding} is likeliest, at {best.confidence:.2f}" if best else "none fits"
        raise Invalid(
            f"is not UTF-8, and its encoding can't be told with a confidence of {MIN_CONFIDENCE} ({likely}): "
            "declare it, in the column encoding of articles.csv"
        )
    return Decoded(best.text, best.encoding, best.confidence)


class _Reading(NamedTuple):
    text: str
    encoding: str
    confidence: float
    coherence: float
    wide: bool

    @property
    def rank(self) -> tuple[float, bool, float, int]:
        # Bytes seldom pair off into common ideographs by chance, but letters of one alphabet often are another's.
        return (self.confidence, self.wide, self.coherence, -_GUESSED.index(self.encoding))


def _readings(data: bytes) -> Iterator[_Reading]:
    for match in from_bytes(data, cp_isolation=list(_GUESSED), enable_fallback=False):
        text = str(match)
        name = next(name for name in _GUESSED if name in {match.encoding, *match.could_be_from_charset})
        known, beyond, letters = _counts(text)
        # A guess is never certain: below 1 even where nothing speaks against it.
        confidence = min(0.99, (1 - match.chaos) * known / max(1, beyond))
        yield _Reading(text, name, confidence, match.coherence, wide=name in _MULTIBYTE and beyond > letters)


def _counts(text: str) -> tuple[int, int, int]:
    """How many characters beyond ASCII some one language writes, how many there are, and how many ASCII letters."""
    counted = Counter(text)
    beyond = {character: count for character, count in counted.items() if not character.isascii()}
    letters = sum(count for character, count in counted.items() if character.isascii() and character.isalpha())
    known = [sum(count for c, count in beyond.items() if c in alphabet) for alphabet in _alphabets()]
    known += [sum(count for c, count in beyond.items() if _is_common(c, *plane)) for plane in _COMMON]
    return max(known), sum(beyond.values()), letters


@cache
def _alphabets() -> tuple[frozenset[str], ...]:
    scripts = ("".join(map(chr, range(first, last + 1))) for first, last in _SCRIPTS)
    return tuple(frozenset(letters + letters.upper()) | _PUNCTUATION for letters in (*_LETTERS, *scripts))


def _is_common(character: str, encoding: str, first: int, last: int) -> bool:
    if character in _WIDE_PUNCTUATION:
        return True
    try:
        return first <= character.encode(encoding)[0] <= last
    except UnicodeEncodeError:
        return False


def _refuse_controls(text: str) -> None:
    counted = Counter(text)
    controls = sum(counted[chr(code)] for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\v\f\r\x85")
    if controls > MAX_CONTROL_SHARE * len(text):
        raise Invalid(f"is binary, not text: {controls:,} of its {len(text):,} characters are control characters")

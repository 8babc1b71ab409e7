import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Span
from index.spelling import WORD, Change, Correction, bases, corrected, fold, in_general_english, nearest, vocabulary_of

ARCHIVE = vocabulary_of(
    {
        "blinken": 40,
        "balakrishnan": 3,
        "beijing": 50,
        "philippines": 4,
        "balloon": 9,
        "the": 100,
        "tariffs": 5,
        "zelenskyy": 6,
        "hartley": 2,
        "hartlet": 7,
        "cancelled": 3,
        "visit": 8,
        "yorke": 1,
        "power": 5,
        "empire": 5,
        "declaration": 4,
        "a320neo": 1,
    }.items()
)
ENGLISH = frozenset(
    WORD.findall("who met in on about the visit what did power empire beijing declaration report trip why was")
)


def is_known(word: str) -> bool:
    return word in ENGLISH


def reading(question: str) -> str:
    return corrected(question, ARCHIVE, is_known).text


def test_a_slip_is_read_as_the_archives_word_and_said_with_its_place() -> None:
    assert corrected("Who met Blinkin on the visit?", ARCHIVE, is_known) == Correction(
        "Who met Blinken on the visit?", (Change(Span(8, 15), "Blinkin", "Blinken"),)
    )


@pytest.mark.parametrize(
    ("asked", "understood"),
    [
        ("blinkn", "blinken"),
        ("blinkene", "blinken"),
        ("blniken", "blinken"),
        ("lbinken", "blinken"),
        ("baloon", "balloon"),
        ("bejing", "beijing"),
        ("teh visit", "the visit"),
        ("febuary", "february"),
    ],
)
def test_one_edit_is_mended(asked: str, understood: str) -> None:
    assert reading(asked) == understood


def test_two_edits_are_mended_only_in_doubled_letters_and_in_the_vowels_of_a_name() -> None:
    assert reading("phillipines tarrifs") == "philippines tariffs"
    assert reading("zelinskiy") == "zelenskyy"
    assert reading("balokreshnan") == "balakrishnan"
    assert reading("balakriszzan") == "balakriszzan"
    assert reading("deceleration") == "deceleration"


def test_the_askers_capitals_are_kept() -> None:
    assert reading("BLINKINN? Blinkin! blinkin…") == "BLINKEN? Blinken! blinken…"
    assert reading("BLINKIN MET XI") == "BLINKEN MET XI"


def test_of_several_words_as_near_the_one_in_most_documents_is_read() -> None:
    assert nearest("hartlez", ARCHIVE, is_known) == "hartlet"


def test_swapped_neighbours_go_before_other_edits() -> None:
    assert nearest("hartlye", ARCHIVE, is_known) == "hartley"


def test_an_inflection_of_what_is_known_is_no_slip() -> None:
    assert reading("cancelling visits, reported trips, blinkens") == "cancelling visits, reported trips, blinkens"


def test_a_short_name_that_is_spelt_like_a_word_is_not_read_as_a_common_one() -> None:
    archive = vocabulary_of(
        [("power", 5), ("foyer", 1), ("poyle", 1), ("nasa", 3), ("empire", 2), ("expired", 1), ("fire", 1)]
    )
    assert corrected("Poyer met Kasa on the expire", archive, is_known).changes == ()
    assert corrected("the pwoer, pwer in emmpire", archive, is_known).text == "the power, power in empire"


def test_an_abbreviation_in_capitals_is_spelt_as_it_is() -> None:
    assert reading("the TEH, the BEJINGs") == "the TEH, the BEJINGs"


def test_the_first_letter_is_trusted_where_a_word_is_spelt_as_others_are() -> None:
    archive = vocabulary_of([("hastings", 5), ("castle", 1), ("lasting", 1), ("lastings", 0)])
    assert nearest("castings", archive, is_known) is None
    assert nearest("vhastings", archive, is_known) == "hastings"


def test_a_word_torn_apart_is_joined() -> None:
    assert corrected("who met blin ken?", ARCHIVE, is_known) == Correction(
        "who met blinken?", (Change(Span(8, 16), "blin ken", "blinken"),)
    )
    assert reading("who met Blin-ken") == "who met Blinken"
    assert reading("blin, ken") == "blin, ken"


def test_a_question_in_another_language_is_left_alone() -> None:
    assert reading("wohin reiste blinkn im fruehling mit baloon") == "wohin reiste blinkn im fruehling mit baloon"


def test_accents_and_other_letters_are_no_slips() -> None:
    assert reading("Béijing Yorkę") == "Béijing Yorkę"
    assert fold("Łódź Straße") == "lodz strasse"
    assert reading("北京 Блинкен 123 a320nea") == "北京 Блинкен 123 a320nea"


def test_general_english_is_what_is_one_piece_and_what_is_regularly_made_of_it() -> None:
    whole = {"report", "reader", "stop", "using", "taken", "slow", "down", "happy", "create"}
    known = in_general_english(lambda word: [word] if word in whole else ["two", "pieces"], frozenset({"fentanyl"}))
    for word in ("reported", "stopping", "readership", "misusing", "overtaken", "slowdown", "happily", "creating"):
        assert known(word), word
    assert known("fentanyl")
    assert known("didnt")
    assert not known("blinkin")
    assert not known("reprot")


def test_bases_undo_regular_endings() -> None:
    assert "stop" in set(bases("stopped"))
    assert "study" in set(bases("studies"))
    assert "create" in set(bases("creating"))
    assert set(bases("us")) == set()


def test_an_empty_archive_corrects_nothing_but_the_calendar() -> None:
    assert corrected("Blinkin in febuary", vocabulary_of([]), is_known).text == "Blinkin in february"


@given(st.text(max_size=200))
def test_any_text_differs_only_inside_its_changes(text: str) -> None:
    correction = corrected(text, ARCHIVE, lambda _: False)
    rebuilt, at = "", 0
    for span, was, now in correction.changes:
        assert at <= span.start < span.end
        assert span.of(text) == was
        rebuilt += text[at : span.start] + now
        at = span.end
    assert correction.text == rebuilt + text[at:]


@given(st.text(max_size=200))
def test_nothing_is_changed_where_all_is_known(text: str) -> None:
    assert corrected(text, ARCHIVE, lambda _: True) == Correction(text, ())


@given(
    st.lists(st.sampled_from(["blinkin", "Bejing", "teh", "what", "did", "blin", "ken", "-", "?", "é"]), max_size=12)
)
def test_a_corrected_question_is_correct(words: list[str]) -> None:
    once = corrected(" ".join(words), ARCHIVE, is_known)
    if len(once.changes) > 0:
        assert corrected(once.text, ARCHIVE, is_known).changes == ()


@given(st.text(alphabet="abcdefgh", min_size=1, max_size=40))
def test_the_nearest_word_is_one_of_the_archives(word: str) -> None:
    vocabulary = vocabulary_of([("abcdef", 1), ("abcdeh", 2), ("gabcde", 3)])
    assert nearest(word, vocabulary, lambda _: False) in {None, "abcdef", "abcdeh", "gabcde"}

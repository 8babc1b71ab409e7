import re
from unicodedata import normalize

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.shingles import are_in, numbered, paired, share_in

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
TEXTS = st.lists(st.text() | st.text("aB é_ß.ﬁ日ク・x2\n\x1c²"), max_size=6)


def as_numbers(text: str) -> list[int]:
    return [*map(int, numbered([text])[0])]


@given(TEXTS)
def test_each_text_has_a_number_for_each_word_the_same_for_the_same_word_and_no_other(texts: list[str]) -> None:
    words = [WORD.findall(normalize("NFKC", text).casefold()) for text in texts]
    numbers = [one.tolist() for one in numbered(texts)]
    assert [len(one) for one in numbers] == [len(one) for one in words]
    pairs = {(word, n) for said, of in zip(words, numbers, strict=True) for word, n in zip(said, of, strict=True)}
    assert len({word for word, _ in pairs}) == len({number for _, number in pairs}) == len(pairs)


@given(TEXTS)
def test_a_word_has_its_number_wherever_it_stands(texts: list[str]) -> None:
    together = as_numbers("\n".join(texts))
    assert together == [number for text in texts for number in as_numbers(text)]


def test_cases_and_marks_make_no_difference() -> None:
    assert as_numbers("The ﬁrst “STRASSE”, twice!") == as_numbers("the first straße twice")


def test_a_character_of_chinese_is_a_word() -> None:
    assert as_numbers("暴風雨abc壊") == [*as_numbers("暴 風 雨"), *as_numbers("abc"), *as_numbers("壊")]


def test_a_pair_is_another_the_other_way_round_and_the_last_word_stands_alone() -> None:
    one, other = numbered(["a b", "b a"])
    assert paired(one).tolist()[0] != paired(other).tolist()[0]
    assert paired(one).tolist()[-1] == one[-1]
    assert paired(np.append(one, other), np.array([1, 3])).tolist() == [*paired(one), *paired(other)]


def test_of_numbers_those_among_others_are_told() -> None:
    assert are_in(np.array([1, 2, 9]), np.array([9, 1, 5])).tolist() == [True, False, True]
    assert are_in(np.array([1]), np.array([], np.int64)).tolist() == [False]
    assert share_in(np.array([4, 1, 4, 2]), np.array([4, 3])) == 0.5

"""Another number: a sentence has all that the question has but for a number, and another of the same things."""

from collections.abc import Iterator, Sequence

from index.premises.texts import Word, alike, is_vague
from index.premises.told import Contradiction, Covering, Told

# How much of the rest of the question a sentence must have.
COUNTED, FEWEST_WORDS = 0.85, 3
# So far from a number may stand what it counts.
REACH = 3
UNITS = "zero one two three four five six seven eight nine ten eleven twelve"
SPELLED = {word: str(number) for number, word in enumerate(UNITS.split())}


def counted(told: Told) -> Iterator[tuple[float, Contradiction]]:
    """Where a sentence counts other things than so many, and how much of the rest of the question it has."""
    for at, word in enumerate(told.words):
        if not _is_number(word) or any(time.span.overlaps(word.span) for time in told.days):
            continue
        things = _things(told.words, at)
        rest = told.telling(told.inside([word.span]))
        if things is None or len(rest) < FEWEST_WORDS:
            continue
        for one in told.covering(rest)[:1]:
            if one.near >= COUNTED and _counts_otherwise(one, word, things) and not _is_said(told, word):
                yield one.near, one.at(word.span)


def _value(word: Word) -> str:
    return SPELLED.get(word.folded, word.folded.replace(",", ""))


def _is_number(word: Word) -> bool:
    """ "One" is mostly none."""
    return _value(word).replace(".", "").isdigit() and word.folded != "one"


def _is_said(told: Told, word: Word) -> bool:
    """Whether a passage has the number, of whatever."""
    sentences = (sentence for passage in told.passages for sentence in passage.sentences)
    return any(word.text in s.text or any(_value(word) == _value(said) for said in s.words) for s in sentences)


def _things(words: Sequence[Word], at: int) -> Word | None:
    following = words[at + 1 : at + 1 + REACH]
    return next((word for word in following if not word.is_mark and not is_vague(word.folded)), None)


def _counts_otherwise(one: Covering, word: Word, things: Word) -> bool:
    words = one.sentence.words
    for at, said in enumerate(words):
        if _is_number(said) and said.text[0].isdigit() == word.text[0].isdigit():
            following = words[at + 1 : at + 1 + REACH]
            if any(alike(other.folded, things.folded) for other in following):
                return True
    return False

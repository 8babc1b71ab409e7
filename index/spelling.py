"""Words of a question that are slips of words the archive has: "Blinkin" where it says Blinken.

Only a word that neither the archive nor general English knows is a suspect, so most questions pay a few look-ups.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.records import Span

# As the word index cuts a text: runs of letters and digits.
WORD = re.compile(r"[^\W_]+")
DOUBLED = re.compile(r"(.)\1+")
VOWELS = re.compile(r"[aeiouy]")
# How many of its words say how an archive spells, by which runs of letters.
SAMPLE, RUN = 20_000, 3
LETTERS = "abcdefghijklmnopqrstuvwxyz"

SHORTEST, LONGEST = 3, 32
# Below this nearly any string is one edit from some word, and only swapped neighbours are plainly a slip ("teh").
ANY_EDIT_FROM = 4
# A word up to here is more often a name that the archive lacks than a slip of a common word (Poyer, "power"), the more
# so where a letter is wrong, not left out, or the ends differ; unless nothing in the archive is spelt like it (Cnhina).
SHORT = 5
TWO_EDITS_FROM = 7
# A second edit is looked for among the words that begin alike: slips are rare there (Pollock and Zamora, 1984).
SHARED_START = 2
SHORTEST_JOINED = 6
# What is in capitals and no longer than this is an abbreviation, which is spelt as it is.
LONGEST_CAPITALS = 6
# A question with more suspects than this, if they are most of its words, is in another language.
MOST_SUSPECTS = 3

# What words of English end and begin with, and what may have stood there instead.
ENDINGS = {
    **dict.fromkeys(("s", "ful", "less", "ness", "ship", "hood", "wise", "like"), ("",)),
    **dict.fromkeys(
        ("es", "ed", "ing", "er", "ers", "est", "or", "ors", "ist", "ists", "ism", "ish", "ous"), ("", "e")
    ),
    **dict.fromkeys(("al", "ally", "ic", "ical", "istic", "ize", "ized", "ise", "ised", "ive", "ate"), ("", "e", "y")),
    **dict.fromkeys(("able", "ible", "ment", "ments", "ance", "ence", "ity", "ation", "ations", "age"), ("", "e")),
    **dict.fromkeys(("ion", "ions", "ional", "ively", "ivity", "ative", "ency", "ian", "ean"), ("", "e", "y")),
    **dict.fromkeys(("ies", "ied", "ily", "iness", "ier", "iest"), ("y",)),
    "ly": ("", "le"),
    "y": ("", "e"),
    "d": ("",),
}
BEGINNINGS = tuple(
    WORD.findall(
        """un in im re de dis mis non pre pro out over under inter anti counter super semi multi micro auto post sub
        co up down back self trans mid"""
    )
)
SHORTEST_BASE = 4
# Dates in a question are understood whether or not the archive names the month.
CALENDAR = frozenset(
    WORD.findall(
        """january february march april may june july august september october november december monday tuesday
        wednesday thursday friday saturday sunday"""
    )
)
# Letters that are no accented ones to Unicode, and are folded by the word index all the same.
UNACCENTED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
CONTRACTIONS = frozenset(
    WORD.findall(
        """aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt neednt shouldnt wasnt werent wont
        wouldnt hes shes thats theres theyd theyll theyre theyve weve whats wheres whens whos whys hows youd youll
        youre youve couldve shouldve wouldve itll thatll"""
    )
)


class Change(NamedTuple):
    """``was``, which stands at ``span`` of the question as asked, is read as ``now``."""

    span: Span
    was: str
    now: str


@dataclass(frozen=True)
class Correction:
    """A question as it is understood: the same outside ``changes``, which are in order and disjoint."""

    text: str
    changes: tuple[Change, ...]


class Vocabulary:
    """The archive's words, lower case and folded to ASCII, with the number of documents of each.

    They are asked of whoever has them: a list of all, made anew after each write, would keep questions waiting.
    """

    def __init__(
        self, documents: Callable[[str], int], beginning: Callable[[str], list[str]], runs: frozenset[str]
    ) -> None:
        """``documents`` counts those in which a word stands, ``beginning`` gives the words that begin so.

        ``runs`` are those of `runs_of` these words, or of most of them.
        """
        self._documents, self._beginning, self._runs = documents, beginning, runs

    def __contains__(self, word: str) -> bool:
        return word in CALENDAR or self._documents(word) > 0

    def documents(self, word: str) -> int:
        """In how many documents a word stands; 0 where it is unknown."""
        return self._documents(word)

    def is_spelt_like(self, word: str) -> bool:
        """Whether a word has no run of letters that the words here don't have: it may be one that is not here."""
        return self._runs.issuperset(_runs(word))

    def beginning(self, start: str) -> list[str]:
        """The words that begin so."""
        return sorted({*self._beginning(start), *(word for word in CALENDAR if word.startswith(start))})


def vocabulary_of(words: Iterable[tuple[str, int]]) -> Vocabulary:
    """The vocabulary of words that are all at hand, each with the number of its documents."""
    documents = dict(words)

    def beginning(start: str) -> list[str]:
        return [word for word in documents if word.startswith(start)]

    return Vocabulary(lambda word: documents.get(word, 0), beginning, runs_of(documents))


def runs_of(words: Iterable[str]) -> frozenset[str]:
    """The runs of letters that tell how an archive of these words spells, from a sample of them."""
    ordered = sorted({*words, *CALENDAR})
    return frozenset(run for word in ordered[:: len(ordered) // SAMPLE + 1] for run in _runs(word))


class _Word(NamedTuple):
    span: Span
    text: str
    folded: str


def corrected(question: str, vocabulary: Vocabulary, is_known: Callable[[str], bool]) -> Correction:
    """Read each suspect of a question as the archive's word nearest to it, where one is near enough.

    ``is_known`` says whether general English has a word, given in lower case and folded to ASCII.
    """
    words = [_Word(Span(*m.span()), m.group(), fold(m.group())) for m in WORD.finditer(question)]
    apart = not question.isupper()
    suspects = [
        i
        for i, word in enumerate(words)
        if _may_slip(word, apart) and not (_is_in(vocabulary, word.folded) or is_known(word.folded))
    ]
    if len(suspects) > MOST_SUSPECTS and 2 * len(suspects) > len(words):
        return Correction(question, ())
    changes = _disjoint(_change(question, words, i, vocabulary, is_known) for i in suspects)
    return Correction(_applied(question, changes), changes)


def in_general_english(
    pieces: Callable[[str], Sequence[object]], words: Container[str] = frozenset()
) -> Callable[[str], bool]:
    """Whether a word is general English: what a model's tokenizer keeps in one piece, and what is regularly made of it.

    ``words`` are further ones that are known.
    """

    def is_whole(word: str) -> bool:
        return len(word) >= SHORTEST_BASE and (word in words or len(pieces(word)) == 1)

    def is_made(word: str) -> bool:
        return is_whole(word) or any(map(is_whole, bases(word)))

    def is_known(word: str) -> bool:
        if word in words or word in CONTRACTIONS or len(pieces(word)) == 1 or is_made(word):
            return True
        if any(is_made(word.removeprefix(start)) for start in BEGINNINGS if word.startswith(start)):
            return True
        return any(is_whole(word[:cut]) and is_made(word[cut:]) for cut in range(SHORTEST_BASE, len(word) - 3))

    return is_known


def fold(word: str) -> str:
    """A word as the vocabulary has it: lower case, without accents."""
    apart = unicodedata.normalize("NFKD", word.lower().translate(UNACCENTED))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def bases(word: str) -> Iterator[str]:
    """What a word may be an inflection of, right or not: "stopped" of "stopp", "stoppe" and "stop"."""
    for ending, instead in ENDINGS.items():
        stem = word.removesuffix(ending)
        if len(stem) == len(word) or len(stem) < SHORTEST_BASE - 1:
            continue
        yield from (stem + end for end in instead if len(stem + end) >= SHORTEST_BASE)
        if len(stem) >= SHORTEST_BASE and stem[-1] == stem[-2] and ending[0] in "ei":
            yield stem[:-1]


def _runs(word: str) -> Iterator[str]:
    framed = f" {word} "
    return (framed[i : i + RUN] for i in range(len(framed) - RUN + 1))


def _may_slip(word: _Word, apart: bool) -> bool:
    """``apart`` says that capitals set a word apart in this question: as an abbreviation, which is spelt as it is."""
    # Letters that English lacks are not typed by a slip: who writes "Königin" means it.
    if not (word.text.isascii() and word.folded.isalpha() and SHORTEST <= len(word.folded) <= LONGEST):
        return False
    capitals = word.text.removesuffix("s")
    if apart and capitals.isupper() and len(capitals) <= LONGEST_CAPITALS:
        return False
    return len(word.folded) >= ANY_EDIT_FROM or word.text.islower()


def _is_in(vocabulary: Vocabulary, word: str) -> bool:
    return word in vocabulary or any(base in vocabulary for base in bases(word))


def _change(
    question: str, words: Sequence[_Word], i: int, vocabulary: Vocabulary, is_known: Callable[[str], bool]
) -> Change | None:
    span, now = _joined(question, words, i, vocabulary) or (
        words[i].span,
        nearest(words[i].folded, vocabulary, is_known),
    )
    if now is None or _is_inflection(words[i].folded, now):
        return None
    was = span.of(question)
    return Change(span, was, _cased(now, was))


def _joined(question: str, words: Sequence[_Word], i: int, vocabulary: Vocabulary) -> tuple[Span, str] | None:
    """The archive's word that a suspect makes up with the word before or after it ("blin ken")."""
    for first, last in [*pairwise(words[i : i + 2]), *pairwise(words[max(i - 1, 0) : i + 1])]:
        whole = first.folded + last.folded
        between = question[first.span.end : last.span.start]
        if len(whole) >= SHORTEST_JOINED and whole in vocabulary and between in {" ", "-"}:
            return Span(first.span.start, last.span.end), whole
    return None


def _disjoint(changes: Iterable[Change | None]) -> tuple[Change, ...]:
    kept: list[Change] = []
    for change in changes:
        if change is not None and (not kept or kept[-1].span.end <= change.span.start):
            kept.append(change)
    return tuple(kept)


def nearest(word: str, vocabulary: Vocabulary, is_known: Callable[[str], bool]) -> str | None:
    """The archive's word of which a word is most likely a slip; None where none is near enough.

    Two neighbours swapped are the plainest slip; then one letter more, less or other; then two where only doubled
    letters, or only vowels of a name, differ.
    """
    swapped = [other for other in _swapped(word) if other in vocabulary]
    if swapped or len(word) < ANY_EDIT_FROM:
        return _likeliest(swapped, vocabulary)
    near = [
        other
        for other in set(_edited(word))
        if other in vocabulary and _is_plausible(word, other, vocabulary, is_known)
    ]
    if near or len(word) < TWO_EDITS_FROM:
        return _likeliest(near, vocabulary)
    return _likeliest(_twice_edited(word, vocabulary, is_known), vocabulary)


def _is_plausible(word: str, other: str, vocabulary: Vocabulary, is_known: Callable[[str], bool]) -> bool:
    """Whether a word is rather one edit away from the other than a word that the archive lacks."""
    longer = len(other) > len(word)
    if len(word) <= SHORT and (other[0], other[-1]) != (word[0], word[-1]):
        return False
    if not vocabulary.is_spelt_like(word):
        return longer or len(word) >= SHORT
    if other[0] != word[0] or len(word) < SHORT:
        return False
    is_long = len(word) > (SHORT if longer else SHORT + 1)
    return is_long or _undoubled(other) == _undoubled(word) or not is_known(other)


def _likeliest(words: Iterable[str], vocabulary: Vocabulary) -> str | None:
    return min(words, key=lambda word: (-vocabulary.documents(word), word), default=None)


def _swapped(word: str) -> Iterator[str]:
    for i in range(len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _edited(word: str) -> Iterator[str]:
    """Every string that is one letter more, less or other: some 50 a letter, far fewer than the words to compare."""
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        yield head + tail[1:]
        for letter in LETTERS:
            yield head + letter + tail
            yield head + letter + tail[1:]


def _twice_edited(word: str, vocabulary: Vocabulary, is_known: Callable[[str], bool]) -> Iterator[str]:
    likely = [w for w in vocabulary.beginning(word[:SHARED_START]) if abs(len(w) - len(word)) <= 2]
    for other, _, _ in process.extract(word, likely, scorer=OSA.distance, score_cutoff=2, limit=None):
        if _undoubled(other) == _undoubled(word) or (_consonants(other) == _consonants(word) and not is_known(other)):
            yield other


def _undoubled(word: str) -> str:
    return DOUBLED.sub(r"\1", word)


def _consonants(word: str) -> str:
    return _undoubled(VOWELS.sub("", word))


def _is_inflection(word: str, other: str) -> bool:
    shorter, longer = sorted((word, other), key=len)
    return longer == shorter + "s" or (shorter.endswith("e") and longer == shorter + "d")


def _cased(now: str, was: str) -> str:
    if was.isupper():
        return now.upper()
    return now.title() if was[0].isupper() else now


def _applied(question: str, changes: Sequence[Change]) -> str:
    parts: list[str] = []
    at = 0
    for change in changes:
        parts += question[at : change.span.start], change.now
        at = change.span.end
    return "".join((*parts, question[at:]))

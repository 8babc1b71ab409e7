"""Made-up near misses: questions that look like a paragraph's own and that it does not answer.

Each is an answerable question with one thing changed, in the kinds that people who wrote unanswerable questions by hand
used (Rajpurkar, Jia and Liang, "Know What You Don't Know", 2018): another entity, number or date, a negation more or
less, the opposite, another thing of the same sort. All is read off the letters of the words and the texts given: no
tagger, no model.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from random import Random
from typing import Literal

from index.english import COMMON_WORDS, FUNCTION_WORDS

Kind = Literal["name", "number", "date", "negation", "antonym", "noun"]
Shape = tuple[str, ...]

# A number, or a word without what it is shortened by or owns with ("the reviewer's", "didn't").
WORD = re.compile(
    r"\d+(?:[.,]\d+)*(?:st|nd|rd|th|s)?(?![^\W_])"
    r"|[^\W_]+(?:[-&][^\W_]+|['’](?!(?:s|t|re|ve|ll|d|m)\b)[^\W_]+)*"
)
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”')]*\s+|\n+")
# Words that begin alike are taken for forms of one word.
STEM = 5
# A sentence with this share of what else a question asks may well answer it.
TOLD = 0.3
# A question that asks so little besides ("What happened in 1980?") is answered by any sentence with the new word.
LEAST_SPECIFIC = 2
# Of so many of the pool that would do, one that fits is looked for.
TRIES = 12


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


AUXILIARIES = _set(
    """is are was were am do does did can could will would shall should may might must has have had
    isn aren wasn weren don doesn didn couldn won wouldn shouldn hasn haven hadn dont doesnt didnt"""
)
BE = _set("is are was were")
PRONOUNS = _set("he she it they you i we")
ASKING = _set("what who whom whose which when where why how")
DETERMINERS = _set("the a an this these those his her its their my your our s each every")
PEOPLE = _set("author writer reviewer poster person user customer buyer individual man woman speaker narrator op")
# What stands after the noun that a phrase ends with.
ENDERS = (AUXILIARIES - {"won"}) | _set(
    """of in on at for from to by with about as into during when that who which and or but not than after before if
    because"""
)
PLACED = _set("in at near across throughout into")
# What any text of its sort has, so that a question that changes it, or to it, may be answered all the same.
GENERIC = PEOPLE | _set(
    """authors writers reviewers posters people users customers buyers individuals men women guy someone somebody
    anyone one ones product products item items thing things stuff object objects purchase review reviews post posts
    comment comments article text passage paragraph story name names type types kind kinds sort sorts way ways example
    examples part parts number numbers amount time times year years day days date month months week weeks result
    results reason reasons problem problems issue issues question answer answers term terms word words case cases
    point main use uses lot bit piece something anything everything nothing other others same brand place location
    group fact order end beginning first second last device machine unit model company thread title topic subject
    situation idea first-person method process purpose size color colour value quality opinion
    """
)


VAGUE = _set("happen happened happens mean means many much called known made use used")
# They stand before names and are none.
TITLES = _set("mr mrs ms dr prof st sir rev")


@dataclass(frozen=True)
class NearMiss:
    question: str
    kind: Kind


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def _words(text: str) -> list[_Word]:
    return [_Word(found[0], found.start(), found.end()) for found in WORD.finditer(text)]


def _stem(word: str) -> str:
    return word.lower()[:STEM]


def _stems(words: Iterable[_Word]) -> set[str]:
    return {_stem(word.text) for word in words if word.lower not in FUNCTION_WORDS}


def _holds(text: str, word: str) -> bool:
    """Whether a text has a word or words, whatever the case of either."""
    word, text = word.lower(), text.lower()
    return word in text and bool(re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text))


# --- numbers


UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
CARDINALS = {word: value for value, word in enumerate(UNITS.split())} | TENS
ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {word: value for value, word in enumerate(ORDINAL_WORDS.split(), start=1)}
DIGITS = re.compile(r"(\d+(?:,\d{3})*)(\.\d+)?(st|nd|rd|th)?")
LONGEST_NUMBER = 12
# Numbers up to here may stand for one another, greater ones where neither is more than so many times the other.
SMALL, TIMES = 12, 3


@dataclass(frozen=True)
class _Number:
    """`form` is how it is written: as are "2", "2.5", "2,000", "2nd", "two" or "second"."""

    form: str
    value: float

    def like(self, other: "_Number") -> bool:
        """Whether they are written alike, of like size, and not the same."""
        low, high = sorted((self.value, other.value))
        return self.form == other.form and 0 < low < high and (high <= SMALL or low * TIMES >= high)


def _number(word: str) -> _Number | None:
    """What number a word is; "one" is mostly none ("which one")."""
    lower = word.lower()
    if CARDINALS.get(lower, 0) > 1:
        return _Number("two", CARDINALS[lower])
    if lower in ORDINALS:
        return _Number("second", ORDINALS[lower])
    found = DIGITS.fullmatch(lower)
    if not found or len(lower) > LONGEST_NUMBER:
        return None
    whole, decimals, ordinal = found.groups(default="")
    form = "2nd" if ordinal else "2.5" if decimals else "2,000" if "," in whole else "2"
    return _Number(form, float(whole.replace(",", "") + decimals))


# --- what a paragraph and the pool have


class _Page:
    """What is asked of a paragraph again and again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _words(text)
        self.sentences = [sentence for sentence in SENTENCE_END.split(text) if sentence]

    @cached_property
    def stems(self) -> list[set[str]]:
        """The stems of each sentence's words."""
        return [_stems(_words(sentence)) for sentence in self.sentences]

    @cached_property
    def all_stems(self) -> set[str]:
        return {_stem(word.text) for word in self.words}

    @cached_property
    def written(self) -> frozenset[str]:
        return frozenset(word.text for word in self.words)

    @cached_property
    def lower(self) -> frozenset[str]:
        return frozenset(word.lower for word in self.words)

    @cached_property
    def numbers(self) -> dict[_Number, str]:
        return {number: word.text for word in self.words if (number := _number(word.text))}

    @cached_property
    def values(self) -> frozenset[float]:
        return frozenset(number.value for number in self.numbers)


@lru_cache(maxsize=16384)
def _page(text: str) -> _Page:
    return _Page(text)


PEOPLES = re.compile(r"(?:[ei]ans?|icans?|ish|ese|\b(?:germans?|romans?|greeks?|turks?|arabs?|jews?|french|dutch))$")
# Names that more paragraphs than this have say little of what a paragraph is about.
COMMON_NAME = 100
RELATED = 80


class Pool:
    """Names, numbers and nouns of many questions and paragraphs, by what they can stand in for."""

    def __init__(self, questions: Iterable[str], paragraphs: Iterable[str]) -> None:
        questions, paragraphs = list(questions), list(dict.fromkeys(paragraphs))
        self._capital, self._small = _cases(paragraphs)
        self.vocabulary = self._capital + self._small
        self._names = [self._names_in(paragraph) for paragraph in paragraphs]
        self._where: dict[str, list[int]] = defaultdict(list)
        for number, names in enumerate(self._names):
            for name in names:
                self._where[name].append(number)
        self._sides = self._read_sides(paragraphs)
        common = (name for name, sides in sorted(self._sides.items()) if sides.total() > 2)
        self.names = _grouped(common, self.name_shape)
        self.numbers = _read_numbers([*questions, *paragraphs])
        self._owned_words, self._last_words = _noun_places(paragraphs)
        self.nouns = _read_nouns(questions, self.is_noun)
        self._beside = _beside(paragraphs, {noun for nouns in self.nouns.values() for noun in nouns})
        self._related: dict[str, list[str]] = {}

    def is_name(self, word: str) -> bool:
        """Whether a word is written with a capital inside sentences, far more often than not."""
        lower = word.lower()
        if lower in COMMON_WORDS or lower in CALENDAR or lower in GENERIC or lower in ORDINALS or lower in CARDINALS:
            return False
        if len(word) < 2 or lower in TITLES or word[0].isdigit() or re.search(r"-[a-z]", word):
            return False
        return self._capital[lower] > 3 * self._small[lower]

    def name_shape(self, name: str) -> Shape:
        """How a name is written and stands: names of one shape can stand for one another."""
        words = name.split()
        form = "USA" if name.isupper() and len(name) <= 5 else "John" if len(words) == 1 else "John Smith"
        people = "" if not PEOPLES.search(name.lower()) else "people" if name.endswith("s") else "of a people"
        sides = self._sides.get(name, Counter())
        placed, owned = (sum(sides["<" + word] for word in words) for words in (PLACED, DETERMINERS))
        stands = "in" if placed * 6 >= sides.total() > 0 else "the" if owned * 5 >= sides.total() > 0 else ""
        return form, people, stands

    def likest(self, name: str, others: Sequence[str]) -> list[str]:
        """The third of the names that stand in texts most as this one does: places for a place, people for people."""
        sides = self._sides.get(name, Counter())
        likeness = {other: _cosine(sides, self._sides.get(other, Counter())) for other in others}
        return sorted(likeness, key=lambda other: (-likeness[other], other))[: max(3, len(others) // 3)]

    def names_of(self, page: _Page) -> list[str]:
        return self._names_in(page.text)

    def related(self, page: _Page) -> list[str]:
        """Names of the paragraphs that share names with this one, which are often its article's; itself left out."""
        if page.text not in self._related:
            votes: Counter[str] = Counter()
            for name in self.names_of(page):
                shared = self._where.get(name, [])
                if len(shared) <= COMMON_NAME:
                    for number in shared:
                        votes.update({other: 1 / len(shared) for other in self._names[number]})
            ranked = sorted(votes, key=lambda name: (-votes[name], name))
            self._related[page.text] = [name for name in ranked if not _holds(page.text, name)][:RELATED]
        return self._related[page.text]

    def is_noun(self, word: str) -> bool:
        """Whether a word often follows a determiner and often ends a phrase."""
        return self._owned_words[word] * 5 >= self._small[word] > 0 and self._last_words[word] * 3 >= self._small[word]

    def fits(self, noun: str, stems: set[str]) -> bool:
        """Whether a noun stands somewhere beside one of these words."""
        return not stems.isdisjoint(self._beside.get(noun, ()))

    def _names_in(self, text: str) -> list[str]:
        runs = _runs(text, _page(text).words, lambda word: word.capital and self.is_name(word.text))
        return sorted({text[run[0].start : run[-1].end] for run in runs})

    def _read_sides(self, paragraphs: Iterable[str]) -> dict[str, Counter[str]]:
        """What stands beside each name how often: "<in" before it, ">was" after it."""
        sides: dict[str, Counter[str]] = defaultdict(Counter)
        for paragraph in paragraphs:
            words = _page(paragraph).words
            places = {word.start: at for at, word in enumerate(words)}
            for run in _runs(paragraph, words, lambda word: word.capital and self.is_name(word.text)):
                at = places[run[0].start]
                following = words[at + len(run) : at + len(run) + 1]
                name = paragraph[run[0].start : run[-1].end]
                sides[name]["<" + (words[at - 1].lower if at else "")] += 1
                sides[name][">" + (following[0].lower if following else "")] += 1
        return dict(sides)


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(count * other[key] for key, count in one.items())
    sizes = sum(count**2 for count in one.values()) * sum(count**2 for count in other.values())
    return shared / math.sqrt(sizes) if sizes else 0.0


def _cases(paragraphs: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each word is written with a capital inside a sentence, and how often without."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for paragraph in paragraphs:
        for sentence in _page(paragraph).sentences:
            for word in _words(sentence)[1:]:
                (capital if word.capital else small)[word.lower] += 1
    return capital, small


def _runs(text: str, words: Sequence[_Word], is_name: Callable[[_Word], bool]) -> Iterator[list[_Word]]:
    """Names of one word or more: words of which each follows the one before after a space or an initial's full stop."""
    run: list[_Word] = []
    for word in words:
        initial = bool(run) and word.capital and len(word.text) == 1 and word.text != "I"
        if run and (not (initial or is_name(word)) or not _adjoin(text, run[-1], word)):
            yield run
            run = []
            initial = False
        if initial or is_name(word):
            run.append(word)
    if run:
        yield run


def _adjoin(text: str, one: _Word, other: _Word) -> bool:
    between = text[one.end : other.start]
    return between == " " or (between == ". " and len(one.text) == 1)


def _grouped(words: Iterable[str], shape: Callable[[str], Shape]) -> dict[Shape, list[str]]:
    found: dict[Shape, list[str]] = defaultdict(list)
    for word in words:
        found[shape(word)].append(word)
    return dict(found)


def _read_numbers(texts: Iterable[str]) -> dict[str, list[tuple[float, str]]]:
    """The numbers of each form, by size."""
    found: dict[str, set[tuple[float, str]]] = defaultdict(set)
    for text in texts:
        for word in WORD.findall(text):
            if number := _number(word):
                found[number.form].add((number.value, word.lower()))
    return {form: sorted(numbers) for form, numbers in found.items()}


# After these and a subject stands a verb.
_DO = _set("do does did to")
ENDINGS = _set("ings ing ers ors er or ions ion ies ss s ists ist ments ment ity ness")
SHORTEST_NOUN = 3


@dataclass(frozen=True)
class _Noun:
    """A noun that ends a phrase, as far as the words around it tell; `direct` where nothing parts it from the
    determiner, and `after` is the word that follows, empty where none does."""

    word: _Word
    determiner: str
    direct: bool
    after: str

    @property
    def shapes(self) -> list[Shape]:
        """What it must share with a noun that stands in for it, the likest first."""
        ending = next((end for end in sorted(ENDINGS, key=len)[::-1] if self.word.lower.endswith(end)), "")
        return [(ending, self.determiner, self.after), (ending, self.determiner), (ending,)]


def _nouns(question: str, words: Sequence[_Word]) -> Iterator[_Noun]:
    for at, word in enumerate(words):
        if not _may_be_noun(word) or (after := _what_follows(question, words, at)) is None:
            continue
        for back in range(1, min(at, 3) + 1):
            before = words[at - back].lower
            owns = before != "s" or (at > back and words[at - back - 1].lower not in FUNCTION_WORDS)
            verb = back > 1 and after not in AUXILIARIES and at > back and words[at - back - 1].lower in _DO
            if (before in DETERMINERS and owns and not verb) or (back == 1 and before in ("what", "which", "many")):
                yield _Noun(word, before, back == 1, after)
            if before in FUNCTION_WORDS or before in GENERIC or before.endswith("ly"):
                break


def _may_be_noun(word: _Word) -> bool:
    if not word.text.islower() or len(word.text) < SHORTEST_NOUN or word.lower.endswith(("ly", "ed")):
        return False
    return word.lower not in FUNCTION_WORDS and word.lower not in GENERIC and not _number(word.text)


def _what_follows(question: str, words: Sequence[_Word], at: int) -> str | None:
    """The word after one that ends a phrase; empty where a mark or nothing follows, None where the phrase goes on."""
    if at + 1 == len(words):
        return ""
    following, between = words[at + 1].lower, question[words[at].end : words[at + 1].start]
    if between == " ":
        return following if following in ENDERS else None
    return following if following == "s" else "" if between.strip(" -") else None


def _noun_places(paragraphs: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each word follows a determiner, and how often it ends a phrase."""
    owned: Counter[str] = Counter()
    last: Counter[str] = Counter()
    for paragraph in paragraphs:
        for one, other in pairwise(_page(paragraph).words):
            owned[other.text] += one.lower in DETERMINERS
            last[one.text] += other.lower in ENDERS or paragraph[one.end : other.start] != " "
    return owned, last


def _read_nouns(questions: Iterable[str], is_noun: Callable[[str], bool]) -> dict[Shape, list[str]]:
    """The nouns of each shape that follow their determiners directly, in more questions than one."""
    seen: dict[Shape, Counter[str]] = defaultdict(Counter)
    for question in questions:
        for noun in _nouns(question, _words(question)):
            if noun.direct and is_noun(noun.word.lower):
                for shape in noun.shapes:
                    seen[shape][noun.word.lower] += 1
    common = {noun for shape, nouns in seen.items() if len(shape) == 1 for noun in nouns if nouns[noun] > 1}
    return {shape: sorted(common.intersection(nouns)) for shape, nouns in seen.items()}


def _beside(paragraphs: Iterable[str], nouns: set[str]) -> dict[str, set[str]]:
    """The stems of the words that stand next to each of these nouns, or next but one."""
    found: dict[str, set[str]] = defaultdict(set)
    for paragraph in paragraphs:
        words = [word.lower for word in _page(paragraph).words]
        for at, word in enumerate(words):
            if word in nouns:
                near = words[max(0, at - 2) : at + 3]
                found[word].update(_stem(other) for other in near if other not in FUNCTION_WORDS)
    return found


# --- the question to be changed


# "In 1990, did he win?"
CLAUSE = re.compile(rf", (?:{'|'.join(sorted(AUXILIARIES))})\b")


@dataclass(frozen=True)
class _Asked:
    question: str
    page: _Page
    answers: tuple[str, ...]
    pool: Pool
    random: Random

    @cached_property
    def words(self) -> list[_Word]:
        return _words(self.question)

    @property
    def yes_or_no(self) -> bool:
        """Whether it asks no more than whether something is so; then most of what is said of it answers it."""
        said = [word.lower for word in self.words]
        return bool(said) and (
            said[0] in AUXILIARIES or (ASKING.isdisjoint(said) and bool(CLAUSE.search(self.question)))
        )

    def before(self, word: _Word) -> _Word | None:
        at = self.words.index(word)
        return self.words[at - 1] if at else None

    def after(self, word: _Word) -> _Word | None:
        return next(iter(self.words[self.words.index(word) + 1 :]), None)

    def beside(self, word: _Word) -> tuple[str, str]:
        """The words before and after one, in lower case; empty where there is none."""
        before, after = self.before(word), self.after(word)
        return before.lower if before else "", after.lower if after else ""

    def replaced(self, start: int, end: int, new: str) -> str:
        """The question with other words in the place of some, and the article before them as they need it."""
        before = self.question[:start]
        if new and (found := re.search(r"\b([Aa])n? $", before)):
            before = before[: found.start()] + found[1] + ("n " if re.match(r"[aeiouAEIOU]|8|1[18]\b", new) else " ")
        return before + new + self.question[end:]

    def chosen(self, old: str, here: Sequence[str], elsewhere: Sequence[str]) -> str | None:
        """One of the paragraph's own that does not make it an answer, else one that the paragraph lacks."""
        own = [new for new in here if not self._is_answer(new) and not self._told(old, new)]
        if own:
            return self.random.choice(own)
        for new in self.random.sample(elsewhere, min(len(elsewhere), TRIES)):
            if not self._is_answer(new) and not _holds(self.page.text, new) and not _holds(self.question, new):
                return new
        return None

    def told_in(self, sentences: Iterable[int], changed: str = "") -> bool:
        """Whether one of these sentences of the paragraph has much of what else the question asks."""
        rest = _stems(self.words) - {_stem(word.text) for word in _words(changed)}
        return any(len(rest & self.page.stems[number]) >= TOLD * len(rest) for number in sentences)

    @cached_property
    def answering(self) -> frozenset[int]:
        """The numbers of the sentences that hold an answer."""
        sentences = enumerate(self.page.sentences)
        return frozenset(number for number, said in sentences if any(_holds(said, answer) for answer in self.answers))

    def _is_answer(self, new: str) -> bool:
        return any(_holds(new, answer) or _holds(answer, new) for answer in self.answers)

    def _told(self, old: str, new: str) -> bool:
        """Whether a sentence may answer the question with the new word in the old one's place."""
        naming = {number for number, said in enumerate(self.page.sentences) if _holds(said, new)}
        specific = {word.lower for word in self.words} - FUNCTION_WORDS - GENERIC - VAGUE - {old.lower()}
        vague = bool(naming) and len(specific) < LEAST_SPECIFIC
        return vague or not naming.isdisjoint(self.answering) or self.told_in(naming, old)


# --- another name


LONGEST_NAME = 4


def _other_name(asked: _Asked) -> str | None:
    if asked.yes_or_no and asked.words[0].lower in BE:
        return None
    runs = [run for run in _names_asked(asked) if len(run) <= LONGEST_NAME]
    if not runs:
        return None
    run = asked.random.choice(runs)
    old = asked.question[run[0].start : run[-1].end]
    written = old if run[0].capital else old.title()
    shape, likest = asked.pool.name_shape(written), partial(asked.pool.likest, written)
    before = asked.beside(run[0])[0]
    shape = (*shape[:2], "in" if before in PLACED else "the" if before in DETERMINERS - {"s"} else shape[2])
    stems = {_stem(word.text) for word in asked.words}
    here = [name for name in asked.pool.names_of(asked.page) if asked.pool.name_shape(name)[1:] == shape[1:]]
    here = [name for name in here if stems.isdisjoint(_stem(word.text) for word in _words(name))]
    related = [name for name in asked.pool.related(asked.page) if asked.pool.name_shape(name) == shape]
    known = asked.pool.names.get(shape, [])
    further = asked.random.sample(known, min(len(known), 5 * TRIES))
    new = asked.chosen(old, here, likest(related)) or asked.chosen(old, [], likest(further))
    return new and asked.replaced(run[0].start, run[-1].end, new if run[0].capital else new.lower())


def _names_asked(asked: _Asked) -> list[list[_Word]]:
    """The question's names, whole: in a question without capitals, what its paragraph always writes with them."""
    titled = all(word.capital for word in asked.words)

    def is_known(word: _Word) -> bool:
        if not asked.pool.is_name(word.text):
            return False
        if word.capital and not titled:
            return word.start > 0 or word.text in asked.page.written
        return word.lower not in asked.page.written and word.lower in asked.page.lower

    def may_belong(word: _Word) -> bool:
        return is_known(word) or (word.capital and word.start > 0 and not titled and len(word.text) > 1)

    runs = _runs(asked.question, asked.words, may_belong)
    return [run for run in runs if any(map(is_known, run)) and not any(word.lower in CALENDAR for word in run)]


# --- another number


# "Which two": it counts what is asked for, so with another number the answer stays.
COUNTS_ANSWERS = _set("what which are were these those name last other all both")
# What came "after 1990" came after another year too.
BOUNDS = _set("before after between until till from to than and by since over under above below")


def _other_number(asked: _Asked) -> str | None:
    if asked.yes_or_no:
        return None
    for word in asked.words:
        number = _number(word.text)
        if number and number.value in asked.page.values and _counts(asked, word):
            here = sorted(text.lower() for other, text in asked.page.numbers.items() if number.like(other))
            if new := asked.chosen(word.text, here, _like_numbers(asked, word.text, number)):
                return asked.replaced(word.start, word.end, new.capitalize() if word.capital else new)
    return None


def _like_numbers(asked: _Asked, text: str, number: _Number) -> list[str]:
    """The pool's numbers that could stand there and that the paragraph has in no form."""
    known = asked.pool.numbers.get(number.form, [])
    low, high = bisect_left(known, (number.value / TIMES,)), bisect_right(known, (number.value * TIMES, "~"))
    spelled = number.form in ("two", "second")
    return [
        other
        for value, other in known[low:high]
        if number.like(_Number(number.form, value))
        and value not in asked.page.values
        and (spelled or (len(other) == len(text) and other[0] != "0"))
    ]


def _counts(asked: _Asked, word: _Word) -> bool:
    """Whether a number counts or orders things: no year, day, range, time or count of the answers."""
    marks = asked.question[max(0, word.start - 1) : word.start] + asked.question[word.end : word.end + 2]
    if re.search(r"[/:#_–-]\d?$|[/:#_]|\.\d|^-", marks) or YEAR.fullmatch(word.text):
        return False
    before, after = asked.beside(word)
    if word.lower in ORDINALS:
        return before in DETERMINERS and not _number(after)
    return before not in COUNTS_ANSWERS | BOUNDS and before not in CALENDAR and after not in CALENDAR


# --- another date


MONTHS = "january february march april may june july august september october november december"
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
CALENDAR = _set(MONTHS + " " + WEEKDAYS)
YEAR = re.compile(r"(?:1\d|20)\d\ds?")
YEARS = re.compile(r"\b(\d{4})s?\s*(?:-|–|—|to|until|and)\s*(\d{4})\b")
DAY = re.compile(r"(\d\d?)(st|nd|rd|th)?")
LATEST_YEAR = 2025
# A year further off is seen through at once.
FURTHEST = 80


def _other_date(asked: _Asked) -> str | None:
    if asked.yes_or_no:
        return None
    for word in asked.random.sample(asked.words, len(asked.words)):
        before, after = asked.beside(word)
        if before not in BOUNDS and after not in ("and", "or") and (new := _date_for(asked, word)):
            return asked.replaced(word.start, word.end, new)
    return None


def _date_for(asked: _Asked, word: _Word) -> str | None:
    if YEAR.fullmatch(word.text):
        decade = word.text.endswith("s") or asked.beside(word)[1] == "s"
        return _year_for(asked, word.text, 10 if decade else 1)
    for calendar in (MONTHS.split(), WEEKDAYS.split()):
        if word.lower in calendar and _is_calendar(asked, word):
            new = asked.chosen(word.text, [], [name for name in calendar if name != word.lower])
            return new and (new.capitalize() if word.capital else new)
    if (found := DAY.fullmatch(word.text)) and not CALENDAR.isdisjoint(asked.beside(word)):
        days = [str(day) for day in range(1, 29) if str(day) != found[1] and day not in asked.page.values]
        new = asked.random.choice(days)
        return new + _suffix(int(new)) if found[2] else new
    return None


def _year_for(asked: _Asked, old: str, step: int) -> str | None:
    year = int(old[:4])
    here = {word.text for word in asked.page.words if YEAR.fullmatch(word.text) and len(word.text) == len(old)}
    here = {other for other in here if 0 < abs(int(other[:4]) - year) <= FURTHEST and int(other[:4]) % step == 0}
    # "The 1900s" may be a century.
    near = (year + step * by for by in range(-15, 16) if abs(by) > 1 and (step == 1 or (year + step * by) % 100))
    ranges = [(int(first), int(last)) for first, last in YEARS.findall(asked.page.text)]
    free = [other for other in near if other <= LATEST_YEAR and not any(a <= other <= b for a, b in ranges)]
    return asked.chosen(old, sorted(here), [f"{other}{old[4:]}" for other in free])


def _is_calendar(asked: _Asked, word: _Word) -> bool:
    """Whether it is a month or a day of the week and no part of a name ("The Sunday Times"), nor "may" or "march"."""
    around = [other for other in (asked.before(word), asked.after(word)) if other]
    if any(other.capital and other.start > 0 and other.lower not in CALENDAR for other in around):
        return False
    return word.lower not in ("may", "march") or asked.beside(word)[0] in ("in", "of", "on", "during", "early", "late")


def _suffix(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


# --- a negation more or less


SHORT_NOT = re.compile(
    r"\b(wo|ca|sha|is|are|was|were|do|does|did|could|would|should|has|have|had|must)n['’]?t\b|\b(can)not\b",
    re.IGNORECASE,
)
LONG_FORMS = {"wo": "will", "ca": "can", "sha": "shall"}
NOT = re.compile(r" (?:not|never)\b", re.IGNORECASE)
# Where "not" belongs to something else than the verb.
SET_PHRASES = re.compile(
    r"\b(?:not (?:only|just|including|even)|(?:why|or|if|but|and) not|always|ever)\b"
    r"|\bhow (?!many|do|does|did|can|could|to)",
    re.IGNORECASE,
)
DENIES = re.compile(
    r"n['’]t\b|\b(?:not|never|no|nothing|none|nobody|neither|nor|without|lacks?|cannot|(?:do|did|does|ca|wo|is|was)nt)\b",
    re.IGNORECASE,
)
DENIED = {word: f"{word}n't" for word in _set("is are was were do does did could would should has have had must")}
DENIED |= {"can": "can't", "will": "won't"}
IRREGULAR_PASTS = """won/win lost/lose made/make wrote/write said/say gave/give got/get took/take came/come went/go
    saw/see knew/know found/find thought/think told/tell became/become left/leave felt/feel brought/bring began/begin
    kept/keep held/hold stood/stand heard/hear met/meet ran/run paid/pay sat/sit spoke/speak led/lead grew/grow
    fell/fall sent/send built/build understood/understand drew/draw broke/break spent/spend bought/buy caught/catch
    taught/teach chose/choose rose/rise drove/drive fought/fight flew/fly sold/sell sang/sing wore/wear threw/throw
    struck/strike shot/shoot sought/seek"""
BASES = dict(pair.split("/") for pair in IRREGULAR_PASTS.split())


def _negated(asked: _Asked) -> str | None:
    """The question with "not" where it has none, or without it; one for yes or no is answered either way."""
    if asked.yes_or_no or SET_PHRASES.search(asked.question):
        return None
    affirmed = _affirmed(asked.question)
    denying = {number for number, said in enumerate(asked.page.sentences) if DENIES.search(said)}
    if affirmed != asked.question:
        asserting = set(range(len(asked.page.sentences))) - denying
        return None if asked.told_in(asserting - asked.answering) else affirmed
    return None if asked.told_in(denying) else _denied(asked)


def _affirmed(question: str) -> str:
    if found := SHORT_NOT.search(question):
        stem = found[1] or found[2]
        return question[: found.start()] + LONG_FORMS.get(stem.lower(), stem) + question[found.end() :]
    return NOT.sub("", question, count=1)


def _denied(asked: _Asked) -> str | None:
    at = next((at for at, word in enumerate(asked.words) if at and word.lower in DENIED), None)
    if at is None:
        return _verb_denied(asked)
    word, after = asked.words[at], asked.words[at + 1 :]
    is_be = word.lower in BE
    if not after or (is_be and any(earlier.lower == "how" for earlier in asked.words[:at])):
        return None
    subject = _plain_subject(after)
    if subject and len(after) > subject and not is_be:
        end = after[subject - 1].end
        return asked.replaced(end, end, asked.random.choice((" not", " never")))
    asks_subject = asked.words[at - 1].lower not in ASKING - {"what", "who", "which"}
    if is_be and asks_subject and after[0].lower not in DETERMINERS | PRONOUNS and asked.random.random() < 0.7:
        return asked.replaced(word.end, word.end, " not")
    return asked.replaced(word.start, word.end, DENIED[word.lower])


def _plain_subject(words: Sequence[_Word]) -> int:
    """How many of the words are the subject, where that is plain; else none."""
    if words[0].lower in PRONOUNS:
        return 1
    return 2 if len(words) > 1 and words[0].lower in ("the", "this") and words[1].lower in PEOPLE else 0


def _verb_denied(asked: _Asked) -> str | None:
    """Of a question whose subject is asked for: "who won" is "who did not win" or "who never won"."""
    if len(asked.words) < 3 or asked.words[0].lower not in ("who", "what", "which"):
        return None
    verb, after = asked.words[1], asked.words[2].lower
    base = BASES.get(verb.lower) or _base(verb.lower, asked.pool.vocabulary)
    is_verb = asked.words[0].lower == "who" or (after in FUNCTION_WORDS and after not in ("of", "and", "or"))
    if base is None or not is_verb or verb.capital:
        return None
    past = verb.lower in BASES or verb.lower.endswith("ed")
    forms = (f"{'did' if past else 'does'} not {base}", f"never {verb.text}")
    return asked.replaced(verb.start, verb.end, asked.random.choice(forms))


def _base(verb: str, vocabulary: Mapping[str, int]) -> str | None:
    """The base of a regular past or third person: of the forms that it may have, the most common."""
    ending = next((ending for ending in ("ied", "ed", "ies", "es", "s") if verb.endswith(ending)), None)
    if ending is None or verb.endswith("ss"):
        return None
    stem = verb.removesuffix(ending)
    forms = [stem + "y"] if ending[0] == "i" else [stem + "e", stem] if ending[0] == "e" else [stem]
    if len(stem) > 3 and stem[-1] == stem[-2]:
        forms.append(stem[:-1])
    best = max(forms, key=lambda form: vocabulary.get(form, 0))
    return best if vocabulary.get(best, 0) else None


# --- the opposite


OPPOSITES = """
    after/before most/least highest/lowest largest/smallest biggest/smallest greatest/smallest
    more/less higher/lower larger/smaller bigger/smaller greater/lesser first/last majority/minority maximum/minimum
    major/minor top/bottom upper/lower high/low large/small big/small taller/shorter tallest/shortest
    long/short longer/shorter longest/shortest wide/narrow wider/narrower widest/narrowest deep/shallow deeper/shallower
    deepest/shallowest thick/thin thicker/thinner heavy/light heavier/lighter heaviest/lightest fast/slow faster/slower
    fastest/slowest hot/cold hotter/colder hottest/coldest warm/cool warmer/cooler warmest/coolest wet/dry wetter/drier
    strong/weak stronger/weaker strongest/weakest easy/hard loud/quiet louder/quieter
    sharp/dull smooth/rough tight/loose bright/dark brighter/darker full/empty clean/dirty rich/poor richer/poorer
    richest/poorest old/new older/newer oldest/newest older/younger oldest/youngest early/late earlier/later
    earliest/latest ancient/modern nearest/farthest closest/farthest cheap/expensive cheaper/pricier
    cheapest/priciest easy/difficult easier/harder easiest/hardest safe/dangerous safest/riskiest
    simple/complicated simpler/trickier simplest/trickiest common/rare always/never often/rarely usually/rarely
    frequently/rarely best/worst better/worse good/bad positive/negative happy/unhappy satisfied/dissatisfied
    comfortable/uncomfortable popular/unpopular successful/unsuccessful possible/impossible able/unable
    necessary/unnecessary legal/illegal official/unofficial public/private urban/rural domestic/foreign
    internal/external interior/exterior indoor/outdoor inside/outside above/below without/with
    north/south northern/southern northernmost/southernmost east/west eastern/western easternmost/westernmost
    northeast/southwest northwest/southeast left/right front/back summer/winter summers/winters morning/evening
    male/female males/females boy/girl boys/girls father/mother brother/sister brothers/sisters son/daughter
    sons/daughters husband/wife king/queen
    increase/decrease increases/decreases increased/decreased increasing/decreasing rise/fall rises/falls rose/fell
    rising/falling raise/lower raised/lowered expand/shrink expanded/shrank grow/shrink grew/shrank
    win/lose wins/loses won/lost winning/losing winner/loser winners/losers victory/defeat victories/defeats
    gain/lose gained/lost buy/sell buys/sells bought/sold buying/selling import/export imports/exports
    imported/exported begin/end begins/ends began/ended start/stop starts/stops started/stopped
    starting/stopping open/close opened/closed opens/closes opening/closing accept/reject accepts/rejects
    accepted/rejected approve/reject approved/rejected allow/forbid allows/forbids allowed/forbidden ban/allow
    bans/allows banned/allowed prohibit/permit prohibits/permits prohibited/permitted love/hate loves/hates loved/hated
    like/dislike likes/dislikes liked/disliked enjoy/dislike enjoys/dislikes enjoyed/disliked arrive/depart
    arrives/departs arrived/departed enter/exit entered/exited push/pull pushed/pulled include/exclude includes/excludes
    included/excluded add/remove adds/removes added/removed adding/removing agree/disagree agrees/disagrees
    agreed/disagreed supports/opposes supported/opposed supporters/opponents attack/defend
    attacked/defended succeed/fail success/failure advantage/disadvantage advantages/disadvantages benefit/drawback
    benefits/drawbacks pros/cons strengths/weaknesses weakness/strength profit/loss profits/losses
    create/destroy created/destroyed built/demolished borrow/lend borrowed/lent teach/learn
    ally/enemy allies/enemies birth/death born/buried hire/fire hired/fired
    appointed/dismissed encourage/discourage encouraged/discouraged encourages/discourages praise/criticize
    praised/criticized recommend/discourage remember/forget trust/distrust trusts/distrusts
"""
# A review often tells both what its writer likes and what not, in whatever words.
OPINION = _set(
    """like likes liked dislike dislikes disliked love loves loved hate hates hated good bad better worse best worst
    enjoy enjoys enjoyed happy unhappy satisfied dissatisfied advantage advantages disadvantage disadvantages benefit
    benefits drawback drawbacks pros cons positive negative strengths weakness weaknesses recommend discourage"""
)
CONTRAST = re.compile(
    r"n['’]t\b|\b(?:not|but|however|although|though|only|problem|complaint|wish|except|unfortunately|issue)\b",
    re.IGNORECASE,
)
# These are other words too, unless a determiner stands before.
ONLY_DETERMINED = _set("last left right front back lower close light cool first")
# These are nouns too, after a determiner or a word of time.
ONLY_VERBS = _set(
    "begin begins end ends start stop rise fall falls attack raise lead hire trust buy add push pull love hate"
)
NEVER_AFTER = _set("how at as what any no one some ever something much years year months month named look looking")
NEVER_BEFORE = _set("weight money source drive disk time up")


def _opposites() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one, other in (pair.split("/") for pair in OPPOSITES.split() if "/" in pair):
        found[one].append(other)
        found[other].append(one)
    return {word: tuple(dict.fromkeys(others)) for word, others in found.items()}


OPPOSITE = _opposites()


def _turned(asked: _Asked) -> str | None:
    if asked.yes_or_no:
        return None
    for word in asked.words:
        free = [other for other in OPPOSITE.get(word.lower, ()) if not _holds(asked.question, other)]
        if free and _may_turn(asked, word) and (new := asked.chosen(word.text, free, [])):
            return asked.replaced(word.start, word.end, new.capitalize() if word.capital else new)
    return None


def _may_turn(asked: _Asked, word: _Word) -> bool:
    """Whether a word stands in the sense that its opposite is one of, and the opposite changes what is asked."""
    before, after = asked.beside(word)
    if (word.capital and word.start > 0) or before in NEVER_AFTER or after in NEVER_BEFORE:
        return False
    two_sided = word.lower in OPINION and CONTRAST.search(asked.page.text)
    if two_sided or _compares_two(asked, word) or before == "not" or after == "t" or word.lower in ("with", "left"):
        return False
    if word.lower == "like":
        return before in PRONOUNS | PEOPLE and any(other.lower in ("do", "does", "did") for other in asked.words)
    if word.lower == "most":
        return before in DETERMINERS or after in ENDERS or not after
    if word.lower in ONLY_VERBS:
        return before not in DETERMINERS | PLACED | {"last"}
    return word.lower not in ONLY_DETERMINED or before in DETERMINERS


def _compares_two(asked: _Asked, word: _Word) -> bool:
    """Whether one of two is asked for, so that the opposite asks for the other ("which is smaller?")."""
    said = {other.lower for other in asked.words}
    return (
        (word.lower.endswith("er") or word.lower in ("more", "less", "worse"))
        and "which" in said
        and "than" not in said
    )


# --- another thing


def _other_noun(asked: _Asked) -> str | None:
    found = [noun for noun in _nouns(asked.question, asked.words) if noun.word.lower in asked.page.lower]
    found = [noun for noun in found if asked.pool.is_noun(noun.word.lower)]
    if not found:
        return None
    noun = asked.random.choice(found)
    stems = {_stem(word.text) for word in asked.words} | asked.page.all_stems
    beside = _stems(asked.words) - {_stem(noun.word.text)}
    for shape in noun.shapes:
        free = [other for other in asked.pool.nouns.get(shape, []) if _stem(other) not in stems]
        apt = [other for other in free if asked.pool.fits(other, beside)]
        if new := asked.chosen(noun.word.text, [], apt or free):
            return asked.replaced(noun.word.start, noun.word.end, new)
    return None


MAKERS: tuple[tuple[Kind, Callable[[_Asked], str | None]], ...] = (
    ("name", _other_name),
    ("number", _other_number),
    ("date", _other_date),
    ("negation", _negated),
    ("antonym", _turned),
    ("noun", _other_noun),
)


def near_misses(question: str, paragraph: str, answers: Sequence[str], pool: Pool, random: Random) -> list[NearMiss]:
    """What can be made of a question that its paragraph answers: at most one of each kind, always in one order."""
    asked = _Asked(question, _page(paragraph), tuple(answers), pool, random)
    made = ((kind, make(asked)) for kind, make in MAKERS)
    return [NearMiss(new, kind) for kind, new in made if new and new.lower() != question.lower()]

"""Made-up near misses: questions that look like a paragraph's own and that it does not answer.

Each is an answerable question with one thing changed, in the kinds that people who wrote unanswerable questions by hand
used (Rajpurkar, Jia and Liang, "Know What You Don't Know", 2018): another entity, number or date, a negation more or
less, the opposite, another thing of the same sort. All is read off the letters of the words and the texts given: no
tagger, no model.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import Literal

from index.english import COMMON_WORDS, FUNCTION_WORDS

Kind = Literal["name", "number", "date", "negation", "antonym", "noun"]

# A number, or a word without what it is shortened by or owns with ("the reviewer's", "didn't").
WORD = re.compile(
    r"\d+(?:[.,]\d+)*(?:st|nd|rd|th|s)?(?![^\W_])"
    r"|[^\W_]+(?:[-&][^\W_]+|['’](?!(?:s|t|re|ve|ll|d|m)\b)[^\W_]+)*"
)
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”')]*\s+|\n+")
# Words that begin alike are taken for forms of one word.
STEM = 5
# A sentence with this share of what else a question asks may well answer it.
TOLD = 0.34


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


def _holds(text: str, word: str) -> bool:
    """Whether a text has a word or words, whatever the case of either."""
    return bool(re.search(rf"(?<![^\W_]){re.escape(word.lower())}(?![^\W_])", text.lower()))


AUXILIARIES = frozenset(
    """is are was were am do does did can could will would shall should may might must has have had
    isn aren wasn weren don doesn didn couldn won wouldn shouldn hasn haven hadn dont doesnt didnt""".split()
)
DETERMINERS = frozenset("the a an this that these those his her its their my your our s each every".split())
# What stands after the noun that a phrase ends with.
ENDERS = frozenset(
    """is are was were do does did can could will would should may might must has have had of in on at for from to by
    with about as into during when that who which and or but not than after before if because""".split()
)
PLACED = frozenset("in at near across throughout into".split())
# What any text of its sort has, so that a question that changes it, or to it, may be answered all the same.
GENERIC = frozenset(
    """author authors writer writers reviewer reviewers poster posters person people user users customer customers
    buyer buyers individual individuals man woman guy speaker narrator someone somebody anyone one ones
    product products item items thing things stuff object purchase review reviews post posts comment article text
    passage paragraph story author's name names type types kind kinds sort sorts way ways example examples part parts
    number numbers amount time times year years day days date month months week weeks result reason reasons problem
    problems issue issues question answer answers term terms word words case cases point main use uses lot bit piece
    something anything everything nothing other others same op user's brand place location group fact order end order
    """.split()
)


# --- numbers and dates


UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty""".split()
TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
CARDINALS = {**{word: value for value, word in enumerate(UNITS)}, **TENS}
ORDINALS = {
    word: value
    for value, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1)
}
MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
CALENDAR = frozenset(MONTHS + WEEKDAYS)
YEAR = re.compile(r"(?:1\d|20)\d\ds?")
# "Which two": it counts what is asked for, so with another number the answer stays.
COUNTS_ANSWERS = frozenset("what which are were these those name last other".split())
# With another year, what came "after 1990" often stays the same.
BOUNDS = frozenset("before after between until till from to than and".split())
LATEST_YEAR = 2025


@dataclass(frozen=True)
class _Number:
    """`form` is how it is written: "2", "2.5", "2nd", "two" or "second", each for all of its sort."""

    form: str
    value: float


def _number(word: str) -> _Number | None:
    lower = word.lower()
    if lower in CARDINALS and lower not in ("zero", "one"):
        return _Number("two", CARDINALS[lower])
    if lower in ORDINALS:
        return _Number("second", ORDINALS[lower])
    if not (found := re.fullmatch(r"(\d+(?:,\d{3})*)(\.\d+)?(st|nd|rd|th)?", lower)) or len(lower) > 12:
        return None
    value = float(found[1].replace(",", "") + (found[2] or ""))
    return _Number("2nd" if found[3] else "2.5" if found[2] else "2,000" if "," in found[1] else "2", value)


def _alike(one: _Number, other: _Number) -> bool:
    """Whether they are written alike, of like size, and not the same."""
    small = max(one.value, other.value) <= 12
    near = small or min(one.value, other.value) * 3 >= max(one.value, other.value)
    return one.form == other.form and one.value != other.value and near and min(one.value, other.value) > 0


# --- what a paragraph and the pool have


def _name_runs(text: str, is_name: Callable[[_Word], bool]) -> Iterator[list[_Word]]:
    """Names of one or more words, each the words that stand side by side."""
    run: list[_Word] = []
    for word in _words(text):
        if run and (not is_name(word) or text[run[-1].end : word.start] != " "):
            yield run
            run = []
        if is_name(word):
            run.append(word)
    if run:
        yield run


class _Page:
    """What is asked of a paragraph again and again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sentences = [sentence for sentence in SENTENCE_END.split(text) if sentence]
        self.stems = [{_stem(word.text) for word in _words(sentence)} for sentence in self.sentences]

    @cached_property
    def words(self) -> list[_Word]:
        return _words(self.text)

    @cached_property
    def written(self) -> frozenset[str]:
        return frozenset(word.text for word in self.words)

    @cached_property
    def lower(self) -> frozenset[str]:
        return frozenset(word.lower for word in self.words)

    @cached_property
    def all_stems(self) -> frozenset[str]:
        return frozenset(stem for stems in self.stems for stem in stems)

    @cached_property
    def numbers(self) -> dict[_Number, str]:
        return {number: word.text for word in self.words if (number := _number(word.text))}

    @cached_property
    def values(self) -> frozenset[float]:
        return frozenset(number.value for number in self.numbers) | frozenset(
            float(word.text[:4]) for word in self.words if YEAR.fullmatch(word.text)
        )


@lru_cache(maxsize=4096)
def _page(text: str) -> _Page:
    return _Page(text)


class Pool:
    """Names, numbers and nouns of many questions and paragraphs, by what they can stand in for."""

    def __init__(self, questions: Iterable[str], paragraphs: Iterable[str]) -> None:
        questions, paragraphs = list(questions), list(paragraphs)
        self._capital, self._small = _cases(paragraphs)
        self.vocabulary = self._capital + self._small
        self._placed: Counter[str] = Counter()
        self._owned: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        names: Counter[str] = Counter()
        for paragraph in paragraphs:
            for name in self._read_names(paragraph):
                names[name] += 1
        self.names = _grouped(sorted(name for name in names if names[name] > 1), self.name_shape)
        self.numbers = self._read_numbers([*questions, *paragraphs])
        self.nouns = _read_nouns(questions)

    def is_name(self, word: str) -> bool:
        """Whether a word is written with a capital inside sentences, more often than not."""
        lower = word.lower()
        if lower in COMMON_WORDS or lower in CALENDAR or lower in GENERIC or len(word) < 2 or word[0].isdigit():
            return False
        return self._capital[lower] > 2 * self._small[lower]

    def name_shape(self, name: str) -> tuple[str, ...]:
        """How a name is written and stands: names of one shape can stand for one another."""
        words = name.split()
        form = "ACRONYM" if name.isupper() and len(name) < 6 else str(min(len(words), 3))
        people = re.search(r"(?:ish|ese|ian|ans|ians|can|man)$", words[-1].lower())
        seen = self._seen[name] or 1
        place = "place" if self._placed[name] * 3 >= seen else "the" if self._owned[name] * 5 >= seen * 2 else ""
        return form, "people" if people else "", place

    def names_of(self, paragraph: str) -> list[str]:
        runs = _name_runs(paragraph, lambda word: word.capital and self.is_name(word.text))
        return sorted({paragraph[run[0].start : run[-1].end] for run in runs})

    def _read_names(self, paragraph: str) -> Iterator[str]:
        ends = {word.end: word.lower for word in _page(paragraph).words}
        for run in _name_runs(paragraph, lambda word: word.capital and self.is_name(word.text)):
            name = paragraph[run[0].start : run[-1].end]
            before = ends.get(run[0].start - 1, "")
            self._seen[name] += 1
            self._placed[name] += before in PLACED
            self._owned[name] += before in DETERMINERS
            yield name

    def _read_numbers(self, texts: Iterable[str]) -> dict[str, list[tuple[float, str]]]:
        found: dict[str, set[tuple[float, str]]] = defaultdict(set)
        for text in texts:
            for word in WORD.findall(text):
                if number := _number(word):
                    found[number.form].add((number.value, word))
        return {form: sorted(numbers) for form, numbers in found.items()}


def _cases(paragraphs: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each word is written with a capital inside a sentence, and how often without."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for paragraph in paragraphs:
        for sentence in _page(paragraph).sentences:
            for word in _words(sentence)[1:]:
                (capital if word.capital else small)[word.lower] += 1
    return capital, small


def _grouped(words: Iterable[str], shape: Callable[[str], tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in words:
        found[shape(word)].append(word)
    return dict(found)


def _ending(noun: str) -> str:
    for ending in ("ings", "ing", "ers", "ors", "er", "or", "ions", "ion", "ies", "ss", "s", "ist", "ment", "ity"):
        if noun.endswith(ending):
            return ending
    return ""


def _nouns(question: str) -> Iterator[tuple[_Word, str, str]]:
    """Nouns that end a phrase, as far as the words around them tell: each, its determiner and the word after it."""
    words = _words(question)
    for at, word in enumerate(words):
        if not word.text.islower() or word.lower in FUNCTION_WORDS or word.lower in GENERIC or len(word.text) < 3:
            continue
        after = words[at + 1].lower if at + 1 < len(words) else "?"
        gap = question[word.end : words[at + 1].start] if at + 1 < len(words) else " "
        if (after not in ENDERS and after != "?" and gap == " ") or not gap.strip() == "" and "'" not in gap:
            after = "" if gap == " " else after
        if not after or word.lower.endswith(("ly", "ed")) or _number(word.text):
            continue
        before = [other.lower for other in words[max(0, at - 3) : at]]
        determiner = next((other for other in reversed(before) if other in FUNCTION_WORDS or other == "many"), "")
        distance = before[::-1].index(determiner) if determiner else 3
        if determiner in DETERMINERS or (determiner in ("what", "which", "many") and distance == 0):
            yield word, determiner if distance == 0 else "far", after


def _read_nouns(questions: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    seen: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for question in questions:
        for word, determiner, after in _nouns(question):
            for shape in _noun_shapes(word.lower, determiner, after):
                seen[shape][word.lower] += 1
    return {shape: sorted(noun for noun in nouns if nouns[noun] > 1) for shape, nouns in seen.items()}


def _noun_shapes(noun: str, determiner: str, after: str) -> list[tuple[str, ...]]:
    return [(_ending(noun), determiner, after), (_ending(noun), determiner), (_ending(noun),)]


# --- the question to be changed


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
        return bool(self.words) and self.words[0].lower in AUXILIARIES

    def before(self, word: _Word) -> str:
        at = self.words.index(word)
        return self.words[at - 1].lower if at else ""

    def after(self, word: _Word) -> str:
        at = self.words.index(word) + 1
        return self.words[at].lower if at < len(self.words) else ""

    def swapped(self, start: int, end: int, new: str) -> str:
        return self.question[:start] + new + self.question[end:]

    def is_answer(self, new: str) -> bool:
        return any(_holds(new, answer) or _holds(answer, new) for answer in self.answers)

    def told(self, old: str, new: str) -> bool:
        """Whether a sentence may answer the question with the new word in the old one's place."""
        gone = {_stem(word.text) for word in _words(old)}
        rest = {_stem(word.text) for word in self.words if word.lower not in FUNCTION_WORDS} - gone
        for sentence, stems in zip(self.page.sentences, self.page.stems, strict=True):
            if _holds(sentence, new):
                has_answer = any(_holds(sentence, answer) for answer in self.answers)
                if has_answer or len(rest & stems) >= TOLD * len(rest):
                    return True
        return False

    def chosen(self, old: str, here: Sequence[str], elsewhere: Sequence[str]) -> str | None:
        """One of the paragraph's own that does not make it an answer, else one that the paragraph lacks."""
        own = [new for new in here if not self.is_answer(new) and not self.told(old, new)]
        if own:
            return self.random.choice(own)
        for new in self.random.sample(elsewhere, min(len(elsewhere), 12)):
            if not self.is_answer(new) and not _holds(self.page.text, new) and new.lower() != old.lower():
                return new
        return None


def _name(asked: _Asked) -> str | None:
    def is_name(word: _Word) -> bool:
        if not asked.pool.is_name(word.text):
            return False
        in_page = word.text in asked.page.written if word.capital else word.text.capitalize() in asked.page.written
        return (word.capital and word.start > 0) or (in_page and word.lower not in asked.page.written)

    if asked.yes_or_no and asked.words[0].lower in ("is", "are", "was", "were"):
        return None
    runs = list(_name_runs(asked.question, is_name))
    if not runs or len(runs[0]) > 4:
        return None
    run = asked.random.choice(runs)
    old = asked.question[run[0].start : run[-1].end]
    stems = {_stem(word.text) for word in asked.words}
    written = old if run[0].capital else " ".join(word.text.capitalize() for word in run)
    shape = asked.pool.name_shape(written)
    here = [name for name in asked.pool.names_of(asked.page.text) if not stems & {_stem(w) for w in name.split()}]
    here = [name for name in here if asked.pool.name_shape(name)[1:] == shape[1:]]
    new = asked.chosen(old, here, asked.pool.names.get(shape, []))
    return new and asked.swapped(run[0].start, run[-1].end, new if run[0].capital else new.lower())


def _number_miss(asked: _Asked) -> str | None:
    if asked.yes_or_no:
        return None
    for word in asked.words:
        number = _number(word.text)
        if not number or number.value not in asked.page.values or not _stands_alone(asked, word):
            continue
        here = sorted(text for other, text in asked.page.numbers.items() if _alike(number, other))
        known = asked.pool.numbers.get(number.form, [])
        low, high = bisect_left(known, (number.value / 3, "")), bisect_right(known, (number.value * 3, "~"))
        like = [
            text
            for value, text in known[low:high]
            if value not in asked.page.values
            and value != number.value
            and len(text) == len(word.text) | (number.form in ("two", "second")) * len(text)
            and text.rstrip("0") != text
            or word.text.rstrip("0") == word.text
        ]
        if new := asked.chosen(word.text, here, like):
            return asked.swapped(word.start, word.end, new.lower())
    return None


def _stands_alone(asked: _Asked, word: _Word) -> bool:
    """Whether a number counts or orders things: no year, day, version, time or count of the answers."""
    around = asked.question[max(0, word.start - 1) : word.start] + asked.question[word.end : word.end + 1]
    if re.search(r"[/:.#_]", around.rstrip(".")) or YEAR.fullmatch(word.text):
        return False
    before, after = asked.before(word), asked.after(word)
    if word.lower in ORDINALS:
        return before in DETERMINERS
    return before not in COUNTS_ANSWERS and before not in MONTHS and after not in MONTHS


def _date(asked: _Asked) -> str | None:
    if asked.yes_or_no:
        return None
    for word in asked.words:
        if asked.before(word) in BOUNDS:
            continue
        if new := _other_date(asked, word):
            return asked.swapped(word.start, word.end, new)
    return None


def _other_date(asked: _Asked, word: _Word) -> str | None:
    before, after = asked.before(word), asked.after(word)
    if YEAR.fullmatch(word.text):
        return _other_year(asked, word.text)
    for calendar in (MONTHS, WEEKDAYS):
        sure = word.lower not in ("may", "march") or before in ("in", "of", "on") or (word.capital and word.start > 0)
        if word.lower in calendar and sure:
            new = asked.chosen(word.text, [], [day for day in calendar if day != word.lower])
            return new and (new.capitalize() if word.capital else new)
    if (before in MONTHS or after in MONTHS) and (found := re.fullmatch(r"(\d\d?)(st|nd|rd|th)?", word.text)):
        days = [str(day) for day in range(1, 29) if str(day) != found[1] and float(day) not in asked.page.values]
        new = asked.random.choice(days) if days else None
        return new and (new + _suffix(int(new)) if found[2] else new)
    return None


def _suffix(number: int) -> str:
    return "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _other_year(asked: _Asked, old: str) -> str | None:
    here = [word.text for word in asked.page.words if YEAR.fullmatch(word.text) and word.text != old]
    here = [year for year in sorted(set(here)) if len(year) == len(old)]
    year, step = int(old[:4]), 10 if old.endswith("s") else 1
    near = [year + step * by for by in (*range(-15, -1), *range(2, 16)) if year + step * by <= LATEST_YEAR]
    near = [other for other in near if not _in_a_range(asked.page.text, other)]
    return asked.chosen(old, here, [f"{other}{old[4:]}" for other in near])


def _in_a_range(text: str, year: int) -> bool:
    ranges = re.findall(r"\b(\d{4})s?\s*(?:-|–|—|to|until|and)\s*(\d{4})\b", text)
    return any(int(first) <= year <= int(last) for first, last in ranges)


NEGATED = re.compile(r"\b(?:can(?=not\b)|[a-z]+(?=n['’]t\b))|\bnot\b|\bnever\b", re.IGNORECASE)
IRREGULAR_AUXILIARIES = {"won't": "will", "can't": "can", "shan't": "shall"}
NO_NEGATION = re.compile(r"\b(?:not only|why not|or not|not including|if not|not just)\b", re.IGNORECASE)
SHORT_NOT = re.compile(
    r"\b(won|can|shan|is|are|was|were|do|does|did|could|would|should|has|have|had|must)(?:n['’]?t|['’]t)\b",
    re.IGNORECASE,
)
PRONOUNS = frozenset("he she it they you i we this".split())
PEOPLE = frozenset(
    "author writer reviewer poster person user customer buyer individual man woman speaker narrator op".split()
)
BE = frozenset("is are was were".split())
IRREGULAR_PAST = dict(
    pair.split("/")
    for pair in """won/win lost/lose made/make wrote/write said/say gave/give got/get took/take came/come went/go
    saw/see knew/know found/find thought/think told/tell became/become left/leave felt/feel brought/bring
    began/begin kept/keep held/hold stood/stand heard/hear met/meet ran/run paid/pay sat/sit spoke/speak led/lead
    grew/grow fell/fall sent/send built/build understood/understand drew/draw broke/break spent/spend bought/buy
    caught/catch taught/teach chose/choose rose/rise drove/drive fought/fight flew/fly sold/sell sang/sing wore/wear
    threw/throw struck/strike shot/shoot sought/seek swam/swim played/play did/do had/have""".split()
)


def _negation(asked: _Asked) -> str | None:
    if asked.yes_or_no or NO_NEGATION.search(asked.question) or not asked.words:
        return None
    affirmed = _affirmed(asked.question)
    return affirmed if affirmed != asked.question else _denied(asked)


def _affirmed(question: str) -> str:
    if found := SHORT_NOT.search(question):
        stem = found[1].lower()
        stem = {"won": "will", "can": "can", "shan": "shall"}.get(stem, stem)
        return question[: found.start()] + stem + question[found.end() :]
    if found := re.search(r"(?<=\bcan)not\b|\s+(?:not|never)\b", question, re.IGNORECASE):
        return question[: found.start()] + question[found.end() :]
    return question


def _denied(asked: _Asked) -> str | None:
    words = asked.words
    at = next((at for at, word in enumerate(words) if at and word.lower in SHORTENED), None)
    if at is None:
        return _verb_denied(asked)
    word, after = words[at], words[at + 1 :]
    asks_how = any(earlier.lower == "how" for earlier in words[:at])
    if not after or (asks_how and word.lower in BE):
        return None
    subject = _simple_subject(after)
    if subject is not None and len(after) > subject + 1 and word.lower not in BE:
        end = after[subject].end
        return asked.swapped(end, end, asked.random.choice((" not", " never")))
    if asked.random.random() < 0.5 or (word.lower in BE and after[0].lower.endswith(("ed", "en", "ing"))):
        if word.lower in BE:
            return asked.swapped(word.end, word.end, " not")
    return asked.swapped(word.start, word.end, SHORTENED[word.lower])


SHORTENED = {
    **{word: f"{word}n't" for word in "is are was were do does did could would should has have had".split()},
    "can": "can't",
    "will": "won't",
    "must": "mustn't",
}


def _simple_subject(words: Sequence[_Word]) -> int | None:
    """Where a subject of one or two words ends, for one that is plainly that."""
    if words[0].lower in PRONOUNS:
        return 0
    return 1 if len(words) > 1 and words[0].lower in ("the", "this") and words[1].lower in PEOPLE else None


def _verb_denied(asked: _Asked) -> str | None:
    words = asked.words
    if len(words) < 3 or words[0].lower not in ("who", "what", "which"):
        return None
    verb, after = words[1], words[2].lower
    base = IRREGULAR_PAST.get(verb.lower) or _base(verb.lower, asked.pool.vocabulary)
    sure = words[0].lower == "who" or after in FUNCTION_WORDS and after not in ("of", "and", "or")
    if not sure or base is None or verb.capital:
        return None
    past = verb.lower in IRREGULAR_PAST or verb.lower.endswith("ed")
    plain = f"{'did' if past else 'does'} not {base}"
    return asked.swapped(verb.start, verb.end, asked.random.choice((plain, f"never {verb.text}")))


def _base(verb: str, vocabulary: Counter[str]) -> str | None:
    """The base of a regular past or third person, the form that the pool has most often."""
    ending = next((ending for ending in ("ied", "ed", "ies", "es", "s") if verb.endswith(ending)), None)
    if ending is None or verb.endswith("ss"):
        return None
    stem = verb[: -len(ending)]
    forms = [stem + "y"] if ending.startswith("i") else [stem, stem + "e"] if ending.startswith("e") else [stem]
    if len(stem) > 3 and stem[-1] == stem[-2]:
        forms.append(stem[:-1])
    best = max(forms, key=lambda form: vocabulary[form])
    return best if vocabulary[best] else None


OPPOSITES = """
    first/last before/after most/least highest/lowest largest/smallest biggest/smallest greatest/smallest more/less
    higher/lower larger/smaller bigger/smaller greater/lesser increase/decrease increases/decreases
    increased/decreased increasing/decreasing rise/fall rises/falls rose/fell rising/falling win/lose wins/loses
    won/lost winning/losing winner/loser winners/losers buy/sell buys/sells bought/sold buying/selling buyer/seller
    north/south northern/southern east/west eastern/western northeast/southwest northwest/southeast
    northernmost/southernmost old/new older/newer oldest/newest young/old younger/older youngest/oldest male/female
    males/females men/women boy/girl boys/girls father/mother brother/sister son/daughter sons/daughters
    husband/wife king/queen begin/end begins/ends began/ended beginning/end start/stop starts/stops started/stopped
    starting/stopping open/close opened/closed opens/closes opening/closing accept/reject accepts/rejects
    accepted/rejected accepting/rejecting allow/forbid allows/forbids allowed/forbidden allow/ban legal/illegal
    above/below over/under early/late earlier/later earliest/latest best/worst better/worse good/bad love/hate
    loves/hates loved/hated loving/hating like/dislike likes/dislikes liked/disliked cheap/expensive
    cheaper/pricier cheapest/priciest easy/hard easier/harder easiest/hardest difficult/easy always/never with/without
    inside/outside indoor/outdoor indoors/outdoors interior/exterior internal/external arrive/leave arrives/leaves
    arrived/left enter/exit entered/exited import/export imports/exports imported/exported push/pull
    pushed/pulled raise/lower raised/lowered include/exclude includes/excludes included/excluded add/remove
    adds/removes added/removed adding/removing remember/forget agree/disagree agrees/disagrees agreed/disagreed
    support/oppose supports/opposes supported/opposed supporters/opponents attack/defend attacked/defended
    succeed/fail succeeded/failed success/failure positive/negative advantage/disadvantage
    advantages/disadvantages benefit/drawback benefits/drawbacks strength/weakness strengths/weaknesses
    strong/weak stronger/weaker strongest/weakest hot/cold hotter/colder hottest/coldest warm/cool warmer/cooler
    wet/dry summer/winter day/night morning/evening heavy/light heavier/lighter heaviest/lightest thick/thin
    thicker/thinner long/short longer/shorter longest/shortest tall/short taller/shorter tallest/shortest
    high/low large/small big/small wide/narrow wider/narrower fast/slow faster/slower fastest/slowest
    rich/poor richest/poorest major/minor majority/minority maximum/minimum many/few top/bottom upper/lower
    front/back public/private rural/urban ancient/modern domestic/foreign urban/rural common/rare
    rarely/often often/seldom usually/rarely safe/dangerous full/empty clean/dirty happy/unhappy
    satisfied/dissatisfied possible/impossible able/unable necessary/unnecessary successful/unsuccessful
    popular/unpopular known/unknown official/unofficial comfortable/uncomfortable pros/cons gain/lose gained/lost
    create/destroy created/destroyed build/demolish built/demolished borrow/lend lend/borrow teach/learn
    ally/enemy allies/enemies friend/enemy friends/enemies victory/defeat victories/defeats peace/war
    birth/death born/buried married/divorced hired/fired hire/fire appointed/dismissed approve/reject
    approved/rejected encourage/discourage encouraged/discouraged encourages/discourages praise/criticize
    praised/criticized expand/shrink expanded/shrank gain/loss profit/loss profits/losses income/expense
    demand/supply export/import near/far nearest/farthest closest/farthest same/different similar/different
    left/right deep/shallow deeper/shallower loud/quiet louder/quieter sharp/dull smooth/rough hard/soft
    harder/softer tight/loose shortly/long before/after recommend/discourage trust/distrust enjoy/dislike
    enjoys/dislikes enjoyed/disliked
"""


def _opposites() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one, other in (pair.split("/") for pair in OPPOSITES.split()):
        found[one].append(other)
        found[other].append(one)
    return {word: sorted(set(others)) for word, others in found.items()}


OPPOSITE = _opposites()
# A review often tells both what its writer likes and what not, in whatever words.
OPINION = frozenset(
    """like likes liked dislike dislikes disliked love loves loved hate hates hated good bad better worse best worst
    enjoy enjoys enjoyed happy unhappy satisfied dissatisfied advantage advantages disadvantage disadvantages benefit
    benefits drawback drawbacks pros cons positive negative strength strengths weakness weaknesses recommend
    discourage""".split()
)
CONTRAST = re.compile(
    r"n['’]t\b|\b(?:not|but|however|although|though|only|problem|complaint|wish|except|unfortunately|issue)\b", re.I
)


def _antonym(asked: _Asked) -> str | None:
    if asked.yes_or_no:
        return None
    for word in asked.words:
        if word.lower not in OPPOSITE or not _may_turn(asked, word):
            continue
        here = OPPOSITE[word.lower]
        new = asked.chosen(word.text, here, [])
        if new:
            return asked.swapped(word.start, word.end, new.capitalize() if word.capital else new)
    return None


def _may_turn(asked: _Asked, word: _Word) -> bool:
    """Whether a word stands in the sense that its opposite is one of, and the opposite changes what is asked."""
    before, after = asked.before(word), asked.after(word)
    if word.lower in OPINION and CONTRAST.search(asked.page.text):
        return False
    if word.lower == "like":
        return before in PRONOUNS | PEOPLE and any(other.lower in ("do", "does", "did") for other in asked.words)
    if word.lower in ("last", "left", "right", "back", "lower", "close", "light", "same", "known"):
        return before in DETERMINERS
    if word.lower in ("well", "long") and before in ("as", "so"):
        return False
    if word.capital and word.start > 0:
        return False
    return before not in ("how", "at", "as", "right") and (before, after) != ("the", "same")


def _noun(asked: _Asked) -> str | None:
    found = [
        (word, determiner, after)
        for word, determiner, after in _nouns(asked.question)
        if word.lower in asked.page.lower and not asked.is_answer(word.text)
    ]
    if not found:
        return None
    word, determiner, after = asked.random.choice(found)
    stems = {_stem(other.text) for other in asked.words} | asked.page.all_stems
    for shape in _noun_shapes(word.lower, determiner, after):
        nouns = asked.pool.nouns.get(shape, [])
        fits = [noun for noun in asked.random.sample(nouns, min(len(nouns), 40)) if _stem(noun) not in stems]
        if determiner in ("a", "an"):
            fits = [noun for noun in fits if (noun[0] in "aeiou") == (word.text[0] in "aeiou")]
        if new := asked.chosen(word.text, [], fits):
            return asked.swapped(word.start, word.end, new)
    return None


MAKERS: tuple[tuple[Kind, Callable[[_Asked], str | None]], ...] = (
    ("name", _name),
    ("number", _number_miss),
    ("date", _date),
    ("negation", _negation),
    ("antonym", _antonym),
    ("noun", _noun),
)


def near_misses(question: str, paragraph: str, answers: Sequence[str], pool: Pool, random: Random) -> list[NearMiss]:
    """What can be made of a question that its paragraph answers: at most one of each kind, always in one order."""
    asked = _Asked(question, _page(paragraph), tuple(answers), pool, random)
    made = ((kind, make(asked)) for kind, make in MAKERS)
    return [NearMiss(new, kind) for kind, new in made if new and new.lower() != question.lower()]

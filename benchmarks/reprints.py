"""Are reprints one result, and distinct stories about one event two?

``python benchmarks/reprints.py DATA`` makes reprints of the articles in DATA (a folder with squad/, multihop/ and
chunking/), cuts them as the product does, and joins the passages that a question about one sentence would find. All of
it follows from ``--seed``. ``--sweep`` shows what other thresholds would give.
"""

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

from index import reprints
from index.embedding import Encoder, open_encoder
from index.prepare import cut_article
from index.records import Article, Period, Span
from index.reprints import Copy, Group, joined

CANDIDATES = 40
AROUND = 3000
MADE_UP = -1
PAPERS = ("Reuters", "The Northern Echo", "Daily Ledger", "The Harbour Times", "Associated Press", "Evening Courier")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")


class Line(NamedTuple):
    """A sentence, and its number in the story that it comes from."""

    origin: int
    text: str


Story = list[list[Line]]  # paragraphs
Change = Callable[[Story, random.Random, Sequence[Story]], Story]


# Stories


def stories(data: Path) -> dict[str, list[Story]]:
    """Stories by set. Squad comes as it is and in news paragraphs of a sentence or two, which are joined when cut."""
    squad = [story(w) for text in _texts(data, "squad") for w in _windows(_paragraphs(text), 8)]
    return {
        "squad": squad,
        "squad as news": [as_news(s) for s in squad],
        "multihop": [story(_paragraphs(text)) for text in _texts(data, "multihop") if len(text) > 250],
        "chunking": [story(w) for text in _texts(data, "chunking") for w in _windows(_paragraphs(text)[:400], 20)],
    }


def _texts(data: Path, name: str) -> list[str]:
    with (data / name / "articles.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def _paragraphs(text: str) -> list[str]:
    return [line.strip()[:3000] for line in text.split("\n") if len(line) > 20]


def _windows(paragraphs: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (paragraphs[i : i + size] for i in range(0, len(paragraphs) - size + 1, size))


def story(paragraphs: Sequence[str]) -> Story:
    sentences = [_SENTENCE_END.split(paragraph) for paragraph in paragraphs]
    numbers = iter(range(sum(map(len, sentences))))
    return [[Line(next(numbers), sentence) for sentence in paragraph] for paragraph in sentences]


def as_news(told: Story) -> Story:
    lines = list(chain.from_iterable(told))
    return [lines[i : i + 2] for i in range(0, len(lines), 2)]


# Changes


def cut_short(told: Story, chance: random.Random, _: Sequence[Story]) -> Story:
    lines = list(chain.from_iterable(told))
    kept = {line.origin for line in lines[: max(1, round(len(lines) * chance.uniform(0.4, 0.8)))]}
    return _without_empty([[line for line in paragraph if line.origin in kept] for paragraph in told])


def reheaded(told: Story, chance: random.Random, _: Sequence[Story]) -> Story:
    words = told[0][0].text.split()
    headline = " ".join(chance.sample(words, min(len(words), 8))).strip(".,;:").capitalize()
    return [[Line(MADE_UP, headline)], *told]


def reordered(told: Story, chance: random.Random, _: Sequence[Story]) -> Story:
    if len(told) > 2:
        return chance.sample(told, len(told))
    return [chance.sample(paragraph, len(paragraph)) for paragraph in reversed(told)]


def added(told: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    paragraph = [Line(MADE_UP, line.text) for line in chance.choice(chance.choice(others))]
    at = chance.randint(0, len(told))
    return [*told[:at], paragraph, *told[at:]]


def repapered(told: Story, chance: random.Random, _: Sequence[Story]) -> Story:
    paper = chance.choice(PAPERS)
    return _each(told, lambda said: f"{said.rstrip('.')}, {paper} reports." if chance.random() < 0.3 else said)


def remarked(told: Story, _: random.Random, __: Sequence[Story]) -> Story:
    return _each(told, lambda said: re.sub(r'"([^"]*)"', r"“\1”", said).replace("'", "’").replace(" - ", " — "))


def reparagraphed(told: Story, _: random.Random, __: Sequence[Story]) -> Story:
    lines = list(chain.from_iterable(told))
    return [lines[i : i + 3] for i in range(0, len(lines), 3)]


def edited(share: float) -> Change:
    """Each word by chance replaced (mostly), left out, followed by another, or moved."""

    def change(told: Story, chance: random.Random, others: Sequence[Story]) -> Story:
        vocabulary = [w for other in chance.sample(others, 3) for p in other for line in p for w in line.text.split()]
        return _each(told, lambda said: " ".join(_edited(said.split(), share, vocabulary, chance)))

    return change


def _edited(words: list[str], share: float, vocabulary: Sequence[str], chance: random.Random) -> Iterator[str]:
    for word in words:
        other = chance.choice(vocabulary)
        yield from chance.choice(((other,), (other,), (), (word, other))) if chance.random() < share else (word,)


def mixture(told: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    changes: tuple[Change, ...] = (cut_short, reheaded, reordered, added, repapered, remarked, reparagraphed)
    for change in (*chance.sample(changes, 3), edited(chance.uniform(0.05, 0.15))):
        told = change(told, chance, others)
    return told


KINDS: dict[str, Change] = {
    "cut short": cut_short,
    "re-headlined": reheaded,
    "re-ordered": reordered,
    "paragraph added": added,
    "another paper": repapered,
    "other marks": remarked,
    "other paragraphs": reparagraphed,
    "5 % edited": edited(0.05),
    "10 % edited": edited(0.10),
    "15 % edited": edited(0.15),
    "mixture": mixture,
}


def _each(told: Story, change: Callable[[str], str]) -> Story:
    return _without_empty([[Line(o, change(said)) for o, said in paragraph] for paragraph in told])


def _without_empty(told: Story) -> Story:
    kept = ([line for line in paragraph if line.text] for paragraph in told)
    return [paragraph for paragraph in kept if paragraph]


# Passages


class Found(NamedTuple):
    """A passage as a copy, with the numbers of the lines in it and which of its sentences says which."""

    copy: Copy
    lines: dict[int, int]

    def on(self, origin: int) -> "Found":
        """As found by a question about that line."""
        return self._replace(copy=replace(self.copy, best=self.lines[origin])) if origin in self.lines else self


@dataclass(frozen=True)
class Cutter:
    encoder: Encoder

    def passages(self, told: Story, name: str, source: str | None, published: Period | None) -> list[Found]:
        text, spans = written(told)
        found = []
        for passage in cut_article(Article(name, name, text), self.encoder):
            start, end = passage.span
            around = text[max(0, start - AROUND) : start] + text[end : end + AROUND]
            sentences = tuple(s.of(text) for s in passage.sentences)
            lines = {o: _most(span, passage.sentences) for o, span in spans if span.overlaps(passage.span)}
            found.append(Found(Copy(name, sentences, published, source, None, around), lines))
        return found


def written(told: Story) -> tuple[str, list[tuple[int, Span]]]:
    text, spans = "", []
    for paragraph in told:
        for line in paragraph:
            spans.append((line.origin, Span(len(text), len(text) + len(line.text))))
            text += line.text + " "
        text = text.rstrip() + "\n\n"
    return text, [(origin, span) for origin, span in spans if origin != MADE_UP]


def _most(span: Span, sentences: Sequence[Span]) -> int:
    return max(
        range(len(sentences)), key=lambda i: min(span.end, sentences[i].end) - max(span.start, sentences[i].start)
    )


# Reprints


class Trial(NamedTuple):
    found: list[Found]
    origin: int
    earliest: str


def trial(told: Story, kind: str, others: Sequence[Story], cutter: Cutter, chance: random.Random) -> Trial | None:
    """What a question about one line finds: the copies that have it, what stands about them, and other stories."""
    dates = [_day(chance), chance.choice([_day(chance), None])]
    chance.shuffle(dates)
    sources = chance.sample(PAPERS, 2)
    first = cutter.passages(told, "original", sources[0], dates[0])
    second = cutter.passages(KINDS[kind](told, chance, others), "reprint", sources[1], dates[1])
    asked = {line.origin for p in told for line in p if len(line.text.split()) > 7} & _in_one(first) & _in_one(second)
    if not asked:
        return None
    origin = chance.choice(sorted(asked))
    having = [f.on(origin) for f in (*first, *second) if origin in f.lines]
    near = {o for f in having for o in f.lines}
    beside = [f for f in (*first, *second) if origin not in f.lines and near & f.lines.keys() and chance.random() < 0.7]
    beside = [f.on(chance.choice(sorted(f.lines))) for f in beside]
    far = [f for i, o in enumerate(chance.sample(others, 12)) for f in cutter.passages(o, f"other {i}", None, None)]
    far = [f._replace(lines={}) for f in far][: CANDIDATES - len(having) - len(beside)]
    rest = beside + far
    chance.shuffle(having)
    chance.shuffle(rest)
    earliest = min((d.last if d else date.max, n) for d, n in zip(dates, ("original", "reprint"), strict=True))[1]
    return Trial(having[:1] + rest[:2] + having[1:] + rest[2:], origin, earliest)


def _in_one(found: Sequence[Found]) -> set[int]:
    """The lines that lie in one passage, not across two."""
    return {o for o, n in Counter(chain.from_iterable(f.lines for f in found)).items() if n == 1}


def _day(chance: random.Random) -> Period:
    day = date(2020, 1, 1) + timedelta(days=chance.randrange(1500))
    return Period(day, day)


def judged(one: Trial, known: bool) -> dict[str, bool]:
    """``once``: the line asked about is shown once, and the result names both articles."""
    copies = [f.copy if known else replace(f.copy, best=None) for f in one.found]
    groups = joined(copies)
    showing = [g for g in groups if one.origin in one.found[g.speaker].lines]
    return {
        "once": len(showing) == 1 and _articles(copies, showing[0]) == {"original", "reprint"},
        "earliest": bool(showing) and copies[showing[0].speaker].article == one.earliest,
        "others left alone": all(
            len(_articles(copies, g)) == 1 for g in groups if "other" in copies[g.speaker].article
        ),
    }


def _articles(copies: Sequence[Copy], group: Group) -> set[str]:
    return {copies[i].article for i in (group.speaker, *group.others)}


# Distinct


def likest(told: Sequence[Story], count: int) -> list[tuple[Story, Story]]:
    """The pairs of stories with the most rare words in common, of those that are not the same words."""
    bags = [set(re.findall(r"\w{3,}", written(s)[0].lower())) for s in told]
    common = Counter(chain.from_iterable(bags))
    rare = {word for word, n in common.items() if 1 < n < 40}
    shared = [
        (sum(1 / common[w] for w in bags[i] & bags[j] & rare) / min(len(bags[i]), len(bags[j])), i, j)
        for i in range(len(bags))
        for j in range(i)
    ]
    return [(told[i], told[j]) for _, i, j in sorted(shared, reverse=True)[:count]]


def neighbours(told: Sequence[Story], count: int, chance: random.Random) -> list[tuple[Story, Story]]:
    """Neighbouring paragraphs of one article, as if two articles had them."""
    pairs = [([a], [b]) for s in told for a, b in pairwise(s)]
    return chance.sample(pairs, count)


TELLINGS = (
    (
        "{name}, {role} of {place}, resigned on {day} after {number} people died when the {thing} collapsed.",
        "{place}'s {role}, {name}, stepped down {day}, days after the fall of the {thing} killed {number}.",
        "The deaths of {number} people under the {thing} cost {name} the post of {role} in {place} on {day}.",
    ),
    (
        "Investigators said inspectors had warned of cracks in the structure as early as {year}.",
        "As long ago as {year}, engineers found that the concrete was splitting, according to an inquiry.",
        "An official report lays the blame on faults first noticed by maintenance crews in {year}.",
    ),
    (
        "Repairs costing {money} million dollars were approved but never begun, documents show.",
        "The council had set aside {money} million dollars for mending it; no work was done.",
        "A plan to spend {money} million dollars on strengthening it was shelved without explanation.",
    ),
    (
        "Relatives of the victims gathered outside the town hall in silence, holding photographs.",
        "Outside, families stood with portraits of those they had lost and did not speak.",
        "Mourners kept a quiet vigil on the square, many of them carrying candles and pictures.",
    ),
    (
        "The opposition, led by {other}, called for elections before the end of the year.",
        "{other}, who heads the rival party, wants voters to be asked within months.",
        "Early polls must follow, argued the leader of the other camp, {other}.",
    ),
    (
        "A successor is expected to be chosen by the {place} assembly next week.",
        "Members of the regional parliament will meet within days to name a replacement.",
        "Who follows is for lawmakers in {place} to decide, probably at their coming session.",
    ),
    (
        "The {thing}, built {age} years ago, carried some {traffic} vehicles a day.",
        "About {traffic} cars and lorries crossed it daily; it was {age} years old.",
        "Opened {age} years before the disaster, it was used by roughly {traffic} drivers every day.",
    ),
)
SORRY = (
    '"I take full responsibility, and no words of mine can ever bring back those whom we have lost here in {place}. '
)
ANGRY = '"We were told again and again that it was safe, and we believed it, as we had no reason not to. '
QUOTES = (
    SORRY + 'I ask the families for forgiveness," {last} said.',
    ANGRY + 'Somebody must answer for that, whoever it is," said {other}.',
)
BOILERPLATE = "Reporting by {agency} in {place}; editing by {other}."
SLOTS = {
    "first": ("Maria", "Jonas", "Ines", "Karim", "Agnes", "Peter", "Leila", "Tomas"),
    "last": ("Okafor", "Lindqvist", "Marsh", "Duarte", "Novak", "Haddad", "Brandt", "Silva"),
    "role": ("mayor", "governor", "transport minister", "premier"),
    "place": ("Ashford", "Vellmar", "Porto Novo", "Kestrel Bay", "Lorne", "Tarnow", "Ostia"),
    "thing": ("harbour bridge", "market roof", "ring-road viaduct", "stadium stand", "railway tunnel"),
    "day": ("Monday", "Tuesday", "3 March", "17 June", "Friday", "28 October"),
    "agency": PAPERS,
}


def slots(chance: random.Random) -> dict[str, str]:
    chosen = {key: chance.choice(values) for key, values in SLOTS.items()}
    ranges = {"number": (3, 90), "year": (1998, 2022), "money": (2, 80), "age": (20, 90), "traffic": (900, 90000)}
    chosen |= {key: str(chance.randint(*ends)) for key, ends in ranges.items()}
    other = f"{chance.choice(SLOTS['first'])} {chance.choice(SLOTS['last'])}"
    return chosen | {"name": f"{chosen['first']} {chosen['last']}", "other": other}


def told_twice(chance: random.Random) -> tuple[Story, Story]:
    """One event in the words of two papers, who share facts, one or two quotations and the agency's last line."""
    facts = slots(chance)
    quotes = [q.format(**facts) for q in chance.sample(QUOTES, chance.choice((1, 1, 2)))]
    one, other = zip(*(chance.sample(ways, 2) for ways in TELLINGS), strict=True)
    return (
        _telling([line.format(**facts) for line in one], quotes, facts, chance),
        _telling([line.format(**facts) for line in other], quotes, facts, chance),
    )


def _telling(lines: list[str], quotes: Sequence[str], facts: dict[str, str], chance: random.Random) -> Story:
    lines = [lines[0], *chance.sample(lines[1:], chance.randint(4, len(lines) - 1))]
    for quote in quotes:
        lines.insert(chance.randint(1, len(lines)), quote)
    return story([*lines, BOILERPLATE.format(**facts)])


def same_form(chance: random.Random) -> tuple[Story, Story]:
    """Two events in the very same words, but for who, where, when and how many."""
    ways = [chance.choice(ways) for ways in TELLINGS]
    one, other = slots(chance), slots(chance)
    return story([w.format(**one) for w in ways]), story([w.format(**other) for w in ways])


def distinct(told: dict[str, list[Story]], chance: random.Random) -> dict[str, list[tuple[Story, Story]]]:
    return {
        "multihop, most alike": likest(told["multihop"], 200),
        "squad, neighbours": neighbours(told["squad"], 100, chance),
        "one event told twice": [told_twice(chance) for _ in range(200)],
        "two events in one form": [same_form(chance) for _ in range(200)],
    }


def pair_candidates(pair: tuple[Story, Story], cutter: Cutter, chance: random.Random) -> list[Copy]:
    found = [f for n, s in zip("ab", pair, strict=True) for f in cutter.passages(s, n, None, None)]
    found = [f.on(chance.choice(sorted(f.lines))) for f in found if f.lines][:CANDIDATES]
    chance.shuffle(found)
    return [f.copy for f in found]


# The run

SWEPT: dict[str, tuple[float, ...]] = {
    "SENTENCE": (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6),
    "STORY": (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9),
    "HALF": (0.3, 0.4, 0.5, 0.6, 0.7),
    "FEWEST": (1, 4, 8, 12, 16),
    "QUOTATION": (0, 30, 45, 60, 80, 120),
    "BESIDE": (0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6),
}


def trials(told: dict[str, list[Story]], cutter: Cutter, each: int, chance: random.Random) -> dict[str, list[Trial]]:
    made: dict[str, list[Trial]] = {}
    for kind in KINDS:
        for name, of_set in told.items():
            for one in chance.sample(of_set, min(each, len(of_set))):
                others = [s for s in of_set if s is not one]
                if (done := trial(one, kind, others, cutter, chance)) is not None:
                    made.setdefault(f"{kind}\t{name}", []).append(done)
    return made


def report(made: dict[str, list[Trial]]) -> None:
    print(f"{'':18}{'trials':>7}{'once':>7}{'unknown':>9}{'earliest':>9}{'alone':>7}   once by set")
    for kind in KINDS:
        sets = {key.split("\t")[1]: of_set for key, of_set in made.items() if key.split("\t")[0] == kind}
        by_set = "  ".join(f"{name} {_share(of_set, 'once'):.3f}" for name, of_set in sets.items())
        _line(kind, list(chain.from_iterable(sets.values())), by_set)
    _line("all", list(chain.from_iterable(made.values())), "")


def _line(kind: str, of_kind: list[Trial], by_set: str) -> None:
    figures = [_share(of_kind, "once"), _share(of_kind, "once", known=False)]
    figures += [_share(of_kind, "earliest"), _share(of_kind, "others left alone")]
    print(f"{kind:18}{len(of_kind):7}{figures[0]:7.3f}{figures[1]:9.3f}{figures[2]:9.3f}{figures[3]:7.3f}   {by_set}")


def _share(of_kind: Sequence[Trial], what: str, known: bool = True) -> float:
    return sum(judged(one, known)[what] for one in of_kind) / len(of_kind)


def wrongly_joined(pairs: Sequence[Sequence[Copy]]) -> int:
    return sum(any(group.others for group in joined(copies)) for copies in pairs)


def sweep(made: dict[str, list[Trial]], pairs: dict[str, list[list[Copy]]]) -> None:
    """One threshold at a time moved from where it is."""
    everything = list(chain.from_iterable(made.values()))
    mixed = [t for key, of_set in made.items() if "mixture" in key for t in of_set]
    for name, values in SWEPT.items():
        chosen = getattr(reprints, name)
        for value in values:
            setattr(reprints, name, value)
            wrong = [wrongly_joined(of_kind) for of_kind in pairs.values()]
            found = f"once {_share(everything, 'once'):.4f}, of mixtures {_share(mixed, 'once'):.4f}"
            print(f"{name:10}{value:6}{' (chosen)' if value == chosen else '':9} {found}, wrongly joined {wrong}")
        setattr(reprints, name, chosen)


def milliseconds(made: dict[str, list[Trial]]) -> list[float]:
    took = []
    for one in chain.from_iterable(made.values()):
        copies = [f.copy for f in one.found]
        began = time.thread_time()
        joined(copies)
        took.append(1000 * (time.thread_time() - began))
    return sorted(took)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--each", type=int, default=40, help="reprints of each kind from each set")
    arguments.add_argument("--seed", type=int, default=3)
    arguments.add_argument("--sweep", action="store_true")
    given = arguments.parse_args()
    chance = random.Random(given.seed)
    cutter = Cutter(open_encoder())
    told = stories(given.data)
    made = trials(told, cutter, given.each, chance)
    pairs = {k: [pair_candidates(pair, cutter, chance) for pair in v] for k, v in distinct(told, chance).items()}
    report(made)
    print("\ndistinct pairs joined: " + ", ".join(f"{k} {wrongly_joined(v)} of {len(v)}" for k, v in pairs.items()))
    took = milliseconds(made)
    print(f"\nmilliseconds (CPU): median {took[len(took) // 2]:.2f}, 99th percentile {took[len(took) * 99 // 100]:.2f}")
    if given.sweep:
        sweep(made, pairs)


if __name__ == "__main__":
    main()

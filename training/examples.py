"""What the reader learns from: questions with the passage that answers, passages that do not, and near misses."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from index.reader.packing import Packed, Pair, pack
from training.near_misses import Pool, near_misses

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# How many groups are sorted by length together: rows of like length leave little padding.
SORTED = 512
# How often a question comes without its question mark, as people type.
BARE = 0.2
# Its questions name nothing ("Does it work?"): four in ten texts that search finds beside the right one answer too.
UNNAMED = frozenset({"amazon_reviews"})
# Negations come easiest; taken as they come, they would teach that what is asked with a "not" has no answer.
NEGATIONS = 0.3


@dataclass(frozen=True)
class Example:
    """A question, the passage that answers it with all places of the answer, and passages found that do not."""

    domain: str
    question: str
    passage: tuple[str, str]
    answers: tuple[tuple[int, int], ...]
    said: tuple[str, ...]
    negatives: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Row:
    """A pair as the model sees it. ``group`` names its question, ``starts`` and ``ends`` where the answers are."""

    packed: Packed
    group: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    joins: bool

    @property
    def answers(self) -> bool:
        return bool(self.starts)


@dataclass(frozen=True)
class Recipe:
    """How many of each there are for one question that is answered: passages found, and near misses."""

    negatives: float = 0.6
    near: float = 0.4


def load(path: Path) -> tuple[list[Example], list[Example]]:
    """Examples to learn from, and those held aside, from what ``training.mining`` wrote."""
    learned: list[Example] = []
    held: list[Example] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            content = json.loads(line)
            named = content["domain"] not in UNNAMED
            negatives = tuple((one["context"], one["text"]) for one in content["negatives"] if named or one["same"])
            answers = tuple((start, end) for start, end in content["answers"])
            example = Example(
                content["domain"],
                content["question"],
                (content["context"], content["text"]),
                answers,
                tuple(content["paragraph_answers"]),
                negatives,
            )
            (held if content["held"] else learned).append(example)
    return learned, held


def pool(examples: Sequence[Example]) -> Pool:
    return Pool((e.question for e in examples), dict.fromkeys(e.passage[1] for e in examples))


def rows(
    tokenizer: "Tokenizer", examples: Sequence[Example], names: Pool, recipe: Recipe, random: Random
) -> Iterator[list[Row]]:
    """The rows of each question, the one that answers first; in the order of ``examples``."""
    for group, example in enumerate(examples):
        question = _as_typed(example.question, random)
        pairs = [Pair(question, *example.passage)]
        negatives = random.sample(example.negatives, min(_count(recipe.negatives, random), len(example.negatives)))
        pairs += [Pair(question, *negative) for negative in negatives]
        joined = len(pairs)
        made = [
            near
            for near in near_misses(example.question, example.passage[1], example.said, names, random)
            if near.kind != "negation" or random.random() < NEGATIONS
        ]
        near = random.sample(made, min(_count(recipe.near, random), len(made)))
        pairs += [Pair(_as_typed(one.question, random), *example.passage) for one in near]
        packed = pack(tokenizer, pairs)
        starts, ends = _places(packed[0], example.answers)
        if not starts:
            continue
        none: tuple[int, ...] = ()
        yield [
            Row(one, group, starts if i == 0 else none, ends if i == 0 else none, i < joined)
            for i, one in enumerate(packed)
        ]


def batches(groups: Sequence[list[Row]], pieces: int, random: Random) -> Iterator[list[Row]]:
    """Whole groups of like length, at most so many ``pieces`` with their padding, in a random order."""
    order = list(range(len(groups)))
    random.shuffle(order)
    found: list[list[Row]] = []
    for first in range(0, len(order), SORTED):
        chunk = sorted((groups[i] for i in order[first : first + SORTED]), key=_longest)
        made = list(_filled(chunk, pieces))
        random.shuffle(made)
        found += made
    yield from found


def _filled(groups: Sequence[list[Row]], pieces: int) -> Iterator[list[Row]]:
    held: list[list[Row]] = []
    for group in groups:
        count = sum(map(len, held)) + len(group)
        if held and count * _longest(group) > pieces:
            yield list(chain.from_iterable(held))
            held = []
        held.append(group)
    if held:
        yield list(chain.from_iterable(held))


def _longest(group: Sequence[Row]) -> int:
    return max(len(row.packed.ids) for row in group)


def _count(share: float, random: Random) -> int:
    """A whole number whose mean is ``share``."""
    return int(share) + (random.random() < share % 1)


def _as_typed(question: str, random: Random) -> str:
    return question.rstrip("? ") if random.random() < BARE else question


def _places(packed: Packed, answers: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where the answers start and end among the pieces of a row."""
    starts, ends = set(), set()
    for start, end in answers:
        inside = [i for i, span in enumerate(packed.spans) if span.start < end and span.end > start]
        if inside and packed.spans[-1].end >= end:
            starts.add(packed.begins + inside[0])
            ends.add(packed.begins + inside[-1])
    return tuple(sorted(starts)), tuple(sorted(ends))

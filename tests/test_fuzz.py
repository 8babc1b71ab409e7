"""What is fuzzed (`make fuzz`) bears its own examples, and a few hundred others made of them."""

import random

import pytest

from benchmarks.fuzz_targets import names, target

MUTANTS = 25


def mutant(data: bytes, chance: random.Random) -> bytes:
    """With some bytes others, and perhaps a stretch left out or said twice."""
    changed = bytearray(data)
    for _ in range(chance.randrange(8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    start, end = sorted(chance.randrange(len(changed) + 1) for _ in range(2))
    return bytes(changed[:start] + changed[start:end] * chance.randrange(3) + changed[end:])


@pytest.mark.parametrize("name", names())
def test_nothing_unforeseen_comes_of_good_examples_and_of_damaged_ones(name: str) -> None:
    fuzzed, chance = target(name), random.Random(name)
    examples = fuzzed.examples()

    assert examples
    for example in examples:
        fuzzed.run(example)
        for _ in range(MUTANTS):
            fuzzed.run(mutant(example, chance))

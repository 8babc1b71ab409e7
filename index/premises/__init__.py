"""What a question takes for granted, held against what passages say: pure functions over words.

A contradiction needs a sentence that has nearly all of the question but for what it denies, and that in its place: the
opposite (`opposed`), a negation (`denied`), another name (`swapped`) or number (`counted`), other days (`dated`).
What is merely not said is none.
"""

from itertools import chain

from index.premises.counted import counted
from index.premises.dated import dated
from index.premises.denied import denied
from index.premises.opposed import opposed
from index.premises.swapped import swapped
from index.premises.texts import ASKS_WHETHER
from index.premises.told import Contradiction, Passage, Sentence, Told

__all__ = ["Contradiction", "Passage", "Sentence", "Told", "contradiction"]

RULES = (opposed, denied, swapped, counted, dated)


def contradiction(told: Told) -> Contradiction | None:
    """Where passages contradict what a question takes for granted; one that asks whether takes nothing so."""
    if ASKS_WHETHER.search(told.question):
        return None
    found = chain.from_iterable(rule(told) for rule in RULES)
    best = max(found, key=lambda one: one[0], default=None)
    return best and best[1]

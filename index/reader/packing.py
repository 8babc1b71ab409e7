"""A question and a passage as the reader sees them: one row of word pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from index.records import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The places that the model knows, and how many of them a question and what stands before a text may take.
LONGEST, LONGEST_QUESTION, LONGEST_CONTEXT = 512, 128, 256
START, BETWEEN = "[CLS]", "[SEP]"


class Kind(IntEnum):
    """What a word piece is; whether the other side has it too is what small models fail to see by themselves."""

    QUESTION = 0
    PASSAGE = 1
    SHARED_QUESTION = 2
    SHARED_PASSAGE = 3


@dataclass(frozen=True)
class Pair:
    """A question and a passage: ``context`` is read with the passage's ``text``, but holds no answer."""

    question: str
    context: str
    text: str


@dataclass(frozen=True)
class Packed:
    """``ids`` and ``kinds`` of (pieces,); ``spans`` are the pieces of the passage's text, which begin at ``begins``."""

    ids: list[int]
    kinds: list[int]
    begins: int
    spans: list[Span]


def pack(tokenizer: "Tokenizer", pairs: Sequence[Pair]) -> list[Packed]:
    """Pairs as rows of word pieces: start, question, between, context, text, between.

    ``tokenizer`` adds no special pieces, pads and cuts off nothing. What is beyond the model's places is cut off.
    """
    asked = {pair.question for pair in pairs}
    told = {text for pair in pairs for text in (pair.context, pair.text)}
    texts = sorted(asked | told)
    seen = dict(zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True))
    start, between = _special(tokenizer, START), _special(tokenizer, BETWEEN)
    packed = []
    for pair in pairs:
        question = seen[pair.question].ids[:LONGEST_QUESTION]
        context = seen[pair.context].ids[:LONGEST_CONTEXT]
        before = [start, *question, between, *context]
        text = seen[pair.text].ids[: LONGEST - 1 - len(before)]
        offsets = seen[pair.text].offsets[: len(text)]
        kinds = _kinds(question, [*context, *text])
        packed.append(Packed([*before, *text, between], kinds, len(before), [Span(*offset) for offset in offsets]))
    return packed


def _special(tokenizer: "Tokenizer", piece: str) -> int:
    id = tokenizer.token_to_id(piece)
    if id is None:
        raise ValueError(f"the tokenizer has no {piece}")
    return id


def _kinds(question: Sequence[int], told: Sequence[int]) -> list[int]:
    """The kind of every piece of a row, special ones included."""
    asked, said = set(question), set(told)
    return [
        Kind.QUESTION,
        *(Kind.SHARED_QUESTION if piece in said else Kind.QUESTION for piece in question),
        Kind.QUESTION,
        *(Kind.SHARED_PASSAGE if piece in asked else Kind.PASSAGE for piece in told),
        Kind.PASSAGE,
    ]

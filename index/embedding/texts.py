"""Text to tokens, tokens to vectors, vectors to what is kept of a passage: the same whatever computes the vectors."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.embedding.encoding import Encoded, EncodedQuestion, Input, Vectors
from index.records import Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Numbers = NDArray[np.int64]
T = TypeVar("T")

# Of one pass over the model: few enough to be soon done with, and to be padded little. More are hardly faster on a CPU.
BATCH_TOKENS = 256
# Widths are multiples of this. PyTorch keeps some megabytes for each size of batch that it has ever met.
WIDTHS = 16


class Network(Protocol):
    """What computes vectors of word pieces."""

    @property
    def dimension(self) -> int: ...

    @property
    def at_once(self) -> int:
        """How many passes may run at the same time."""
        ...

    def forward(self, ids: Numbers, mask: Numbers) -> tuple[Vectors, Vectors]:
        """Token vectors, (texts, width, dimension), and text vectors, (texts, dimension), of any length.

        ``ids`` and ``mask``, 0 where a row is padded, are of (texts, width).
        """
        ...

    def word_embeddings(self) -> Vectors: ...


@dataclass(frozen=True)
class Vocabulary:
    """How a model's texts are cut: ``tokenizer`` adds the special pieces, and neither pads nor cuts off anything.

    The prompts are what the model wants to see before a text.
    """

    tokenizer: "Tokenizer"
    longest: int
    padding: int
    unknown: int | None
    question_prompt: str = ""
    passage_prompt: str = ""

    @cached_property
    def bounded(self) -> "Tokenizer":
        """The same tokenizer, but what is beyond ``longest`` is cut off."""
        from tokenizers import Tokenizer

        bounded = Tokenizer.from_str(self.tokenizer.to_str())
        bounded.enable_truncation(self.longest)
        return bounded


class TextEncoder:
    """An `Encoder` over a network and its vocabulary."""

    def __init__(self, name: str, fingerprint: str, vocabulary: Vocabulary, network: Network) -> None:
        self.name, self.fingerprint, self.dimension = name, fingerprint, network.dimension
        self.network, self._vocabulary, self._tokenizer = network, vocabulary, vocabulary.bounded
        self.limit = vocabulary.longest - len(self._tokenizer.encode(vocabulary.passage_prompt).ids)

    def pieces(self, text: str) -> list[tuple[int, int]]:
        return list(self._vocabulary.tokenizer.encode(text, add_special_tokens=False).offsets)

    def encode(self, inputs: Sequence[Input], between: Callable[[], None] = lambda: None) -> list[Encoded]:
        prompt = self._vocabulary.passage_prompt
        seen = self._tokenizer.encode_batch([prompt + item.whole for item in inputs])
        batches = [*_batches([len(tokens.ids) for tokens in seen], self._vocabulary.longest)]
        passes = [partial(self._forward, [seen[i] for i in batch], width) for batch, width in batches]
        done: dict[int, Encoded] = {}
        for (batch, _), (tokens, passages) in zip(batches, _run(passes, self.network.at_once, between), strict=True):
            for row, i in enumerate(batch):
                done[i] = self._encoded(inputs[i], seen[i], tokens[row], passages[row])
        return [done[i] for i in range(len(inputs))]

    def _encoded(self, item: Input, seen: "Encoding", tokens: Vectors, passage: Vectors) -> Encoded:
        offsets = _offsets(self._vocabulary.passage_prompt, item.whole, seen)
        owners = _owners(offsets - item.text_starts, item.sentences)
        means = _means(tokens, owners, len(item.sentences), passage)
        said = _said(item.whole, offsets)
        # What straddles two sentences goes with the first: so that each one's tokens are one stretch.
        return Encoded(passage, means, unit(tokens[: len(offsets)][said]), np.maximum.accumulate(owners[said]))

    def encode_questions(self, texts: Sequence[str]) -> list[EncodedQuestion]:
        # One by one: a batch would be cut by threads of the tokenizer's own, which is slower for so few.
        seen = [self._tokenizer.encode(self._vocabulary.question_prompt + text) for text in texts]
        lengths = [len(tokens.ids) for tokens in seen]
        done: dict[int, EncodedQuestion] = {}
        for batch, _ in _batches(lengths, self._vocabulary.longest):
            # The first is the longest.
            tokens, wholes = self._forward([seen[i] for i in batch], lengths[batch[0]])
            for row, i in enumerate(batch):
                done[i] = self._encoded_question(texts[i], seen[i], tokens[row], wholes[row])
        return [done[i] for i in range(len(texts))]

    def _encoded_question(self, text: str, seen: "Encoding", tokens: Vectors, whole: Vectors) -> EncodedQuestion:
        offsets = _offsets(self._vocabulary.question_prompt, text, seen)
        said = _said(text, offsets)
        spans = tuple(Span(start, end) for start, end in offsets[said].tolist())
        # All that the vocabulary lacks looks alike, so that its likeness would prove nothing.
        known = np.array(seen.ids) != self._vocabulary.unknown
        return EncodedQuestion(whole, unit(tokens[: len(offsets)][said]) * known[said, None], spans)

    def word_embeddings(self) -> Vectors:
        return self.network.word_embeddings()

    def _forward(self, batch: "Sequence[Encoding]", width: int) -> tuple[Vectors, Vectors]:
        """Token vectors, shape (texts, width, dimension), and unit text vectors, shape (texts, dimension)."""
        ids = np.full((len(batch), width), self._vocabulary.padding, np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens.ids)] = tokens.ids
            mask[row, : len(tokens.ids)] = 1
        vectors, wholes = self.network.forward(ids, mask)
        return vectors, unit(wholes)


def _run(passes: Iterable[Callable[[], T]], at_once: int, between: Callable[[], None]) -> Iterator[T]:
    """What each gives, in their order, ``at_once`` running at the same time; ``between`` is called before each."""
    if at_once == 1:
        for one in passes:
            between()
            yield one()
        return
    with ThreadPoolExecutor(at_once, "embedding") as threads:
        running = deque[Future[T]]()
        for one in passes:
            between()
            running.append(threads.submit(one))
            if len(running) > at_once:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _batches(lengths: Sequence[int], longest: int) -> Iterator[tuple[list[int], int]]:
    """Positions in batches of like length, longest first, each with the width that all are padded to.

    The products of rows and width, which are what the model's layers see, are some thirty numbers at most.
    """
    batch: list[int] = []
    width = 0
    for i in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if batch and (len(batch) + 1) * width > BATCH_TOKENS:
            yield batch, width
            batch = []
        width = width if batch else min(-(-lengths[i] // WIDTHS) * WIDTHS, longest)
        batch.append(i)
    if batch:
        yield batch, width


def _owners(offsets: NDArray[np.int64], sentences: Sequence[Span]) -> NDArray[np.int16]:
    """In which sentence each token stands, -1 for none; ``offsets`` count from where the sentences do."""
    owners = np.full(len(offsets), -1, np.int16)
    real = offsets[:, 1] > offsets[:, 0]
    for number, (start, end) in enumerate(sentences):
        owners[real & (offsets[:, 0] >= start) & (offsets[:, 1] <= end)] = number
    return owners


def _means(tokens: Vectors, owners: NDArray[np.int16], sentences: int, fallback: Vectors) -> Vectors:
    """Unit means over each sentence's tokens; a sentence without a token of its own takes the passage's vector."""
    rows = np.repeat(fallback[None, :], sentences, axis=0)
    for number in range(sentences):
        own = np.flatnonzero(owners == number)
        if len(own):
            rows[number] = tokens[own].mean(axis=0)
    return unit(rows)


def _offsets(prompt: str, text: str, seen: "Encoding") -> NDArray[np.int64]:
    """Where in the text each token stands, without the space before it, which multilingual models count to it."""
    whole = prompt + text
    led = [len(said) - len(said.lstrip()) if (said := whole[start:end]).strip() else 0 for start, end in seen.offsets]
    offsets = np.array(seen.offsets, dtype=np.int64).reshape(-1, 2)
    offsets[:, 0] += led
    return offsets - len(prompt)


def _said(text: str, offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which tokens are of the text and hold a letter or digit."""
    return np.array([start >= 0 and any(map(str.isalnum, text[start:end])) for start, end in offsets.tolist()], bool)


def unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return unit

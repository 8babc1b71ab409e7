"""Any sentence-transformers model on the CPU, computed by PyTorch."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.embedding.encoding import Vectors
from index.embedding.texts import Numbers, Vocabulary
from index.errors import ModelUnusable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer


class TorchNetwork:
    """A loaded model."""

    at_once = 1  # PyTorch itself uses all cores

    def __init__(self, model: "SentenceTransformer") -> None:
        dimension = model.get_embedding_dimension()
        if dimension is None:
            raise ModelUnusable("the model does not say the dimension of its vectors")
        self.dimension, self._model = dimension, model

    def forward(self, ids: Numbers, mask: Numbers) -> tuple[Vectors, Vectors]:
        import torch

        with torch.inference_mode():
            out = self._model({"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)})
        return out["token_embeddings"].float().numpy(), out["sentence_embedding"].float().numpy()

    def word_embeddings(self) -> Vectors:
        reader: Any = self._model[0].auto_model
        embeddings: Vectors = reader.get_input_embeddings().weight.detach().float().numpy()
        return embeddings


def load(folder: Path) -> tuple[TorchNetwork, Vocabulary]:
    """:raises ModelUnusable: the model can't be loaded, or PyTorch is not installed."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    model = _load(folder)
    return TorchNetwork(model), _vocabulary(model)


def _load(folder: Path) -> "SentenceTransformer":
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise ModelUnusable(f"it needs PyTorch and sentence-transformers, which are not here: {error}") from error

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


def _vocabulary(model: "SentenceTransformer") -> Vocabulary:
    tokenizer = model.tokenizer
    prompts = {name: prompt or "" for name, prompt in model.prompts.items()}
    return Vocabulary(
        tokenizer=_tokenizer(model),
        longest=min(model.max_seq_length or 512, tokenizer.model_max_length),
        padding=tokenizer.pad_token_id or 0,
        unknown=tokenizer.unk_token_id,
        question_prompt=prompts.get("query", ""),
        passage_prompt=prompts.get("document", "") or prompts.get("passage", ""),
    )


def _tokenizer(model: "SentenceTransformer") -> "Tokenizer":
    """A copy of the model's tokenizer that pads nothing and cuts off nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer

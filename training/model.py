"""The network: the embedder's own layers, and small heads that say where the answer is and whether there is one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from index.reader.packing import Kind, Packed

# A logit for what is no passage: no softmax sees it, and no format overflows.
NOWHERE = -1e4
# Rows and pieces come in multiples of these: oneDNN makes new code for every shape, and keeps it.
ROWS, PIECES = 4, 32


@dataclass(frozen=True)
class Batch:
    """Rows of word pieces: ``ids``, ``mask``, ``kinds`` and ``text``, where an answer may be, of (rows, pieces)."""

    ids: Tensor
    mask: Tensor
    kinds: Tensor
    text: Tensor


def batch(rows: Sequence[Packed], device: torch.device) -> Batch:
    """The rows as they are, and empty ones behind them."""
    width = math.ceil(max(len(row.ids) for row in rows) / PIECES) * PIECES
    shape = (math.ceil(len(rows) / ROWS) * ROWS, width)
    ids, mask, kinds = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    text = torch.zeros(shape, dtype=torch.bool)
    # A softmax over nothing is no number.
    mask[:, 0] = 1
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        mask[i, : len(row.ids)] = 1
        kinds[i, : len(row.ids)] = torch.tensor(row.kinds)
        text[i, row.begins : row.begins + len(row.spans)] = True
    return Batch(ids.to(device), mask.to(device), kinds.to(device), text.to(device))


class ReaderNetwork(nn.Module):
    """BERT (Devlin and others, 2019) with a span head, and one for "answers" over the start and the question's pieces.

    Four kinds of pieces take the place of BERT's two: what both sides have is told apart (as DrQA's exact match is,
    Chen and others, 2017).
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        size = config.hidden_size
        self.span = nn.Linear(size, 2)
        self.gather = nn.Linear(2 * size, size)
        self.verdict = nn.Linear(size, 1)
        # A beginner's scores are small, so that no random passage is sure of itself.
        for head in (self.span, self.verdict):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(self, ids: Tensor, mask: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``start`` and ``end`` logits, (rows, pieces), and that of "answers", (rows,)."""
        states = self.encoder(ids, attention_mask=mask, token_type_ids=kinds).last_hidden_state
        states = states.to(self.span.weight.dtype)
        start, end = self.span(states).unbind(-1)
        asked = (
            (((kinds == Kind.QUESTION) | (kinds == Kind.SHARED_QUESTION)) & (mask > 0)).unsqueeze(-1).to(states.dtype)
        )
        question = (states * asked).sum(1) / asked.sum(1).clamp(min=1)
        gathered = nn.functional.gelu(self.gather(torch.cat([states[:, 0], question], dim=-1)))
        return start, end, self.verdict(gathered).squeeze(-1)


def from_embedder(folder: Path) -> ReaderNetwork:
    """The network with the weights of the embedder in ``folder``, its two kinds of pieces made four."""
    embedder = BertModel.from_pretrained(folder, add_pooling_layer=False)
    config = BertConfig.from_pretrained(folder)
    config.type_vocab_size = len(Kind)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    network = ReaderNetwork(config)
    weights = embedder.state_dict()
    two = weights["embeddings.token_type_embeddings.weight"]
    weights["embeddings.token_type_embeddings.weight"] = two[[kind % 2 for kind in Kind]]
    network.encoder.load_state_dict(weights)
    return network

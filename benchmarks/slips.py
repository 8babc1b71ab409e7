"""What does a slip in a name cost?

``python benchmarks/slips.py DATA`` asks the answerable questions of DATA (a folder with seeds/, squad/ and multihop/)
as they are, with one letter of each one's rarest name wrong, and with that mended; all of it follows from ``--seed``.
Then it prints every change that is made to a question as it came, to be read: most are slips that it had already.
"""

import argparse
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index import discovery, readers
from index.embedding import open_encoder
from index.folder import Index
from index.ingest import ingest
from index.rebuild import open_index
from index.records import Span
from index.search import Hit, Question, search
from index.spelling import LETTERS, WORD, Vocabulary, corrected, fold, in_general_english, vocabulary_of

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
SETS = ("seeds", "squad", "multihop")
SHORTEST_NAME = 5
AMONG = 3
COVERED = 0.9
SLIPPED_STYLES = {"typo", "misspelt_name"}

Known = Callable[[str], bool]
Asked = Mapping[str, Any]


@dataclass
class Tally:
    """What became of the questions that hold a name."""

    asked: int = 0
    clean: int = 0
    slipped: int = 0
    corrected: int = 0
    mended: int = 0
    untouched: int = 0

    def line(self, name: str) -> str:
        shares = (self.clean, self.slipped, self.corrected, self.mended, self.untouched)
        return f"{name:10}{self.asked:6}" + "".join(f"{count / max(self.asked, 1):11.3f}" for count in shares)


def main() -> None:
    arguments = _arguments()
    encoder = open_encoder()
    is_known = cache(in_general_english(encoder.pieces))
    print("set        names  hit@3 clean  slipped  corrected  mended  untouched")
    changes: list[str] = []
    for name in arguments.sets:
        questions = _questions(arguments.data / name)
        folder = (arguments.keep or Path(tempfile.mkdtemp())) / name
        index = open_index(folder, encoder)
        ingest(index, discovery.find([_articles(arguments.data, name)]), readers.Limits())
        vocabulary = _vocabulary(index)
        chance = random.Random(arguments.seed)
        sample = chance.sample(questions, min(arguments.limit, len(questions)))
        print(_measured(index, sample, vocabulary, is_known, chance).line(name), flush=True)
        changes += _changed(name, questions, vocabulary, is_known)
        index.close()
    print(*changes, sep="\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--limit", type=int, default=300, help="questions a set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where the indexes stay, to be used again")
    return parser.parse_args()


def _articles(data: Path, name: str) -> Path:
    return SEEDS if name == "seeds" else data / name / "articles.jsonl"


def _questions(folder: Path) -> list[Asked]:
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _vocabulary(index: Index) -> Vocabulary:
    documents: Counter[str] = Counter()
    for listed, _ in index.articles("", 1_000_000):
        article = index.article(listed.id)
        for paragraph in (article.title, article.source or "", *article.text.splitlines()):
            documents.update({fold(word) for word in WORD.findall(paragraph)})
    return vocabulary_of(documents.items())


def _measured(
    index: Index, questions: Sequence[Asked], vocabulary: Vocabulary, is_known: Known, chance: random.Random
) -> Tally:
    tally = Tally()
    for question in questions:
        asked = question["question"]
        name = rarest_name(asked, vocabulary, is_known) if question["answerable"] else None
        if name is None:
            continue
        slipped = asked[: name.start] + slip(name.of(asked), chance) + asked[name.end :]
        correction = corrected(slipped, vocabulary, is_known)
        tally.asked += 1
        tally.clean += _hit(index, question, asked)
        tally.slipped += _hit(index, question, slipped)
        tally.corrected += _hit(index, question, correction.text)
        tally.mended += fold(correction.text) == fold(corrected(asked, vocabulary, is_known).text)
        tally.untouched += not any(change.span.overlaps(name) for change in correction.changes)
    return tally


def rarest_name(question: str, vocabulary: Vocabulary, is_known: Known) -> Span | None:
    """The word of a question that is most likely a name and stands in the fewest documents, but in some."""
    names = [
        (vocabulary.documents(fold(match.group())), Span(*match.span()))
        for match in WORD.finditer(question)
        if len(match.group()) >= SHORTEST_NAME
        and _is_name(match, is_known)
        and vocabulary.documents(fold(match.group()))
    ]
    return min(names)[1] if names else None


def _is_name(match: re.Match[str], is_known: Known) -> bool:
    if match.group()[0].isupper() and match.start() > 0:
        return True
    return not is_known(fold(match.group()))


def slip(name: str, chance: random.Random) -> str:
    """A name with one edit: a letter more, fewer or other, or two neighbours swapped."""
    while True:
        wrong = _edited(name, chance)
        if wrong != name:
            return wrong


def _edited(name: str, chance: random.Random) -> str:
    at, letter = chance.randrange(len(name)), chance.choice(LETTERS)
    head, tail = name[:at], name[at:]
    wrong = chance.choice(
        (head + letter + tail, head + tail[1:], head + letter + tail[1:], head + tail[1:2] + tail[:1] + tail[2:])
    )
    return wrong.capitalize() if name.istitle() else wrong


def _hit(index: Index, question: Asked, asked: str) -> bool:
    hits = search(index, Question(asked, top_k=AMONG)).hits
    return any(_covers(hit, evidence) for hit in hits for evidence in question["evidence"])


def _covers(hit: Hit, evidence: Asked) -> bool:
    if hit.article.id != evidence["article"]:
        return False
    start = evidence["start"] if "start" in evidence else hit.article.text.find(evidence["quote"])
    end = evidence.get("end", start + len(evidence["quote"]))
    both = min(hit.passage.span.end, end) - max(hit.passage.span.start, start)
    return bool(both >= COVERED * (end - start))


def _changed(name: str, questions: Sequence[Asked], vocabulary: Vocabulary, is_known: Known) -> Iterator[str]:
    clean = [q["question"] for q in questions if not SLIPPED_STYLES & set(q.get("style", ()))]
    found = [(question, corrected(question, vocabulary, is_known).changes) for question in clean]
    changed = [(question, changes) for question, changes in found if changes]
    yield f"\n{name}: {len(changed)} of {len(clean)} questions changed as they came"
    for question, changes in changed:
        yield f"  {'; '.join(f'{change.was} > {change.now}' for change in changes):32} {question[:80]}"


if __name__ == "__main__":
    main()

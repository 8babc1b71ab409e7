"""How does it grow? Makes archives that are lifelike in words and vectors (`benchmarks/lifelike.py` states the recipe)
and says what each takes: how fast it goes in, disk by part, memory, start, the time of a question, of a write and of
the question after it, and how much of what exact search finds is found by way of cells; of several sizes, which law
each figure follows, and what that would come to at ``BEYOND`` passages: an estimate.

    python -m benchmarks.growth TEXTS... --passages 10000 100000 1000000 [--questions FILE] [--folder FOLDER]

TEXTS are ``.jsonl`` files of which the archives are made; the questions of ``--questions``, a line of JSON each, are
really encoded, as the given texts are. Each size grows out of the one before. ``CLOCK=cpu`` in the environment counts
the processor's time, for a machine that does other work beside. With ``--folder`` what is there is kept and added to,
so that a measurement can be repeated, and one that broke off goes on.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

import numpy as np

from benchmarks.charts import draw
from benchmarks.laws import laws
from benchmarks.lifelike import Likeness, Maker, Stock, stock_of
from index import sorting
from index.embedding import Encoder, open_encoder
from index.folder import Index
from index.ingest import put
from index.lexical import Sought
from index.prepared import Prepared
from index.rebuild import open_index
from index.records import Article, Filters, Period
from index.search import Question, search
from index.vectors import Floats, Vectors, open_cells

# What times are measured by: the processor's own time on a machine that does other work beside.
clock = {"wall": perf_counter, "cpu": process_time}[os.environ.get("CLOCK", "wall")]
STOCK_PASSAGES = 3_000
BATCH = 5_000
WARM_UP, LOOKED_UP = 10, 50
EXACT_UNTIL = 50_000
# What a law is gone on to, beyond what was measured.
BEYOND = 10_000_000
T = TypeVar("T")

A_YEAR = Period(date(2020, 1, 1), date(2020, 12, 31))
EVERYTHING = Filters()
FILTERS = {
    "one article": Filters(article=("made/0/3",)),
    "a frequent tag": Filters(tags=("tag 1",)),
    "one year": Filters(published=A_YEAR),
}


@dataclass(frozen=True)
class Growth:
    """What an archive takes. Times are milliseconds, the median and the 99th percentile, or else seconds.

    ``rate`` counts passages a second that are put, their encoding aside; ``disk`` is bytes by part of the folder;
    ``anonymous`` is bytes of memory that belong to the process alone; ``recall`` is at ten.
    """

    passages: int
    articles: int
    rate: float
    disk: dict[str, int]
    start_s: float
    cells_s: float
    anonymous: int
    question: tuple[float, float]
    nearest: tuple[float, float]
    nearest_exactly: tuple[float, float]
    words: tuple[float, float]
    filtered: dict[str, tuple[float, float]]
    recall: float
    write: float
    after_write: float
    made: Likeness

    def figures(self) -> dict[str, float]:
        """What follows a law: of times the medians."""
        times = {"question": self.question, "nearest": self.nearest, "words": self.words}
        times |= {"nearest, exactly": self.nearest_exactly}
        return {
            "put, ms a passage": 1e3 / self.rate if self.rate else 0.0,
            **{f"disk: {part}, bytes": float(size) for part, size in self.disk.items()},
            "anonymous memory, bytes": float(self.anonymous),
            "a command opens it, s": self.start_s,
            "cells made, s": self.cells_s,
            **{f"{name}, ms": median for name, (median, _) in times.items()},
            "put one article, ms": self.write,
            "the question after, ms": self.after_write,
        }


def grow(folder: Path, encoder: Encoder, stock: Stock, passages: int) -> float:
    """Add made articles until there are so many passages; how many went in a second, their making not counted."""
    with closing(open_index(folder, encoder)) as index:
        before, seconds = index.status().passages, 0.0
        for batch in _batches(Maker(stock, index.status().generation).articles(), passages - before):
            began = clock()
            index.put(batch)
            seconds += clock() - began
        return (index.status().passages - before) / seconds if seconds else 0.0


def _batches(articles: Iterator[Prepared], passages: int) -> Iterator[list[Prepared]]:
    while passages > 0:
        batch, held = list[Prepared](), 0
        while held < min(BATCH, passages):
            batch.append(next(articles))
            held += len(batch[-1].passages)
        passages -= held
        yield batch


def measured(
    folder: Path, encoder: Encoder, questions: Sequence[str], rate: float, exact_until: int = EXACT_UNTIL
) -> Growth:
    """What the archive in a folder takes."""
    began = clock()
    index = open_index(folder, encoder)
    opened = clock()
    with closing(index):
        cells_s = _sorted(index, folder, exact_until)
        status = index.status()
        encoded = np.stack([encoder.encode_questions([question])[0].whole for question in questions])
        _timed(_asking(index), questions[:WARM_UP])
        question = _timed(_asking(index), questions)
        filtered = {name: _timed(_asking(index, filters), questions) for name, filters in FILTERS.items()}
        anonymous = _anonymous()
        with index.view() as view:
            searched = view._state.searched
            exactly = Vectors(searched.pairs)
            near = _timed(lambda i: searched.nearest(encoded[i], LOOKED_UP), range(len(encoded)))
            far = _timed(lambda i: exactly.nearest(encoded[i], LOOKED_UP), range(len(encoded)))
            words = _timed(lambda text: view.matching(Sought(view.terms(text)), LOOKED_UP), questions)
            recall = float(np.mean([_recall(exactly, searched, one) for one in encoded]))
            some = np.random.default_rng(0).choice(exactly.numbers(), min(3_000, status.passages), replace=False)
            made = Likeness.of(exactly.passages(np.sort(some)), encoded)
        write, after = _written(index, questions)
        return Growth(
            status.passages, status.articles, rate, _disk(folder), opened - began, cells_s, anonymous, question, near,
            far, words, filtered, recall, write, after, made,
        )  # fmt: skip


def _asking(index: Index, filters: Filters = EVERYTHING) -> Callable[[str], object]:
    return lambda text: search(index, Question(text, filters=filters, effort="fast"))


def _sorted(index: Index, folder: Path, exact_until: int) -> float:
    """Search by way of cells, made now if need be, where there are as many passages; the seconds that takes."""
    began = clock()
    if index.status().passages < exact_until:
        return 0.0
    sorting.make(folder, index.encoder.dimension)
    edition = index.makers.now.states.edition
    name = None if edition is None else sorting.newest(folder, edition)
    if name is not None:
        index.makers.now.states.use(open_cells(folder / sorting.CELLS, name, index.encoder.dimension), exact_until)
    return clock() - began


def _recall(exactly: Vectors, searched: Vectors, question: Floats) -> float:
    right, found = (set(one.nearest(question, 10)[0].tolist()) for one in (exactly, searched))
    return len(right & found) / max(len(right), 1)


def _timed(ask: Callable[[T], object], things: Sequence[T]) -> tuple[float, float]:
    times = []
    for thing in things:
        began = clock()
        ask(thing)
        times.append(1e3 * (clock() - began))
    return _rounded(np.quantile(times, (0.5, 0.99)).tolist())


def _rounded(times: Sequence[float]) -> tuple[float, float]:
    return round(times[0], 2), round(times[1], 2)


def _written(index: Index, questions: Sequence[str]) -> tuple[float, float]:
    """How long it takes to put one small article, and to answer the first question after it; medians."""
    writes, asked = [], []
    # A folder that has grown out of another, or was kept, has articles of these ids: each is another version.
    now = f"as of generation {index.status().generation}"
    for number, question in enumerate(questions[:WARM_UP]):
        began = clock()
        put(index, Article(f"written/{number}", "A note", f"{question} Nobody knows, {now}, nor did before."))
        written = clock()
        search(index, Question(question, effort="fast"))
        writes.append(1e3 * (written - began))
        asked.append(1e3 * (clock() - written))
    return round(float(np.median(writes)), 1), round(float(np.median(asked)), 1)


def _disk(folder: Path) -> dict[str, int]:
    parts = {part: [*(folder / part).rglob("*")] for part in ("vectors", "words", "cells")}
    parts["store"] = [*folder.glob("store.sqlite*")]
    return {part: sum(path.stat().st_size for path in paths if path.is_file()) for part, paths in parts.items()}


def _anonymous() -> int:
    rollup = Path("/proc/self/smaps_rollup")
    lines = rollup.read_text().splitlines() if rollup.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:")), 0)


def main() -> None:
    arguments = _arguments()
    encoder = open_encoder()
    stock, given = stock_of(arguments.texts, encoder, STOCK_PASSAGES)
    lines = arguments.questions.read_text(encoding="utf-8").splitlines() if arguments.questions else []
    questions = [json.loads(line)["question"] for line in lines[:: max(1, len(lines) // arguments.asked)]]
    questions = questions or [sentence.text for own in stock.articles for sentence in islice(own, 3)]
    passages = np.stack([one.passage for item in given for one in item.encoded])
    print("given texts", Likeness.of(passages, np.stack([encoder.encode_questions([q])[0].whole for q in questions])))
    with tempfile.TemporaryDirectory() as temporary:
        folder, found = arguments.folder or Path(temporary), list[Growth]()
        with closing(open_index(folder, encoder)) as index:
            if not index.status().passages:
                index.put(given)
        for size in sorted(arguments.passages):
            rate = grow(folder, encoder, stock, size)
            found.append(_measured_alone(folder, questions, rate))
            print(json.dumps(asdict(found[-1]), indent=1), flush=True)
    tell_laws(found)
    if arguments.charts:
        arguments.charts.mkdir(parents=True, exist_ok=True)
        (arguments.charts / "growth.json").write_text(
            json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8"
        )
        draw(arguments.charts)


def _measured_alone(folder: Path, questions: Sequence[str], rate: float) -> Growth:
    """In a process of its own: what archives are made of takes memory, and is garbage to look through."""
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        return processes.submit(_measured, folder, questions, rate).result()


def _measured(folder: Path, questions: Sequence[str], rate: float) -> Growth:
    return measured(folder, open_encoder(), questions, rate)


def tell_laws(found: Sequence[Growth]) -> None:
    """Print the law of each figure over the sizes that were measured, and where it leads."""
    each = [one.figures() for one in found]
    by_name = {name: [figures[name] for figures in each] for name in (each[0] if each else {})}
    for name, law in laws([one.passages for one in found], by_name).items():
        print(f"{name}: {law}; at {BEYOND:,} passages, estimated, {law.at(BEYOND):.3g}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+", help=".jsonl files that archives are made of")
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000], help="how many, one size after another")
    parser.add_argument("--questions", type=Path, help="questions, one a line; else sentences of the texts")
    parser.add_argument("--asked", type=int, default=200, help="how many of them")
    parser.add_argument("--folder", type=Path, help="where the archive is kept; else nowhere")
    parser.add_argument("--charts", type=Path, help="the folder for the figures and their chart")
    return parser.parse_args()


if __name__ == "__main__":
    main()

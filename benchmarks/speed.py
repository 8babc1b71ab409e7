"""How fast is it, on this machine, and how fast are others on it?

``python -m benchmarks.speed DATA [--rounds N] [--questions N] [--passages N] [--peers PYTHON] [--charts FOLDER]`` takes
DATA/squad in with `footnote ingest`, serves it and asks distinct questions over HTTP, and computes vectors of passages
with every backend that is here. PYTHON is an interpreter that has txtai, LangChain or LlamaIndex: they compute the
vectors of the same passages in turn with ours, so that all see the same machine. Every figure is the median over the
rounds, with the least and the greatest behind it. --charts keeps them in FOLDER's ``speed.json`` and draws them as SVG.
"""

import argparse
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep

import numpy as np

from benchmarks.charts import draw
from index.embedding import BACKENDS, Input, open_encoder
from index.embedding.packaged import located
from index.errors import ModelUnusable
from tests.processes import FOOTNOTE, serving

CLIENTS = 16
# Until all workers answer: the first is ready before the others. Seconds.
SETTLED = 5.0
WARM_UP = 20
TOKENS = 160
PEERS = ("txtai", "langchain", "llamaindex")
PEER = Path(__file__).with_name("peer.py")


@dataclass(frozen=True)
class Figure:
    """What several rounds measured."""

    name: str
    unit: str
    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.name:48} {self.middle:8.1f} {self.unit:12} ({low:.1f} to {high:.1f})"


def main() -> None:
    arguments = _arguments()
    squad = arguments.data / "squad"
    lines = (squad / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    texts = passages(squad / "articles.jsonl", arguments.passages)
    rates = embedding(texts, arguments.rounds, arguments.peers)
    _say(rates)
    with tempfile.TemporaryDirectory() as folder:
        began = perf_counter()
        command = [*FOOTNOTE, "ingest", "--data", folder, squad / "articles.jsonl"]
        subprocess.run(command, check=True, capture_output=True)
        took_in = Figure("ingest of squad, the process whole", "s", (perf_counter() - began,))
        size = Figure("data folder", "MB", (_bytes(Path(folder)) / 2**20,))
        _say([took_in, size])
        figures = [starting(arguments.rounds), *asking(folder, questions, arguments.rounds, arguments.questions)]
        _say(figures)
    if arguments.charts:
        _keep(arguments.charts, [*rates, took_in, size, *figures])


def passages(articles: Path, count: int) -> list[str]:
    """Stretches of so many articles' text that come to ``TOKENS`` word pieces each."""
    encoder = open_encoder()
    found: list[str] = []
    for line in articles.read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["text"]
        pieces = encoder.pieces(text)
        starts = range(0, len(pieces) - TOKENS, TOKENS)
        found += [text[pieces[at][0] : pieces[at + TOKENS - 3][1]] for at in starts]
    return found[:: max(1, len(found) // count)][:count]


def embedding(texts: Sequence[str], rounds: int, peers: str | None) -> list[Figure]:
    """Passages a second of each backend that is here and of each peer, in turn."""
    with ExitStack() as stack:
        runs: dict[str, Callable[[], float]] = {}
        for backend in BACKENDS:
            with _missing(backend):
                runs[f"Footnote, {backend}"] = _ours(texts, open_encoder(backend=backend).encode)
        for peer in PEERS if peers else ():
            with _missing(peer):
                runs[peer] = stack.enter_context(_peer(peers or "", peer, texts))
        took: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(rounds):
            for name, run in runs.items():
                took[name].append(len(texts) / run())
    return [Figure(f"embedding, {name}", "passages/s", tuple(values)) for name, values in took.items()]


def _ours(texts: Sequence[str], encode: Callable[[Sequence[Input]], object]) -> Callable[[], float]:
    inputs = [Input("", text, ()) for text in texts]

    def run() -> float:
        began = perf_counter()
        encode(inputs)
        return perf_counter() - began

    encode(inputs[:8])
    return run


@contextmanager
def _missing(what: str) -> Iterator[None]:
    try:
        yield
    except (ModelUnusable, BrokenPipeError, ValueError) as fault:
        print(f"{what} is left out: {str(fault).splitlines()[-1] if str(fault) else 'it is not here'}")


@contextmanager
def _peer(python: str, name: str, texts: Sequence[str]) -> Iterator[Callable[[], float]]:
    """A peer in a process of its own, that computes the vectors of the texts whenever it is told to."""
    around = {**os.environ, "HF_HUB_OFFLINE": "1"}
    command = [python, str(PEER), name, str(located(None))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=around
    ) as process:
        assert process.stdin
        assert process.stdout
        told, says = process.stdin, process.stdout

        def run() -> float:
            told.write("\n")
            told.flush()
            return float(says.readline())

        told.write(json.dumps(texts) + "\n")
        told.flush()
        float(says.readline())
        yield run
        process.kill()


def starting(rounds: int) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        took = []
        for number in range(rounds):
            with serving(f"{folder}/{number}") as (_, ready):
                took.append(ready)
    return Figure("start to ready, empty folder", "s", tuple(took))


def asking(folder: str, questions: Sequence[str], rounds: int, count: int) -> list[Figure]:
    """Latency of one client by effort, and questions a second of many, each round with questions of its own."""
    found: dict[tuple[str, str], list[float]] = {}
    shares = [questions[number::rounds][: count + WARM_UP] for number in range(rounds)]
    with serving(folder) as (port, _):
        for share in shares:
            for effort in ("fast", "careful"):
                times = _one_client(port, share, effort)[WARM_UP:]
                for name, place in (("median", 0.5), ("99th percentile", 0.99)):
                    at = float(np.quantile(times, place))
                    found.setdefault((f"{effort}, one client, {name}", "ms"), []).append(at)
    for workers in (1, os.cpu_count() or 1):
        with serving(folder, {"FOOTNOTE_WORKERS": str(workers)}) as (port, _):
            sleep(SETTLED)
            for share in shares:
                rate, own = _many_clients(port, share)
                found.setdefault((f"fast, {CLIENTS} clients, workers: {workers}", "questions/s"), []).append(rate)
                found.setdefault(("the clients' own share of the processor", "ms/question"), []).append(own)
    return [Figure(name, unit, tuple(values)) for (name, unit), values in found.items()]


def _one_client(port: int, questions: Iterable[str], effort: str) -> list[float]:
    """Milliseconds of each question."""
    connection = HTTPConnection("127.0.0.1", port)
    times = []
    for question in questions:
        began = perf_counter()
        _ask(connection, question, effort)
        times.append(1e3 * (perf_counter() - began))
    return times


def _many_clients(port: int, questions: Sequence[str]) -> tuple[float, float]:
    """Questions a second, and milliseconds of processor time that the clients themselves take of each."""
    _one_client(port, questions[:WARM_UP], "fast")
    asked = questions[WARM_UP:]
    # Whoever is free takes the next: until the last is asked all of them ask.
    left = iter(asked)
    clients = [threading.Thread(target=_one_client, args=(port, left, "fast")) for _ in range(CLIENTS)]
    began, own = perf_counter(), process_time()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return len(asked) / (perf_counter() - began), 1e3 * (process_time() - own) / len(asked)


def _ask(connection: HTTPConnection, question: str, effort: str) -> None:
    body = json.dumps({"question": question, "effort": effort})
    connection.request("POST", "/v1/ask", body, {"content-type": "application/json"})
    reply = connection.getresponse()
    content = reply.read()
    if reply.status != 200:
        raise RuntimeError(f"{question!r}: {reply.status} {content[:200]!r}")


def _keep(folder: Path, figures: Sequence[Figure]) -> None:
    """What was measured, for charts and whoever wants to know."""
    today, cores = datetime.now(UTC).date().isoformat(), len(os.sched_getaffinity(0))
    kept = [{**asdict(one), "values": [round(value, 2) for value in one.values]} for one in figures]
    measured = {"measured": today, "processor": _processor(), "cores": cores, "figures": kept}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speed.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    draw(folder)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))


def _say(figures: Sequence[Figure]) -> None:
    for figure in figures:
        print(figure, flush=True)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds squad/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=100, help="how many a round, of each effort")
    parser.add_argument("--passages", type=int, default=64, help="how many a round")
    parser.add_argument("--peers", help="an interpreter that has txtai, LangChain or LlamaIndex")
    parser.add_argument("--charts", type=Path, help="the folder for figures and charts")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""How does much come in, and what do questions notice of it?

``python benchmarks/intake.py [overlap] [memory] [meanwhile] [--files N]`` makes N mixed files from the seeds (see
tests/mixed.py) and prints, of what is named or of all three:

overlap     seconds that the same files take with and without reading ahead, in turn, and the ratio of each pair
memory      peak memory of the ingest and of its reader as files come in, and how fast they come
meanwhile   median and 99th percentile of /v1/ask beside `footnote ingest` into the same folder, beside `PUT
            /v1/articles` and beside a job of `POST /v1/articles`, with the ratio to the idle ones before and after
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any

import index.ingest
from index.discovery import find
from index.embedding import Encoder, open_encoder
from index.ingest import Progress, ingest
from index.readers import Limits
from index.rebuild import open_index
from tests import mixed
from tests.processes import FOOTNOTE, serving

MARKS = (1_000, 2_500, 5_000, 10_000)
PAIRS = 3
KB = 1024
WARM_UP = 30
A_PUT_EVERY = 0.5  # seconds
A_JOBS_ARTICLES = 5_000
NO_HEADERS: Mapping[str, str] = {}
PARTS = ("overlap", "memory", "meanwhile")


def main() -> None:
    arguments = _arguments()
    if arguments.into:
        _report_memory(arguments.files_in, arguments.into)
        return
    texts = [path.read_text(encoding="utf-8") for path in sorted(arguments.seeds.glob("*.txt"))]
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.files_in or Path(made) / "files"
        if not folder.is_dir():
            mixed.write(folder, texts, arguments.files, arguments.sentences)
        asked = arguments.parts or PARTS
        if "overlap" in asked:
            _overlap(folder, arguments.sample)
        if "memory" in asked:
            _memory(folder)
        if "meanwhile" in asked:
            _meanwhile(folder, mixed.Writer(texts, seed=7), arguments.questions)


def _overlap(folder: Path, sample: int) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())[:sample]
    kinds = {"mixed": paths, "HTML, PDF and DOCX": [p for p in paths if p.suffix in {".html", ".pdf", ".docx"}]}
    encoder = open_encoder()
    _seconds(paths[:20], encoder)
    for name, some in kinds.items():
        pairs = [(_seconds(some, encoder, ahead=0), _seconds(some, encoder)) for _ in range(PAIRS)]
        ratios = ", ".join(f"{after / before:.2f}" for before, after in pairs)
        one, two = (median(times) for times in zip(*pairs, strict=True))
        print(f"{name}: {len(some)} files in {one:.1f} s one after another, {two:.1f} s read ahead; ratios {ratios}")


def _seconds(paths: Sequence[Path], encoder: Encoder, ahead: int = index.ingest.AHEAD) -> float:
    with tempfile.TemporaryDirectory() as data, closing(open_index(Path(data) / "data", encoder, 30)) as opened:
        index.ingest.AHEAD = ahead
        began = perf_counter()
        ingest(opened, find(paths), Limits())
        return perf_counter() - began


def _memory(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, __file__, "--files-in", str(folder), "--into", f"{data}/data"]
        subprocess.run(command, check=True)


def _report_memory(folder: Path, data: Path) -> None:
    """Runs in a process of its own, so that it is this ingest's memory alone."""
    encoder = open_encoder()
    began = perf_counter()
    print("files  articles  files a second  peak MB  reader's peak MB  anonymous MB")

    def show(step: Progress) -> None:
        if step.files in MARKS and step.files not in shown:
            shown.add(step.files)
            rate = step.files / (perf_counter() - began)
            peak, readers = _peak(os.getpid()), max(map(_peak, _children()), default=0)
            anonymous = _status(os.getpid(), "RssAnon")
            print(
                f"{step.files:5} {step.articles:9} {rate:15.1f} {peak:8.0f} {readers:17.0f} {anonymous:13.0f}",
                flush=True,
            )

    shown = set[int]()
    with closing(open_index(data, encoder, 30)) as opened:
        summary = ingest(opened, find([folder]), Limits(), show)
        held = opened.status()
    seconds = perf_counter() - began
    print(f"{summary.added} added, {summary.unchanged} unchanged, {len(summary.rejected)} rejected in {seconds:.0f} s;")
    print(f"{held.articles} articles, {held.passages} passages in generation {held.generation}")


def _peak(process: int) -> float:
    return _status(process, "VmHWM")


def _status(process: int, name: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / KB


def _children() -> list[int]:
    return [int(one) for task in Path("/proc/self/task").iterdir() for one in (task / "children").read_text().split()]


def _meanwhile(folder: Path, writer: mixed.Writer, questions: int) -> None:
    parts = sorted(path for path in folder.iterdir() if path.is_dir())
    with tempfile.TemporaryDirectory() as data:
        subprocess.run([*FOOTNOTE, "ingest", "--data", data, parts[0]], check=False, capture_output=True)
        with serving(data) as (port, _):
            besides: dict[str, Callable[[str], AbstractContextManager[Callable[[], str]]]] = {
                "footnote ingest": lambda effort: _ingesting(data, parts[1:], effort),
                "PUT": lambda _: _putting(port, writer),
                "POST /v1/articles": lambda effort: _bringing(port, writer, effort),
            }
            for effort in ("fast", "careful"):
                ask = _asker(port, writer, effort)
                for _ in range(WARM_UP):
                    ask()
                before = [ask() for _ in range(questions)]
                for name, begin in besides.items():
                    with begin(effort) as done:
                        times = [ask() for _ in range(questions)]
                        said = done()
                    after = [ask() for _ in range(questions)]
                    _print(f"{effort}, idle", [*before, *after], [*before, *after])
                    _print(f"{effort}, beside {name}", times, [*before, *after])
                    print(f"    meanwhile {said}")
                    before = after


def _print(name: str, times: Sequence[float], idle: Sequence[float]) -> None:
    half, last = median(times), _last(times)
    print(
        f"{name:34} {half:7.1f} ms median ({half / median(idle):.2f})  {last:7.1f} ms 99th percentile"
        f" ({last / _last(idle):.2f})  {max(times):7.1f} ms longest",
        flush=True,
    )


def _last(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _asker(port: int, writer: mixed.Writer, effort: str) -> Callable[[], float]:
    def ask() -> float:
        question = " ".join(writer.sentence().split()[:10]) + "?"
        began = perf_counter()
        _send(port, "POST", "/v1/ask", {"question": question, "effort": effort})
        return 1e3 * (perf_counter() - began)

    return ask


def _send(port: int, method: str, path: str, content: Mapping[str, str]) -> None:
    _sent(port, method, path, json.dumps(content).encode(), {"content-type": "application/json"})


def _sent(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Any:
    # Each its own: the service closes connections that are quiet for some seconds.
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        said = reply.read()
    if reply.status >= 300:
        raise RuntimeError(f"{path}: {reply.status} {said[:200]!r}")
    return json.loads(said or b"null")


@contextmanager
def _ingesting(data: str, parts: Sequence[Path], prefix: str) -> Iterator[Callable[[], str]]:
    """`footnote ingest` of these folders, under way; what says how much it took in so far."""
    command = [*FOOTNOTE, "ingest", "--data", data, "--id-prefix", f"{prefix}:", *map(str, parts)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        before = _articles(data)
        while process.poll() is None and _articles(data) == before:
            sleep(0.1)
        started = _articles(data)
        yield lambda: f"took in {_articles(data) - started}{' and ended' if process.poll() is not None else ''}"
    finally:
        process.terminate()
        process.wait()


def _articles(data: str) -> int:
    from index.folder import open_store

    with closing(open_store(Path(data), 30)) as store, store.reading() as snapshot:
        return snapshot.counts()[0]


@contextmanager
def _putting(port: int, writer: mixed.Writer) -> Iterator[Callable[[], str]]:
    stopped, took = Event(), list[float]()

    def put() -> None:
        while not stopped.wait(A_PUT_EVERY):
            fields = _article(writer)
            began = perf_counter()
            _send(port, "PUT", f"/v1/articles/{fields['id']}", fields)
            took.append(perf_counter() - began)

    thread = Thread(target=put)
    thread.start()
    try:
        yield lambda: f"put {len(took)}, each in {1e3 * median(took):.0f} ms"
    finally:
        stopped.set()
        thread.join()


def _article(writer: mixed.Writer) -> dict[str, str]:
    title, day, paragraphs = writer.article()
    return {
        "id": f"brought/{next(writer.made)}",
        "title": title,
        "text": "\n".join(paragraphs),
        "published_at": day,
    }


@contextmanager
def _bringing(port: int, writer: mixed.Writer, prefix: str) -> Iterator[Callable[[], str]]:
    """A job of the service's own, under way."""
    lines = "\n".join(json.dumps(_article(writer)) for _ in range(A_JOBS_ARTICLES))
    headers = {"content-type": "application/x-ndjson"}
    job = _sent(port, "POST", f"/v1/articles?id_prefix={prefix}:", lines.encode(), headers)

    def now() -> Any:
        return _sent(port, "GET", f"/v1/jobs/{job['id']}")

    while now()["state"] == "waiting" or not now()["added"]:
        sleep(0.1)
    started = now()["added"]
    yield lambda: f"took in {now()['added'] - started} ({now()['state']})"
    _sent(port, "DELETE", f"/v1/jobs/{job['id']}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all by default")
    parser.add_argument("--seeds", type=Path, default=Path("seeds"))
    parser.add_argument("--files", type=int, default=10_000, help="how many are made")
    parser.add_argument("--sentences", type=int, default=4, help="in each article of theirs")
    parser.add_argument("--files-in", type=Path, help="where they are, or are put to be kept")
    parser.add_argument("--sample", type=int, default=300, help="how many of them for the overlap")
    parser.add_argument("--questions", type=int, default=400, help="asked each time")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()

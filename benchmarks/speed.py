"""How fast is it, on this machine?

``python benchmarks/speed.py DATA [--questions N]`` takes DATA/squad in with `footnote ingest`, serves it, and asks
distinct questions over HTTP, one client, one after another; between them the model alone encodes the same questions, so
that both figures see the same machine. Prints medians and 99th percentiles in milliseconds, and the time of each step.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter

from index.embedding import Encoder, open_encoder
from tests.processes import FOOTNOTE, serving

WARM_UP = 20


def main() -> None:
    arguments = _arguments()
    squad = arguments.data / "squad"
    lines = (squad / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][:: max(1, len(lines) // arguments.questions)]
    encoder = open_encoder()
    with tempfile.TemporaryDirectory() as folder:
        began = perf_counter()
        subprocess.run(
            [*FOOTNOTE, "ingest", "--data", folder, squad / "articles.jsonl"], check=True, capture_output=True
        )
        print(f"ingest of squad, the process whole   {perf_counter() - began:8.1f} s")
        print(f"data folder                          {_bytes(Path(folder)) / 2**20:8.1f} MB")
        with serving(folder) as (port, ready):
            print(f"start to ready                       {ready:8.1f} s")
            _report(*_asked(port, questions, encoder))


def _asked(port: int, questions: Sequence[str], encoder: Encoder) -> tuple[list[float], list[float]]:
    """Milliseconds of each question over HTTP, and of the model alone."""
    connection = HTTPConnection("127.0.0.1", port)
    whole: list[float] = []
    alone: list[float] = []
    for question in [*questions[:WARM_UP], *questions]:
        began = perf_counter()
        _ask(connection, question)
        replied = perf_counter()
        encoder.encode_question(question)
        whole.append(1e3 * (replied - began))
        alone.append(1e3 * (perf_counter() - replied))
    return whole[WARM_UP:], alone[WARM_UP:]


def _ask(connection: HTTPConnection, question: str) -> None:
    body = json.dumps({"question": question, "effort": "fast"})
    connection.request("POST", "/v1/ask", body, {"content-type": "application/json"})
    reply = connection.getresponse()
    content = reply.read()
    if reply.status != 200:
        raise RuntimeError(f"{question!r}: {reply.status} {content[:200]!r}")


def _report(whole: list[float], alone: list[float]) -> None:
    for name, times in (("question over HTTP", whole), ("the model alone", alone)):
        ordered = sorted(times)
        median, last = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        print(f"{name:36} {median:8.1f} ms median {last:8.1f} ms 99th percentile, of {len(ordered)}")


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds squad/")
    parser.add_argument("--questions", type=int, default=500, help="how many, evenly spread")
    return parser.parse_args()


if __name__ == "__main__":
    main()

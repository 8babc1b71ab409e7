"""How soon does an answer begin, over HTTP?

``python benchmarks/streaming.py URL QUESTIONS.jsonl [--questions N]`` asks a service that runs, one client, a question
after another, with `stream: true`, `fast` and `careful` by turns. Prints medians and 99th percentiles, in milliseconds
from the request on, of the first event, the first sentence and the last event; and of the same question not streamed.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

EFFORTS = ("fast", "careful")
WARM_UP = 20


def main() -> None:
    arguments = _arguments()
    lines = arguments.file.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][:: max(1, len(lines) // arguments.questions)]
    connection = HTTPConnection(urlsplit(arguments.url).netloc)
    times: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for number, question in enumerate([*questions[:WARM_UP], *questions]):
        for effort in EFFORTS:
            for what, taken in _taken(connection, question, effort):
                if number >= WARM_UP:
                    times[effort, what].append(taken)
    for (effort, what), all_taken in times.items():
        print(f"{effort:8} {what:20} {_percentiles(all_taken)}")


def _taken(connection: HTTPConnection, question: str, effort: str) -> Iterator[tuple[str, float]]:
    """What came, and after how many milliseconds."""
    began = perf_counter()
    _ask(connection, {"question": question, "effort": effort}).read()
    yield "not streamed", 1e3 * (perf_counter() - began)
    began = perf_counter()
    reply = _ask(connection, {"question": question, "effort": effort, "stream": True})
    came: dict[str, float] = {}
    while line := reply.readline():
        # The event is whole with its data.
        if line.startswith(b"event:"):
            name = line.split()[1].decode()
        elif line.startswith(b"data:"):
            came.setdefault(name, 1e3 * (perf_counter() - began))
    yield "first event", min(came.values())
    yield from came.items()


def _ask(connection: HTTPConnection, body: dict[str, object]) -> HTTPResponse:
    connection.request("POST", "/v1/ask", json.dumps(body), {"content-type": "application/json"})
    reply = connection.getresponse()
    if reply.status != 200:
        raise RuntimeError(f"{body['question']!r}: {reply.status} {reply.read(200)!r}")
    return reply


def _percentiles(times: list[float]) -> str:
    ordered = sorted(times)
    median, last = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"{median:8.1f} ms median {last:8.1f} ms 99th percentile, of {len(ordered)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the service, such as http://127.0.0.1:8000")
    parser.add_argument("file", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--questions", type=int, default=300, help="how many, evenly spread")
    return parser.parse_args()


if __name__ == "__main__":
    main()

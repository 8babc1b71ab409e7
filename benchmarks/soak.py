"""A real service under mixed load for as long as wanted, its memory, handles, threads and disk watched.

    $ make soak MINUTES=60

It runs under a limit of memory (RLIMIT_DATA), where it may on a small file system of its own, which is filled in the
end and freed again. What grows beyond the data, what is wrong, and what does not come back, ends this with 1.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx2 as httpx
import numpy as np

from tests.processes import PROGRAM, listening, until

SEEDS = Path(__file__).parents[1] / "seeds"
MEMORY = 3 * 2**30  # bytes
DISK = 256  # MiB
ARTICLES = 40
WARM = 0.3  # of the time
EVERY = 2.0  # seconds
GROWTH = {"memory": 24.0, "handles": 8.0, "threads": 8.0, "disk": 16.0}  # allowed from the warm-up to the end
MATTERMOST = "soak"
# The texts lately read, of which there is room for many hours of this: with little room, what grows is a leak.
SMALL_CACHE = f"import index.view; index.view.CACHED_CHARACTERS = 200_000; {PROGRAM}"
WORDS = [
    "geese",
    "lake",
    "ships",
    "bay",
    "foxes",
    "meadow",
    "railway",
    "parliament",
    "bread",
    "flour",
    "moon",
    "planet",
]


@dataclass
class Seen:
    """What was replied, and what was wrong."""

    replies: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, reply: httpx.Response, took: float, *good: int) -> None:
        with self.lock:
            self.replies[f"{what} {reply.status_code}"] += 1
            self.longest = max(self.longest, took)
            if reply.status_code not in good:
                self.wrong.append(f"{what}: {reply.status_code} {reply.text[:200]}")

    def complain(self, what: str) -> None:
        with self.lock:
            self.wrong.append(what)


class Load:
    """One client that does this and that, over and over, on articles that are its own."""

    def __init__(self, url: str, number: int, seen: Seen) -> None:
        self._client = httpx.Client(base_url=url, timeout=120, trust_env=False)
        self._number, self._seen, self._chance, self._versions = number, seen, Random(number), 0
        self.held: dict[str, str] = {}
        self._all: tuple[Callable[[], None], ...] = (
            *(self.ask,) * 5,
            *(self.stream,) * 2,
            *(self.put,) * 3,
            self.delete,
            self.bring,
            self.complete,
            self.page,
            self.mattermost,
            self.keep,
            self.list,
        )

    def run(self, stopped: threading.Event) -> None:
        while not stopped.is_set():
            self._chance.choice(self._all)()
        self._client.close()

    def _said(self, what: str, method: str, path: str, *good: int, **more: object) -> httpx.Response:
        began = time.perf_counter()
        reply = self._client.request(method, path, **more)  # type: ignore[arg-type]
        self._seen.note(what, reply, time.perf_counter() - began, *good)
        return reply

    def _question(self) -> str:
        return f"what of {' and '.join(self._chance.sample(WORDS, 2))}?"

    def _id(self) -> str:
        return f"soak/{self._number}/{self._chance.randrange(ARTICLES)}"

    def _text(self) -> str:
        self._versions += 1
        sentences = (" ".join(self._chance.choices(WORDS, k=9)).capitalize() + "." for _ in range(24))
        return f"Report number {self._number}x{self._versions}.\n\n{' '.join(sentences)}"

    def ask(self) -> None:
        found = self._said("ask", "POST", "/v1/ask", 200, json={"question": self._question(), "top_k": 10}).json()
        mine = f"soak/{self._number}/"
        for passage in found["passages"]:
            id = passage["article"]["id"]
            if id.startswith(mine) and self.held.get(id, "")[passage["start"] : passage["end"]] != passage["text"]:
                self._seen.complain(f"stale or torn: {id}")

    def stream(self) -> None:
        reply = self._said("stream", "POST", "/v1/ask", 200, json={"question": self._question(), "stream": True})
        if "event: reply" not in reply.text:
            self._seen.complain(f"a stream without its reply: {reply.text[-200:]}")

    def put(self) -> None:
        id, text = self._id(), self._text()
        self._said("put", "PUT", f"/v1/articles/{id}", 200, 201, json={"title": "Soak", "text": text, "source": "Soak"})
        self.held[id] = text

    def delete(self) -> None:
        if self.held:
            id = self._chance.choice(sorted(self.held))
            self._said("delete", "DELETE", f"/v1/articles/{id}", 204)
            del self.held[id]

    def bring(self) -> None:
        stories = {self._id(): self._text() for _ in range(2)}
        lines = "\n".join(json.dumps({"id": id, "title": "Soak", "text": text}) for id, text in stories.items())
        kind = {"content-type": "application/x-ndjson"}
        reply = self._said("bring", "POST", "/v1/articles", 202, content=lines, headers=kind)
        ends = time.monotonic() + 120
        while (job := self._said("job", "GET", reply.headers["location"], 200).json())["state"] in (
            "waiting",
            "running",
        ):
            if time.monotonic() > ends:
                self._seen.complain(f"a job that does not end: {job}")
                return
            time.sleep(0.2)
        if job["state"] != "done" or job["rejected"]:
            self._seen.complain(f"a job that failed: {job}")
        self.held |= stories

    def complete(self) -> None:
        asked = {"model": "footnote-fast", "messages": [{"role": "user", "content": self._question()}]}
        self._said("chat", "POST", "/v1/chat/completions", 200, json=asked)

    def mattermost(self) -> None:
        asked = {"token": MATTERMOST, "command": "/ask", "text": self._question(), "user_id": f"u{self._number}"}
        self._said("mattermost", "POST", "/chat/mattermost", 200, json=asked)

    def page(self) -> None:
        self._said("page", "GET", "/", 200, params={"q": self._question()})

    def keep(self) -> None:
        made = self._said("keep", "POST", "/v1/answers", 201, json={"question": self._question()}).json()
        self._said("kept", "GET", f"/a/{made['id']}", 200)
        self._said("revoke", "DELETE", f"/v1/answers/{made['id']}", 204)

    def list(self) -> None:
        self._said("list", "GET", "/v1/articles", 200)
        self._said("jobs", "GET", "/v1/jobs", 200)


@dataclass(frozen=True)
class Sample:
    at: float
    memory: float  # MiB, anonymous
    handles: int
    threads: int
    disk: float  # MiB
    kinds: Counter[str]  # of the handles


def sample(process: int, folder: Path, began: float) -> Sample:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    sizes = 0
    # What is gone before it is looked at takes no room; Path.rglob would raise.
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                sizes += (Path(place) / name).stat().st_blocks * 512
    kinds = handles(process)
    return Sample(
        time.monotonic() - began,
        int(status["RssAnon"].split()[0]) / 1024,
        kinds.total(),
        int(status["Threads"]),
        sizes / 2**20,
        kinds,
    )


def handles(process: int) -> Counter[str]:
    """What a process has open, by kind: sockets, pipes, and files by their name without numbers."""
    kinds = Counter[str]()
    for path in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            kinds[_kind(str(path.readlink()))] += 1
    return kinds


def _kind(link: str) -> str:
    gone = " (deleted)" if link.endswith(" (deleted)") else ""
    name = link.removesuffix(gone)
    if not name.startswith("/"):
        return name.partition(":[")[0]
    return re.sub(r"[0-9a-f]{8,}", "N", "/".join(name.rsplit("/", 2)[1:])) + gone


def grown(samples: list[Sample], name: str) -> float:
    """By how much, along a line fitted from the warm-up to the end (Theil-Sen, which outliers do not bend)."""
    warm = [one for one in samples if one.at >= WARM * samples[-1].at]
    at, values = np.array([one.at for one in warm]), np.array([getattr(one, name) for one in warm], float)
    first, second = np.triu_indices(len(at), 1)
    return float(np.median((values[second] - values[first]) / (at[second] - at[first])) * (at[-1] - at[0]))


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of `DISK` MiB at ``folder``, where one may be mounted."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "soak", str(folder)], check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(folder: Path) -> Path:
    """Takes all room that is left; where what took it lies."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 2**16):
            pass
    return filler


def full_and_freed(url: str, folder: Path, held: dict[str, str]) -> list[str]:
    """What is wrong while the disk is full, and after it has been freed."""
    wrong, article = [], {"title": "Full", "text": "The disk is full of geese. " * 400}
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
        filler = fill(folder)
        refused = [client.put(f"/v1/articles/full/{n}", json=article | {"title": str(n)}) for n in range(5)]
        asked = [client.post("/v1/ask", json={"question": f"what of {word}?"}) for word in WORDS]
        taken = {f"full/{n}": article["text"] for n, reply in enumerate(refused) if reply.status_code < 300}
        print("full:", Counter(reply.status_code for reply in refused), refused[-1].text[:160])
        wrong += [
            f"put on a full disk: {one.status_code} {one.text[:200]}" for one in refused if one.status_code == 500
        ]
        wrong += [
            f"a question on a full disk: {one.status_code} {one.text[:200]}" for one in asked if one.status_code != 200
        ]
        filler.unlink()
        freed = time.monotonic()
        while client.put("/v1/articles/freed", json=article).status_code >= 300:
            if time.monotonic() - freed > 30:
                return [*wrong, "it does not take articles again after the disk was freed"]
            time.sleep(0.1)
        print(f"freed: works again after {time.monotonic() - freed:.1f} s")
        for id, text in (held | taken).items():
            if client.get(f"/v1/articles/{id}").json().get("text") != text:
                wrong.append(f"lost: {id}")
    return wrong


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def soak(minutes: float, clients: int, folder: Path) -> list[str]:
    """What was wrong; figures are printed."""
    data, seen, samples, stopped = folder / "data", Seen(), list[Sample](), threading.Event()
    subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", "ingest", "--data", data, SEEDS], check=True
    )
    environment = {"FOOTNOTE_MATTERMOST_TOKEN": MATTERMOST, "FOOTNOTE_RATE": "0", "PYTHONFAULTHANDLER": "1"}
    limited()
    with listening(str(data), environment, SMALL_CACHE) as (process, port):
        until(process, port, "/readyz")
        url, began = f"http://127.0.0.1:{port}", time.monotonic()
        loads = [Load(url, number, seen) for number in range(clients)]
        threads = [threading.Thread(target=load.run, args=(stopped,)) for load in loads]
        for thread in threads:
            thread.start()
        while time.monotonic() - began < 60 * minutes and process.poll() is None:
            time.sleep(EVERY)
            samples.append(sample(process.pid, data, began))
        stopped.set()
        for thread in threads:
            thread.join()
        wrong = seen.wrong + (
            [f"the service ended with {process.returncode}"] if process.returncode is not None else []
        )
        report(samples, seen)
        wrong += [
            f"{name} grew by {grown(samples, name):.1f}" for name, most in GROWTH.items() if grown(samples, name) > most
        ]
        held = {id: text for load in loads for id, text in load.held.items()}
        if process.poll() is None and folder.is_mount():
            try:
                wrong += full_and_freed(url, folder, held)
            except httpx.TransportError as fault:
                wrong.append(f"on a full disk: {fault!r}; the service ended with {process.poll()}")
    return wrong


def report(samples: list[Sample], seen: Seen) -> None:
    total, minutes = sum(seen.replies.values()), samples[-1].at / 60
    print(f"{total:,} replies in {minutes:.1f} min, the longest after {seen.longest:.1f} s", dict(seen.replies))
    for name in GROWTH:
        values = [float(getattr(one, name)) for one in samples]
        said = f"first {values[0]:8.1f}  most {max(values):8.1f}  last {values[-1]:8.1f}"
        print(f"{name:<8} {said}  grown {grown(samples, name):+.1f}  {_by_tenths(values)}")
    print("handles", " ".join(f"{kind} {_span(samples, kind)}" for kind in sorted(_all_kinds(samples))))


def _all_kinds(samples: list[Sample]) -> set[str]:
    """But for those that are rarely there."""
    seen = Counter(kind for one in samples for kind in one.kinds)
    return {kind for kind, times in seen.items() if times > len(samples) / 2}


def _span(samples: list[Sample], kind: str) -> str:
    """How many handles of a kind there were, each tenth of the time: the median."""
    return _by_tenths([one.kinds[kind] for one in samples])


def _by_tenths(values: Sequence[float]) -> str:
    return ",".join(f"{np.median(tenth):.0f}" for tenth in np.array_split(np.array(values), 10) if len(tenth))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    given = parser.parse_args()
    with TemporaryDirectory() as name, small_disk(Path(name)) as is_small:
        if not is_small:
            print("no file system could be mounted: the disk is not filled", file=sys.stderr)
        wrong = soak(given.minutes, given.clients, Path(name))
    print("\n".join(wrong[:20]) or "nothing wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

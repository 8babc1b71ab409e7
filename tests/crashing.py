"""A process that writes to a data folder until it is killed: run by `test_crash`.

    $ python -m tests.crashing

reads one line of JSON a run from its input, {"path": …, "seed": …, "ids": […]}, and forks a child for it, which tells
each write before it begins and once it is acknowledged. When the child has ended, "ended" is told.
"""

import json
import os
import random
import sys
from pathlib import Path

from index.ingest import put
from index.prepare import prepare
from index.rebuild import reindex
from tests.archive import ENCODER, article, opened

NAMES = [f"article{n}" for n in range(8)]
ALWAYS = ("put", "put", "batch", "batch", "delete", "reindex")


def text(chance: random.Random) -> str:
    """Several passages, each of words of its own, so that one that is missing or left over shows."""
    parts = chance.randint(1, 4)
    words = [[f"w{chance.randrange(10**6)}" for _ in range(6)] for _ in range(parts)]
    return "\n\n".join(f"# Part {n}\n\nHere are {' '.join(said)}." for n, said in enumerate(words))


def step(chance: random.Random, ids: set[str]) -> dict[str, str | None]:
    """What one write changes: each article's next text, None where it is deleted; nothing for a reindex."""
    kind = chance.choice(ALWAYS)
    if kind == "delete" and ids:
        return {chance.choice(sorted(ids)): None}
    if kind == "reindex" and ids:
        return {}
    return {id: text(chance) for id in chance.sample(NAMES, 1 if kind == "put" else 3)}


def write(path: Path, seed: str, ids: set[str]) -> None:
    chance = random.Random(seed)
    index = opened(path)
    while True:
        changes = step(chance, ids)
        tell({"begun": changes})
        texts = {id: text for id, text in changes.items() if text is not None}
        if not changes:
            reindex(path, ENCODER)
        elif not texts:
            index.delete(next(iter(changes)))
        elif len(texts) == 1:
            put(index, *(article(id, text) for id, text in texts.items()))
        else:
            index.put(prepare([article(id, text) for id, text in texts.items()], ENCODER))
        ids = {id for id in ids | changes.keys() if id not in changes or id in texts}
        tell({"acknowledged": True})


def tell(what: object) -> None:
    # One write of less than a pipe takes at once: a killed process has told a line whole or not at all.
    os.write(1, (json.dumps(what) + "\n").encode())


def main() -> None:
    prepare([article("warm", text(random.Random(0)))], ENCODER)
    tell({"ready": True})
    for line in sys.stdin:
        run = json.loads(line)
        child = os.fork()
        if not child:
            write(Path(run["path"]), run["seed"], set(run["ids"]))
        tell({"child": child})
        _, status = os.waitpid(child, 0)
        tell({"ended": status})


if __name__ == "__main__":
    main()

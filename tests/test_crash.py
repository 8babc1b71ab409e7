import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.ingest import put
from tests.archive import article, assert_whole, opened, texts

# FOOTNOTE_KILLS=1000 for a long look.
KILLS = int(os.environ.get("FOOTNOTE_KILLS", "25"))
SEED = os.environ.get("FOOTNOTE_KILLS_SEED", "1")
KILLS_A_FOLDER = 8


class Writer:
    """A process that forks writers, each to be killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crashing"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        assert self._heard() == {"ready": True}

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        heard: dict[str, Any] = json.loads(self._process.stdout.readline())
        return heard

    def run_and_kill(self, path: Path, seed: str, ids: list[str], after: float) -> list[dict[str, Any]]:
        """What a writer told that was killed after so many seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"path": str(path), "seed": seed, "ids": ids}).encode() + b"\n")
        self._process.stdin.flush()
        told: list[dict[str, Any]] = []
        heard = self._heard()
        while "ended" not in heard:
            if "child" in heard:
                time.sleep(after)
                os.kill(heard["child"], signal.SIGKILL)
            else:
                told.append(heard)
            heard = self._heard()
        assert heard == {"ended": signal.SIGKILL}
        return told

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    writer = Writer()
    yield writer
    writer.close()


def after(state: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    return {id: text for id, text in (state | changes).items() if text is not None}


def possible(state: dict[str, str], told: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The states that a folder may be in: all that was acknowledged, and what was begun last wholly or not at all."""
    begun: dict[str, str | None] = {}
    for what in told:
        if "begun" in what:
            begun = what["begun"]
        else:
            state, begun = after(state, begun), {}
    return [state, after(state, begun)]


@pytest.mark.timeout(60 + 10 * KILLS)
def test_whatever_was_acknowledged_is_whole_after_a_kill_at_any_moment(tmp_path: Path, writer: Writer) -> None:
    state: dict[str, str] = {}
    chance, acknowledged = random.Random(SEED), 0
    for kill in range(KILLS):
        path, seed = tmp_path / str(kill // KILLS_A_FOLDER), f"{SEED} {kill}"
        state = state if kill % KILLS_A_FOLDER else {}
        told = writer.run_and_kill(path, seed, sorted(state), after=chance.uniform(0.0, 0.8))
        acknowledged += sum("acknowledged" in what for what in told)
        index = opened(path)
        found = texts(index)
        assert found in possible(state, told), f"kill {seed!r}"
        assert_whole(index)
        state = after(found, {"next": f"Number {kill} is next."})
        assert put(index, article("next", state["next"])) in ("added", "replaced")
        assert texts(index) == state
        assert_whole(index)
        index.close()
    assert acknowledged > 0

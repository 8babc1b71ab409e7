import subprocess
import sys

import pytest

from index import memory

# Small pieces of much memory, freed but for one at the end of each stretch, which keeps the rest from going by itself.
SCATTERED = """
from pathlib import Path
from index.memory import give_back
def held():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) // 1024
pieces = [bytes([i % 251]) * 4_000 for i in range(25_000)]
full = held()
kept = pieces[::500]
del pieces
before = held()
give_back()
print(full - before, full - held())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is seen in /proc")
def test_what_is_free_between_what_is_in_use_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", SCATTERED], capture_output=True, text=True, check=True)
    kept, given = map(int, done.stdout.split())
    assert kept < 40
    assert given > 80


def test_a_system_without_such_a_function_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("ctypes.CDLL", None)
    assert memory._trim.__wrapped__()(0) is None

"""What computes the packaged model's vectors: chosen once, by the processor's flags and a short trial, and remembered.

All give the same vectors but for rounding (cosines above .99), so that one index serves them all.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Literal, get_args

import numpy as np

from index.embedding.texts import Network

Backend = Literal["int8", "float32", "torch"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)

CPUINFO = Path("/proc/cpuinfo")
REMEMBERED = "backend.json"
# Where one of these is, products of int8 neither saturate nor fall back to some slow way.
WITH_INT8 = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"})
TRIAL_TOKENS, TRIALS = 96, 3


@cache
def flags() -> frozenset[str]:
    """What the processor says that it can do; nothing where the system does not tell."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return frozenset({"asimddp"})
    with suppress(OSError):
        for line in CPUINFO.read_text(encoding="ascii", errors="replace").splitlines():
            name, _, said = line.partition(":")
            if name.strip().lower() in ("flags", "features"):
                return frozenset(said.split())
    return frozenset()


def chosen(folder: Path | None, open_one: Callable[[Backend], Network]) -> Backend:
    """The fastest backend that this processor runs well, as ``folder`` remembers it, or else by trial.

    Nothing is remembered without a folder, or where it can't be written.
    """
    if not flags() & WITH_INT8:
        return "float32"
    known, machine = _remembered(folder), _machine()
    if machine not in known:
        known = {**known, machine: fastest({one: open_one(one) for one in ("int8", "float32")})}
        _remember(folder, known)
    return known[machine]


def fastest(networks: Mapping[Backend, Network]) -> Backend:
    """Which computes a passage's vectors soonest."""
    return min(networks, key=lambda name: _seconds(networks[name]))


def _seconds(network: Network) -> float:
    ids = np.arange(1000, 1000 + TRIAL_TOKENS, dtype=np.int64)[None]
    took = []
    for _ in range(TRIALS):
        began = perf_counter()
        network.forward(ids, np.ones_like(ids))
        took.append(perf_counter() - began)
    return min(took)


def _machine() -> str:
    """What a choice holds for: a folder may be moved to another machine, or be used by several."""
    said = [platform.machine(), *sorted(flags()), version("onnxruntime")]
    return hashlib.sha256(" ".join(said).encode()).hexdigest()[:16]


def _remembered(folder: Path | None) -> dict[str, Backend]:
    """The choices by machine; none where they can't be read: a trial is cheap."""
    with suppress(OSError, ValueError, AttributeError):
        if folder is not None:
            known = json.loads((folder / REMEMBERED).read_bytes())
            return {machine: backend for machine, backend in known.items() if backend in BACKENDS}
    return {}


def _remember(folder: Path | None, known: Mapping[str, Backend]) -> None:
    with suppress(OSError):
        if folder is not None and folder.is_dir():
            (folder / REMEMBERED).write_text(json.dumps(known, indent=1), encoding="utf-8")

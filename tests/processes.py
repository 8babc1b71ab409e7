"""Footnote as processes, as people run it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from time import perf_counter, sleep

PROGRAM = "from service.cli import main; main()"
FOOTNOTE = [sys.executable, "-c", PROGRAM]
READY_WITHIN = 120.0
NOTHING: Mapping[str, str] = {}


@contextmanager
def serving(folder: str, environment: Mapping[str, str] = NOTHING) -> Iterator[tuple[int, float]]:
    """A service of a data folder: its port, and how many seconds it took to be ready."""
    began = perf_counter()
    with listening(folder, environment) as (process, port):
        until(process, port, "/readyz")
        yield port, perf_counter() - began


@contextmanager
def listening(
    folder: str, environment: Mapping[str, str] = NOTHING, program: str = PROGRAM
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The process of a service, and its port, where it listens; it may not be ready yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-c", program, "serve", "--data", folder, "--port", str(port)]
    around = {**os.environ, "HF_HUB_OFFLINE": "1", **environment}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=around)
    try:
        until(process, port, "/healthz")
        yield process, port
    finally:
        process.terminate()
        process.wait()


def until(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    """Waits until this address says that all is well."""
    began = perf_counter()
    while not _is_well(port, path):
        if process.poll() is not None or perf_counter() - began > READY_WITHIN:
            raise RuntimeError(f"the service did not come to {path}")
        sleep(0.02)


def _is_well(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()

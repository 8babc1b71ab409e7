"""Footnote as processes, as people run it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from time import perf_counter, sleep

FOOTNOTE = [sys.executable, "-c", "from service.cli import main; main()"]
READY_WITHIN = 120.0


@contextmanager
def serving(folder: str) -> Iterator[tuple[int, float]]:
    """A service of a data folder: its port, and how many seconds it took to be ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    began = perf_counter()
    command = [*FOOTNOTE, "serve", "--data", folder, "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    try:
        while not _is_ready(port):
            if process.poll() is not None or perf_counter() - began > READY_WITHIN:
                raise RuntimeError("the service did not become ready")
            sleep(0.05)
        yield port, perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()

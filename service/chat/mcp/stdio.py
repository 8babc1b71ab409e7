"""The protocol on stdin and stdout, for assistants on the same machine that start it themselves."""

import os
import signal
from contextlib import closing
from typing import Any

import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server

from service.chat.mcp.server import server
from service.opening import open_to_read
from service.settings import Settings

INTERRUPTED = 130


def run(settings: Settings) -> None:
    """Serves the data folder until stdin ends; raises as `open_to_read` does."""
    # A thread that waits for a line of stdin can't be cancelled; nothing is written here that an end could spoil.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    with closing(open_to_read(settings)) as index:
        anyio.run(_serve, server(lambda: index, settings))


async def _serve(served: Server[Any]) -> None:
    async with stdio_server() as (heard, said):
        await served.run(heard, said, served.create_initialization_options())

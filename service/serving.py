"""The server process: it listens at once, stops gracefully, and says why when it can't serve."""

import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from threading import Timer
from types import FrameType

import uvicorn
from fastapi import FastAPI

from index.errors import Invalid
from index.folder import Index
from service.announcing import announced
from service.app import create_app
from service.connections import bounded
from service.feeds.sources import read as refuse_wrong
from service.opening import open_to_serve
from service.settings import Settings
from service.workers import refuse_unable, started

logger = logging.getLogger(__name__)

# Who stops a process may wait five seconds only: first what runs may finish, then it ends whatever still runs.
GRACE_SECONDS = 4
LAST_CALL_SECONDS = 4.5

INTERRUPTED = 130

# Files that the process needs beside its connections: of the index, of bodies that are brought, of readers.
OWN_FILES = 256

# A question gives the interpreter away dozens of times, and beside a thread that only computes (an ingest that cuts
# articles) waits for it as long each time; with Python's 5 ms a question took some times as long.
SWITCH_SECONDS = 0.001


class Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # A thread that loads the model or cuts a long article can't be cancelled. The data folder bears a kill.
        last_call = Timer(LAST_CALL_SECONDS, os._exit, (0,))
        last_call.daemon = True
        last_call.start()
        super().handle_exit(sig, frame)


def run(settings: Settings) -> None:
    """Serves until told to stop.

    Raises:
        Invalid: the address can't be listened on, or the file of sources is wrong.
        FootnoteError: model or index can't be opened.
    """
    if settings.sources is not None:
        refuse_wrong(settings.sources)
    sys.setswitchinterval(SWITCH_SECONDS)
    # uvicorn raises what stopped it anew once all is closed; the interpreter's own end would trip over threads that
    # still open the index.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    refuse_unable(settings.workers)
    listening = listen(settings.host, settings.port)
    settings = settings.model_copy(update={"port": listening.getsockname()[1]})
    logger.info("listening on %s port %d", *listening.getsockname()[:2])
    who_may, is_odd = announced(settings)
    logger.log(logging.WARNING if is_odd else logging.INFO, "%s", who_may)
    if settings.has_chats and not settings.public_url:
        logger.warning("FOOTNOTE_PUBLIC_URL is not set: links in answers to chat tools lead to %s", settings.origin)
    place = started(settings.workers) if settings.workers > 1 else None
    if place and not place.is_first:
        place.wait()
        with closing(open_to_serve(settings)) as index:
            _keep_what_is_there()
            Server(config(create_app(settings, index), _connections(settings.max_connections))).run(sockets=[listening])
        return
    _serve_at_once(settings, listening, place.tell if place else None)


def _serve_at_once(settings: Settings, listening: socket.socket, tell: Callable[[], None] | None) -> None:
    """Says that it can't answer yet as long as it can't; ``tell`` is called once it can."""
    app = create_app(settings)
    opened: Future[Index] = app.state.opened
    server = Server(config(app, _connections(settings.max_connections)))
    opened.add_done_callback(lambda done: _stop_if_failed(server, done))
    if tell:
        opened.add_done_callback(lambda _: tell())
    server.run(sockets=[listening])
    opened.result()


def _keep_what_is_there() -> None:
    """Modules, model and index stay: who looks for garbage among them keeps a question waiting for 70 ms."""
    gc.collect()
    gc.freeze()


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on.

    Raises:
        Invalid: it can't be had: taken, not allowed, or no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, backlog=2048, dualstack_ipv6=both)
    except (OSError, UnicodeError) as fault:
        # Python says the address again, in brackets.
        why = (getattr(fault, "strerror", None) or str(fault)).partition(" (")[0]
        raise Invalid(f"can't listen on {host} port {port}: {why}; --host and --port choose others") from fault


def config(app: FastAPI, connections: int) -> uvicorn.Config:
    """How the application is served, to at most so many connections at once."""
    # With proxy headers believed, a stranger behind a proxy could claim the loopback address and write.
    return uvicorn.Config(
        app,
        http=bounded(connections),
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _connections(wanted: int) -> int:
    """As many as are wanted, where the system lets this process have so many files and its own beside them."""
    try:
        import resource  # which not every system has
    except ImportError:
        return wanted
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OWN_FILES
    if allowed < needed:
        allowed = needed if most == resource.RLIM_INFINITY else min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return max(min(wanted, allowed - OWN_FILES), 10)


def _stop_if_failed(server: Server, opened: "Future[Index]") -> None:
    server.should_exit = opened.exception() is not None
    if not server.should_exit:
        _keep_what_is_there()
        logger.info("ready")

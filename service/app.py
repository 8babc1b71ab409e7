"""The application, built from what it is given. It listens at once and opens model and index beside that."""

from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from threading import Thread
from typing import TypedDict

from anyio import create_task_group, to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from index.folder import Index
from service import api, faults, intake, keyholders, overview
from service.answers import Answers
from service.chat import discord, late, mattermost, openai, slack, teams
from service.chat.desk import MOST_BYTES, Again, Desk
from service.chat.mcp import http as mcp
from service.database import Database
from service.feeds.attending import Attending
from service.fleeting import Fleeting
from service.jobs import Worker
from service.keys import Keys
from service.lanes import Lanes, lanes, threads
from service.limits import Limits
from service.middleware import BodyLimit, HeadAsGet, SafeHeaders
from service.opening import open_to_serve
from service.page import assets, changes, keep, kept, looking, pages, rendering, sign, widget
from service.scrubbing import Scrubber
from service.settings import Settings
from service.succession import Succession

# By tool, how what was acknowledged before a restart is answered.
AGAIN: dict[str, Again] = {slack.TOOL: slack.again, discord.TOOL: discord.again, late.TOOL: late.again}
# Of bodies that are being read.
HELD_BYTES = 128 * 2**20


class Cors(TypedDict):
    allow_methods: list[str]
    allow_headers: list[str]
    expose_headers: list[str]
    max_age: int


# Closed but for the origins that are listed, and for them no more than asking needs; no cookies.
HEADERS = ["authorization", "content-type", *mcp.HEADERS]
CORS: Cors = {
    "allow_methods": ["GET", "POST"],
    "allow_headers": HEADERS,
    "expose_headers": ["retry-after"],
    "max_age": 600,
}


def create_app(settings: Settings, index: Index | None = None) -> FastAPI:
    """The service over ``index``, which stays its giver's to close; without one, over the settings' data folder.

    ``app.state.opened`` is the future of the index: whoever runs the application learns there that it can't be opened.
    """
    app = FastAPI(
        title="Footnote",
        summary="Answers questions from an archive of articles, with citations that are exact to the character",
        version=version("footnote"),
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings, app.state.opened, app.state.given = settings, _future(index), index
    app.state.database, app.state.fleeting = Database(settings.data, settings.lock_timeout), Fleeting(settings.data)
    app.state.limits = Limits(app.state.fleeting)
    app.state.keys, app.state.answers = Keys(app.state.database), Answers(app.state.database)
    app.state.worker = Worker(settings.max_characters)
    app.state.succession = Succession(settings)
    app.state.attending = Attending(settings, app.state.database)
    app.state.desk = Desk(settings, app.state.opened, app.state.answers, app.state.fleeting)
    app.state.mcp = mcp.Endpoint(partial(api.ready, app.state.opened), settings)
    chats = (openai.router, mcp.router, slack.router, mattermost.router, teams.router, discord.router)
    routers = (
        api.router,
        overview.router,
        keyholders.router,
        intake.router,
        *chats,
        kept.router,
        keep.router,
        sign.router,
        changes.router,
        looking.router,
        widget.router,
        assets.router,
        pages.router,
    )
    for router in routers:
        app.include_router(router)
    faults.install(app, [route for router in routers for route in router.routes], rendering.problem)
    app.add_middleware(Lanes, lane=lanes(settings))
    most = settings.max_body_bytes
    app.add_middleware(BodyLimit, most=most, held=max(HELD_BYTES, 2 * most), but=_bounds(settings))
    app.add_middleware(HeadAsGet)
    if settings.origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.origins, **CORS)
    app.add_middleware(SafeHeaders)
    return app


def _bounds(settings: Settings) -> dict[tuple[str, str], int]:
    """The largest body by method and path; those of chat tools are read before it is known whose they are."""
    chat = min(MOST_BYTES, settings.max_body_bytes)
    chats = {("POST", f"/chat/{tool}"): chat for tool in ("slack", "mattermost", "teams", "discord")}
    brought = dict.fromkeys(("/v1/articles", "/keep/files"), settings.max_upload_bytes)
    others = {**brought, mcp.PATH: min(mcp.MOST_BYTES, settings.max_body_bytes)}
    return {("POST", path): most for path, most in others.items()} | chats


def _future(index: Index | None) -> "Future[Index]":
    opened: Future[Index] = Future()
    if index is not None:
        opened.set_result(index)
    return opened


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    opened: Future[Index] = app.state.opened
    if app.state.given is None:
        Thread(target=_open, args=(opened, app.state.settings), name="opening", daemon=True).start()
    worker: Worker = app.state.worker
    desk: Desk = app.state.desk
    attending: Attending = app.state.attending
    worker.start(opened)
    app.state.succession.start(opened)
    attending.start(opened)
    scrubber = Scrubber()
    if app.state.given is None:
        scrubber.start(opened)
    desk.resume(AGAIN)
    to_thread.current_default_thread_limiter().total_tokens = threads(app.state.settings)
    async with create_task_group() as tasks:
        tasks.start_soon(app.state.mcp.run)
        yield
        tasks.cancel_scope.cancel()
    scrubber.stop()
    async with create_task_group() as ends:
        ends.start_soon(to_thread.run_sync, worker.stop)
        ends.start_soon(to_thread.run_sync, app.state.succession.stop)
        ends.start_soon(to_thread.run_sync, attending.stop)
        ends.start_soon(to_thread.run_sync, desk.stop)
    app.state.database.close()
    app.state.fleeting.close()
    if app.state.given is None and opened.done() and not opened.exception():
        opened.result().close()


def _open(opened: "Future[Index]", settings: Settings) -> None:
    try:
        opened.set_result(open_to_serve(settings))
    # Whatever it is, it belongs to whoever waits for the index: in this thread nobody would see it.
    except BaseException as fault:  # noqa: BLE001
        opened.set_exception(fault)

"""What the pages load: style, script and icon, compressed once, known by a hash of what they are."""

import gzip
import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from service.writing.footnoted import NEAREST_PASSAGES
from service.writing.words import TAKEN, UNSAID, VERDICTS

router = APIRouter(include_in_schema=False)

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# The widget is made for other people's pages and served as its own story has it.
ELSEWHERE = ("widget.",)
WORDS = {
    "verdicts": VERDICTS,
    "taken": TAKEN,
    "unsaid": UNSAID,
    "nearest": NEAREST_PASSAGES.rstrip(":"),
    "found": "Passages",
    "reading": "Reading what was found …",
    "understood": "Understood as:",
    "by_model": "Written by a language model; each sentence is held to the passage that it cites.",
    "keep": "Keep this answer",
    "wider": "Ask the whole archive",
    "undated": "Articles left out because they have no date:",
}


class Asset(NamedTuple):
    plain: bytes
    zipped: bytes
    media_type: str
    etag: str


@router.get("/page/{name}")
def asset(name: str, request: Request) -> Response:
    known = assets().get(name)
    if known is None:
        raise HTTPException(404)
    return _sent(known, request)


@router.get("/style.css")
def style(request: Request) -> Response:
    return _sent(assets()["style.css"], request)


@cache
def assets() -> dict[str, Asset]:
    """All of them, by name."""
    sources = {item.name: item.read_bytes() for item in files("service.page").iterdir() if _is_asset(item.name)}
    made = {"words.js": f"export default {json.dumps(WORDS)};\n".encode()}
    return {name: _made(name, content) for name, content in (sources | made).items()}


def _is_asset(name: str) -> bool:
    return _suffix(name) in TYPES and not name.startswith(ELSEWHERE)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]


def _made(name: str, content: bytes) -> Asset:
    etag = f'W/"{sha256(content).hexdigest()[:16]}"'
    return Asset(content, gzip.compress(content, 9, mtime=0), TYPES[_suffix(name)], etag)


def _sent(asset: Asset, request: Request) -> Response:
    # Asked about each time: modules of two releases must never meet.
    headers = {"Cache-Control": "no-cache", "ETag": asset.etag, "Vary": "Accept-Encoding"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, media_type=asset.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(asset.plain, media_type=asset.media_type, headers=headers)

"""The question box for other people's pages: one script, which any origin may load; who may ask is for CORS to say."""

import gzip
import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.writing.footnoted import NEAREST
from service.writing.words import TAKEN, UNSAID, VERDICTS

router = APIRouter(include_in_schema=False)

# In its source a string stands where the words that all tools share, and the style, are put.
GIVEN = '"%GIVEN%"'
HEADERS = {
    "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}


class Script(NamedTuple):
    plain: bytes
    zipped: bytes
    etag: str


@router.get("/widget.js")
def widget(request: Request) -> Response:
    made, is_zipped = script(), "gzip" in request.headers.get("accept-encoding", "")
    encoding = {"Content-Encoding": "gzip"} if is_zipped else {}
    headers = {**HEADERS, "ETag": made.etag}
    if made.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = made.zipped if is_zipped else made.plain
    return Response(body, media_type="text/javascript", headers={**headers, **encoding})


@cache
def script() -> Script:
    """The script as it leaves; its tag is weak, as it holds for both encodings."""
    folder = files("service.page")
    words = {"verdicts": VERDICTS, "taken": TAKEN, "unsaid": UNSAID, "nearest": NEAREST}
    given = json.dumps({"words": words, "style": folder.joinpath("widget.css").read_text("utf-8")})
    plain = folder.joinpath("widget.js").read_text("utf-8").replace(GIVEN, given).encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), f'W/"{sha256(plain).hexdigest()[:16]}"')

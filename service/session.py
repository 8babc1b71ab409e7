"""The key that a browser holds for a person, in a cookie that only pages of this service can use."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from fastapi.responses import Response

from service.keys import Scope
from service.settings import Settings

COOKIE = "footnote-key"
HEADER = "x-csrf-token"
LASTS = 60 * 60 * 24 * 30  # seconds
READING = ("GET", "HEAD", "OPTIONS")


def key_of(request: Request, scope: Scope, proof: str | None = None) -> str:
    """The key in a request's cookie; empty where there is none.

    A request that may change something must come from a page of this service. To write, or to manage keys, takes the
    token that belongs to the cookie too, as ``proof`` or in a header: other sites can't read it, nor send that header.

    :raises HTTPException: 403, it does not.
    """
    key = held(request)
    if not key or request.method in READING:
        return key
    refuse_foreign(request)
    said = request.headers.get(HEADER, "") if proof is None else proof
    if scope != "ask" and not hmac.compare_digest(token(key).encode(), said.encode("utf-8", "replace")):
        raise HTTPException(403, "what is sent with the cookie of a sign-in lacks its token: load the page anew")
    return key


def refuse_foreign(request: Request) -> None:
    """:raises HTTPException: 403, the request does not come from a page of this service."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site != "same-origin" or request.headers.get("origin") not in _own(request):
        raise HTTPException(403, "this is for pages of this service only, and the request comes from elsewhere")


def held(request: Request) -> str:
    try:
        return urlsafe_b64decode(request.cookies.get(COOKIE, "")).decode()
    except ValueError:
        return ""


def token(key: str) -> str:
    """What proves that a page was made for the holder of a key: it can't be had without the key."""
    return hmac.new(key.encode(), b"footnote page", sha256).hexdigest()


def hold(request: Request, response: Response, key: str) -> None:
    """Has the browser hold a key; no script can read it."""
    response.set_cookie(
        COOKIE,
        urlsafe_b64encode(key.encode()).decode(),
        max_age=LASTS,
        secure=any(origin.startswith("https:") for origin in _own(request)),
        httponly=True,
        samesite="strict",
    )


def let_go(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def _own(request: Request) -> set[str]:
    settings: Settings = request.app.state.settings
    parts = urlsplit(settings.public_url or "")
    public = {f"{parts.scheme}://{parts.netloc}"} if parts.netloc else set[str]()
    return public | {f"{request.url.scheme}://{request.headers.get('host', '')}"}

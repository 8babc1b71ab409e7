"""Who may write. Reading is open."""

import hmac
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from service.settings import Settings

# Each says that the client is not the one at the other end of the socket.
FORWARDING = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
    "true-client-ip",
)


def may_write(request: Request) -> None:
    """Lets a write through: with the API key where one is set, else only from this very machine.

    Raises:
        HTTPException: 401 without the right key, 403 from elsewhere where no key is set.
    """
    settings: Settings = request.app.state.settings
    if settings.api_key is None:
        _refuse_strangers(request)
    elif not _shows(request, settings.api_key.get_secret_value()):
        raise HTTPException(401, "writing needs the API key as a bearer token", {"WWW-Authenticate": "Bearer"})


def _shows(request: Request, key: str) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # Digests are of one length: comparing the keys themselves would tell how long the right one is.
    same = hmac.compare_digest(sha256(token.strip().encode()).digest(), sha256(key.encode()).digest())
    return scheme.lower() == "bearer" and same


def _refuse_strangers(request: Request) -> None:
    if not over_loopback(request):
        raise HTTPException(403, "no FOOTNOTE_API_KEY is set, so writing is only possible from the machine itself")


def over_loopback(request: Request) -> bool:
    """Whether a person or program on this machine sent the request, of its own accord.

    The trap: a loopback peer address alone does not say so. Behind a proxy on this machine every stranger has one. And
    a web page opened in a browser here can send requests to 127.0.0.1, either as itself (then `Origin` is foreign) or
    under a name of its own that it lets resolve to 127.0.0.1 (DNS rebinding: then `Host` is that name).
    """
    origin = request.headers.get("origin")
    return (
        request.client is not None
        and _is_loopback(request.client.host)
        and not any(header in request.headers for header in FORWARDING)
        and _is_loopback(_name(f"//{request.headers.get('host', '')}"))
        and (origin is None or _is_own(origin, request))
    )


def _is_own(origin: str, request: Request) -> bool:
    return origin == f"{request.url.scheme}://{request.headers.get('host')}"


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    # A socket that listens on :: shows 127.0.0.1 as ::ffff:127.0.0.1.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback

"""Who asks, and what they may: by a key, or as a stranger."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from service.addresses import client_address, over_loopback
from service.keys import SCOPES, Key, Keys, Scope
from service.limits import Limits
from service.session import key_of
from service.settings import Settings

MAKE_ONE = "`footnote keys create NAME --scope admin` makes one"
ASK_FOR_KEY = {"WWW-Authenticate": "Bearer"}
UNKNOWN = "this key is not known here"


@dataclass(frozen=True)
class Caller:
    """Who sent a request: the holder of a key, or somebody at an address."""

    key: Key | None
    address: str


def may(scope: Scope) -> Callable[[Request], Caller]:
    """What lets a request through whose sender may do what ``scope`` says, and no more often than they may.

    It raises HTTPException: 401 without a good key where one is needed, 403 where the key or the way does not allow it,
    429 for too many requests.
    """

    def let_in(request: Request) -> Caller:
        return admitted(request, scope, bearer(request) or key_of(request, scope))

    return let_in


def admitted(request: Request, scope: Scope, token: str) -> Caller:
    """As `may`, for a ``token`` that came in another way; empty where none did."""
    settings: Settings = request.app.state.settings
    caller = Caller(_key(request, token), client_address(request, settings.trusted_proxies))
    _refuse_too_many(request, caller)
    if caller.key is None:
        _refuse_stranger(request, scope, token)
    else:
        _refuse_key(caller.key, scope)
    return caller


may_ask, may_write, may_admin = may("ask"), may("write"), may("admin")


def let_in(scope: Scope) -> Callable[[Request], Awaitable[Caller]]:
    """As `may`, for handlers: only who has to be looked up or counted, which is done on disk, waits for a thread."""

    async def admit(request: Request) -> Caller:
        token = bearer(request) or key_of(request, scope)
        if token or not over_loopback(request):
            return await run_in_threadpool(admitted, request, scope, token)
        return admitted(request, scope, token)

    return admit


def signed_in(request: Request, token: str) -> Key:
    """Whose key it is that somebody shows to sign in.

    :raises HTTPException: 401 for none that is good, 429 for too many requests.
    """
    settings: Settings = request.app.state.settings
    key = _key(request, token)
    _refuse_too_many(request, Caller(key, client_address(request, settings.trusted_proxies)))
    if key is None:
        raise HTTPException(401, "this key is not known here", ASK_FOR_KEY)
    _refuse_unfit(key)
    return key


def scopes(request: Request, proof: str | None = None) -> frozenset[Scope]:
    """What the sender of a request may do; ``proof`` as in `session.key_of`."""
    return frozenset(scope for scope in SCOPES if _is_admitted(request, scope, proof))


def _is_admitted(request: Request, scope: Scope, proof: str | None) -> bool:
    token = bearer(request) or key_of(request, scope, proof)
    key = _key(request, token)
    try:
        if key is None:
            _refuse_stranger(request, scope, token)
        else:
            _refuse_key(key, scope)
    except HTTPException:
        return False
    return True


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _key(request: Request, token: str) -> Key | None:
    settings: Settings = request.app.state.settings
    if token and settings.api_key and _same(token, settings.api_key.get_secret_value()):
        return Key("", "FOOTNOTE_API_KEY", frozenset(SCOPES))
    keys: Keys = request.app.state.keys
    return keys.of(token) if token else None


def _same(one: str, other: str) -> bool:
    # Digests are of one length: comparing the keys themselves would tell how long the right one is.
    return hmac.compare_digest(sha256(one.encode()).digest(), sha256(other.encode()).digest())


def _refuse_too_many(request: Request, caller: Caller) -> None:
    settings: Settings = request.app.state.settings
    if caller.key is not None:
        who, rate = f"key {caller.key.id}", caller.key.rate
    else:
        who, rate = f"address {caller.address}", None if over_loopback(request) else settings.rate
    if not rate:
        return
    limits: Limits = request.app.state.limits
    if wait := limits.wait(who, rate):
        raise HTTPException(429, f"more than {rate} requests a minute", {"Retry-After": str(ceil(wait))})


def _refuse_unfit(key: Key) -> None:
    if not key.is_good(datetime.now(UTC)):
        why = "was revoked" if key.revoked_at else "has expired"
        raise HTTPException(401, f"the key {key.name!r} {why}", ASK_FOR_KEY)


def _refuse_key(key: Key, scope: Scope) -> None:
    _refuse_unfit(key)
    if scope not in key.scopes:
        raise HTTPException(403, f"the key {key.name!r} has the scope {', '.join(sorted(key.scopes))}, not {scope}")


def _refuse_stranger(request: Request, scope: Scope, token: str) -> None:
    settings: Settings = request.app.state.settings
    if scope == "ask":
        if not _anyone_may_ask(request):
            raise HTTPException(401, UNKNOWN if token else "asking needs a key as a bearer token", ASK_FOR_KEY)
    elif token:
        raise HTTPException(401, UNKNOWN, ASK_FOR_KEY)
    elif settings.api_key is not None:
        raise HTTPException(401, f"writing needs a key with the scope {scope} as a bearer token", ASK_FOR_KEY)
    elif not over_loopback(request):
        needed = f"this needs a key with the scope {scope} as a bearer token"
        raise HTTPException(403, f"{needed}; without one it is only possible from the machine itself")
    elif scope == "admin" and settings.is_public:
        # A proxy on this machine that does not say for whom it asks must not let strangers make themselves keys.
        needed = "this needs a key with the scope admin as a bearer token, from this machine too"
        raise HTTPException(401, f"{needed}, since FOOTNOTE_PUBLIC_URL is set: {MAKE_ONE}", ASK_FOR_KEY)


def _anyone_may_ask(request: Request) -> bool:
    settings: Settings = request.app.state.settings
    if settings.anonymous is not None:
        return settings.anonymous
    return settings.demo or (settings.is_local and over_loopback(request, settings.origins))

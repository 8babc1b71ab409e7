"""Where a request comes from, as far as that can be believed."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from fastapi import Request

Network = IPv4Network | IPv6Network

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
# Whoever has one IPv6 address has as many as their network holds.
ONE_HOUSEHOLD = 64


def over_loopback(request: Request, origins: Collection[str] = ()) -> bool:
    """Whether a person or program on this machine sent the request, of its own accord.

    The trap: a loopback peer address alone does not say so. Behind a proxy on this machine every stranger has one. And
    a web page opened in a browser here can send requests to 127.0.0.1, either as itself (then `Origin` is foreign, and
    none of the ``origins`` that may) or under a name of its own that it lets resolve to 127.0.0.1 (DNS rebinding: then
    `Host` is that name).
    """
    origin = request.headers.get("origin")
    return (
        request.client is not None
        and is_loopback(request.client.host)
        and not any(header in request.headers for header in FORWARDING)
        and is_loopback(name_of(f"//{request.headers.get('host', '')}"))
        and (origin is None or origin in origins or is_own(origin, request))
    )


def client_address(request: Request, proxies: Sequence[Network]) -> str:
    """The address that a request is counted under: the last one that is not that of a trusted proxy."""
    peer = request.client.host if request.client else ""
    hops = [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    for hop in reversed([*hops, peer]):
        address = _address(hop)
        if address is None or not any(address in network for network in proxies):
            break
    return peer if address is None else _household(address)


def is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def is_address(name: str) -> bool:
    return _address(name) is not None


@lru_cache(256)
def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    # A socket that listens on :: shows 127.0.0.1 as ::ffff:127.0.0.1.
    return getattr(address, "ipv4_mapped", None) or address


def _household(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), ONE_HOUSEHOLD), strict=False))


def is_own(origin: str, request: Request) -> bool:
    """Whether a page that this service sent, under the name by which it was asked, sends the request."""
    return origin == f"{request.url.scheme}://{request.headers.get('host')}"


def name_of(address: str) -> str:
    """The host that an address or ``//`` and a Host header name, empty where none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""

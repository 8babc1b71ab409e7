"""Which addresses may be fetched: by what they say, and by where their host's name leads at the moment of connecting.

Special networks are those of IANA's special-purpose registries (RFC 6890) and of multicast. An IPv6 address that holds
an IPv4 one, as mapped (RFC 4291) or translated addresses (NAT64: RFC 6052) do, is judged by that.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from service.addresses import Network
from service.feeds.unfetched import Forbidden, Unfetched

LONGEST = 2_000  # characters
SCHEMES = {"http": 80, "https": 443}
# Below it, ports are of mail, files and the like, whose servers must not be spoken to in HTTP.
FIRST_FREE_PORT = 1024

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_SPECIAL = [
    ip_network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
]
# All public IPv6 addresses are of it; ::1, fc00::/7, fe80::/10, ff00::/8 and the like are not.
_GLOBAL_UNICAST = ip_network("2000::/3")
_TRANSLATED = ip_network("64:ff9b::/96")


def resolved(host: str, port: int) -> list[str]:
    """The addresses that a host's name has now; raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


class Guard:
    """Says what may be fetched; networks in ``allowed`` may, though they are inside."""

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolver = resolved) -> None:
        self.allowed, self._resolve = allowed, resolve

    def check(self, address: str) -> None:
        """Judges an address by itself.

        Raises:
            Forbidden: it is none of the web, or leads to what is no web server.
        """
        if fault := _fault(address):
            raise Forbidden(fault)

    def reachable(self, host: str, port: int) -> list[str]:
        """Where a host may be connected to, resolved this once: connect to these and to nothing else.

        Raises:
            Forbidden: it leads inside the network.
            Unfetched: its name leads nowhere.
        """
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as fault:
            raise Unfetched(f"{host} can't be found: {getattr(fault, 'strerror', None) or fault}") from fault
        may = [one for one in found if self._may(ip_address(one))]
        if not may:
            where = f"{host} is" if found == [host] else f"{host} is {', '.join(found) or 'nowhere'},"
            raise Forbidden(f"{where} inside the network; FOOTNOTE_FETCH_NETWORKS can allow it")
        return may

    def _may(self, address: Address) -> bool:
        judged = _embedded(address) or address
        return is_public(judged) or any(one in network for network in self.allowed for one in (address, judged))


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, as far as registries say."""
    if inner := _embedded(address):
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)


def is_of_web(text: str) -> bool:
    """Whether something that may be a file's path is meant as an address of the web."""
    return text.lower().startswith(("http://", "https://"))


def host_of(address: str) -> str:
    """The server that is meant, with its port if that is a special one; empty where there is none."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _fault(address: str) -> str | None:
    if len(address) > LONGEST or any(not c.isprintable() or c.isspace() for c in address):
        return "is no address: it is too long, or has spaces or control characters in it"
    try:
        parts = urlsplit(address)
        port = parts.port or SCHEMES.get(parts.scheme)
    except ValueError as fault:
        return f"is no address: {fault}"
    if parts.scheme not in SCHEMES or not parts.hostname:
        return "is no http:// or https:// address"
    if parts.username is not None or parts.password is not None:
        return "has a user or password in it, which are not sent"
    if port is None or (port < FIRST_FREE_PORT and port not in SCHEMES.values()):
        return f"has port {port}, which is none of the web"
    return None

"""Which addresses are one: what stands for an address whichever way it is written, and what its article is called.

Tracking parameters and the order of parameters are courlan's business (A. Barbaresi, ACL 2021).
"""

import hashlib
import re
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit

from index.readers.fields import name_of_address

LONGEST_NAME = 400  # characters

# Of publishers' own counting, which courlan leaves.
_COUNTING = re.compile(r"(?i)(?:ns_(?:mchannel|source|campaign|linkname|fee)|cmp|cmpid|ocid|smid|xtor|ftag|wt\.mc_id)")
_VARIANT = re.compile(r"(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")


def clean(address: str) -> str:
    """An address without what only counts its visitors, and without the place in its page."""
    from courlan import normalize_url

    bare = address if "#!" in address else urldefrag(address).url
    try:
        parts, said = urlsplit(normalize_url(bare)), urlsplit(bare).query
    except ValueError:
        return bare
    if any("=" not in part for part in said.split("&") if part):
        return urlunsplit(parts._replace(query=said))  # such as /?title-of-the-story, which courlan drops
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, True) if not _COUNTING.fullmatch(k)])
    return urlunsplit(parts._replace(query=query if query.count("=") < parts.query.count("=") else parts.query))


def key(address: str) -> str:
    """The same for all ways of writing one address: with http or https, www or not, a slash at its end or not."""
    parts = urlsplit(clean(address))
    host = _VARIANT.sub("", parts.netloc, count=1) if parts.netloc.startswith("www") else parts.netloc
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{host}{parts.path.rstrip('/')}{f'?{parts.query}' if parts.query else ''}{fragment}"


def name(address: str) -> str:
    """What an article of this address is called; as that of an export's row with the same address, where it can be."""
    bare = clean(address)
    parts = urlsplit(bare)
    front = parts.netloc + (f"?{parts.query}" if parts.query else "")
    plain = name_of_address(bare) or ("" if parts.path.strip("/") else front)
    if plain and len(plain) <= LONGEST_NAME and plain.isprintable() and plain == plain.strip():
        return plain
    return f"{parts.netloc}/{digest(bare)}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host, its variants for phones and the like included: others may lie."""
    return _host(one) == _host(other)


def is_front(address: str) -> bool:
    """Whether an address is the front page of its site."""
    parts = urlsplit(address)
    return parts.path in ("", "/") and not parts.query


def stated(claimed: str | None, reached: str) -> str:
    """The address that a page names as its own, if it can be believed; else that by which it was reached.

    The trap: a page that could name another site's article as itself would take its place in the archive, and there
    are sites whose every page names the front page.
    """
    if claimed and same_site(claimed, reached) and is_front(claimed) == is_front(reached):
        return clean(claimed)
    return clean(reached)


def _host(address: str) -> str:
    return _VARIANT.sub("", (urlsplit(address).hostname or "").lower(), count=1)

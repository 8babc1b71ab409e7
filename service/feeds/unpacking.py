"""What came packed, unpacked as it comes and never beyond a bound."""

import zlib
from collections.abc import Iterable, Iterator

from service.feeds.unfetched import Unfetched

PACKINGS = ("gzip", "x-gzip", "deflate")
GZIP = b"\x1f\x8b"
_EITHER_HEADER = 32 + zlib.MAX_WBITS
_PIECE_BYTES = 2**16


def unpacked(chunks: Iterable[bytes], packing: str, most: int, *, whole: bool = True) -> bytes:
    """The bytes of a body by what its server says of its packing; ``most`` is how many there may be, or are ``whole``
    not wanted, how many are taken.

    Raises:
        Unfetched: there are more, the packing is none of those asked for, or it is damaged or cut off.
    """
    if packing in ("", "identity"):
        return _gathered(chunks, most, whole)
    if packing not in PACKINGS:
        raise Unfetched(f"comes packed as {packing[:40]!r}, which was not asked for", lasting=True)
    return _gathered(_inflated(chunks), most, whole)


def opened(body: bytes, most: int) -> bytes:
    """A body that is a gzip file itself, unpacked; others as they are."""
    return _gathered(_inflated([body]), most) if body.startswith(GZIP) else body


def _gathered(chunks: Iterable[bytes], most: int, whole: bool = True) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most and not whole:
            return bytes(body[:most])
        if len(body) > most:
            raise Unfetched(f"holds more than {most:,} bytes", lasting=True)
    return bytes(body)


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Piece by piece, so that a few bytes that stand for gigabytes are stopped long before."""
    inflating, begun = zlib.decompressobj(_EITHER_HEADER), False
    for chunk in chunks:
        waiting = chunk
        while waiting:
            if inflating.eof:  # a file may be several, one behind the other
                inflating = zlib.decompressobj(_EITHER_HEADER)
            try:
                yield inflating.decompress(waiting, _PIECE_BYTES)
            except zlib.error as fault:
                if begun:
                    raise Unfetched(f"is damaged: {fault}") from fault
                # What calls itself deflate often lacks its header.
                inflating = zlib.decompressobj(-zlib.MAX_WBITS)
                yield _bare(inflating, waiting)
            begun, waiting = True, inflating.unconsumed_tail or inflating.unused_data
    while begun and not inflating.eof and (rest := inflating.decompress(b"", _PIECE_BYTES)):
        yield rest
    if begun and not inflating.eof:
        raise Unfetched("is cut off: its packing does not end")


def _bare(inflating: "zlib._Decompress", data: bytes) -> bytes:
    try:
        return inflating.decompress(data, _PIECE_BYTES)
    except zlib.error as fault:
        raise Unfetched(f"is damaged: {fault}") from fault

"""What a zip or tar says that it will unpack to, held against what anyone packs in earnest."""

import zlib
from gzip import BadGzipFile
from tarfile import TarError
from zipfile import BadZipFile, ZipFile, ZipInfo

from index.errors import Invalid

MAX_RATIO = 200  # unpacked to packed; prose and pages pack to a third or a tenth
ALWAYS_TAKEN = 2**20  # bytes that may come of however little

# What reading a damaged or an encrypted archive raises.
FAULTS = (BadZipFile, BadGzipFile, TarError, zlib.error, EOFError, RuntimeError, ValueError)


def opened(stream: object, kind: str) -> ZipFile:
    """A zip, opened.

    Raises:
        Invalid: it is damaged; ``kind`` is what it should have been.
    """
    try:
        return ZipFile(stream)  # type: ignore[call-overload,no-any-return]
    except FAULTS as fault:
        raise Invalid(f"is {kind} that is damaged: {fault}") from fault


def refuse_bomb(member: ZipInfo) -> None:
    """Refuses a member that unpacks to far more than it should.

    Raises:
        Invalid: it does.
    """
    refuse_ratio(member.file_size, member.compress_size)


def refuse_ratio(unpacked: int, packed: int) -> None:
    """Refuses so many bytes out of so few.

    Raises:
        Invalid: there are too many.
    """
    if unpacked > ALWAYS_TAKEN and unpacked > MAX_RATIO * packed:
        raise Invalid(f"unpacks {packed:,} bytes to {unpacked:,} or more, as only what is made to do harm does")

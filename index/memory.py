"""Memory that is free, given back to the system: what takes much in needs as much for ten thousand files as for one."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Between what needs much memory for a while; some milliseconds."""
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    """glibc keeps what is free between what is in use, and for each thread; other libraries have no such function."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    return trim or (lambda _: None)

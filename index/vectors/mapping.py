"""Arrays on disk, looked into by way of memory with no file held open: there may be more than a process may open.

Python's own mapping holds a file open for each, until 3.13.
"""

import ctypes
import math
import mmap
import os
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FAILED = ctypes.c_void_p(-1).value


def mapped(path: Path) -> NDArray[Any]:
    """What `numpy.save` has written, to be read only.

    :raises ValueError: it is something else, or cut off.
    :raises OSError: it can't be read.
    """
    if os.name != "posix":
        there: NDArray[Any] = np.load(path, mmap_mode="r")
        return there
    with path.open("rb") as file:
        shape, kind = _header(file)
        begin, size = file.tell(), os.fstat(file.fileno()).st_size
        if min(shape, default=0) < 0 or begin + math.prod(shape) * kind.itemsize > size:
            raise ValueError(f"{path.name} is cut off")
        return np.asarray(_Mapping(file.fileno(), size, begin, shape, kind))


def expect(array: NDArray[Any], *, all_of_it: bool) -> None:
    """Tell the system whether all of an array in a file is looked at, or rows of it here and there.

    Of these it reads no more than their pages; else what lies about too, which may be megabytes for a row of two
    kilobytes.
    """
    if hasattr(mmap, "MADV_RANDOM") and array.nbytes:
        address = array.__array_interface__["data"][0]
        begin = address - address % mmap.PAGESIZE
        advice = mmap.MADV_NORMAL if all_of_it else mmap.MADV_RANDOM
        _system().madvise(begin, address + array.nbytes - begin, advice)


def _header(file: BufferedReader) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"{file.name} is of version {version}")
    shape, is_fortran, kind = np.lib.format.read_array_header_1_0(file)
    if is_fortran or kind.hasobject:
        raise ValueError(f"{file.name} holds no rows of numbers")
    return shape, kind


@cache
def _system() -> ctypes.CDLL:
    system = ctypes.CDLL(None, use_errno=True)
    whole = (ctypes.c_void_p, ctypes.c_size_t)
    system.mmap.argtypes, system.mmap.restype = (*whole, *(ctypes.c_int,) * 3, ctypes.c_long), ctypes.c_void_p
    system.munmap.argtypes, system.madvise.argtypes = whole, (*whole, ctypes.c_int)
    return system


class _Mapping:
    """A file in memory, for as long as an array is made of it."""

    def __init__(self, file: int, size: int, begin: int, shape: tuple[int, ...], kind: np.dtype[Any]) -> None:
        self._size, self._let_go = size, _system().munmap
        self._address: int = _system().mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, file, 0)
        if self._address == FAILED:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        data = (self._address + begin, True)
        self.__array_interface__ = {"version": 3, "data": data, "shape": shape, "typestr": kind.str}

    def __del__(self) -> None:
        if self._address != FAILED:
            self._let_go(self._address, self._size)

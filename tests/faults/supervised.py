"""A process whose changes to a folder a supervisor sees first, over all its threads: it may let one fail or end there.

Linux asks the supervisor by itself (seccomp's user notification, see seccomp_unotify(2)); what changes nothing is not
slowed down. `strace --inject` counts the calls of each thread by itself ("accounting is per tracee") and can't tear a
write in two, so that neither the n-th call of a process nor half of one can be had from it.
"""

import ctypes
import errno
import fcntl
import json
import os
import platform
import select
import signal
import socket
import struct
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Tell = Callable[[bytes], None]
Fault = Literal["kill", "torn", "EIO", "short", "ENOSPC"]

# By architecture: the number that the kernel checks, seccomp(2), and the calls by number.
_X86 = {
    1: "write", 18: "pwrite64", 20: "writev", 40: "sendfile", 74: "fsync", 75: "fdatasync", 76: "truncate",
    77: "ftruncate", 82: "rename", 83: "mkdir", 84: "rmdir", 86: "link", 87: "unlink", 258: "mkdirat",
    263: "unlinkat", 264: "renameat", 265: "linkat", 285: "fallocate", 296: "pwritev", 316: "renameat2",
    326: "copy_file_range",
}  # fmt: skip
_ARM = {
    34: "mkdirat", 35: "unlinkat", 37: "linkat", 38: "renameat", 45: "truncate", 46: "ftruncate", 47: "fallocate",
    64: "write", 66: "writev", 68: "pwrite64", 70: "pwritev", 71: "sendfile", 82: "fsync", 83: "fdatasync",
    276: "renameat2", 285: "copy_file_range",
}  # fmt: skip
MACHINES = {"x86_64": (0xC000003E, 317, _X86), "aarch64": (0xC00000B7, 277, _ARM)}
KINDS = {
    "write": ("write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range", "fallocate"),
    "sync": ("fsync", "fdatasync"),
    "truncate": ("truncate", "ftruncate"),
    "rename": ("rename", "renameat", "renameat2", "link", "linkat"),
    "unlink": ("unlink", "unlinkat", "rmdir"),
    "mkdir": ("mkdir", "mkdirat"),
}
KIND = {name: kind for kind, names in KINDS.items() for name in names}
# What begins with a path, or with the descriptor of a folder and a path in it; all others begin with a descriptor.
PATHS = ("truncate", "rename", "mkdir", "rmdir", "link", "unlink")
AT = ("mkdirat", "unlinkat", "renameat", "renameat2", "linkat")
# The descriptor that is written to, where it is not the first argument.
WRITTEN = {"copy_file_range": 2}

_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_RESPONSE = struct.Struct("=QqiI")
_CONTINUE = 1
_NO_NEW_PRIVILEGES, _SET_FILTER, _NEW_LISTENER = 38, 1, 8
_GETFD = 438
AT_FDCWD = 2**32 - 100
PAGE = 4096

# Seconds, after which a process is taken to hang.
PATIENCE = 60

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Call:
    """A change to the folder: of which kind, by which call, to which file."""

    kind: str
    name: str
    path: str


@dataclass
class Plan:
    """Which fault comes at which of the calls of a kind, counted from 1 over all threads; 0: none, they are counted.

    ``kind`` is "any" for calls of whatever kind. ``lasting`` lets every later call of the kind fail too, until the
    process is told that the disk has room again. ``seen`` is told of every call before it is made.
    """

    fault: Fault = "kill"
    kind: str = "write"
    at: int = 0
    lasting: bool = False
    calls: list[Call] = field(default_factory=list)
    struck: Call | None = None
    over: bool = False
    folder: str = ""
    told: list[bytes] = field(default_factory=list)
    seen: "Callable[[Plan, Call], None]" = lambda _, __: None

    def hits(self, call: Call) -> bool:
        self.calls.append(call)
        is_meant = self.kind in (call.kind, "any")
        count = sum(self.kind in (one.kind, "any") for one in self.calls) if is_meant else -1
        hit = bool(self.at) and not self.over and (count == self.at or (self.lasting and count > self.at))
        if hit and self.struck is None:
            self.struck = call
        return hit


def is_possible() -> str | None:
    """Why no process can be supervised here; None where it can."""
    if platform.system() != "Linux" or platform.machine() not in MACHINES:
        return f"no supervisor for {platform.system()} on {platform.machine()}"
    try:
        _, status, plan = supervised(_probe, Path("/nonexistent"), Plan())
    except OSError as fault:
        return f"this system lets nobody supervise a process: {fault}"
    return None if status == 0 and not plan.calls else "a supervised process did not end well"


def _probe(_: Tell) -> None:
    with Path(os.devnull).open("wb") as file:
        file.write(b"1")


def supervised(
    what: Callable[[Tell], None], folder: Path, plan: Plan, over_at: bytes | None = None
) -> tuple[list[bytes], int, Plan]:
    """Run ``what`` in a child of its own; the lines that it told, how it ended (as waitpid has it), what it called.

    ``what`` is given what tells a line; when it tells ``over_at``, no fault comes any more. The child has one thread
    when it begins, so this is for processes that have no others.
    """
    plan.folder = os.path.realpath(folder)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if not child:
        _be_supervised(what, ours, theirs)
    theirs.close()
    with ours:
        _, descriptors, _, _ = socket.recv_fds(ours, 64, 1)
        if not descriptors:
            os.waitpid(child, 0)
            raise OSError("seccomp gave no listener")
        try:
            told = _watch(child, ours, descriptors[0], plan, over_at)
        finally:
            os.close(descriptors[0])
    return told, os.waitpid(child, 0)[1], plan


def _be_supervised(what: Callable[[Tell], None], ours: socket.socket, theirs: socket.socket) -> None:
    status = 1
    signal.alarm(PATIENCE)
    try:
        ours.close()
        try:
            listener = _listener()
        except OSError:
            theirs.send(b"no")
            os._exit(1)
        socket.send_fds(theirs, [b"listener"], [listener])
        os.close(listener)
        what(lambda line: _told(theirs, line))
        status = 0
    except BaseException as fault:  # noqa: BLE001 - it is told to who waits for its end
        said = "".join(traceback.format_exception(fault))[-4000:]
        theirs.send(json.dumps({"died": said}).encode())
    finally:
        os._exit(status)


def _told(to: socket.socket, line: bytes) -> None:
    """Told once it is answered: what comes after belongs to the next line."""
    to.send(line)
    to.recv(1)


def _listener() -> int:
    audit, seccomp, calls = MACHINES[platform.machine()]
    program = _program(audit, sorted(calls))
    buffer = ctypes.create_string_buffer(program)
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    listener: int = libc.syscall(seccomp, _SET_FILTER, _NEW_LISTENER, header)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def _program(audit: int, calls: list[int]) -> bytes:
    """BPF: of this architecture and one of these calls: ask; all else: go on."""
    load, jump_equal, give = 0x20, 0x15, 0x06
    allow, notify = 0x7FFF0000, 0x7FC00000
    lines = [(load, 0, 0, 4), (jump_equal, 1, 0, audit), (give, 0, 0, allow), (load, 0, 0, 0)]
    lines += [(jump_equal, len(calls) - n, 0, number) for n, number in enumerate(calls)]
    lines += [(give, 0, 0, allow), (give, 0, 0, notify)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _watch(child: int, lines: socket.socket, listener: int, plan: Plan, over_at: bytes | None) -> list[bytes]:
    told = plan.told
    poll = select.poll()
    poll.register(lines, select.POLLIN | select.POLLHUP)
    poll.register(listener, select.POLLIN | select.POLLHUP)
    while True:
        ready = dict(poll.poll())
        if ready.get(listener, 0) & select.POLLIN:
            _answer(child, listener, plan)
        if ready.get(lines.fileno(), 0) & select.POLLIN:
            try:
                line = lines.recv(1 << 16)
            except ConnectionResetError:  # it ended without waiting for an answer
                return told
            if not line:
                return told
            told.append(line)
            plan.over = plan.over or line == over_at
            lines.send(b".")
        elif ready.get(lines.fileno(), 0) & select.POLLHUP:
            return told


def _answer(child: int, listener: int, plan: Plan) -> None:
    buffer = bytearray(80)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer)
    except OSError:
        return  # it was killed while it waited
    id, thread, _, number, _, _, *arguments = _NOTIFICATION.unpack(buffer)
    name = MACHINES[platform.machine()][2][number]
    value, error, flags = 0, 0, _CONTINUE
    path = _path(thread, name, arguments)
    if path is not None and (path + "/").startswith(plan.folder + "/"):
        call = Call(KIND[name], name, os.path.relpath(path, plan.folder))
        plan.seen(plan, call)
        if plan.hits(call):
            value, error, flags = _struck(child, thread, name, arguments, plan.fault)
    try:
        fcntl.ioctl(listener, _SEND, _RESPONSE.pack(id, value, error, flags))
    except OSError:
        return


def _struck(child: int, thread: int, name: str, arguments: list[int], fault: Fault) -> tuple[int, int, int]:
    """What becomes of a call: what it returns, its error as the kernel has it, and whether it goes on."""
    if fault in ("EIO", "ENOSPC"):
        return 0, -getattr(errno, fault), 0
    written = _half(child, thread, name, arguments) if fault in ("torn", "short") else 0
    if fault == "short" and written:
        return written, 0, 0
    if fault == "short":
        return 0, 0, _CONTINUE
    os.kill(child, signal.SIGKILL)
    return 0, -errno.EIO, 0


def _half(child: int, thread: int, name: str, arguments: list[int]) -> int:
    """Write the first half of what a call was to write; how many bytes that was."""
    if name not in ("write", "pwrite64") or arguments[2] < 2:
        return 0
    descriptor, at, length, offset, *_ = arguments
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(at)
        data = memory.read(length // 2)
    pidfd = os.pidfd_open(child)
    ours = libc.syscall(_GETFD, pidfd, descriptor, 0)
    os.close(pidfd)
    if ours < 0:
        return 0
    try:
        return os.write(ours, data) if name == "write" else os.pwrite(ours, data, offset)
    finally:
        os.close(ours)


def _path(thread: int, name: str, arguments: list[int]) -> str | None:
    """The file that a call changes, the new one of two."""
    try:
        if name in PATHS:
            two = name in ("rename", "link")
            return _joined(thread, AT_FDCWD, arguments[1 if two else 0])
        if name in AT:
            two = name not in ("mkdirat", "unlinkat")
            return _joined(thread, arguments[2 if two else 0], arguments[3 if two else 1])
        return str(Path(f"/proc/{thread}/fd/{arguments[WRITTEN.get(name, 0)] & 0xFFFFFFFF}").readlink())
    except OSError:
        return None


def _joined(thread: int, folder: int, at: int) -> str:
    said = _text(thread, at)
    within = "cwd" if folder & 0xFFFFFFFF == AT_FDCWD & 0xFFFFFFFF else f"fd/{folder & 0xFFFFFFFF}"
    return said if said.startswith("/") else str(Path(f"/proc/{thread}/{within}").readlink() / said)


def _text(thread: int, at: int) -> str:
    data = b""
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(at)
        while b"\0" not in data and len(data) < PAGE:
            data += memory.read(PAGE - (at + len(data)) % PAGE)
    return os.fsdecode(data.partition(b"\0")[0])

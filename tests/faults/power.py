"""What a disk may hold after the power went: of each file what was synced, and of all else what chance let through.

The folder is watched while a process changes it. Content counts as kept once its file was synced; a name once its
folder was, in the order in which names came and went there, as journals keep it. Of what was not synced any part may
have reached the disk: later names without the content before them, some sectors of a file without the others.
"""

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.faults.supervised import Call, Plan

Way = Literal["least", "names", "some", "more"]
# Nothing that was not synced; all names and no content; and twice by chance.
WAYS: tuple[Way, ...] = ("least", "names", "some", "more")
GRAINS = (512, 4096)
# SQLite makes it anew when the first one opens the database.
MAPPED = "-shm"

Entries = dict[str, int]
Image = dict[str, bytes | None]
"""Path to content; None for a folder."""


@dataclass(frozen=True)
class Moment:
    """Before a call, None at the end: how much was told; what of names and content was synced, and what is there."""

    call: Call | None
    told: int
    root: int
    # By folder, all that it held since it was last synced, the earliest first.
    folders: Mapping[int, Sequence[Entries]]
    # By file, what was synced of it, and what is there.
    files: dict[int, tuple[bytes, bytes]]


@dataclass
class Disk:
    """Watches a folder: one that lay there for long, so that all of it is synced."""

    folder: Path
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._held: dict[int, int] = {}
        self._histories: dict[int, list[Entries]] = {}
        self._synced: dict[int, bytes] = {}
        self._seen: dict[int, tuple[tuple[int, int], bytes]] = {}
        self._same: dict[bytes, bytes] = {}
        self.folder.mkdir(parents=True, exist_ok=True)
        self._root = self.folder.stat().st_ino
        self._look(self.folder)
        self._synced = {inode: self._content(inode) for inode in self._held}

    def close(self) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)

    def before(self, plan: Plan, call: Call) -> None:
        """A call is about to be made."""
        self._note(call, len(plan.told))
        if call.kind == "sync":
            self._sync(self.folder / call.path)

    def end(self, plan: Plan) -> None:
        self._note(None, len(plan.told))

    def _note(self, call: Call | None, told: int) -> None:
        self._look(self.folder)
        folders = {inode: tuple(history) for inode, history in self._histories.items()}
        files = {inode: (self._synced.get(inode, b""), self._content(inode)) for inode in self._held}
        self.moments.append(Moment(call, told, self._root, folders, files))

    def _look(self, folder: Path) -> None:
        entries: Entries = {}
        try:
            inode, found = folder.stat().st_ino, [*os.scandir(folder)]
        except FileNotFoundError:
            return  # it went meanwhile
        for one in found:
            if one.name.endswith(MAPPED):
                continue
            if one.is_dir(follow_symlinks=False):
                self._look(Path(one.path))
            elif one.inode() not in self._held:
                try:
                    # Held open, it can be read when its name has gone, and its number is nobody else's.
                    self._held[one.inode()] = os.open(one.path, os.O_RDONLY)
                except FileNotFoundError:
                    continue
            entries[one.name] = one.inode()
        history = self._histories.setdefault(inode, [{}] if self.moments else [entries])
        if history[-1] != entries:
            history.append(entries)

    def _sync(self, path: Path) -> None:
        try:
            inode = path.stat().st_ino
        except FileNotFoundError:
            return  # of a file without a name nothing is kept
        if inode in self._histories:
            del self._histories[inode][:-1]
        elif inode in self._held:
            self._seen.pop(inode, None)
            self._synced[inode] = self._content(inode)

    def _content(self, inode: int) -> bytes:
        descriptor = self._held[inode]
        said = os.fstat(descriptor)
        state = (said.st_size, said.st_mtime_ns)
        if inode not in self._seen or self._seen[inode][0] != state:
            content = os.pread(descriptor, said.st_size, 0)
            self._seen[inode] = state, self._same.setdefault(content, content)
        return self._seen[inode][1]


def images(moment: Moment, chance: random.Random) -> Iterator[tuple[Way, Image]]:
    """What may be on the disk if the power goes at a moment."""
    for way in WAYS:
        yield way, _image(moment, way, chance)


def _image(moment: Moment, way: Way, chance: random.Random) -> Image:
    chosen = {inode: _entries(history, way, chance) for inode, history in moment.folders.items()}
    _moved_at_once(moment, chosen)
    files = {inode: _content(*both, way, chance) for inode, both in moment.files.items()}
    image: Image = {}

    def fill(folder: int, path: str) -> None:
        for name, inode in chosen[folder].items():
            if inode in chosen:
                image[f"{path}{name}"] = None
                fill(inode, f"{path}{name}/")
            elif inode in files:
                image[f"{path}{name}"] = files[inode]

    fill(moment.root, "")
    return image


def _entries(history: Sequence[Entries], way: Way, chance: random.Random) -> Entries:
    if way == "least":
        return history[0]
    return history[-1] if way == "names" else chance.choice(history)


def _moved_at_once(moment: Moment, chosen: dict[int, Entries]) -> None:
    """What went from one folder to another is in one of them, as every journal has it."""
    was = {inode: place for place, history in moment.folders.items() for inode in history[0].values()}
    for place, history in moment.folders.items():
        for name, inode in history[-1].items():
            before = was.get(inode, place)
            if before == place:
                continue
            if inode in chosen[place].values():
                chosen[before] = {n: i for n, i in chosen[before].items() if i != inode}
            elif inode not in chosen[before].values():
                chosen[place] = chosen[place] | {name: inode}


def _content(synced: bytes, now: bytes, way: Way, chance: random.Random) -> bytes:
    """Some sectors of what is there over what was synced, up to some length."""
    if way in ("least", "names") or synced == now:
        return synced
    length = chance.choice([len(synced), len(now), chance.randint(*sorted((len(synced), len(now))))])
    grain, share = chance.choice(GRAINS), chance.choice([0.2, 0.5, 0.9])
    pieces = []
    for at in range(0, length, grain):
        source = now if chance.random() < share else synced
        pieces.append(source[at : min(at + grain, length)].ljust(min(grain, length - at), b"\0"))
    return b"".join(pieces)


def put(image: Image, folder: Path) -> None:
    """Make a folder that is not there hold an image."""
    folder.mkdir(parents=True)
    for path, content in image.items():
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)


def watched(plan: Plan, folder: Path, run: Callable[[], object]) -> list[Moment]:
    """The moments of a run whose calls ``plan`` sees."""
    disk = Disk(folder)
    plan.seen = disk.before
    try:
        run()
        disk.end(plan)
        return disk.moments
    finally:
        disk.close()

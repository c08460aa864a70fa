"""Power cuts: a disk that records what it is told to do, and every state that a cut may leave of that.

What was synced is there. Of the rest a cut keeps anything: a file has any prefix of what was written to it, or any of
its sectors (the others are as they were before, or NULs); a directory has any of the changes to its names. A rename is
in both directories or in neither, but for the old name of a file, which may be there still.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

from harness import FaultyDisk
from kill_points import SteppedDisk, Story, now

from bbbd.storage.disk import UNFINISHED, Disk

SECTOR = 512


class Cuts(NamedTuple):
    """How many cuts, the seed that they are drawn from, and how many of them were done before."""

    number: int
    seed: int
    skip: int = 0


@dataclass(eq=False)
class File:
    """A file: what the disk has, what was written since, and all that it has been told."""

    synced: bytes = b""
    data: bytes = b""
    #: What the file was after each operation since the last sync.
    since: list[bytes] = field(default_factory=list)

    def become(self, data: bytes) -> None:
        self.data = data
        self.since.append(data)

    def sync(self) -> None:
        self.synced = self.data
        self.since.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        if not self.since:
            return self.synced
        way = chance.randrange(4)
        if way == 0:
            return self.synced
        whole = chance.choice(self.since)
        if way == 1:
            return whole
        if way == 2 and whole.startswith(self.synced):
            return whole[: chance.randint(len(self.synced), len(whole))]
        kept = bytearray()
        for begin in range(0, len(whole), SECTOR):
            old = self.synced[begin : begin + SECTOR].ljust(SECTOR, b"\0")
            kept += whole[begin : begin + SECTOR] if chance.random() < 0.5 else old
        return bytes(kept[: len(whole)])


@dataclass
class Change:
    """A name of a directory that was given to something, or taken away; ``rename`` ties the two of one rename."""

    name: str
    node: File | Directory | None
    rename: int = 0
    #: Whether it is a directory that was renamed: no file system gives one two names.
    whole: bool = False


@dataclass(eq=False)
class Directory:
    """A directory: the names that the disk has, those of now, and the changes between."""

    names: dict[str, File | Directory] = field(default_factory=dict)
    synced: dict[str, File | Directory] = field(default_factory=dict)
    since: list[Change] = field(default_factory=list)

    def change(self, change: Change) -> None:
        _apply(self.names, change)
        self.since.append(change)


def _apply(names: dict[str, Any], change: Change) -> None:
    if change.node is None:
        names.pop(change.name, None)
    else:
        names[change.name] = change.node


class Model:
    """A file system below a root, and what of it would outlive a cut. Paths are relative to the root."""

    def __init__(self) -> None:
        self.root = Directory()
        self.handles: dict[int, File | Directory | None] = {}
        self._renames = count(1)

    def find(self, path: Path) -> File | Directory | None:
        node: File | Directory | None = self.root
        for part in path.parts:
            node = node.names.get(part) if isinstance(node, Directory) else None
        return node

    def _parent(self, path: Path) -> Directory:
        parent = self.find(path.parent)
        assert isinstance(parent, Directory), path
        return parent

    def adopt(self, path: Path, node: File | Directory) -> None:
        """Know something that has its name, whoever made it."""
        parent = self._parent(path)
        parent.names[path.name] = parent.synced[path.name] = node

    def open(self, handle: int, path: Path, made: bool) -> None:  # noqa: FBT001 - as it was recorded
        if made:
            self._parent(path).change(Change(path.name, File()))
        self.handles[handle] = self.find(path)

    def become(self, handle: int, data: bytes) -> None:
        file = self.handles[handle]
        assert isinstance(file, File)
        file.become(data)

    def sync(self, handle: int) -> None:
        node = self.handles[handle]
        if isinstance(node, File):
            node.sync()
        elif node is not None:
            self._sync_names(node)

    def _sync_names(self, directory: Directory) -> None:
        renames = {change.rename for change in directory.since if change.rename}
        for change in directory.since:
            _apply(directory.synced, change)
        directory.since.clear()
        for other in self._directories(self.root):
            tied = [change for change in other.since if change.rename in renames]
            both = [change for change in tied if change.node is not None or change.whole]
            for change in both:
                _apply(other.synced, change)
                other.since.remove(change)

    def sync_all(self) -> None:
        for directory in list(self._directories(self.root)):
            directory.synced = dict(directory.names)
            directory.since.clear()
            for node in directory.names.values():
                if isinstance(node, File):
                    node.sync()

    def _directories(self, directory: Directory) -> Iterator[Directory]:
        yield directory
        for node in directory.names.values():
            if isinstance(node, Directory):
                yield from self._directories(node)

    def make_directory(self, path: Path) -> None:
        self._parent(path).change(Change(path.name, Directory()))

    def rename(self, source: Path, target: Path) -> None:
        node, rename = self.find(source), next(self._renames)
        whole = isinstance(node, Directory)
        self._parent(target).change(Change(target.name, node, rename, whole))
        self._parent(source).change(Change(source.name, None, rename, whole))

    def link(self, source: Path, target: Path) -> None:
        self._parent(target).change(Change(target.name, self.find(source)))

    def unlink(self, path: Path) -> None:
        if self.find(path) is not None:
            self._parent(path).change(Change(path.name, None))

    def remove_tree(self, path: Path) -> None:
        node = self.find(path)
        if isinstance(node, Directory):
            for name in list(node.names):
                (self.remove_tree if isinstance(node.names[name], Directory) else self.unlink)(path / name)
            self.unlink(path)

    def write_out(self, target: Path, chance: random.Random) -> None:
        """Write a directory as a cut may leave it."""
        share = chance.choice((0.0, 0.3, 0.7, 1.0))
        kept: dict[int, bool] = {}

        def keeps(change: Change) -> bool:
            if not change.rename:
                return chance.random() < share
            chosen = kept.setdefault(change.rename, chance.random() < share)
            lingers = change.node is None and not change.whole and chance.random() < 0.3
            return chosen and not lingers

        def write(directory: Directory, here: Path) -> None:
            here.mkdir()
            names = dict(directory.synced)
            for change in directory.since:
                if keeps(change):
                    _apply(names, change)
            for name, node in names.items():
                if isinstance(node, Directory):
                    write(node, here / name)
                else:
                    (here / name).write_bytes(node.after_cut(chance))

        write(self.root, target)


class RecordingDisk(SteppedDisk, FaultyDisk):
    """A disk that does what it is told below a root, and records it."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.record: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self._model = Model()
        self._handles: dict[int, int] = {}
        self._numbers = count()
        self._is_there = True
        for path in sorted(root.iterdir()):
            self._adopt(path)
        self._is_there = False
        #: How many operations of the record are only what was there before.
        self.before = len(self.record)

    def _note(self, what: Callable[..., None], *facts: Any) -> None:
        self.record.append((what, facts))
        what(self._model, *facts)

    def _inner(self, path: Path) -> Path | None:
        return path.relative_to(self.root) if path.is_relative_to(self.root) else None

    def _adopt(self, path: Path) -> None:
        """Know what somebody else put there: whoever prepared the story, or another process of bbbd.

        Both have synced it. What has an unfinished name a program wrote that was given it, and syncs nothing.
        """
        inner = path.relative_to(self.root)
        if not path.exists():
            return
        if self._model.find(inner) is None:
            if inner != Path() and self._model.find(inner.parent) is None:
                self._adopt(path.parent)
                return
            data = None if path.is_dir() else path.read_bytes()
            self._note(_adopted, inner, data, self._is_there or not path.name.startswith(UNFINISHED))
        if path.is_dir():
            for one in sorted(path.iterdir()):
                self._adopt(one)

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        inner, was = self._inner(path), path.exists()
        descriptor = super().open(path, flags, mode)
        self._handles.pop(descriptor, None)
        if inner is not None:
            if was:
                self._adopt(path)
            handle = self._handles[descriptor] = next(self._numbers)
            self._note(Model.open, handle, inner, not was)
        return descriptor

    def _look(self, descriptor: int) -> None:
        """Know what a file holds now, whoever wrote it."""
        path = Path(f"/proc/self/fd/{descriptor}")
        if (handle := self._handles.get(descriptor)) is not None and path.is_file():
            data, node = path.read_bytes(), self._model.handles[handle]
            if isinstance(node, File) and node.data != data:
                self._note(Model.become, handle, data)

    def write(self, descriptor: int, data: bytes) -> int:
        taken = super().write(descriptor, data)
        self._look(descriptor)
        return taken

    def truncate(self, descriptor: int, length: int) -> None:
        super().truncate(descriptor, length)
        self._look(descriptor)

    def _synced(self, descriptor: int) -> None:
        self._look(descriptor)
        if descriptor in self._handles:
            self._note(Model.sync, self._handles[descriptor])

    def fdatasync(self, descriptor: int) -> None:
        self._synced(descriptor)

    def fsync(self, descriptor: int) -> None:
        self._synced(descriptor)

    def sync_all(self) -> None:
        self._adopt(self.root)
        self._note(Model.sync_all)

    def _both(self, what: Callable[..., None], source: Path, target: Path) -> None:
        self._adopt(source)
        getattr(super(), what.__name__)(source, target)
        self._note(what, self._inner(source), self._inner(target))

    def rename(self, source: Path, target: Path) -> None:
        self._both(Model.rename, source, target)

    def link(self, source: Path, target: Path) -> None:
        self._both(Model.link, source, target)

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        if (inner := self._inner(path)) is not None:
            self._note(Model.unlink, inner)

    def make_directory(self, path: Path, mode: int = 0o700) -> None:
        super().make_directory(path, mode)
        if (inner := self._inner(path)) is not None:
            self._note(Model.make_directory, inner)

    def remove_tree(self, path: Path) -> None:
        self._adopt(path)
        super().remove_tree(path)
        if (inner := self._inner(path)) is not None:
            self._note(Model.remove_tree, inner)

    def after(self, operations: int) -> Model:
        """Return what the file system was after so many operations."""
        model = Model()
        for what, facts in self.record[:operations]:
            what(model, *facts)
        return model


def _adopted(model: Model, path: Path, data: bytes | None, is_safe: bool) -> None:  # noqa: FBT001 - as it was recorded
    if data is None:
        model.adopt(path, Directory())
    else:
        model.adopt(path, File(data, data) if is_safe else File(b"", data, [data]))


@dataclass
class Recorded:
    """A story that was lived to its end, and where in the record each line of it was told."""

    disk: RecordingDisk
    told: list[tuple[int, Any]] = field(default_factory=list)

    def history(self, operations: int) -> list[Any]:
        return [line for place, line in self.told if place <= operations]

    def cuts(self, cuts: Cuts) -> Iterable[tuple[int, int]]:
        """Give cuts: after how many operations, and the seed of what is kept; all places, then again."""
        return islice(self._endless_cuts(cuts.seed), cuts.skip, cuts.number)

    def _endless_cuts(self, seed: int) -> Iterator[tuple[int, int]]:
        chance = random.Random(seed)
        places = list(range(self.disk.before, len(self.disk.record) + 1))
        while True:
            chance.shuffle(places)
            for place in places:
                yield place, chance.randrange(1 << 32)


def recorded(root: Path, live: Callable[[Disk, Callable[[Any], None]], object]) -> Recorded:
    """Live on a disk that records."""
    story = Recorded(RecordingDisk(root))
    live(story.disk, lambda line: story.told.append((len(story.disk.record), line)))
    return story


def cut_at(
    story: Story,
    tmp_path: Path,
    cuts: Cuts,
    kept: Callable[[list[Any]], list[Any]] = lambda told: told,
) -> None:
    """Live through a story, cut the power so many times, and start twice on what each leaves.

    ``kept`` returns those lines of a history that promise something for a cut too.
    """
    lived, left = tmp_path / "lived", tmp_path / "left"
    story.prepare(lived)
    memories = []

    def live(disk: Disk, tell: Callable[[Any], None]) -> None:
        memories.append(story.start(lived, disk))
        now(story.tell(memories[0], tell))

    record = recorded(lived, live)
    memories[0].hang_up()
    for done, (place, chosen) in enumerate(record.cuts(cuts), cuts.skip):
        shutil.rmtree(left, ignore_errors=True)
        record.disk.after(place).write_out(left, random.Random(chosen))
        print(f"cut {done} after operation {place} of {len(record.disk.record)}, kept by {chosen}")
        for _start in range(2):
            memory = story.start(left, FaultyDisk())
            now(story.check(memory, kept(record.history(place))))
            memory.hang_up()

"""Media that people's own browsers recorded, as they are uploaded: three files for each, ``raw/<id>/uploads/<name>.*``.

``.json`` is the *head*: whose it is, and what it holds. ``.media`` has the bytes, as the browser wrote them.
``.slices`` has a line for each piece that was answered: the length of ``.media`` with it, the time at which its last
byte had been recorded (0 where that is not known), and the time at which it came; milliseconds since 1970. Its last
whole line counts: what ``.media`` has behind that was never answered. Functions that read files wait for the disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from bbbd.storage.disk import Disk, open_regular, read_regular

#: The directory among raw files, and the endings of the three files.
DIRECTORY, HEAD, MEDIA, SLICES = "uploads", ".json", ".media", ".slices"
#: In the directory: when the meeting ended, milliseconds since 1970; and when those left who were removed for good.
ENDED, EJECTED = "ended", "ejected.json"
#: Milliseconds without a byte after which a file that has no end is taken as it is.
SILENCE = 600_000
#: The name of a file: the recording's id, the person, and the time of its begin.
NAME = re.compile(r"([0-9a-f]{40}-[0-9]{13})_([A-Za-z0-9_-]{1,64})_([0-9]{13})")
#: The name of one of its tracks.
TRACK_NAME = re.compile(r"(.+)-(audio|video)-[01]")
_SLICE = re.compile(rb"([0-9]{1,15}) ([0-9]{1,15}) ([0-9]{1,15})")
_LARGEST_HEAD = 4096
#: Bytes of all lines of a file, and of one at most: a piece whose line had no room there would be lost at a restart.
MOST_LINES, LONGEST_LINE = 8 << 20, 48


class UploadHead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The head of a file. ``session`` is a hash of the token of the session that began it; ``seq`` is the page's own.

    ``size`` is its length once it is complete.
    """

    user: str
    session: str
    kind: str
    mime: str
    started: int
    begun: int
    seq: int
    size: int | None = None


class Slice(NamedTuple):
    """A piece that was answered: the length with it, when it was recorded (0: not known), when it came."""

    length: int
    recorded: int
    came: int


class StoredUpload(NamedTuple):
    """A file as the disk has it. ``line_bytes`` are those of whole lines of ``.slices``."""

    name: str
    head: UploadHead
    slices: list[Slice]
    line_bytes: int

    @property
    def length(self) -> int:
        """The bytes that were answered."""
        return self.slices[-1].length if self.slices else 0

    @property
    def last_sign(self) -> int:
        """When something of it came last."""
        return self.slices[-1].came if self.slices else self.head.begun


def directory_of(raw: Path) -> Path:
    """Return the directory of uploads among raw files."""
    return raw / DIRECTORY


def record_of(name: str) -> str:
    """Return the id of the recording that a file belongs to, "" if it is no name of one."""
    found = NAME.fullmatch(name)
    return found[1] if found else ""


def parse_slices(data: bytes) -> tuple[list[Slice], int]:
    """Return the lines before the first that is torn or nonsense, and their bytes."""
    slices: list[Slice] = []
    used = 0
    for line in data.split(b"\n")[:-1]:
        found = _SLICE.fullmatch(line)
        if found is None or int(found[1]) < (slices[-1].length if slices else 0):
            break
        slices.append(Slice(*map(int, found.groups())))
        used += len(line) + 1
    return slices, used


def slice_line(one: Slice) -> bytes:
    """Return the line of a piece."""
    return b"%d %d %d\n" % one


def read_upload(raw: Path, name: str) -> StoredUpload | None:
    """Return one file, None if there is none. Raises ``OSError``."""
    directory = directory_of(raw)
    try:
        head = msgspec.json.decode(read_regular(directory / f"{name}{HEAD}", _LARGEST_HEAD), type=UploadHead)
        slices, used = parse_slices(read_regular(directory / f"{name}{SLICES}", MOST_LINES))
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return StoredUpload(name, head, slices, used)


def read_uploads(raw: Path) -> list[StoredUpload]:
    """Return all files of a recording, by their names. Raises ``OSError``."""
    directory = directory_of(raw)
    names = sorted(path.name.removesuffix(HEAD) for path in directory.glob(f"*{HEAD}")) if directory.is_dir() else []
    found = [read_upload(raw, name) for name in names if NAME.fullmatch(name)]
    return [one for one in found if one is not None]


def lengths_of(raw: Path) -> dict[str, int]:
    """Return how many bytes there are of each file of a recording. Raises ``OSError``."""
    return {one.name: one.length for one in read_uploads(raw)}


def is_held(raw: Path, now: int) -> bool:
    """Return whether a recording waits for files: one has neither its end nor a long silence. Raises ``OSError``."""
    return any(one.head.size is None and now - one.last_sign < SILENCE for one in read_uploads(raw))


def note_end(disk: Disk, raw: Path, at: int, ejected: Mapping[str, int]) -> None:
    """Note when the meeting ended, and when those left who were removed for good, if it has uploads.

    Raises ``OSError``.
    """
    directory = directory_of(raw)
    if directory.is_dir() and not (directory / ENDED).exists():
        if ejected:
            disk.replace(directory / EJECTED, msgspec.json.encode(ejected) + b"\n", 0o640)
        disk.replace(directory / ENDED, b"%d\n" % at, 0o640)


def read_end(raw: Path) -> int:
    """Return when the meeting ended, 0 where nothing tells. Raises ``OSError``."""
    try:
        with open_regular(directory_of(raw) / ENDED) as file:
            return int(file.read(32))
    except (FileNotFoundError, ValueError):
        return 0


def read_ejected(raw: Path) -> dict[str, int]:
    """Return when those left who were removed for good, milliseconds since 1970. Raises ``OSError``."""
    try:
        return msgspec.json.decode(read_regular(directory_of(raw) / EJECTED), type=dict[str, int])
    except (FileNotFoundError, msgspec.MsgspecError):
        return {}

"""The links of people: what each sends and receives through the engine, and the file in which a restart finds them.

Media flow on while bbbd is away, and Janus knows its handles by number alone. So each change of a link is a line of a
file, written at once: a process that was killed left the last line, and one without power finds Janus gone as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bbbd.meetings.media import TrackKind
from bbbd.storage.disk import Disk, read_regular

#: Lines after which the file is written anew.
MOST_LINES = 20_000


class Feed(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A track of somebody: the sender, the mid in their own link, its kind, and the handle of that link."""

    user: str
    mid: str
    kind: TrackKind
    link: int


class KeptTrack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A track that Janus writes into a file, since a time in milliseconds since 1970."""

    file: str
    track: TrackKind
    start: int


class Stretch(msgspec.Struct, kw_only=True, eq=False, forbid_unknown_fields=True):
    """The files that Janus writes of a link: their common name, the tracks by mid, and those without a file."""

    name: str
    tracks: dict[str, KeptTrack] = {}
    missing: set[str] = set()


class UpLink(msgspec.Struct, kw_only=True, eq=False, forbid_unknown_fields=True):
    """What one person sends.

    ``live``: tracks whose packets came; ``arriving``: mids whose packets come now, as Janus says, also of tracks that
    ended a moment ago; ``blocked``: tracks cut by the server; ``muted``: tracks that are muted in Janus; ``lines``: the
    place of each mid in the description; ``stretch``: what is kept of it now.
    """

    handle: int
    page: str
    tracks: dict[str, TrackKind] = {}
    simulcast: set[str] = set()
    is_up: bool = False
    live: set[str] = set()
    arriving: set[str] = set()
    blocked: set[str] = set()
    muted: set[str] = set()
    lines: dict[str, int] = {}
    stretch: Stretch | None = None
    was_refused: bool = False

    @property
    def microphones(self) -> set[str]:
        """The mids of microphones."""
        return {mid for mid, kind in self.tracks.items() if kind is TrackKind.MICROPHONE}

    def change(self, tracks: Mapping[str, TrackKind]) -> None:
        """Take the tracks of a new offer. A track that was cut stays so until an offer is without it."""
        self.tracks = dict(tracks)
        self.live = set(tracks) & (self.live | self.arriving)
        if self.is_up:
            self.live |= self.microphones
        self.blocked &= set(tracks)
        self.muted &= set(tracks)

    def live_of(self, kind: TrackKind) -> list[str]:
        """Return the mids of a kind whose packets arrive and reach others."""
        return [mid for mid, one in self.tracks.items() if one is kind and mid in self.live - self.blocked]


class DownLink(msgspec.Struct, kw_only=True, eq=False, forbid_unknown_fields=True):
    """What one person receives: the feed of each mid, the number of the last offer, and the layer of each camera."""

    handle: int
    page: str
    feeds: dict[str, Feed] = {}
    number: int = 0
    layers: dict[str, int] = {}


class _Line(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line: the session with bbbd's own handle, or the links of a person now; a link that is None has ended."""

    session: int = 0
    control: int = 0
    meeting: str = ""
    user: str = ""
    up: UpLink | None = None
    down: DownLink | None = None


@dataclass(slots=True)
class KnownLinks:
    """What a file of links said: the session, bbbd's own handle, and the links by meeting and user."""

    session: int = 0
    control: int = 0
    links: dict[tuple[str, str], tuple[UpLink | None, DownLink | None]] = field(default_factory=dict)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)


def line(entry: _Line) -> bytes:
    """Return a line of the file."""
    return _encoder.encode(entry) + b"\n"


class LinksFile:
    """The file of links. A failure to write it costs a restart its silence, nothing else."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._descriptor: int | None = None
        self._lines_written = 0

    @property
    def is_long(self) -> bool:
        """Whether the file is worth writing anew."""
        return self._lines_written > MOST_LINES

    def read(self) -> KnownLinks:
        """Return what the file says; nothing for a missing or damaged one."""
        known = KnownLinks()
        try:
            for entry in self._lines():
                if entry.session:
                    known = KnownLinks(entry.session, entry.control)
                elif entry.up is None and entry.down is None:
                    known.links.pop((entry.meeting, entry.user), None)
                else:
                    known.links[entry.meeting, entry.user] = (entry.up, entry.down)
        except (OSError, msgspec.MsgspecError):
            return KnownLinks()
        return known

    def _lines(self) -> Iterator[_Line]:
        *whole, _torn = read_regular(self._path).split(b"\n")
        return map(_decoder.decode, whole)

    def begin(self, known: KnownLinks) -> None:
        """Write the file anew, as a whole. Raises ``OSError``."""
        self.close()
        path = self._path.with_name(f"{self._path.name}.new")
        self._descriptor = self._disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        self._lines_written = 0
        self._write(_Line(session=known.session, control=known.control))
        for (meeting, user), (up, down) in known.links.items():
            self.note(meeting, user, up, down)
        self._disk.rename(path, self._path)

    def forget(self) -> None:
        """Remove the file: its links have ended. Raises ``OSError``."""
        self.close()
        self._disk.unlink(self._path)

    def note(self, meeting: str, user: str, up: UpLink | None, down: DownLink | None) -> None:
        """Note the links of a person as they are now. Raises ``OSError``."""
        self._write(_Line(meeting=meeting, user=user, up=up, down=down))

    def _write(self, entry: _Line) -> None:
        if self._descriptor is not None:
            self._lines_written += 1
            self._disk.write(self._descriptor, line(entry))

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

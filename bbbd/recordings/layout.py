"""The directories of recordings. They are BigBlueButton's; their names decide the state of a recording."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock

from bbbd.settings.settings import Settings

#: Names of the directories of recordings and formats. No name begins with a dot.
RECORD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
FORMAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
#: A file in each directory that bbbd moved to ``deleted``: the time, in milliseconds since 1970. Only such are erased.
DELETED_NOTE = "bbbd-deleted"
#: The first parts of bbbd's own paths: a format with such a name could not be served.
OWN_PATHS = frozenset(
    ("bbblb", "bigbluebutton", "healthz", "html5client", "metrics", "playback", "readyz", "recording", "textTrack")
)
#: Ids of recordings that bbbd imports: BigBlueButton's own (SHA-1 and creation time), and a SHA-256 with or without it.
IMPORTED_ID = re.compile(r"[0-9a-f]{40}-[0-9]{13}|[0-9a-f]{64}(?:-[0-9]{13})?")


def format_order(name: str) -> tuple[bool, str]:
    """Return the sort key of formats: presentation first, then by name. Clients play the first."""
    return name != "presentation", name


class Place(StrEnum):
    """A tree of recordings. If a recording has formats in several places, the first of these counts."""

    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    PROCESS = "process"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Layout:
    """The directories of one server, and that of the write-ahead notes (``moves``)."""

    published: Path
    unpublished: Path
    deleted: Path
    recording: Path
    captions: Path
    moves: Path
    snapshot: Path
    #: Held by the thread that moves directories, so that no two move the same one.
    lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Layout:
        """Return the layout of some settings."""
        return cls(
            published=settings.published,
            unpublished=settings.unpublished,
            deleted=settings.deleted,
            recording=settings.recording,
            captions=settings.captions,
            moves=settings.directory / "moves",
            snapshot=settings.directory / "recordings.index",
        )

    def tree(self, place: Place) -> Path:
        """Return the directory of a place: ``<format>/<record id>/metadata.xml`` is below it."""
        return {
            Place.PUBLISHED: self.published,
            Place.UNPUBLISHED: self.unpublished,
            Place.DELETED: self.deleted,
            Place.PROCESS: self.recording / "process",
        }[place]

    def directory(self, place: Place, name: str, record_id: str) -> Path:
        """Return the directory of one format of a recording. Both names have passed their patterns."""
        assert FORMAT.fullmatch(name)
        assert RECORD_ID.fullmatch(record_id)
        return self.tree(place) / name / record_id

    def metadata(self, place: Place, name: str, record_id: str) -> Path:
        """Return a format's metadata.xml."""
        return self.directory(place, name, record_id) / "metadata.xml"

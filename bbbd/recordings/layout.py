"""Where recordings lie: BigBlueButton's directories, whose names decide what state a recording is in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock

from bbbd.settings.settings import Settings

#: What a directory of a recording, or of a format, may be called. No name begins with a dot.
RECORD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
FORMAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
#: In a directory that bbbd moved to ``deleted``: when, in milliseconds since 1970. Only such are erased.
DELETED_NOTE = "bbbd-deleted"
#: First parts of bbbd's own paths: a format of such a name could not be served.
OWN_PATHS = frozenset(("bigbluebutton", "bbblb", "html5client", "playback", "recording", "textTrack"))
#: Ids of recordings that bbbd imports: BigBlueButton's own (SHA-1 and creation time), and a SHA-256 with or without it.
IMPORTED_ID = re.compile(r"[0-9a-f]{40}-[0-9]{13}|[0-9a-f]{64}(?:-[0-9]{13})?")


def format_order(name: str) -> tuple[bool, str]:
    """Return the sort key of formats: presentation first, then by name. Clients play the first."""
    return name != "presentation", name


class Place(StrEnum):
    """A tree of recordings. Where formats of one recording lie in several, the first of these counts."""

    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    PROCESS = "process"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Layout:
    """The directories of one server, and where moves that are under way are noted."""

    published: Path
    unpublished: Path
    deleted: Path
    recording: Path
    captions: Path
    moves: Path
    snapshot: Path
    #: Held by the thread that moves directories, so that two never move the same.
    lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Layout:
        """Return the layout that settings name."""
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

"""Inbox of text tracks: uploads that wait, in BigBlueButton's format, so that either server can process them.

``captions/inbox/<record id>-<number>-track.json`` is a note about ``…-track.txt`` beside it. The note is written
last, so its file is complete. Numbers are milliseconds since 1970 and only grow, so the notes are in the order of
the uploads. A note without a file removes a track. A note is deleted when its change is complete.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from twisted.logger import Logger

from bbbd.recordings.layout import RECORD_ID, Layout
from bbbd.storage.disk import Disk, read_regular
from bbbd.texttracks.indexes import TrackKey, TrackKind
from bbbd.texttracks.languages import canonical

_log = Logger()

_NOTE = re.compile(r"(.+)-([0-9]{1,18})-track\.json")


class InboxNote(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a recording's track; without ``temp_filename`` the track is removed."""

    record_id: str
    kind: str
    lang: str
    label: str = ""
    original_filename: str = ""
    temp_filename: str = ""
    content_type: str = ""


class WaitingUpload(NamedTuple):
    """A waiting note and its file; None removes the track."""

    path: Path
    note: InboxNote
    key: TrackKey
    file: Path | None


def _key(note: InboxNote) -> TrackKey:
    if not RECORD_ID.fullmatch(note.record_id):
        raise ValueError("it names no recording")
    return TrackKey(TrackKind(note.kind), canonical(note.lang))


class Inbox:
    """The inbox of one layout."""

    def __init__(self, disk: Disk, layout: Layout) -> None:
        self.directory = layout.captions / "inbox"
        self._disk = disk
        self._last = 0
        self._logged: set[Path] = set()
        #: Notes whose calls were refused and that could not be removed yet.
        self._refused: set[Path] = set()
        #: Interrupted conversions by note.
        self.interruptions: Counter[Path] = Counter()

    def number(self, now: int) -> int:
        """Return a number for the next note; ``now`` is in milliseconds since 1970."""
        self._last = max(now, self._last + 1)
        return self._last

    def delete_unfinished(self) -> None:
        """Delete uploads without a note, which were never answered; called at start. Blocks on the disk."""
        self._disk.sweep(self.directory)
        for path in self.directory.glob("*-track.txt"):
            if path.is_file() and not path.with_suffix(".json").exists():
                self._disk.unlink(path)

    def add(self, number: int, note: InboxNote, data: bytes | None = None) -> Path:
        """Store a note and return its path; its file exists already, or is made of ``data``. Blocks on the disk."""
        self._disk.mkdir(self.directory, 0o755)
        path = self.directory / f"{note.record_id}-{number}-track.json"
        if data is not None:
            note = msgspec.structs.replace(note, temp_filename=path.with_suffix(".txt").name)
            self._disk.replace(path.with_suffix(".txt"), data)
        try:
            self._disk.replace(path, msgspec.json.encode(note))
        except OSError:
            # The note may exist, only not synced: a refused upload must not happen later.
            self._refused.add(path)
            self._remove_refused()
            raise
        return path

    def _remove_refused(self) -> None:
        for path in list(self._refused):
            with suppress(OSError):
                self._disk.unlink(path)
                self._refused.discard(path)

    def waiting(self) -> list[WaitingUpload]:
        """Return the waiting notes, the oldest first; unreadable notes are set aside. Blocks on the disk."""
        if not self.directory.is_dir():
            return []
        found = [(int(match[2]), path) for path in self.directory.iterdir() if (match := _NOTE.fullmatch(path.name))]
        self._last = max([self._last, *(number for number, _path in found)])
        self._remove_refused()
        found = [one for one in found if one[1] not in self._refused and one[1].exists()]
        return [waiting for _number, path in sorted(found) if (waiting := self._read(path))]

    def _read(self, path: Path) -> WaitingUpload | None:
        try:
            note = msgspec.json.decode(read_regular(path), type=InboxNote)
            key = _key(note)
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as fault:
            # One bad note must not block the others.
            if path not in self._logged:
                self._logged.add(path)
                _log.error(
                    "{path} is not a valid note: {why}", event="track_note_damaged", path=str(path), why=str(fault)
                )
            if isinstance(fault, ValueError):
                self._disk.rename(path, path.with_suffix(".damaged"))
            return None
        return WaitingUpload(
            path, note, key, self.directory / Path(note.temp_filename).name if note.temp_filename else None
        )

    def delete(self, waiting: WaitingUpload) -> None:
        """Delete a note, then its file. Blocks on the disk."""
        self.interruptions.pop(waiting.path, None)
        self._disk.unlink(waiting.path)
        if waiting.file is not None:
            self._disk.unlink(waiting.file)
        self._disk.sync_directory(self.directory)

"""Changes of a recording's text tracks, staged and then renamed into place in both indexes.

All files are written under unfinished names first, so a full disk changes nothing. Then they are
renamed into place; if a kill interrupts that, the note in the inbox repeats the change. All functions block on
the disk and raise ``OSError``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from twisted.logger import Logger

from bbbd.recordings.layout import Layout
from bbbd.storage.disk import Disk
from bbbd.texttracks.indexes import (
    INDEX,
    LEFT_OUT,
    DamagedIndex,
    Entries,
    Track,
    TrackKey,
    TrackKind,
    TrackSource,
    entry_key,
    exists,
    file_name,
    is_inside,
    player_directories,
    player_file_name,
    read_entries,
    tracks_of,
)

_log = Logger()

_MODE = 0o644


class RecordingGone(LookupError):
    """The recording is no longer published or unpublished."""


class _StagedChange:
    """A change whose files are written but not yet in place."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._additions: list[tuple[Path, Path]] = []
        self._removals: list[Path] = []

    def add_file(self, unfinished: Path, target: Path) -> None:
        """Stage a finished file."""
        self._additions.append((unfinished, target))

    def add_copy(self, source: Path, target: Path) -> None:
        """Stage a copy of a file."""
        self.add_file(self._disk.copy(source, target.parent, _MODE), target)

    def add_index(self, target: Path, entries: Entries) -> None:
        """Stage an index."""
        data = json.dumps(entries, indent=1).encode() + b"\n"
        self.add_file(self._disk.prepare(target.parent, data, _MODE), target)

    def remove(self, path: Path) -> None:
        """Stage the removal of a file, unless another is added in its place."""
        self._removals.append(path)

    def commit(self) -> None:
        """Rename all files into place, then delete the removed ones."""
        targets = {target for _unfinished, target in self._additions}
        for unfinished, target in self._additions:
            if target.is_dir():
                # An unexpected directory is renamed, never deleted.
                self._disk.rename(target, target.with_name(f".old-{target.name}-{secrets.token_hex(4)}"))
            self._disk.rename(unfinished, target)
        for path in self._removals:
            if path not in targets and not path.is_dir():
                self._disk.unlink(path)
        for directory in {path.parent for path in (*targets, *self._removals)}:
            self._disk.sync_directory(directory)


def put_track(disk: Disk, layout: Layout, record_id: str, track: Track) -> None:
    """Store a track, whose text is in an unfinished file; it replaces the track of the same kind and language.

    One that is automatic does not replace somebody's. Raises ``RecordingGone``.
    """
    with layout.lock:
        _check(layout, record_id)
        if not may_replace(track, {one.key: one for one in tracks_of(layout, record_id)}):
            return
        _change(disk, layout, record_id, track.key, track)


def may_replace(track: Track, known: Mapping[TrackKey, Track]) -> bool:
    """Return whether a track may be stored beside those that are known: what speech recognition makes yields."""
    before = known.get(track.key)
    automatic = TrackSource.AUTOMATIC
    return track.source != automatic or before is None or before.source == automatic or not is_inside(before.path)


def remove_track(disk: Disk, layout: Layout, record_id: str, key: TrackKey) -> None:
    """Remove the track of a kind and language, if it exists. Raises ``RecordingGone``."""
    with layout.lock:
        _check(layout, record_id)
        _change(disk, layout, record_id, key, None)


def _check(layout: Layout, record_id: str) -> None:
    """Raise ``RecordingGone`` if the recording was deleted meanwhile. The lock keeps it in place from here on."""
    if not exists(layout, record_id):
        raise RecordingGone(record_id)


def _change(disk: Disk, layout: Layout, record_id: str, key: TrackKey, new: Track | None) -> None:
    own, players = layout.captions / record_id, player_directories(layout, record_id)
    before = {track.key: track for track in tracks_of(layout, record_id)}
    if new is None and key not in before and not own.is_dir():
        return
    disk.mkdir(own, 0o755)
    for directory in (own, *players):
        disk.sweep(directory)
    after = {one: track for one, track in before.items() if one != key}
    staged, entries = _StagedChange(disk), _entries(disk, own / INDEX)
    kept = [entry for entry in entries if entry_key(entry, "lang") != key]
    for lang in (key.lang, *(entry["lang"] for entry in entries if entry_key(entry, "lang") == key)):
        staged.remove(own / file_name(key.kind, lang))
    for track in after.values():
        if track.path.parent != own and track.key.lang == key.lang and is_inside(track.path):
            # Its file is the player's only one for the language: copy it before that file changes.
            staged.add_copy(track.path, own / track.name)
            kept.append(_entry(track))
    if new is not None:
        staged.add_file(new.path, own / new.name)
        kept.append(_entry(new))
        after[key] = new
    staged.add_index(own / INDEX, kept)
    for directory in players:
        _change_player(disk, staged, directory, key.lang, after)
    staged.commit()


def _entry(track: Track) -> dict[str, str | int]:
    entry = {"kind": track.kind.value, "label": track.label, "lang": track.lang, "source": track.source}
    return entry | ({LEFT_OUT: track.left_out} if track.left_out else {})


def _entries(disk: Disk, path: Path) -> Entries:
    """Return the entries of an index; a damaged index is set aside."""
    try:
        return read_entries(path)
    except DamagedIndex as fault:
        aside = path.with_name(f"{path.name}.damaged")
        _log.error(
            "{path} {why}; it is now {aside}", event="index_damaged", path=str(path), why=str(fault), aside=aside.name
        )
        disk.rename(path, aside)
        return []


def _chosen(tracks: dict[TrackKey, Track], lang: str) -> Track | None:
    """Return the track that the player shows for a language: captions before subtitles."""
    return tracks.get(TrackKey(TrackKind.CAPTIONS, lang)) or tracks.get(TrackKey(TrackKind.SUBTITLES, lang))


def _change_player(
    disk: Disk, staged: _StagedChange, directory: Path, lang: str, tracks: dict[TrackKey, Track]
) -> None:
    """Update the player's index in a directory so that it lists the chosen track for a language."""
    entries = _entries(disk, directory / INDEX)
    kept: Entries = []
    staged.remove(directory / player_file_name(lang))
    for entry in entries:
        known = entry_key(entry, "locale")
        if known is None or known.lang != lang:
            kept.append(entry)
        else:
            staged.remove(directory / player_file_name(entry["locale"]))
    chosen = _chosen(tracks, lang)
    if chosen is not None and is_inside(chosen.path):
        staged.add_copy(chosen.path, directory / player_file_name(lang))
        kept.append({"localeName": chosen.label, "locale": lang, "kind": chosen.kind.value})
    if kept or entries:
        staged.add_index(directory / INDEX, kept)


def restore_in_player(disk: Disk, layout: Layout, record_id: str) -> bool:
    """Add uploaded and automatic tracks that are missing in a rebuilt player's index. Return whether there were any."""
    with layout.lock:
        tracks = {track.key: track for track in tracks_of(layout, record_id)}
        restored = False
        for directory in player_directories(layout, record_id):
            known = {entry_key(entry, "locale") for entry in _entries(disk, directory / INDEX)}
            for lang in dict.fromkeys(key.lang for key in tracks):
                chosen = _chosen(tracks, lang)
                if (
                    chosen
                    and chosen.source in (TrackSource.UPLOAD, TrackSource.AUTOMATIC)
                    and chosen.key not in known
                    and is_inside(chosen.path)
                ):
                    staged = _StagedChange(disk)
                    _change_player(disk, staged, directory, lang, tracks)
                    staged.commit()
                    restored = True
        return restored

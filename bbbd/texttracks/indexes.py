"""Text tracks of a recording, merged from BigBlueButton's two indexes on disk.

The API's index is ``captions/<record id>/captions.json``, ``[{"kind", "label", "lang", "source"}]``, with
``<kind>_<lang>.vtt`` beside it. The player's is ``presentation/<record id>/captions.json``,
``[{"localeName", "locale", "kind"}]``, with ``caption_<locale>.vtt`` beside it: one file for each language. A server's
own live captions may be in the player's index only. Both are untrusted: unusable entries are ignored.
"""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from bbbd.recordings.layout import Layout, Place
from bbbd.storage.disk import read_regular
from bbbd.texttracks.languages import key_of

INDEX = "captions.json"
#: Size limit of an index, in bytes.
LARGEST = 1 << 20
_LANG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
_FORMAT = "presentation"

Entries = list[dict[str, Any]]


#: Key of an index entry for the cues that were left out; BigBlueButton has none, and ignores it.
LEFT_OUT = "cuesLeftOut"


class TrackKind(StrEnum):
    """The kind of a text track, as in HTML."""

    SUBTITLES = "subtitles"
    CAPTIONS = "captions"


class TrackSource(StrEnum):
    """The origin of a text track."""

    LIVE = "live"
    AUTOMATIC = "automatic"
    UPLOAD = "upload"


class TrackKey(NamedTuple):
    """The key of a track within its recording; ``lang`` in canonical spelling."""

    kind: TrackKind
    lang: str


class Track(NamedTuple):
    """A text track. ``lang`` is spelled as in the file's name; ``path`` is the file."""

    kind: TrackKind
    lang: str
    label: str
    source: str
    path: Path
    #: Cues of the upload that were left out, as they cannot be timed.
    left_out: int = 0

    @property
    def key(self) -> TrackKey:
        """The track's key within its recording."""
        return TrackKey(self.kind, key_of(self.lang))

    @property
    def name(self) -> str:
        """The file name in links."""
        return file_name(self.kind, self.lang)


class DamagedIndex(ValueError):
    """An index exists but cannot be read."""


def file_name(kind: TrackKind, lang: str) -> str:
    """Return the name of a track's file beside the API's index."""
    return f"{kind.value}_{lang}.vtt"


def player_file_name(locale: str) -> str:
    """Return the name of a track's file beside the player's index."""
    return f"caption_{locale}.vtt"


def read_entries(path: Path) -> Entries:
    """Return the entries of an index, none if it does not exist. Raises ``DamagedIndex`` and ``OSError``."""
    try:
        data = read_regular(path, LARGEST + 1)
    except FileNotFoundError:
        return []
    except OSError as fault:
        if fault.errno in (errno.ELOOP, errno.ENXIO, errno.EINVAL):
            raise DamagedIndex("is no file") from None
        raise
    if len(data) > LARGEST:
        raise DamagedIndex("is too large")
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        raise DamagedIndex("is not JSON") from None
    if not isinstance(entries, list):
        raise DamagedIndex("is not a list")
    return [entry for entry in entries if isinstance(entry, dict)]


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) and value.strip() else otherwise


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _kind(value: object) -> TrackKind | None:
    if value is None:
        return TrackKind.CAPTIONS
    return next((kind for kind in TrackKind if kind == value), None)


def entry_key(entry: dict[str, Any], lang_name: str) -> TrackKey | None:
    """Return the track key of an index entry, or None if the entry is unusable."""
    kind, lang = _kind(entry.get("kind")), entry.get(lang_name)
    if kind is None or not isinstance(lang, str) or not _LANG.fullmatch(lang):
        return None
    return TrackKey(kind, key_of(lang))


def player_directories(layout: Layout, record_id: str) -> list[Path]:
    """Return the directories of a recording's presentation, where the player's files are."""
    both = (layout.directory(place, _FORMAT, record_id) for place in (Place.PUBLISHED, Place.UNPUBLISHED))
    return [directory for directory in both if directory.is_dir()]


def _api_tracks(layout: Layout, record_id: str) -> Iterator[Track]:
    directory = layout.captions / record_id
    for entry in _entries_or_none(directory / INDEX):
        if key := entry_key(entry, "lang"):
            lang = entry["lang"]
            path = directory / file_name(key.kind, lang)
            source, left_out = _text(entry.get("source"), "upload"), _count(entry.get(LEFT_OUT))
            yield Track(key.kind, lang, _text(entry.get("label"), lang), source, path, left_out)


def _player_tracks(directory: Path) -> Iterator[Track]:
    for entry in _entries_or_none(directory / INDEX):
        if key := entry_key(entry, "locale"):
            locale = entry["locale"]
            label, path = _text(entry.get("localeName"), locale), directory / player_file_name(locale)
            yield Track(key.kind, locale, label, TrackSource.LIVE, path)


def _entries_or_none(path: Path) -> Entries:
    try:
        return read_entries(path)
    except (DamagedIndex, OSError):
        return []


def is_inside(path: Path) -> bool:
    """Return whether a file exists and no symlink leads out of its directory. Blocks on the disk."""
    try:
        return path.is_file() and path.resolve().is_relative_to(path.parent.resolve())
    except OSError:
        return False


def tracks_of(layout: Layout, record_id: str) -> list[Track]:
    """Return the text tracks of a recording, one by kind and language. Files may be missing. Blocks on the disk."""
    found: dict[TrackKey, Track] = {}
    for track in _api_tracks(layout, record_id):
        found.setdefault(track.key, track)
    for directory in player_directories(layout, record_id):
        for track in _player_tracks(directory):
            known = found.setdefault(track.key, track)
            if not is_inside(known.path) and is_inside(track.path):
                # If the API's file has a wrong name, the player's file is used.
                found[track.key] = known._replace(path=track.path)
    return list(found.values())


def exists(layout: Layout, record_id: str) -> bool:
    """Return whether a recording is published or unpublished, in any format. Blocks on the disk."""
    for place in (Place.PUBLISHED, Place.UNPUBLISHED):
        tree = layout.tree(place)
        if tree.is_dir() and any((named / record_id / "metadata.xml").is_file() for named in tree.iterdir()):
            return True
    return False

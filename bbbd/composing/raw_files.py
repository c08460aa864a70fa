"""Raw files of people's media become WebM, beside which a file of the same name says its clock.

``audio/<name>.webm``, ``video/<id>/<name>.webm`` and ``deskshare/<name>.webm`` are where BigBlueButton has them, and
``<name>.clock.json`` is ``[[begin in the file, end in the file, begin, rate], …]`` in milliseconds, the third since
1970.
A file of Janus goes once its WebM is whole, so a kill costs one conversion. One that is broken stays as it is. A file
that a page sent has one or two tracks, which are taken apart without decoding them; it goes once it is complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from bbbd.composing.clock import Span, spans_of
from bbbd.composing.mjr import UnreadableMedia, read_mjr
from bbbd.composing.page_files import read_page_file, spans_of_page
from bbbd.composing.plan import Source
from bbbd.composing.tools import MEDIA_ALONE, ToolFailed, ffmpeg, probe, run_tool
from bbbd.history.happenings import History, MediaKept
from bbbd.recordings.uploaded_media import (
    MEDIA,
    TRACK_NAME,
    StoredUpload,
    directory_of,
    read_upload,
    read_uploads,
)
from bbbd.storage.disk import Disk

#: Kinds of tracks that are sound, and those that are a screen's.
SOUND, SCREEN = ("microphone", "screenSound"), "screen"
#: Files that other servers have.
_OTHERS = (".webm", ".opus", ".ogg", ".wav", ".mkv", ".mp4")


class KeptTrack(NamedTuple):
    """A file as the history tells of it: whose, of what, and the stretches in which it was kept."""

    file: str
    user: str
    track: str
    stretches: tuple[tuple[int, int], ...]


def kept_tracks(history: History) -> list[KeptTrack]:
    """Return the files that a history tells of, in the order of their begin."""
    found: dict[str, tuple[str, str, list[tuple[int, int]]]] = {}
    begun: dict[str, int] = {}
    for one in history.happenings:
        if not isinstance(one, MediaKept):
            continue
        if one.on:
            found.setdefault(one.file, (one.user, one.track, []))
            begun[one.file] = one.at
        elif one.file in begun:
            found[one.file][2].append((begun.pop(one.file), one.at))
    for file, at in begun.items():
        found[file][2].append((at, history.end))
    return [KeptTrack(file, user, track, tuple(stretches)) for file, (user, track, stretches) in found.items()]


def place_of(raw: Path, track: KeptTrack) -> Path:
    """Return where a file is in the end, without its ending."""
    if track.track in SOUND:
        return raw / "audio" / track.file
    return raw / "deskshare" / track.file if track.track == SCREEN else raw / "video" / raw.name / track.file


def convert_all(
    disk: Disk, raw: Path, tracks: Iterable[KeptTrack], faults: list[str], went_on: Callable[[], None]
) -> list[tuple[KeptTrack, Source]]:
    """Convert what is not yet converted, and return what can be used; ``faults`` is told what cannot."""
    found: list[tuple[KeptTrack, Source]] = []
    for track in tracks:
        went_on()
        if _is_empty(raw, track.file):
            continue
        try:
            path, spans = _converted(disk, raw, track)
        except (ToolFailed, UnreadableMedia) as fault:
            faults.append(f"a {track.track} is left out: {track.file} {fault}")
            continue
        found.append((track, Source(track.user, str(path), spans)))
    return found


def _converted(disk: Disk, raw: Path, track: KeptTrack) -> tuple[Path, tuple[Span, ...]]:
    base = place_of(raw, track)
    ready, clock = base.with_name(f"{base.name}.webm"), base.with_name(f"{base.name}.clock.json")
    if (upload := upload_of(raw, track.file)) is not None:
        # Of one that is not complete there may be more than when it was converted.
        return ready, _convert_upload(disk, raw, upload, track, ready, clock)
    if ready.exists() and clock.exists():
        return ready, tuple(Span(*one) for one in json.loads(clock.read_bytes()))
    for place in (raw / "audio", raw / "video" / raw.name):
        if (kept := place / f"{track.file}.mjr").exists():
            return ready, _convert(disk, kept, ready, clock)
    for ending in _OTHERS:
        # Another server's: its clock is what its events say.
        if (other := base.with_name(f"{base.name}{ending}")).exists():
            begin, length = track.stretches[0][0], probe(other)[0]
            return other, (Span(0, length, begin, 1),)
    raise UnreadableMedia("is not there")


def _is_empty(raw: Path, file: str) -> bool:
    """Return whether a track is one of a file that ended before its browser had handed out anything."""
    found = TRACK_NAME.fullmatch(file)
    upload = read_upload(raw, found[1]) if found else None
    return upload is not None and upload.head.size == 0


def upload_of(raw: Path, file: str) -> StoredUpload | None:
    """Return the upload that has a track, None if there is none, or none any more."""
    found = TRACK_NAME.fullmatch(file)
    if found is None or not (directory_of(raw) / f"{found[1]}{MEDIA}").exists():
        return None
    return read_upload(raw, found[1])


def _convert_upload(
    disk: Disk, raw: Path, upload: StoredUpload, track: KeptTrack, ready: Path, clock: Path
) -> tuple[Span, ...]:
    if not upload.length:
        raise UnreadableMedia("never came")
    media = directory_of(raw) / f"{upload.name}{MEDIA}"
    file = read_page_file(media)
    stream = file.sound if track.track in SOUND else file.picture
    if stream is None:
        raise UnreadableMedia("has nothing of it")
    spans = spans_of_page(file, stream, upload.slices, upload.head.started)
    length = max(span.file_end for span in spans)
    disk.mkdir(ready.parent)
    unfinished = disk.unfinished(ready.parent).with_suffix(".webm")
    try:
        # Matroska, of which WebM is a part: it takes what any browser records.
        words = [*MEDIA_ALONE, "-i", str(media), "-map", f"0:{stream}", "-c", "copy", "-f", "matroska", str(unfinished)]
        ffmpeg(*words, seconds=length / 1000)
        _put(disk, unfinished, ready, clock, spans)
    finally:
        disk.unlink(unfinished)
    return tuple(spans)


def _put(disk: Disk, unfinished: Path, ready: Path, clock: Path, spans: Iterable[Span]) -> None:
    """Give a converted file its name, once the disk has it and its clock."""
    disk.sync_file(unfinished)
    disk.replace(clock, json.dumps([list(span) for span in spans]).encode(), 0o640)
    disk.rename(unfinished, ready)
    disk.sync_directory(ready.parent)


def drop_converted(disk: Disk, raw: Path, tracks: Iterable[KeptTrack]) -> None:
    """Remove what pages sent of which all is converted. ``tracks`` are those that could be used."""
    usable = {track.file for track in tracks}
    for upload in read_uploads(raw):
        wanted = {f"{upload.name}-{kind}-0" for kind in _kinds(upload.head.kind)}
        if upload.head.size == 0 or (upload.head.size is not None and wanted <= usable):
            disk.unlink(directory_of(raw) / f"{upload.name}{MEDIA}")


def _kinds(kind: str) -> set[str]:
    """Return the kinds of files that an upload becomes."""
    return {"audio" if track in SOUND else "video" for track in kind.split("+")}


def _convert(disk: Disk, kept: Path, ready: Path, clock: Path) -> tuple[Span, ...]:
    file = read_mjr(kept)
    spans = spans_of(file)
    length = max(span.file_end for span in spans)
    disk.mkdir(ready.parent)
    first = disk.unfinished(ready.parent).with_suffix(".opus" if file.is_sound else ".webm")
    second = disk.unfinished(ready.parent).with_suffix(".webm")
    try:
        run_tool(["janus-pp-rec", "-d", "2", str(kept), str(first)], length / 1000)
        # It gives the file a length and cues, by which a moment of it is found.
        ffmpeg(*MEDIA_ALONE, "-i", str(first), "-c", "copy", "-f", "webm", str(second), seconds=length / 1000)
        made = probe(second)[0]
        if abs(made - length) > max(2000, length / 50):
            raise ToolFailed(f"should last {length / 1000:.1f} s, but lasts {made / 1000:.1f} s")
        _put(disk, second, ready, clock, spans)
    finally:
        disk.unlink(first)
        disk.unlink(second)
    disk.unlink(kept)
    return tuple(spans)

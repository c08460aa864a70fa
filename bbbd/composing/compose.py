"""Composes the films of a recording from its raw files: all sound, cameras in a grid, and shared screens.

The directory it works in has the films and their facts in the end (``presentation/films.py``). What is there already
is not made again.
"""

from __future__ import annotations

from pathlib import Path

from bbbd.composing.encoders import find_encoders
from bbbd.composing.films import CAMERA_RATE, SCREEN_RATE, FilmPieces
from bbbd.composing.loudness import write_loudness
from bbbd.composing.plan import Use, camera_pieces, screen_pieces, sound_pieces, stretches, uses_of
from bbbd.composing.raw_files import SCREEN, SOUND, convert_all, drop_converted, kept_tracks
from bbbd.composing.tools import ToolFailed, probe
from bbbd.history.happenings import History
from bbbd.presentation.films import DESKSHARE, WEBCAMS, Films, read_films, write_facts
from bbbd.presentation.timeline import Segment
from bbbd.recordings.kept_media import FACTS
from bbbd.storage.disk import Disk

#: How much is done, in percent: a file in the directory.
PROGRESS = "progress"
#: The canvas of cameras, and the largest of a screen.
CAMERAS = (640, 480)
_LARGEST_SCREEN = (1280, 720)


class Progress:
    """Writes how much is done, in percent, into a file that others read."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._done, self._told = 0, -1
        self.total = 1

    def went_on(self, milliseconds: int = 0) -> None:
        """Count what is done, and write it if it is a percent more."""
        self._done += milliseconds
        percent = min(99, self._done * 100 // self.total)
        if percent != self._told:
            self._told = percent
            self._disk.replace(self._path, b"%d\n" % percent, 0o644)


def compose(disk: Disk, raw: Path, directory: Path, history: History, segments: tuple[Segment, ...]) -> Films:
    """Make the films. Raises ``ToolFailed`` when nothing of it can be made, and ``OSError``."""
    disk.mkdir(directory)
    for place in (directory, raw / "audio", raw / "video" / raw.name, raw / "deskshare"):
        disk.sweep(place)
    if (directory / FACTS).exists():
        return read_films(directory)
    faults: list[str] = []
    progress = Progress(disk, directory / PROGRESS)
    duration = sum(segment.end - segment.begin for segment in segments)
    sources = convert_all(disk, raw, kept_tracks(history), faults, progress.went_on)
    drop_converted(disk, raw, [track for track, _source in sources])
    uses: dict[str, list[Use]] = {}
    for kind in ("sound", "camera", "screen"):
        uses[kind] = uses_of([source for track, source in sources if _kind(track.track) == kind], segments)
    if not any(uses.values()):
        raise ToolFailed("none of its files can be used" if faults else "nothing was sent while recording was on")
    sounds, cameras = sound_pieces(uses["sound"], duration), camera_pieces(uses["camera"], duration)
    screens = screen_pieces(uses["screen"], duration) if uses["screen"] else []
    progress.total = max(1, sum(piece.end - piece.begin for piece in (*sounds, *cameras, *screens)))
    films = FilmPieces(disk, directory, faults, progress.went_on)
    heard = films.sounds(sounds)
    seen = films.pictures(cameras, *CAMERAS, CAMERA_RATE)
    shown = list(zip(cameras, seen, strict=True))
    films.join(directory / WEBCAMS, duration, shown, heard)
    write_loudness(disk, directory / WEBCAMS, duration)
    encoders = find_encoders()
    if encoders.has_mp4:
        films.as_mp4(directory / WEBCAMS, duration, shown, encoders)
    width, height = 0, 0
    if screens:
        width, height = _screen_size(uses["screen"])
        shared = films.pictures(screens, width, height, SCREEN_RATE)
        shown = list(zip(screens, shared, strict=True))
        films.join(directory / DESKSHARE, duration, shown, ())
        if encoders.has_mp4:
            films.as_mp4(directory / DESKSHARE, duration, shown, encoders)
    made = Films(
        screens=tuple(stretches(screens)),
        cameras=tuple(stretches(cameras)),
        width=width,
        height=height,
        has_sound=bool(uses["sound"]),
        faults=tuple(faults),
    )
    write_facts(disk, directory, made)
    return made


def _kind(track: str) -> str:
    return "sound" if track in SOUND else "screen" if track == SCREEN else "camera"


def _screen_size(uses: list[Use]) -> tuple[int, int]:
    """Return the size of the largest screen, made smaller to fit."""
    width, height = 0, 0
    for path in dict.fromkeys(one.path for one in uses):
        _length, wide, high = probe(Path(path))
        width, height = max((width, height), (wide, high))
    part = min(1.0, _LARGEST_SCREEN[0] / max(1, width), _LARGEST_SCREEN[1] / max(1, height))
    return max(16, int(width * part) // 2 * 2), max(16, int(height * part) // 2 * 2)

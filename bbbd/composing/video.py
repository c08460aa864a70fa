"""A recording as one film: the slides or the screen that was shared, the cameras beside them, all sound, and captions.

It is made of the format ``presentation`` and its films, in pieces that a kill does not cost. Without cameras the stage
has the whole picture, without a stage the cameras have it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bbbd.composing.encoders import Encoders
from bbbd.composing.films import CAMERA_RATE, listed, write
from bbbd.composing.plan import LONGEST, SHORTEST
from bbbd.composing.stage import Still, draw
from bbbd.composing.tools import ToolFailed
from bbbd.presentation.films import DESKSHARE, WEBCAMS, Films
from bbbd.storage.disk import Disk

#: The picture, and the column of cameras beside a stage, in pixels.
SIZE, COLUMN = (1280, 720), 320
_DARK = "0x1b1b1b"


class Scene(NamedTuple):
    """A stretch of the film, in milliseconds: what is in the large place, and whether cameras are beside it.

    ``large``: ``stage``, ``screen``, or empty, where cameras have it all.
    """

    begin: int
    end: int
    large: str
    has_cameras: bool


class Caption(NamedTuple):
    """A text track: its file, and its language and label."""

    path: Path
    language: str
    label: str


def plan_scenes(stills: Sequence[Still], films: Films, duration: int) -> list[Scene]:
    """Return the scenes of a film from its begin to its end, none longer than a piece. Pure."""
    stages = [(one.begin, one.end) for one in stills if one.href]
    marks = sorted(
        {0, duration, *(at for some in (stages, films.screens, films.cameras) for pair in some for at in pair)}
    )
    found: list[Scene] = []
    begin = 0
    for first, end in pairwise(at for at in marks if 0 <= at <= duration):
        if end - begin < SHORTEST and end < duration:
            # What is shorter has what comes next.
            continue
        large = "screen" if _covers(films.screens, first) else "stage" if _covers(stages, first) else ""
        scene = Scene(begin, end, large, _covers(films.cameras, first))
        if found and found[-1][2:] == scene[2:]:
            found[-1] = found[-1]._replace(end=end)
        else:
            found.append(scene)
        begin = end
    return [
        one._replace(begin=first, end=last)
        for one in found
        for first, last in pairwise([*range(one.begin, one.end, LONGEST), one.end])
    ]


def _covers(stretches: Sequence[tuple[int, int]], at: int) -> bool:
    return any(begin <= at < end for begin, end in stretches)


class VideoMaker:
    """Makes the film of one presentation in a directory. ``films`` is the directory of its films, if it has any."""

    def __init__(
        self,
        disk: Disk,
        directory: Path,
        presentation: Path,
        films: Path | None,
        encoders: Encoders,
        went_on: Callable[[int], None],
    ) -> None:
        self._disk = disk
        self._directory = directory
        self._presentation = presentation
        self._films = films
        self._encoders = encoders
        self._went_on = went_on
        #: What is left out.
        self.faults: list[str] = []

    def make(
        self, target: Path, duration: int, stills: Sequence[Still], facts: Films, captions: Sequence[Caption]
    ) -> None:
        """Write the film. Raises ``ToolFailed`` and ``OSError``."""
        self._disk.mkdir(self._directory)
        self._disk.sweep(self._directory)
        pieces = [
            (self._piece(scene, stills), scene.end - scene.begin) for scene in plan_scenes(stills, facts, duration)
        ]
        words = listed(self._disk, self._directory, "video", pieces)
        maps, sound, place = ["-map", "0:v"], [], 1
        if self._films is not None and facts.has_sound:
            words += ["-i", str(self._films / WEBCAMS)]
            maps += ["-map", f"{place}:a"]
            sound, place = self._encoders.sound(), place + 1
        texts: list[str] = []
        for number, one in enumerate(captions):
            words += ["-i", str(one.path)]
            maps += ["-map", f"{place + number}:s"]
            texts += [
                f"-metadata:s:s:{number}",
                f"language={one.language}",
                f"-metadata:s:s:{number}",
                f"title={one.label}",
            ]
        if captions:
            texts += ["-c:s", "mov_text" if self._encoders.has_mp4 else "webvtt"]
        ending = ["-movflags", "+faststart"] if self._encoders.has_mp4 else []
        words += [
            *maps,
            "-c:v",
            "copy",
            *sound,
            *texts,
            "-t",
            f"{duration / 1000:.3f}",
            *ending,
            "-fflags",
            "+bitexact",
        ]
        write(self._disk, target, words, duration)

    def _piece(self, scene: Scene, stills: Sequence[Still]) -> Path:
        shown = [one for one in stills if one.begin < scene.end and scene.begin < one.end]
        files = [path.stat().st_mtime_ns for path in self._sources if path.exists()]
        # All that it is made of: what another plan made is not taken for it.
        name = sha256(repr((scene, [(one[:2], one.look) for one in shown], files)).encode()).hexdigest()[:32]
        path = self._directory / f"{name}{self._encoders.film}"
        if not path.exists():
            self._write_piece(path, scene, shown)
        self._went_on(scene.end - scene.begin)
        return path

    @property
    def _sources(self) -> list[Path]:
        return [self._films / name for name in (WEBCAMS, DESKSHARE)] if self._films is not None else []

    def _write_piece(self, path: Path, scene: Scene, shown: Sequence[Still]) -> None:
        length = scene.end - scene.begin
        cut = ["-ss", f"{scene.begin / 1000:.3f}", "-t", f"{length / 1000:.3f}"]
        width, height = SIZE[0] - (COLUMN if scene.has_cameras else 0), SIZE[1]
        inputs: list[str] = []
        graph: list[str] = []
        parts: list[str] = []
        if scene.large == "stage":
            inputs += self._still_list(scene, shown, (width, height))
        elif scene.large:
            assert self._films is not None
            inputs += [*cut, "-i", str(self._films / DESKSHARE)]
        if scene.large:
            graph.append(f"[0:v]{_fitted(width, height)}[large]")
            parts.append("[large]")
        if scene.has_cameras:
            assert self._films is not None
            inputs += [*cut, "-i", str(self._films / WEBCAMS)]
            graph.append(f"[{len(parts)}:v]{_fitted(*((COLUMN, SIZE[1]) if scene.large else SIZE))}[small]")
            parts.append("[small]")
        if not parts:
            graph.append(f"color=c={_DARK}:s={SIZE[0]}x{SIZE[1]}:r={CAMERA_RATE}[large]")
            parts.append("[large]")
        joined = f"hstack=inputs={len(parts)}," if len(parts) > 1 else ""
        graph.append(f"{''.join(parts)}{joined}tpad=stop=-1:stop_mode=clone[out]")
        words = [*inputs, "-filter_complex", ";".join(graph), "-map", "[out]", *self._encoders.picture()]
        words += ["-r", str(CAMERA_RATE), "-g", str(10 * CAMERA_RATE), "-an", "-t", f"{length / 1000:.3f}"]
        write(self._disk, path, words, length)

    def _still_list(self, scene: Scene, shown: Sequence[Still], size: tuple[int, int]) -> list[str]:
        pictures = [(self._picture(one, size), min(one.end, scene.end) - max(one.begin, scene.begin)) for one in shown]
        # The last picture has its length only if it comes again.
        return listed(self._disk, self._directory, "stills", [*pictures, (pictures[-1][0], 0)])

    def _picture(self, still: Still, size: tuple[int, int]) -> Path:
        path = self._directory / f"{still.look}-{size[0]}.png"
        if not path.exists():
            try:
                draw(self._disk, still, self._presentation, path, size)
            except ToolFailed as fault:
                if not self.faults:
                    self.faults.append(f"video: drawings are left out: {fault}")
                draw(self._disk, still._replace(drawings=()), self._presentation, path, size)
        return path


def _fitted(width: int, height: int) -> str:
    """Return the filter that fits a picture into a place, at the film's rate."""
    fit = f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    return f"fps={CAMERA_RATE},{fit},pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:color={_DARK},setsar=1"

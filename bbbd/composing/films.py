"""Writes the films of a recording: pieces first, each a file of its own that a kill does not cost, then the whole.

The sound of a piece is FLAC, which loses nothing and is as long as the piece to a sample; pictures are VP8. A piece has
the name of all that it is made of, so what another plan made is not taken for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from bbbd.composing.encoders import Encoders
from bbbd.composing.plan import Piece, Use, grid
from bbbd.composing.tools import MEDIA_ALONE, ToolFailed, ffmpeg
from bbbd.presentation.films import WEBCAMS
from bbbd.storage.disk import Disk

#: Pictures a second of cameras, of a screen, and of nothing; samples a second.
CAMERA_RATE, SCREEN_RATE, EMPTY_RATE, SAMPLES = 15, 10, 1, 48_000
_DARK = "0x1b1b1b"
#: What levels the loudness of all who spoke.
_LEVEL = "dynaudnorm=f=400:g=21:p=0.8:m=8,alimiter=limit=0.9:level=disabled"


class FilmPieces:
    """The films of one recording, made in a directory. ``went_on`` hears of each piece, with its milliseconds."""

    def __init__(self, disk: Disk, directory: Path, faults: list[str], went_on: Callable[[int], None]) -> None:
        self._disk = disk
        self._directory = directory
        self._faults = faults
        self._went_on = went_on

    def sounds(self, pieces: Sequence[Piece]) -> list[Path]:
        """Return the pieces of the sound, made if they are not there."""
        return [self._piece(piece, ".flac", self._sound) for piece in pieces]

    def pictures(self, pieces: Sequence[Piece], width: int, height: int, rate: int) -> list[Path]:
        """Return the pieces of pictures, made if they are not there: each shows its uses in a grid."""

        def make(piece: Piece, path: Path) -> None:
            self._picture(piece, path, width, height, rate)

        return [self._piece(piece, f"-{width}x{height}.webm", make) for piece in pieces]

    def _piece(self, piece: Piece, ending: str, make: Callable[[Piece, Path], None]) -> Path:
        # The server's files have their own names for ever, so the plan says all.
        relative = [one._replace(path=Path(one.path).name) for one in piece.uses]
        path = self._directory / f"{_digest(piece.end - piece.begin, relative)}{ending}"
        if not path.exists():
            unfinished = self._disk.unfinished(self._directory).with_suffix(path.suffix)
            try:
                self._make_with_what_works(piece, unfinished, make)
                self._disk.sync_file(unfinished)
                self._disk.rename(unfinished, path)
            finally:
                self._disk.unlink(unfinished)
        self._went_on(piece.end - piece.begin)
        return path

    def _make_with_what_works(self, piece: Piece, path: Path, make: Callable[[Piece, Path], None]) -> None:
        """Make a piece; if that fails, without the files that cannot be read. Raises ``ToolFailed``."""
        try:
            make(piece, path)
        except ToolFailed:
            good = tuple(one for one in piece.uses if self._can_be_read(one))
            if len(good) == len(piece.uses):
                raise
            make(piece._replace(uses=good), path)

    def _can_be_read(self, one: Use) -> bool:
        try:
            ffmpeg(*_input(one), "-f", "null", "-", seconds=(one.end - one.begin) / 1000)
        except ToolFailed as fault:
            name, begin = Path(one.path).name, one.begin / 1000
            self._faults.append(f"{name} is left out from {begin:.0f} s to {one.end / 1000:.0f} s: {fault}")
            return False
        return True

    def _sound(self, piece: Piece, path: Path) -> None:
        length = piece.end - piece.begin
        samples = length * SAMPLES // 1000
        inputs: list[str] = []
        graph: list[str] = []
        for place, one in enumerate(piece.uses):
            inputs += _input(one)
            # The sender's clock and the server's differ by a few samples in a million. What resamples from the begin on
            # goes on when it first has to stretch; what begins only then would begin again with the time 0.
            steps = [f"aresample={SAMPLES}:async=1000:first_pts=0:flags=res", "aformat=channel_layouts=mono"]
            if one.rate != 1:
                steps += [f"asetrate={round(SAMPLES / one.rate)}", f"aresample={SAMPLES}"]
            steps += [f"adelay={max(0, round(one.begin - piece.begin))}", f"apad=whole_len={samples}"]
            graph.append(f"[{place}:a:0]{','.join(steps)}[s{place}]")
        if piece.uses:
            mixed = "".join(f"[s{place}]" for place in range(len(piece.uses)))
            graph.append(
                f"{mixed}amix=inputs={len(piece.uses)}:normalize=0:duration=longest,atrim=end_sample={samples}[out]"
            )
        else:
            graph.append(f"anullsrc=r={SAMPLES}:cl=mono,atrim=end_sample={samples}[out]")
        words = ["-filter_complex", ";".join(graph), "-map", "[out]", "-c:a", "flac", "-sample_fmt", "s16"]
        ffmpeg(*inputs, *words, str(path), seconds=length / 1000)

    def _picture(self, piece: Piece, path: Path, width: int, height: int, rate: int) -> None:
        length = piece.end - piece.begin
        shown = rate if piece.uses else EMPTY_RATE
        inputs: list[str] = []
        graph = [f"color=c={_DARK}:s={width}x{height}:r={shown}:d={length / 1000:.3f}[b0]"]
        for place, (one, tile) in enumerate(zip(piece.uses, grid(len(piece.uses), width, height), strict=True)):
            # A picture's size changes with the network; the filters go on.
            inputs += ["-reinit_filter", "0", *_input(one)]
            # The film has the picture that is nearest, not the one before.
            late = max(0.0, one.begin - piece.begin) / 1000 - 0.5 / shown
            fit = f"scale={tile.width}:{tile.height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
            graph.append(f"[{place}:v:0]setpts=PTS*{one.rate:.9f}+({late:.4f})/TB,{fit},setsar=1[v{place}]")
            where = f"x={tile.x}+({tile.width}-overlay_w)/2:y={tile.y}+({tile.height}-overlay_h)/2"
            graph.append(f"[b{place}][v{place}]overlay={where}:eof_action=repeat[b{place + 1}]")
        words = ["-filter_complex", ";".join(graph), "-map", f"[b{len(piece.uses)}]", "-t", f"{length / 1000:.3f}"]
        kilobits = min(250 + 150 * len(piece.uses), 1200) * (2 if rate == SCREEN_RATE else 1)
        words += ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "6", "-threads", "2", "-crf", "12"]
        words += ["-b:v", f"{kilobits}k", "-g", str(10 * shown), "-pix_fmt", "yuv420p"]
        ffmpeg(*inputs, *words, str(path), seconds=length / 1000)

    def join(self, target: Path, duration: int, pictures: Sequence[tuple[Piece, Path]], sounds: Sequence[Path]) -> None:
        """Write a whole film of its pieces. Its sound is levelled; without ``sounds`` it has none."""
        words = self._listed("pictures", [(path, piece.end - piece.begin) for piece, path in pictures])
        if sounds:
            words += self._listed("sounds", [(path, 0) for path in sounds])
            words += ["-map", "0:v", "-map", "1:a", "-af", _LEVEL, "-c:a", "libopus", "-b:a", "48k", "-ac", "1"]
        words += ["-c:v", "copy", "-t", f"{duration / 1000:.3f}", "-fflags", "+bitexact"]
        self.write(target, words, duration)

    def as_mp4(self, film: Path, duration: int, pictures: Sequence[tuple[Piece, Path]], encoders: Encoders) -> None:
        """Write a film, whose pictures and sound there are already, as MP4 beside it, piece by piece."""
        rate = CAMERA_RATE if film.name == WEBCAMS else SCREEN_RATE
        lengths = [(path, piece.end - piece.begin) for piece, path in pictures]
        made = [(self._recoded(path, length, encoders, rate), length) for path, length in lengths]
        words = self._listed("recoded", made)
        if film.name == WEBCAMS:
            words += ["-i", str(film), "-map", "0:v", "-map", "1:a", *encoders.sound()]
        words += ["-c:v", "copy", "-t", f"{duration / 1000:.3f}", "-movflags", "+faststart", "-fflags", "+bitexact"]
        self.write(film.with_suffix(".mp4"), words, duration)

    def _recoded(self, piece: Path, length: int, encoders: Encoders, rate: int) -> Path:
        path = piece.with_suffix(".mp4")
        if not path.exists():
            # Files that are joined have one rate, though pieces without anybody are slow.
            self.write(path, ["-i", str(piece), "-an", *encoders.picture(), "-r", str(rate)], length)
        return path

    def _listed(self, name: str, pieces: Sequence[tuple[Path, int]]) -> list[str]:
        return listed(self._disk, self._directory, name, pieces)

    def write(self, target: Path, words: Sequence[str], duration: int) -> None:
        """Have ffmpeg write a file, which has its name once it is whole."""
        write(self._disk, target, words, duration)


def listed(disk: Disk, directory: Path, name: str, pieces: Sequence[tuple[Path, int]]) -> list[str]:
    """Return the words by which ffmpeg reads files of a directory one after the other, each so long if that is told."""
    lines = ["ffconcat version 1.0"]
    for path, length in pieces:
        lines.append(f"file {path.relative_to(directory)}")
        lines += [f"duration {length / 1000:.6f}"] if length else []
    path = directory / f"{name}.ffconcat"
    disk.replace(path, ("\n".join(lines) + "\n").encode())
    return ["-f", "concat", "-safe", "0", "-i", str(path)]


def write(disk: Disk, target: Path, words: Sequence[str], duration: int) -> None:
    """Have ffmpeg write a file of so many milliseconds, which has its name once it is whole. Raises ``ToolFailed``."""
    unfinished = disk.unfinished(target.parent).with_suffix(target.suffix)
    try:
        ffmpeg(*words, str(unfinished), seconds=duration / 1000)
        disk.chmod(unfinished, 0o644)
        disk.sync_file(unfinished)
        disk.rename(unfinished, target)
    finally:
        disk.unlink(unfinished)


def _digest(length: int, uses: object) -> str:
    return sha256(repr((length, uses)).encode()).hexdigest()[:32]


def _input(one: Use) -> list[str]:
    """Return the words by which ffmpeg reads a part of a file."""
    length = (one.end - one.begin) / one.rate / 1000
    return ["-ss", f"{max(0.0, one.file_begin) / 1000:.3f}", "-t", f"{length:.3f}", *MEDIA_ALONE, "-i", one.path]

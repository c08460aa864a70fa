"""A silent film as long as a recording: the clock of BigBlueButton's player, which plays nothing without a media file.

One picture and one packet of silence are encoded, and repeated for as long as the recording is. So the film takes
little time and space: it is dark, has a frame a second, and can be sought to any of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING

from bbbd.storage.disk import Disk

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.stream import Stream

#: The path of the film in a recording.
FILM = "video/webcams.webm"
_WIDTH, _HEIGHT = 320, 240
#: Y, U and V of the picture.
_DARK = (32, 128, 128)
_FRAME = 1000
#: Milliseconds of a packet of silence, and samples a second.
_PACKET, _RATE = 120, 48_000
_MILLISECOND = Fraction(1, 1000)


class NoMediaLibrary(Exception):
    """PyAV is not installed: bbbd's extra ``media`` brings it."""


def write_film(disk: Disk, directory: Path, duration: int) -> None:
    """Write the film of a recording, ``duration`` milliseconds long. Raises ``NoMediaLibrary`` and ``OSError``."""
    try:
        import av  # noqa: PLC0415 - a library that need not be there, of a hundred megabytes
    except ImportError:
        raise NoMediaLibrary("PyAV is not installed (pip install 'bbbd[media]')") from None
    path = directory / FILM
    disk.mkdir(path.parent, 0o755)
    with (
        disk.preparing(path.parent, 0o644) as (unfinished, descriptor),
        os.fdopen(os.dup(descriptor), "wb") as file,
        # Without "bitexact" the muxer would draw random numbers, and each rebuild make another film.
        av.open(file, "w", format="webm", options={"fflags": "+bitexact"}) as film,
    ):
        picture, silence = _streams(film)
        packets = merge(
            _repeated(*picture, _FRAME, duration),
            _repeated(*silence, _PACKET, duration),
            key=lambda one: (one[0], one[1].index),
        )
        for begin, stream, data, length in packets:
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = stream, _MILLISECOND, True
            packet.pts, packet.dts, packet.duration = begin, begin, length
            film.mux_one(packet)
    disk.rename(unfinished, path)


def _streams(film: OutputContainer) -> tuple[tuple[Stream, bytes], tuple[Stream, bytes]]:
    """Add both streams to a film, and return each with the packet that is repeated."""
    import av  # noqa: PLC0415 - as above

    pictures = film.add_stream("libvpx", rate=1, options={"deadline": "realtime", "threads": "1"})
    pictures.width, pictures.height, pictures.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
    dark = av.VideoFrame(_WIDTH, _HEIGHT, "yuv420p")
    for plane, value in zip(dark.planes, _DARK, strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    dark.pts = 0
    picture = bytes(pictures.encode(dark)[0])
    sounds = film.add_stream(
        "libopus", rate=_RATE, layout="mono", options={"frame_duration": str(_PACKET), "b": "6000"}
    )
    quiet = av.AudioFrame(format="flt", layout="mono", samples=_RATE * _PACKET // 1000)
    quiet.sample_rate = _RATE
    quiet.planes[0].update(bytes(quiet.planes[0].buffer_size))
    packets: list[bytes] = []
    while len(packets) < 2:
        quiet.pts = len(packets) * quiet.samples
        packets += [bytes(packet) for packet in sounds.encode(quiet)]
    return (pictures, picture), (sounds, packets[1])


def _repeated(stream: Stream, data: bytes, length: int, duration: int) -> Iterator[tuple[int, Stream, bytes, int]]:
    """Give a packet again and again until the film ends: its begin, stream, data and length in milliseconds."""
    for begin in range(0, max(duration, 1), length):
        yield begin, stream, data, min(length, duration - begin)

"""A clapper, in files of Janus and in films: a tone and a white picture whenever the clock is at whole two seconds.

``hold`` writes the raw files of a meeting that never was, as long as one likes, with senders whose clocks drift; and
``claps`` finds the claps in a film.
"""

from __future__ import annotations

import array
import fractions
import io
import json
import math
import struct
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import av
import msgspec
from golden_files import CREATED

from bbbd.meetings.event import Ended, EndReason, Event, Joined, Registered
from bbbd.meetings.journal_format import Line, write_head, write_line
from bbbd.meetings.media import MediaKept, TrackKind
from bbbd.meetings.recording import RecordingMarked
from bbbd.recordings.uploaded_media import Slice, UploadHead, slice_line
from bbbd.values.enums import GuestStatus, Role

#: Milliseconds between two claps, of a tone, and of a flash.
EVERY, TONE, FLASH = 2000, 100, 200
#: When the meeting begins: a clap.
BEGUN = CREATED.create_time // EVERY * EVERY
#: Milliseconds of a packet of sound, and of a picture.
_PACKET, _PICTURE = 20, 100


@cache
def _sound() -> tuple[list[bytes], list[bytes]]:
    """Return the packets of two seconds: the first two seconds of a stream, and those that follow again and again."""
    coder = av.CodecContext.create("libopus", "w")
    coder.sample_rate, coder.layout, coder.format, coder.bit_rate = 48_000, "mono", "s16", 24_000
    packets: list[bytes] = []
    for number in range(4 * EVERY // _PACKET):
        at = number * _PACKET % EVERY
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        height = 12_000 if at < TONE else 0
        samples = array.array("h", (int(height * math.sin(0.13 * one)) for one in range(960)))
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, fractions.Fraction(1, 48_000)
        packets += [bytes(one) for one in coder.encode(frame)]
    each = EVERY // _PACKET
    return packets[:each], packets[each : 2 * each]


@cache
def _pictures() -> list[bytes]:
    """Return the pictures of two seconds, the first and the first dark one whole."""
    coder = av.CodecContext.create("libvpx", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = 160, 96, "yuv420p", fractions.Fraction(1, 10)
    coder.options = {"deadline": "realtime", "lag-in-frames": "0"}
    found: list[bytes] = []
    for number in range(EVERY // _PICTURE):
        frame = av.VideoFrame(160, 96, "yuv420p")
        bright = 235 if number * _PICTURE < FLASH else 40
        for plane, value in zip(frame.planes, (bright, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = number
        found += [bytes(one) for one in coder.encode(frame)]
    return found


def _mjr(kind: str, begun: float, packets: Iterator[tuple[float, int, bytes]]) -> Iterator[bytes]:
    """Give the pieces of a file of Janus: each packet with its arrival, its RTP stamp and what it holds."""
    head = json.dumps(
        {"t": kind, "c": "opus" if kind == "a" else "vp8", "s": int(begun * 1000), "u": int(begun * 1000)}
    )
    yield b"MJR00002" + len(head).to_bytes(2) + head.encode()
    for number, (came, stamp, data) in enumerate(packets):
        marker = 0x80 if kind == "v" else 0
        packet = struct.pack(">BBHII", 0x80, marker | 96, number & 0xFFFF, stamp & 0xFFFFFFFF, 7)
        packet += b"\x10" + data if kind == "v" else data
        yield struct.pack(">4sIH", b"MEET", max(0, round(came)), len(packet)) + packet


def _sent(kind: str, begin: int, end: int, drift: float) -> Iterator[tuple[float, int, bytes]]:
    """Give the packets that somebody sends from a clap on, by a clock that is too fast or too slow."""
    step, rate = (_PACKET, 48) if kind == "a" else (_PICTURE, 90)
    assert begin % EVERY == 0
    for number in range((end - begin) // step):
        at = number * step
        place = at % EVERY // step
        if kind == "a":
            first, later = _sound()
            data = (first if at < EVERY else later)[place]
        else:
            data = _pictures()[place]
        # The network takes up to 40 ms.
        yield at + number * 7 % 40, round(at * rate * (1 + drift)), data


def hold(
    directory: Path,
    marks: list[tuple[int, int]],
    senders: dict[str, tuple[str, float]],
    *,
    until: int,
    kept: bool = True,
    whole: bool = False,
    pages: bool = False,
    more: Sequence[tuple[int, Event]] = (),
) -> Path:
    """Write raw files, and return their directory. ``marks``: when recording was on, in milliseconds of the meeting.
    ``more`` happened besides.

    ``senders`` have the kinds of what they send (``microphone camera``) and the drift of their clock. With ``whole``
    their files have the pauses too. With ``pages`` their pages recorded them, and sent one file each.
    """
    raw = directory / f"{CREATED.internal_id.rpartition('-')[0]}-{BEGUN}"
    raw.mkdir(parents=True, exist_ok=True)
    happened: list[tuple[int, Event]] = list(more)
    for user in senders:
        session = Registered(
            token=user, auth_token=user, user=user, external_id=user, name=user, role=Role.MODERATOR,
            guest=False, status=GuestStatus.ALLOW,
        )  # fmt: skip
        happened += [(1, session), (2, Joined(token=user))]
    for on, off in marks:
        happened += [(on, RecordingMarked(on=True)), (off, RecordingMarked(on=False))]
    for on, off in [(marks[0][0], marks[-1][1])] if whole else marks:
        for user, (kinds, drift) in senders.items():
            if pages and kinds:
                write_upload(
                    raw, f"{raw.name}_{user}_{BEGUN + on}", kinds, BEGUN + on // EVERY * EVERY, off - on, drift
                )
            for line, kind in enumerate(map(TrackKind, kinds.split())):
                letter, medium = ("a", "audio") if kind.is_sound else ("v", "video")
                ending = "0.webm" if pages else f"{line}.mjr"
                file = f"{raw.name}_{user}_{BEGUN + on}-{medium}-{ending}"
                begin = on // EVERY * EVERY
                happened.append((on, MediaKept(user=user, track=kind, file=file, start=BEGUN + on)))
                happened.append((off, MediaKept(user=user, track=kind, file=file, start=BEGUN + on, end=BEGUN + off)))
                if pages:
                    continue
                place = raw / "audio" if kind.is_sound else raw / "video" / raw.name
                place.mkdir(parents=True, exist_ok=True)
                with (place / file).open("wb") as opened:
                    for piece in _mjr(letter, BEGUN + begin, _sent(letter, begin, off, drift)) if kept else ():
                        opened.write(piece)
    happened.append((until, Ended(why=EndReason.API)))
    created = CREATED.__class__(**{
        **{name: getattr(CREATED, name) for name in CREATED.__struct_fields__}, "internal_id": raw.name,
        "create_time": BEGUN,
    })  # fmt: skip
    lines = [(0, created), *sorted(happened, key=lambda one: one[0])]
    data = write_head(raw.name)
    data += b"".join(write_line(Line(n, BEGUN + at, event)) for n, (at, event) in enumerate(lines, 1))
    (raw / "journal.jsonl").write_bytes(data)
    return raw


def write_upload(raw: Path, name: str, kinds: str, begin: int, length: int, drift: float) -> None:
    """Write what a page recorded and sent, from a clap on, in slices of two seconds that come late, each otherwise."""
    made = io.BytesIO()
    lengths: list[tuple[int, int]] = []
    with av.open(made, "w", "webm", options={"live": "1", "cluster_time_limit": "20", "flush_packets": "1"}) as file:
        streams: dict[str, Any] = {}
        for kind in map(TrackKind, kinds.split()):
            if kind.is_sound:
                streams["a"] = file.add_stream("libopus", rate=48_000, layout="mono")
            else:
                streams["v"] = file.add_stream("libvpx", rate=10, width=160, height=96, pix_fmt="yuv420p")
        sent = sorted(
            ((at, letter, stamp, data) for letter in streams
             for at, stamp, data in _sent(letter, 0, -(-length // EVERY) * EVERY + 2 * EVERY, 0)),
            key=lambda one: one[2] / (48 if one[1] == "a" else 90),
        )  # fmt: skip
        for _came, letter, stamp, data in sent:
            at = stamp / (48 if letter == "a" else 90)
            # The muxer holds back what it has to put in order.
            while at >= (len(lengths) + 1) * EVERY + 120:
                late = len(lengths) * 53 % 160
                lengths.append((made.tell(), round(begin + (len(lengths) + 1) * EVERY * (1 + drift)) + late))
            packet = av.Packet(data)
            packet.stream, packet.time_base = streams[letter], fractions.Fraction(1, 1000)
            packet.pts = packet.dts = round(at)
            packet.is_keyframe = letter == "a" or at % EVERY == 0
            file.mux(packet)
    directory = raw / "uploads"
    directory.mkdir(exist_ok=True)
    head = UploadHead(
        user="", session="", kind="+".join(kinds.split()), mime="video/webm", started=begin, begun=begin, seq=1,
        size=lengths[-1][0],
    )  # fmt: skip
    (directory / f"{name}.json").write_bytes(msgspec.json.encode(head))
    (directory / f"{name}.media").write_bytes(made.getvalue()[: lengths[-1][0]])
    (directory / f"{name}.slices").write_bytes(b"".join(slice_line(Slice(size, at, at)) for size, at in lengths))


def _decoded(path: Path, *words: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-i", str(path), *words, "-f", "rawvideo" if "-an" in words else "s16le", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _edges(levels: list[float], step: float, above: float) -> list[float]:
    """Return when a level rose, in milliseconds, at least a second apart."""
    found: list[float] = []
    for place, level in enumerate(levels):
        if level > above and (place == 0 or levels[place - 1] <= above):
            at = place * step
            if not found or at - found[-1] > EVERY / 2:
                found.append(at)
    return found


def tones(path: Path) -> list[float]:
    """Return when tones begin in a film, in milliseconds."""
    samples = array.array("h", _decoded(path, "-vn", "-ac", "1", "-ar", "8000"))
    levels = [max(map(abs, samples[place : place + 40])) for place in range(0, len(samples) - 40, 40)]
    return _edges([float(one) for one in levels], 5, max(levels, default=0) / 4)


def flashes(path: Path, place: tuple[int, int] = (0, 0), of: tuple[int, int] = (1, 1)) -> list[float]:
    """Return when a film becomes white in one of the places of a grid, in milliseconds."""
    (column, row), (columns, rows) = place, of
    crop = f"crop=iw/{columns}/2:ih/{rows}/2:iw/{columns}*{column}+iw/{columns}/4:ih/{rows}*{row}+ih/{rows}/4"
    levels = _decoded(path, "-an", "-vf", f"{crop},scale=1:1:flags=area,fps=30,format=gray")
    return _edges([float(one) for one in levels], 1000 / 30, 130)


def different_pictures(path: Path) -> int:
    """Return how many pictures a film has that differ, of two a second."""
    pictures = _decoded(path, "-an", "-vf", "fps=2,scale=32:24:flags=area,format=gray")
    return len({pictures[begin : begin + 768] for begin in range(0, len(pictures), 768)})


def offsets(found: list[float], segments: list[tuple[int, int]]) -> list[float]:
    """Return how late each clap of a recording is, in milliseconds; ``segments`` are those of the meeting."""
    lateness: list[float] = []
    for at in found:
        before = 0.0
        for begin, end in segments:
            if at < before + end - begin:
                moment = begin + at - before
                lateness.append((moment + EVERY / 2) % EVERY - EVERY / 2)
                break
            before += end - begin
    return lateness

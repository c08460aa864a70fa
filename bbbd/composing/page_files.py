"""Reads what a page recorded and sent: its packets, and by which clock they are timed.

A browser hands out its recording in slices, and the page says of each when it got it, by the server's clock. All that a
slice holds was recorded before, so a slice that came late tells less than one that came at once: the same as with the
packets of Janus. Their times in the file are those of the browser's own clock, and so drift.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from bbbd.composing.clock import Span, fitted
from bbbd.composing.mjr import Packet, UnreadableMedia
from bbbd.composing.tools import MEDIA_ALONE, ToolFailed, tool_lines
from bbbd.recordings.uploaded_media import Slice

#: Milliseconds that the last packet lasts; of a jump of the browser's clock; from which on its drift is believed.
_LAST, _JUMP, _SEEN = 20, 1500, 300_000
#: Packets of one file: those of sound and pictures of half a day, of sound alone of a day.
MOST_PACKETS = 4_000_000
#: Slices, of which the one that came soonest tells a jump.
_SOON = 4


class FilePacket(NamedTuple):
    """A packet: the number of its track, its time in the file (milliseconds), and where it begins in the file."""

    stream: int
    at: float
    place: int


class PageFile(NamedTuple):
    """What a page sent: the numbers of its sound and its picture, None without, and its packets as they lie there."""

    sound: int | None
    picture: int | None
    packets: list[FilePacket]


def read_page_file(path: Path) -> PageFile:
    """Return what a file holds, as far as it goes. Raises ``UnreadableMedia``."""
    entries = "stream=index,codec_type:packet=stream_index,pts_time,dts_time,pos"
    words = ["ffprobe", "-v", "error", *MEDIA_ALONE, "-show_entries", entries, "-of", "compact=p=1:nk=0", str(path)]
    kinds: dict[str, int] = {}
    packets: list[FilePacket] = []
    try:
        for line in tool_lines(words):
            section, *fields = line.decode("utf-8", "replace").rstrip().split("|")
            named = dict(field.partition("=")[::2] for field in fields)
            if section == "stream" and named.get("index", "").isdigit():
                kinds.setdefault(named.get("codec_type", ""), int(named["index"]))
            elif section == "packet" and (packet := _packet(named)) is not None:
                packets.append(packet)
                if len(packets) > MOST_PACKETS:
                    raise UnreadableMedia("has more packets than a day of speech")
    except ToolFailed as fault:
        raise UnreadableMedia(str(fault)) from None
    if not packets:
        raise UnreadableMedia("has no packets")
    return PageFile(kinds.get("audio"), kinds.get("video"), sorted(packets, key=lambda one: one.place))


def _packet(named: dict[str, str]) -> FilePacket | None:
    time = named.get("pts_time", "N/A")
    if time == "N/A":
        time = named.get("dts_time", "N/A")
    try:
        return FilePacket(int(named["stream_index"]), float(time) * 1000, int(named["pos"]))
    except (KeyError, ValueError):
        return None


def spans_of_page(file: PageFile, stream: int, slices: Sequence[Slice], started: int) -> list[Span]:
    """Return the spans of one track, whose time in its own file begins at 0. ``started`` counts where nothing tells."""
    own = [one.at for one in file.packets if one.stream == stream]
    if not own:
        raise UnreadableMedia("has nothing of it")
    first, last = min(own), max(own) + _LAST
    points = _points(file, slices)
    if not points:
        return [Span(0, last - first, started + first, 1)]
    parts = _steady(points)
    found: list[Span] = []
    for place, part in enumerate(parts):
        begin = first if place == 0 else max(first, parts[place - 1][-1].captured)
        end = last if place == len(parts) - 1 else min(last, part[-1].captured)
        if end > begin:
            offset, drift = _fit(part)
            found.append(Span(begin - first, end - first, begin + offset + drift * begin, 1 + drift))
    return found


def _points(file: PageFile, slices: Sequence[Slice]) -> list[Packet]:
    """Return when each slice came, and the last moment of the file that it has."""
    places = [one.place for one in file.packets]
    latest = list(accumulate((one.at for one in file.packets), max))
    points: list[Packet] = []
    for one in slices:
        known = bisect.bisect_left(places, one.length)
        if one.recorded and known and (not points or latest[known - 1] > points[-1].captured):
            points.append(Packet(one.recorded, latest[known - 1]))
    return points


def _steady(points: Sequence[Packet]) -> list[Sequence[Packet]]:
    """Return slices cut where the browser's clock jumped, as when the device slept: not where one came late."""
    cuts: list[int] = []
    begin = 0
    for place in range(1, len(points)):
        before = min(one.came - one.captured for one in points[max(begin, place - _SOON) : place])
        after = min(one.came - one.captured for one in points[place : place + _SOON])
        if abs(after - before) > _JUMP and place - begin > 1:
            cuts.append(place)
            begin = place
    return [points[one:other] for one, other in pairwise([0, *cuts, len(points)])]


def _fit(points: Sequence[Packet]) -> tuple[float, float]:
    """Return the offset of the browser's clock at the file's begin, and its drift."""
    if points[-1].captured - points[0].captured >= _SEEN:
        return fitted(points)
    return min(one.came - one.captured for one in points), 0.0

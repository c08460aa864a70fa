"""The clocks of senders: which moment of a file is which moment of the server's clock.

A packet is late by what the network took, never early; so of the packets of each second the one that took least tells
the time. Senders' clocks drift: over a minute or more the drift is seen, and taken out. Where a sender's clock jumped
(a device was changed, a page slept) a new span begins, as after a hole without packets.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import median
from typing import NamedTuple

from bbbd.composing.mjr import KeptFile, Packet

#: Milliseconds of a window, of a jump that counts, and from which length on a drift is believed.
_WINDOW, _JUMP, _SEEN = 1000, 120, 60_000
#: Windows within which a queue is empty again. No network holds sound back for longer.
_QUEUED = 30
#: Points that are compared with each other for a drift.
_MOST_POINTS = 200
#: The largest drift that a clock has; more is no drift.
_MOST_DRIFT = 0.002
#: Milliseconds without packets after which a span ends: of sound, and of pictures.
SOUND_HOLE, PICTURE_HOLE = 5000, 4000
#: Milliseconds for which the last packet of a span lasts.
_SOUND_LAST, _PICTURE_LAST = 20, 100


class Span(NamedTuple):
    """A stretch of a file: where it begins and ends in the file, and on the server's clock. Milliseconds."""

    file_begin: float
    file_end: float
    begin: float
    rate: float

    @property
    def end(self) -> float:
        """When it ends on the server's clock."""
        return self.begin + (self.file_end - self.file_begin) * self.rate

    def file_time(self, at: float) -> float:
        """Return the moment of the file that a moment of the server's clock is."""
        return self.file_begin + (at - self.begin) / self.rate


class _Window(NamedTuple):
    """A second of packets: the least delay in it, and the moment in the file that had it."""

    at: float
    delay: float
    first: int
    last: int


def spans_of(file: KeptFile) -> list[Span]:
    """Return the spans of a file, in their order."""
    hole, last = (SOUND_HOLE, _SOUND_LAST) if file.is_sound else (PICTURE_HOLE, _PICTURE_LAST)
    found: list[Span] = []
    for run in _runs(file.packets, hole):
        for part in _steady(run):
            begin, end = min(one.captured for one in part), max(one.captured for one in part) + last
            offset, drift = _fit(_windows(part))
            found.append(Span(begin, end, file.begun + begin + offset + drift * begin, 1 + drift))
    return found


def _runs(packets: Sequence[Packet], hole: int) -> list[Sequence[Packet]]:
    """Return packets cut where none came for some time."""
    cuts = [place for place, (one, next_one) in enumerate(pairwise(packets), 1) if next_one.came - one.came >= hole]
    return [packets[begin:end] for begin, end in pairwise([0, *cuts, len(packets)])]


def _windows(packets: Sequence[Packet]) -> list[_Window]:
    windows: list[_Window] = []
    begin = 0
    for place in range(1, len(packets) + 1):
        if place == len(packets) or packets[place].came - packets[begin].came >= _WINDOW:
            best = min(packets[begin:place], key=lambda one: one.came - one.captured)
            windows.append(_Window(best.captured, best.came - best.captured, begin, place))
            begin = place
    return windows


def fitted(packets: Sequence[Packet]) -> tuple[float, float]:
    """Return the offset of a clock at the begin of ``captured``, and its drift."""
    return _fit(_windows(packets))


def _steady(packets: Sequence[Packet]) -> list[Sequence[Packet]]:
    """Return packets cut where the sender's clock jumped, and stayed so.

    Packets that wait in a queue look like a jump, but the queue empties again: then the delay is what it was before.
    """
    windows = _windows(packets)
    cuts: list[int] = []
    for place in range(1, len(windows) - 1):
        before, one, after = windows[place - 1 : place + 2]
        jump, later = one.delay - before.delay, after.delay - before.delay
        if min(abs(jump), abs(later)) <= _JUMP or (jump > 0) != (later > 0):
            continue
        others = windows[place : place + _QUEUED] if jump > 0 else windows[max(0, place - _QUEUED) : place]
        if min(other.delay for other in others) > min(before.delay, one.delay) + _JUMP:
            cuts.append(one.first)
    return [packets[begin:end] for begin, end in pairwise([0, *cuts, len(packets)])]


def _fit(windows: list[_Window]) -> tuple[float, float]:
    """Return the offset of a clock at the file's begin, and its drift.

    A busy network only adds to a delay, so the least ones tell the time: the drift is the middle of the slopes between
    them, which some that waited for long do not move.
    """
    if windows[-1].at - windows[0].at < _SEEN:
        return _low([one.delay for one in windows]), 0.0
    step = max(10, len(windows) // _MOST_POINTS)
    least = [min(windows[place : place + step], key=lambda one: one.delay) for place in range(0, len(windows), step)]
    slopes = [(b.delay - a.delay) / (b.at - a.at) for a, b in combinations(least, 2) if b.at > a.at]
    drift = median(slopes) if slopes else 0.0
    if abs(drift) > _MOST_DRIFT:
        drift = 0.0
    return _low([one.delay - drift * one.at for one in least]), drift


def _low(delays: list[float]) -> float:
    """Return one of the least of some delays, but not a single one that is less than all others."""
    return sorted(delays)[len(delays) // 10]

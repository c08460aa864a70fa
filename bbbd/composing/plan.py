"""The plan of a recording's films: what is heard and seen when, with the pauses cut out. Pure.

Times of sources are the server's, those of a plan milliseconds of the recording.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from bbbd.composing.clock import Span
from bbbd.presentation.timeline import Segment

#: Of the uses that there are at a time, those that are shown.
_Choice = Callable[["list[Use]"], "list[Use]"]
#: Cameras that are shown at a time.
MOST_TILES = 16
#: Milliseconds: scenes begin at multiples of a step, and a shorter one has what comes next.
STEP, SHORTEST = 200, 1000
#: Uses of a piece of sound.
MOST_USES = 48
#: Milliseconds of the longest piece: what a kill costs, and in which a clock's drift is not heard.
LONGEST = 300_000


class Source(NamedTuple):
    """A file of somebody's sound, camera or screen, and its spans on the server's clock."""

    user: str
    path: str
    spans: tuple[Span, ...]


class Use(NamedTuple):
    """A part of a file in a recording: from ``begin`` to ``end``; ``file_begin`` is its moment in the file."""

    path: str
    user: str
    begin: float
    end: float
    file_begin: float
    rate: float

    def part(self, begin: float, end: float) -> Use | None:
        """Return what of it is in a stretch of the recording, None for nothing."""
        first, last = max(self.begin, begin), min(self.end, end)
        if last <= first:
            return None
        return self._replace(begin=first, end=last, file_begin=self.file_begin + (first - self.begin) / self.rate)


class Piece(NamedTuple):
    """A stretch of a film and what is in it."""

    begin: int
    end: int
    uses: tuple[Use, ...]


class Tile(NamedTuple):
    """The place of a picture: even numbers of pixels."""

    x: int
    y: int
    width: int
    height: int


def uses_of(sources: Iterable[Source], segments: Sequence[Segment]) -> list[Use]:
    """Return what of some files is in a recording, in the order of its begin."""
    found: list[Use] = []
    for source in sources:
        before = 0
        for segment in segments:
            for span in source.spans:
                begin, end = max(span.begin, segment.begin), min(span.end, segment.end)
                if begin < end:
                    at = before + begin - segment.begin
                    found.append(Use(source.path, source.user, at, at + end - begin, span.file_time(begin), span.rate))
            before += segment.end - segment.begin
    return sorted(found, key=lambda one: (one.begin, one.user, one.path))


def sound_pieces(uses: Sequence[Use], duration: int) -> list[Piece]:
    """Return the pieces of the sound: of a fixed length, with all that is heard in each; shorter where that is much."""
    return [
        piece
        for begin in range(0, duration, LONGEST)
        for piece in _halved(_piece(uses, begin, min(begin + LONGEST, duration)))
    ]


def _halved(piece: Piece) -> list[Piece]:
    """Return a piece as such whose uses one program can read at once: on a poor network a file has many spans."""
    middle = (piece.begin + piece.end) // 2
    if len(piece.uses) <= MOST_USES or piece.end - piece.begin < 2 * SHORTEST:
        return [piece]
    halves = ((piece.begin, middle), (middle, piece.end))
    return [part for begin, end in halves for part in _halved(_piece(piece.uses, begin, end))]


def camera_pieces(uses: Sequence[Use], duration: int) -> list[Piece]:
    """Return the pieces of the cameras: each with the same cameras from its begin to its end."""
    order = {user: place for place, user in enumerate(dict.fromkeys(one.user for one in uses))}
    return _scenes(uses, duration, lambda some: sorted(some, key=lambda one: order[one.user])[:MOST_TILES])


def screen_pieces(uses: Sequence[Use], duration: int) -> list[Piece]:
    """Return the pieces of the screens: of several at a time the one that came last is shown."""
    return _scenes(uses, duration, lambda some: some[-1:])


def stretches(pieces: Iterable[Piece]) -> list[tuple[int, int]]:
    """Return the stretches of a recording in which anything is shown."""
    found: list[tuple[int, int]] = []
    for piece in pieces:
        if piece.uses and found and found[-1][1] == piece.begin:
            found[-1] = found[-1][0], piece.end
        elif piece.uses:
            found.append((piece.begin, piece.end))
    return found


def _piece(uses: Iterable[Use], begin: int, end: int) -> Piece:
    return Piece(begin, end, tuple(part for one in uses if (part := one.part(begin, end)) is not None))


def _scenes(uses: Sequence[Use], duration: int, chosen: _Choice) -> list[Piece]:
    stepped = [(_step(one.begin, duration), _step(one.end, duration), one) for one in uses]
    moments = sorted({0, duration, *(at for begin, end, _one in stepped for at in (begin, end))})
    scenes: list[tuple[int, int, list[Use]]] = []
    waits: int | None = None
    for begin, end in pairwise(moments):
        since, waits = (begin if waits is None else waits), None
        if end - since < SHORTEST and end < duration:
            waits = since
            continue
        shown = chosen([one for first, last, one in stepped if first <= begin and end <= last])
        if scenes and scenes[-1][2] == shown:
            scenes[-1] = scenes[-1][0], end, shown
        else:
            scenes.append((since, end, shown))
    return [
        _piece(shown, first, last)
        for begin, end, shown in scenes
        for first, last in pairwise([*range(begin, end, LONGEST), end])
    ]


def _step(at: float, duration: int) -> int:
    # What ends with the recording ends with it.
    return duration if duration - at < STEP else round(at / STEP) * STEP


def grid(count: int, width: int, height: int) -> list[Tile]:
    """Return the places of so many pictures on a canvas; the last row is in the middle."""
    if not count:
        return []
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    wide, high = width // columns // 2 * 2, height // rows // 2 * 2
    tiles: list[Tile] = []
    for place in range(count):
        row, column = divmod(place, columns)
        in_row = min(columns, count - row * columns)
        left = (width - in_row * wide) // 4 * 2
        tiles.append(Tile(left + column * wide, (height - rows * high) // 4 * 2 + row * high, wide, high))
    return tiles

"""Reads the files that Janus writes: RTP packets as they came, each with the time of its arrival.

``MJR00002``, the length of a head (two bytes) and the head in JSON, with ``u``, the microseconds since 1970 at which
the first packet was written. Then for each packet ``MEET``, the milliseconds since the first one (four bytes), a length
(two bytes), and the packet. A file that was cut off is read as far as it goes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from bbbd.storage.disk import open_regular

_MAGIC, _FRAME = b"MJR00002", b"MEET"
_FRAME_HEAD = struct.Struct(">4sIH")
_RTP = struct.Struct(">BBHII")
#: Steps of an RTP time stamp a second, by the kind of medium.
RATES = {"a": 48_000, "v": 90_000}
_WRAP = 1 << 32


class UnreadableMedia(ValueError):
    """A file cannot be used; the text says why."""


class Packet(NamedTuple):
    """When a packet came, and when what it holds was captured by the sender's clock; milliseconds."""

    came: int
    captured: float


class KeptFile(NamedTuple):
    """A file of Janus: ``begun`` in milliseconds since 1970, and its packets from there on, in the order of arrival."""

    is_sound: bool
    begun: float
    packets: list[Packet]


def read_mjr(path: Path) -> KeptFile:
    """Return what a file holds. ``captured`` counts from the earliest packet. Raises ``UnreadableMedia``."""
    with open_regular(path) as file:
        kind, begun = _head(file)
        packets = list(_packets(file, RATES[kind]))
    if not packets:
        raise UnreadableMedia("has no packets")
    first = min(one.captured for one in packets)
    return KeptFile(kind == "a", begun, [Packet(came, captured - first) for came, captured in packets])


def _head(file: BinaryIO) -> tuple[str, float]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise UnreadableMedia("is none of Janus' files")
    length = file.read(2)
    if len(length) < 2:
        raise UnreadableMedia("has no packets")
    try:
        head = json.loads(file.read(int.from_bytes(length)))
        kind, begun = str(head["t"]), float(head["u"]) / 1000
    except (ValueError, KeyError, TypeError):
        raise UnreadableMedia("has no head") from None
    if kind not in RATES:
        raise UnreadableMedia("has neither sound nor pictures")
    return kind, begun


def _packets(file: BinaryIO, rate: int) -> Iterator[Packet]:
    before: int | None = None
    turned = 0
    while len(head := file.read(_FRAME_HEAD.size)) == _FRAME_HEAD.size:
        magic, came, length = _FRAME_HEAD.unpack(head)
        data = file.read(length)
        if magic != _FRAME or len(data) < length:
            return
        if length < _RTP.size:
            continue
        stamp = _RTP.unpack_from(data)[3]
        if before is not None:
            # Stamps turn over, and a packet that was late is of before.
            if before - stamp > _WRAP // 2:
                turned += _WRAP
            elif stamp - before > _WRAP // 2:
                turned -= _WRAP
        before = stamp
        yield Packet(came, (turned + stamp) * 1000 / rate)

"""Messages one behind the other, each behind its length: what bbbd's own processes tell, and the index's snapshot."""

from __future__ import annotations

#: The bytes of a length, the largest first.
LENGTH = 4


def framed(message: bytes) -> bytes:
    """Return a message behind its length."""
    return len(message).to_bytes(LENGTH) + message


def take_frames(data: bytearray) -> list[bytes]:
    """Take the messages that are complete from the begin of some bytes."""
    found, begin = [], 0
    while (body := begin + LENGTH) <= len(data) and (end := body + int.from_bytes(data[begin:body])) <= len(data):
        found.append(bytes(data[body:end]))
        begin = end
    del data[:begin]
    return found

"""The format of a batch, the file of several deliveries: ``outbox/<first number>-<last number>.jsonl``.

Each of its first lines has a message and its receivers, whose deliveries are numbered in their order. Behind them are
lines with the numbers that are no longer due in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from bbbd.callbacks.deliveries import CallbackKind, Delivery

_NAME = re.compile(r"(\d{15})-(\d{15})\.jsonl")


class Due(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="line", tag="due"):
    """A message that is due to receivers, each of them a URL and a ``receiver`` as in ``Delivery``."""

    kind: CallbackKind
    content: str = msgspec.field(name="said", default="")
    application: str = ""
    meeting: str = ""
    event_number: int = msgspec.field(name="n", default=0)
    created_at: int = msgspec.field(name="made")
    receivers: tuple[tuple[str, str], ...] = msgspec.field(name="to")


class Left(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="line", tag="left"):
    """The numbers of deliveries that are no longer due in the batch."""

    numbers: tuple[int, ...]


class ReadBatch(NamedTuple):
    """The content of a batch's file."""

    #: All deliveries that can be read, by their numbers, and which of them are no longer due here.
    deliveries: dict[int, Delivery]
    left: set[int]
    #: The bytes of whole lines.
    length: int
    #: Whether it has not all deliveries.
    is_damaged: bool

    @property
    def due(self) -> set[int]:
        """The numbers that are due here."""
        return self.deliveries.keys() - self.left


def name_of(first: int, last: int) -> str:
    """Return the name of a batch's file."""
    return f"{first:015d}-{last:015d}.jsonl"


def numbers_of(name: str) -> range | None:
    """Return the numbers of a batch by the name of its file, None for any other file."""
    found = _NAME.fullmatch(name)
    return range(int(found[1]), int(found[2]) + 1) if found else None


def _shared(entry: Delivery) -> Due:
    return Due(
        kind=entry.kind,
        content=entry.content,
        application=entry.application,
        meeting=entry.meeting,
        event_number=entry.event_number,
        created_at=entry.created_at,
        receivers=(),
    )


def encode(entries: Sequence[Delivery]) -> bytes:
    """Return the first part of a batch's file. None of the deliveries was tried yet."""
    assert not any(entry.tries or entry.next_try_at for entry in entries)
    lines = []
    for shared, same in groupby(entries, key=_shared):
        to = tuple((entry.url, entry.receiver) for entry in same)
        lines.append(msgspec.json.encode(msgspec.structs.replace(shared, receivers=to)) + b"\n")
    return b"".join(lines)


def encode_left(numbers: Sequence[int]) -> bytes:
    """Return the line about deliveries that are no longer due in a batch."""
    return msgspec.json.encode(Left(numbers=tuple(numbers))) + b"\n"


_LINE: msgspec.json.Decoder[Due | Left] = msgspec.json.Decoder(Due | Left)


def decode(data: bytes, numbers: range) -> ReadBatch:
    """Return the content of a batch's file, as far as it can be read."""
    deliveries: dict[int, Delivery] = {}
    left: set[int] = set()
    length, first = 0, numbers.start
    for line in data.splitlines(keepends=True):
        try:
            read = _LINE.decode(line) if line.endswith(b"\n") else None
        except msgspec.DecodeError:
            read = None
        if read is None:
            break
        length += len(line)
        if isinstance(read, Left):
            left.update(one for one in read.numbers if one in numbers)
            continue
        for number, (url, receiver) in zip(range(first, numbers.stop), read.receivers, strict=False):
            deliveries[number] = Delivery(
                kind=read.kind,
                url=url,
                receiver=receiver,
                content=read.content,
                application=read.application,
                meeting=read.meeting,
                event_number=read.event_number,
                created_at=read.created_at,
            )
        first += len(read.receivers)
    return ReadBatch(deliveries, left, length, is_damaged=first != numbers.stop)

"""A body on its way: where it goes, how it counts, and why it may be refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from bbbd.http.body_budget import BodyUse


class BodySink(Protocol):
    """Receives a body as it arrives, so that it is not held until the answer."""

    def take(self, data: bytes) -> None:
        """Receive a piece."""

    def drop(self) -> None:
        """Discard the body, unless it is being stored: it is incomplete, or refused."""


class DiscardedRequestBody:
    """A sink that discards a body: its request will be refused, so nothing of it is kept."""

    def take(self, data: bytes) -> None:
        """Discard a piece."""

    def drop(self) -> None:
        """Do nothing; all was discarded."""


@dataclass(frozen=True, slots=True)
class IncomingBody:
    """The decision about a body: its sink (None: it is held until the answer) and its use of the budget."""

    sink: BodySink | None = None
    use: BodyUse = BodyUse.HELD


DISCARDED = IncomingBody(DiscardedRequestBody(), BodyUse.DISCARDED)


class BodyRefusal(Enum):
    """The reason why a body is not read."""

    TOO_LARGE = auto()
    #: The limit of all bodies together is reached, or the disk is nearly full.
    NO_ROOM = auto()

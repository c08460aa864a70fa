"""A connection after an upgrade: the protocol that it was upgraded to, as the connection sees it."""

from __future__ import annotations

from typing import Protocol


class Upgraded(Protocol):
    """The protocol that a connection was upgraded to. Only ``lost`` is called on a closed connection."""

    def received(self, data: bytes) -> None:
        """Receive bytes."""

    def lost(self) -> None:
        """Handle the end of the connection."""

    def pause_writing(self) -> None:
        """Pause writing: the client does not read fast enough."""

    def resume_writing(self) -> None:
        """Resume writing: the client has read everything."""

    def stop(self) -> None:
        """Close politely: the server stops."""

"""The port of the media plane: what the server asks of an engine for sound, cameras and screens, and what it hears.

An engine reports back by ``MediaOutlet``. Its state, not a page's claim, becomes ``MediaChanged`` (but for a page's own
mute). ``NoMedia`` is the plane of a server without an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from bbbd.live.protocol import CommandRefused, RefusalKey
from bbbd.live.visibility import Viewer
from bbbd.meetings.event import Event
from bbbd.meetings.media import TrackKind
from bbbd.meetings.model import Meeting


class Wish(NamedTuple):
    """What a page wants to receive: cameras by user with the height of each tile in pixels, sound, the screen.

    ``page`` is a text of the page's own: another one is another page, whose links are new.
    """

    page: str
    cameras: Mapping[str, int]
    sound: bool
    screen: bool


class Offer(NamedTuple):
    """What a page wants to send: an SDP offer, and the kind of each of its tracks by mid. ``fresh``: a new link."""

    page: str
    sdp: str
    tracks: Mapping[str, TrackKind]
    muted: bool
    fresh: bool


class MediaPlane(Protocol):
    """An engine. Methods that refuse raise ``CommandRefused``."""

    def describe(self, user: str) -> dict[str, Any]:
        """Return what a page needs to know: ``engine`` (``off`` without one), ICE servers, limits."""

    async def send(self, meeting: Meeting, user: str, offer: Offer) -> str:
        """Begin or change what a person sends, and return the SDP answer."""

    def watch(self, meeting: Meeting, user: str, wish: Wish) -> None:
        """Note what a person's page wants to receive."""

    def answer(self, meeting: Meeting, user: str, number: int, sdp: str) -> None:
        """Take the SDP answer to an offer that was sent as ``media.down``."""

    def restart(self, meeting: Meeting, user: str) -> None:
        """Make what a person receives anew: their page lost the connection."""

    def report(self, meeting: Meeting, user: str, level: str) -> None:
        """Note the quality of a person's connection, as their page measures it."""

    def happened(self, meeting: Meeting, event: Event) -> None:
        """Follow an event of a meeting."""


class MediaOutlet(Protocol):
    """A server, as its media plane sees it."""

    def happen(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen. Raises ``OSError``."""

    def tell(self, meeting: Meeting, user: str, t: str, **facts: object) -> None:
        """Send a message to the page of a person who is in."""

    def tell_each(self, meeting: Meeting, make: Callable[[Viewer], str]) -> None:
        """Send each person who is in the message that is made for them, "" for none."""

    def tell_server(self) -> None:
        """Send every page what ``describe`` returns now."""


class NoMedia:
    """The plane of a server without an engine."""

    def describe(self, _user: str) -> dict[str, Any]:
        """Return that there is no engine."""
        return {"engine": "off"}

    async def send(self, _meeting: Meeting, _user: str, _offer: Offer) -> str:
        """Refuse."""
        raise refused()

    def watch(self, _meeting: Meeting, _user: str, _wish: Wish) -> None:
        """Refuse."""
        raise refused()

    def answer(self, _meeting: Meeting, _user: str, _number: int, _sdp: str) -> None:
        """Refuse."""
        raise refused()

    def restart(self, _meeting: Meeting, _user: str) -> None:
        """Refuse."""
        raise refused()

    def report(self, _meeting: Meeting, _user: str, _level: str) -> None:
        """Refuse."""
        raise refused()

    def happened(self, _meeting: Meeting, _event: Event) -> None:
        """Do nothing."""


def refused() -> CommandRefused:
    """Return the refusal of a server without an engine."""
    return CommandRefused(RefusalKey.UNSUPPORTED, "this server has no sound and no cameras")

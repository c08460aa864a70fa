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
from bbbd.values.enums import RecordedMedia


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


class Share(NamedTuple):
    """What a page sends by links between browsers: the kinds of its tracks. ``muted``: come in muted."""

    page: str
    kinds: frozenset[TrackKind]
    muted: bool


class Signal(NamedTuple):
    """What one end of a link between browsers says to the other: its kind (``offer``, ``answer``, …) and content."""

    kind: str
    said: object


class MediaPlane(Protocol):
    """An engine. Methods that refuse raise ``CommandRefused``."""

    @property
    def keeps(self) -> RecordedMedia:
        """What of people's media it keeps while recording is on."""

    @property
    def pages_record(self) -> bool:
        """Whether pages record what they send, since it does not pass the server."""

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

    def share(self, meeting: Meeting, user: str, share: Share) -> None:
        """Begin or change what a person sends by links between browsers."""

    def signal(self, meeting: Meeting, user: str, link: str, signal: Signal) -> None:
        """Pass on what one end of a link says to the other."""

    def note_link(self, meeting: Meeting, user: str, link: str, *, up: bool) -> None:
        """Note that a link works, or that it broke and a new one is wanted."""

    def talk(self, meeting: Meeting, user: str, *, on: bool) -> None:
        """Note that a person begins or ceases to speak, as their page measures it."""

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


class NoLinks:
    """The part of a plane whose pages have no links with one another."""

    def share(self, _meeting: Meeting, _user: str, _share: Share) -> None:
        """Refuse."""
        raise refused()

    def signal(self, _meeting: Meeting, _user: str, _link: str, _signal: Signal) -> None:
        """Refuse."""
        raise refused()

    def note_link(self, _meeting: Meeting, _user: str, _link: str, *, up: bool) -> None:  # noqa: ARG002 - the port's name
        """Refuse."""
        raise refused()

    def talk(self, _meeting: Meeting, _user: str, *, on: bool) -> None:  # noqa: ARG002 - the port's name
        """Refuse."""
        raise refused()


class NoMedia(NoLinks):
    """The plane of a server without an engine."""

    @property
    def keeps(self) -> RecordedMedia:
        """Nothing."""
        return RecordedMedia.OFF

    @property
    def pages_record(self) -> bool:
        """They do not."""
        return False

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
    """Return the refusal of a server whose engine, if it has one, works in another way."""
    return CommandRefused(RefusalKey.UNSUPPORTED, "this server's engine for sound and cameras does not have it")

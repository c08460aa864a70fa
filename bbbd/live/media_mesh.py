"""Links between browsers: what pages say to the server, and to one another through it.

Where ``engine`` of ``media`` is ``mesh``, sound and pictures go from browser to browser; the server passes on only what
two pages say to each other to make a link. ``copies`` of ``media`` is the most people that each kind of track reaches,
``relayOnly`` whether only TURN servers may be used (with Janus too). There are no ``media.up`` and no ``media.down``.

``media.share`` says what the page sends, ``media.watch`` what it wants. The server answers with ``media.links``,
whenever it changes: ``links``, each with ``link`` (its name, "" while it rests), ``user`` ("" for somebody in the
room), ``offers`` (whether this end makes the offers), ``send`` and ``receive`` (kinds of tracks) and ``apart`` (whether
the two browsers found no way to each other so far); and ``leftOut``, the kinds that others send and that do not reach
this page, since enough people have them. A link is one ``RTCPeerConnection``; one whose name is no longer listed is
closed. The offer has four transceivers, in this order: microphone, camera, screen, screenSound; what a link carries
changes by ``replaceTrack`` alone. A page plays nothing but what ``receive`` has.

``media.signal`` goes to the other end of a link as it is: ``offer`` or ``answer`` (SDP), ``candidates`` (each with its
``mid``; an empty candidate is the end), or ``want``: ``restart``, by which the end that does not offer asks for an
offer. ``media.link`` says that a link works (``up``), or broke: then a new one takes its place. ``media.talk`` says
that the person speaks, or no longer does. ``now`` of the kind ``apart`` tells moderators the ``pairs`` of people who
find no way to each other.

**Recording.** No packet comes to the server, so pages record what they send themselves, while recording is on,
``keeps`` of ``media`` allows it and the person agreed. A file has a *kind*: ``microphone``, ``camera``,
``microphone+camera``, ``screen``, ``screenSound`` or ``screen+screenSound``; a new one begins with each change of its
tracks. All requests have ``Authorization: Bearer <token>``; a refusal is JSON with ``why``, and changes nothing.

``POST /html5client/media`` with JSON ``kind``, ``mime`` (``video/webm``, ``audio/webm``, ``video/mp4`` or
``audio/mp4``, with codecs or without), ``startedAt`` (milliseconds of the server's clock) and ``seq`` (a number of the
page's own) is answered by 201 with ``id``; the same again by the same. ``PATCH /html5client/media/<id>`` with the
header ``Upload-Offset`` brings at most 4 MiB for that offset, with ``Slice-At``, the server's time at which the last of
these bytes had been recorded, where that is known: 204 with the new ``Upload-Offset``, once they are on the disk. 409
has the right one, as has the answer to ``HEAD``. 429 has ``Retry-After``, the seconds after which the same piece may
come again. ``POST /html5client/media/<id>/done`` with JSON ``bytes`` says that the file is complete. ``MediaKept``
tells the person of each track. Files that have begun may be sent until ``bbbd.uploadsAcceptedForMinutes`` after the
meeting, with the same token; of those who were removed for good, until two minutes after that: then 410.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from bbbd.live.commands import Answer, MediaRequest, command
from bbbd.live.feature import Feature
from bbbd.live.media import MOST_TRACKS, Mid, Page, Sdp
from bbbd.live.media_port import MediaPlane, Share, Signal
from bbbd.live.protocol import LARGEST_WITH_SDP, ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import Rate
from bbbd.meetings.media import TrackKind
from bbbd.meetings.model import Meeting, Person

#: Candidates of one message.
MOST_CANDIDATES = 40
Link = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Candidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A candidate of ICE, as SDP has it, and the track that it was gathered for."""

    candidate: Annotated[str, msgspec.Meta(max_length=1000)]
    mid: Mid | None = None


class ShareTracks(ClientMessage, frozen=True, kw_only=True, tag="media.share"):
    """Say what one sends over links between browsers: all kinds that go on. ``muted``: come in muted."""

    page: Page
    kinds: Annotated[list[TrackKind], msgspec.Meta(max_length=MOST_TRACKS)]
    muted: bool = False


class SignalLink(ClientMessage, frozen=True, kw_only=True, tag="media.signal"):
    """Say something to the other end of a link: one of the fields."""

    largest: ClassVar[int] = LARGEST_WITH_SDP
    link: Link
    offer: Sdp | None = None
    answer: Sdp | None = None
    candidates: Annotated[list[Candidate], msgspec.Meta(min_length=1, max_length=MOST_CANDIDATES)] | None = None
    want: Literal["restart"] | None = None


class NoteLink(ClientMessage, frozen=True, kw_only=True, tag="media.link"):
    """Say whether a link works. One that broke is replaced."""

    link: Link
    up: bool


class Talk(ClientMessage, frozen=True, kw_only=True, tag="media.talk"):
    """Say that one speaks, or no longer does."""

    on: bool


@command(ShareTracks, rate=Rate(2, 30))
def _(message: ShareTracks, meeting: Meeting, person: Person, _tab: str) -> Answer:
    share = Share(message.page, frozenset(message.kinds), message.muted)

    async def ask(plane: MediaPlane) -> None:
        plane.share(meeting, person.user, share)

    return MediaRequest(ask)


@command(SignalLink, rate=Rate(10, 120))
def _(message: SignalLink, meeting: Meeting, person: Person, _tab: str) -> Answer:
    fields = ("offer", "answer", "candidates", "want")
    said = [Signal(name, value) for name in fields if (value := getattr(message, name)) is not None]
    if len(said) != 1:
        raise CommandRefused(RefusalKey.MALFORMED, f"needs one of {', '.join(fields)}")

    async def ask(plane: MediaPlane) -> None:
        plane.signal(meeting, person.user, message.link, said[0])

    return MediaRequest(ask)


@command(NoteLink, rate=Rate(2, 40))
def _(message: NoteLink, meeting: Meeting, person: Person, _tab: str) -> Answer:
    async def ask(plane: MediaPlane) -> None:
        plane.note_link(meeting, person.user, message.link, up=message.up)

    return MediaRequest(ask)


@command(Talk, rate=Rate(3, 20))
def _(message: Talk, meeting: Meeting, person: Person, _tab: str) -> Answer:
    async def ask(plane: MediaPlane) -> None:
        plane.talk(meeting, person.user, on=message.on)

    return MediaRequest(ask)


FEATURE = Feature(__name__, "Links between browsers", __doc__, messages=(ShareTracks, SignalLink, NoteLink, Talk))

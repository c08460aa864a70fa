"""Sound, cameras and screens: signalling, mute, and what others see of it.

``welcome`` has ``media``: ``engine`` (``janus``, ``mesh``, or ``off`` when the server has none), ``up`` (whether it
works now), ``ice`` (servers as ``RTCPeerConnection`` takes them), ``iceFor`` (seconds for which they are valid),
``cameras`` (the most that one page receives), ``bitrate`` (bits a second of one camera) and ``keeps`` (what is kept of
people's media while recording is on: ``all``, ``sound`` or ``off``). The message ``media`` has
the same, when it changes, and as the answer to ``media.ice``.

With Janus, a page has two links, each one ``RTCPeerConnection``: what it sends, and what it receives. No candidates are
sent: the server's are in its descriptions, and it learns the page's from the first packet.

**Sending.** ``media.up`` has an SDP offer, and the kind of each track by its ``mid``: ``microphone``, ``camera``,
``screen``, ``screenSound``. The answer is ``media.up`` with ``sdp``. A later ``media.up`` changes what is sent; without
tracks it ends all. A ``mid`` keeps its kind. A track that the server cut (a lock, a role, a moderator) stays cut until
an offer is without it. Only when packets arrive does ``MediaChanged`` say that a microphone, camera or screen is on.

**Receiving.** ``media.watch`` says what the page wants: ``cameras`` (user: height of the tile in pixels), ``sound``,
``screen``. The server sends ``media.down`` with ``sdp`` (an offer), ``offer`` (its number), ``fresh`` (for a new
``RTCPeerConnection``) and ``feeds`` (by mid: ``user``, "" for somebody in the room, and ``kind``); the page
answers with ``media.down``. ``page`` is a text that the page chose when it was loaded; another one begins all links
anew.

``media.gone`` says that a link broke (``link``: ``up`` or ``down``): the page offers anew, the server by itself.
``media.ask`` asks the person to switch their microphone on (``by``). ``now`` of the kind ``talking`` has ``users``, all
who speak; ``now`` of the kind ``health`` has ``user`` and ``level`` (``good``, ``poor``, ``bad``), for that person and
for moderators.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from bbbd.clock import Moment
from bbbd.live.commands import Answer, DirectMessage, DirectReply, MediaRequest, Who, command, other_person
from bbbd.live.feature import Feature
from bbbd.live.media_port import MediaPlane, Offer, Wish
from bbbd.live.media_rights import may_send
from bbbd.live.protocol import LARGEST_WITH_SDP, ClientMessage, CommandRefused, RefusalKey, User
from bbbd.live.rate_limits import Rate
from bbbd.live.visibility import Viewer, VisibleEvent, facts_of, view
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import MediaChanged, MediaCut, MediaKept, TrackKind
from bbbd.meetings.model import Meeting, Person, is_moderator

#: Bytes of an SDP, and tracks of one page.
LARGEST_SDP, MOST_TRACKS = 48 << 10, 8
Page = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Mid = Annotated[str, msgspec.Meta(min_length=1, max_length=16, pattern="^[A-Za-z0-9]+$")]
Sdp = Annotated[str, msgspec.Meta(min_length=1, max_length=LARGEST_SDP)]
Height = Annotated[int, msgspec.Meta(ge=0, le=8192)]
_SPEAKING = (Microphone.MUTED, Microphone.ON)


class Watch(ClientMessage, frozen=True, kw_only=True, tag="media.watch"):
    """Say what the page wants to receive. ``sound`` alone makes the person a listener."""

    page: Page
    cameras: Annotated[dict[User, Height], msgspec.Meta(max_length=64)] = msgspec.field(default_factory=dict)
    sound: bool = False
    screen: bool = True


class Up(ClientMessage, frozen=True, kw_only=True, tag="media.up"):
    """Offer what one sends: all tracks that go on, by mid. ``fresh``: a new link. ``muted``: come in muted."""

    largest: ClassVar[int] = LARGEST_WITH_SDP
    page: Page
    sdp: Sdp
    tracks: Annotated[dict[Mid, TrackKind], msgspec.Meta(max_length=MOST_TRACKS)]
    muted: bool = False
    fresh: bool = False


class Down(ClientMessage, frozen=True, kw_only=True, tag="media.down"):
    """Answer the server's offer of that number."""

    largest: ClassVar[int] = LARGEST_WITH_SDP
    offer: int
    sdp: Sdp


class Restart(ClientMessage, frozen=True, kw_only=True, tag="media.restart"):
    """Ask for a new link to receive by: the page's connection failed."""


class Ice(ClientMessage, frozen=True, kw_only=True, tag="media.ice"):
    """Ask for ``media``, with ICE servers that are valid again."""


class Health(ClientMessage, frozen=True, kw_only=True, tag="media.health"):
    """Report the quality of one's connection."""

    level: Literal["good", "poor", "bad"]


class Mute(ClientMessage, frozen=True, kw_only=True, tag="mute"):
    """Mute oneself, or ``who``: a user, ``*`` for all, ``*presenter`` for all but the presenter (moderators).

    Who is muted by a moderator may switch on again. To switch on another's microphone asks them, unless
    ``allowModsToUnmuteUsers`` is set.
    """

    on: bool
    who: Annotated[str, msgspec.Meta(max_length=64)] = ""


class StopMedia(ClientMessage, frozen=True, kw_only=True, tag="media.stop"):
    """End another's cameras (where ``allowModsToEjectCameras`` is set) or screen (moderators)."""

    who: User
    kind: Literal["camera", "screen"]


@command(Watch, rate=Rate(5, 30))
def _(message: Watch, meeting: Meeting, person: Person, _tab: str) -> Answer:
    wish = Wish(message.page, message.cameras, message.sound, message.screen)

    async def ask(plane: MediaPlane) -> None:
        plane.watch(meeting, person.user, wish)

    return MediaRequest(ask)


@command(Up, rate=Rate(2, 30))
def _(message: Up, meeting: Meeting, person: Person, _tab: str) -> Answer:
    offer = Offer(message.page, message.sdp, message.tracks, message.muted, message.fresh)

    async def ask(plane: MediaPlane) -> DirectReply:
        return DirectReply("media.up", {"sdp": await plane.send(meeting, person.user, offer)})

    return MediaRequest(ask)


@command(Down, rate=Rate(5, 30))
def _(message: Down, meeting: Meeting, person: Person, _tab: str) -> Answer:
    async def ask(plane: MediaPlane) -> None:
        plane.answer(meeting, person.user, message.offer, message.sdp)

    return MediaRequest(ask)


@command(Restart, rate=Rate(0.2, 5))
def _(_message: Restart, meeting: Meeting, person: Person, _tab: str) -> Answer:
    async def ask(plane: MediaPlane) -> None:
        plane.restart(meeting, person.user)

    return MediaRequest(ask)


@command(Ice, rate=Rate(0.1, 5))
def _(_message: Ice, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    async def ask(plane: MediaPlane) -> DirectReply:
        return DirectReply("media", plane.describe(person.user))

    return MediaRequest(ask)


@command(Health, rate=Rate(0.5, 10))
def _(message: Health, meeting: Meeting, person: Person, _tab: str) -> Answer:
    async def ask(plane: MediaPlane) -> None:
        plane.report(meeting, person.user, message.level)

    return MediaRequest(ask)


@command(Mute)
def _(message: Mute, meeting: Meeting, person: Person, _tab: str) -> Answer:
    if message.who in ("", person.user):
        return _mute_oneself(meeting, person, on=message.on)
    if not is_moderator(person):
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only moderators mute others")
    if message.on:
        everybody = message.who in ("*", "*presenter")
        spared = (person.user, meeting.presenter) if message.who == "*presenter" else (person.user,)
        others: Iterable[Person] = (
            (one for one in meeting.people.values() if one.user not in spared)
            if everybody
            else (other_person(meeting, message.who),)
        )
        return [
            _changed(one, microphone=Microphone.MUTED, by=person.user)
            for one in others
            if one.microphone is Microphone.ON
        ]
    other = other_person(meeting, message.who)
    if other.microphone is not Microphone.MUTED:
        raise CommandRefused(RefusalKey.GONE, "they are not muted")
    _need_right(meeting, other, TrackKind.MICROPHONE)
    if not meeting.created.wanted.allow_unmute:
        return DirectMessage(other.user, "media.ask", {"by": person.user})
    return [_changed(other, microphone=Microphone.ON, by=person.user)]


def _mute_oneself(meeting: Meeting, person: Person, *, on: bool) -> Answer:
    if person.microphone not in _SPEAKING:
        raise CommandRefused(RefusalKey.GONE, "there is no microphone")
    wanted = Microphone.MUTED if on else Microphone.ON
    if wanted is Microphone.ON:
        _need_right(meeting, person, TrackKind.MICROPHONE)
    return [] if person.microphone is wanted else [_changed(person, microphone=wanted)]


def _need_right(meeting: Meeting, person: Person, kind: TrackKind) -> None:
    if not may_send(meeting, person, kind):
        raise CommandRefused(RefusalKey.LOCKED, "the moderators have switched microphones off")


@command(StopMedia, who=Who.MODERATORS)
def _(message: StopMedia, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    if message.kind == "screen":
        return [_changed(other, screen=False, by=person.user)] if other.screen else []
    if not meeting.created.wanted.allow_eject_cameras:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "moderators do not stop cameras in this meeting")
    return [_changed(other, cameras=0, by=person.user)] if other.cameras else []


def _changed(
    person: Person,
    *,
    microphone: Microphone | None = None,
    cameras: int | None = None,
    screen: bool | None = None,
    by: str = "",
) -> MediaChanged:
    return MediaChanged(
        user=person.user,
        microphone=person.microphone if microphone is None else microphone,
        cameras=person.cameras if cameras is None else cameras,
        screen=person.screen if screen is None else screen,
        by=by,
    )


@view(MediaChanged)
def _(event: MediaChanged, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``microphone``, ``cameras``, ``screen``, ``by``."""
    facts = facts_of(
        event,
        user=event.user,
        microphone=event.microphone,
        cameras=event.cameras,
        screen=event.screen,
        by=event.by,
    )
    return VisibleEvent(facts, about=event.user)


@view(MediaKept)
def _(event: MediaKept, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``track``, ``on``: whether the track is being recorded from now on. To the person alone."""
    facts = facts_of(event, user=event.user, track=event.track, on=not event.end)
    return VisibleEvent(facts, to=frozenset((event.user,)))


@view(MediaCut)
def _(event: MediaCut, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``track``, ``why`` it is not kept (``disk``, ``engine``, ``refused``). To moderators and the person."""
    moderators = (user for user, person in meeting.people.items() if is_moderator(person))
    facts = facts_of(event, user=event.user, track=event.track, why=event.why)
    return VisibleEvent(facts, to=frozenset((*moderators, event.user)))


def _own(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """``kept``: the tracks of the viewer that are being recorded, if there are any."""
    person = meeting.people.get(viewer.user)
    return {"kept": sorted(person.kept.values())} if person is not None and person.kept else {}


FEATURE = Feature(
    __name__,
    "Sound, cameras and screens",
    __doc__,
    messages=(Watch, Up, Down, Restart, Ice, Health, Mute, StopMedia),
    for_viewer=_own,
)

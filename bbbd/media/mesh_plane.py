"""The media plane by links between browsers: the engine of a server without Janus, for a few people.

The server passes on what two pages say to each other to make a link, and tells each page its links: what it sends over
each, and what it may play of it. ``media_rights`` decides both. A page of our own obeys; one that was changed can send
what it may not, but the others do not play it. State is what pages say that they send.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from bbbd.clock import Clock
from bbbd.live.media_port import MediaOutlet, NoMedia, Share, Signal, Wish
from bbbd.live.media_rights import shown_sender
from bbbd.live.protocol import CommandRefused, RefusalKey, written
from bbbd.media.ice_servers import ice_facts
from bbbd.media.mesh_room import Flows, MeshLink, MeshMember, MeshRoom
from bbbd.media.mesh_shares import check_share
from bbbd.media.mesh_signals import candidate, description
from bbbd.media.talking import Talking, tell_health
from bbbd.meetings.event import (
    Ended,
    Event,
    Left,
    LockChanged,
    LocksChanged,
    Microphone,
    PresenterChanged,
    Returned,
    RoleChanged,
)
from bbbd.meetings.media import MediaChanged, TrackKind
from bbbd.meetings.model import Meeting
from bbbd.meetings.registry import Meetings
from bbbd.settings.current import CurrentSettings
from bbbd.values.enums import RecordedMedia

_log = Logger()

#: Seconds for which changes are gathered before pages are told.
GATHERED = 0.05
#: Milliseconds after a start for which pages are told nothing while somebody's page is not back: their links go on.
RETURN_WITHIN = 10_000
#: Milliseconds until the next try, between people whose browsers find no way to each other.
RESTS = 30_000


class MeshPlane(NoMedia):
    """The media of all meetings. ``meetings`` are looked through when it ends."""

    def __init__(
        self, *, outlet: MediaOutlet, clock: Clock, timer: IReactorTime, current: CurrentSettings, meetings: Meetings
    ) -> None:
        self._outlet = outlet
        self._clock = clock
        self._timer = timer
        self._current = current
        self._meetings = meetings
        self._rooms: dict[str, MeshRoom] = {}
        self._talking = Talking(outlet, clock, self._happen)
        self._began = clock.now().steady

    # What connections ask: ``MediaPlane``.

    @property
    def keeps(self) -> RecordedMedia:
        """What pages record of what they send while recording is on."""
        settings = self._current.settings
        return settings.record_media if settings.mesh_recordings else RecordedMedia.OFF

    @property
    def pages_record(self) -> bool:
        """They do: nothing passes the server."""
        return True

    def describe(self, user: str) -> dict[str, Any]:
        """Return what a page needs to know; ``copies`` is the most people that each kind of track reaches."""
        settings = self._current.settings
        return {
            "engine": "mesh",
            "up": True,
            **ice_facts(settings, user, self._clock.now().wall),
            "cameras": settings.cameras_seen,
            "bitrate": settings.camera_bitrate,
            "keeps": self.keeps,
            "copies": self._copies(),
        }

    def _copies(self) -> dict[TrackKind, int]:
        settings = self._current.settings
        return {
            TrackKind.MICROPHONE: settings.mesh_audio_copies,
            TrackKind.CAMERA: settings.mesh_video_copies,
            TrackKind.SCREEN: settings.mesh_screen_copies,
            TrackKind.SCREEN_SOUND: settings.mesh_screen_copies,
        }

    def share(self, meeting: Meeting, user: str, share: Share) -> None:
        """Begin or change what a person sends. Raises ``CommandRefused``."""
        room = self._room(meeting, user)
        member = room.member(user)
        check_share(room, member, share, self._copies())
        self._turn(room, member, share.page)
        member.kinds = share.kinds
        member.blocked &= share.kinds
        mutes = meeting.created.wanted.mute_on_start and not member.was_heard
        member.comes_muted = share.muted or mutes
        self._settle_state(room, member)
        self._gather(room)

    def watch(self, meeting: Meeting, user: str, wish: Wish) -> None:
        """Note what a person's page wants to receive, and tell it its links again."""
        room = self._room(meeting, user)
        member = room.member(user)
        self._turn(room, member, wish.page)
        member.wish, member.told = wish, ""
        self._settle_state(room, member)
        self._gather(room)

    def _room(self, meeting: Meeting, user: str) -> MeshRoom:
        if user not in meeting.people or meeting.ended is not None:
            raise CommandRefused(RefusalKey.GONE, "you are not in the meeting")
        room = self._rooms.get(meeting.internal_id)
        if room is None:
            room = self._rooms[meeting.internal_id] = MeshRoom(meeting)
        return room

    def _turn(self, room: MeshRoom, member: MeshMember, page: str) -> None:
        """Turn to the page that speaks: a reload or another tab has none of the links of the page before."""
        if member.page == page:
            return
        room.drop_links(member.user)
        self._talking.end(room, member.user)
        member.page, member.wish, member.told = page, None, ""
        member.kinds, member.blocked = frozenset(), set()

    def signal(self, meeting: Meeting, user: str, link: str, signal: Signal) -> None:
        """Pass on what one end of a link says to the other. Raises ``CommandRefused``."""
        known = self._link(meeting, user, link)
        # One end alone offers, so that no two offers meet.
        if signal.kind in ("offer", "answer") and (user == known.newer.user) != (signal.kind == "offer"):
            raise CommandRefused(RefusalKey.NOT_ALLOWED, f"the {signal.kind} is the other end's")
        relay_only = self._current.settings.media_through_relay_only
        said = signal.said
        if isinstance(said, str) and signal.kind in ("offer", "answer"):
            said = description(said, relay_only=relay_only)
        elif isinstance(said, list):
            found = [(candidate(one.candidate, relay_only=relay_only), one.mid) for one in said]
            said = [{"candidate": text, "mid": mid} for text, mid in found if text is not None]
        self._outlet.tell(meeting, known.other(user), "media.signal", link=link, **{signal.kind: said})

    def note_link(self, meeting: Meeting, user: str, link: str, *, up: bool) -> None:
        """Note that a link works, or that it broke: a new one takes its place. Raises ``CommandRefused``."""
        room, known = self._rooms.get(meeting.internal_id), self._link(meeting, user, link)
        assert room is not None
        was_apart = known.is_apart
        if up:
            known.is_up, known.failures = True, 0
        else:
            room.renew(known)
            known.failures += 1
            if known.is_apart:
                known.rests_until = self._clock.now().steady + RESTS
                self._timer.callLater(RESTS / 1000, self._gather, room)
        if known.is_apart != was_apart:
            self._tell_apart(room)
        self._gather(room)

    def _link(self, meeting: Meeting, user: str, name: str) -> MeshLink:
        room = self._rooms.get(meeting.internal_id)
        link = room.names.get(name) if room is not None else None
        if link is None or user not in (link.older.user, link.newer.user):
            raise CommandRefused(RefusalKey.GONE, "there is no such link")
        return link

    def _tell_apart(self, room: MeshRoom) -> None:
        """Tell moderators whose browsers find no way to each other."""
        pairs = [[link.older.user, link.newer.user] for link in room.links.values() if link.is_apart]
        text = written("now", k="apart", pairs=pairs)
        self._outlet.tell_each(room.meeting, lambda viewer: text if viewer.moderator else "")

    def talk(self, meeting: Meeting, user: str, *, on: bool) -> None:
        """Note that a person begins or ceases to speak. Raises ``CommandRefused``."""
        room = self._room(meeting, user)
        if on and TrackKind.MICROPHONE in room.member(user).sends:
            self._talking.begin(room, user)
        elif not on:
            self._talking.end(room, user)

    def report(self, meeting: Meeting, user: str, level: str) -> None:
        """Note the quality of a person's connection, and tell them and the moderators."""
        member = self._room(meeting, user).member(user)
        if member.health != level:
            member.health = level
            tell_health(self._outlet, meeting, user, level)

    def happened(self, meeting: Meeting, event: Event) -> None:
        """Follow an event of a meeting: bring what pages send and play in line with it."""
        room = self._rooms.get(meeting.internal_id)
        if room is None:
            return
        if isinstance(event, Ended):
            del self._rooms[meeting.internal_id]
            return
        if isinstance(event, Left):
            self._leave(room, event.user)
        elif isinstance(event, MediaChanged):
            room.block_ended(event)
            if event.microphone is not Microphone.ON:
                self._talking.end(room, event.user)
        elif isinstance(event, LockChanged | RoleChanged | LocksChanged | PresenterChanged):
            for member in list(room.members.values()):
                room.block_forbidden(member)
                self._settle_state(room, member)
        elif isinstance(event, Returned):
            room.member(event.user).told = ""
        else:
            return
        self._gather(room)

    def _leave(self, room: MeshRoom, user: str) -> None:
        self._talking.end(room, user)
        was_apart = any(link.is_apart for link in room.links.values())
        room.drop(user)
        if was_apart:
            self._tell_apart(room)

    # What pages are told.

    def _gather(self, room: MeshRoom) -> None:
        if not room.is_gathering:
            room.is_gathering = True
            self._timer.callLater(GATHERED, self._settle, room)

    def _settle(self, room: MeshRoom) -> None:
        room.is_gathering = False
        if self._rooms.get(room.meeting.internal_id) is not room:
            return
        if self._clock.now().steady - self._began < RETURN_WITHIN and room.is_incomplete:
            room.is_gathering = True
            self._timer.callLater(1, self._settle, room)
            return
        flows, left_out = room.flows(self._copies(), self._current.settings.cameras_seen)
        room.settle_links(flows)
        for member in list(room.members.values()):
            if member.wish is not None and member.user in room.meeting.people:
                facts = self._facts(room, member, flows)
                facts["leftOut"] = sorted(left_out.get(member.user, ()))
                text = repr(facts)
                if text != member.told:
                    member.told = text
                    self._outlet.tell(room.meeting, member.user, "media.links", **facts)

    def _facts(self, room: MeshRoom, member: MeshMember, flows: Flows) -> dict[str, Any]:
        """Return a page's links; one that rests after failures is without a name."""
        people, user, now = room.meeting.people, member.user, self._clock.now().steady
        links = []
        for link in room.links.values():
            if member not in (link.older, link.newer):
                continue
            other = link.other(user)
            links.append(
                {
                    "link": "" if link.rests_until > now else link.name,
                    "user": shown_sender(room.meeting, people[user], other),
                    "offers": member is link.newer,
                    "send": sorted(flows.get((user, other), ())),
                    "receive": sorted(room.shown(flows, other, user)),
                    "apart": link.is_apart,
                }
            )
        return {"links": links}

    def _settle_state(self, room: MeshRoom, member: MeshMember) -> None:
        """Let ``MediaChanged`` happen if a page has another state than the meeting."""
        person = room.meeting.people.get(member.user)
        if person is None or room.meeting.ended is not None:
            return
        microphone, cameras, screen = room.state(member)
        member.was_heard = member.was_heard or microphone is Microphone.ON
        if (microphone, cameras, screen) != (person.microphone, person.cameras, person.screen):
            changed = MediaChanged(user=member.user, microphone=microphone, cameras=cameras, screen=screen)
            self._happen(room.meeting, changed)

    def _happen(self, meeting: Meeting, event: Event) -> None:
        try:
            self._outlet.happen(meeting, event)
        except OSError:
            _log.failure("a change of media is not kept", event="media_not_kept")

    def end(self) -> None:
        """End all links: another engine takes their place."""
        self._rooms.clear()
        for meeting in list(self._meetings):
            for person in list(meeting.people.values()):
                if person.microphone is not Microphone.NONE or person.cameras or person.screen:
                    self._happen(meeting, MediaChanged(user=person.user, microphone=Microphone.NONE))

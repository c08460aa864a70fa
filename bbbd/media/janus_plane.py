"""The media plane by one Janus: what pages ask and meetings decide reaches the engine here.

All handles are bbbd's own, so a page never speaks to Janus, and what a person sends or receives is what
``media_rights`` allows. A meeting has one VideoRoom. What is no longer allowed is cut at once; what people receive
follows after a moment, for which changes are gathered.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from bbbd.live.media_port import Offer, Wish
from bbbd.media.engine import Engine
from bbbd.media.janus_api import JanusApi
from bbbd.media.keeping import Keeping
from bbbd.media.offers import check_rights, check_tracks, described
from bbbd.media.receiving import Receiving
from bbbd.media.recovery import LocalMeetings, recover
from bbbd.media.room import MediaRoom, Member
from bbbd.media.sending import Sending
from bbbd.media.talking import tell_health
from bbbd.meetings.event import (
    Ended,
    Event,
    Left,
    LockChanged,
    LocksChanged,
    PresenterChanged,
    Returned,
    RoleChanged,
)
from bbbd.meetings.media import CutReason, MediaChanged
from bbbd.meetings.model import Meeting
from bbbd.meetings.recording import RecordingConsent, RecordingMarked

_log = Logger()

#: Seconds for which changes are gathered before what people receive follows.
GATHERED = 0.2


class JanusPlane:
    """The media of the meetings of one Janus, ``meetings``."""

    def __init__(self, engine: Engine, meetings: LocalMeetings, keeping: Keeping) -> None:
        self._engine = engine
        self._meetings = meetings
        self.keeping = keeping
        self._sending = Sending(engine, keeping)
        self._receiving = Receiving(engine, self._gather)

    # What connections ask.

    async def send(self, meeting: Meeting, user: str, offer: Offer) -> str:
        """Begin or change what a person sends, and return the SDP answer. Raises ``CommandRefused``."""
        description = described(offer.sdp)
        room = self._engine.room(meeting)
        member = room.member(user)
        check_tracks(description.sending, offer, member.up)
        check_rights(room, user, offer)
        self._turn(room, member, offer.page)
        return await self._sending.send(room, member, offer, description.text)

    def watch(self, meeting: Meeting, user: str, wish: Wish) -> None:
        """Note what a person's page wants to receive; another page gets new links."""
        room = self._engine.room(meeting)
        member = room.member(user)
        self._turn(room, member, wish.page)
        member.wish = wish
        self._engine.settle_state(room, member)
        self._gather(room)

    def _turn(self, room: MediaRoom, member: Member, page: str) -> None:
        """Turn to the page that speaks: a reload or another tab has none of the links of the page before."""
        if member.page == page:
            return
        member.page, member.wish = page, None
        if member.up is not None and member.up.page != page:
            self._engine.run(self._sending.drop(room, member))
        if member.down is not None and member.down.page != page:
            self._engine.run(self._receiving.drop(room, member))

    def answer(self, meeting: Meeting, user: str, number: int, sdp: str) -> None:
        """Take a page's answer to an offer. Raises ``CommandRefused``."""
        self._receiving.answer(self._engine.room(meeting), user, number, sdp)

    def restart(self, meeting: Meeting, user: str) -> None:
        """Make what a person receives anew."""
        room = self._engine.room(meeting)
        self._engine.run(self._receiving.drop(room, room.member(user)))
        self._gather(room)

    def report(self, meeting: Meeting, user: str, level: str) -> None:
        """Note the quality of a person's connection, and tell them and the moderators."""
        member = self._engine.room(meeting).member(user)
        if member.health != level:
            member.health = level
            tell_health(self._engine.outlet, meeting, user, level)

    def happened(self, meeting: Meeting, event: Event) -> None:
        """Follow an event of a meeting: bring what people send and receive in line with it."""
        room = self._engine.rooms.get(meeting.internal_id)
        if room is None:
            return
        if isinstance(event, Ended):
            self._engine.run(self._end(room))
        elif isinstance(event, Left):
            if (member := room.members.get(event.user)) is not None:
                self._drop(room, member)
                del room.members[event.user]
            self._gather(room)
        elif isinstance(event, MediaChanged):
            if event.by:
                self._sending.block_ended(room, event)
            self._enforce(room, event.user)
        elif isinstance(event, LockChanged | RoleChanged | LocksChanged | PresenterChanged):
            # Whether somebody is seen may change for everybody.
            self._enforce(room, *room.members)
        elif isinstance(event, RecordingMarked | RecordingConsent):
            self.keeping.settle(room)
        elif isinstance(event, Returned):
            self._gather(room)

    def _enforce(self, room: MediaRoom, *users: str) -> None:
        if self._engine.is_up:
            for user in users:
                if (member := room.members.get(user)) is not None:
                    self._sending.enforce(room, member)
        self._gather(room)

    def _gather(self, room: MediaRoom) -> None:
        if not room.is_gathering:
            room.is_gathering = True
            self._engine.timer.callLater(GATHERED, self._settle, room)

    def _settle(self, room: MediaRoom) -> None:
        room.is_gathering = False
        if self._engine.is_up and room.meeting.ended is None:
            for member in list(room.members.values()):
                self._engine.run(self._receiving.settle(room, member))

    def _drop(self, room: MediaRoom, member: Member) -> None:
        self._engine.run(self._sending.drop(room, member))
        self._engine.run(self._receiving.drop(room, member))

    async def _end(self, room: MediaRoom) -> None:
        del self._engine.rooms[room.meeting.internal_id]
        for member in list(room.members.values()):
            self._drop(room, member)
        if room.is_made and self._engine.is_up:
            await self._engine.destroy_room(room.name, room.secret)

    # What the engine reports.

    def heard(self, message: dict[str, Any]) -> None:
        """Take an event of Janus."""
        handle = message.get("sender", 0)
        found = self._engine.handles.get(handle)
        if found is None:
            return
        room, member = found
        sends = member.up is not None and member.up.handle == handle
        receives = member.down is not None and member.down.handle == handle
        match message["janus"]:
            case "hangup" | "detached":
                # After a hangup the handle is of no more use.
                if sends or receives:
                    end = self._sending.ended if sends else self._receiving.ended
                    end(room, member, str(message.get("reason", "")))
            case "webrtcup" if sends:
                self._sending.connected(room, member)
            case "media" if sends:
                on = bool(message.get("receiving"))
                self._sending.receiving(room, member, str(message.get("mid", "")), on=on)
            case "event" if sends:
                self._sending.reported(room, member, message.get("plugindata", {}).get("data", {}))
                self._gather(room)

    # Janus comes and goes.

    @property
    def is_up(self) -> bool:
        """Whether Janus answers."""
        return self._engine.is_up

    @property
    def was_lost(self) -> bool:
        """Whether Janus was lost, or never reached, and is not back."""
        return self._engine.was_lost

    @property
    def load(self) -> int:
        """The number of people in the meetings of this Janus; an empty meeting counts as one."""
        return sum(max(1, len(room.members)) for room in self._engine.rooms.values())

    @property
    def counts(self) -> tuple[bool, int, int]:
        """Whether Janus answers, and the numbers of meetings and people that it has."""
        rooms = self._engine.rooms.values()
        return self.is_up, len(rooms), sum(len(room.members) for room in rooms)

    def release(self, meeting: Meeting) -> MediaRoom | None:
        """Let a meeting go whose links were lost; return what was known of its people."""
        return self._engine.rooms.pop(meeting.internal_id, None)

    def adopt(self, before: MediaRoom) -> None:
        """Take a meeting from a Janus that was lost: what pages want is known, and they offer anew what they send."""
        room = self._engine.room(before.meeting)
        room.spoke = before.spoke
        for user, member in before.members.items():
            # What still waits for the lost Janus knows the members of before alone.
            room.members[user] = member.anew()
            for link in ("up", "down"):
                self._engine.outlet.tell(room.meeting, user, "media.gone", link=link, why="another Janus has it now")
            self._engine.settle_state(room, room.members[user])
        self._gather(room)

    async def connected(self, api: JanusApi) -> None:
        """Take up the links of an earlier process, or begin anew. Raises ``JanusFailed`` and ``OSError``."""
        await recover(self._engine, self._meetings, api)
        for room in list(self._engine.rooms.values()):
            for member in list(room.members.values()):
                self._engine.settle_state(room, member)
            self._gather(room)
            self.keeping.settle(room)
        self.keeping.cut_lost(CutReason.ENGINE)

    def lost(self, why: str) -> None:
        """Note that Janus is gone: everybody's media end, and pages wait until it is back."""
        if self._engine.was_lost:
            return
        if self._engine.is_up:
            _log.error("Janus at {address} {why}", event="janus_lost", address=self._engine.address, why=why)
        self._engine.lost()
        self.keeping.cut_lost(CutReason.ENGINE)
        for meeting in list(self._meetings):
            for person in list(meeting.people.values()):
                self._engine.silence(meeting, person)

    def stop(self) -> None:
        """Do nothing more, and end nothing: the next start takes the links up."""
        self._engine.is_up = False
        self._engine.links.close()

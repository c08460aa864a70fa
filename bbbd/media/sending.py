"""What people send: a publisher's handle for each, its tracks, mutes, and who speaks."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from bbbd.live.media_port import Offer
from bbbd.live.protocol import CommandRefused, RefusalKey
from bbbd.media.engine import Engine
from bbbd.media.janus_api import JanusFailed
from bbbd.media.keeping import Keeping
from bbbd.media.links import UpLink
from bbbd.media.offers import check_rights
from bbbd.media.room import MediaRoom, Member
from bbbd.media.talking import Talking
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import MediaChanged, TrackKind

_log = Logger()

#: Janus' code for a name that somebody in the room has.
_NAME_TAKEN = 436


class Sending:
    """What the people of all meetings send."""

    def __init__(self, engine: Engine, keeping: Keeping) -> None:
        self._engine = engine
        self._keeping = keeping
        self._talking = Talking(engine.outlet, engine.clock, engine.happen)

    async def send(self, room: MediaRoom, member: Member, offer: Offer, text: str) -> str:
        """Begin or change what a person sends, and return the SDP answer. Raises ``CommandRefused``.

        ``text`` is the offer's description as the engine gets it.
        """
        member.promised = max(member.promised, list(offer.tracks.values()).count(TrackKind.CAMERA))
        await member.sending.acquire()
        try:
            self._check_still(room, member, offer)
            check_rights(room, member.user, offer)
            answer = await self._publish(room, member, offer, text)
        finally:
            member.promised = 0
            member.sending.release()
        self._engine.settle_state(room, member)
        self._keeping.settle(room, member)
        return answer

    def _check_still(self, room: MediaRoom, member: Member, offer: Offer) -> None:
        """Check that the person and the page that offers are still there. Raises ``CommandRefused``."""
        if not self._engine.has(room, member):
            raise CommandRefused(RefusalKey.GONE, "you are not in the meeting")
        if member.page != offer.page:
            raise CommandRefused(RefusalKey.GONE, "another page has taken over")

    async def _publish(self, room: MediaRoom, member: Member, offer: Offer, text: str) -> str:
        up, goes_on = member.up, True
        try:
            if up is None or offer.fresh or up.page != offer.page:
                goes_on = False
                up = await self._begin(room, member, offer.page)
            jsep = {"type": "offer", "sdp": text, "trickle": True}
            request = {"request": "configure" if goes_on else "publish"}
            data, answer = await self._engine.api.ask(up.handle, request, jsep)
            self._check_still(room, member, offer)
            _check_link(member, up)
            up.simulcast = {str(one["mid"]) for one in data.get("streams", ()) if one.get("simulcast")}
            up.lines = {str(one["mid"]): int(one.get("mindex", 0)) for one in data.get("streams", ())}
            up.change(offer.tracks)
            mutes = room.meeting.created.wanted.mute_on_start and not member.was_heard
            member.comes_muted = offer.muted or mutes
            self._engine.note(room, member)
            await self._settle_mute(room, member)
        except (JanusFailed, CommandRefused) as fault:
            self._engine.run(self.drop(room, member))
            if goes_on:
                self._engine.outlet.tell(room.meeting, member.user, "media.gone", link="up", why="the offer failed")
            if isinstance(fault, CommandRefused):
                raise
            _log.warn("Janus refused what a person sends: {why}", event="media_refused", why=str(fault))
            raise CommandRefused(RefusalKey.UNAVAILABLE, "the media server did not take it", 1) from fault
        return str(answer.get("sdp", ""))

    async def _begin(self, room: MediaRoom, member: Member, page: str) -> UpLink:
        """Begin a new link in place of the one before. Raises ``JanusFailed`` and ``CommandRefused``."""
        engine = self._engine
        await self.drop(room, member)
        await engine.make_room(room)
        up = member.up = UpLink(handle=await engine.attach(room, member), page=page)
        join = {"request": "join", "ptype": "publisher", "room": room.name, "id": member.user}
        try:
            await engine.api.ask(up.handle, join)
        except JanusFailed as fault:
            if fault.code != _NAME_TAKEN:
                raise
            # An earlier process was killed between two steps, or Janus has not yet ended the link before.
            kick = {"request": "kick", "room": room.name, "secret": room.secret, "id": member.user}
            await engine.api.ask(engine.control, kick)
            await engine.api.ask(up.handle, join)
        return up

    def enforce(self, room: MediaRoom, member: Member) -> None:
        """Cut and mute what a person may no longer send, at once."""
        if member.up is None:
            return
        member.up.blocked |= room.forbidden(member)
        self._engine.settle_state(room, member)
        self._keeping.settle(room, member)
        person = room.meeting.people.get(member.user)
        if person is None or person.microphone is not Microphone.ON:
            self._talking.end(room, member.user)
        self._engine.run(self._settle_mute(room, member))

    async def _settle_mute(self, room: MediaRoom, member: Member) -> None:
        up, wanted = member.up, room.silent(member)
        if up is None or up.muted == wanted:
            return
        engine, changed = self._engine, sorted(up.muted ^ wanted)
        up.muted = wanted
        engine.note(room, member)
        try:
            for mid in changed:
                body = {"request": "moderate", "room": room.name, "secret": room.secret, "id": member.user, "mid": mid}
                await engine.api.ask(engine.control, {**body, "mute": mid in wanted})
        except JanusFailed:
            # Nobody is heard who was muted: the link ends.
            if member.up is up:
                self.ended(room, member, "a mute failed")
            raise

    def block_ended(self, room: MediaRoom, event: MediaChanged) -> None:
        """Cut the tracks that a moderator ended, until an offer is without them."""
        member = room.members.get(event.user)
        if member is None or member.up is None:
            return
        up = member.up
        if not event.cameras:
            up.blocked |= set(up.live_of(TrackKind.CAMERA))
        if not event.screen and up.live_of(TrackKind.SCREEN):
            up.blocked |= {mid for mid, kind in up.tracks.items() if kind.is_screen}

    async def drop(self, room: MediaRoom, member: Member) -> None:
        """End what a person sends. Raises ``JanusFailed``."""
        up, member.up = member.up, None
        if up is not None:
            self._talking.end(room, member.user)
            self._keeping.dropped(room, member.user, up)
            self._engine.note(room, member)
            self._engine.settle_state(room, member)
            await self._engine.detach(up.handle)

    # What Janus reports.

    def connected(self, room: MediaRoom, member: Member) -> None:
        """Note that the first packets arrived: a microphone is on, a camera when its own packets come."""
        if member.up is not None:
            member.up.is_up = True
            member.up.live |= member.up.microphones
            self._engine.note(room, member)
            self._engine.settle_state(room, member)
            self._keeping.settle(room, member)

    def receiving(self, room: MediaRoom, member: Member, mid: str, *, on: bool) -> None:
        """Note that packets of a track arrive, or no longer do; a track whose packets pause is still on."""
        up = member.up
        if up is None:
            return
        up.arriving = up.arriving | {mid} if on else up.arriving - {mid}
        if on and mid in up.tracks and mid not in up.live:
            up.live.add(mid)
            self._engine.settle_state(room, member)
            self._keeping.settle(room, member)
        self._engine.note(room, member)

    def reported(self, room: MediaRoom, member: Member, data: dict[str, Any]) -> None:
        """Note that a person begins or ceases to speak."""
        if data.get("id") == member.user and data.get("videoroom") == "talking":
            self._talking.begin(room, member.user)
        elif data.get("id") == member.user and data.get("videoroom") == "stopped-talking":
            self._talking.end(room, member.user)

    def ended(self, room: MediaRoom, member: Member, why: str) -> None:
        """Note that the link broke; the page offers anew."""
        self._engine.run(self.drop(room, member))
        self._engine.outlet.tell(room.meeting, member.user, "media.gone", link="up", why=why)


def _check_link(member: Member, up: UpLink) -> None:
    if member.up is not up:
        raise CommandRefused(RefusalKey.GONE, "the link broke meanwhile")

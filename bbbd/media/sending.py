"""What people send: a publisher's handle for each, its tracks, mutes, and who speaks."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from bbbd.live.media_port import Offer
from bbbd.live.media_rights import TrackKind
from bbbd.live.protocol import CommandRefused, RefusalKey, written
from bbbd.live.visibility import Viewer, is_visible
from bbbd.media.engine import Engine
from bbbd.media.janus_api import JanusFailed
from bbbd.media.links import UpLink
from bbbd.media.offers import check_rights, check_tracks, described
from bbbd.media.room import MediaRoom, Member
from bbbd.meetings.media import MediaChanged, Talked

_log = Logger()

#: Milliseconds of speech that count as having talked.
TALKED_LEAST = 300


class Sending:
    """What the people of all meetings send."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def send(self, room: MediaRoom, user: str, offer: Offer) -> str:
        """Begin or change what a person sends, and return the SDP answer. Raises ``CommandRefused``."""
        description = described(offer.sdp)
        check_tracks(description.sending, offer.tracks)
        check_rights(room.meeting, user, offer)
        member = room.member(user)
        await member.sending.acquire()
        try:
            check_rights(room.meeting, user, offer)
            answer = await self._publish(room, member, offer, description.text)
        except JanusFailed as fault:
            _log.warn("Janus refused what a person sends: {why}", event="media_refused", why=str(fault))
            self._engine.run(self.drop(room, member))
            raise CommandRefused(RefusalKey.UNAVAILABLE, "the media server did not take it", 1) from fault
        finally:
            member.sending.release()
        self._engine.settle_state(room, member)
        return answer

    async def _publish(self, room: MediaRoom, member: Member, offer: Offer, text: str) -> str:
        engine, up = self._engine, member.up
        if up is None or offer.fresh or up.page != offer.page:
            await self.drop(room, member)
            await engine.make_room(room)
            up = UpLink(handle=await engine.attach(room, member), page=offer.page)
            join = {"request": "join", "ptype": "publisher", "room": room.name, "id": member.user}
            await engine.api.ask(up.handle, join)
            member.up, request = up, "publish"
        else:
            request = "configure"
        jsep = {"type": "offer", "sdp": text, "trickle": True}
        data, answer = await engine.api.ask(up.handle, {"request": request}, jsep)
        up.tracks = dict(offer.tracks)
        up.simulcast = {str(one["mid"]) for one in data.get("streams", ()) if one.get("simulcast")}
        up.keep_only(up.tracks)
        if up.is_up:
            up.live |= _microphones(up)
        member.comes_muted = offer.muted or (room.meeting.created.wanted.mute_on_start and not member.was_heard)
        engine.note(room, member)
        if room.members.get(member.user) is not member:
            # They left meanwhile.
            await self.drop(room, member)
            raise CommandRefused(RefusalKey.GONE, "you are not in the meeting")
        await self._settle_mute(room, member)
        return str(answer.get("sdp", ""))

    def enforce(self, room: MediaRoom) -> None:
        """Cut and mute what people may no longer send, at once."""
        for member in list(room.members.values()):
            if member.up is not None:
                member.up.blocked |= room.forbidden(member)
                self._engine.settle_state(room, member)
                self._engine.run(self._settle_mute(room, member))

    async def _settle_mute(self, room: MediaRoom, member: Member) -> None:
        up, wanted = member.up, room.silent(member)
        if up is None or up.muted == wanted:
            return
        engine, changed = self._engine, sorted(up.muted ^ wanted)
        up.muted = wanted
        engine.note(room, member)
        for mid in changed:
            body = {"request": "moderate", "room": room.name, "secret": room.secret, "id": member.user, "mid": mid}
            await engine.api.ask(engine.control, {**body, "mute": mid in wanted})

    def block_ended(self, room: MediaRoom, event: MediaChanged) -> None:
        """Cut the tracks that a moderator ended, until the page offers anew."""
        member = room.members.get(event.user)
        if member is None or member.up is None:
            return
        for kind, goes_on in ((TrackKind.CAMERA, event.cameras), (TrackKind.SCREEN, event.screen)):
            if not goes_on:
                member.up.blocked |= {mid for mid, one in member.up.tracks.items() if one is kind}

    async def drop(self, room: MediaRoom, member: Member) -> None:
        """End what a person sends. Raises ``JanusFailed``."""
        up, member.up = member.up, None
        if up is not None:
            self._stop_talking(room, member)
            self._engine.note(room, member)
            self._engine.settle_state(room, member)
            await self._engine.detach(up.handle)

    # What Janus reports.

    def connected(self, room: MediaRoom, member: Member) -> None:
        """Note that the first packets arrived: a microphone is on, a camera when its own packets come."""
        if member.up is not None:
            member.up.is_up = True
            member.up.live |= _microphones(member.up)
            self._engine.note(room, member)
            self._engine.settle_state(room, member)

    def receiving(self, room: MediaRoom, member: Member, mid: str) -> None:
        """Note that packets of a track arrive."""
        if member.up is not None and mid in member.up.tracks and mid not in member.up.live:
            member.up.live.add(mid)
            self._engine.note(room, member)
            self._engine.settle_state(room, member)

    def reported(self, room: MediaRoom, member: Member, data: dict[str, Any]) -> None:
        """Note that a person begins or ceases to speak."""
        said = data.get("videoroom")
        if data.get("id") != member.user or said not in ("talking", "stopped-talking"):
            return
        now = self._engine.clock.now().steady
        room.spoke[member.user] = now
        if said == "talking":
            room.speaking.setdefault(member.user, now)
            self._tell_talking(room)
        else:
            self._stop_talking(room, member)

    def _stop_talking(self, room: MediaRoom, member: Member) -> None:
        since = room.speaking.pop(member.user, None)
        if since is None:
            return
        long = self._engine.clock.now().steady - since
        if long >= TALKED_LEAST and member.user in room.meeting.people and room.meeting.ended is None:
            self._engine.happen(room.meeting, Talked(user=member.user, milliseconds=long))
        self._tell_talking(room)

    def _tell_talking(self, room: MediaRoom) -> None:
        meeting, speaking = room.meeting, list(room.speaking)

        def seen(viewer: Viewer) -> str:
            return written("now", k="talking", users=[one for one in speaking if is_visible(meeting, viewer, one)])

        self._engine.outlet.tell_each(meeting, seen)

    def ended(self, room: MediaRoom, member: Member, why: str) -> None:
        """Note that the link broke; the page offers anew."""
        self._engine.run(self.drop(room, member))
        self._engine.outlet.tell(room.meeting, member.user, "media.gone", link="up", why=why)


def _microphones(up: UpLink) -> set[str]:
    return {mid for mid, kind in up.tracks.items() if kind is TrackKind.MICROPHONE}

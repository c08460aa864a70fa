"""Recovery: after a start, the links of the process before are taken up, and what belongs to nobody is given back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from bbbd.media.engine import Engine
from bbbd.media.janus_api import JanusApi
from bbbd.media.links import DownLink, KnownLinks, UpLink
from bbbd.meetings.model import Meeting


class LocalMeetings(Protocol):
    """The live meetings of one Janus."""

    def __iter__(self) -> Iterator[Meeting]:
        """Return all of them."""

    def find_live(self, internal_id: str) -> Meeting | None:
        """Return one, None for a meeting that has ended or is another Janus'."""


async def recover(engine: Engine, meetings: LocalMeetings, api: JanusApi) -> None:
    """Open the session of the file of links, or a new one, and bring Janus and the meetings in line.

    Raises ``JanusFailed`` and ``OSError``.
    """
    known = engine.links.read()
    goes_on = await api.open(known.session)
    if goes_on and engine.was_lost:
        # Everybody was told that their media ended, and pages begin anew.
        await api.request("destroy")
        goes_on = await api.open()
    if not goes_on:
        known = KnownLinks()
    await engine.begin(api, known)
    await _take_up(engine, meetings, known.links)
    await _destroy_others(engine, meetings)
    for meeting in list(meetings):
        room = engine.rooms.get(meeting.internal_id)
        for person in list(meeting.people.values()):
            member = room.members.get(person.user) if room is not None else None
            if member is None or (member.up is None and member.down is None):
                engine.silence(meeting, person)


async def _take_up(
    engine: Engine, meetings: LocalMeetings, links: dict[tuple[str, str], tuple[UpLink | None, DownLink | None]]
) -> None:
    for (internal_id, user), (up, down) in links.items():
        both = [link for link in (up, down) if link is not None]
        meeting = meetings.find_live(internal_id)
        if meeting is None or user not in meeting.people:
            engine.links.note(internal_id, user, None, None)
            for link in both:
                await engine.detach(link.handle)
            continue
        room = engine.room(meeting)
        member = room.member(user)
        member.up, member.down, member.was_heard = up, down, True
        member.page = both[0].page
        for link in both:
            engine.handles[link.handle] = (room, member)


async def _destroy_others(engine: Engine, meetings: LocalMeetings) -> None:
    """Destroy our rooms that no live meeting has, and learn the secrets of the others, and who still sends."""
    listed, _ = await engine.api.ask(engine.control, {"request": "list", "admin_key": engine.admin_key})
    for name in [str(one.get("room", "")) for one in listed.get("list", ())]:
        server, _, rest = name.partition(":")
        internal_id, _, secret = rest.partition(":")
        if server != engine.server:
            continue
        meeting = meetings.find_live(internal_id)
        if meeting is None or meeting.internal_id not in engine.rooms:
            await engine.destroy_room(name, secret)
            continue
        room = engine.rooms[meeting.internal_id]
        room.secret, room.is_made = secret, True
        found, _ = await engine.api.ask(engine.control, {"request": "listparticipants", "room": name})
        sending = {str(one["id"]) for one in found.get("participants", ()) if one.get("publisher")}
        for member in room.members.values():
            if member.up is not None and member.user not in sending:
                handle, member.up = member.up.handle, None
                engine.note(room, member)
                engine.settle_state(room, member)
                await engine.detach(handle)
